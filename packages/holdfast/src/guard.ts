import { currentNativeTask } from "#host";
import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { type Begin, invoke, runningTask } from "./invoke.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { type Code, Frame, link, type Run, suspended } from "./kernel/frame.ts";
import { state } from "./kernel/state.ts";
import { keep } from "./kernel/suppressed.ts";
import type { KernelTask } from "./kernel/task.ts";
import type { Runner } from "./runner.ts";

/**
 * What `acquire()` gives: proof of one acquisition, and the way to give it back. A second `release()` does nothing.
 *
 * @example
 * using guard = await lock.acquire();
 */
export interface Guard extends Disposable {
	release(): void;
}

/** A guard that calls `giveBack` once. */
export class OnceGuard implements Guard {
	#giveBack: (() => void) | null;

	constructor(giveBack: () => void) {
		this.#giveBack = giveBack;
	}

	release(): void {
		const giveBack = this.#giveBack;
		this.#giveBack = null;
		giveBack?.();
	}

	[Symbol.dispose](): void {
		this.release();
	}
}

/**
 * On whose behalf the running code asks. Native code awaits in tasks of their own, which end before the code that
 * asked does anything: what is acquired belongs to the task that called `acquire()`.
 */
export function asker(): KernelTask | null {
	return state.task ?? currentNativeTask();
}

/** Who holds what the running task has acquired for `asked`; `null` for code outside of every run. */
export function holder(asked: KernelTask | null, task: KernelTask): KernelTask | null {
	return asked ?? ((task.runner as Runner).implicit ? null : task);
}

/**
 * Acquires, calls `body`, and gives back on every path. Makes no task and no scope. The caller checks `body` before it
 * describes what is acquired.
 */
export function withGuard<T>(code: Code, acquire: LazyCoroutine<Guard>, body: () => Awaitable<T>): Coroutine<T> {
	return new LazyCoroutine<T>(beginWith, code, acquire, body);
}

const beginWith: Begin = (lazy) => {
	const frame = new Frame(onAcquired, lazy.code, null, lazy.a1);
	frame.deliveries = runningTask(lazy.code.name).deliveries;
	const guard = (lazy.a0 as LazyCoroutine<Guard>).begin();
	return guard === suspended ? link(frame) : hold(frame, guard as Guard);
};

const onAcquired: Run = (frame, input, thrown) => {
	if (thrown) throw input;
	return hold(frame, input as Guard);
};

function hold(frame: Frame, guard: Guard): unknown {
	frame.a0 = guard;
	frame.run = onEnded;
	let value: unknown;
	try {
		value = invoke(frame.a1 as () => unknown, []);
	} catch (error) {
		return onEnded(frame, error, true);
	}
	return value === suspended ? link(frame) : onEnded(frame, value, false);
}

const onEnded: Run = (frame, input, thrown) => {
	const guard = frame.a0 as Guard;
	frame.a0 = frame.a1 = null;
	if (!thrown) {
		guard.release();
		return input;
	}
	try {
		guard.release();
	} catch (error) {
		if (input instanceof Cancelled) throw error;
		keep(input, error, state.task);
	}
	throw input;
};
