import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { BrokenResourceError, MisuseError } from "./errors.ts";
import { asker, type Guard, holder, OnceGuard, withGuard } from "./guard.ts";
import { type Begin, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import type { KernelTask } from "./kernel/task.ts";
import type { LiveTask, Task } from "./task.ts";
import { pass, Waiter, WaitingList } from "./waiting-list.ts";

/** What a `Lock` tells about itself. */
export interface LockStatistics {
	readonly locked: boolean;
	/** Who holds it; `undefined` if nobody does, or code outside of every run. */
	readonly owner: Task | undefined;
	/** How many tasks wait. */
	readonly waiting: number;
}

/**
 * Lets one task at a time into a region that spans several awaits. First come, first served: a release hands the lock
 * to whoever waits longest, at once, so that nobody can slip in between.
 *
 * It belongs to the task that called `acquire()`, only that task may `release()` it, and it is not reentrant. If the
 * owner ends without releasing it, what it guards is in an unknown state: present and future waiters get
 * `BrokenResourceError`. (Trio's `Lock`.)
 *
 * @example
 * await lock.with(async () => { await write(await read() + 1); });
 *
 * using guard = await lock.acquire();
 */
export class Lock {
	#locked = false;
	/** `null` also when the lock is held by code outside of every run, whose end nobody sees. */
	#owner: KernelTask | null = null;
	/** The owner whose end is watched: only while somebody waits. */
	#watched: KernelTask | null = null;
	readonly #waiting: WaitingList<LockWaiter> = new WaitingList();
	readonly #onOwnerEnd = (): void => {
		for (let waiter = this.#waiting.shift(); waiter !== null; waiter = this.#waiting.shift())
			waiter.task.resumeThrow(this.#broken());
	};

	get locked(): boolean {
		return this.#locked;
	}

	/** Who holds the lock; `undefined` if nobody does, or code outside of every run. */
	get owner(): Task | undefined {
		// Every task above the kernel is a `LiveTask`.
		return (this.#owner ?? undefined) as LiveTask | undefined;
	}

	/**
	 * Waits until the lock is free, takes it, and gives a guard that releases it.
	 *
	 * Cancelled: throws `Cancelled` and does not have the lock. A waiter that was handed the lock has it, even if it is
	 * cancelled in the same tick: its next wait throws.
	 * @throws MisuseError if the running task holds it already and so would wait for itself
	 * @throws BrokenResourceError if its owner has ended, or ends meanwhile, without releasing it
	 */
	acquire(): Coroutine<Guard> {
		return this.#acquire();
	}

	/**
	 * Takes the lock if it is free; never waits.
	 * @throws BrokenResourceError if its owner has ended without releasing it
	 */
	tryAcquire(): boolean {
		if (this.#locked) {
			this.#refuseBroken();
			return false;
		}
		this.#locked = true;
		this.#owner = asker();
		return true;
	}

	/**
	 * Hands the lock to whoever waits longest, else frees it.
	 * @throws MisuseError if the running task does not hold it
	 */
	release(): void {
		this.#release(asker());
	}

	/**
	 * Runs `body` while holding the lock, and releases it on every path.
	 *
	 * Cancelled while it waits: `body` is not called. Errors as in `acquire`.
	 */
	with<T>(body: () => Awaitable<T>): Coroutine<T> {
		return withGuard(WITH, this.#acquire(), body);
	}

	statistics(): LockStatistics {
		return { locked: this.#locked, owner: this.owner, waiting: this.#waiting.size };
	}

	#acquire(): LazyCoroutine<Guard> {
		return new LazyCoroutine<Guard>(Lock.#begin, ACQUIRE, this, asker());
	}

	static readonly #begin: Begin = (lazy) => {
		const lock = lazy.a0 as Lock;
		const task = runningTask(ACQUIRE.name);
		task.checkpoint();
		const owner = holder(lazy.a1 as KernelTask | null, task);
		if (!lock.#locked) {
			lock.#locked = true;
			lock.#owner = owner;
			return pass(task, lock.#guard(owner));
		}
		lock.#refuseBroken();
		// In native code the running task is not the asker; there several flows share one, and may wait for each other.
		if (lock.#owner === task)
			throw new MisuseError(
				`Lock.acquire: the task ${task.name} holds this lock already and would wait for itself for ever; a Lock is not reentrant.`,
			);
		const parked = lock.#waiting.park(new LockWaiter(task, ACQUIRE.name, owner));
		lock.#watch();
		return parked;
	};

	#guard(owner: KernelTask | null): Guard {
		return new OnceGuard(() => this.#release(owner));
	}

	#release(holder: KernelTask | null): void {
		if (!this.#locked)
			throw new MisuseError("Lock.release: nobody holds this lock; acquire() it first, and release it once.");
		if (this.#owner !== holder)
			throw new MisuseError(
				`Lock.release: ${nameOf(this.#owner)} holds this lock, not ${nameOf(holder)}; only who acquired it may release it (to wake another task, use an Event).`,
			);
		const next = this.#waiting.shift();
		this.#locked = next !== null;
		this.#owner = next === null ? null : next.owner;
		this.#watch();
		next?.task.resume(this.#guard(next.owner));
	}

	/** Watches the owner while somebody waits for it, and nobody else. */
	#watch(): void {
		const target = this.#waiting.size > 0 ? this.#owner : null;
		if (target === this.#watched) return;
		this.#watched?.offEnd(this.#onOwnerEnd);
		this.#watched = target;
		target?.onEnd(this.#onOwnerEnd);
	}

	#refuseBroken(): void {
		if (this.#owner?.ended) throw this.#broken();
	}

	#broken(): BrokenResourceError {
		return new BrokenResourceError(
			`The ${nameOf(this.#owner)} has ended without releasing this lock: what it guards may be half done. Use lock.with(body), or using.`,
		);
	}
}

class LockWaiter extends Waiter {
	readonly owner: KernelTask | null;

	constructor(task: KernelTask, label: string, owner: KernelTask | null) {
		super(task, label);
		this.owner = owner;
	}
}

function nameOf(task: KernelTask | null): string {
	return task === null ? "code outside of every run" : `task ${task.name}`;
}

const ACQUIRE: Code = { name: "Lock.acquire", place: () => undefined };
const WITH: Code = { name: "Lock.with", place: () => undefined };
