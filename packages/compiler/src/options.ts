import { relative, resolve, sep } from "node:path";
import picomatch from "picomatch";
import { OptionError } from "./errors.ts";

/** Who owns the tasks of bare calls: the calling function, or the nearest scope around the call. */
export type Structure = "function" | "scope";

/** `"default"`: an await that need not suspend takes no tick. `"native"`: the engine's own order. */
export type Ticks = "default" | "native";

/**
 * What the loader and the bundler plugins take.
 *
 * Patterns are globs, relative to `root`. A file outside `node_modules` is compiled if `include` holds no pattern for such
 * files or one of them matches. A file inside is compiled if a pattern that names `node_modules` matches. `exclude` wins.
 *
 * @example
 * ```ts
 * const options: CompilerOptions = {
 *   structure: "function",
 *   include: ["src/**", "node_modules/p-map/**"],
 *   exclude: ["src/generated/**"],
 * };
 * ```
 */
export interface CompilerOptions {
	/** Globs of files to compile. Default: everything outside `node_modules`. */
	readonly include?: string | readonly string[];
	/** Globs of files to leave alone. */
	readonly exclude?: string | readonly string[];
	/** Owner of bare calls where no directive says otherwise. Default `"scope"`. */
	readonly structure?: Structure;
	/** Tick order of awaits. Default `"default"`. */
	readonly ticks?: Ticks;
	/** Project root: globs and the paths in stack traces are relative to it. Default: the working directory. */
	readonly root?: string;
}

/** {@link CompilerOptions} with the environment applied and the globs compiled. */
export interface ResolvedOptions {
	readonly structure: Structure;
	readonly ticks: Ticks;
	readonly root: string;
	/** Whether globs and location let this file be compiled. */
	includes(path: string): boolean;
}

const allowedValues: Record<string, readonly string[] | undefined> = {
	include: undefined,
	exclude: undefined,
	structure: ["function", "scope"],
	ticks: ["default", "native"],
	root: undefined,
};

/**
 * Checks options and lets `HOLDFAST_STRUCTURE`, `HOLDFAST_TICKS`, `HOLDFAST_INCLUDE` and `HOLDFAST_EXCLUDE` override them.
 *
 * The last two are lists with commas.
 *
 * @throws {OptionError} for an unknown name or value, naming it and what is allowed
 */
export function resolveOptions(
	options: CompilerOptions = {},
	environment: Readonly<Record<string, string | undefined>> = process.env,
): ResolvedOptions {
	for (const [name, value] of Object.entries(options)) checkOption(name, value);
	const structure = fromEnvironment(environment, "HOLDFAST_STRUCTURE", "structure") ?? options.structure ?? "scope";
	const ticks = fromEnvironment(environment, "HOLDFAST_TICKS", "ticks") ?? options.ticks ?? "default";
	const root = resolve(options.root ?? process.cwd());
	const include = patterns(environment.HOLDFAST_INCLUDE, options.include);
	const exclude = patterns(environment.HOLDFAST_EXCLUDE, options.exclude);
	return {
		structure: structure as Structure,
		ticks: ticks as Ticks,
		root,
		includes: fileFilter(root, include, exclude),
	};
}

/** Checks one option; `value` may be `undefined`. */
export function checkOption(name: string, value: unknown): void {
	if (!Object.hasOwn(allowedValues, name))
		throw new OptionError(`Unknown option "${name}". The options are ${Object.keys(allowedValues).join(", ")}.`);
	if (value === undefined) return;
	const allowed = allowedValues[name];
	if (allowed !== undefined) checkValue(name, value, allowed);
	else if (name === "root" ? typeof value !== "string" : !isPatterns(value))
		throw new OptionError(`Option "${name}" must be ${name === "root" ? "a path" : "a glob or an array of globs"}.`);
}

/** Throws unless `value` is one of `allowed`. */
export function checkValue(name: string, value: unknown, allowed: readonly string[]): void {
	if (typeof value === "string" && allowed.includes(value)) return;
	const choices = allowed.map((choice) => `"${choice}"`).join(" or ");
	const given = typeof value === "string" ? `"${value}"` : String(value);
	throw new OptionError(`Option "${name}" must be ${choices}, not ${given}.`);
}

function isPatterns(value: unknown): boolean {
	return typeof value === "string" || (Array.isArray(value) && value.every((item) => typeof item === "string"));
}

function fromEnvironment(
	environment: Readonly<Record<string, string | undefined>>,
	variable: string,
	option: string,
): string | undefined {
	const value = environment[variable];
	if (value === undefined || value === "") return undefined;
	checkValue(variable, value, allowedValues[option] ?? []);
	return value;
}

function patterns(variable: string | undefined, option: string | readonly string[] | undefined): string[] {
	if (variable !== undefined && variable !== "") return splitAtCommas(variable);
	if (option === undefined) return [];
	return typeof option === "string" ? [option] : [...option];
}

/** Commas inside `{a,b}` belong to the glob. */
function splitAtCommas(list: string): string[] {
	return list
		.split(/,(?![^{]*\})/)
		.map((item) => item.trim())
		.filter((item) => item !== "");
}

function fileFilter(root: string, include: string[], exclude: string[]): (path: string) => boolean {
	const match = (globs: string[]): ((path: string) => boolean) =>
		globs.length === 0 ? () => false : picomatch(globs.map(normalizeGlob), { dot: true });
	const isForDependencies = (glob: string): boolean => glob.includes("node_modules");
	const own = include.filter((glob) => !isForDependencies(glob));
	const matchesOwn = own.length === 0 ? () => true : match(own);
	const matchesDependency = match(include.filter(isForDependencies));
	const matchesExclude = match(exclude);
	return (path) => {
		const absolute = toSlashes(resolve(root, path));
		const local = toSlashes(relative(root, absolute));
		const matches = (test: (path: string) => boolean): boolean => test(local) || test(absolute);
		if (matches(matchesExclude)) return false;
		return matches(absolute.includes("/node_modules/") ? matchesDependency : matchesOwn);
	};
}

/** `./src/**` means `src/**`; a bare directory means what is in it. */
function normalizeGlob(glob: string): string {
	const plain = glob.replace(/^\.\//, "");
	return plain.endsWith("/") ? `${plain}**` : plain;
}

/** A path with forward slashes. */
export function toSlashes(path: string): string {
	return sep === "\\" ? path.replaceAll("\\", "/") : path;
}
