import { call } from "../call.ts";
import type { Awaitable } from "../coroutine.ts";
import { describe } from "../invoke.ts";
import { openPortal, type Portal, tell } from "../portal.ts";
import { currentTask, type Task } from "../task.ts";
import type { ObservingLike } from "./from-observable.ts";
import { isReadableStream, openSource, type Source } from "./web.ts";

/** What `toObservable` gives: enough for every library that knows `Symbol.observable`, such as RxJS (`from`). */
export interface Subscribable<T> {
	subscribe(
		observer?: Partial<ObservingLike<T>> | ((value: T) => void) | null,
		error?: ((error: unknown) => void) | null,
		complete?: (() => void) | null,
	): Unsubscribable;
	"@@observable"(): Subscribable<T>;
}

/** Ends a subscription. */
export interface Unsubscribable {
	readonly closed: boolean;
	unsubscribe(): void;
}

/** The class of Observables of the Web, of RxJS and others. */
export type ObservableClass<O> = new (subscribe: (subscriber: unknown) => never) => O;

/** What can be observed: a source; or a function, which is called for each subscription and gives a source, or one value. */
export type Observed<T> = Source<T> | (() => Awaitable<Source<T> | T>);

/**
 * A source as an Observable. A function is called anew for each subscription, as a coroutine: what it gives is the one
 * value, unless that is an async iterable or a `ReadableStream`, whose values are given one by one. Without a class it is an
 * object that RxJS's `from` and every library that knows `Symbol.observable` takes; with a class, it is made by that:
 * `toObservable(rows, Observable)`, the Web's or that of RxJS.
 *
 * Each subscription is a task of the scope in which it was converted (see `openPortal`), and the next value is asked for when the
 * observer has returned; it cannot make the source wait any longer. Unsubscribing cancels the task. An error is the
 * Observable's error, the same object; a cancellation of the scope is one of `TaskCancelledError`. What cleanup throws after the
 * subscriber has left is reported.
 *
 * @throws TypeError for what cannot be read
 * @example
 * const prices$ = toObservable(() => watchPrices("ACME"), Observable); // the Web's class, or that of RxJS
 */
export function toObservable<T>(source: Observed<T>): Subscribable<T>;
export function toObservable<T, O>(source: Observed<T>, Observable: ObservableClass<O>): O;
export function toObservable<T>(source: Observed<T>, Observable?: ObservableClass<unknown>): unknown {
	const portal = openPortal();
	if (typeof source !== "function" && !isSource(source))
		throw new TypeError(
			`toObservable: ${describe(source)} cannot be read as a stream; pass an async iterable, an iterable, a ReadableStream, or a function.`,
		);
	if (Observable === undefined) return new ObservableSource<T>(portal, source);
	if (typeof Observable !== "function")
		throw new TypeError(`toObservable: ${describe(Observable)} is no class of Observables.`);
	const subscribe = (subscriber: Subscriber<T>): (() => void) => {
		const stop = begin(portal, source, subscriber);
		// That of the Web has no use for what is returned.
		subscriber.addTeardown?.(stop);
		return stop;
	};
	return new Observable(subscribe as never);
}

interface Subscriber<T> extends ObservingLike<T> {
	/** RxJS and its like. */
	readonly closed?: boolean;
	/** The Web. */
	readonly active?: boolean;
	addTeardown?(teardown: () => void): void;
}

class ObservableSource<T> implements Subscribable<T> {
	readonly #portal: Portal;
	readonly #source: Observed<T>;

	constructor(portal: Portal, source: Observed<T>) {
		this.#portal = portal;
		this.#source = source;
		const { observable } = Symbol as { observable?: symbol };
		if (observable !== undefined) Object.defineProperty(this, observable, { value: () => this });
	}

	subscribe(
		first?: Partial<ObservingLike<T>> | ((value: T) => void) | null,
		error?: ((error: unknown) => void) | null,
		complete?: (() => void) | null,
	): Unsubscribable {
		const observer = (typeof first === "function" ? { next: first, error, complete } : (first ?? {})) as Partial<
			ObservingLike<T>
		>;
		const subscriber = {
			closed: false,
			next: (value: T) => observer.next?.(value),
			error: (failure: unknown) => {
				subscriber.closed = true;
				// Nobody listens for errors: then it is the run's.
				if (typeof observer.error !== "function") throw failure;
				observer.error(failure);
			},
			complete: () => {
				subscriber.closed = true;
				observer.complete?.();
			},
			unsubscribe: () => {
				subscriber.closed = true;
				stop?.();
			},
		};
		let stop: (() => void) | undefined;
		stop = begin(this.#portal, this.#source, subscriber);
		return subscriber;
	}

	"@@observable"(): this {
		return this;
	}
}

/** Starts a subscription; the result ends it. */
function begin<T>(portal: Portal, source: Observed<T>, subscriber: Subscriber<T>): () => void {
	let left = false;
	const hasLeft = (): boolean => left || subscriber.closed === true || subscriber.active === false;
	const end = (error: unknown): void => {
		// What cleanup has thrown when nobody listens any more: it is reported.
		if (hasLeft()) throw error;
		subscriber.error(error);
	};
	const task = portal.start(
		() => observe(source, subscriber, hasLeft),
		{
			done: () => {
				if (!hasLeft()) subscriber.complete();
			},
			failed: end,
			cancelled: (error) => {
				if (!hasLeft()) subscriber.error(error);
			},
		},
		{ name: "toObservable" },
	);
	return () => {
		left = true;
		task?.cancel("its subscriber has left");
	};
}

function* observe<T>(
	source: Observed<T>,
	subscriber: ObservingLike<T>,
	hasLeft: () => boolean,
): Generator<never, void, unknown> {
	const task: Task = currentTask();
	const isCall = typeof source === "function";
	const isGenerator = (source as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === "AsyncGeneratorFunction";
	const given =
		isCall && !isGenerator
			? yield* call(source as () => Awaitable<Source<T> | T>)
			: isCall
				? (source as () => Source<T>)()
				: source;
	if (isCall && !isAsyncSource(given)) {
		tell(() => subscriber.next(given as T), task);
		return;
	}
	const stream = openSource("toObservable", given as Source<T>);
	try {
		while (!hasLeft()) {
			const result = yield* stream.next();
			if (result.done) return;
			tell(() => subscriber.next(result.value), task);
		}
	} finally {
		yield* stream.close();
	}
}

function isAsyncSource(value: unknown): boolean {
	return (
		isReadableStream(value) ||
		typeof (value as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === "function"
	);
}

function isSource(value: unknown): boolean {
	const isObject = typeof value === "object" && value !== null;
	return (
		isObject && (isAsyncSource(value) || typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function")
	);
}
