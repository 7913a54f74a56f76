import { type AsyncHooks, asyncHooks, runQuietly } from "./async-context.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";
import { stepping } from "./library-step.ts";

let storage: InstanceType<AsyncHooks["AsyncLocalStorage"]> | null = null;

/** The task on whose behalf native (uncompiled) async code is running, or that of another runner; `null` when that is not known. */
export function currentNativeTask(): KernelTask | null {
	return stepping.current === null ? ((storage?.getStore() as KernelTask | undefined) ?? null) : stepping.current.task;
}

/**
 * Calls a native async function so that what it awaits later is still known to belong to the running task. Switches
 * `AsyncLocalStorage` on, where the host has it: on Node 20 and 22 that makes every await of the process slower.
 */
export function callNative<T>(fn: () => T): T {
	const { task } = state;
	if (task === null) return fn();
	if (storage === null) {
		const hooks = asyncHooks();
		if (hooks === undefined) return fn();
		storage = new hooks.AsyncLocalStorage();
	}
	return runQuietly(storage, task, fn);
}
