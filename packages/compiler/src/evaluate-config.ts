import Module, { createRequire } from "node:module";
import { dirname } from "node:path";
import { stripTypes } from "./compile-file.ts";
import { CompileError, OptionError } from "./errors.ts";
import { packageScope } from "./package-scope.ts";
import { type ModuleFormat, parse } from "./parse.ts";

/** The parts of Node's module that have no documented name. */
interface LoadedModule {
	filename: string;
	paths: string[];
	exports: unknown;
	_compile(code: string, path: string, format: ModuleFormat): void;
}
interface ModuleInternals {
	new (path: string): LoadedModule;
	_nodeModulePaths(directory: string): string[];
}

const evaluated = new Map<string, { readonly text: string; readonly count: number; readonly value: unknown }>();

/**
 * The default export of a configuration file. Synchronous, since the loader needs it before the program begins; the file is
 * given to Node as text, so that it is seen afresh in watch mode, and its types are stripped on every version.
 *
 * @throws {OptionError} that names the file, if it cannot be run
 */
export function evaluateConfig(path: string, text: string): unknown {
	const known = evaluated.get(path);
	// Deno takes modules from the disk and keeps them: there a change is seen when the tool starts again.
	if (known !== undefined && (known.text === text || "Deno" in globalThis)) return known.value;
	const count = (known?.count ?? 0) + 1;
	let value: unknown;
	try {
		const { format } = parse(text, path, packageScope(path).type);
		value = defaultExport(run(path, text, format, count), format);
	} catch (error) {
		throw failure(path, error);
	}
	evaluated.set(path, { text, count, value });
	return value;
}

function run(path: string, text: string, format: ModuleFormat, count: number): unknown {
	if (!("_compile" in Module.prototype) || "Bun" in globalThis) {
		const require = createRequire(path);
		delete require.cache[path];
		return require(path);
	}
	const code = /ts$/.test(path) ? stripTypes(path, text, format).code : text;
	const module = new (Module as unknown as ModuleInternals)(path);
	module.filename = path;
	module.paths = (Module as unknown as ModuleInternals)._nodeModulePaths(dirname(path));
	// A module is kept by its name: a changed one needs another.
	module._compile(code, count === 1 ? path : `${path}?${count}`, format);
	return module.exports;
}

/** CommonJS may give the configuration itself, or, compiled from a module, its `default`. */
function defaultExport(exports: unknown, format: ModuleFormat): unknown {
	const { default: value } = Object(exports) as { default?: unknown };
	if (value !== undefined) return value;
	if (format === "module") throw new OptionError("has no default export; write: export default { … }");
	return exports;
}

function failure(path: string, error: unknown): Error {
	if (error instanceof CompileError) return error;
	const { code, message = String(error) } = Object(error) as { code?: unknown; message?: string };
	const reason =
		code === "ERR_REQUIRE_ASYNC_MODULE"
			? "uses await at its top level; it is needed before the program begins, and cannot wait."
			: error instanceof OptionError
				? message
				: `cannot be loaded: ${message}`;
	return new OptionError(`${path} ${reason}`, { cause: error });
}
