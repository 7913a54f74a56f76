import { type Entry, entryOf, fresh, settle } from "../invoke.ts";
import { DEPTH_LIMIT, state } from "../kernel/state.ts";
import { runTail } from "../runner.ts";
import { firstAwait } from "./first-await.ts";
import { enterLater, enterPlain, type PlainBody, type PlainEntry } from "./plain.ts";

// `Reflect.apply` for foreign callees: a proxy answers to `call` and `apply` as it likes.
type Callee = (...args: unknown[]) => unknown;

/** The entry of what is called, if it has one; fails in the engine's own words for what cannot be called. */
export function calleeEntry(callee: unknown, text: string): Entry | null {
	if (typeof callee !== "function") throw new TypeError(`${text} is not a function`);
	return entryOf(callee);
}

// An awaited call: `f`'s coroutine runs as a call on the current task. One function per number of arguments, so that
// none of them needs an array.

export function call0(text: string, f: unknown): unknown {
	const entry = calleeEntry(f, text);
	if (entry === null) return await_((f as Callee)());
	if (state.limit === 0) return firstAwait(() => entry.call(undefined, fresh, undefined));
	const body = entry.body as PlainBody | undefined;
	if (body === undefined) return entry.call(undefined, fresh, undefined);
	const { depth } = state;
	if (depth >= DEPTH_LIMIT) return enterLater(entry as PlainEntry, undefined, []);
	state.depth = depth + 1;
	const value = body.call(undefined, entry as PlainEntry, undefined);
	state.depth = depth;
	return value;
}

export function call1(text: string, f: unknown, a: unknown): unknown {
	const entry = calleeEntry(f, text);
	if (entry === null) return await_((f as Callee)(a));
	if (state.limit === 0) return firstAwait(() => entry.call(undefined, fresh, undefined, a));
	const body = entry.body as PlainBody | undefined;
	if (body === undefined) return entry.call(undefined, fresh, undefined, a);
	const { depth } = state;
	if (depth >= DEPTH_LIMIT) return enterLater(entry as PlainEntry, undefined, [a]);
	state.depth = depth + 1;
	const value = body.call(undefined, entry as PlainEntry, undefined, a);
	state.depth = depth;
	return value;
}

export function call2(text: string, f: unknown, a: unknown, b: unknown): unknown {
	const entry = calleeEntry(f, text);
	if (entry === null) return await_((f as Callee)(a, b));
	if (state.limit === 0) return firstAwait(() => entry.call(undefined, fresh, undefined, a, b));
	const body = entry.body as PlainBody | undefined;
	if (body === undefined) return entry.call(undefined, fresh, undefined, a, b);
	const { depth } = state;
	if (depth >= DEPTH_LIMIT) return enterLater(entry as PlainEntry, undefined, [a, b]);
	state.depth = depth + 1;
	const value = body.call(undefined, entry as PlainEntry, undefined, a, b);
	state.depth = depth;
	return value;
}

export function call3(text: string, f: unknown, a: unknown, b: unknown, c: unknown): unknown {
	const entry = calleeEntry(f, text);
	if (entry === null) return await_((f as Callee)(a, b, c));
	if (state.limit === 0) return firstAwait(() => entry.call(undefined, fresh, undefined, a, b, c));
	const body = entry.body as PlainBody | undefined;
	if (body === undefined) return entry.call(undefined, fresh, undefined, a, b, c);
	const { depth } = state;
	if (depth >= DEPTH_LIMIT) return enterLater(entry as PlainEntry, undefined, [a, b, c]);
	state.depth = depth + 1;
	const value = body.call(undefined, entry as PlainEntry, undefined, a, b, c);
	state.depth = depth;
	return value;
}

export function callN(text: string, f: unknown, args: readonly unknown[]): unknown {
	return callWith(text, f, undefined, args);
}

export function callWith(text: string, f: unknown, receiver: unknown, args: readonly unknown[]): unknown {
	const entry = calleeEntry(f, text);
	if (entry === null) return await_(Reflect.apply(f as Callee, receiver, args));
	if (state.limit === 0) return firstAwait(() => entry.call(receiver, fresh, undefined, ...args));
	return entry.body === undefined
		? entry.call(receiver, fresh, undefined, ...args)
		: enterPlain(entry as PlainEntry, receiver, args);
}

export function method0(text: string, o: never, key: PropertyKey): unknown {
	const f = o[key as never] as unknown;
	const entry = calleeEntry(f, text);
	if (entry === null) return await_(Reflect.apply(f as Callee, o, []));
	if (state.limit === 0) return firstAwait(() => entry.call(o, fresh, undefined));
	const body = entry.body as PlainBody | undefined;
	if (body === undefined) return entry.call(o, fresh, undefined);
	const { depth } = state;
	if (depth >= DEPTH_LIMIT) return enterLater(entry as PlainEntry, o, []);
	state.depth = depth + 1;
	const value = body.call(o, entry as PlainEntry, undefined);
	state.depth = depth;
	return value;
}

export function method1(text: string, o: never, key: PropertyKey, a: unknown): unknown {
	const f = o[key as never] as unknown;
	const entry = calleeEntry(f, text);
	if (entry === null) return await_(Reflect.apply(f as Callee, o, [a]));
	if (state.limit === 0) return firstAwait(() => entry.call(o, fresh, undefined, a));
	const body = entry.body as PlainBody | undefined;
	if (body === undefined) return entry.call(o, fresh, undefined, a);
	const { depth } = state;
	if (depth >= DEPTH_LIMIT) return enterLater(entry as PlainEntry, o, [a]);
	state.depth = depth + 1;
	const value = body.call(o, entry as PlainEntry, undefined, a);
	state.depth = depth;
	return value;
}

export function method2(text: string, o: never, key: PropertyKey, a: unknown, b: unknown): unknown {
	const f = o[key as never] as unknown;
	const entry = calleeEntry(f, text);
	if (entry === null) return await_(Reflect.apply(f as Callee, o, [a, b]));
	if (state.limit === 0) return firstAwait(() => entry.call(o, fresh, undefined, a, b));
	const body = entry.body as PlainBody | undefined;
	if (body === undefined) return entry.call(o, fresh, undefined, a, b);
	const { depth } = state;
	if (depth >= DEPTH_LIMIT) return enterLater(entry as PlainEntry, o, [a, b]);
	state.depth = depth + 1;
	const value = body.call(o, entry as PlainEntry, undefined, a, b);
	state.depth = depth;
	return value;
}

export function method3(text: string, o: never, key: PropertyKey, a: unknown, b: unknown, c: unknown): unknown {
	const f = o[key as never] as unknown;
	const entry = calleeEntry(f, text);
	if (entry === null) return await_(Reflect.apply(f as Callee, o, [a, b, c]));
	if (state.limit === 0) return firstAwait(() => entry.call(o, fresh, undefined, a, b, c));
	const body = entry.body as PlainBody | undefined;
	if (body === undefined) return entry.call(o, fresh, undefined, a, b, c);
	const { depth } = state;
	if (depth >= DEPTH_LIMIT) return enterLater(entry as PlainEntry, o, [a, b, c]);
	state.depth = depth + 1;
	const value = body.call(o, entry as PlainEntry, undefined, a, b, c);
	state.depth = depth;
	return value;
}

export function methodN(text: string, o: never, key: PropertyKey, args: readonly unknown[]): unknown {
	return callWith(text, o[key as never], o, args);
}

/** An awaited call that its site leaves to the kernel; `this` is that of the call. */
export function other(this: unknown, f: unknown, text: string, ...args: unknown[]): unknown {
	// The site has counted it already.
	state.depth--;
	const value = callWith(text, f, this, args);
	state.depth++;
	return value;
}

/** An awaited call of a function that the site knows, and leaves to the kernel: it comes too deep, or gives control back first. */
export function later(entry: Entry, _text: string, ...args: unknown[]): unknown {
	// The site has counted it already.
	state.depth--;
	const begin = (): unknown => entry.call(undefined, fresh, undefined, ...args);
	const value = state.limit === 0 ? firstAwait(begin) : begin();
	state.depth++;
	return value;
}

/** The same where the body of that function is a generator. */
export function entered(entry: Entry, _text: string, ...args: unknown[]): unknown {
	return entry.call(undefined, fresh, undefined, ...args);
}

/** What a plain body returns is awaited at its tail. Small, so that the engine takes it into the body. */
export function returned(value: unknown): unknown {
	return typeof value === "object" || typeof value === "function" ? settle(value) : value;
}

/** Any other await. */
export function await_(value: unknown): unknown {
	return state.limit === 0 ? firstAwait(() => settle(value, true)) : settle(value, true);
}

/** `return f(x)` inside a `try`: a bare call that counts as awaited; its promise is awaited at the tail. */
export function tail(text: string, f: unknown, receiver: unknown, args: readonly unknown[]): unknown {
	const entry = calleeEntry(f, text);
	return entry === null ? Reflect.apply(f as Callee, receiver, args) : runTail(entry, receiver, args);
}
