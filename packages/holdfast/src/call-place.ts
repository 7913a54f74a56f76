import type { Code } from "./kernel/frame.ts";
import { traceHere } from "./kernel/runner.ts";

// Where a coroutine was made that nobody has awaited. To note the place costs a hundred times what the call does, so it
// is noted of a function's first calls only, where mistakes are most often found, and again once one has gone unnoticed.

/** Of a function so many calls are noted. */
const FIRST = 16;
/** Enough for what stands of the runtime, and of the function, above the call. */
const LINES = 12;

/** By a function's name: how many of its calls are still to be noted. */
const left: Map<string, number> = /* @__PURE__ */ new Map();

const places: WeakMap<object, Error> = /* @__PURE__ */ new WeakMap();

/** Notes where a coroutine is made, if it is one of the first. */
export function noteCall(call: { readonly code: Code }): void {
	const { code } = call;
	const count = left.get(code.name) ?? FIRST;
	if (count === 0) {
		code.isNoted = false;
		return;
	}
	left.set(code.name, count - 1);
	const engine = Error as { stackTraceLimit?: number };
	const { stackTraceLimit } = engine;
	// A program that wants no stacks, or has frozen the engine's objects, gets none.
	if (stackTraceLimit !== undefined && !(stackTraceLimit > 0)) return;
	let place: Error;
	try {
		if (stackTraceLimit !== undefined) engine.stackTraceLimit = LINES;
		place = new Error();
		if (stackTraceLimit !== undefined) engine.stackTraceLimit = stackTraceLimit;
	} catch {
		place = new Error();
	}
	traceHere(place);
	places.set(call, place);
}

/** Where the call of a coroutine stands, as an error; if that is not known, it will be of the next calls. */
export function placeOfCall(call: { readonly code: Code }): Error | undefined {
	const place = places.get(call);
	if (place === undefined) {
		left.set(call.code.name, FIRST);
		call.code.isNoted = true;
	}
	return place;
}

/** Gives an error the stack of another. */
export function showPlace(error: Error, place: Error): void {
	const value = String(place.stack).replace(/^Error:? *(?=\n)/, () => String(error));
	Object.defineProperty(error, "stack", { value, writable: true, configurable: true });
}
