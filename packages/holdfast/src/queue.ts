import { checkCount } from "./check-count.ts";
import { beginChoosable, type Choice, type Choosable, ChoosableWaiter, NOTHING } from "./choosable.ts";
import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { ClosedResourceError, EndOfChannelError, MisuseError } from "./errors.ts";
import { Fifo, type Store } from "./fifo.ts";
import { type Begin, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import type { KernelTask } from "./kernel/task.ts";
import { checkOptions } from "./scopes.ts";
import { pass, Waiter, WaitingList } from "./waiting-list.ts";

/** How a queue is shut down. */
export interface QueueShutdownOptions {
	/** Drops what is in the queue; default: it can still be got. */
	immediate?: boolean;
}

/** What a queue tells about itself. */
export interface QueueStatistics {
	readonly capacity: number;
	/** How many values are in the queue. */
	readonly size: number;
	/** How many values were put and not reported by `taskDone()`. */
	readonly unfinished: number;
	/** How many tasks wait in `put`, `get` and `join`. */
	readonly waitingToPut: number;
	readonly waitingToGet: number;
	readonly waitingToJoin: number;
	readonly shutDown: boolean;
}

/**
 * Hands values from tasks that put to tasks that get, each to one of them; first in, first out. Anybody may do either: it has
 * no ends that belong to somebody, as a channel has (`createChannel`), but knows when all of its work is done (`join`) and can
 * be shut down. (Python's `asyncio.Queue`, with its `shutdown` of 3.13.)
 *
 * `for await` gets until the queue is shut down and empty. Leaving the loop earlier changes nothing for the others. `select`
 * chooses among `put` and `get` as among the operations of channels.
 *
 * @example
 * const queue = new Queue<Job>(10);
 * group.spawn(async () => {
 *   for await (const job of queue) {
 *     await perform(job);
 *     queue.taskDone();
 *   }
 * });
 * for (const job of jobs) await queue.put(job);
 * queue.shutdown();
 * await queue.join();
 */
export class Queue<T> implements AsyncIterable<T> {
	/** How many values may be in the queue. */
	readonly capacity: number;
	/** `PriorityQueue` puts another one in its place. */
	private items: Store<T> = new Fifo();
	/** Invariant: while somebody waits here, the queue is full. */
	readonly #putting: WaitingList<PutWaiter<T>> = new WaitingList();
	/** Invariant: while somebody waits here, the queue is empty. */
	readonly #getting: WaitingList<GetWaiter> = new WaitingList();
	/** Invariant: while somebody waits here, something is unfinished. */
	readonly #joining: WaitingList = new WaitingList();
	#unfinished = 0;
	#shutDown = false;

	/** @throws RangeError unless `capacity` is a whole number from 1, or Infinity (the default) */
	constructor(capacity: number = Number.POSITIVE_INFINITY) {
		const mend = "; to hand values over without a buffer, use createChannel(0)";
		this.capacity = checkCount("Queue: the capacity", capacity, 1, true, mend);
	}

	/** How many values are in the queue. */
	get size(): number {
		return this.items.size;
	}

	/**
	 * Gives a value to the task that waits longest in `get`, else puts it into the queue, else waits for a place there.
	 *
	 * Cancelled: throws `Cancelled`, and the value was not put. Once it is in the queue or was handed over, `put` returns, even
	 * if it is cancelled in the same tick.
	 * @throws ClosedResourceError if the queue is shut down, or is shut down meanwhile; the value was not put
	 */
	put(value: T): Coroutine<void> {
		return new LazyCoroutine<void>(beginChoosable, Queue.#put, this, value);
	}

	/** Puts if that needs no waiting; tells whether it did. Errors as in `put`. May be called from anywhere. */
	tryPut(value: T): boolean {
		if (this.#shutDown) throw closedError("Queue.tryPut");
		return this.#accept(value);
	}

	/**
	 * Takes the next value out of the queue, or waits for one.
	 *
	 * Cancelled: throws `Cancelled` and takes nothing. Who was handed a value gets it, even if it is cancelled in the same tick.
	 * @throws EndOfChannelError if the queue is shut down and empty, or is shut down meanwhile
	 */
	get(): Coroutine<T> {
		return new LazyCoroutine<T>(beginChoosable, Queue.#get, this);
	}

	/** Gets if that needs no waiting: the value in a box, or `undefined`. Errors as in `get`. May be called from anywhere. */
	tryGet(): { value: T } | undefined {
		const value = this.#take();
		if (value !== NOTHING) return { value };
		if (this.#shutDown) throw endError();
		return undefined;
	}

	/**
	 * Tells that the work on one value that was got is done. At the last one, those who wait in `join` go on. May be called from
	 * anywhere.
	 * @throws MisuseError if it is called more often than values were put
	 */
	taskDone(): void {
		if (this.#unfinished === 0)
			throw new MisuseError(
				"Queue.taskDone: nothing is unfinished; call it once for each value that was got, when the work on it is done.",
			);
		this.#finish(1);
	}

	/**
	 * Waits until all values that were put have been got and reported by `taskDone()`; does not suspend if they have. Dropped
	 * values (`shutdown({ immediate: true })`) do not count any more.
	 *
	 * Cancelled: throws `Cancelled`; who was woken goes on, even if it is cancelled in the same tick.
	 */
	join(): Coroutine<void> {
		return new LazyCoroutine<void>(Queue.#beginJoin, JOIN, this);
	}

	/**
	 * Ends the queue: nothing can be put any more, those who wait in `put` get `ClosedResourceError`. What is in it can still be
	 * got, unless `immediate` drops it; then those who get, also those who wait already, get `EndOfChannelError`, and `for await`
	 * ends. Doing it again changes nothing, but may be `immediate`. May be called from anywhere.
	 */
	shutdown(options: QueueShutdownOptions = {}): void {
		checkOptions("Queue.shutdown", options, ["immediate"]);
		this.#shutDown = true;
		for (let waiter = this.#putting.shift(); waiter !== null; waiter = this.#putting.shift())
			waiter.refuse(closedError("Queue.put"));
		if (options.immediate) {
			const dropped = this.items.size;
			this.items.clear();
			this.#finish(dropped);
		}
		// While somebody waits here the queue is empty.
		for (let waiter = this.#getting.shift(); waiter !== null; waiter = this.#getting.shift())
			if (waiter.iterates) waiter.give(END);
			else waiter.refuse(endError());
	}

	statistics(): QueueStatistics {
		return {
			capacity: this.capacity,
			size: this.items.size,
			unfinished: this.#unfinished,
			waitingToPut: this.#putting.size,
			waitingToGet: this.#getting.size,
			waitingToJoin: this.#joining.size,
			shutDown: this.#shutDown,
		};
	}

	[Symbol.asyncIterator](): AsyncIterator<T, undefined> {
		// The language's type asks for promises; `for await` awaits whatever it gets, and a coroutine is a call.
		return { next: () => new LazyCoroutine(beginChoosable, Queue.#get, this, true) } as unknown as AsyncIterator<
			T,
			undefined
		>;
	}

	static readonly #put: Choosable = {
		name: "Queue.put",
		place: () => undefined,
		attempt({ a0, a1 }) {
			const queue = a0 as Queue<unknown>;
			if (queue.#shutDown) throw closedError("Queue.put");
			return queue.#accept(a1) ? undefined : NOTHING;
		},
		waiter(lazy, task, choice) {
			const waiter = new PutWaiter(task, choice, lazy.a1);
			lazy.a1 = undefined;
			return waiter;
		},
		line: ({ a0 }) => (a0 as Queue<unknown>).#putting,
	};

	static readonly #get: Choosable = {
		name: "Queue.get",
		place: () => undefined,
		attempt({ a0, a1: iterates }) {
			const queue = a0 as Queue<unknown>;
			const value = queue.#take();
			if (value !== NOTHING) return iterates ? { done: false, value } : value;
			if (!queue.#shutDown) return NOTHING;
			if (iterates) return END;
			throw endError();
		},
		waiter: ({ a1 }, task, choice) => new GetWaiter(task, choice, a1 === true),
		line: ({ a0 }) => (a0 as Queue<unknown>).#getting,
	};

	static readonly #beginJoin: Begin = (lazy) => {
		const queue = lazy.a0 as Queue<unknown>;
		const task = runningTask(JOIN.name);
		task.checkpoint();
		return queue.#unfinished === 0 ? pass(task, undefined) : queue.#joining.park(new Waiter(task, JOIN.name));
	};

	/** Hands a value over, or puts it into the queue; tells whether there was room. */
	#accept(value: T): boolean {
		const getter = this.#getting.shift();
		if (getter !== null) getter.give(getter.iterates ? { done: false, value } : value);
		else if (this.items.size < this.capacity) this.items.push(value);
		else return false;
		this.#unfinished++;
		return true;
	}

	/** The next value. The place that it leaves belongs to the task that waits longest in `put`. */
	#take(): T | typeof NOTHING {
		if (this.items.size === 0) return NOTHING;
		const value = this.items.shift();
		while (this.items.size < this.capacity) {
			const putter = this.#putting.shift();
			if (putter === null) break;
			try {
				this.#accept(putter.value);
				putter.give(undefined);
			} catch (error) {
				// The value could not be compared with the others: that is the affair of whoever put it.
				putter.refuse(error);
			}
		}
		return value;
	}

	#finish(count: number): void {
		this.#unfinished -= count;
		if (this.#unfinished === 0) this.#joining.wake();
	}
}

class PutWaiter<T> extends ChoosableWaiter {
	readonly value: T;

	constructor(task: KernelTask, choice: Choice | null, value: T) {
		super(task, "Queue.put", choice);
		this.value = value;
	}
}

class GetWaiter extends ChoosableWaiter {
	/** It waits in `for await`, which wants results instead of values and errors. */
	readonly iterates: boolean;

	constructor(task: KernelTask, choice: Choice | null, iterates: boolean) {
		super(task, "Queue.get", choice);
		this.iterates = iterates;
	}
}

function closedError(what: string): ClosedResourceError {
	return new ClosedResourceError(`${what}: the queue is shut down; put everything before shutdown().`);
}

function endError(): EndOfChannelError {
	return new EndOfChannelError("The queue has ended: it is shut down, and nothing is left in it.");
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };
const JOIN: Code = { name: "Queue.join", place: () => undefined };
