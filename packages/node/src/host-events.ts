import { BusyResourceError, type Coroutine, coroutine, onExit, suspend } from "holdfast";
import { throwIfCancelled } from "./buffered-reader.ts";

/**
 * Events of the host for one consumer: for `for await`, and for generators by `yield* events.next()`. Nothing is lost between two
 * of them. It ends when the loop is left, with `close()`, and at the end of the owner of the call that made it.
 */
export interface HostEvents<T> extends AsyncIterable<T, undefined>, Disposable {
	/**
	 * Waits for the next event. Keeps the process alive meanwhile. Cancelled: throws `Cancelled`; nothing is lost.
	 * @throws BusyResourceError if somebody waits in it already
	 */
	next(): Coroutine<IteratorResult<T, undefined>>;
	/** Ends it, as `close()` does: what `for await` calls when the loop is left. */
	return(): IteratorReturnResult<undefined>;
	/** Stops listening, at once. What has come and was not given is dropped; whoever waits gets the end. */
	close(): void;
	[Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

/** What keeps the events that have come, and knows when there are too many of them. */
export interface EventStore<T> {
	take(): T | undefined;
}

/** The one implementation of `HostEvents`, over a store that whoever listens fills. */
export class EventSource<T> implements HostEvents<T> {
	readonly #what: string;
	readonly #store: EventStore<T>;
	#stop: (() => void) | undefined;
	#forget: (() => void) | undefined;
	/** Wakes the one who waits. */
	#wake: (() => void) | undefined;
	#waiting = false;
	#closed = false;
	#error: unknown;

	/**
	 * `listen` begins to listen, and gives what stops that. Called by the function that the user calls, whose owner is asked
	 * for first: it must be inside a task.
	 */
	constructor(what: string, store: EventStore<T>, listen: (source: EventSource<T>) => () => void) {
		this.#what = what;
		this.#store = store;
		this.#forget = onExit(() => this.close());
		try {
			this.#stop = listen(this);
		} catch (error) {
			this.close();
			throw error;
		}
	}

	/** There is something in the store. */
	arrived(): void {
		this.#wake?.();
	}

	/** It has failed: the next one who waits gets the error, and it is closed. */
	fail(error: unknown): void {
		if (this.#closed) return;
		this.close();
		this.#error = error;
	}

	next(): Coroutine<IteratorResult<T, undefined>> {
		return nextEvent(this as EventSource<unknown>) as Coroutine<IteratorResult<T, undefined>>;
	}

	/** @internal */
	*pull(): Generator<never, IteratorResult<T, undefined>, unknown> {
		if (this.#waiting)
			throw new BusyResourceError(
				`${this.#what}: a task waits for the next one already; call ${this.#what}() for each consumer.`,
			);
		yield* throwIfCancelled();
		this.#waiting = true;
		try {
			for (;;) {
				const error = this.#error;
				this.#error = undefined;
				if (error !== undefined) throw error;
				if (this.#closed) return { done: true, value: undefined };
				const value = this.#store.take();
				if (value !== undefined) return { done: false, value };
				yield* suspend<void>(
					(resume) => {
						// Listening alone does not keep a process alive.
						const alive = setInterval(() => {}, 2 ** 30);
						this.#wake = () => {
							stop();
							resume();
						};
						const stop = (): void => {
							clearInterval(alive);
							this.#wake = undefined;
						};
						return stop;
					},
					{ label: this.#what, outside: true },
				);
			}
		} finally {
			this.#waiting = false;
		}
	}

	return(): IteratorReturnResult<undefined> {
		this.close();
		return { done: true, value: undefined };
	}

	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#stop?.();
		this.#forget?.();
		this.#stop = this.#forget = undefined;
		this.arrived();
	}

	[Symbol.dispose](): void {
		this.close();
	}

	[Symbol.asyncIterator](): AsyncIterator<T, undefined> {
		// The language's type asks for promises; `for await` awaits whatever it gets, and a coroutine is a call.
		return this as unknown as AsyncIterator<T, undefined>;
	}
}

const nextEvent = /* @__PURE__ */ coroutine(function* next(
	source: EventSource<unknown>,
): Generator<never, IteratorResult<unknown, undefined>, unknown> {
	return yield* source.pull();
});
