import { type Choice, type Choosable, ChoosableWaiter, NOTHING } from "./choosable.ts";
import { type Coroutine, direct, LazyCoroutine } from "./coroutine.ts";
import { BrokenResourceError, ClosedResourceError, EndOfChannelError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { type Begin, runningTask } from "./invoke.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";
import { pass, WaitingList } from "./waiting-list.ts";

/** What both ends of a channel tell about it. */
export interface ChannelStatistics {
	readonly capacity: number;
	/** How many values are in the buffer. */
	readonly buffered: number;
	/** Open senders and receivers, clones included. */
	readonly senders: number;
	readonly receivers: number;
	readonly waitingSenders: number;
	readonly waitingReceivers: number;
}

/**
 * The end of a channel that values go in. Clones send into the same channel; the channel ends when all are closed.
 *
 * @example
 * using mine = sender.clone();
 * await mine.send(42);
 */
export interface Sender<T> extends Disposable {
	/**
	 * Gives a value to the receiver that waits longest, else puts it into the buffer, else waits for a place there. With
	 * capacity 0 it waits until the value is taken.
	 *
	 * Cancelled: throws `Cancelled`, and the value was not sent. Once it was taken or buffered, `send` returns, even if
	 * it is cancelled in the same tick.
	 * @throws ClosedResourceError if this sender is closed, or is closed meanwhile
	 * @throws BrokenResourceError if no receiver is open, or none is left meanwhile
	 */
	send(value: T): Coroutine<void>;
	/** Sends if that needs no waiting; tells whether it did. Errors as in `send`. May be called from anywhere. */
	trySend(value: T): boolean;
	/** @throws ClosedResourceError if this sender is closed */
	clone(): Sender<T>;
	/** Ends this sender. Those who wait in it get `ClosedResourceError`. Closing twice is fine. */
	close(): void;
	statistics(): ChannelStatistics;
}

/**
 * The end of a channel that values come out of. Each value goes to one receiver; clones share the work, first come,
 * first served.
 *
 * `for await` ends when the channel does. Leaving the loop earlier does not close the receiver: the values that are
 * left wait for the next one who asks.
 *
 * @example
 * for await (const job of receiver) await perform(job);
 */
export interface Receiver<T> extends Disposable, AsyncIterable<T> {
	/**
	 * Gives the oldest value, or waits for one.
	 *
	 * Cancelled: throws `Cancelled` and takes nothing. A receiver that was handed a value gets it, even if it is cancelled
	 * in the same tick.
	 * @throws EndOfChannelError when all senders are closed and the buffer is empty
	 * @throws ClosedResourceError if this receiver is closed, or is closed meanwhile
	 */
	receive(): Coroutine<T>;
	/** Receives if that needs no waiting: the value in a box, or `undefined`. Errors as in `receive`. May be called from anywhere. */
	tryReceive(): { value: T } | undefined;
	/** @throws ClosedResourceError if this receiver is closed */
	clone(): Receiver<T>;
	/**
	 * Ends this receiver. Those who wait in it get `ClosedResourceError`. When the last one goes, what is in the buffer is
	 * dropped, and senders get `BrokenResourceError`. Closing twice is fine.
	 */
	close(): void;
	statistics(): ChannelStatistics;
	[Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

/**
 * Makes a channel: a queue between tasks, whose sender waits while `capacity` values are in the buffer. Capacity 0 hands
 * values over directly; `Infinity` never makes anybody wait, and grows without bound if nobody receives. (Trio's memory
 * channels; Hoare's CSP.)
 *
 * @throws RangeError unless `capacity` is a whole number from 0, or Infinity
 * @example
 * const { sender, receiver } = createChannel<Job>(10);
 */
export function createChannel<T>(capacity: number): { sender: Sender<T>; receiver: Receiver<T> } {
	if (capacity !== Number.POSITIVE_INFINITY && (!Number.isSafeInteger(capacity) || capacity < 0))
		throw new RangeError(`createChannel: the capacity must be a whole number from 0, or Infinity, not ${capacity}.`);
	const channel = new Channel<T>(capacity);
	return { sender: new SenderEnd(channel), receiver: new ReceiverEnd(channel) };
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** What the ends share. */
class Channel<T> {
	readonly capacity: number;
	readonly buffer: Fifo<T> = new Fifo();
	senders = 0;
	receivers = 0;
	/** Invariant: while somebody waits here, the buffer is full and nobody else waits for a value. */
	readonly sending: WaitingList<SendWaiter<T>> = new WaitingList();
	/** Invariant: while somebody waits here, the buffer is empty and nobody else waits with a value. */
	readonly receiving: WaitingList<ReceiveWaiter> = new WaitingList();

	constructor(capacity: number) {
		this.capacity = capacity;
	}

	/** Hands a value over, or buffers it; tells whether there was room. */
	put(value: T): boolean {
		const receiver = this.receiving.shift();
		if (receiver !== null) receiver.give(receiver.iterates ? { done: false, value } : value);
		else if (this.buffer.size < this.capacity) this.buffer.push(value);
		else return false;
		return true;
	}

	/** The oldest value. The place that it leaves belongs to the sender that waits longest. */
	take(): T | typeof NOTHING {
		const sender = this.sending.shift();
		sender?.give(undefined);
		if (this.buffer.size === 0) return sender === null ? NOTHING : sender.value;
		if (sender !== null) this.buffer.push(sender.value);
		return this.buffer.shift();
	}

	statistics(): ChannelStatistics {
		return {
			capacity: this.capacity,
			buffered: this.buffer.size,
			senders: this.senders,
			receivers: this.receivers,
			waitingSenders: this.sending.size,
			waitingReceivers: this.receiving.size,
		};
	}
}

/** What senders and receivers have in common. */
class End<T> {
	readonly channel: Channel<T>;
	closed = false;
	/** How many tasks wait in this very end. */
	waiting = 0;

	constructor(channel: Channel<T>) {
		this.channel = channel;
	}

	statistics(): ChannelStatistics {
		return this.channel.statistics();
	}

	/** Wakes those who wait in this end; the clones' waiters keep their places. */
	protected evict(line: WaitingList<EndWaiter>): void {
		this.closed = true;
		if (this.waiting === 0) return;
		// A select may stand in this line more than once, and leaves all its places at once.
		const evicted: EndWaiter[] = [];
		for (let waiter = line.first; waiter !== null; waiter = waiter.next as EndWaiter | null)
			if (waiter.end === this) evicted.push(waiter);
		for (const waiter of evicted)
			if (waiter.line !== null) {
				line.remove(waiter);
				waiter.refuse(closedError(waiter.label));
			}
	}
}

class EndWaiter extends ChoosableWaiter {
	readonly end: End<unknown>;

	constructor(task: KernelTask, label: string, choice: Choice | null, end: End<unknown>) {
		super(task, label, choice);
		this.end = end;
		end.waiting++;
	}

	override left(): void {
		this.end.waiting--;
	}
}

class SendWaiter<T> extends EndWaiter {
	readonly value: T;

	constructor(task: KernelTask, choice: Choice | null, end: End<T>, value: T) {
		super(task, SEND.name, choice, end);
		this.value = value;
	}
}

class ReceiveWaiter extends EndWaiter {
	/** It waits in `for await`, which wants results instead of values and errors. */
	readonly iterates: boolean;

	constructor(task: KernelTask, choice: Choice | null, end: End<unknown>, iterates: boolean) {
		super(task, RECEIVE.name, choice, end);
		this.iterates = iterates;
	}
}

class SenderEnd<T> extends End<T> implements Sender<T> {
	constructor(channel: Channel<T>) {
		super(channel);
		channel.senders++;
	}

	send(value: T): Coroutine<void> {
		return new LazyCoroutine<void>(beginSend, SEND, this, value);
	}

	trySend(value: T): boolean {
		if (this.closed) throw closedError("Sender.trySend");
		if (this.channel.receivers === 0) throw brokenError();
		return this.channel.put(value);
	}

	clone(): Sender<T> {
		if (this.closed) throw closedError("Sender.clone");
		return new SenderEnd(this.channel);
	}

	close(): void {
		if (this.closed) return;
		const { channel } = this;
		this.evict(channel.sending);
		if (--channel.senders > 0) return;
		for (let waiter = channel.receiving.shift(); waiter !== null; waiter = channel.receiving.shift())
			if (waiter.iterates) waiter.give(END);
			else waiter.refuse(endError());
	}

	[Symbol.dispose](): void {
		this.close();
	}
}

class ReceiverEnd<T> extends End<T> implements Receiver<T> {
	constructor(channel: Channel<T>) {
		super(channel);
		channel.receivers++;
	}

	receive(): Coroutine<T> {
		return new LazyCoroutine<T>(beginReceive, RECEIVE, this);
	}

	tryReceive(): { value: T } | undefined {
		if (this.closed) throw closedError("Receiver.tryReceive");
		const value = this.channel.take();
		if (value !== NOTHING) return { value };
		if (this.channel.senders === 0) throw endError();
		return undefined;
	}

	clone(): Receiver<T> {
		if (this.closed) throw closedError("Receiver.clone");
		return new ReceiverEnd(this.channel);
	}

	close(): void {
		if (this.closed) return;
		const { channel } = this;
		this.evict(channel.receiving);
		if (--channel.receivers > 0) return;
		channel.buffer.clear();
		for (let waiter = channel.sending.shift(); waiter !== null; waiter = channel.sending.shift())
			waiter.refuse(brokenError());
	}

	[Symbol.dispose](): void {
		this.close();
	}

	[Symbol.asyncIterator](): AsyncIterator<T, undefined> {
		// The language's type asks for promises; `for await` awaits whatever it gets, and a coroutine is a call.
		return { next: () => new LazyCoroutine(beginReceive, RECEIVE, this, true) } as unknown as AsyncIterator<
			T,
			undefined
		>;
	}
}

const SEND: Choosable = {
	name: "Sender.send",
	place: () => undefined,
	attempt: ({ a0, a1 }) => ((a0 as SenderEnd<unknown>).trySend(a1) ? undefined : NOTHING),
	waiter(lazy, task, choice) {
		const waiter = new SendWaiter(task, choice, lazy.a0 as SenderEnd<unknown>, lazy.a1);
		lazy.a1 = undefined;
		return waiter;
	},
	line: ({ a0 }) => (a0 as SenderEnd<unknown>).channel.sending,
};

const RECEIVE: Choosable = {
	name: "Receiver.receive",
	place: () => undefined,
	attempt: ({ a0, a1 }) => attemptReceive(a0 as ReceiverEnd<unknown>, a1 === true),
	waiter: ({ a0, a1 }, task, choice) => new ReceiveWaiter(task, choice, a0 as ReceiverEnd<unknown>, a1 === true),
	line: ({ a0 }) => (a0 as ReceiverEnd<unknown>).channel.receiving,
};

function attemptReceive({ channel, closed }: ReceiverEnd<unknown>, iterates: boolean): unknown {
	if (closed) throw closedError(RECEIVE.name);
	const value = channel.take();
	if (value !== NOTHING) return iterates ? { done: false, value } : value;
	if (channel.senders > 0) return NOTHING;
	if (iterates) return END;
	throw endError();
}

// What `beginChoosable` does, spelt out: sending and receiving are the hot path of every pipeline.

const beginSend: Begin = (lazy) => {
	const value = lazy.a1;
	lazy.a1 = undefined;
	return send(runningTask("Sender.send"), lazy.a0 as SenderEnd<unknown>, value);
};

const beginReceive: Begin = (lazy) =>
	receive(runningTask("Receiver.receive"), lazy.a0 as ReceiverEnd<unknown>, lazy.a1 === true);

function send(task: KernelTask, end: SenderEnd<unknown>, value: unknown): unknown {
	task.checkpoint();
	return end.trySend(value) ? pass(task, undefined) : end.channel.sending.park(new SendWaiter(task, null, end, value));
}

function receive(task: KernelTask, end: ReceiverEnd<unknown>, iterates: boolean): unknown {
	task.checkpoint();
	const value = attemptReceive(end, iterates);
	if (value !== NOTHING) return pass(task, value);
	return end.channel.receiving.park(new ReceiveWaiter(task, null, end, iterates));
}

direct(
	SenderEnd.prototype.send,
	SEND,
	function (this: SenderEnd<unknown>, _call: unknown, _input: unknown, value: unknown) {
		return send(state.task as KernelTask, this, value);
	},
);
direct(ReceiverEnd.prototype.receive, RECEIVE, function (this: ReceiverEnd<unknown>) {
	return receive(state.task as KernelTask, this, false);
});

function closedError(what: string): ClosedResourceError {
	return new ClosedResourceError(
		`${what}: this end of the channel is closed; clone it for each task that closes its own.`,
	);
}

function brokenError(): BrokenResourceError {
	return new BrokenResourceError(
		"Sender.send: all receivers of the channel are closed; nobody would ever take the value.",
	);
}

function endError(): EndOfChannelError {
	return new EndOfChannelError("The channel has ended: all senders are closed and everything was received.");
}
