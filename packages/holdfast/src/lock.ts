import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { asker, type Guard, withGuard } from "./guard.ts";
import { type Begin, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { LockLine, ownerFor } from "./lock-line.ts";
import { checkBody } from "./scopes.ts";
import type { LiveTask, Task } from "./task.ts";

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
 * `BrokenResourceError`. What `with` takes belongs to the task that runs it. (Trio's `Lock`.)
 *
 * @example
 * await lock.with(async () => { await write(await read() + 1); });
 *
 * using guard = await lock.acquire();
 */
export class Lock {
	/** Private to users; `lineOf` gives it to `Condition`. */
	private readonly line: LockLine = new LockLine();

	get locked(): boolean {
		return this.line.locked;
	}

	/** Who holds the lock; `undefined` if nobody does, or code outside of every run. */
	get owner(): Task | undefined {
		// Every task above the kernel is a `LiveTask`.
		return (this.line.owner ?? undefined) as LiveTask | undefined;
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
		return new LazyCoroutine<Guard>(beginAcquire, ACQUIRE, this.line, asker());
	}

	/**
	 * Takes the lock if it is free; never waits.
	 * @throws BrokenResourceError if its owner has ended without releasing it
	 */
	tryAcquire(): boolean {
		return this.line.tryTake(asker());
	}

	/**
	 * Hands the lock to whoever waits longest, else frees it.
	 * @throws MisuseError if the running task does not hold it
	 */
	release(): void {
		this.line.release(asker());
	}

	/**
	 * Runs `body` while holding the lock, and releases it on every path.
	 *
	 * Cancelled while it waits: `body` is not called. Errors as in `acquire`.
	 */
	with<T>(body: () => Awaitable<T>): Coroutine<T> {
		checkBody(WITH.name, body);
		return withGuard(WITH, new LazyCoroutine<Guard>(beginAcquire, ACQUIRE, this.line), body);
	}

	statistics(): LockStatistics {
		return { locked: this.locked, owner: this.owner, waiting: this.line.size };
	}
}

/** What is behind a lock. */
export function lineOf(lock: Lock): LockLine {
	// Private in the public type only.
	return (lock as unknown as { line: LockLine }).line;
}

const beginAcquire: Begin = (lazy) => {
	const task = runningTask(ACQUIRE.name);
	task.checkpoint();
	return (lazy.a0 as LockLine).take(task, ACQUIRE.name, ownerFor(lazy.a1, task));
};

const ACQUIRE: Code = { name: "Lock.acquire", place: () => undefined };
const WITH: Code = { name: "Lock.with", place: () => undefined };
