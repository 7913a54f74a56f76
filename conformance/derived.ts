// What the derived generators call: see derive.mjs.
import { type Coroutine, cleanup, coroutine, until } from "holdfast";

export const $coroutine: typeof coroutine = coroutine;

/** `await value`. */
export function* $await(value: unknown): Generator<never, unknown, unknown> {
	if ((typeof value !== "object" && typeof value !== "function") || value === null) return value;
	if (Symbol.iterator in value && "then" in value) return yield* value as Coroutine<unknown>;
	return yield* until(value);
}

/** `return value`: the language awaits what a return gives, if it can be awaited. */
export function* $tail(value: unknown): Generator<never, unknown, unknown> {
	return yield* $await(value);
}

/** `for await (… of iterable)`. */
export function $each(iterable: AsyncIterable<unknown> | Iterable<unknown>): Each {
	return new Each(iterable);
}

class Each {
	value: unknown;
	readonly #iterator: AsyncIterator<unknown> | Iterator<unknown>;
	readonly #isAsync: boolean;
	#isOpen = true;
	#hasFailed = false;

	constructor(iterable: AsyncIterable<unknown> | Iterable<unknown>) {
		this.#isAsync = Symbol.asyncIterator in iterable;
		this.#iterator = Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
	}

	/** Whether there is a further `value`. */
	*next(): Generator<never, boolean, unknown> {
		this.#isOpen = false;
		const result = (yield* $await(this.#iterator.next())) as IteratorResult<unknown>;
		if (result.done) return false;
		this.#isOpen = true;
		this.value = this.#isAsync ? result.value : yield* $await(result.value);
		return true;
	}

	failed(_error: unknown): void {
		this.#hasFailed = true;
	}

	/** Closes an iterator that was left early; an error of the body hides one of the closing. */
	*close(): Generator<never, void, unknown> {
		const iterator = this.#iterator;
		if (!this.#isOpen || iterator.return === undefined) return;
		try {
			yield* cleanup(function* () {
				yield* $await(iterator.return?.());
			});
		} catch (error) {
			if (!this.#hasFailed) throw error;
		}
	}
}
