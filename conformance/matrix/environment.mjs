/** What one combination runs in: what it may wait for, and what it did. */
import { PART } from "./times.mjs";

const isStopped = (error) => error?.code === "HOLDFAST_CANCELLED" || error?.code === "HOLDFAST_TASK_CANCELLED";

export class Environment {
	violations = [];
	reports = [];
	loop;
	/** Timers that the run has not taken back. */
	timers = 0;
	controller = new AbortController();
	/** What an initiator throws. */
	boom = new Error("boom");
	/** What cleanup throws. */
	failure = new Error("the cleanup failed");
	/** What `retry` tries again. */
	flaky = new Error("flaky");
	onArrival = undefined;
	result = undefined;
	outcome = undefined;
	opened = 0;
	closings = 0;
	finished = 0;
	caughts = 0;
	/** Open regions of the one chain of calls, innermost last. */
	#stack = [];
	#aborts = 0;
	#lib;
	#inner;
	#checks = [];

	constructor(lib, combination) {
		this.#lib = lib;
		this.loop = this.#countingLoop();
		Object.assign(this, combination);
		this.#inner = combination.innerDialect;
		this.isCancelled = (error) => error?.code === "HOLDFAST_CANCELLED";
		this.res = this.#resources();
	}

	wrong(what) {
		this.violations.push(what);
	}
	check(condition, what) {
		if (!condition) this.wrong(what);
	}

	#countingLoop() {
		const loop = new this.#lib.VirtualLoop();
		const callAt = loop.callAt.bind(loop);
		this.at = callAt;
		loop.callAt = (when, fn) => {
			this.timers++;
			let over = false;
			const close = () => {
				if (!over) this.timers--;
				over = true;
			};
			const cancel = callAt(when, () => {
				close();
				fn();
			});
			return () => {
				close();
				cancel();
			};
		};
		return loop;
	}

	arrive() {
		this.onArrival?.();
	}
	passed() {}
	more() {}
	never(where) {
		this.wrong(`${where}: a statement ran behind a cancelled wait`);
	}
	/** Only code that has swallowed the cancellation comes here. */
	uncompiled() {
		if (this.#inner.compiled) this.wrong("compiled code went on behind a cancelled wait");
	}
	caught(error) {
		this.caughts++;
		if (this.#inner.compiled) this.wrong(`a catch clause saw ${error?.name}`);
		else if (!isStopped(error)) this.wrong(`a catch clause saw ${error?.stack}`);
		else if (!this.#inner.native) {
			const { kind, text } = this.initiator;
			if (kind !== undefined && error.reason?.kind !== kind) this.wrong(`the reason is ${error.reason?.kind}`);
			if (text !== undefined && error.reason?.text !== text) this.wrong(`the reason says ${error.reason?.text}`);
		}
	}

	// Cleanup: every region that is opened is closed once.

	open() {
		const region = { closings: 0, finished: 0 };
		this.opened++;
		this.#stack.push(region);
		return region;
	}
	/** In a task of its own. */
	openTask() {
		this.opened++;
		return { closings: 0, finished: 0, alone: true };
	}
	closing(region) {
		this.closings++;
		if (++region.closings > 1) this.wrong("cleanup ran twice");
		if (region.alone) return;
		if (this.#stack.at(-1) === region) this.#stack.pop();
		else this.wrong("cleanup ran out of order");
	}
	closed(region) {
		this.finished++;
		if (++region.finished > 1) this.wrong("cleanup came to its end twice");
	}

	// Waits that are not the library's own

	stubborn(until) {
		return this.stubbornFor(until - this.loop.now());
	}
	stubbornFor(time) {
		return this.#lib.suspend((resume) => {
			this.at(this.loop.now() + time, resume);
			let asked = 0;
			return () => {
				if (++asked > 1) this.wrong("a wait was told twice to abort");
				return false;
			};
		});
	}
	deaf(until) {
		return this.#lib.suspend((resume) => {
			this.at(until, resume);
		});
	}
	abortable() {
		return this.#lib.suspend(() => (reason) => {
			if (++this.#aborts > 1) this.wrong("a wait was told twice to abort");
			if (this.initiator.kind !== undefined && reason?.kind !== this.initiator.kind)
				this.wrong(`a wait was told to abort for ${reason?.kind}`);
		});
	}

	/** What memoized calls do: for ever, with cleanup. */
	#call() {
		const { cleanup, coroutine, sleep, sleepForever } = this.#lib;
		const env = this;
		return coroutine(function* () {
			const region = env.openTask();
			try {
				yield* sleepForever();
				env.never("a memoized call");
			} finally {
				env.closing(region);
				yield* cleanup(() => sleep(PART));
				env.closed(region);
			}
		});
	}

	/** The primitives that came later. */
	#moreResources() {
		const { Barrier, Condition, Latch, Queue, ReadWriteLock, broadcast, memoize, throttle } = this.#lib;
		const hub = broadcast(0);
		const res = {
			latch: new Latch(1),
			openLatch: new Latch(0),
			barrier: new Barrier(3),
			condition: new Condition(),
			readWriteLock: new ReadWriteLock(),
			freeReadWriteLock: new ReadWriteLock(),
			queue: new Queue(1),
			emptyQueue: new Queue(1),
			hub,
			/** Has no room, so that senders wait. */
			full: hub.subscribe(),
			subscription: hub.subscribe({ capacity: 1 }),
			memoized: memoize(this.#call()),
			throttled: throttle(() => 1, { limit: 1, interval: 900 }),
		};
		res.readWriteLock.write.tryAcquire();
		res.queue.tryPut(1);
		const nothing = (statistics, ...names) => names.every((name) => statistics[name] === 0);
		this.#checks.push(
			() => nothing(res.latch.statistics(), "waiting") || "somebody waits at the latch",
			() => nothing(res.barrier.statistics(), "waiting") || "somebody waits at the barrier",
			() => nothing(res.condition.statistics(), "waiting") || "somebody waits for the condition",
			() => !res.condition.lock.locked || "the condition's lock was not given back",
			() => nothing(res.readWriteLock.statistics(), "waitingReaders", "waitingWriters") || "somebody waits to read",
			() => nothing(res.freeReadWriteLock.statistics(), "readers", "waitingReaders") || "somebody still reads",
			() => !res.freeReadWriteLock.statistics().writing || "somebody still writes",
			() => isIdleQueue(res.queue, 1) || "the queue has lost or got an item, or somebody waits there",
			() => isIdleQueue(res.emptyQueue, 0) || "somebody waits in the empty queue",
			() => nothing(hub.statistics(), "waitingSenders", "sent") || "the broadcast has sent",
			() => nothing(res.subscription.statistics(), "waitingReceivers") || "somebody waits for the broadcast",
			() => nothing(res.memoized.statistics(), "running") || "a memoized call runs on",
			() => nothing(res.throttled.statistics(), "running", "waiting") || "a throttled call runs on",
		);
		return res;
	}

	#resources() {
		const { CapacityLimiter, ContextVar, Event, Lock, Semaphore, createChannel } = this.#lib;
		const res = {
			promise: new Promise(() => {}),
			// biome-ignore lint/suspicious/noThenProperty: a thenable that never answers
			thenable: { then() {} },
			resolved: Promise.resolve(1),
			event: new Event(),
			setEvent: new Event(),
			lock: new Lock(),
			freeLock: new Lock(),
			semaphore: new Semaphore(0),
			freeSemaphore: new Semaphore(1),
			limiter: new CapacityLimiter(0),
			freeLimiter: new CapacityLimiter(1),
			channel: createChannel(0),
			buffered: createChannel(1),
			roomy: createChannel(1),
			variable: new ContextVar("variable", { default: 0 }),
			signal: new AbortController().signal,
			task: undefined,
		};
		res.setEvent.set();
		res.lock.tryAcquire();
		res.buffered.sender.trySend(1);
		this.#checks.push(
			() => res.event.statistics().waiting === 0 || "somebody waits for the event",
			() => (res.lock.locked && res.lock.statistics().waiting === 0) || "somebody waits for the lock",
			() => !res.freeLock.locked || "the lock was not given back",
			() => res.semaphore.statistics().waiting === 0 || "somebody waits for the semaphore",
			() => res.freeSemaphore.value === 1 || "the permit was not given back",
			() => res.limiter.statistics().waiting === 0 || "somebody waits for the limiter",
			() => res.freeLimiter.borrowed === 0 || "the place was not given back",
			() => isIdle(res.channel.receiver, 0) || "somebody waits in the channel",
			() => isIdle(res.buffered.receiver, 1) || "the channel has lost or got an item",
			() => isIdle(res.roomy.receiver, 0) || "the channel has got an item",
		);
		return { ...res, ...this.#moreResources() };
	}

	/** At the end of the run. */
	finish(expected, exact) {
		const { end } = this;
		if (this.outcome === undefined) this.wrong("it has no outcome");
		if (this.closings !== this.opened) this.wrong(`${this.opened} regions, cleanup of ${this.closings} ran`);
		if (this.finished !== expected.finished && (exact || expected.cuts === 0))
			this.wrong(`cleanup came to its end ${this.finished} times instead of ${expected.finished}`);
		if (exact ? end !== expected.end : end > expected.end)
			this.wrong(`it was over at ${end} instead of ${exact ? "" : "at most "}${expected.end}`);
		for (const check of this.#checks) {
			const result = check();
			if (result !== true) this.wrong(result);
		}
	}
}

function isIdle(receiver, buffered) {
	const statistics = receiver.statistics();
	return statistics.waitingReceivers + statistics.waitingSenders === 0 && statistics.buffered === buffered;
}

function isIdleQueue(queue, size) {
	const statistics = queue.statistics();
	const { waitingToGet, waitingToPut, waitingToJoin } = statistics;
	return waitingToGet + waitingToPut + waitingToJoin === 0 && statistics.size === size;
}
