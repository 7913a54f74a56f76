import { checkCount } from "./check-count.ts";
import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { asker } from "./guard.ts";
import { type Begin, describe, runningTask } from "./invoke.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { type Code, Frame, link, type Run, suspended } from "./kernel/frame.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";
import { Lock, type LockStatistics, lineOf } from "./lock.ts";
import { type LockLine, LockWaiter, ownerFor } from "./lock-line.ts";
import { isCall } from "./scopes.ts";
import { WaitingList } from "./waiting-list.ts";

/** What a `Condition` tells about itself. */
export interface ConditionStatistics {
	/** How many tasks wait to be notified. Those that were, and wait for the lock, are in the lock's statistics. */
	readonly waiting: number;
	readonly lock: LockStatistics;
}

/** What is left of a type when it counts as true. */
export type Truthy<T> = Exclude<T, false | 0 | 0n | "" | null | undefined>;

/**
 * Lets tasks wait, inside a lock, until another task has changed what the lock guards. `wait()` gives the lock away while
 * it waits and has it again when it returns. First come, first served.
 *
 * A notified task waits in the line of the lock, so that notifying many does not wake them all at once. A notification is
 * never lost: if the task that got it is cancelled before it has the lock again, the next one that waits gets it. (The
 * condition variable of Hoare's and Mesa's monitors and of Python; Trio's loses that notification.)
 *
 * @example
 * const condition = new Condition();
 * const jobs: Job[] = [];
 *
 * await condition.lock.with(async () => {
 *   const job = await condition.waitFor(() => jobs.shift());
 * });
 *
 * await condition.lock.with(() => {
 *   jobs.push(job);
 *   condition.notify();
 * });
 */
export class Condition {
	/** Held by whoever waits or notifies; several conditions may share one. */
	readonly lock: Lock;
	readonly #waiting: Sleepers;

	/** @throws TypeError if `lock` is no `Lock` */
	constructor(lock: Lock = new Lock()) {
		if (!(lock instanceof Lock))
			throw new TypeError(`Condition: the lock is ${describe(lock)}; pass a Lock, or nothing for one of its own.`);
		this.lock = lock;
		this.#waiting = new Sleepers(lineOf(lock));
	}

	/**
	 * Gives the lock away, waits to be notified, and has the lock again when it returns. What was waited for may be gone by
	 * then: wait in a loop, or use `waitFor`.
	 *
	 * Cancelled: takes the lock again, as cleanup, and then throws `Cancelled`; code around it may rely on holding the lock.
	 * If the grace ends before that, the lock is not held, and its `release()` says so. In a scope that is cancelled
	 * already, it throws and does not let go of the lock.
	 * @throws MisuseError if the calling task does not hold the lock
	 * @throws BrokenResourceError if the lock's owner ends without releasing it; the lock is not held then
	 */
	wait(): Coroutine<void> {
		return new LazyCoroutine<void>(beginWait, WAIT, this.#waiting, asker());
	}

	/**
	 * Waits until `predicate` gives something that counts as true, and gives that. It is called with the lock held, at once
	 * and after each notification; it must not wait. An error of it goes to the caller, who holds the lock.
	 *
	 * Cancellation and errors as in `wait`; with a predicate that is true from the beginning it does not wait at all.
	 */
	waitFor<T>(predicate: () => T): Coroutine<Truthy<T>> {
		if (typeof predicate !== "function")
			throw new TypeError(
				`Condition.waitFor: the predicate is ${describe(predicate)}; pass a function, which is called again after each notification.`,
			);
		return new LazyCoroutine<Truthy<T>>(beginWait, WAIT_FOR, this.#waiting, asker(), predicate);
	}

	/**
	 * Wakes those who wait longest, `count` at most; each goes on when it has the lock.
	 * @throws MisuseError if the calling task does not hold the lock
	 * @throws RangeError unless `count` is a whole number from 0, or Infinity
	 */
	notify(count = 1): void {
		checkCount("Condition.notify: the count", count, 0);
		const waiting = this.#waiting;
		waiting.lock.check("Condition.notify", asker(), MEND);
		waiting.notify(count);
	}

	/** Wakes all who wait. Errors as in `notify`. */
	notifyAll(): void {
		this.notify(Number.POSITIVE_INFINITY);
	}

	statistics(): ConditionStatistics {
		return { waiting: this.#waiting.size, lock: this.lock.statistics() };
	}
}

/** Those who have not been notified yet. */
class Sleepers extends WaitingList<Sleeper> {
	readonly lock: LockLine;

	constructor(lock: LockLine) {
		super();
		this.lock = lock;
	}

	/** Moves those who wait longest into the line of the lock, which somebody holds. */
	notify(count: number): void {
		for (let left = count; left > 0; left--) {
			const next = this.shift();
			if (next === null) return;
			next.notified = true;
			this.lock.join(next);
		}
	}
}

/** Waits for a notification, and after that for the lock. */
class Sleeper extends LockWaiter {
	readonly #waiting: Sleepers;
	notified = false;

	constructor(task: KernelTask, label: string, owner: KernelTask | null, waiting: Sleepers) {
		super(task, label, owner);
		this.#waiting = waiting;
	}

	override abort(): boolean {
		super.abort();
		// It stood in the lock's line, so the lock is held.
		if (this.notified) this.#waiting.notify(1);
		return true;
	}

	override left(): void {
		if (this.#waiting.size === 0) this.#waiting.lock.conditions?.delete(this.#waiting);
	}
}

// Of the frame of a wait, `a0` is where it waits, `a1` who owns the lock, and `a2` the predicate or, on the way out of a
// cancelled wait, its `Cancelled`.

const beginWait: Begin = (lazy) => {
	const task = runningTask(lazy.code.name);
	const frame = new Frame(onWoken, lazy.code, lazy.a0, ownerFor(lazy.a1, task), lazy.a2);
	frame.deliveries = task.deliveries;
	check(frame, task);
	return frame.a2 === undefined ? sleep(frame, task) : look(frame, task);
};

function check(frame: Frame, task: KernelTask): void {
	task.checkpoint();
	(frame.a0 as Sleepers).lock.check(nameOf(frame), frame.a1 as KernelTask | null, MEND);
}

function look(frame: Frame, task: KernelTask): unknown {
	const value = (frame.a2 as () => unknown)();
	if (isCall(value))
		throw new TypeError(
			`Condition.waitFor: the predicate gave ${describe(value)}, which is always true; it must not wait: pass a plain function.`,
		);
	if (value) return value;
	// The predicate is the user's: it may have cancelled the scope, or released the lock.
	check(frame, task);
	return sleep(frame, task);
}

/** Parks the task and gives the lock away. */
function sleep(frame: Frame, task: KernelTask): unknown {
	const waiting = frame.a0 as Sleepers;
	const { lock } = waiting;
	waiting.park(new Sleeper(task, nameOf(frame), frame.a1 as KernelTask | null, waiting));
	(lock.conditions ??= new Set()).add(waiting);
	lock.handOn();
	return link(frame);
}

const onWoken: Run = (frame, input, thrown) => {
	const task = state.task as KernelTask;
	if (!thrown) return frame.a2 === undefined ? undefined : look(frame, task);
	// Anything else says that the lock is broken.
	if (!(input instanceof Cancelled)) throw input;
	frame.a2 = input;
	frame.run = onTaken;
	task.cleanup++;
	let taken: unknown;
	try {
		task.checkpoint();
		taken = (frame.a0 as Sleepers).lock.take(task, nameOf(frame), frame.a1 as KernelTask | null);
	} catch (error) {
		return onTaken(frame, error, true);
	}
	return taken === suspended ? link(frame) : onTaken(frame, taken, false);
};

/** After a cancelled wait, with or without the lock. */
const onTaken: Run = (frame, input, thrown) => {
	(state.task as KernelTask).cleanup--;
	if (thrown && input instanceof Cancelled) (frame.a0 as Sleepers).lock.noteCut(frame.a1 as KernelTask | null);
	throw thrown ? input : frame.a2;
};

function nameOf(frame: Frame): string {
	// The frame was made with its code.
	return (frame.code as Code).name;
}

const MEND = "acquire it first, as in condition.lock.with(body)";
const WAIT: Code = { name: "Condition.wait", place: () => undefined };
const WAIT_FOR: Code = { name: "Condition.waitFor", place: () => undefined };
