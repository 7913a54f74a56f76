// The hooks of `module.register`, which run in a thread of their own: for Node 20.
import { fileURLToPath } from "node:url";
import { compileFile, isCompilable } from "./compile-file.ts";
import { type CompilerOptions, type LoadedConfig, type ResolvedOptions, resolveOptions } from "./options.ts";
import { refrainFromRawTransfer } from "./parse.ts";
import { isNotFound, isOwnImport, resolveOwnImportUrl, sourceCandidates } from "./resolve.ts";

let options: ResolvedOptions;

interface ResolveResult {
	url: string;
	format?: string | null;
	shortCircuit?: boolean;
}

interface LoadResult {
	format: string;
	source?: string;
	shortCircuit?: boolean;
}

/** Called by Node with what the main thread has handed over. */
export function initialize(data: { readonly options: CompilerOptions; readonly config?: LoadedConfig }): void {
	refrainFromRawTransfer();
	options = resolveOptions(data.options, process.env, data.config);
}

/** Finds `./x.ts` for `./x.js`. */
export async function resolve(
	specifier: string,
	context: object,
	next: (specifier: string, context: object) => Promise<ResolveResult>,
): Promise<ResolveResult> {
	try {
		return await next(specifier, context);
	} catch (error) {
		if (!isNotFound(error)) throw error;
		for (const candidate of sourceCandidates(specifier)) {
			try {
				return await next(candidate, context);
			} catch (inner) {
				if (!isNotFound(inner)) throw inner;
			}
		}
		if (isOwnImport(specifier)) return { url: resolveOwnImportUrl(specifier), shortCircuit: true };
		throw error;
	}
}

/** Compiles what is imported. CommonJS goes on to `require`, whose hook compiles it in the main thread. */
export async function load(
	url: string,
	context: object,
	next: (url: string, context: object) => Promise<LoadResult>,
): Promise<LoadResult> {
	if (!url.startsWith("file:")) return next(url, context);
	const path = fileURLToPath(url);
	const compiled = isCompilable(path, options) ? compileFile(path, options) : undefined;
	if (compiled === undefined) return next(url, context);
	if (compiled.format === "commonjs") return { format: "commonjs", shortCircuit: true };
	return { format: "module", source: compiled.code, shortCircuit: true };
}
