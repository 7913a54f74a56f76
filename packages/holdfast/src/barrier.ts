import { checkCount } from "./check-count.ts";
import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { type Begin, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { pass, Waiter, WaitingList } from "./waiting-list.ts";

/** What a `Barrier` tells about itself. */
export interface BarrierStatistics {
	readonly parties: number;
	/** How many have arrived and wait for the others. */
	readonly waiting: number;
	/** How often all were there. */
	readonly generation: number;
}

/**
 * A place where a number of tasks wait for each other: when the last one arrives, all go on. Then it can be used again, for
 * the next round; who arrives early for that one waits for it. (Python's `asyncio.Barrier`, without its broken state: a
 * task that fails or is cancelled takes its siblings along by its group.)
 *
 * @example
 * const barrier = new Barrier(workers.length);
 * for (const step of steps) {
 *   await work(step);
 *   await barrier.wait();
 * }
 */
export class Barrier {
	/** How many have to arrive. */
	readonly parties: number;
	// Invariant: fewer wait than there are parties.
	readonly #waiting: WaitingList = new WaitingList();
	#generation = 0;

	/** @throws RangeError unless `parties` is a whole number from 1 */
	constructor(parties: number) {
		this.parties = checkCount("Barrier: the number of parties", parties, 1, false);
	}

	/**
	 * Arrives, and waits until all parties have. Gives the place in the order of arrival, from 0 for who came first to
	 * `parties - 1`, each once: `if (await barrier.wait() === 0)` chooses one of them for what is to be done once.
	 *
	 * Cancelled: throws `Cancelled` and gives its place back: the others wait for one more. Once all have arrived, `wait`
	 * returns, even if it is cancelled in the same tick.
	 */
	wait(): Coroutine<number> {
		return new LazyCoroutine<number>(Barrier.#begin, WAIT, this);
	}

	/** Arrives if it is the last one, and gives `parties - 1`; else nothing happens, and it gives `undefined`. Never waits. */
	tryWait(): number | undefined {
		const last = this.parties - 1;
		if (this.#waiting.size < last) return undefined;
		this.#generation++;
		for (let place = 0; place < last; place++) this.#waiting.shift()?.task.resume(place);
		return last;
	}

	statistics(): BarrierStatistics {
		return { parties: this.parties, waiting: this.#waiting.size, generation: this.#generation };
	}

	static readonly #begin: Begin = (lazy) => {
		const barrier = lazy.a0 as Barrier;
		const task = runningTask(WAIT.name);
		task.checkpoint();
		const place = barrier.tryWait();
		return place === undefined ? barrier.#waiting.park(new Waiter(task, WAIT.name)) : pass(task, place);
	};
}

const WAIT: Code = { name: "Barrier.wait", place: () => undefined };
