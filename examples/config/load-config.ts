/** A configuration that extends others, in files, packages and on the web: written once, for callers of both colours. */
"use structured";

import { dirname, join, resolve } from "node:path";
import { exists, FileNotFoundError, fetchOk, readFile } from "@holdfast/node";
import { all } from "holdfast";

export interface Config {
	/** Modules that may not be imported, and why. */
	readonly forbidden: Readonly<Record<string, string>>;
	/** What it was made of, in the order in which it counts. */
	readonly sources: readonly string[];
}

interface Source {
	readonly extends?: string | readonly string[];
	readonly forbidden?: Readonly<Record<string, string | null>>;
}

export class ConfigError extends Error {
	override readonly name: string = "ConfigError";
}

/** The nearest `house.json`, in the folder of the file or above. */
export async function configFor(file: string): Promise<Config> {
	const path = await upwards(dirname(resolve(file)), "house.json");
	return path === undefined ? { forbidden: {}, sources: [] } : await loadConfig(path);
}

/** A configuration with all that it extends: of two bases the later one counts, and its own word before both. */
export async function loadConfig(path: string): Promise<Config> {
	return await load(resolve(path), []);
}

async function load(place: string, chain: readonly string[]): Promise<Config> {
	const path = [...chain, place];
	if (chain.includes(place)) throw new ConfigError(`${path.join(" extends ")}: it extends itself.`);
	const source = parse(await read(place, path), path);
	const names = [source.extends ?? []].flat();
	// Bases are loaded at once; the first one that fails takes the others along.
	const bases = await all(names.map((name) => async () => await load(await find(name, place), path)));
	const forbidden = new Map(bases.flatMap((base) => Object.entries(base.forbidden)));
	for (const [name, why] of Object.entries(source.forbidden ?? {}))
		if (why === null) forbidden.delete(name);
		else forbidden.set(name, why);
	const sources = new Set([...bases.flatMap((base) => base.sources), place]);
	return { forbidden: Object.fromEntries(forbidden), sources: [...sources] };
}

/** Where a base is: on the web, beside the file that names it, or in a package. */
async function find(name: string, from: string): Promise<string> {
	if (/^https?:/.test(name)) return name;
	if (/^https?:/.test(from)) return new URL(name, from).href;
	if (/^\.{0,2}\//.test(name)) return resolve(dirname(from), name);
	const path = await upwards(dirname(from), join("node_modules", name, "house.json"));
	if (path === undefined) throw new ConfigError(`${from} extends ${name}: there is no such package with a house.json.`);
	return path;
}

async function upwards(folder: string, name: string): Promise<string | undefined> {
	const path = join(folder, name);
	if (await exists(path)) return path;
	const parent = dirname(folder);
	return parent === folder ? undefined : await upwards(parent, name);
}

async function read(place: string, path: readonly string[]): Promise<string> {
	try {
		if (!/^https?:/.test(place)) return await readFile(place, "utf8");
		const response = await fetchOk(place);
		return await response.text();
	} catch (error) {
		if (error instanceof FileNotFoundError) throw new ConfigError(`${path.join(" extends ")}: there is no such file.`);
		throw error;
	}
}

function parse(text: string, path: readonly string[]): Source {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new ConfigError(`${path.join(" extends ")}: ${(error as Error).message}`);
	}
}
