import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";

/** The few members of `AsyncLocalStorage` that are used. */
interface Storage {
	run<T>(store: KernelTask, callback: () => T): T;
	getStore(): KernelTask | undefined;
}

interface HostGlobal {
	process?: { getBuiltinModule?: (name: string) => unknown };
}

let storage: Storage | null = null;

/** The task on whose behalf native (uncompiled) async code is running; `null` when that is not known. */
export function currentNativeTask(): KernelTask | null {
	return storage === null ? null : (storage.getStore() ?? null);
}

/**
 * Calls a native async function so that what it awaits later is still known to belong to the running task. Switches
 * `AsyncLocalStorage` on, where the host has it: on Node 20 and 22 that makes every await of the process slower.
 */
export function callNative<T>(fn: () => T): T {
	const { task } = state;
	if (task === null || !switchOn()) return fn();
	return (storage as Storage).run(task, fn);
}

function switchOn(): boolean {
	if (storage !== null) return true;
	const hooks = (globalThis as HostGlobal).process?.getBuiltinModule?.("node:async_hooks") as
		| { AsyncLocalStorage: new () => Storage }
		| undefined;
	if (hooks === undefined) return false;
	storage = new hooks.AsyncLocalStorage();
	return true;
}

/** Whether this is an `async function` of the engine itself. */
export function isNativeAsync(fn: (...args: never[]) => unknown): boolean {
	return (
		Object.prototype.toString.call(fn) === "[object AsyncFunction]" &&
		Function.prototype.toString.call(fn).startsWith("async")
	);
}
