import { VirtualLoop } from "holdfast/loops";

class SeededLoop extends VirtualLoop {
	readonly #random: () => number;

	constructor(seed: number) {
		super();
		this.#random = generator(seed);
	}

	pick(count: number): number {
		return Math.floor(this.#random() * count);
	}
}

/**
 * A virtual loop that runs the tasks of each batch in an order drawn from `seed`. Batches are first come, first served by
 * default, which hides races: another order is as legal, and another host, or another millisecond, brings it about. The same
 * seed gives the same order, on every machine: a race that was found can be replayed. What becomes ready during a batch still
 * waits for the next one. (Trio shuffles each batch; its deterministic mode does so by a seed.)
 *
 * @throws RangeError for a seed that is no integer
 * @example
 * await run(main, { loop: seededSchedule(42) });
 */
export function seededSchedule(seed: number): VirtualLoop {
	if (!Number.isSafeInteger(seed)) throw new RangeError(`seededSchedule: ${seed} is no seed; pass an integer.`);
	return new SeededLoop(seed);
}

/** How `underSeeds` chooses. */
export interface UnderSeedsOptions {
	/** How many seeds are tried (default 100). */
	count?: number;
	/** The first seed (default 1); the others follow. */
	first?: number;
}

/** A test has failed under the schedule of `seed`; `cause` is how. */
export class ScheduleError extends Error {
	override readonly name: string = "ScheduleError";
	readonly code: string = "HOLDFAST_SCHEDULE";
	readonly seed: number;

	constructor(seed: number, cause: unknown) {
		const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
		super(`Under seed ${seed} the test failed: ${text}\nReplay it with seededSchedule(${seed}).`, { cause });
		this.seed = seed;
	}
}

/**
 * Calls `test` with one seed after the other, and stops at the first under which it fails: races are found, and named by the
 * seed that shows them. `test` runs its program on `seededSchedule(seed)` or with `virtualRun(main, { seed })`.
 *
 * @throws ScheduleError with the seed, and the test's error as `cause`
 * @throws RangeError for a count or a first seed that is no integer
 * @example
 * await underSeeds((seed) => virtualRun(transfer, { seed }));
 */
export async function underSeeds(
	test: (seed: number) => unknown,
	{ count = 100, first = 1 }: UnderSeedsOptions = {},
): Promise<void> {
	if (typeof test !== "function")
		throw new TypeError(
			"underSeeds() takes a function that gets a seed: underSeeds((seed) => virtualRun(main, { seed })).",
		);
	if (!Number.isSafeInteger(count) || count < 1)
		throw new RangeError(`underSeeds: count is ${count}; it is an integer, one or more.`);
	if (!Number.isSafeInteger(first)) throw new RangeError(`underSeeds: first is ${first}; it is an integer.`);
	for (let seed = first; seed < first + count; seed++)
		try {
			await test(seed);
		} catch (error) {
			throw new ScheduleError(seed, error);
		}
}

/** Numbers from 0 to 1, exclusive: a 32-bit state, stepped by an odd constant, and mixed (the finalizer of MurmurHash3). */
function generator(seed: number): () => number {
	// Seeds beyond 32 bits differ in their upper half.
	let state = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1)) | 0;
	return () => {
		state = (state + 0x9e3779b9) | 0;
		let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
		mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
		return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
	};
}
