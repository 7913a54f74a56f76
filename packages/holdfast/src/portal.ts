import { beginContexts, currentNativeTask } from "#host";
import { type EntryResult, WATCHED } from "./entries.ts";
import { ClosedResourceError, type TaskCancelledError } from "./errors.ts";
import { invoke, settle } from "./invoke.ts";
import { type Context, EMPTY_CONTEXT } from "./kernel/context.ts";
import { Frame } from "./kernel/frame.ts";
import type { Scope } from "./kernel/scope.ts";
import { DEPTH_LIMIT, state } from "./kernel/state.ts";
import { CANCELLED, DONE, type KernelTask } from "./kernel/task.ts";
import { apart } from "./loops/apart.ts";
import { hostLoop } from "./loops/host.ts";
import { scopeAround } from "./nearest-scope.ts";
import { reportError } from "./report-error.ts";
import { beginCall, Runner } from "./runner.ts";
import { isOpen } from "./scope-frame.ts";
import { LiveTask, type Task } from "./task.ts";

/** What foreign code is told when a call that it has started, and its cleanup, are over: exactly one of them, once. */
export interface Outcome<T> {
	done(value: T): void;
	failed(error: unknown): void;
	/** It was stopped, by its task's `cancel()` or with its scope. Default: `failed(error)`. */
	cancelled?(error: TaskCancelledError): void;
}

/** Where foreign code starts calls. See `openPortal`. */
export interface Portal {
	/**
	 * Starts a call at once, up to its first wait, with a copy of the portal's context. What it ends with is told to `outcome`
	 * alone, in the moment in which it ends, outside of every task. What `outcome` throws is reported.
	 *
	 * Cancelled with the scope of the portal, or by `task.cancel()`. If the scope has ended `failed` is told so, by
	 * `ClosedResourceError`.
	 */
	start<E>(call: E, outcome: Outcome<EntryResult<E>>, options?: StartOptions): Task<EntryResult<E>> | undefined;
}

/** Options of `portal.start`. */
export interface StartOptions {
	/** Arguments for a call that is a function. */
	readonly args?: readonly unknown[];
	/** For paths and dumps (default: that of the function). */
	readonly name?: string;
}

/**
 * A door for foreign code that calls in: callbacks, other libraries' runtimes, adapters for them. What is started through it
 * is a task of the nearest scope, group or task around the code that has opened it, which does not end before it does. Opened
 * outside of every run, and of every scope there, it starts what it is given on behalf of whoever starts it, else under a root of
 * its own.
 *
 * It needs no closing. (anyio's `BlockingPortal`.)
 * @example
 * const portal = openPortal();
 * legacy.onMessage((message) => portal.start(() => handle(message), { done: message.ack, failed: message.reject }));
 */
export function openPortal(): Portal {
	return new Door(state.task ?? currentNativeTask());
}

class Door implements Portal {
	readonly #scope: Scope | null;
	readonly #context: Context | null;

	constructor(task: KernelTask | null) {
		this.#scope = task === null ? null : scopeAround(task);
		this.#context = task === null ? null : task.context;
	}

	start<E>(
		call: E,
		outcome: Outcome<EntryResult<E>>,
		{ args = [], name = nameOf(call) }: StartOptions = {},
	): Task<EntryResult<E>> | undefined {
		const caller = state.task ?? currentNativeTask();
		const around = this.#scope === null && caller !== null ? scopeAround(caller) : null;
		const scope = this.#scope ?? around ?? rootOf(name);
		if (!isOpen(scope)) {
			const what = name === "" ? "A call" : `${name}()`;
			const error = new ClosedResourceError(
				`${what} was started by foreign code, but the scope to which it belongs has ended: convert it inside the scope in which it is used.`,
			);
			tell(() => outcome.failed(error), undefined);
			return undefined;
		}
		const runner = scope.runner as Runner;
		const context = this.#context ?? (around !== null ? (caller as KernelTask).context : EMPTY_CONTEXT);
		const task = new LiveTask<EntryResult<E>>(runner, scope, context, WATCHED, name || undefined);
		task.onEnd(() => tell(() => deliver(task, outcome), task));
		const first = new Frame(beginCall, null, () => callEntry(call, args));
		if (state.depth < DEPTH_LIMIT) runner.startNow(task, first);
		else {
			task.top = first;
			runner.ready(task);
		}
		return task;
	}
}

function rootOf(name: string): Scope {
	beginContexts();
	return new Runner(hostLoop(), { name: name || "outside", implicit: true }).base;
}

function deliver<T>(task: LiveTask<T>, outcome: Outcome<T>): void {
	if (task.status === DONE) outcome.done(task.outcome as T);
	else if (task.status === CANCELLED && outcome.cancelled !== undefined)
		outcome.cancelled(task.error as TaskCancelledError);
	else outcome.failed(task.error);
}

/** Calls foreign code: it runs in nobody's name, and what it throws is nobody's but the run's to hear. */
export function tell(call: () => void, task: Task | undefined): void {
	apart(() => {
		try {
			call();
		} catch (error) {
			reportError(error, task);
		}
	});
}

/** Calls a function, or awaits anything else, on the running task. */
export function callEntry(entry: unknown, args: readonly unknown[] = []): unknown {
	return typeof entry === "function" ? invoke(entry as () => unknown, args) : settle(entry);
}

export function nameOf(entry: unknown): string {
	if (typeof entry === "function") return entry.name;
	const { code, name } = (entry ?? {}) as { code?: { name?: string }; name?: unknown };
	return code?.name ?? (typeof name === "string" ? name : "");
}
