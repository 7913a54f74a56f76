import { type Coroutine, direct, LazyCoroutine } from "./coroutine.ts";
import { actingTask, type Begin, describe, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask, Operation } from "./kernel/task.ts";
import { Timer } from "./kernel/timers.ts";

const SLEEP: Code = { name: "sleep", place: () => undefined };
const CHECKPOINT: Code = { name: "checkpoint", place: () => undefined };

/**
 * Waits for at least this many milliseconds on the run's clock, counted from when it is awaited.
 * `sleep(0)` lets everything else that is ready run first.
 *
 * Cancelled: throws `Cancelled` at once.
 * @throws RangeError for NaN and negative durations
 * @example
 * await sleep(250);
 */
export const sleep: (milliseconds: number) => Coroutine<void> = /* @__PURE__ */ direct(
	function sleep(milliseconds: number): Coroutine<void> {
		checkMilliseconds(milliseconds);
		return new LazyCoroutine<void>(beginSleep, SLEEP, milliseconds);
	},
	SLEEP,
	(_call, _input, milliseconds: number) => {
		checkMilliseconds(milliseconds);
		return sleepFor(state.task as KernelTask, milliseconds);
	},
);

/**
 * Waits until an instant of the run's clock (see `now()`). An instant of the past passes like `sleep(0)`.
 * @throws RangeError for NaN
 */
export function sleepUntil(at: number): Coroutine<void> {
	if (typeof at !== "number" || Number.isNaN(at))
		throw new RangeError(`sleepUntil: ${describe(at)} is not an instant on the clock of now().`);
	return new LazyCoroutine<void>(beginSleepUntil, SLEEP_UNTIL, at);
}

/** Waits until it is cancelled. */
export function sleepForever(): Coroutine<never> {
	return new LazyCoroutine<never>(beginForever, FOREVER);
}

/**
 * Lets everything else that is ready run first, and notices cancellation and deadlines. For long computations.
 * (Trio's `checkpoint`.)
 */
export const checkpoint: () => Coroutine<void> = /* @__PURE__ */ direct(
	function checkpoint(): Coroutine<void> {
		return new LazyCoroutine<void>(beginCheckpoint, CHECKPOINT);
	},
	CHECKPOINT,
	() => giveWay(state.task as KernelTask),
);

/** The time on the running task's clock in milliseconds; what `deadline` and `sleepUntil` count on. */
export function now(): number {
	return actingTask("now()").runner.now();
}

const SLEEP_UNTIL: Code = { name: "sleepUntil", place: () => undefined };
const FOREVER: Code = { name: "sleepForever", place: () => undefined };

const beginSleep: Begin = (lazy) => sleepFor(runningTask("sleep"), lazy.a0 as number);

function sleepFor(task: KernelTask, milliseconds: number): unknown {
	return milliseconds === 0 ? giveWay(task) : sleepOn(task, task.runner.now() + milliseconds);
}

function checkMilliseconds(milliseconds: number): void {
	if (typeof milliseconds !== "number" || !(milliseconds >= 0))
		throw new RangeError(`sleep: ${describe(milliseconds)} is not a number of milliseconds, zero or more.`);
}

const beginSleepUntil: Begin = (lazy) => {
	const task = runningTask("sleepUntil");
	const at = lazy.a0 as number;
	return at <= task.runner.now() ? giveWay(task) : sleepOn(task, at);
};

const beginForever: Begin = () => {
	const task = runningTask("sleepForever");
	task.checkpoint();
	task.runner.forever++;
	return task.park(ENDLESS);
};

const beginCheckpoint: Begin = () => giveWay(runningTask("checkpoint"));

const ENDLESS: Operation = {
	label: "sleepForever",
	abort(task) {
		task.runner.forever--;
		return true;
	},
};

/** A timer that is also what its task is parked on. */
class Sleep extends Timer implements Operation {
	readonly #task: KernelTask;

	constructor(task: KernelTask) {
		super();
		this.#task = task;
	}

	get label(): string {
		return "sleep";
	}

	override fire(): void {
		this.#task.resume(undefined);
	}

	abort(task: KernelTask): boolean {
		task.runner.disarm(this);
		return true;
	}
}

function sleepOn(task: KernelTask, until: number): unknown {
	task.checkpoint();
	const { blocking } = task.runner;
	if (blocking !== null && !blocking.canSleep) return blocking.refuse(task, "sleep", "sleep");
	const timer = new Sleep(task);
	if (until !== Number.POSITIVE_INFINITY) task.runner.arm(timer, until);
	return task.park(timer);
}

/** Parks the running task behind everything that is ready. */
export function giveWay(task: KernelTask): unknown {
	task.checkpoint();
	return task.giveWay();
}
