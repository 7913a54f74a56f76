import { ScopeMisuseError, TaskCancelledError } from "./errors.ts";
import { taskKey } from "./foreign.ts";
import { actingTask, iterate, Lazy, runningTask } from "./invoke.ts";
import type { Cancelled } from "./kernel/cancelled.ts";
import type { Context } from "./kernel/context.ts";
import { development } from "./kernel/development.ts";
import type { Code, Frame } from "./kernel/frame.ts";
import { hostContexts } from "./kernel/host-context.ts";
import { type Inspect, printed } from "./kernel/printed.ts";
import type { KernelRunner } from "./kernel/runner.ts";
import type { Scope } from "./kernel/scope.ts";
import { CANCELLED, DONE, FAILED, KernelTask, type Operation, PENDING } from "./kernel/task.ts";
import { decideLater, rememberOrigin } from "./observe.ts";
import type { Runner } from "./runner.ts";
import { recordPath } from "./task-path.ts";

/**
 * `pending`: not begun. `running`: begun; it may be waiting. `cancelling`: told to stop, its cleanup runs.
 * `done`, `failed`, `cancelled`: ended.
 */
export type TaskState = "pending" | "running" | "cancelling" | "done" | "failed" | "cancelled";

/** Spawned into a group: its failure is the group's. */
export const SPAWNED = 0;
/** Started by a bare call: its failure is that of whoever observes its promise, else the owner's. */
export const BARE = 1;
/** The main task of a run. */
export const MAIN = 2;

/**
 * A running computation of its own, owned by a scope that does not end before it.
 *
 * It can be awaited (`await task`, `yield* task`): that gives its value, throws the very error it failed with, or a
 * `TaskCancelledError` if it was cancelled; nobody is cancelled at a distance. Cancelling whoever awaits it does not
 * cancel the task.
 *
 * @example
 * await withTaskGroup(async (group) => {
 *   const user = group.spawn(fetchUser, id);
 *   show(await user);
 * });
 */
export interface Task<T = unknown> extends PromiseLike<T> {
	/** Unique in the process. */
	readonly id: number;
	/** The given name, else that of its function, else `task-` and its number. */
	readonly name: string;
	readonly state: TaskState;
	/** Whether it is done, failed or cancelled. */
	readonly ended: boolean;
	/**
	 * Stops this task alone, at its next wait; its owner goes on. Await the task to wait for its cleanup. Idempotent, and
	 * nothing happens once it has ended. `reason` is told to whoever asks why.
	 */
	cancel(reason?: string): void;
	/** A native promise of its outcome, always the same one. */
	readonly promise: Promise<T>;
	then<A = T, B = never>(
		onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
		onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
	): Promise<A | B>;
	catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B>;
	finally(onFinally?: (() => void) | null): Promise<T>;
	[Symbol.iterator](): Generator<never, T, unknown>;
}

/** The one implementation of `Task`: a kernel's task that can be awaited, also by foreign code. */
export class LiveTask<T = unknown> extends KernelTask implements Task<T> {
	readonly kind: number;
	#promise: Promise<T> | undefined;

	/** @internal */
	constructor(runner: Runner, home: Scope, context: Context, kind: number, name?: string | { readonly name: string }) {
		super(runner, home, context, name);
		this.kind = kind;
		if (hostContexts.capture !== null) this.hostContext = hostContexts.capture();
		runner.instrument?.taskStarted(this);
	}

	override toJSON(): object {
		return { ...super.toJSON(), state: this.state };
	}

	get state(): TaskState {
		switch (this.status) {
			case PENDING:
				return "pending";
			case DONE:
				return "done";
			case FAILED:
				return "failed";
			case CANCELLED:
				return "cancelled";
			default:
				return this.home?.soft || this.own?.reason || this.scope.soft ? "cancelling" : "running";
		}
	}

	/** The native promise of this task. */
	get promise(): Promise<T> {
		if (this.#promise === undefined) {
			const promise = this.#makePromise() as TaskPromise<T>;
			promise[taskKey] = this;
			promise[Symbol.iterator] = iteratePromise;
			if (development) promise[printed] = printPromise;
			this.runner.blocking?.made(promise);
			this.#promise = promise;
		}
		return this.#promise;
	}

	#makePromise(): Promise<T> {
		switch (this.status) {
			case DONE:
				return Promise.resolve(this.outcome as T);
			case FAILED:
				return Promise.reject(this.outcome);
			case CANCELLED:
				return this.#quiet(Promise.reject(this.error));
			default:
				return new Promise((resolve, reject) => {
					this.onEnd(() => {
						if (this.status === DONE) resolve(this.outcome as T);
						else reject(this.error);
						if (this.status === CANCELLED) this.#quiet(this.promise);
					});
				});
		}
	}

	/** A promise in the same state, and with nothing of ours on it; nobody hears of its rejection. */
	like(): Promise<T> {
		const like = this.ended ? this.#makePromise() : new Promise<T>(() => {});
		like.then(undefined, () => {});
		return like;
	}

	/** A cancellation that nobody looks at is nobody's failure. */
	#quiet(promise: Promise<T>): Promise<T> {
		promise.then(undefined, () => {});
		(this.runner as Runner).awaitsHost = true;
		return promise;
	}

	/** What awaiting this ended task throws. */
	get error(): unknown {
		if (this.status !== CANCELLED) return this.outcome;
		let error = cancellations.get(this);
		if (error === undefined) {
			error = new TaskCancelledError(`The task ${this.name} was cancelled: ${(this.outcome as Cancelled).message}`);
			cancellations.set(this, error);
		}
		return error;
	}

	// biome-ignore lint/suspicious/noThenProperty: a task is awaited like a promise
	then<A = T, B = never>(
		onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
		onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
	): Promise<A | B> {
		return this.promise.then(onFulfilled, onRejected);
	}

	catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
		return this.promise.catch(onRejected);
	}

	finally(onFinally?: (() => void) | null): Promise<T> {
		return this.promise.finally(onFinally);
	}

	[Symbol.iterator](): Generator<never, T, unknown> {
		return iterate(new Lazy<T>(beginJoin, JOIN_CODE, this));
	}

	override awaited(): unknown {
		return join(this);
	}

	override awaitedAsCall(): unknown {
		return joinCall(this);
	}

	override misuse(frame: Frame | null): Error {
		return new ScopeMisuseError(
			`${frame?.code?.name || this.name} started a wait and did not suspend: await a coroutine, or use yield* with it; spread, for…of and next() cannot wait.`,
		);
	}

	/** Whoever awaits the task itself has its error: the host need not look for anybody else. */
	quiet(): void {
		this.#promise?.then(undefined, () => {});
	}

	override ending(home: Scope): void {
		if (this.status !== FAILED) return;
		recordPath(this.outcome, this);
		const promise = this.#promise;
		if (promise !== undefined) {
			rememberOrigin(this.outcome, this);
			if (this.observed) this.quiet();
		}
		if (this.kind === SPAWNED) home.fail(this.outcome, this);
		else if (this.kind === BARE && !this.observed) decideLater(this, home);
	}
}

/** What awaiting a cancelled task throws: always the same error. */
const cancellations: WeakMap<object, TaskCancelledError> = /* @__PURE__ */ new WeakMap();

/** The task that is running. @throws ScopeMisuseError outside of every task */
export function currentTask(): Task {
	return actingTask("currentTask()") as LiveTask;
}

interface TaskPromise<T> extends Promise<T> {
	[taskKey]?: LiveTask<T>;
	[printed]?: typeof printPromise;
	[Symbol.iterator]?: () => Generator<never, T, unknown>;
}

/** The task behind the promise of a bare call; `undefined` for any other promise. */
export function taskOf<T>(promise: PromiseLike<T>): Task<T> | undefined {
	return (promise as TaskPromise<T> | null | undefined)?.[taskKey];
}

/** `yield* f(x)` in a generator coroutine: as `await f(x)`. */
function iteratePromise(this: TaskPromise<unknown>): Generator<never, never, unknown> {
	return iterate(new Lazy(beginCallJoin, JOIN_CODE, this[taskKey]));
}

/** Promises that are being printed: one may hold itself. */
const printing: Set<object> = /* @__PURE__ */ new Set();

/** It is printed as the promise of a native async function is. */
function printPromise(this: TaskPromise<unknown>, depth: number, options: object, inspect: Inspect): string {
	if (printing.has(this)) return "[Circular *1]";
	printing.add(this);
	try {
		return inspect(this[taskKey]?.like(), { ...options, depth });
	} finally {
		printing.delete(this);
	}
}

const JOIN_CODE: Code = { name: "await of a task", place: () => undefined };

function beginJoin(frame: { a0: unknown }): unknown {
	return join(frame.a0 as LiveTask);
}

/** A call that became a task only because its caller is not compiled: it is cancelled with the caller, and shares its context. */
function beginCallJoin(lazy: { a0: unknown }): unknown {
	return joinCall(lazy.a0 as LiveTask);
}

function joinCall(task: LiveTask): unknown {
	const caller = runningTask("yield* of a call");
	const { context } = caller;
	const adopt = (): void => {
		if (task.isCall && caller.context === context) caller.context = task.context;
	};
	if (task.ended) adopt();
	else task.onEnd(adopt);
	return join(task, true);
}

class Join implements Operation {
	readonly label: string;
	readonly #target: LiveTask;
	readonly #along: boolean;
	readonly #outside: KernelRunner | null;
	readonly #wake: () => void;

	constructor(waiter: KernelTask, target: LiveTask, along: boolean) {
		this.label = `task ${target.name}`;
		this.#target = target;
		this.#along = along;
		this.#wake = () => {
			if (this.#outside !== null) this.#outside.outside--;
			// A call that was stopped together with its caller.
			const blame = along ? waiter.interruption : null;
			if (target.status === DONE) waiter.resume(target.outcome);
			else if (blame !== null && target.status === CANCELLED) waiter.resumeThrow(blame.cancelled);
			else {
				// An error of its cleanup: it was stopped all the same.
				if (blame !== null) waiter.deliveries++;
				waiter.resumeThrow(target.error);
			}
		};
		// Another run may go on by another clock: what it does is the outside world.
		this.#outside = target.runner === waiter.runner ? null : waiter.runner;
		if (this.#outside !== null) this.#outside.outside++;
		target.onEnd(this.#wake);
	}

	abort(): boolean {
		if (this.#along) {
			stop(this.#target);
			return false;
		}
		if (this.#outside !== null) this.#outside.outside--;
		this.#target.offEnd(this.#wake);
		this.#target.observed = false;
		return true;
	}
}

/** Stops a task, unless it stands in a cancelled scope and so is stopped already: then the grace of that scope holds. */
function stop(task: LiveTask): void {
	if (task.home?.soft === null) task.cancel();
}

/** Waits for a task on the running one. With `along`, cancelling the waiter cancels the task and waits for it. */
export function join(target: LiveTask, along = false): unknown {
	const waiter = runningTask("Awaiting a task");
	if (!along) waiter.checkpoint();
	target.observed = true;
	if (target.status === DONE) return target.outcome;
	if (target.ended) {
		// A call that was stopped together with its caller.
		if (target.status === CANCELLED) waiter.checkpoint();
		target.quiet();
		throw target.error;
	}
	if (target === waiter) throw new ScopeMisuseError(`The task ${target.name} waits for itself, which would never end.`);
	const { blocking } = waiter.runner;
	if (blocking !== null && target.runner.blocking !== blocking) return blocking.refuse(waiter, target.name, "task");
	// A call in a cancelled scope ends like any other: its cleanup is waited for.
	if (waiter.interruption !== null) stop(target);
	return waiter.park(new Join(waiter, target, along));
}
