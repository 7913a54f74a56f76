/** Takes back what was asked for; nothing happens if it has happened already. */
export type Cancel = () => void;

/** What a run tells its loop about itself, so that the loop can tell a standstill from a wait. */
export interface LoopWatch {
	/** Something outside the loop (a socket, a worker, a process) may still wake the run. */
	waitsOutside(): boolean;
	/** Something waits for a promise, of which nobody knows what will settle it. */
	waitsForPromise(): boolean;
	/**
	 * Nothing can ever wake the run again: it is cancelled and fails, at a second call without having cleaned up. `describe`
	 * gives the error, if there is more to say than that; it gets what the tasks wait for, a line each.
	 */
	deadlock(describe?: (waits: string) => Error): void;
}

/**
 * Supplies time and wake-ups to a run. The first three members are all that is needed; I/O lives elsewhere.
 * `callLater(delay, fn)` is `callAt(now() + delay, fn)`.
 */
export interface EventLoop {
	/** Milliseconds on a clock that never goes back. */
	now(): number;
	/** Calls `fn` soon, never before returning, first come, first served. */
	callSoon(fn: () => void): void;
	/** Calls `fn` not before `when`. The run keeps at most one such call armed. */
	callAt(when: number, fn: () => void): Cancel;
	/** Like `callSoon`, but timers and I/O of the host have their turn first. */
	yieldToHost?(fn: () => void): void;
	/** For how many milliseconds a run may go on before it yields to the host (default 1). */
	readonly slice?: number;
	/**
	 * Which of the `count` tasks that are left of a batch runs next, counted from 0. Without it: first come, first served. For
	 * tests that try other orders; see `seededSchedule` of `@holdfast/testing`.
	 */
	pick?(count: number): number;
	/** Its runs hold up the thread: operations take their synchronous form. */
	readonly blocks?: boolean;
	/** Called when a run starts on this loop; the result is called when it has ended. */
	watch?(run: LoopWatch): Cancel;
}
