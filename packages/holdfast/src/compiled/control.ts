import { Cancelled } from "../kernel/cancelled.ts";
import { SLICE } from "../kernel/runner.ts";
import { state } from "../kernel/state.ts";
import { keep } from "../kernel/suppressed.ts";
import type { KernelTask } from "../kernel/task.ts";
import { giveWay } from "../sleep.ts";

/** First in every `catch`: a cancellation goes on while its scope is cancelled. */
export function caught(error: unknown): void {
	if (error instanceof Cancelled && isBinding()) throw error;
}

/** Whether an error is a cancellation that nothing may stop. */
export function cancelled(error: unknown): Cancelled | null {
	return error instanceof Cancelled && isBinding() ? error : null;
}

function isBinding(): boolean {
	const { task } = state;
	if (task === null) return false;
	return task.interruption !== null;
}

/** The error that leads to a `finally`. */
export function led(error: unknown): { readonly error: unknown } {
	return { error };
}

/** What a `finally` throws that has failed itself: its error, with the one that led to it kept beside it. */
export function both(first: { readonly error: unknown } | undefined, error: unknown): unknown {
	if (first === undefined || first.error instanceof Cancelled) return error;
	// The grace has cut the cleanup: the error that led there is the one to see.
	if (error instanceof Cancelled) return first.error;
	keep(error, first.error, state.task);
	return error;
}

/** A `finally` begins: its awaits run although the scope is cancelled, until the grace has passed. */
export function cleanupEnter(): number {
	const { task } = state;
	if (task === null) return 0;
	return task.cleanup++;
}

export function cleanupLeave(depth: number): void {
	const { task } = state;
	if (task !== null) task.cleanup = depth;
}

/** At the head of a loop that has gone round often: whether the task was parked, because it is the host's turn. */
export function budget(): boolean {
	const task = state.task as KernelTask;
	state.spare = SLICE;
	if (!task.runner.overBudget(SLICE)) return false;
	giveWay(task);
	return true;
}

/** `super.m(…)` without `await` in a body that was moved out of its method; fails in the engine's own words. */
export function superCall(text: string, f: unknown, receiver: unknown, args: readonly unknown[]): unknown {
	if (typeof f !== "function") throw new TypeError(`${text} is not a function`);
	return Reflect.apply(f, receiver, args);
}

/** `super.key` in a body that was moved out of its method. */
export function superGet(home: object, key: PropertyKey, receiver: unknown): unknown {
	return Reflect.get(Object.getPrototypeOf(home) as object, key, receiver);
}

export function superSet(home: object, key: PropertyKey, value: unknown, receiver: unknown): unknown {
	if (!Reflect.set(Object.getPrototypeOf(home) as object, key, value, receiver))
		throw new TypeError(`Cannot assign to read only property '${String(key)}' of object`);
	return value;
}
