import { checkCount } from "./check-count.ts";
import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { MisuseError } from "./errors.ts";
import { type Guard, OnceGuard, withGuard } from "./guard.ts";
import { type Begin, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { checkBody, checkOptions } from "./scopes.ts";
import { pass, Waiter, WaitingList } from "./waiting-list.ts";

/** Options of a `Semaphore`. */
export interface SemaphoreOptions {
	/** Releasing beyond this is an error; default: no limit. */
	max?: number;
}

/** What a `Semaphore` tells about itself. */
export interface SemaphoreStatistics {
	readonly value: number;
	readonly max: number;
	/** How many tasks wait. */
	readonly waiting: number;
}

/**
 * A number of permits: `acquire()` takes one or waits for one, `release()` gives one back, to whoever waits longest.
 * Anybody may release. To limit how many tasks do something at once, `CapacityLimiter` catches more mistakes.
 * (Dijkstra's semaphore, with the hand-off of Trio's.)
 *
 * @example
 * const connections = new Semaphore(5);
 * await connections.with(() => query());
 */
export class Semaphore {
	// Invariant: while somebody waits, the value is 0.
	#value: number;
	readonly #max: number;
	readonly #waiting: WaitingList = new WaitingList();

	/** @throws RangeError unless `value` is a whole number from 0 to `max` */
	constructor(value: number, options: SemaphoreOptions = {}) {
		checkOptions("Semaphore", options, ["max"]);
		const { max = Number.POSITIVE_INFINITY } = options;
		checkCount("Semaphore: the value", value, 0, false);
		checkCount("Semaphore: max", max, value);
		this.#value = value;
		this.#max = max;
	}

	/** How many permits are free. */
	get value(): number {
		return this.#value;
	}

	/**
	 * Waits for a permit, takes it, and gives a guard that releases it.
	 *
	 * Cancelled: throws `Cancelled` and takes nothing. A waiter that was handed a permit has it, even if it is cancelled
	 * in the same tick.
	 */
	acquire(): Coroutine<Guard> {
		return this.#acquire();
	}

	/** Takes a permit if there is one; never waits. */
	tryAcquire(): boolean {
		if (this.#value === 0) return false;
		this.#value--;
		return true;
	}

	/**
	 * Hands a permit to whoever waits longest, else makes one free. May be called from anywhere.
	 * @throws MisuseError if that makes more than `max`
	 */
	release(): void {
		const next = this.#waiting.shift();
		if (next !== null) next.task.resume(this.#guard());
		else if (this.#value < this.#max) this.#value++;
		else
			throw new MisuseError(
				`Semaphore.release: all ${this.#max} permits are free already; release once for each acquire().`,
			);
	}

	/** Runs `body` with a permit, and releases it on every path. Cancelled while it waits: `body` is not called. */
	with<T>(body: () => Awaitable<T>): Coroutine<T> {
		checkBody(WITH.name, body);
		return withGuard(WITH, this.#acquire(), body);
	}

	statistics(): SemaphoreStatistics {
		return { value: this.#value, max: this.#max, waiting: this.#waiting.size };
	}

	#acquire(): LazyCoroutine<Guard> {
		return new LazyCoroutine<Guard>(Semaphore.#begin, ACQUIRE, this);
	}

	static readonly #begin: Begin = (lazy) => {
		const semaphore = lazy.a0 as Semaphore;
		const task = runningTask(ACQUIRE.name);
		task.checkpoint();
		if (semaphore.tryAcquire()) return pass(task, semaphore.#guard());
		return semaphore.#waiting.park(new Waiter(task, ACQUIRE.name));
	};

	#guard(): Guard {
		return new OnceGuard(() => this.release());
	}
}

const ACQUIRE: Code = { name: "Semaphore.acquire", place: () => undefined };
const WITH: Code = { name: "Semaphore.with", place: () => undefined };
