import { type Coroutine, coroutine, suspend } from "holdfast";
import { currentLoop } from "holdfast/inspect";
import type { VirtualLoop } from "holdfast/loops";

/**
 * Waits until every other task waits and nothing has become ready for `cushion` milliseconds. With 0, the default, no time
 * passes. Then what was set in motion has come to rest, and a test can look at it. Works in every run on a
 * `VirtualLoop`; the tasks of all runs on that loop count. (Trio's `wait_all_tasks_blocked`.)
 *
 * What is due at the same instant happens first. Of several such waits the one with the shortest cushion ends first, equal
 * ones end together. Waits on the outside world count as waiting; while they hold virtual time up, the cushion counts in
 * real milliseconds.
 *
 * Cancelled: throws `Cancelled` at once.
 * @throws Error in a run on another loop
 * @throws RangeError for NaN and negative durations
 * @example
 * group.spawn(reader);
 * await allBlocked();
 * console.log(lock.statistics().waiting); // 1
 */
export function allBlocked(cushion = 0): Coroutine<void> {
	if (typeof cushion !== "number" || !(cushion >= 0))
		throw new RangeError(`allBlocked: ${String(cushion)} is not a number of milliseconds, zero or more.`);
	return untilQuiet(cushion);
}

const untilQuiet: (cushion: number) => Coroutine<void> = /* @__PURE__ */ coroutine(function* allBlocked(
	cushion: number,
): Generator<unknown, void, never> {
	const loop = currentLoop() as Partial<VirtualLoop>;
	if (loop.whenQuiet === undefined)
		throw new Error(
			"allBlocked() was called in a run on a loop that cannot tell when nothing can run: use virtualRun(main), or run(main, { loop: new VirtualLoop() }).",
		);
	yield* suspend<void>((resume) => loop.whenQuiet?.(cushion, resume), { label: "allBlocked" });
});
