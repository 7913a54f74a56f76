import Module from "node:module";
import { compileFile, isCompilable } from "./compile-file.ts";
import type { ResolvedOptions } from "./options.ts";
import { isNotFound, isOwnImport, requireCandidates, resolveOwnImport } from "./resolve.ts";

interface LoadingModule {
	_compile(code: string, path: string): void;
}

type Extension = (module: LoadingModule, path: string) => void;

/** The parts of Node's CommonJS loader that have no documented name. */
interface ModuleInternals {
	readonly _extensions: Record<string, Extension | undefined>;
	_resolveFilename(request: string, parent: unknown, isMain: boolean, options?: object): string;
}

/** Compiles what `require` loads, in versions of Node whose hooks do not see it. */
export function registerRequire(options: ResolvedOptions): void {
	const internals = Module as unknown as ModuleInternals;
	const extensions = internals._extensions;
	const loadScript = extensions[".js"]!;
	// `.js` files keep their place first in Node's own search for `require("./x")`.
	for (const ending of [".js", ".cjs", ".jsx", ".ts", ".cts", ".mts", ".tsx"]) {
		const inner = extensions[ending] ?? loadScript;
		extensions[ending] = (module, path) => {
			const compiled = isCompilable(path, options) ? compileFile(path, options) : undefined;
			if (compiled === undefined) inner(module, path);
			else if (compiled.format === "module") throw requiredModule(path);
			else module._compile(compiled.code, path);
		};
	}
	const resolveFilename = internals._resolveFilename;
	internals._resolveFilename = function (request, parent, isMain, given) {
		try {
			return resolveFilename.call(this, request, parent, isMain, given);
		} catch (error) {
			if (!isNotFound(error)) throw error;
			for (const candidate of requireCandidates(request)) {
				try {
					return resolveFilename.call(this, candidate, parent, isMain, given);
				} catch (inner) {
					if (!isNotFound(inner)) throw inner;
				}
			}
			if (isOwnImport(request)) return resolveOwnImport(request);
			throw error;
		}
	};
}

function requiredModule(path: string): Error {
	const error = new Error(`${path} is an ES module; this version of Node can only import it, not require it.`);
	return Object.assign(error, { code: "ERR_REQUIRE_ESM" });
}
