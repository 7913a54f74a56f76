import { type Coroutine, coroutine, LazyCoroutine } from "../coroutine.ts";
import { BusyResourceError, ClosedResourceError } from "../errors.ts";
import { Event } from "../event.ts";
import { type Begin, runningTask } from "../invoke.ts";
import { Cancelled } from "../kernel/cancelled.ts";
import type { Code } from "../kernel/frame.ts";
import { cleanup } from "../scopes.ts";
import { Belonging } from "./belonging.ts";

/** What a `Stream` tells about itself. */
export interface StreamStatistics {
	/** How many values it has given. */
	readonly given: number;
	/** How many values wait in it to be given. */
	readonly buffered: number;
	/** How many values were dropped, because there was no room for them. */
	readonly dropped: number;
	/** `"ended"`: by itself, at the end of its source or with an error; `"closed"`: by whoever read it, or by its scope. */
	readonly state: "open" | "ended" | "closed";
}

/**
 * Values that come one after another, for one consumer: for `for await`, and for generators by `yield* stream.next()`.
 *
 * Nothing is read before the first `next()`. A loop that is left early closes the stream, and what is below it. A stream
 * that nobody closes is closed at the end of the scope in which it was made. That is the nearest scope, group or task, not
 * the function: a function may return a stream.
 *
 * @example
 * await using lines = fromReadableStream(response.body);
 * for await (const line of lines) show(line);
 */
export interface Stream<T> extends AsyncIterable<T, undefined>, AsyncDisposable {
	/**
	 * Waits for the next value. An error of the source is thrown once, in its place; after it, as after the last value, the
	 * stream has ended.
	 *
	 * Cancelled: throws `Cancelled`. What a foreign source was asked for is not lost: the next call gets it.
	 * @throws BusyResourceError if somebody waits in it already: for several consumers, `tee` it, or send it into a channel
	 * @throws ClosedResourceError if it was closed by `close()`, by its scope, or is meanwhile
	 */
	next(): Coroutine<IteratorResult<T, undefined>>;
	/** Closes it, as `for await` does when the loop is left early: `next()` says then that it is done. */
	return(): Coroutine<IteratorReturnResult<undefined>>;
	/**
	 * Closes it, and what it reads from: it returns when that is closed. Closing twice is fine, the second one waits for the
	 * first; so is closing a stream that has ended. It is cleanup: in a cancelled scope it goes on within the grace.
	 */
	close(): Coroutine<void>;
	statistics(): StreamStatistics;
	/** Itself. */
	[Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

export const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** A stream that belongs to a scope. */
export abstract class OwnedStream<T> implements Stream<T> {
	readonly what: string;
	readonly belonging: Belonging = new Belonging(() => this.close() as LazyCoroutine<void>);
	/** `returned`: closed by `return()`, which makes `next()` say that it is done. */
	state: "open" | "ended" | "closed" | "returned" = "open";
	busy = false;
	protected given = 0;
	/** Set when closing has ended. */
	#closing: Event | null = null;

	constructor(what: string) {
		this.what = what;
	}

	/** The next value, or the end. Called by one task at a time, while the stream is open. */
	protected abstract pull(): Coroutine<IteratorResult<T, undefined>>;

	/** Closes what is below. Called once, unless the stream has ended by itself. */
	protected abstract shut(): Coroutine<unknown>;

	/** How many values wait, and were dropped. */
	protected counts(): { buffered: number; dropped: number } {
		return { buffered: 0, dropped: 0 };
	}

	next(): Coroutine<IteratorResult<T, undefined>> {
		// Not as a method: calls without a receiver are cheaper to describe.
		const next = OwnedStream.#next;
		return next(this) as Coroutine<IteratorResult<T, undefined>>;
	}

	return(): Coroutine<IteratorReturnResult<undefined>> {
		return new LazyCoroutine(OwnedStream.#close, CLOSE, this, "returned", END);
	}

	close(): Coroutine<void> {
		return new LazyCoroutine<void>(OwnedStream.#close, CLOSE, this, "closed", undefined);
	}

	statistics(): StreamStatistics {
		const { given, state: phase } = this;
		return { given, ...this.counts(), state: phase === "returned" ? "closed" : phase };
	}

	[Symbol.asyncIterator](): AsyncIterator<T, undefined> {
		// The language's type asks for promises; `for await` awaits whatever it gets, and a coroutine is a call.
		return this as unknown as AsyncIterator<T, undefined>;
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close() as unknown as Promise<void>;
	}

	/** @throws ClosedResourceError unless the stream is open */
	checkOpen(): void {
		if (this.state === "closed")
			throw new ClosedResourceError(
				`${this.what}: the stream is closed; whoever closes it, or leaves the scope in which it was made, has to be done with it.`,
			);
	}

	/** It has come to its end by itself. */
	protected end(): void {
		if (this.state !== "open") return;
		this.state = "ended";
		this.belonging.release();
	}

	static readonly #next = /* @__PURE__ */ coroutine(function* next(
		stream: OwnedStream<unknown>,
	): Generator<never, IteratorResult<unknown, undefined>, unknown> {
		const task = runningTask(stream.what);
		task.checkpoint();
		if (stream.busy)
			throw new BusyResourceError(
				`${stream.what}: a task waits for the next value of this stream already; tee() it for several consumers.`,
			);
		stream.checkOpen();
		if (stream.state !== "open") return END;
		stream.belonging.home(task);
		stream.busy = true;
		let result: IteratorResult<unknown, undefined>;
		try {
			result = yield* stream.pull();
		} catch (error) {
			if (!(error instanceof Cancelled)) stream.end();
			throw error;
		} finally {
			stream.busy = false;
		}
		if (result.done) {
			stream.end();
			// It was not the source that came to its end.
			stream.checkOpen();
			return END;
		}
		stream.given++;
		return result;
	});

	static readonly #close: Begin = (lazy) => {
		const stream = lazy.a0 as OwnedStream<unknown>;
		runningTask(CLOSE.name);
		const ended = stream.state === "ended" || (stream.state !== "open" && stream.#closing === null);
		if (ended) return lazy.a2;
		return (cleanup(() => OwnedStream.#shut(stream, lazy.a1 as "closed", lazy.a2)) as LazyCoroutine<unknown>).begin();
	};

	static readonly #shut = /* @__PURE__ */ coroutine(function* close(
		stream: OwnedStream<unknown>,
		phase: "closed" | "returned",
		result: unknown,
	): Generator<never, unknown, unknown> {
		const closing = stream.#closing;
		if (closing !== null) {
			yield* closing.wait();
			return result;
		}
		stream.#closing = new Event();
		stream.state = phase;
		stream.belonging.release();
		try {
			yield* stream.shut();
		} finally {
			stream.#closing.set();
			stream.#closing = null;
		}
		return result;
	});
}

const CLOSE: Code = { name: "Stream.close", place: () => undefined };
