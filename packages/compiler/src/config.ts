import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { checkConfig, checkOptions } from "./check-options.ts";
import { OptionError } from "./errors.ts";
import { evaluateConfig } from "./evaluate-config.ts";
import {
	type CompilerOptions,
	type HoldfastConfig,
	type LoadedConfig,
	type ResolvedOptions,
	resolveOptions,
} from "./options.ts";

/** The names of a configuration file. */
export const configNames: readonly string[] = ["ts", "mts", "js", "mjs", "json"].map(
	(ending) => `holdfast.config.${ending}`,
);

/**
 * Types the content of a configuration file; gives it back as it is.
 *
 * @example
 * ```ts
 * // holdfast.config.ts
 * import { defineConfig } from "@holdfast/compiler";
 * export default defineConfig({
 *   structure: "function",
 *   overrides: [{ files: "src/legacy/**", structure: "scope" }],
 * });
 * ```
 */
export function defineConfig(config: HoldfastConfig): HoldfastConfig {
	return config;
}

/**
 * {@link resolveOptions} with the configuration file that belongs to them. The loader, every plugin and the command line
 * come to their settings through this one function.
 *
 * @param from where the search begins if the options have no `root`. Default: the working directory
 * @throws {OptionError} for two configuration files in one folder, for one that cannot be read, and for an unknown name or
 * value in it, naming file, key, and what is allowed
 */
export function loadOptions(
	options: CompilerOptions = {},
	environment: Readonly<Record<string, string | undefined>> = process.env,
	from: string = process.cwd(),
): ResolvedOptions {
	const config = configOf(options, from);
	// Without a file the project is where the tool works: paths in stack traces are not to show the machine's folders.
	const given = config === undefined && options.root === undefined ? { ...options, root: from } : options;
	return resolveOptions(given, environment, config);
}

/** The configuration that options ask for, or the nearest one. */
export function configOf(options: CompilerOptions, from: string = process.cwd()): LoadedConfig | undefined {
	checkOptions(options);
	const root = resolve(options.root ?? from);
	if (options.config === false) return undefined;
	if (options.config === undefined) return findConfig(root);
	const path = resolve(root, options.config);
	if (!existsSync(path)) throw new OptionError(`Option "config" names ${path}, which does not exist.`);
	return readConfig(path);
}

/**
 * The nearest configuration, from `directory` upwards to the root of the repository.
 *
 * @throws {OptionError} if one folder has two
 */
export function findConfig(directory: string): LoadedConfig | undefined {
	for (let folder = resolve(directory); ; folder = dirname(folder)) {
		const paths = configNames.map((name) => join(folder, name)).filter((path) => existsSync(path));
		const manifest = join(folder, "package.json");
		if (keyOf(manifest) !== undefined) paths.push(manifest);
		if (paths.length > 1)
			throw new OptionError(
				`There are ${paths.length} configurations: ${paths.map(nameOf).join(" and ")}. Keep one of them.`,
			);
		if (paths[0] !== undefined) return readConfig(paths[0]);
		if (existsSync(join(folder, ".git")) || dirname(folder) === folder) return undefined;
	}
}

/** Reads and checks a file. */
function readConfig(path: string): LoadedConfig {
	const config = isManifest(path) ? (keyOf(path) ?? {}) : valueOf(path, readFileSync(path, "utf8"));
	checkConfig(config, isManifest(path) ? `${path}, key "holdfast"` : path);
	return { path, directory: dirname(path), config: config as HoldfastConfig };
}

function isManifest(path: string): boolean {
	return basename(path) === "package.json";
}

function nameOf(path: string): string {
	return isManifest(path) ? `the key "holdfast" of ${path}` : path;
}

/** The key `holdfast` of a package.json. One that cannot be read is npm's to report, and stands in the way of more than this. */
function keyOf(path: string): unknown {
	try {
		return (JSON.parse(readFileSync(path, "utf8")) as { holdfast?: unknown } | null)?.holdfast;
	} catch {
		return undefined;
	}
}

function valueOf(path: string, text: string): unknown {
	if (!path.endsWith(".json")) return evaluateConfig(path, text);
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new OptionError(`${path} is no JSON: ${(error as Error).message}`);
	}
}
