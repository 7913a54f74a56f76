import { call } from "../call.ts";
import type { Coroutine, LazyCoroutine } from "../coroutine.ts";
import { TaskCancelledError } from "../errors.ts";
import { until } from "../suspend.ts";
import { currentTask, type Task, taskOf } from "../task.ts";
import { Belonging } from "./belonging.ts";
import { END, type Stream } from "./stream.ts";
import { openSource, type Source } from "./web.ts";

/** What foreign code iterates: its methods give native promises. */
export interface ForeignIterator<T> extends AsyncIterableIterator<T, undefined> {
	next(): Promise<IteratorResult<T, undefined>>;
	/** Stops a `next()` that is waiting, and closes the source: settles when that is closed. */
	return(): Promise<IteratorResult<T, undefined>>;
	throw(error?: unknown): Promise<IteratorResult<T, undefined>>;
	[Symbol.asyncIterator](): ForeignIterator<T>;
}

/**
 * A source for foreign code, as an async iterator of native promises. Each `next()` runs as a task of the scope in which it was
 * made, in the context of there: a cancellation of that scope rejects what is being waited for (with `TaskCancelledError`), and
 * closes the source. After the end of the scope it rejects with `ClosedResourceError`.
 *
 * Calls are answered in their order. `return()` does not wait for its turn.
 * @throws TypeError for what cannot be read
 * @example
 * for await (const row of toAsyncIterable(rows)) foreignCode(row);
 */
export function toAsyncIterable<T>(source: Source<T>): ForeignIterator<T> {
	return iterate("toAsyncIterable", source);
}

export function iterate<T>(what: string, source: Source<T>): ForeignIterator<T> {
	return new Outward<T>(what, openSource(what, source));
}

class Outward<T> implements ForeignIterator<T> {
	readonly #what: string;
	readonly #stream: Stream<T>;
	readonly #belonging: Belonging;
	/** The answer that was asked for last, while it is awaited: whoever asks meanwhile stands behind it. */
	#last: Promise<unknown> | null = null;
	/** The call that is being answered. */
	#reading: Task | undefined;
	#over = false;

	constructor(what: string, stream: Stream<T>) {
		this.#what = what;
		this.#stream = stream;
		this.#belonging = new Belonging(() => stream.close() as LazyCoroutine<void>);
	}

	next(): Promise<IteratorResult<T, undefined>> {
		if (this.#over) return Promise.resolve(END);
		const before = this.#last;
		const asked = this.#start(() => (before === null ? this.#stream.next() : this.#nextAfter(before)));
		if (before === null) this.#reading = taskOf(asked);
		const answer = asked.then(
			(result) => {
				if (this.#last === answer) this.#last = null;
				if (result.done) this.#finish();
				return result;
			},
			(error: unknown) => {
				if (this.#last === answer) this.#last = null;
				// It was stopped by whoever has left.
				if (this.#over && error instanceof TaskCancelledError) return END;
				if (this.#stream.statistics().state === "ended") this.#finish();
				throw error;
			},
		);
		this.#last = answer;
		return answer;
	}

	return(): Promise<IteratorResult<T, undefined>> {
		if (this.#over) return Promise.resolve(END);
		this.#over = true;
		this.#reading?.cancel("its consumer has left");
		const closed = this.#start(() => this.#stream.return());
		this.#belonging.release();
		return closed;
	}

	async throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
		await this.return();
		throw error;
	}

	[Symbol.asyncIterator](): ForeignIterator<T> {
		return this;
	}

	/** Answers in turn: what the one before has ended with is not our concern. */
	#nextAfter(before: Promise<unknown>): Coroutine<IteratorResult<T, undefined>> {
		const ended = before.then(noop, noop);
		const answer = function* (this: Outward<T>): Generator<never, IteratorResult<T, undefined>, unknown> {
			yield* until(ended);
			// Left before its turn came.
			if (this.#over) return END;
			this.#reading = currentTask();
			return yield* this.#stream.next();
		};
		return call(answer.bind(this));
	}

	#finish(): void {
		this.#over = true;
		this.#belonging.release();
	}

	#start<R>(begin: () => Coroutine<R>): Promise<R> {
		return this.#belonging.start(this.#what, begin as () => LazyCoroutine<R>);
	}
}

const noop = (): void => {};
