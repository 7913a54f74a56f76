import { corocall, type Entry, fresh, settle } from "../invoke.ts";
import { runTail } from "../runner.ts";

// `Reflect.apply` for foreign callees: a proxy answers to `call` and `apply` as it likes.
type Callee = (...args: unknown[]) => unknown;

export function entryOf(callee: unknown, text: string): Entry | null {
	if (typeof callee !== "function") throw new TypeError(`${text} is not a function`);
	const entry = (callee as { [corocall]?: Entry })[corocall];
	return entry !== undefined && entry.shell1 === callee ? entry : null;
}

// An awaited call: `f`'s coroutine runs as a call on the current task. One function per number of arguments, so that
// none of them needs an array.

export function call0(text: string, f: unknown): unknown {
	const entry = entryOf(f, text);
	return entry === null ? settle((f as Callee)()) : entry.call(undefined, fresh, undefined);
}

export function call1(text: string, f: unknown, a: unknown): unknown {
	const entry = entryOf(f, text);
	return entry === null ? settle((f as Callee)(a)) : entry.call(undefined, fresh, undefined, a);
}

export function call2(text: string, f: unknown, a: unknown, b: unknown): unknown {
	const entry = entryOf(f, text);
	return entry === null ? settle((f as Callee)(a, b)) : entry.call(undefined, fresh, undefined, a, b);
}

export function call3(text: string, f: unknown, a: unknown, b: unknown, c: unknown): unknown {
	const entry = entryOf(f, text);
	return entry === null ? settle((f as Callee)(a, b, c)) : entry.call(undefined, fresh, undefined, a, b, c);
}

export function callN(text: string, f: unknown, args: readonly unknown[]): unknown {
	return callWith(text, f, undefined, args);
}

export function callWith(text: string, f: unknown, receiver: unknown, args: readonly unknown[]): unknown {
	const entry = entryOf(f, text);
	return entry === null
		? settle(Reflect.apply(f as Callee, receiver, args))
		: entry.call(receiver, fresh, undefined, ...args);
}

export function method0(text: string, o: never, key: PropertyKey): unknown {
	const f = o[key as never] as unknown;
	const entry = entryOf(f, text);
	return entry === null ? settle(Reflect.apply(f as Callee, o, [])) : entry.call(o, fresh, undefined);
}

export function method1(text: string, o: never, key: PropertyKey, a: unknown): unknown {
	const f = o[key as never] as unknown;
	const entry = entryOf(f, text);
	return entry === null ? settle(Reflect.apply(f as Callee, o, [a])) : entry.call(o, fresh, undefined, a);
}

export function method2(text: string, o: never, key: PropertyKey, a: unknown, b: unknown): unknown {
	const f = o[key as never] as unknown;
	const entry = entryOf(f, text);
	return entry === null ? settle(Reflect.apply(f as Callee, o, [a, b])) : entry.call(o, fresh, undefined, a, b);
}

export function method3(text: string, o: never, key: PropertyKey, a: unknown, b: unknown, c: unknown): unknown {
	const f = o[key as never] as unknown;
	const entry = entryOf(f, text);
	return entry === null ? settle(Reflect.apply(f as Callee, o, [a, b, c])) : entry.call(o, fresh, undefined, a, b, c);
}

export function methodN(text: string, o: never, key: PropertyKey, args: readonly unknown[]): unknown {
	return callWith(text, o[key as never], o, args);
}

/** Any other await. */
export function await_(value: unknown): unknown {
	return settle(value);
}

/** `return f(x)` inside a `try`: a bare call that counts as awaited; its promise is awaited at the tail. */
export function tail(text: string, f: unknown, receiver: unknown, args: readonly unknown[]): unknown {
	const entry = entryOf(f, text);
	return entry === null ? Reflect.apply(f as Callee, receiver, args) : runTail(entry, receiver, args);
}
