import { BrokenResourceError, MisuseError } from "./errors.ts";
import { type Guard, holder, OnceGuard } from "./guard.ts";
import type { KernelTask } from "./kernel/task.ts";
import { pass, Waiter, WaitingList } from "./waiting-list.ts";

/** Waits for a lock on behalf of its owner to be. */
export class LockWaiter extends Waiter {
	/** `null` is code outside of every run. */
	readonly owner: KernelTask | null;

	constructor(task: KernelTask, label: string, owner: KernelTask | null) {
		super(task, label);
		this.owner = owner;
	}
}

/**
 * A lock at work: who holds it, and the line of those who wait for it. `Lock` is its public face; `Condition` moves
 * waiters into the same line.
 */
export class LockLine extends WaitingList<LockWaiter> {
	// Invariant: while somebody stands in line, the lock is held, by an owner that has not ended.
	locked = false;
	/** `null` also when the lock is held by code outside of every run, whose end nobody sees. */
	owner: KernelTask | null = null;
	/** The lines of the lock's conditions in which somebody waits: nobody could notify them if the lock broke. */
	conditions: Set<WaitingList> | null = null;
	/** The owner whose end is watched: only while somebody waits. */
	#watched: KernelTask | null = null;
	/** Whose wait for a condition was cut by the end of the grace: they left it without the lock. */
	#cut: WeakSet<KernelTask> | null = null;
	readonly #onOwnerEnd = (): void => {
		this.fail(() => this.#broken());
		for (const line of this.conditions ?? []) line.fail(() => this.#broken());
	};

	/** @throws BrokenResourceError if the owner has ended without releasing it */
	tryTake(owner: KernelTask | null): boolean {
		if (this.locked) {
			if (this.owner?.ended) throw this.#broken();
			return false;
		}
		this.#own(true, owner);
		return true;
	}

	/** Takes the lock for `owner`, or parks `task` in the line for it. */
	take(task: KernelTask, label: string, owner: KernelTask | null): unknown {
		if (this.tryTake(owner)) return pass(task, this.guard(owner));
		// In native code the running task is not the asker; there several flows share one, and may wait for each other.
		if (this.owner === task)
			throw new MisuseError(
				`${label}: the task ${task.name} holds this lock already and would wait for itself for ever; a Lock is not reentrant.`,
			);
		const parked = this.park(new LockWaiter(task, label, owner));
		this.#watch();
		return parked;
	}

	/** Puts a waiter whose task is parked elsewhere into the line. Somebody has to hold the lock. */
	join(waiter: LockWaiter): void {
		this.enter(waiter);
		this.#watch();
	}

	/** @throws MisuseError unless `holder` holds the lock */
	check(what: string, holder: KernelTask | null, mend: string): void {
		if (this.locked && this.owner === holder) return;
		const who = this.locked ? `${nameOf(this.owner)} holds this lock, not ${nameOf(holder)}` : "nobody holds this lock";
		const cut = holder !== null && this.#cut?.has(holder);
		throw new MisuseError(
			`${what}: ${who}; ${cut ? "the grace ended before a cancelled Condition.wait() could take it again" : mend}.`,
		);
	}

	release(holder: KernelTask | null): void {
		this.check("Lock.release", holder, RELEASE);
		this.handOn();
	}

	/** Hands the lock to whoever waits longest, else frees it. */
	handOn(): void {
		const next = this.shift();
		this.#own(next !== null, next === null ? null : next.owner);
		next?.task.resume(this.guard(next.owner));
	}

	/** `holder` was to take the lock again, and could not. */
	noteCut(holder: KernelTask | null): void {
		if (holder !== null) (this.#cut ??= new WeakSet()).add(holder);
	}

	guard(owner: KernelTask | null): Guard {
		return new OnceGuard(() => this.release(owner));
	}

	#own(locked: boolean, owner: KernelTask | null): void {
		this.locked = locked;
		this.owner = owner;
		if (this.#cut !== null && owner !== null) this.#cut.delete(owner);
		this.#watch();
	}

	/** Watches the owner while somebody waits for it, and nobody else. */
	#watch(): void {
		const target = this.size > 0 || (this.conditions !== null && this.conditions.size > 0) ? this.owner : null;
		if (target === this.#watched) return;
		this.#watched?.offEnd(this.#onOwnerEnd);
		this.#watched = target;
		target?.onEnd(this.#onOwnerEnd);
	}

	#broken(): BrokenResourceError {
		return new BrokenResourceError(
			`The ${nameOf(this.owner)} has ended without releasing this lock: what it guards may be half done. Use lock.with(body), or using.`,
		);
	}
}

/** Whose becomes what `task` acquires. `asked` is the task that has called `acquire()`; `with` leaves it out. */
export function ownerFor(asked: unknown, task: KernelTask): KernelTask | null {
	// Nothing but what `asker()` gives is passed here.
	return asked === undefined ? task : holder(asked as KernelTask | null, task);
}

export function nameOf(task: KernelTask | null): string {
	return task === null ? "code outside of every run" : `task ${task.name}`;
}

const RELEASE =
	"acquire() it first, and release it once; only who acquired it may release it (to wake another task, use an Event)";
