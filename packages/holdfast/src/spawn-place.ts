import type { Code } from "./kernel/frame.ts";

/** What is known of the file of a spawn; the places of its spawns are made once. */
interface Module {
	readonly file: string;
	readonly sites: readonly number[];
	spawns?: (SpawnPlace | undefined)[];
}

/** A place in compiled code where tasks are spawned. Such a task is named after it, so that it needs no word more. */
class SpawnPlace implements Code {
	readonly name: string;
	readonly #text: string;

	constructor(name: string, { file, sites }: Module, site: number) {
		this.name = name;
		this.#text = `${file}:${sites[site * 2 - 2]}:${sites[site * 2 - 1]}`;
	}

	place(): string {
		return this.#text;
	}
}

let lastModule: Module | undefined;
let lastSite = 0;
let lastFunction: unknown;

/** Compiled code says where it spawns: called with the first argument of a method `spawn`, `spawnWith` or `start`, whoever's. */
export function spawning(module: Module | undefined, site: number, fn: unknown): unknown {
	lastModule = module;
	lastSite = site;
	lastFunction = fn;
	return fn;
}

/** What the task of a function that is being spawned is named after. */
export function namedAfter(fn: { readonly name: string }, given?: string): string | { readonly name: string } {
	const module = lastModule;
	if (lastFunction !== fn || module === undefined) return given ?? fn;
	lastFunction = lastModule = undefined;
	const name = given ?? fn.name;
	const spawns = (module.spawns ??= []);
	const known = spawns[lastSite];
	return known?.name === name ? known : (spawns[lastSite] = new SpawnPlace(name, module, lastSite));
}
