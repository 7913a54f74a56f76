import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import { compileFile, isCompilable } from "./compile-file.ts";
import { type CompilerOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
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
	source: string;
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
 * A second call does nothing, whatever its options.
 *
 * @example
 * ```ts
 * import { registerCompiler } from "@holdfast/compiler/loader";
 * registerCompiler({ structure: "function" });
 * await import("./app.ts");
 * ```
 * @throws {OptionError} if an option, or its variable in the environment, has a value that does not exist
 */
export function registerCompiler(options: CompilerOptions = {}): void {
	const resolved = resolveOptions(options);
	const process_ = process as { [registered]?: true };
	if (process_[registered]) return;
	Object.defineProperty(process, registered, { value: true });
	process.setSourceMapsEnabled(true);
	const { registerHooks } = nodeModule as { registerHooks?: (hooks: SyncHooks) => void };
	if (registerHooks !== undefined) {
		registerHooks(syncHooks(resolved));
		return;
	}
	registerRequire(resolved);
	const thread = import.meta.url.endsWith(".ts") ? "./loader-thread.ts" : "./loader-thread.js";
	nodeModule.register(new URL(thread, import.meta.url), { data: options });
}

function syncHooks(options: ResolvedOptions): SyncHooks {
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
			return { format: compiled.format, source: compiled.code, shortCircuit: true };
		},
	};
}
