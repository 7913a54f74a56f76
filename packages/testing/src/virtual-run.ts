import { type Awaitable, ContextVar, type Coroutine, coroutine, type RunOptions, run, suspend } from "holdfast";
import { type Cancel, VirtualLoop } from "holdfast/loops";

/** Also knows when something last became ready. */
class WatchedLoop extends VirtualLoop {
	lastActive = 0;

	override callSoon(fn: () => void): void {
		this.lastActive = this.now();
		super.callSoon(fn);
	}
}

const currentLoop: ContextVar<WatchedLoop | undefined> = /* @__PURE__ */ new ContextVar("virtual loop", {
	default: undefined as WatchedLoop | undefined,
});

/**
 * `run` on virtual time: the clock starts at 0, stands still while anything can run, and jumps to the next deadline
 * when everything waits. An hour of sleep takes no time, and always ends at the same instant.
 *
 * Real I/O is waited for without a jump only if it is marked as a wait on the outside world, as `holdfast/fetch` is.
 *
 * @throws DeadlockError when everything waits and no deadline is left
 * @example
 * await virtualRun(async () => {
 *   await sleep(3_600_000);
 *   console.log(now()); // 3600000
 * });
 */
export function virtualRun<T>(main: () => Awaitable<T>, options: Omit<RunOptions, "loop" | "args"> = {}): Promise<T> {
	// `run` says what is wrong with it.
	if (typeof main !== "function") return run(main, options);
	const loop = new WatchedLoop();
	const inside = coroutine(function* (): Generator<unknown, T, never> {
		return yield* currentLoop.with(loop, main);
	});
	return run(inside, { name: main.name || "main", ...options, loop });
}

/**
 * Waits until every other task waits and nothing has happened for `cushion` milliseconds of virtual time. With 0, the
 * default, no time passes. Then what was set in motion has come to rest, and a test can look at it.
 * (Trio's `wait_all_tasks_blocked`.)
 *
 * Cancelled: throws `Cancelled` at once.
 * @throws Error outside of `virtualRun`
 * @throws RangeError for NaN and negative durations
 * @example
 * group.spawn(reader);
 * await allBlocked();
 * console.log(lock.statistics().waiting); // 1
 */
export function allBlocked(cushion = 0): Coroutine<void> {
	if (!(cushion >= 0)) throw new RangeError(`allBlocked: ${cushion} is not a number of milliseconds, zero or more.`);
	return untilQuiet(cushion);
}

const untilQuiet: (cushion: number) => Coroutine<void> = /* @__PURE__ */ coroutine(function* allBlocked(
	cushion: number,
): Generator<unknown, void, never> {
	const loop = currentLoop.get();
	if (loop === undefined)
		throw new Error("allBlocked() was called outside of virtualRun(): only its clock knows when nothing can run.");
	yield* suspend<void>(
		(resume) => {
			// An alarm of this loop rings only when nothing can run.
			let cancel: Cancel;
			const look = (): void => {
				const end = loop.lastActive + cushion;
				if (end > loop.now()) cancel = loop.callAt(end, look);
				else resume();
			};
			cancel = loop.callAt(loop.now(), look);
			return () => cancel();
		},
		{ label: "allBlocked" },
	);
});
