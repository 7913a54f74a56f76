/**
 * What a random program runs in: it keeps a model of scopes and tasks beside the real ones, cancels at random, and notes
 * everything that structured concurrency rules out.
 */
import {
	Cancelled,
	coroutine,
	currentTask,
	EndOfChannelError,
	sleep,
	suppressedErrors,
	suspend,
	TaskCancelledError,
	TimeoutError,
} from "holdfast";
import { VirtualLoop } from "holdfast/loops";

class Failure extends Error {
	name = "Failure";
}

/** Virtual time that knows its open timers. */
export class CountingLoop extends VirtualLoop {
	open = 0;
	callAt(when, fn) {
		this.open++;
		let over = false;
		const close = () => {
			if (!over) this.open--;
			over = true;
		};
		const cancel = super.callAt(when, () => {
			close();
			fn();
		});
		return () => {
			close();
			cancel();
		};
	}
}

/** What the program's text may name. */
export const names = [
	"all",
	"allSettled",
	"any",
	"asCompleted",
	"checkpoint",
	"cleanup",
	"forEach",
	"interval",
	"moveOnAfter",
	"now",
	"onExit",
	"race",
	"resource",
	"retry",
	"select",
	"serviceGroup",
	"shield",
	"sleep",
	"sleepForever",
	"sleepUntil",
	"until",
	"withCancelScope",
	"withTaskGroup",
	"withTimeout",
];

/** One run of one program. */
export class Environment {
	/** After this virtual time the program is stopped. */
	limit = 500;
	steps = 0;
	/** Changes with everything that happens, and when. */
	trace = 0;
	violations = [];
	#random;
	#lib;
	#isCompiled;
	#rate;
	#mostCancels = 20;
	#nodes = 0;
	/** Nodes that have a scope which may be cancelled. */
	#live = [];
	#tasks = [];
	#regions = [];
	#waits = new Set();
	#failures = new Set();
	#things = [];

	constructor(random, lib, isCompiled) {
		this.#lib = lib;
		this.#random = random;
		this.#isCompiled = isCompiled;
		this.#rate = random.pick([0, 0.005, 0.02, 0.1]);
		this.grace = random.pick([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 10]);
		this.abortAt = random.chance(0.3) ? random.below(60) : undefined;
		this.loop = new CountingLoop();
		this.root = this.node(null);
	}

	#wrong(what) {
		this.violations.push(what);
	}

	#step(kind) {
		this.steps++;
		this.log?.push(`${this.loop.now()}:${kind}`);
		this.trace = (Math.imul(this.trace, 31) + kind * 1009 + this.loop.now()) | 0;
		if (this.#live.length > 0 && this.#mostCancels > 0 && this.#random.chance(this.#rate)) {
			this.#mostCancels--;
			this.cancel(this.#random.pick(this.#live));
		}
	}

	// ── The model: a tree of nodes ──

	node(parent) {
		return {
			id: ++this.#nodes,
			parent,
			/**
			 * "shield" and "cleanup" keep cancellations from outside away; of a "loose" node others may stop what is inside;
			 * a "service" is stopped by others, and by no cancellation from outside until those are done.
			 */
			kind: "",
			handle: undefined,
			task: undefined,
			tasks: [],
			cancelledAt: Number.POSITIVE_INFINITY,
			deadline: Number.POSITIVE_INFINITY,
			left: false,
		};
	}
	#barrier(parent, kind) {
		return Object.assign(this.node(parent), { kind });
	}
	shielded(parent) {
		return this.#barrier(parent, "shield");
	}
	protect(parent) {
		return this.#barrier(parent, "cleanup");
	}
	loose(parent) {
		return this.#barrier(parent, "loose");
	}
	branch(parent) {
		return this.#barrier(parent, "loose");
	}
	service(parent) {
		return this.#barrier(parent, "service");
	}
	starting(caller) {
		return this.#barrier(caller, "loose");
	}
	/** From `started()` on a task belongs to its group, unless its caller was cancelled before. */
	handingOver(node, group) {
		this.#step(1);
		const caller = node.parent;
		if (this.#cancelledForCertain(caller) || this.#cancelledAt(caller) < this.loop.now()) return;
		caller.tasks.splice(caller.tasks.indexOf(node), 1);
		node.parent = this.#mayBeCancelled(caller) ? this.loose(null) : group;
		node.parent.tasks.push(node);
	}

	entered(node, scope, limit) {
		this.#step(2);
		node.handle = scope;
		if (limit !== undefined) node.deadline = this.loop.now() + limit;
		this.#live.push(node);
	}

	/** The scope is over: so must be its tasks. */
	left(node) {
		this.#step(3);
		node.left = true;
		const index = this.#live.indexOf(node);
		if (index >= 0) this.#live.splice(index, 1);
		for (const { begun, finished, task } of node.tasks) {
			if (begun !== finished) this.#wrong("a task outlives its scope");
			else if (!["done", "failed", "cancelled"].includes(task.state))
				this.#wrong(`a task is ${task.state} after its scope`);
		}
	}

	/** When this node was cancelled, as far as the model knows for certain. */
	#cancelledAt(node) {
		let earliest = Number.POSITIVE_INFINITY;
		for (let at = node; at !== null; at = at.parent) {
			earliest = Math.min(earliest, at.cancelledAt, at.deadline);
			if (["shield", "cleanup", "service"].includes(at.kind)) break;
		}
		return earliest;
	}

	/** Whether anything can have stopped a wait in this node. */
	#mayBeCancelled(node) {
		const now = this.loop.now();
		for (let at = node; at !== null; at = at.parent) {
			if (at.kind === "loose" || at.kind === "service" || at.failed || at.cancelledAt <= now || at.deadline <= now)
				return true;
			if (at.kind === "shield") return false;
			if (at.kind === "cleanup") return this.grace !== Number.POSITIVE_INFINITY;
		}
		return false;
	}

	cancel(node) {
		if (node.handle === undefined || node.left) return;
		node.cancelledAt = Math.min(node.cancelledAt, this.loop.now());
		node.handle.cancel("at random");
	}

	cancelTask(node) {
		this.#step(4);
		if (node.task === undefined || node.finished) return;
		node.cancelledAt = Math.min(node.cancelledAt, this.loop.now());
		node.task.cancel("at random");
	}

	move(node, time) {
		this.#step(5);
		if (node.handle === undefined || node.left || node.id <= 2) return;
		const now = this.loop.now();
		// At its very instant a deadline may have fired or not.
		if (node.deadline === now) return;
		if (node.deadline < now) node.cancelledAt = Math.min(node.cancelledAt, node.deadline);
		node.deadline = now + time;
		node.handle.deadline = now + time;
	}

	abort() {
		this.root.cancelledAt = this.loop.now();
	}

	// ── Tasks ──

	begun(node) {
		this.#step(6);
		if (node.begun) this.#wrong("a task began twice");
		node.begun = true;
		node.task ??= currentTask();
		node.parent.tasks.push(node);
		this.#tasks.push(node);
	}
	finished(node) {
		this.#step(7);
		if (node.finished) this.#wrong("a task ended twice");
		node.finished = true;
	}
	hold(promiseOrTask) {
		this.#step(8);
		if (promiseOrTask === undefined) this.#wrong("a bare call gave nothing");
	}

	// ── Waits ──

	before(node) {
		this.#step(9);
		const late = this.#cancelledAt(node) < this.loop.now() || this.#cancelledForCertain(node);
		const wait = { node, late };
		this.#waits.add(wait);
		return wait;
	}
	#cancelledForCertain(node) {
		for (let at = node; at !== null; at = at.parent) {
			if (at.cancelledAt <= this.loop.now()) return true;
			if (["shield", "cleanup", "service"].includes(at.kind)) return false;
		}
		return false;
	}
	after(wait) {
		this.#step(10);
		this.#waits.delete(wait);
		if (wait.late) this.#wrong("a wait in a cancelled scope returned");
		else if (this.#cancelledAt(wait.node) < this.loop.now())
			this.#wrong("a wait returned after its scope was cancelled");
	}
	/** In `finally`: the wait has returned, or was stopped. */
	ended(wait) {
		this.#step(11);
		this.#checkStopped(wait);
	}
	#checkStopped(wait) {
		if (this.#waits.delete(wait) && !this.#mayBeCancelled(wait.node)) this.#wrong("a wait was stopped by nobody");
	}

	suspended(time) {
		return suspend((resume) => this.loop.callAt(this.loop.now() + time, resume), { label: "a timer" });
	}
	/** Cannot be cancelled. */
	stubborn(time) {
		this.#step(12);
		return suspend((resume) => {
			this.loop.callAt(this.loop.now() + time, resume);
			return () => false;
		});
	}
	promise() {
		return Promise.resolve(1);
	}

	// ── Cleanup ──

	opened() {
		this.#step(13);
		const region = { closing: 0, closed: 0 };
		this.#regions.push(region);
		return region;
	}
	closing(region) {
		this.#step(14);
		region.closing++;
	}
	closed(region) {
		this.#step(15);
		region.closed++;
	}

	// ── Errors ──

	rarely() {
		return this.#random.chance(0.3);
	}
	fail() {
		this.#step(16);
		const failure = new Failure(`failure ${this.#failures.size}`);
		this.#failures.add(failure);
		this.#anythingMayStop();
		throw failure;
	}
	/** A failure may stop any group around it: from now on the model does not know. */
	#anythingMayStop() {
		this.root.failed = true;
		for (const node of this.#live) node.failed = true;
	}
	failForNow() {
		throw new Failure("for now");
	}
	/** Behind a time limit. */
	timedOut(error, node) {
		if (!(error instanceof TimeoutError)) return this.caught(error);
		this.#step(24);
		this.seen(error);
		if (node !== this.root && node.deadline > this.loop.now()) this.#wrong("a TimeoutError came before its time");
	}
	/** `wait` is what threw it, if that is known. */
	caught(error, wait) {
		if (error instanceof Cancelled) {
			if (this.#isCompiled) this.#wrong("a catch clause saw Cancelled");
			throw error;
		}
		this.#step(17);
		this.#waits.delete(wait);
		this.seen(error);
		const expected = [Failure, TaskCancelledError].some((type) => error instanceof type);
		if (!expected) this.#wrong(`unexpected ${error?.stack ?? error}`);
	}
	/** The grace was over before a cancelled wait had its lock again. */
	cut(error) {
		const isCut = error?.name === "MisuseError" && this.grace !== Number.POSITIVE_INFINITY;
		if (!isCut) throw error;
		this.#step(34);
	}
	endOfChannel(error, wait) {
		if (!(error instanceof EndOfChannelError)) throw error;
		this.#step(18);
		this.#waits.delete(wait);
	}
	seen(error) {
		const pending = [error];
		const known = new Set();
		for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
			if (known.has(next)) continue;
			known.add(next);
			this.#failures.delete(next);
			pending.push(...suppressedErrors(next));
			if (next?.cause !== undefined) pending.push(next.cause);
		}
	}
	is(expected, actual) {
		// `undefined` is what a group's own start gives when it was stopped.
		if (actual !== expected) this.#wrong(`${actual} instead of ${expected}`);
	}

	// ── Things ──

	#thing(thing) {
		this.#things.push(thing);
		return Object.assign(thing, { holders: 0, over: false });
	}
	lock() {
		return this.#thing({ lock: new this.#lib.Lock(), most: 1 });
	}
	semaphore(more) {
		return this.#thing({ semaphore: new this.#lib.Semaphore(1 + more), most: 1 + more });
	}
	limiter(more) {
		return this.#thing({ limiter: new this.#lib.CapacityLimiter(1 + more), most: 1 + more });
	}
	event() {
		return this.#thing({ event: new this.#lib.Event() });
	}
	channel(capacity) {
		return this.#thing({
			...this.#lib.createChannel(capacity),
			items: 0,
			sentItems: new Set(),
			receivedItems: new Set(),
		});
	}
	took(thing) {
		this.#step(19);
		if (++thing.holders > thing.most) this.#wrong(`${thing.holders} hold what ${thing.most} may hold`);
	}
	gave(thing) {
		this.#step(20);
		thing.holders--;
	}
	item(channel) {
		return ++channel.items;
	}
	sent(channel, item) {
		this.#step(21);
		channel.sentItems.add(item);
	}
	received(channel, item) {
		this.#step(22);
		if (channel.receivedItems.has(item)) this.#wrong("an item was received twice");
		channel.receivedItems.add(item);
	}
	trySend(channel, sender) {
		const item = this.item(channel);
		if (sender.trySend(item)) this.sent(channel, item);
	}
	tryReceive(channel) {
		const box = channel.receiver.tryReceive();
		if (box !== undefined) this.received(channel, box.value);
	}
	rwlock() {
		return this.#thing({ rwlock: new this.#lib.ReadWriteLock(), readers: 0, writers: 0 });
	}
	latch(more) {
		return this.#thing({ latch: new this.#lib.Latch(1 + more) });
	}
	barrier(more) {
		return this.#thing({ barrier: new this.#lib.Barrier(1 + more) });
	}
	condition() {
		return this.#thing({ condition: new this.#lib.Condition() });
	}
	queue(more) {
		const queue = more === 2 ? new this.#lib.PriorityQueue((a, b) => b - a, 2) : new this.#lib.Queue(1 + more);
		return this.#thing({ queue, items: 0, sentItems: new Set(), receivedItems: new Set() });
	}
	hub(capacity) {
		const hub = this.#lib.broadcast(capacity, { overflow: capacity === 2 ? "drop-oldest" : "wait" });
		return this.#thing({ hub, items: 0 });
	}
	memo(time) {
		const thing = this.#thing({ calls: new Map() });
		const self = this;
		thing.memo = this.#lib.memoize(
			coroutine(function* (key) {
				self.#step(25);
				if (thing.calls.get(key) > 0) self.#wrong("two memoized calls run for one key");
				thing.calls.set(key, 1);
				try {
					yield* sleep(time + key);
					return key;
				} finally {
					self.#step(26);
					thing.calls.set(key, 0);
				}
			}),
			{ ttl: time },
		);
		return thing;
	}
	limited(more) {
		const thing = this.#thing({ running: 0 });
		const self = this;
		thing.limited = this.#lib.throttle(
			coroutine(function* (time) {
				self.#step(27);
				if (++thing.running > 1 + more) self.#wrong("too many throttled calls run");
				try {
					yield* sleep(time);
				} finally {
					self.#step(28);
					thing.running--;
				}
			}),
			{ concurrency: 1 + more, limit: 2, interval: 3 },
		);
		return thing;
	}

	tookFace(thing, face) {
		this.#step(29);
		if (face === "read") thing.readers++;
		else thing.writers++;
		if (thing.writers > 1 || (thing.writers > 0 && thing.readers > 0)) this.#wrong("somebody writes beside others");
	}
	gaveFace(thing, face) {
		this.#step(30);
		if (face === "read") thing.readers--;
		else thing.writers--;
	}
	countDown({ latch }) {
		this.#step(31);
		if (latch.count > 0) latch.countDown();
	}
	notify({ condition }) {
		this.#step(32);
		if (!condition.lock.tryAcquire()) return;
		condition.notify(1 + (this.steps % 2));
		condition.lock.release();
	}
	got(thing, item) {
		this.received(thing, item);
		thing.queue.taskDone();
	}
	tryGet(thing) {
		const box = thing.queue.tryGet();
		if (box !== undefined) this.got(thing, box.value);
	}
	selected(channel, queue, { key, value }) {
		this.#step(33);
		if (key === "item") this.received(channel, value);
		else this.got(queue, value);
	}

	/** Somebody may wait in something whose group has ended. */
	#idle(thing) {
		const { rwlock, latch, barrier, condition, queue, hub, memo, limited } = thing;
		if (rwlock !== undefined) {
			const { readers, writing, waitingReaders, waitingWriters } = rwlock.statistics();
			return !writing && readers + waitingReaders + waitingWriters === 0;
		}
		if (condition !== undefined) {
			const { waiting, lock } = condition.statistics();
			return waiting + lock.waiting === 0 && !lock.locked;
		}
		if (queue !== undefined) {
			const { waitingToGet, waitingToPut, waitingToJoin } = queue.statistics();
			return waitingToGet + waitingToPut + waitingToJoin === 0;
		}
		if (hub !== undefined) {
			const { subscribers, waitingSenders } = hub.statistics();
			return subscribers + waitingSenders === 0;
		}
		if (memo !== undefined) return memo.statistics().running === 0 && [...thing.calls.values()].every((it) => it === 0);
		if (limited !== undefined) {
			const { waiting, running } = limited.statistics();
			return waiting + running + thing.running === 0;
		}
		return (latch ?? barrier).statistics().waiting === 0;
	}

	/** The group that a thing was made for has ended. */
	over(thing) {
		this.#step(23);
		thing.over = true;
		const { event, sender, receiver, sentItems, receivedItems, queue } = thing;
		if (thing.most === undefined && event === undefined && sender === undefined) {
			if (!this.#idle(thing)) this.#wrong(`somebody still uses a ${Object.keys(thing)[0]}`);
			if (queue === undefined) return;
			for (let i = queue.size; i > 0; i--) this.tryGet(thing);
			for (const item of sentItems) if (!receivedItems.has(item)) this.#wrong("an item was lost in a queue");
			for (const item of receivedItems) if (!sentItems.has(item)) this.#wrong("an item was got that was not put");
			if (queue.statistics().unfinished > 0) this.#wrong("the queue has more to do than was put");
			return;
		}
		if (sender !== undefined) {
			// The sender of a pipeline is closed: its channel ends.
			const { buffered, waitingReceivers, waitingSenders } = receiver.statistics();
			for (let i = 0; i < buffered; i++) this.tryReceive(thing);
			if (waitingSenders + waitingReceivers > 0) this.#wrong("somebody still waits in a channel");
			for (const item of sentItems) if (!receivedItems.has(item)) this.#wrong("an item was lost");
			for (const item of receivedItems) if (!sentItems.has(item)) this.#wrong("an item was received that was not sent");
			return;
		}
		const { waiting } = (event ?? thing.lock ?? thing.semaphore ?? thing.limiter).statistics();
		if (waiting > 0) this.#wrong("somebody still waits");
		if (event !== undefined) return;
		const free = thing.lock ? !thing.lock.locked : (thing.semaphore?.value ?? thing.limiter.available) === thing.most;
		if (!free || thing.holders > 0) this.#wrong("a lock, semaphore or limiter is still held");
	}

	// ── The end ──

	/** Everything must be over now. */
	finish(outcome, reports) {
		if (outcome.error !== undefined) {
			this.seen(outcome.error);
			const expected =
				outcome.error instanceof Failure ||
				(outcome.error.name === "AbortError" && this.root.cancelledAt < Number.POSITIVE_INFINITY);
			if (!expected) this.#wrong(`the run failed: ${outcome.error?.stack}`);
		}
		for (const { kind, error, primary } of reports) {
			this.seen(error);
			// What stands beside the error that leaves the run, or that the runtime drops, is told to nobody else.
			if (kind === "suppressed" && primary !== undefined) continue;
			this.#wrong(`reported as ${kind}: ${error?.stack ?? error}`);
		}
		if (this.#live.length > 0) this.#wrong(`${this.#live.length} scopes are still open`);
		for (const node of this.#tasks) if (!node.finished) this.#wrong("a task has not ended");
		for (const wait of this.#waits) this.#checkStopped(wait);
		for (const { closing, closed } of this.#regions) {
			if (closing !== 1) this.#wrong(`cleanup ran ${closing} times`);
			else if (closed !== 1 && this.grace === Number.POSITIVE_INFINITY) this.#wrong("cleanup was cut short");
		}
		for (const thing of this.#things) if (!thing.over) this.#wrong("what a group made is not over");
		// In plain JavaScript an error that `finally` throws, here a cancellation at the end of the grace, replaces another.
		if (this.#isCompiled || this.grace === Number.POSITIVE_INFINITY)
			for (const failure of this.#failures) this.#wrong(`${failure.message} was lost`);
		if (this.loop.open > 0) this.#wrong(`${this.loop.open} timers are still open`);
	}
}
