import { checkCount } from "./check-count.ts";
import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { MisuseError, ScopeMisuseError } from "./errors.ts";
import { asker, type Guard, holder, OnceGuard, withGuard } from "./guard.ts";
import { type Begin, describe, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { KernelTask } from "./kernel/task.ts";
import { checkBody } from "./scopes.ts";
import { pass, Waiter, WaitingList } from "./waiting-list.ts";

/** What a `CapacityLimiter` tells about itself. */
export interface CapacityLimiterStatistics {
	readonly total: number;
	readonly borrowed: number;
	/** How many borrowers wait. */
	readonly waiting: number;
}

/** The same operations as the limiter's own, for a given borrower instead of the calling task. */
export interface Borrowing {
	acquire(): Coroutine<Guard>;
	tryAcquire(): boolean;
	release(): void;
	with<T>(body: () => Awaitable<T>): Coroutine<T>;
}

/**
 * Lets a number of borrowers work at once, and knows who they are: a borrower cannot hold two places, and only a holder
 * can release one. First come, first served. The borrower is the task that calls, or any object with `onBehalfOf`.
 * (Trio's `CapacityLimiter`.)
 *
 * @example
 * const downloads = new CapacityLimiter(4);
 * await downloads.with(() => download(url));
 */
export class CapacityLimiter implements Borrowing {
	#total: number;
	readonly #borrowers: Set<object> = new Set();
	/** Who waits: a borrower waits once. */
	readonly #pending: Set<object> = new Set();
	// Invariant: while somebody waits, at least `total` places are taken.
	readonly #waiting: WaitingList<BorrowingWaiter> = new WaitingList();

	/** @throws RangeError unless `total` is a whole number from 0, or Infinity */
	constructor(total: number) {
		this.#total = checkTotal(total);
	}

	/**
	 * How many may hold a place at once; from 0 to Infinity. Writable: raising it lets waiters in at once, lowering it
	 * lets the holders finish and nobody in until enough of them have.
	 */
	get total(): number {
		return this.#total;
	}

	set total(total: number) {
		this.#total = checkTotal(total);
		this.#admit();
	}

	/** How many places are taken; more than `total` for a while after it was lowered. */
	get borrowed(): number {
		return this.#borrowers.size;
	}

	/** How many places are free. */
	get available(): number {
		return Math.max(this.#total - this.#borrowers.size, 0);
	}

	/**
	 * Waits for a place, takes it for the calling task, and gives a guard that releases it.
	 *
	 * Cancelled: throws `Cancelled` and takes nothing. A waiter that was handed a place has it, even if it is cancelled
	 * in the same tick.
	 * @throws MisuseError if the borrower has a place already, or waits for one
	 */
	acquire(): Coroutine<Guard> {
		return this.#acquire(asker());
	}

	/**
	 * Takes a place for the calling task if one is free; never waits.
	 * @throws MisuseError if the borrower has a place already, or waits for one
	 */
	tryAcquire(): boolean {
		return this.#try(named("tryAcquire", asker()));
	}

	/**
	 * Gives the place of the calling task to whoever waits longest, if the total allows it.
	 * @throws MisuseError if it holds none
	 */
	release(): void {
		this.#release(named("release", asker()));
	}

	/** Runs `body` with a place, and releases it on every path. Cancelled while it waits: `body` is not called. */
	with<T>(body: () => Awaitable<T>): Coroutine<T> {
		checkBody(WITH.name, body);
		return withGuard(WITH, this.#acquire(null, asker()), body);
	}

	/** The same operations for a borrower that is not the calling task: a connection, a request, a key object. */
	onBehalfOf(borrower: object): Borrowing {
		if ((typeof borrower !== "object" && typeof borrower !== "function") || borrower === null)
			throw new TypeError(
				`CapacityLimiter.onBehalfOf: the borrower is ${describe(borrower)}; pass an object, which is known by its identity.`,
			);
		return {
			acquire: () => this.#acquire(borrower),
			tryAcquire: () => this.#try(borrower),
			release: () => this.#release(borrower),
			with: (body) => {
				checkBody(WITH.name, body);
				return withGuard(WITH, this.#acquire(borrower), body);
			},
		};
	}

	statistics(): CapacityLimiterStatistics {
		return { total: this.#total, borrowed: this.#borrowers.size, waiting: this.#waiting.size };
	}

	#acquire(borrower: object | null, caller?: KernelTask | null): LazyCoroutine<Guard> {
		return new LazyCoroutine<Guard>(CapacityLimiter.#begin, ACQUIRE, this, borrower, caller);
	}

	static readonly #begin: Begin = (lazy) => {
		const limiter = lazy.a0 as CapacityLimiter;
		const task = runningTask(ACQUIRE.name);
		task.checkpoint();
		const caller = lazy.a2 as KernelTask | null | undefined;
		let borrower = lazy.a1 as object | null;
		if (caller === undefined) borrower ??= named("acquire", holder(null, task));
		// A `with` that runs in a task of its own (under `all`, or awaited by native code) is a borrower of its own.
		else borrower = caller === task ? task : lazy;
		if (limiter.#try(borrower)) return pass(task, limiter.#guard(borrower));
		limiter.#pending.add(borrower);
		return limiter.#waiting.park(new BorrowingWaiter(task, borrower, limiter.#pending));
	};

	#try(borrower: object): boolean {
		const has = this.#borrowers.has(borrower);
		if (has || this.#pending.has(borrower))
			throw new MisuseError(
				`CapacityLimiter: ${nameOf(borrower)} ${has ? "holds a place" : "waits for a place"} already; a borrower has one at most. For more, use onBehalfOf(object) with one object each.`,
			);
		if (this.#borrowers.size >= this.#total) return false;
		this.#borrowers.add(borrower);
		return true;
	}

	#release(borrower: object): void {
		if (!this.#borrowers.delete(borrower))
			throw new MisuseError(
				`CapacityLimiter.release: ${nameOf(borrower)} holds no place; the one who acquired it releases it, once.`,
			);
		this.#admit();
	}

	#admit(): void {
		while (this.#borrowers.size < this.#total) {
			const next = this.#waiting.shift();
			if (next === null) return;
			this.#borrowers.add(next.borrower);
			next.task.resume(this.#guard(next.borrower));
		}
	}

	#guard(borrower: object): Guard {
		return new OnceGuard(() => this.#release(borrower));
	}
}

class BorrowingWaiter extends Waiter {
	readonly borrower: object;
	readonly #pending: Set<object>;

	constructor(task: KernelTask, borrower: object, pending: Set<object>) {
		super(task, ACQUIRE.name);
		this.borrower = borrower;
		this.#pending = pending;
	}

	override left(): void {
		this.#pending.delete(this.borrower);
	}
}

function checkTotal(total: number): number {
	return checkCount("CapacityLimiter: the total", total, 0);
}

function named(what: string, borrower: KernelTask | null): KernelTask {
	if (borrower !== null) return borrower;
	throw new ScopeMisuseError(
		`CapacityLimiter.${what}: code outside of every run is no borrower; use with(body), or onBehalfOf(object).`,
	);
}

function nameOf(borrower: object): string {
	return borrower instanceof KernelTask ? `the task ${borrower.name}` : describe(borrower);
}

const ACQUIRE: Code = { name: "CapacityLimiter.acquire", place: () => undefined };
const WITH: Code = { name: "CapacityLimiter.with", place: () => undefined };
