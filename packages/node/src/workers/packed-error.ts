import * as holdfast from "holdfast";
import * as ownErrors from "../errors.ts";
import * as fileErrors from "../file-errors.ts";
import * as processErrors from "../process-errors.ts";
import * as workerErrors from "./worker-errors.ts";

/** A thrown value on its way between threads. A structured clone would lose its own class, its code and other properties. */
export type PackedError =
	| { readonly isError: false; readonly value: unknown }
	| {
			readonly isError: true;
			readonly name: string;
			readonly message: string;
			readonly stack: string | undefined;
			readonly properties: Record<string, unknown>;
			readonly cause?: PackedError;
			readonly errors?: readonly PackedError[];
	  };

/** Errors inside of errors, at most. */
const DEPTH = 8;
/** Set by the constructor, or packed by themselves. */
const KNOWN: ReadonlySet<string> = new Set(["name", "message", "stack", "cause", "errors"]);

export function packError(error: unknown, depth = 0): PackedError {
	if (!(error instanceof Error)) return { isError: false, value: cloneable(error) ? error : textOf(error) };
	const properties: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(error)) if (!KNOWN.has(key) && cloneable(value)) properties[key] = value;
	const { cause, errors } = error as { cause?: unknown; errors?: unknown };
	const inner = depth < DEPTH;
	return {
		isError: true,
		name: String(error.name),
		message: String(error.message),
		stack: typeof error.stack === "string" ? withoutOwnLines(error.stack) : undefined,
		properties,
		...(inner && "cause" in error && { cause: packError(cause, depth + 1) }),
		...(inner && Array.isArray(errors) && { errors: errors.map((each) => packError(each, depth + 1)) }),
	};
}

/** `where` names the thread; the lines below it in the stack are of this side. */
export function unpackError(packed: PackedError, where: string): unknown {
	if (!packed.isError) return packed.value;
	const { name, message, stack, properties, cause, errors } = packed;
	const error = new Error(message, cause === undefined ? undefined : { cause: unpackError(cause, where) });
	const prototype = prototypeOf(name);
	if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
	if (error.name !== name) define(error, "name", name);
	define(error, "stack", stack === undefined ? `${name}: ${message}` : `${stack}\n    in ${where}`);
	if (errors !== undefined)
		define(
			error,
			"errors",
			errors.map((each) => unpackError(each, where)),
		);
	return Object.assign(error, properties);
}

function define(error: Error, key: string, value: unknown): void {
	Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
}

/** The classes that both threads have: the language's, and Holdfast's. */
function prototypeOf(name: string): object | undefined {
	for (const place of [LANGUAGE, holdfast, ownErrors, fileErrors, processErrors, workerErrors]) {
		const found = (place as Record<string, unknown>)[name];
		if (typeof found === "function" && found.prototype instanceof Error) return found.prototype as object;
	}
	return undefined;
}

const LANGUAGE = { AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function cloneable(value: unknown): boolean {
	if (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol") return true;
	if (value === null) return true;
	try {
		structuredClone(value);
		return true;
	} catch {
		return false;
	}
}

function textOf(value: unknown): string {
	try {
		return String(value);
	} catch {
		return Object.prototype.toString.call(value);
	}
}

/** What the thread's own machinery has added says nothing about the work. */
function withoutOwnLines(stack: string): string {
	return stack
		.split("\n")
		.filter((line) => !/[/\\](?:worker-main|helper-main|work-in-worker)\.[jt]s[:?]/.test(line))
		.join("\n");
}
