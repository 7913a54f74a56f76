import type { Coroutine, LazyCoroutine } from "../coroutine.ts";
import { Lock } from "../lock.ts";
import { type CancelScope, withCancelScope } from "../scopes.ts";
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
	readonly #turn: Lock = new Lock();
	#reading: CancelScope | null = null;
	#over = false;

	constructor(what: string, stream: Stream<T>) {
		this.#what = what;
		this.#stream = stream;
		this.#belonging = new Belonging(() => stream.close() as LazyCoroutine<void>);
	}

	next(): Promise<IteratorResult<T, undefined>> {
		if (this.#over) return Promise.resolve(END);
		return this.#start(() => this.#turn.with(() => withCancelScope({}, (scope) => this.#read(scope)))).then(
			(result) => result ?? END,
		);
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

	*#read(scope: CancelScope): Generator<never, IteratorResult<T, undefined>, unknown> {
		// Left before its turn came.
		if (this.#over) return END;
		this.#reading = scope;
		try {
			const result = yield* this.#stream.next();
			if (result.done) this.#finish();
			return result;
		} catch (error) {
			if (this.#stream.statistics().state !== "open") this.#finish();
			throw error;
		} finally {
			this.#reading = null;
		}
	}

	#finish(): void {
		this.#over = true;
		this.#belonging.release();
	}

	#start<R>(call: () => Coroutine<R>): Promise<R> {
		return this.#belonging.start(this.#what, call as () => LazyCoroutine<R>);
	}
}
