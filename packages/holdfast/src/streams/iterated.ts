import { type Coroutine, coroutine, LazyCoroutine } from "../coroutine.ts";
import { ClosedResourceError } from "../errors.ts";
import { markObserved, reportLate, thenOf } from "../foreign.ts";
import { corocall, describe, type Entry, fresh, Lazy, runningTask, settle } from "../invoke.ts";
import { Cancelled } from "../kernel/cancelled.ts";
import type { Code } from "../kernel/frame.ts";
import { KernelTask, type Operation } from "../kernel/task.ts";
import { afterMacrotask } from "../loops/host.ts";
import { OwnedStream, type Stream } from "./stream.ts";

type Method = (...args: unknown[]) => unknown;

interface ForeignIterator {
	next: Method;
	return?: Method;
}

/** What a foreign iterator has promised. It outlives a wait that was cancelled: the next one gets it. */
class Promised implements Operation {
	readonly label: string;
	#waiter: KernelTask | null = null;
	#outcome: { readonly value: unknown; readonly thrown: boolean } | null = null;
	/** Who has given it up: from then on a rejection is reported. */
	#abandoned: KernelTask | null = null;

	constructor(label: string, given: unknown) {
		this.label = label;
		markObserved(given);
		Promise.resolve(given).then(
			(value) => this.#settle(value, false),
			(error) => this.#settle(error, true),
		);
	}

	wait(task: KernelTask): unknown {
		const outcome = this.#outcome;
		if (outcome !== null) {
			if (outcome.thrown) throw outcome.value;
			return outcome.value;
		}
		const parked = task.park(this);
		this.#waiter = task;
		task.runner.promises++;
		return parked;
	}

	/** Waits for one turn of the host, then gives it up. */
	waitBriefly(task: KernelTask): unknown {
		afterMacrotask(() => {
			if (this.#waiter !== null) this.abandon(task);
		});
		return this.wait(task);
	}

	/** Nobody will ask for it any more. Whoever waits is told. */
	abandon(by: KernelTask, error?: Error): void {
		this.#abandoned = by;
		const waiter = this.#leave();
		if (waiter !== null) waiter.resume(error, error !== undefined);
		else if (this.#outcome?.thrown) reportLate(by, this.#outcome.value);
	}

	abort(): boolean {
		this.#leave();
		return true;
	}

	#leave(): KernelTask | null {
		const waiter = this.#waiter;
		this.#waiter = null;
		if (waiter !== null) waiter.runner.promises--;
		return waiter;
	}

	#settle(value: unknown, thrown: boolean): void {
		this.#outcome = { value, thrown };
		const waiter = this.#leave();
		if (waiter !== null) waiter.resume(value, thrown);
		else if (this.#abandoned !== null && thrown) reportLate(this.#abandoned, value);
	}
}

/** Reads an iterator, of whatever make, as a stream. */
export class IteratedStream<T> extends OwnedStream<T> {
	readonly #iterable: object;
	/** The values of a sync iterator are awaited one by one. */
	readonly #sync: boolean;
	#iterator: ForeignIterator | null = null;
	/** What a cancelled wait has left behind. */
	#promised: Promised | null = null;

	constructor(what: string, iterable: object, sync: boolean) {
		super(what);
		this.#iterable = iterable;
		this.#sync = sync;
	}

	protected override pull(): Coroutine<IteratorResult<T, undefined>> {
		// Not as a method: calls without a receiver are cheaper to describe.
		const pull = IteratedStream.#pull;
		return pull(this) as Coroutine<IteratorResult<T, undefined>>;
	}

	protected override shut(): Coroutine<unknown> {
		return IteratedStream.#shut(this);
	}

	#open(): ForeignIterator {
		if (this.#iterator === null) {
			const key = this.#sync ? Symbol.iterator : Symbol.asyncIterator;
			const iterator = ((this.#iterable as Record<symbol, unknown>)[key] as Method).call(this.#iterable);
			if (typeof iterator !== "object" || iterator === null)
				throw new TypeError(`${this.what}: the iterator of ${describe(this.#iterable)} is ${describe(iterator)}.`);
			this.#iterator = iterator as ForeignIterator;
		}
		return this.#iterator;
	}

	/** Calls a method of the iterator, as an awaited call if it can be one. A foreign promise is given as it is, in a box. */
	#call(method: Method, task: KernelTask): unknown {
		const entry = (method as { [corocall]?: Entry })[corocall];
		if (entry !== undefined && entry.shell1 === method) return entry.call(this.#iterator, fresh, undefined);
		return unlessForeign(method.call(this.#iterator), task);
	}

	static readonly #pull = /* @__PURE__ */ coroutine(function* pull(
		stream: IteratedStream<unknown>,
	): Generator<never, IteratorResult<unknown, undefined>, unknown> {
		const { what } = stream;
		if (stream.#promised === null) {
			const asked = yield* step((task) => stream.#call(stream.#open().next, task));
			const result = asked instanceof Foreign ? asked : checkResult(what, asked);
			if (result instanceof Foreign) stream.#promised = new Promised(what, result.promise);
			else {
				if (!stream.#sync || result.done) return result;
				const value = yield* step((task) => unlessForeign(result.value, task));
				if (!(value instanceof Foreign)) return { done: false, value };
				const settled = Promise.resolve(value.promise).then((value) => ({ done: false, value }));
				stream.#promised = new Promised(what, settled);
			}
		}
		const promised = stream.#promised;
		let outcome: unknown;
		try {
			outcome = yield* step((task) => promised.wait(task));
		} catch (error) {
			if (!(error instanceof Cancelled)) stream.#promised = null;
			throw error;
		}
		stream.#promised = null;
		return checkResult(what, outcome);
	});

	static readonly #shut = /* @__PURE__ */ coroutine(function* shut(
		stream: IteratedStream<unknown>,
	): Generator<never, void, unknown> {
		const { what } = stream;
		const promised = stream.#promised;
		stream.#promised = null;
		yield* step((task) => {
			promised?.abandon(
				task,
				new ClosedResourceError(`${what}: the stream was closed while a task waited for its next value.`),
			);
		});
		const iterator = stream.#open();
		const { return: close } = iterator;
		// The engine's generators close only when what they wait for has come, which may be never: these have a turn of the host.
		const stuck = promised !== null && Object.prototype.toString.call(iterator) === "[object AsyncGenerator]";
		if (typeof close === "function") {
			const closing = yield* step((task) => stream.#call(close, task));
			if (closing instanceof Foreign)
				yield* step((task) => {
					const closed = new Promised(what, closing.promise);
					return stuck ? closed.waitBriefly(task) : closed.wait(task);
				});
		}
		if (!stuck || stream.#iterable === iterator) return;
		// What the generator reads from may be closed itself: a stream of Node is.
		const dispose = (stream.#iterable as Partial<AsyncDisposable>)[Symbol.asyncDispose];
		if (typeof dispose === "function") yield* step(() => settle(dispose.call(stream.#iterable)));
	});
}

/** A promise of foreign code, not awaited yet. */
class Foreign {
	readonly promise: unknown;

	constructor(promise: unknown) {
		this.promise = promise;
	}
}

/** Awaits what a call has given, unless it is foreign: nobody can stop that, so it is kept. */
function unlessForeign(given: unknown, task: KernelTask): unknown {
	const own = given instanceof Lazy || given instanceof KernelTask || thenOf(given) === undefined;
	return own || task.runner.blocking !== null ? settle(given) : new Foreign(given);
}

function checkResult(what: string, result: unknown): IteratorResult<unknown, undefined> {
	if ((typeof result === "object" && result !== null) || typeof result === "function")
		return result as IteratorResult<unknown, undefined>;
	throw new TypeError(`${what}: next() of the iterator gave ${describe(result)}, which is no iterator result.`);
}

/** One step of a call that the kernel knows, as part of a generator. */
function step(begin: (task: KernelTask) => unknown): Coroutine<unknown> {
	return new LazyCoroutine<unknown>(() => begin(runningTask("a stream")), STEP);
}

const STEP: Code = { name: "Stream.next", place: () => undefined };

/**
 * Reads an iterable, async or not and of whatever make, as a stream: a generator, a channel's receiver, a stream of Node, an
 * array. The values of a sync iterable are awaited, as `for await` does.
 *
 * Closed early, it calls the iterator's `return()` and waits for it. Only where a native async generator is stuck in an
 * `await`, which nothing can stop, that is not waited for; what it throws later is reported. A receiver of a channel stays
 * open: whoever holds it closes it.
 *
 * @throws TypeError for what cannot be iterated
 * @example
 * const numbers = fromAsyncIterable(generateNumbers());
 * const first = await numbers.next();
 */
export function fromAsyncIterable<T>(iterable: AsyncIterable<T> | Iterable<T | PromiseLike<T>>): Stream<T> {
	return openIterable<T>("fromAsyncIterable", iterable);
}

/** @throws TypeError for what cannot be iterated */
export function openIterable<T>(what: string, iterable: unknown): Stream<T> {
	if (iterable instanceof OwnedStream) return iterable as OwnedStream<T>;
	const given = iterable as Partial<AsyncIterable<T> & Iterable<T>> | null | undefined;
	// A text is an iterable of characters, which nobody means.
	const isObject = typeof given === "object" || typeof given === "function";
	const isAsync = isObject && typeof given?.[Symbol.asyncIterator] === "function";
	if (!isAsync && !(isObject && typeof given?.[Symbol.iterator] === "function"))
		throw new TypeError(
			`${what}: ${describe(iterable)} cannot be read as a stream; pass an async iterable, an iterable or a ReadableStream.`,
		);
	return new IteratedStream<T>(what, given as object, !isAsync);
}
