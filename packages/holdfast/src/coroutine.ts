import { MisuseError } from "./errors.ts";
import { type Begin, beginGenerator, corocall, fresh, iterate, Lazy } from "./invoke.ts";
import { type Code, noPlace, suspended } from "./kernel/frame.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";
import { startBare, startOutside } from "./runner.ts";
import { isOpen } from "./scope-frame.ts";
import { pass } from "./waiting-list.ts";

/** A value, or what gives one when it is awaited. */
export type Awaitable<T> = T | PromiseLike<T> | Generator<unknown, T, never>;

/** What a call gives when it is awaited. */
export type Given<R> = R extends Generator<unknown, infer T, never> ? T : Awaited<R>;

/**
 * A computation that has been described and does nothing until it is awaited. It starts on `await`, on `yield*`, or
 * when it is spawned, and it is one call: a second start throws `CoroutineReusedError`.
 *
 * Awaited in compiled code or by `yield*`, it is a call on the current task: no task, no promise. Awaited by native
 * code it becomes a task of the scope in which it was made; outside of every run it gets a root of its own.
 */
export interface Coroutine<T> extends PromiseLike<T> {
	catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B>;
	finally(onFinally?: (() => void) | null): Promise<T>;
	[Symbol.iterator](): Generator<never, T, unknown>;
}

/**
 * A function whose call is a coroutine. `coroutine()` gives this type to bodies without type parameters whose parameters are
 * all annotated; others have `sync` as well, but TypeScript does not see it: use `sync(f)` with them.
 */
export interface CoroutineFunction<Args extends readonly unknown[], T> {
	(...args: Args): Coroutine<T>;
	/**
	 * The call, run to its end synchronously, as by `runSync`: sleeping really sleeps.
	 * @throws CannotBlockError out of the await of what only the host could bring about
	 */
	sync(...args: Args): T;
}

type AnyFunction = (...args: never[]) => unknown;
type GeneratorFunction = (...args: never[]) => Generator<unknown, unknown, never>;
type ArgsOf<Body> = Body extends (...args: infer Args) => unknown ? Args : never;
type GeneratorOf<Body> = Body extends (...args: never[]) => infer G ? G : never;
type ResultOf<Body> = Body extends (...args: never[]) => Generator<unknown, infer T, never> ? T : never;

/**
 * TypeScript keeps the type parameters of a function only in a result that is a plain function type, with no `sync` beside it.
 * They are there if what is left without them is not assignable to the function.
 */
type WithoutTypeParameters<Body> = Body extends GeneratorFunction
	? ((...args: ArgsOf<Body>) => GeneratorOf<Body>) extends Body
		? unknown
		: never
	: never;

/** The one implementation of `Coroutine`. */
export class LazyCoroutine<T> extends Lazy<T> implements Coroutine<T> {
	// biome-ignore lint/suspicious/noThenProperty: a coroutine is awaited like a promise
	then<A = T, B = never>(
		onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
		onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
	): Promise<A | B> {
		return promiseOf(this).then(onFulfilled, onRejected);
	}

	catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
		return promiseOf(this).catch(onRejected);
	}

	finally(onFinally?: (() => void) | null): Promise<T> {
		return promiseOf(this).finally(onFinally);
	}

	[Symbol.iterator](): Generator<never, T, unknown> {
		return iterate(this);
	}
}

/**
 * Gives a function that describes a call an entry, too: compiled code that awaits the call there and then makes it at once,
 * and needs no object that describes it. `begin` gets the function's `this`, and its arguments after two that mean nothing here.
 */
export function direct<F extends AnyFunction>(
	describing: F,
	code: Code,
	begin: (this: never, call: unknown, input: unknown, ...args: never[]) => unknown,
): F {
	function entry(this: unknown, frame: unknown, input: unknown, ...args: unknown[]): unknown {
		return frame === fresh
			? begin.call(this as never, entry, input, ...(args as never[]))
			: describing.apply(this, [frame, input, ...args] as never[]);
	}
	Object.assign(entry, { shell1: describing, code, site: 0, body: begin });
	return Object.defineProperty(describing, corocall, { value: entry });
}

const promises = new WeakMap<object, Promise<unknown>>();

/** The promise of a coroutine that foreign code awaits: it becomes a task of the scope in which it was made. */
export function promiseOf<T>(lazy: LazyCoroutine<T>): Promise<T> {
	let promise = promises.get(lazy) as Promise<T> | undefined;
	if (promise === undefined) {
		const { owner } = lazy;
		const call = (): unknown => lazy.begin();
		const task =
			owner !== null && isOpen(owner)
				? startBare(owner, lazy.context, lazy.code.name, call)
				: startOutside(lazy.code.name, call, lazy.context ?? undefined);
		promise = task.promise as Promise<T>;
		promises.set(lazy, promise);
	}
	return promise;
}

/**
 * Makes a coroutine function of a generator function: the way to write coroutines with no build step, in any engine.
 * Inside, `yield*` awaits: other coroutines, tasks, and `until(promise)`.
 *
 * A cancellation is thrown at the `yield*`: `finally` runs, and a `catch` sees `Cancelled` and should throw it on.
 *
 * @example
 * const greet = coroutine(function* (name: string) {
 *   yield* sleep(100);
 *   return `hello ${name}`;
 * });
 * await run(greet, { args: ["you"] });
 */
export function coroutine<Body extends AnyFunction>(
	body: Body & WithoutTypeParameters<Body>,
): CoroutineFunction<ArgsOf<Body>, ResultOf<Body>>;
export function coroutine<Args extends readonly unknown[], T>(
	body: (...args: Args) => Generator<unknown, T, never>,
): (...args: Args) => Coroutine<T>;
export function coroutine(body: GeneratorFunction): (...args: unknown[]) => Coroutine<unknown> {
	if (typeof body !== "function")
		throw new TypeError("coroutine() takes a generator function: coroutine(function* (…) { … }).");
	const code = new BodyCode(body);
	// Most calls have few arguments and no `this`: those need no array.
	function call(this: unknown, a?: unknown, b?: unknown): Coroutine<unknown> {
		if (this === undefined)
			switch (arguments.length) {
				case 0:
					return new LazyCoroutine(begin0, code);
				case 1:
					return new LazyCoroutine(begin1, code, a);
				case 2:
					return new LazyCoroutine(begin2, code, a, b);
			}
		return new LazyCoroutine(beginAll, code, this, Array.from(arguments));
	}
	// What is called in the same breath as it is awaited, or spawned, needs no object that describes it.
	function entry(this: unknown, frame: unknown, _input: unknown, a?: unknown): unknown {
		if (frame !== fresh) return call.apply(this, Array.from(arguments) as []);
		if (this === undefined)
			switch (arguments.length) {
				case 2:
					return beginGenerator(code.made(body()), code);
				case 3:
					return beginGenerator(code.made(body(a as never)), code);
			}
		return beginGenerator(code.made(body.apply(this, Array.prototype.slice.call(arguments, 2) as never[])), code);
	}
	entry.shell1 = call;
	Object.defineProperty(call, corocall, { value: entry });
	return asCoroutineFunction(call, body.name, body.length);
}

/** Makes a function that gives coroutines look like one. */
export function asCoroutineFunction<F extends AnyFunction>(call: F, name: string, length: number): F {
	Object.defineProperty(call, "name", { value: name, configurable: true });
	Object.defineProperty(call, "length", { value: length, configurable: true });
	return Object.setPrototypeOf(call, CoroutineFunctionPrototype);
}

/**
 * What coroutine functions inherit from. `runSync` puts the `sync` that works here, so that a bundle has synchronous runs
 * only if it uses them.
 */
export const CoroutineFunctionPrototype: { sync(...args: unknown[]): unknown } = /* @__PURE__ */ Object.setPrototypeOf(
	{
		sync(): never {
			throw new MisuseError(
				'f.sync() needs runSync, and this bundle was built without it: import { sync } from "holdfast", and write sync(f)(…).',
			);
		},
	},
	Function.prototype,
);

class BodyCode implements Code {
	readonly name: string;
	readonly place: () => undefined = noPlace;
	isNoted = true;
	readonly body: (...args: unknown[]) => unknown;

	constructor(body: GeneratorFunction) {
		this.name = body.name;
		this.body = body as (...args: unknown[]) => unknown;
	}

	/** What the body has given. */
	made(generator: unknown): Generator {
		if (typeof (generator as Generator | null)?.next === "function") return generator as Generator;
		throw new TypeError(
			`coroutine() takes a generator function, but ${this.name || "this one"} gave no generator: write function* (…) { … }.`,
		);
	}
}

const begin0: Begin = ({ code }) => {
	const { body } = code as BodyCode;
	return beginLazily(body(), code as BodyCode);
};
const begin1: Begin = ({ code, a0 }) => {
	const { body } = code as BodyCode;
	return beginLazily(body(a0), code as BodyCode);
};
const begin2: Begin = ({ code, a0, a1 }) => {
	const { body } = code as BodyCode;
	return beginLazily(body(a0, a1), code as BodyCode);
};
const beginAll: Begin = ({ code, a0, a1 }) =>
	beginLazily((code as BodyCode).body.apply(a0, a1 as unknown[]), code as BodyCode);

/** A loop of calls that never suspend is a computation: once in a while the others have their turn before it goes on. */
function beginLazily(generator: unknown, code: BodyCode): unknown {
	const value = beginGenerator(code.made(generator), code);
	return value === suspended ? value : pass(state.task as KernelTask, value);
}
