import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import { compileFile, isCompilable } from "./compile-file.ts";
import { configOf } from "./config.ts";
import { type CompilerOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { refrainFromRawTransfer } from "./parse.ts";
import { registerRequire } from "./require-hook.ts";
import { isNotFound, isOwnImport, requireCandidates, resolveOwnImportUrl, sourceCandidates } from "./resolve.ts";

/** Shared by all copies of this package in the process. */
const registered = Symbol.for("holdfast.compiler.registered");

interface ResolveResult {
	url: string;
	format?: string | null;
	shortCircuit?: boolean;
}

interface LoadResult {
	format: string;
	source: string | null;
	shortCircuit: boolean;
}

type NextResolve = (specifier: string, context?: { conditions: string[] }) => ResolveResult;

interface SyncHooks {
	resolve(specifier: string, context: { conditions: string[] }, next: NextResolve): ResolveResult;
	load(url: string, context: { format?: string }, next: (url: string, context: object) => LoadResult): LoadResult;
}

/**
 * Compiles every module that this process loads from now on.
 *
 * Files with the endings `.ts .tsx .mts .cts .js .jsx .mjs .cjs` outside `node_modules` are compiled, and their types
 * stripped, whether they are imported or required. `./x.js` finds `./x.ts`. Source maps are switched on.
 * What the options leave open says the nearest configuration file, seen from the working directory. A second call does
 * nothing, whatever its options.
 *
 * @example
 * ```ts
 * import { registerCompiler } from "@holdfast/compiler/loader";
 * registerCompiler({ structure: "function" });
 * await import("./app.ts");
 * ```
 * @throws {OptionError} if an option, its variable in the environment, or the configuration file has a value that does not exist
 */
export function registerCompiler(options: CompilerOptions = {}): void {
	const config = configOf(options);
	const resolved = resolveOptions(options, process.env, config);
	if (registered in process) return;
	// What a worker thread has to import so that its modules are compiled too: each thread has a `process` of its own.
	const register = import.meta.url.endsWith(".ts") ? "./register.ts" : "./register.js";
	Object.defineProperty(process, registered, { value: new URL(register, import.meta.url).href });
	refrainFromRawTransfer();
	process.setSourceMapsEnabled(true);
	const { registerHooks } = nodeModule as { registerHooks?: (hooks: SyncHooks) => void };
	// Before Node 24 hooks do not see what a CommonJS module requires once they have given its source.
	const hooksSeeRequire = Number.parseInt(process.versions.node, 10) >= 24;
	if (!hooksSeeRequire) registerRequire(resolved);
	if (registerHooks !== undefined) {
		registerHooks(syncHooks(resolved, hooksSeeRequire));
		return;
	}
	const thread = import.meta.url.endsWith(".ts") ? "./loader-thread.ts" : "./loader-thread.js";
	nodeModule.register(new URL(thread, import.meta.url), { data: { options, config } });
}

function syncHooks(options: ResolvedOptions, givesCommonJs: boolean): SyncHooks {
	return {
		resolve(specifier, context, next) {
			try {
				return next(specifier, context);
			} catch (error) {
				if (!isNotFound(error)) throw error;
				const isRequire = context.conditions.includes("require");
				for (const candidate of (isRequire ? requireCandidates : sourceCandidates)(specifier)) {
					try {
						return next(candidate, context);
					} catch (inner) {
						if (!isNotFound(inner)) throw inner;
					}
				}
				if (isOwnImport(specifier)) return { url: resolveOwnImportUrl(specifier), shortCircuit: true };
				throw error;
			}
		},
		load(url, context, next) {
			if (!url.startsWith("file:")) return next(url, context);
			const path = fileURLToPath(url);
			const compiled = isCompilable(path, options) ? compileFile(path, options) : undefined;
			if (compiled === undefined) return next(url, context);
			const isLeft = compiled.format === "commonjs" && !givesCommonJs;
			return { format: compiled.format, source: isLeft ? null : compiled.code, shortCircuit: true };
		},
	};
}
