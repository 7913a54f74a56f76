import type { LaggedError } from "../errors.ts";
import { describe } from "../invoke.ts";
import { checkPushOptions, PushedStream, type PushOptions } from "./pushed-stream.ts";
import type { Stream } from "./stream.ts";

/** What `fromObservable` subscribes to: an Observable of RxJS, of the Web, or of any library that knows `Symbol.observable`. */
export interface ObservableLike<T> {
	subscribe(observer: ObservingLike<T>, options?: never): unknown;
}

/** How an Observable tells. */
export interface ObservingLike<T> {
	next(value: T): void;
	error(error: unknown): void;
	complete(): void;
}

/** Options of `fromObservable`. */
export type FromObservableOptions = PushOptions;

/** So many values in one synchronous burst are taken for one that has no end. */
const MAXIMUM_BURST = 1_000_000;

/**
 * Reads an Observable as a stream. It is subscribed to with the first `next()`, and unsubscribed from when the stream is closed.
 * An Observable cannot be made to wait: what nobody has read yet is kept, up to `capacity`, and `overflow` says what happens
 * then, as in `events`.
 *
 * An error of the Observable is thrown in its place, the same object. One that emits synchronously without an end is
 * unsubscribed from when the buffer is full, or after a million values, and `LaggedError` says so.
 * @throws TypeError for what is no Observable
 * @throws RangeError for a capacity that is no whole number from 1
 * @example
 * for await (const key of fromObservable(keys$, { capacity: 100, overflow: "drop-oldest" })) await handle(key);
 */
export function fromObservable<T>(observable: ObservableLike<T>, options: FromObservableOptions = {}): Stream<T> {
	checkPushOptions("fromObservable", options);
	return new ObservedStream<T>(resolve(observable), options);
}

function resolve<T>(given: ObservableLike<T>): ObservableLike<T> {
	const source = given as unknown as Record<PropertyKey, unknown> | null | undefined;
	const key = (Symbol as { observable?: symbol }).observable ?? "@@observable";
	const interop = source?.[key] ?? source?.["@@observable"];
	const observable = typeof interop === "function" ? (interop.call(given) as ObservableLike<T>) : given;
	if (typeof observable?.subscribe !== "function")
		throw new TypeError(`fromObservable: ${describe(given)} is no Observable; pass something with subscribe().`);
	return observable;
}

class ObservedStream<T> extends PushedStream<T> {
	readonly #observable: ObservableLike<T>;
	#sink: Sink<T> | null = null;

	constructor(observable: ObservableLike<T>, options: FromObservableOptions) {
		super("fromObservable", options);
		this.#observable = observable;
	}

	protected override open(): void {
		if (this.#sink !== null) return;
		const sink = new Sink<T>(
			{
				next: (value) => this.push(value),
				error: (error) => this.finish(true, error),
				complete: () => this.finish(false),
			},
			() => this.lagged(),
		);
		this.#sink = sink;
		sink.open(this.#observable);
	}

	protected override stop(): void {
		this.#sink?.unsubscribe();
	}
}

/**
 * The observer. RxJS takes what looks like this for a `Subscriber` of its own, so that a source can see that it is closed while
 * it still emits.
 */
class Sink<T> implements ObservingLike<T> {
	closed = false;
	readonly #to: ObservingLike<T>;
	readonly #tooMany: () => LaggedError;
	readonly #teardowns: Set<unknown> = new Set();
	#subscribing = true;
	#burst = 0;

	constructor(to: ObservingLike<T>, tooMany: () => LaggedError) {
		this.#to = to;
		this.#tooMany = tooMany;
	}

	open(observable: ObservableLike<T>): void {
		try {
			if (Object.prototype.toString.call(observable) === "[object Observable]") this.#openOfWeb(observable);
			else {
				const given = observable.subscribe(this);
				if (given !== this) this.add(given);
			}
		} catch (error) {
			this.error(error);
		}
		this.#subscribing = false;
	}

	/** The Web's takes a signal, gives nothing, and calls an observer's functions without a `this`. */
	#openOfWeb(observable: ObservableLike<T>): void {
		const controller = new AbortController();
		this.add(() => controller.abort());
		// It reports what they throw to the host, and nobody is stopped by that: its sources see that they are not active.
		const next = (value: T): void => {
			if (this.#subscribing && ++this.#burst > MAXIMUM_BURST) this.error(this.#tooMany());
			if (!this.closed) this.#to.next(value);
		};
		const observer = { next, error: (error: unknown) => this.error(error), complete: () => this.complete() };
		observable.subscribe(observer as never, { signal: controller.signal } as never);
	}

	/** An Observable of the proposal says before its first value how to unsubscribe. */
	start(subscription: unknown): void {
		this.add(subscription);
	}

	next(value: T): void {
		if (this.#subscribing && ++this.#burst > MAXIMUM_BURST) {
			const error = this.#tooMany();
			this.error(error);
			// A source that does not look whether it is closed is stopped by force.
			throw error;
		}
		if (this.closed) {
			if (this.#subscribing) throw this.#tooMany();
			return;
		}
		this.#to.next(value);
	}

	error(error: unknown): void {
		if (this.closed) return;
		this.#to.error(error);
		this.unsubscribe();
	}

	complete(): void {
		if (this.closed) return;
		this.#to.complete();
		this.unsubscribe();
	}

	add(teardown: unknown): void {
		if (this.closed) tearDown(teardown);
		else if (teardown !== undefined && teardown !== null) this.#teardowns.add(teardown);
	}

	remove(teardown: unknown): void {
		this.#teardowns.delete(teardown);
	}

	unsubscribe(): void {
		if (this.closed) return;
		this.closed = true;
		const teardowns = [...this.#teardowns];
		this.#teardowns.clear();
		for (const teardown of teardowns) tearDown(teardown);
	}
}

function tearDown(teardown: unknown): void {
	if (typeof teardown === "function") teardown();
	else (teardown as { unsubscribe?(): void } | null | undefined)?.unsubscribe?.();
}
