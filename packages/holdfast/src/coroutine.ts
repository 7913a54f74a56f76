import { beginGenerator, LazyFrame } from "./invoke.ts";
import type { Context } from "./kernel/context.ts";
import type { Code, Frame, Run } from "./kernel/frame.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";
import { currentNativeTask } from "./native.ts";
import { type Runner, startBare, startOutside } from "./runner.ts";
import { isOpen } from "./scope-frame.ts";

/** A value, or what gives one when it is awaited. */
export type Awaitable<T> = T | PromiseLike<T> | Generator<unknown, T, never>;

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

/** The one implementation of `Coroutine`, and the frame of its own call. */
export class LazyCoroutine<T> extends LazyFrame<T> implements Coroutine<T> {
	readonly #task: KernelTask | null;
	readonly #context: Context | undefined;
	#promise: Promise<T> | undefined;

	constructor(begin: Run, code: Code, a0?: unknown, a1?: unknown, a2?: unknown) {
		super(begin, code, a0, a1, a2);
		const task = state.task ?? currentNativeTask();
		this.#task = task;
		if (task !== null) {
			this.owner = task.owner;
			this.#context = task.context;
		}
	}

	#start(): Promise<T> {
		if (this.#promise === undefined) {
			const call = (): unknown => this.begin();
			const name = this.code?.name ?? "";
			const { owner } = this;
			const task = this.#task;
			this.#promise = (
				task !== null && owner !== null && isOpen(owner) && !task.runner.closed
					? startBare(task.runner as Runner, owner, task, name, call)
					: startOutside(name, call, this.#context)
			).promise as Promise<T>;
		}
		return this.#promise;
	}

	// biome-ignore lint/suspicious/noThenProperty: a coroutine is awaited like a promise
	then<A = T, B = never>(
		onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
		onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
	): Promise<A | B> {
		return this.#start().then(onFulfilled, onRejected);
	}

	catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
		return this.#start().catch(onRejected);
	}

	finally(onFinally?: (() => void) | null): Promise<T> {
		return this.#start().finally(onFinally);
	}

	[Symbol.iterator](): Generator<never, T, unknown> {
		this.checkFresh();
		return this as unknown as Generator<never, T, unknown>;
	}
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
export function coroutine<Args extends readonly unknown[], T>(
	body: (...args: Args) => Generator<unknown, T, never>,
): (...args: Args) => Coroutine<T> {
	if (typeof body !== "function") throw new TypeError("coroutine() takes a generator function: coroutine(function* (…) { … }).");
	const code: Code = { name: body.name, place: () => undefined };
	function call(this: unknown, ...args: Args): Coroutine<T> {
		return new LazyCoroutine<T>(beginBody, code, body, this, args);
	}
	Object.defineProperty(call, "name", { value: body.name, configurable: true });
	Object.defineProperty(call, "length", { value: body.length, configurable: true });
	return call;
}

const beginBody: Run = (frame: Frame) => {
	const generator = (frame.a0 as (...args: unknown[]) => unknown).apply(frame.a1, frame.a2 as unknown[]);
	if (typeof (generator as Generator | null)?.next !== "function")
		throw new TypeError(`coroutine() takes a generator function, but ${frame.code?.name || "this one"} gave no generator: write function* (…) { … }.`);
	frame.a0 = generator;
	frame.a2 = undefined;
	return beginGenerator(frame);
};
