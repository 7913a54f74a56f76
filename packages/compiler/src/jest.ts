// What Jest is to name in `transform`. It knows Jest's interface, and needs nothing of it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { composed, stripTypes } from "./compile-file.ts";
import type { CompilerOptions } from "./options.ts";
import { packageScope } from "./package-scope.ts";
import { parse } from "./parse.ts";
import { PluginCompiler, warningText } from "./plugin-compiler.ts";
import type { SourceMap } from "./source-map.ts";

/** What stands beside the transformer in Jest's configuration. */
export interface JestOptions extends CompilerOptions {
	/**
	 * The transformer that comes after, as one would name it in Jest's configuration: `"babel-jest"`, or a pair of name and
	 * options. It gets compiled code with its types still in it. Without one types are stripped, and modules stay modules,
	 * for which Jest wants `--experimental-vm-modules`.
	 */
	readonly transformer?: string | readonly [name: string, options: Readonly<Record<string, unknown>>];
}

/** What Jest passes beside a file's text; the rest is passed on. */
export interface JestTransformOptions {
	readonly config: { readonly rootDir: string };
	readonly configString: string;
	readonly instrument: boolean;
	readonly supportsStaticESM: boolean;
	readonly transformerConfig?: unknown;
}

/** A file as Jest is to run it. */
export interface JestTransformed {
	readonly code: string;
	readonly map?: unknown;
}

/** A transformer, as Jest wants it. */
export interface JestTransformer {
	/** Jest counts coverage in what comes out, with the help of the source map. */
	readonly canInstrument?: boolean;
	process(source: string, path: string, options: JestTransformOptions): JestTransformed;
	getCacheKey?(source: string, path: string, options: JestTransformOptions): string;
}

/**
 * Makes the transformer. Jest calls it, with what stands beside its name in the configuration.
 *
 * @example
 * ```js
 * // jest.config.js
 * export default {
 *   transform: { "\\.[jt]sx?$": ["@holdfast/compiler/jest", { structure: "function", transformer: "babel-jest" }] },
 * };
 * ```
 * @throws {OptionError} if an option has a value that does not exist
 */
export async function createTransformer(options: JestOptions = {}): Promise<JestTransformer> {
	const { transformer, ...rest } = options;
	const compiler = new PluginCompiler(rest);
	const inner = transformer === undefined ? undefined : await load(transformer);
	const innerOptions = Array.isArray(transformer) ? (transformer[1] as unknown) : {};
	const within = (given: JestTransformOptions): JestTransformOptions => {
		compiler.from = given.config.rootDir;
		return { ...given, instrument: false, transformerConfig: innerOptions };
	};
	return {
		canInstrument: false,
		process(source, path, given) {
			const passed = within(given);
			const isConcerned = compiler.isConcerned(path);
			const { code, map, warnings } = isConcerned
				? compiler.compile(source, path)
				: { code: source, map: null, warnings: [] };
			for (const warning of warnings) console.warn(`[holdfast] ${warningText(warning)}\n`);
			if (inner === undefined) return strip(code, map, path, given.supportsStaticESM);
			const result = inner.process(code, path, passed);
			const output = typeof result === "string" ? { code: result as string } : result;
			if (map === null) return output;
			// Some write their map at the end of the code as well; it leads to the compiled text.
			const text = output.code.replace(/\n\/\/[#@] sourceMappingURL=data:\S+\s*$/, "\n");
			const own =
				typeof output.map === "string" ? (JSON.parse(output.map) as SourceMap) : (output.map as SourceMap | undefined);
			return { code: text, map: own === undefined || own === null ? map : composed(own, map) };
		},
		getCacheKey(source, path, given) {
			const passed = within(given);
			const { config } = compiler.options;
			const environment = Object.entries(process.env).filter(([name]) => name.startsWith("HOLDFAST_"));
			const hash = createHash("sha256");
			for (const part of [
				version,
				source,
				path,
				given.configString,
				String(given.instrument),
				String(given.supportsStaticESM),
				JSON.stringify(options),
				JSON.stringify(environment.sort()),
				config === undefined ? "" : readFileSync(config, "utf8"),
				inner?.getCacheKey?.(source, path, passed) ?? "",
			])
				hash.update(part).update("\0");
			return hash.digest("hex").slice(0, 32);
		},
	};
}

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };

/** Types and JSX are compiled away; `import` stays, if Jest can run it. */
function strip(code: string, map: SourceMap | null, path: string, isModuleAllowed: boolean): JestTransformed {
	const { format } = parse(code, path, packageScope(path).type ?? "commonjs");
	if (format === "module" && !isModuleAllowed)
		throw new TypeError(
			`${path} is an ES module, and Jest runs it as CommonJS. Either name a transformer that turns modules into CommonJS, ["@holdfast/compiler/jest", { transformer: "babel-jest" }], or run Jest with NODE_OPTIONS=--experimental-vm-modules (and "extensionsToTreatAsEsm" for TypeScript).`,
		);
	const stripped = stripTypes(path, code, format);
	return { code: stripped.code, map: map === null ? stripped.map : composed(stripped.map, map) };
}

interface TransformerModule extends JestTransformer {
	createTransformer?(options: unknown): JestTransformer | Promise<JestTransformer>;
}

/** Found as from the project, like everything in Jest's configuration. */
async function load(transformer: NonNullable<JestOptions["transformer"]>): Promise<JestTransformer> {
	const [name, options] = typeof transformer === "string" ? [transformer, {}] : transformer;
	const path = createRequire(join(process.cwd(), "package.json")).resolve(name);
	let module = (await import(pathToFileURL(path).href)) as TransformerModule & { default?: TransformerModule };
	// A CommonJS module that was made of an ES module has one default inside the other.
	for (let depth = 0; depth < 2 && typeof module.process !== "function" && !module.createTransformer; depth++)
		module = (module.default ?? module) as typeof module;
	return module.createTransformer === undefined ? module : await module.createTransformer(options);
}

const transformer: { createTransformer: typeof createTransformer } = { createTransformer };
export default transformer;
