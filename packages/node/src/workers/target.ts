import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { corocall } from "holdfast";
import { describe } from "../describe.ts";
import type { PackedTarget } from "./messages.ts";
import { WorkerFunctionError } from "./worker-errors.ts";

/** A function that a module exports. */
export interface WorkerModule {
	/** The module: a URL, such as `new URL("./resize.js", import.meta.url)` or `import.meta.url` itself, or an absolute path. */
	readonly module: string | URL;
	/** The name of the function (default `"default"`). */
	readonly export?: string;
}

const sources = new WeakMap<object, string>();
/** By module and export, the latest ones: the same object each time, so that a thread need be told of it only once. */
const targets = new Map<string, PackedTarget>();
/** Texts that are functions, the latest ones: an arrow function in a loop is a new object each time. */
const checked = new Set<string>();
/** How many of each are remembered. */
export const REMEMBERED = 100;

/** @throws TypeError for what is neither; WorkerFunctionError for a function that cannot cross */
export function packTarget(what: string, target: unknown): PackedTarget {
	if (typeof target === "function") {
		const name = target.name || "a function";
		const source = sourceOf(what, target);
		return remembered(`${name}(${source}`, () => ({ source, name }));
	}
	const given = (target ?? {}) as Partial<WorkerModule>;
	const { module, export: name = "default" } = given;
	if (typeof target !== "object" || !(module instanceof URL || typeof module === "string"))
		throw new TypeError(`${what}: ${describe(target)} cannot run in a worker; pass a function, or { module, export }.`);
	if (typeof name !== "string" || name === "")
		throw new TypeError(
			`${what}: the export is ${describe(name)}; pass the name of a function that the module exports.`,
		);
	const text = String(module);
	return remembered(`${name} ${text}`, () => ({
		module: urlOf(what, text),
		export: name,
		name: name === "default" ? shortNameOf(text) : name,
	}));
}

function remembered(key: string, make: () => PackedTarget): PackedTarget {
	let target = targets.get(key);
	if (target === undefined) {
		target = make();
		targets.set(key, target);
		if (targets.size > REMEMBERED) targets.delete(targets.keys().next().value as string);
	}
	return target;
}

function urlOf(what: string, module: string): string {
	if (/^(?:file|data|node):/.test(module)) return module;
	if (isAbsolute(module)) return pathToFileURL(module).href;
	throw new TypeError(
		`${what}: the module ${describe(module)} is relative to nobody knows what; pass new URL(${describe(module)}, import.meta.url), or import.meta.resolve(…) of a package.`,
	);
}

function shortNameOf(module: string): string {
	return module.split(/[\\/]/).pop()?.slice(0, 60) || "a module";
}

// biome-ignore lint/complexity/noBannedTypes: whatever function it is, only its text is looked at
function sourceOf(what: string, fn: Function): string {
	const known = sources.get(fn);
	if (known !== undefined) return known;
	const name = fn.name || "the function";
	const refuse = (why: string): never => {
		throw new WorkerFunctionError(`${what}: ${name} ${why} Export it from a module and pass { module, export }.`);
	};
	if (corocall in fn)
		refuse(
			'is a compiled function, or one made by coroutine(), whose text is of no use in another thread (for a small one, "use native" at its head keeps it as it is).',
		);
	const source = Function.prototype.toString.call(fn);
	if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) refuse("is built in or bound, and has no text.");
	if (source.startsWith("class")) refuse("is a class.");
	if (!checked.has(source)) {
		try {
			new Script(`(${source}\n)`);
		} catch {
			refuse("is a method, whose text is no function; write a function or an arrow function.");
		}
		checked.add(source);
		if (checked.size > REMEMBERED) checked.delete(checked.values().next().value as string);
	}
	sources.set(fn, source);
	return source;
}
