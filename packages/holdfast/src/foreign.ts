import { suspended } from "./kernel/frame.ts";
import { isAbortReason } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask, Operation } from "./kernel/task.ts";

/** The method of a thenable. */
export type Then = (onFulfilled: (value: unknown) => void, onRejected: (reason: unknown) => void) => unknown;

const FOREIGN: Operation = {
	label: "a promise",
	abort(task) {
		task.runner.promises--;
		return true;
	},
};

const promiseThen = Promise.prototype.then;

/** The `then` of a thenable, read once; `undefined` for anything else. A throwing getter throws here. */
export function thenOf(value: unknown): Then | undefined {
	if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
	const { then } = value as { then?: unknown };
	return typeof then === "function" ? (then as Then) : undefined;
}

/** Under this symbol the promise of a bare call holds its task, for the copies of the library that share a kernel. */
export const taskKey: unique symbol = Symbol.for("holdfast.task/1") as never;

/** The kernel waits for something: if it is the promise of a bare call, it is observed. */
export function markObserved(value: unknown): void {
	try {
		const called = (value as { [taskKey]?: KernelTask } | null | undefined)?.[taskKey];
		if (called !== undefined) called.observed = true;
	} catch {
		// A thenable that refuses to be looked at.
	}
}

/** Whether `then` can be the engine's own, so that no job is needed to ask for it. */
function isPlainPromise(value: unknown): value is Promise<unknown> {
	try {
		return value instanceof Promise && value.constructor === Promise;
	} catch {
		return false;
	}
}

/** A rejection that comes when nobody waits any more. */
export function reportLate(task: KernelTask, reason: unknown): void {
	if (!isQuiet(reason)) task.runner.report(reason, "late-rejection", task);
}

/**
 * Waits for a promise or thenable. A cancelled task stops waiting at once; a rejection that comes later has
 * nobody else to go to and is reported.
 */
export function awaitForeign(value: unknown, then: Then, promptly: boolean): unknown {
	const task = state.task as KernelTask;
	const { blocking } = task.runner;
	if (blocking !== null) return blocking.awaitForeign(task, value);
	const interrupted = task.interruption !== null;
	if (!interrupted) {
		task.park(FOREIGN);
		task.runner.promises++;
	}
	const wait = task.wait;
	const heard =
		(thrown: boolean) =>
		(outcome: unknown): void => {
			if (!interrupted && task.wait === wait && task.operation === FOREIGN) {
				task.runner.promises--;
				if (promptly) task.runner.answer(task, outcome, thrown);
				else task.resume(outcome, thrown);
			} else if (thrown) reportLate(task, outcome);
		};
	const handlers: Handlers = [heard(false), heard(true)];
	markObserved(value);
	if (!isPlainPromise(value) || !hear(value, handlers))
		new Promise((resolve, reject) => queueMicrotask(() => adopt(task, value, then, resolve, reject))).then(...handlers);
	// Only now: a rejection has somewhere to go, whether it is waited for or not.
	if (interrupted) task.checkpoint();
	return suspended;
}

type Handlers = [(value: unknown) => void, (reason: unknown) => void];

/** Listens to a promise; tells whether it is one: a `Proxy` around a promise is not. */
function hear(promise: Promise<unknown>, handlers: Handlers): boolean {
	try {
		promiseThen.apply(promise, handlers);
		return true;
	} catch {
		return false;
	}
}

/** What a native async function does cannot be interrupted from outside; it is waited for in any case. */
const NATIVE: Operation = { abort: () => false, label: "a native async function" };

/** Whether a task waits for a native async function, whose code may be running. */
export function isInNative(task: KernelTask): boolean {
	return task.operation === NATIVE;
}

/**
 * Waits for a native async function that was given as `main`, body or task. A cancellation reaches it at its awaits of
 * coroutines, which throw `TaskCancelledError` there; when it leaves with that, it has been cancelled.
 */
export function awaitNative(promise: Promise<unknown>): typeof suspended {
	const task = state.task as KernelTask;
	task.park(NATIVE);
	task.runner.promises++;
	promiseThen.call(
		promise,
		(value) => {
			task.runner.promises--;
			task.resume(value);
		},
		(reason) => {
			task.runner.promises--;
			const blame = task.interruption;
			const stopped = blame !== null && isQuiet(reason);
			// An error of its cleanup: it was stopped all the same.
			if (blame !== null && !stopped) task.deliveries++;
			task.resumeThrow(stopped ? blame.cancelled : reason);
		},
	);
	return suspended;
}

/**
 * What the language does with a thenable, in a job of its own: only the first of its answers counts. An error that comes after
 * that, which the language drops, is reported.
 */
function adopt(
	task: KernelTask,
	value: unknown,
	then: Then,
	resolve: (value: unknown) => void,
	reject: (reason: unknown) => void,
): void {
	let answered = false;
	// In a list: without names, as the language's own are.
	const [succeed, fail] = [
		(outcome: unknown): void => {
			answered = true;
			resolve(outcome);
		},
		(reason: unknown): void => {
			if (answered) reportLate(task, reason);
			else {
				answered = true;
				reject(reason);
			}
		},
	] as const;
	try {
		Reflect.apply(then, value, [succeed, fail]);
	} catch (error) {
		fail(error);
	}
}

/** A cancellation that arrives late is no error of anybody. */
export function isQuiet(reason: unknown): boolean {
	try {
		const { code, name, cause } = (reason ?? {}) as { code?: unknown; name?: unknown; cause?: unknown };
		if (code === "HOLDFAST_CANCELLED" || code === "HOLDFAST_TASK_CANCELLED") return true;
		// Foreign code that was given a scope's signal rejects with its reason, with that as the cause, or with an abort of
		// its own making (a response whose body is being read).
		return name === "AbortError" || isAbortReason(cause);
	} catch {
		// Whatever it is, it cannot be read, so it is not ours.
		return false;
	}
}
