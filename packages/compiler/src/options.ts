import { resolve } from "node:path";
import { checkOptions, checkValue, findingSwitches, structures, tickOrders } from "./check-options.ts";
import type { FindingLevels } from "./findings/finding.ts";
import { fileFilter, type Globs, globList, type Matcher, matcher, splitAtCommas, toSlashes } from "./globs.ts";

/** Who owns the tasks of bare calls: the calling function, or the nearest scope around the call. */
export type Structure = "function" | "scope";

/** `"plain"`: functions run as plain ones until they suspend, where they can. `"generators"`: none does. */
export type Bodies = "plain" | "generators";

/** `"default"`: an await that need not suspend takes no tick. `"native"`: the engine's own order. */
export type Ticks = "default" | "native";

/** Options for some files only. Of several that match, a later one wins. */
export interface Override {
	/** Globs of the files, relative to the folder of the configuration file, or to `root`. */
	readonly files: string | readonly string[];
	/** Owner of bare calls in these files, where no directive says otherwise. */
	readonly structure?: Structure;
	/** Tick order of awaits in these files. */
	readonly ticks?: Ticks;
	/** Leave the functions of these files native, where no directive says otherwise. */
	readonly native?: boolean;
	/** Whether likely mistakes in these files are reported, or rules that differ from the rest. */
	readonly findings?: boolean | FindingLevels;
}

/**
 * What a configuration file holds: `holdfast.config.ts`, `.mts`, `.js`, `.mjs` or `.json`, or the key `holdfast` of package.json.
 *
 * Globs are relative to its folder. A file outside `node_modules` is compiled if `include` holds no pattern for such
 * files or one of them matches. A file inside is compiled if a pattern that names `node_modules` matches. `exclude` wins.
 */
export interface HoldfastConfig {
	/** Globs of files to compile. Default: everything outside `node_modules`. */
	readonly include?: string | readonly string[];
	/** Globs of files to leave alone. */
	readonly exclude?: string | readonly string[];
	/** Owner of bare calls where no directive says otherwise. Default `"scope"`. */
	readonly structure?: Structure;
	/** Tick order of awaits. Default `"default"`. */
	readonly ticks?: Ticks;
	/** Whether the plugins report likely mistakes, or the rules to leave out: `{ "busy-loop": "off" }`. Default `true`. */
	readonly findings?: boolean | FindingLevels;
	/** Other values for some files. Default: none. */
	readonly overrides?: readonly Override[];
}

/**
 * What the loader and the bundler plugins take: what a configuration file may hold, and where to look for one. Here globs
 * are relative to `root`. Each option that is given wins over the file's; variables of the environment win over both.
 *
 * @example
 * ```ts
 * const options: CompilerOptions = {
 *   structure: "function",
 *   include: ["src/**", "node_modules/p-map/**"],
 *   exclude: ["src/generated/**"],
 *   overrides: [{ files: "src/jobs/**", structure: "scope" }],
 * };
 * ```
 */
export interface CompilerOptions extends HoldfastConfig {
	/**
	 * Project root: globs and the paths in stack traces are relative to it, and the search for a configuration file begins
	 * there. Default: the folder of the configuration file; without one Vite's root, webpack's context, or the working directory.
	 */
	readonly root?: string;
	/** The configuration file, relative to `root`, or `false` for none. Default: the nearest one, from `root` upwards. */
	readonly config?: string | false;
}

/** A configuration file that has been read. */
export interface LoadedConfig {
	/** The file: one of the names of a configuration file, or a package.json. */
	readonly path: string;
	/** The folder that its globs are relative to. */
	readonly directory: string;
	readonly config: HoldfastConfig;
}

/** What holds for one file. */
export interface FileSettings {
	readonly structure: Structure;
	readonly ticks: Ticks;
	/** Its functions stay native where no directive says otherwise. */
	readonly native: boolean;
}

/** {@link CompilerOptions} with the configuration file and the environment applied, and the globs compiled. */
export interface ResolvedOptions {
	/** For files that no override concerns. */
	readonly structure: Structure;
	/** For files that no override concerns. */
	readonly ticks: Ticks;
	readonly root: string;
	/** The configuration file, if there is one. */
	readonly config: string | undefined;
	/** Whether globs and location let this file be compiled. */
	includes(path: string): boolean;
	/** What holds for this file. */
	settings(path: string): FileSettings;
	/** The rules for likely mistakes in this file; `false` for none. Nobody can mend those in `node_modules`. */
	findings(path: string): FindingLevels | false;
	/** Whether the loader prints what is found, too. */
	readonly printsFindings: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Checks options and lets `HOLDFAST_STRUCTURE`, `HOLDFAST_TICKS`, `HOLDFAST_INCLUDE`, `HOLDFAST_EXCLUDE` and
 * `HOLDFAST_FINDINGS` (`on` or `off`) override them. `INCLUDE` and `EXCLUDE` are lists with commas. `config` is a file that
 * has been read; none is looked for.
 *
 * @throws {OptionError} for an unknown name or value, naming it and what is allowed
 */
export function resolveOptions(
	options: CompilerOptions = {},
	environment: Environment = process.env,
	config?: LoadedConfig,
): ResolvedOptions {
	checkOptions(options);
	const root = resolve(options.root ?? config?.directory ?? process.cwd());
	const layers = [environmentLayer(environment), new Layer(options, root)];
	if (config !== undefined) layers.push(new Layer(config.config, config.directory));
	const setting = <K extends keyof FileSettings>(
		key: K,
		otherwise: FileSettings[K],
		path?: string,
	): FileSettings[K] => {
		for (const layer of layers) {
			const value = layer.setting(key, path);
			if (value !== undefined) return value;
		}
		return otherwise;
	};
	const globs = (key: "include" | "exclude"): Globs => {
		const variable = environment[key === "include" ? "HOLDFAST_INCLUDE" : "HOLDFAST_EXCLUDE"];
		if (variable !== undefined && variable !== "") return { patterns: splitAtCommas(variable), root };
		if (options[key] !== undefined || config === undefined) return { patterns: globList(options[key]), root };
		return { patterns: globList(config.config[key]), root: config.directory };
	};
	const findings = fromEnvironment(environment, "HOLDFAST_FINDINGS", findingSwitches);
	return {
		structure: setting("structure", "scope"),
		ticks: setting("ticks", "default"),
		root,
		config: config?.path,
		includes: fileFilter(globs("include"), globs("exclude")),
		settings: (path) => ({
			structure: setting("structure", "scope", path),
			ticks: setting("ticks", "default", path),
			native: setting("native", false, path),
		}),
		findings(path) {
			if (findings === "off" || toSlashes(path).includes("/node_modules/")) return false;
			let levels: FindingLevels | false = {};
			for (const layer of layers.toReversed())
				for (const value of layer.findings(path))
					levels = value === false ? false : { ...levels, ...(value === true ? {} : value) };
			return levels === false && findings === "on" ? {} : levels;
		},
		printsFindings: findings === "on",
	};
}

/** One source of settings; the stronger ones are asked first. */
class Layer {
	readonly #config: HoldfastConfig;
	readonly #overrides: readonly { readonly matches: Matcher; readonly override: Override }[];

	constructor(config: HoldfastConfig, root: string) {
		this.#config = config;
		this.#overrides = (config.overrides ?? [])
			.map((override) => ({ matches: matcher({ patterns: globList(override.files), root }), override }))
			.reverse();
	}

	/** `undefined`: this source says nothing. Without a path overrides are left out. */
	setting<K extends keyof FileSettings>(key: K, path: string | undefined): FileSettings[K] | undefined {
		if (path !== undefined)
			for (const { matches, override } of this.#overrides)
				if (override[key] !== undefined && matches(path)) return override[key] as FileSettings[K];
		return (this.#config as Partial<FileSettings>)[key];
	}

	/** What this source says of likely mistakes, the strongest last. */
	findings(path: string): (boolean | FindingLevels)[] {
		const said = this.#overrides
			.filter(({ matches, override }) => override.findings !== undefined && matches(path))
			.map(({ override }) => override.findings);
		return [...said, this.#config.findings].filter((value) => value !== undefined).reverse();
	}
}

function environmentLayer(environment: Environment): Layer {
	const structure = fromEnvironment(environment, "HOLDFAST_STRUCTURE", structures);
	const ticks = fromEnvironment(environment, "HOLDFAST_TICKS", tickOrders);
	return new Layer({ ...(structure && { structure }), ...(ticks && { ticks }) }, "");
}

function fromEnvironment<T extends string>(
	environment: Environment,
	variable: string,
	allowed: readonly T[],
): T | undefined {
	const value = environment[variable];
	if (value === undefined || value === "") return undefined;
	checkValue(variable, value, allowed);
	return value as T;
}
