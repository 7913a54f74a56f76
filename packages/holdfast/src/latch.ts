import { checkCount } from "./check-count.ts";
import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { MisuseError } from "./errors.ts";
import { type Begin, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { pass, Waiter, WaitingList } from "./waiting-list.ts";

/** What a `Latch` tells about itself. */
export interface LatchStatistics {
	/** How much is still to be counted down. */
	readonly count: number;
	/** How many tasks wait. */
	readonly waiting: number;
}

/**
 * Opens once, when it was counted down to 0: whoever waits goes on, and whoever comes later does not wait. It does not
 * close again: make a new one, or use a `Barrier` for rounds. (Java's `CountDownLatch`, C++'s `std::latch`.)
 *
 * @example
 * const ready = new Latch(servers.length);
 * for (const server of servers) group.spawn(() => server.serve({ onListening: () => ready.countDown() }));
 * await ready.wait();
 */
export class Latch {
	#count: number;
	// Invariant: nobody waits at 0.
	readonly #waiting: WaitingList = new WaitingList();

	/** @throws RangeError unless `count` is a whole number from 0 */
	constructor(count: number) {
		this.#count = checkCount("Latch: the count", count, 0, false);
	}

	/** How much is still to be counted down; 0 when it is open. */
	get count(): number {
		return this.#count;
	}

	/**
	 * Takes `by` off the count; at 0 it wakes all who wait. May be called from anywhere, outside of runs too.
	 * @throws MisuseError if that is more than is left: something was counted twice
	 * @throws RangeError unless `by` is a whole number from 0
	 */
	countDown(by = 1): void {
		checkCount("Latch.countDown: the count", by, 0, false);
		if (by > this.#count)
			throw new MisuseError(
				`Latch.countDown: ${by} is more than the ${this.#count} that are left; count down once for each thing that is waited for.`,
			);
		this.#count -= by;
		if (this.#count === 0) this.#waiting.wake();
	}

	/**
	 * Waits until the count is 0; does not suspend if it is.
	 *
	 * Cancelled: throws `Cancelled`, also at 0; who was woken goes on, even if it is cancelled in the same tick. The count
	 * stays as it is.
	 */
	wait(): Coroutine<void> {
		return new LazyCoroutine<void>(Latch.#begin, WAIT, this);
	}

	/** Whether `wait()` would go on at once. */
	tryWait(): boolean {
		return this.#count === 0;
	}

	statistics(): LatchStatistics {
		return { count: this.#count, waiting: this.#waiting.size };
	}

	static readonly #begin: Begin = (lazy) => {
		const latch = lazy.a0 as Latch;
		const task = runningTask(WAIT.name);
		task.checkpoint();
		return latch.#count === 0 ? pass(task, undefined) : latch.#waiting.park(new Waiter(task, WAIT.name));
	};
}

const WAIT: Code = { name: "Latch.wait", place: () => undefined };
