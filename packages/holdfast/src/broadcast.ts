import { checkCount } from "./check-count.ts";
import { beginChoosable, type Choice, type Choosable, ChoosableWaiter, NOTHING } from "./choosable.ts";
import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { ClosedResourceError, EndOfChannelError, LaggedError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { describe } from "./invoke.ts";
import type { KernelTask } from "./kernel/task.ts";
import { checkOptions } from "./scopes.ts";
import { WaitingList } from "./waiting-list.ts";

/**
 * What happens to a value for which a subscription has no room: the sender waits (`"wait"`), the oldest value in the
 * buffer is dropped (`"drop-oldest"`), the value itself is dropped (`"drop-newest"`), or the subscription is ended, and
 * its subscriber gets `LaggedError` after what is in the buffer (`"error"`).
 */
export type Overflow = "wait" | "drop-oldest" | "drop-newest" | "error";

/** Options of `broadcast` and `subscribe`. */
export interface SubscribeOptions {
	/** How many values may wait for the subscriber: a whole number from 0, or Infinity. */
	capacity?: number;
	/** Default `"wait"`. */
	overflow?: Overflow;
}

/** What a `Broadcast` tells about itself. */
export interface BroadcastStatistics {
	/** Open subscriptions. */
	readonly subscribers: number;
	readonly waitingSenders: number;
	/** How many values were sent. */
	readonly sent: number;
}

/** What a `Subscription` tells about itself. */
export interface SubscriptionStatistics {
	readonly capacity: number;
	readonly overflow: Overflow;
	readonly buffered: number;
	readonly waitingReceivers: number;
	/** How many values were dropped, because there was no room for them. */
	readonly dropped: number;
}

/**
 * The side that sends. All subscribers get the values in the same order.
 *
 * @example
 * using prices = broadcast<number>(16);
 * await prices.send(42);
 */
export interface Broadcast<T> extends Disposable {
	/**
	 * Gives a value to all who are subscribed, at once: it waits until every subscription with `overflow: "wait"` has room.
	 * Without subscribers the value is gone. Several senders are served in the order in which they came.
	 *
	 * Cancelled: throws `Cancelled`, and nobody has got the value. Once it was given, `send` returns.
	 * @throws ClosedResourceError if the broadcast is closed, or is closed meanwhile
	 */
	send(value: T): Coroutine<void>;
	/** Sends if that needs no waiting; tells whether it did. May be called from anywhere. */
	trySend(value: T): boolean;
	/**
	 * From now on the subscriber gets every value. Options that are not given are those of the broadcast. On a broadcast
	 * that is closed the subscription has ended already.
	 * @throws RangeError for a capacity that is none
	 */
	subscribe(options?: SubscribeOptions): Subscription<T>;
	/**
	 * Ends it: subscribers get what is in their buffers, then the end. Those who wait in `send` get `ClosedResourceError`.
	 * Closing twice is fine.
	 */
	close(): void;
	statistics(): BroadcastStatistics;
}

/**
 * The side that receives: a buffer of its own. Close it, or hold it with `using`: one that waits for room and is never read
 * makes the senders wait. `for await` closes it when the loop is left, however that is.
 *
 * @example
 * for await (const price of prices.subscribe()) show(price);
 */
export interface Subscription<T> extends Disposable, AsyncIterable<T> {
	/**
	 * Gives the oldest value, or waits for one. Several tasks may share a subscription: each value goes to one of them.
	 *
	 * Cancelled: throws `Cancelled` and takes nothing. A task that was handed a value gets it.
	 * @throws EndOfChannelError when the broadcast is closed and the buffer is empty
	 * @throws LaggedError when the subscription was ended because there was no room (`overflow: "error"`)
	 * @throws ClosedResourceError if this subscription is closed, or is closed meanwhile
	 */
	receive(): Coroutine<T>;
	/** Receives if that needs no waiting: the value in a box, or `undefined`. Errors as in `receive`. May be called from anywhere. */
	tryReceive(): { value: T } | undefined;
	/** Ends this subscription and drops what is in its buffer. Closing twice is fine. */
	close(): void;
	statistics(): SubscriptionStatistics;
	[Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

/**
 * Makes a broadcast: what is sent goes to everybody who is subscribed at that moment. Each subscription has a buffer for
 * `capacity` values and says what happens when it is full. (Kotlin's `SharedFlow` without replay, tokio's `broadcast`.)
 *
 * @throws RangeError unless `capacity` is a whole number from 0, or Infinity. With 0 a value is given only to subscribers
 *   that wait for it
 * @example
 * const news = broadcast<string>(16);
 * using latest = news.subscribe({ capacity: 1, overflow: "drop-oldest" });
 */
export function broadcast<T>(capacity: number, options: Omit<SubscribeOptions, "capacity"> = {}): Broadcast<T> {
	checkOptions("broadcast", options, ["overflow"]);
	return new Hub<T>(checkPolicy("broadcast", { overflow: "wait", ...options, capacity }));
}

type Policy = Required<SubscribeOptions>;

const OVERFLOWS: readonly unknown[] = ["wait", "drop-oldest", "drop-newest", "error"];

function checkPolicy(what: string, policy: Policy): Policy {
	const { capacity, overflow } = policy;
	checkCount(`${what}: the capacity`, capacity, 0);
	if (!OVERFLOWS.includes(overflow))
		throw new TypeError(`${what}: overflow is ${describe(overflow)}; it may be ${OVERFLOWS.join(", ")}.`);
	return policy;
}

class Hub<T> implements Broadcast<T> {
	readonly #policy: Policy;
	readonly subscriptions: Set<Inbox<T>> = new Set();
	/** How many subscriptions have no room and want to be waited for. */
	blocking = 0;
	/** Invariant: while somebody waits here, a subscription is blocking. */
	readonly sending: WaitingList<SendWaiter<T>> = new WaitingList();
	#sent = 0;
	closed = false;

	constructor(policy: Policy) {
		this.#policy = policy;
	}

	send(value: T): Coroutine<void> {
		return new LazyCoroutine<void>(beginChoosable, SEND, this, value);
	}

	trySend(value: T): boolean {
		if (this.closed) throw closedError("Broadcast.trySend");
		if (this.blocking > 0) return false;
		this.#deliver(value);
		return true;
	}

	subscribe(options: SubscribeOptions = {}): Subscription<T> {
		checkOptions("subscribe", options, ["capacity", "overflow"]);
		const inbox = new Inbox<T>(this, checkPolicy("subscribe", { ...this.#policy, ...options }));
		if (!this.closed) {
			this.subscriptions.add(inbox);
			inbox.look();
		}
		return inbox;
	}

	close(): void {
		if (this.closed) return;
		this.closed = true;
		for (let waiter = this.sending.shift(); waiter !== null; waiter = this.sending.shift())
			waiter.refuse(closedError(SEND.name));
		const ended = [...this.subscriptions];
		this.subscriptions.clear();
		for (const inbox of ended) inbox.end();
	}

	[Symbol.dispose](): void {
		this.close();
	}

	statistics(): BroadcastStatistics {
		return { subscribers: this.subscriptions.size, waitingSenders: this.sending.size, sent: this.#sent };
	}

	/** There may be room again. */
	pump(): void {
		while (this.blocking === 0) {
			const sender = this.sending.shift();
			if (sender === null) break;
			this.#deliver(sender.value);
			sender.give(undefined);
		}
	}

	#deliver(value: T): void {
		this.#sent++;
		for (const inbox of this.subscriptions) inbox.put(value);
	}
}

class Inbox<T> implements Subscription<T> {
	readonly #hub: Hub<T>;
	readonly #policy: Policy;
	readonly #buffer: Fifo<T> = new Fifo();
	/** Invariant: while somebody waits here, the buffer is empty and the subscription is open. */
	readonly receiving: WaitingList<ReceiveWaiter> = new WaitingList();
	#blocking = false;
	#dropped = 0;
	#closed = false;
	#lagged = false;

	constructor(hub: Hub<T>, policy: Policy) {
		this.#hub = hub;
		this.#policy = policy;
	}

	receive(): Coroutine<T> {
		return new LazyCoroutine<T>(beginChoosable, RECEIVE, this);
	}

	tryReceive(): { value: T } | undefined {
		const value = this.take();
		return value === NOTHING ? undefined : { value };
	}

	/** The oldest value; its place may be what the senders wait for. */
	take(): T | typeof NOTHING {
		if (this.#closed) throw closedError(RECEIVE.name);
		if (this.#buffer.size === 0) {
			if (this.#lagged) throw laggedError(this.#policy.capacity);
			if (this.#hub.closed) throw endError();
			return NOTHING;
		}
		const value = this.#buffer.shift();
		this.look();
		this.#hub.pump();
		return value;
	}

	/** Puts a value in, or does what the policy says. */
	put(value: T): void {
		const { capacity, overflow } = this.#policy;
		const waiter = this.receiving.shift();
		if (waiter !== null) waiter.give(waiter.iterates ? { done: false, value } : value);
		// Room for a value that is waited for was seen to by the sender; a select may have left its place here since.
		else if (this.#buffer.size < capacity || overflow === "wait") this.#buffer.push(value);
		else if (overflow === "error") {
			this.#lagged = true;
			this.#hub.subscriptions.delete(this);
		} else {
			this.#dropped++;
			if (overflow === "drop-oldest" && capacity > 0) {
				this.#buffer.shift();
				this.#buffer.push(value);
			}
		}
		this.look();
	}

	/** Sees whether senders have to wait for this subscription. */
	look(): void {
		const blocking =
			this.#policy.overflow === "wait" &&
			this.receiving.size === 0 &&
			this.#buffer.size >= this.#policy.capacity &&
			this.#hub.subscriptions.has(this);
		if (blocking === this.#blocking) return;
		this.#blocking = blocking;
		this.#hub.blocking += blocking ? 1 : -1;
	}

	/** Nothing more will come. */
	end(): void {
		this.look();
		for (let waiter = this.receiving.shift(); waiter !== null; waiter = this.receiving.shift())
			if (waiter.iterates) waiter.give(END);
			else waiter.refuse(endError());
	}

	/** Somebody has come to wait here. */
	entered(): void {
		this.look();
		this.#hub.pump();
	}

	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#hub.subscriptions.delete(this);
		this.#buffer.clear();
		for (let waiter = this.receiving.shift(); waiter !== null; waiter = this.receiving.shift())
			waiter.refuse(closedError(RECEIVE.name));
		this.look();
		this.#hub.pump();
	}

	[Symbol.dispose](): void {
		this.close();
	}

	[Symbol.asyncIterator](): AsyncIterator<T, undefined> {
		// The language's type asks for promises; `for await` awaits whatever it gets, and a coroutine is a call.
		return {
			next: () => new LazyCoroutine(beginChoosable, RECEIVE, this, true),
			return: () => {
				this.close();
				return END;
			},
		} as unknown as AsyncIterator<T, undefined>;
	}

	/** It has come to its normal end: `for await` ends. */
	get over(): boolean {
		return this.#hub.closed && this.#buffer.size === 0 && !this.#lagged && !this.#closed;
	}

	statistics(): SubscriptionStatistics {
		return {
			...this.#policy,
			buffered: this.#buffer.size,
			waitingReceivers: this.receiving.size,
			dropped: this.#dropped,
		};
	}
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

class SendWaiter<T> extends ChoosableWaiter {
	readonly value: T;

	constructor(task: KernelTask, choice: Choice | null, value: T) {
		super(task, SEND.name, choice);
		this.value = value;
	}
}

class ReceiveWaiter extends ChoosableWaiter {
	readonly #inbox: Inbox<unknown>;
	readonly iterates: boolean;

	constructor(task: KernelTask, choice: Choice | null, inbox: Inbox<unknown>, iterates: boolean) {
		super(task, RECEIVE.name, choice);
		this.#inbox = inbox;
		this.iterates = iterates;
	}

	override left(): void {
		this.#inbox.look();
	}
}

const SEND: Choosable = {
	name: "Broadcast.send",
	place: () => undefined,
	attempt: ({ a0, a1 }) => ((a0 as Hub<unknown>).trySend(a1) ? undefined : NOTHING),
	waiter(lazy, task, choice) {
		const waiter = new SendWaiter(task, choice, lazy.a1);
		lazy.a1 = undefined;
		return waiter;
	},
	line: ({ a0 }) => (a0 as Hub<unknown>).sending,
};

const RECEIVE: Choosable = {
	name: "Subscription.receive",
	place: () => undefined,
	attempt({ a0, a1: iterates }) {
		const inbox = a0 as Inbox<unknown>;
		if (iterates && inbox.over) return END;
		const value = inbox.take();
		return iterates && value !== NOTHING ? { done: false, value } : value;
	},
	waiter: ({ a0, a1 }, task, choice) => new ReceiveWaiter(task, choice, a0 as Inbox<unknown>, a1 === true),
	line: ({ a0 }) => (a0 as Inbox<unknown>).receiving,
	entered: ({ a0 }) => (a0 as Inbox<unknown>).entered(),
};

function closedError(what: string): ClosedResourceError {
	return new ClosedResourceError(`${what}: it is closed; whoever closes it has to be done with it.`);
}

function endError(): EndOfChannelError {
	return new EndOfChannelError("The broadcast has ended: it is closed and everything was received.");
}

function laggedError(capacity: number): LaggedError {
	return new LaggedError(
		`Subscription.receive: the subscriber was too slow, more than ${capacity} values were waiting for it; give it a larger capacity or another overflow policy.`,
	);
}
