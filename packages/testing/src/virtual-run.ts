import { type Awaitable, type RunOptions, run } from "holdfast";
import { VirtualLoop } from "holdfast/loops";
import { seededSchedule } from "./seeded-schedule.ts";

/** Options of `virtualRun`. */
export interface VirtualRunOptions extends Omit<RunOptions, "loop" | "args"> {
	/** Shuffles each batch of ready tasks by this seed, as `seededSchedule` does; without it they run in the order in which they became ready. */
	seed?: number;
}

/**
 * `run` on virtual time: the clock starts at 0, stands still while anything can run, and jumps to the next deadline
 * when everything waits. An hour of sleep takes no time, and always ends at the same instant.
 *
 * Real I/O is waited for without a jump only if it is marked as a wait on the outside world, as `holdfast/fetch` is.
 *
 * @throws DeadlockError when everything waits and no deadline is left
 * @throws RangeError for a seed that is no integer
 * @example
 * await virtualRun(async () => {
 *   await sleep(3_600_000);
 *   console.log(now()); // 3600000
 * });
 */
export function virtualRun<T>(main: () => Awaitable<T>, options: VirtualRunOptions = {}): Promise<T> {
	try {
		const { seed, ...rest } = options;
		return run(main, { ...rest, loop: seed === undefined ? new VirtualLoop() : seededSchedule(seed) });
	} catch (error) {
		return Promise.reject(error);
	}
}
