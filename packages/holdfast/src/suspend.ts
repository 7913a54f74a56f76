import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { type Begin, describe, runningTask, settle } from "./invoke.ts";
import type { Cancelled, CancelReason } from "./kernel/cancelled.ts";
import type { Code } from "./kernel/frame.ts";
import type { KernelTask, Operation } from "./kernel/task.ts";

/** Wakes a suspended task: `resume(value)` or `resume.throw(error)`. Only the first call counts. */
export interface Resume<T> {
	(value: T): void;
	throw(error: unknown): void;
}

/**
 * Takes back what was started, because the task was cancelled; asked once. Returning `false` refuses: the task stays
 * until it is resumed.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: an abort that returns nothing agrees
export type Abort = (reason: CancelReason) => boolean | void;

/** How to wait. */
export interface SuspendOptions {
	/** What `dumpTasks()` shows. */
	readonly label?: string;
	/** The wake-up comes from the outside world: virtual time does not jump while it is awaited. */
	readonly outside?: boolean;
}

/**
 * The one primitive that waits; everything else is built on it. `start` is called when the coroutine is awaited and
 * gets `resume`; it returns how to abort the wait, or nothing if it cannot be aborted.
 *
 * A task that was resumed gets that result, even if it is cancelled in the same moment: what was delivered is not lost.
 * An abort that throws resumes the task with that error.
 *
 * @example
 * const nextClick = suspend<MouseEvent>((resume) => {
 *   button.addEventListener("click", resume, { once: true });
 *   return () => button.removeEventListener("click", resume);
 * });
 */
// biome-ignore lint/suspicious/noConfusingVoidType: returning nothing is how a wait says that it cannot be aborted
export function suspend<T>(start: (resume: Resume<T>) => Abort | void, options?: SuspendOptions): Coroutine<T> {
	if (typeof start !== "function")
		throw new TypeError(`suspend() takes a function that gets resume, not ${describe(start)}.`);
	return new LazyCoroutine<T>(beginSuspend, SUSPEND, start, options);
}

const SUSPEND: Code = { name: "suspend", place: () => undefined };

const beginSuspend: Begin = (lazy) => {
	const task = runningTask("suspend");
	task.checkpoint();
	const options = lazy.a1 as SuspendOptions | undefined;
	const { blocking } = task.runner;
	if (options?.outside && blocking !== null) return blocking.refuse(task, options.label ?? "suspend");
	const wait = new Wait(task, options);
	return wait.start(lazy.a0 as (resume: Resume<unknown>) => Abort | undefined);
};

class Wait implements Operation {
	readonly label: string;
	readonly #task: KernelTask;
	readonly #outside: boolean;
	#abort: Abort | undefined;
	#started = false;

	constructor(task: KernelTask, options: SuspendOptions | undefined) {
		this.#task = task;
		this.label = options?.label ?? "suspend";
		this.#outside = options?.outside ?? false;
	}

	start(start: (resume: Resume<unknown>) => Abort | undefined): unknown {
		const task = this.#task;
		if (this.#outside) task.runner.outside++;
		const parked = task.park(this);
		const resume = ((value: unknown) => {
			if (this.#end()) task.resume(value);
		}) as Resume<unknown>;
		resume.throw = this.#thrower();
		let abort: unknown;
		try {
			abort = start(resume);
		} catch (error) {
			resume.throw(error);
			return parked;
		}
		if (abort !== undefined && typeof abort !== "function") {
			resume.throw(
				new TypeError(
					`suspend: start returned ${describe(abort)}; return a function that aborts the wait, or nothing.`,
				),
			);
			return parked;
		}
		this.#abort = abort as Abort | undefined;
		// `start` may have cancelled the scope around it.
		this.#started = true;
		if (task.operation === this) {
			task.asked = false;
			task.interrupt();
		}
		return parked;
	}

	/**
	 * Not written where it is assigned: V8 makes functions that are assigned to a property in the old generation, and thousands of
	 * them a second start one great collection after the other.
	 */
	#thrower(): (error: unknown) => void {
		return (error) => {
			if (this.#end()) this.#task.resumeThrow(error);
		};
	}

	abort(task: KernelTask, cancelled: Cancelled): boolean {
		if (!this.#started || this.#abort === undefined) return false;
		try {
			if (this.#abort(cancelled.reason) === false) return false;
		} catch (error) {
			if (this.#end()) task.resumeThrow(error);
			return false;
		}
		return this.#end();
	}

	/** Whether the wait was still on; it is not any more. */
	#end(): boolean {
		if (this.#task.operation !== this) return false;
		if (this.#outside) this.#task.runner.outside--;
		return true;
	}
}

/**
 * Awaits something foreign in a generator coroutine: a promise, a thenable, or a plain value.
 * A cancelled task stops waiting at once; a rejection that comes after that is reported.
 *
 * @example
 * const response = yield* until(fetch(url));
 */
export function until<T>(foreign: PromiseLike<T> | T): Coroutine<Awaited<T>> {
	return new LazyCoroutine<Awaited<T>>(beginUntil, UNTIL, foreign);
}

const UNTIL: Code = { name: "until", place: () => undefined };

const beginUntil: Begin = (lazy) => settle(lazy.a0);
