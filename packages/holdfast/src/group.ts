import { currentNativeTask } from "#host";
import type { Context } from "./context-var.ts";
import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import {
	BusyResourceError,
	ForeignRunnerError,
	GroupClosedError,
	ScopeMisuseError,
	StartedError,
	TaskGroupError,
} from "./errors.ts";
import { isInNative } from "./foreign.ts";
import { actingTask, type Begin, describe, entryOf, runningTask } from "./invoke.ts";
import { EMPTY_CONTEXT } from "./kernel/context.ts";
import { development } from "./kernel/development.ts";
import { type Code, Frame, link } from "./kernel/frame.ts";
import { printAs } from "./kernel/printed.ts";
import { type Failure, Scope } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import { DONE, FAILED, type KernelTask, type Operation, type Owner } from "./kernel/task.ts";
import { moveTasks } from "./move-tasks.ts";
import { type Runner, startCall } from "./runner.ts";
import { closeScope, leaveWhenEnded, openScope } from "./scope-frame.ts";
import {
	type CancelScope,
	checkBody,
	checkDuration,
	checkInstant,
	checkName,
	checkOptions,
	type ScopeOptions,
	scoped,
} from "./scopes.ts";
import { namedAfter } from "./spawn-place.ts";
import { LiveTask, SPAWNED, type Task } from "./task.ts";

/** What can be spawned: a compiled, `coroutine()`, generator, native async or plain function. */
export type Spawnable<Args extends readonly unknown[], T> = (...args: Args) => Awaitable<T>;

/** A scope that owns tasks and does not end before they do. */
export interface TaskGroup extends CancelScope {
	/**
	 * Starts a task, which begins with the next batch, with a copy of the spawner's context.
	 * @throws GroupClosedError when the group has ended
	 */
	spawn<Args extends readonly unknown[], T>(fn: Spawnable<Args, T>, ...args: Args): Task<T>;
	/** `spawn` with a name for paths and dumps, or with a context. */
	spawnWith<Args extends readonly unknown[], T>(options: SpawnOptions, fn: Spawnable<Args, T>, ...args: Args): Task<T>;
	/**
	 * Starts a task and waits until it calls `started(value)`, which it gets as its first argument. Until then it belongs
	 * to the caller: its failure is thrown here, and cancelling the caller cancels it. From then on it belongs to the group.
	 * (Trio's `nursery.start`.)
	 * @throws StartedError when it ends without having called `started`
	 */
	start<V, Args extends readonly unknown[], T>(
		fn: (started: Started<V>, ...args: Args) => Awaitable<T>,
		...args: Args
	): Coroutine<V>;
	/** The tasks that have not ended, in order of their start. */
	readonly tasks: readonly Task[];
	/** The values of the tasks, as they end; ends when no task is left. */
	results<T = unknown>(): AsyncIterableIterator<T>;
	/** Waits for all tasks; only for a group from `openTaskGroup`. */
	join(): Coroutine<void>;
}

/** Tells `start` that the task is ready. May be called once. */
export type Started<V> = (value: V) => void;

/** Options of `spawnWith`. */
export interface SpawnOptions {
	/** For paths, dumps and messages (default: the name of the function). */
	name?: string;
	/** What `copyContext()` gave (default: the spawner's context, as it is at the call). */
	context?: Context;
}

/** Options of `withTaskGroup` and `openTaskGroup`. Times are in milliseconds. */
export interface TaskGroupOptions {
	/** For paths, dumps and messages. */
	name?: string;
	/** `"first"` (default): the group throws its first failure, the same object, with `suppressedErrors`. `"group"`: a `TaskGroupError` of all. */
	errors?: "first" | "group";
	/** How long cleanup may go on after a cancellation (default: that of the scope around it). */
	grace?: number;
	/** An instant on the clock of `now()` at which the group is cancelled. */
	deadline?: number;
	/** The same, counted from when the group is entered. The earlier of both holds. */
	timeout?: number;
}

const SPAWN_OPTIONS = ["name", "context"];
const GROUP_OPTIONS = ["name", "errors", "grace", "deadline", "timeout"];

/** The one implementation of `TaskGroup`. */
export class Group extends Scope implements TaskGroup {
	static {
		if (development) printAs(Group, "TaskGroup");
	}

	readonly #errors: unknown[] | null;
	#results: Results | null = null;

	constructor(options: TaskGroupOptions) {
		super(options.name);
		this.#errors = options.errors === "group" ? [] : null;
	}

	spawn<Args extends readonly unknown[], T>(fn: Spawnable<Args, T>, ...args: Args): Task<T> {
		this.checkOpen("spawn", fn);
		return spawnInto<T>(this, undefined, undefined, fn, args);
	}

	spawnWith<Args extends readonly unknown[], T>(options: SpawnOptions, fn: Spawnable<Args, T>, ...args: Args): Task<T> {
		checkOptions("spawnWith", options, SPAWN_OPTIONS);
		checkName("spawnWith", options.name);
		this.checkOpen("spawn", fn);
		return spawnInto<T>(this, options.name, options.context, fn, args);
	}

	start<V, Args extends readonly unknown[], T>(
		fn: (started: Started<V>, ...args: Args) => Awaitable<T>,
		...args: Args
	): Coroutine<V> {
		checkBody("start", fn);
		return new LazyCoroutine<V>(beginStart, START, this, fn, args);
	}

	get tasks(): readonly Task[] {
		const tasks: Task[] = [];
		for (let task = this.firstOwned; task !== null; task = task.nextOwned) tasks.push(task as LiveTask);
		return tasks;
	}

	results<T = unknown>(): AsyncIterableIterator<T> {
		this.#results ??= new Results(this);
		return this.#results as unknown as AsyncIterableIterator<T>;
	}

	join(): Coroutine<void> {
		return makeLeave(this, JOIN, true);
	}

	[Symbol.asyncDispose](): Coroutine<void> {
		return makeLeave(this, DISPOSE, false);
	}

	override disown(task: KernelTask): void {
		super.disown(task);
		this.#results?.ended(task);
	}

	override get collects(): boolean {
		return this.#errors !== null;
	}

	override fail(error: unknown, task?: KernelTask): void {
		if (this.#errors === null) super.fail(error, task);
		else if (!this.#errors.includes(error)) {
			this.#errors.push(error);
			if (this.failure === null) super.fail(error, task);
		}
	}

	override failureError(failure: Failure): unknown {
		if (this.#errors === null) return failure.error;
		return new TaskGroupError(
			this.#errors,
			`${this.#errors.length === 1 ? "A task" : `${this.#errors.length} tasks`} of the group${this.name === "" ? "" : ` "${this.name}"`} failed.`,
		);
	}

	/** @internal */
	checkOpen(what: string, fn: { readonly name: string }): void {
		if (this.closed)
			throw new GroupClosedError(
				`${what}(${fn?.name || "…"}): the task group${this.name === "" ? "" : ` "${this.name}"`} has ended; spawn inside its body, or into a group that is still open.`,
			);
	}
}

function spawnInto<T>(
	scope: Scope,
	name: string | undefined,
	given: Context | undefined,
	fn: (...args: never[]) => unknown,
	args: readonly unknown[],
): LiveTask<T> {
	const entry = entryOf(fn);
	if (entry === null) checkBody("spawn", fn);
	const spawner = state.task ?? currentNativeTask();
	const runner = scope.runner as Runner;
	const context = given ?? spawner?.context ?? scope.host?.context ?? EMPTY_CONTEXT;
	const task = new LiveTask<T>(runner, scope, context, SPAWNED, development ? namedAfter(fn, name) : (name ?? fn));
	startCall(task, fn, entry, args);
	return task;
}

/**
 * Runs `body` with a group of tasks, and ends when all of them have ended. The first failure, of the body or a task,
 * cancels the others, and is thrown when all have ended: the same object, the later failures in `suppressedErrors(error)`.
 *
 * Cancelled from outside: the tasks are cancelled, their cleanup is waited for, `Cancelled` is thrown on.
 * `group.cancel()` ends the tasks without an error. (Trio's nursery; Kotlin's `coroutineScope`.)
 *
 * @example
 * const [user, orders] = await withTaskGroup(async (group) => {
 *   const user = group.spawn(fetchUser, id);
 *   const orders = group.spawn(fetchOrders, id);
 *   return [await user, await orders] as const;
 * });
 */
export function withTaskGroup<T>(
	body: (group: TaskGroup) => Awaitable<T>,
	options: TaskGroupOptions = {},
): Coroutine<T> {
	const group = makeGroup("withTaskGroup", options);
	const { deadline, timeout } = options;
	// What is undefined counts as left out.
	const times = { deadline, timeout } as ScopeOptions;
	return scoped("withTaskGroup", body as (scope: CancelScope) => Awaitable<T>, group, times) as Coroutine<T>;
}

/**
 * Opens a group for `await using`. In compiled code the end of the block is the end of the group: it waits for the tasks,
 * or cancels them when the block was left by an error. Disposal alone cannot see that error, so in uncompiled code leaving
 * without `await group.join()` cancels the tasks and waits for them.
 *
 * @example
 * await using group = openTaskGroup();
 * group.spawn(work);
 */
export function openTaskGroup(options: TaskGroupOptions = {}): TaskGroup & AsyncDisposable {
	const task = actingTask("openTaskGroup()");
	const group = makeGroup("openTaskGroup", options);
	const { deadline = Number.POSITIVE_INFINITY, timeout = Number.POSITIVE_INFINITY } = options;
	checkInstant("openTaskGroup: deadline", deadline);
	checkDuration("openTaskGroup: timeout", timeout);
	group.deadline = Math.min(deadline, task.runner.now() + timeout);
	const frame = new Frame(leaveWhenEnded, JOIN);
	openScope(frame, group, task);
	group.opener = frame;
	return group;
}

function makeGroup(what: string, options: TaskGroupOptions): Group {
	checkOptions(what, options, GROUP_OPTIONS);
	if (options.errors !== undefined && options.errors !== "first" && options.errors !== "group")
		throw new TypeError(`${what}: errors is ${describe(options.errors)}; it may be "first" or "group".`);
	checkName(what, options.name);
	const group = new Group(options);
	if (options.grace !== undefined) {
		checkDuration(`${what}: grace`, options.grace);
		group.grace = options.grace;
	}
	return group;
}

const JOIN: Code = { name: "group.join", place: () => undefined };
const DISPOSE: Code = { name: "group disposal", place: () => undefined };

function makeLeave(group: Group, code: Code, joins: boolean): Coroutine<void> {
	const host = state.task ?? currentNativeTask();
	const lazy = new LazyCoroutine<void>(beginLeave, code, group, joins, host);
	// Native code awaits it as a task of its own, which must not be one of those that it waits for.
	if (group.opener !== null && lazy.owner === group) (lazy as { owner: Owner | null }).owner = group.ownerOutside;
	return lazy;
}

const beginLeave: Begin = (lazy) => {
	const group = lazy.a0 as Group;
	const { opener } = group;
	if (opener === null || group.closed) return undefined;
	const task = runningTask("group.join");
	if (group.host !== null && group.host === lazy.a2 && isInNative(group.host)) takeOver(group, group.host, task);
	checkOpener(group, task);
	if (lazy.a1 === false) group.cancel();
	return closeScope(opener, task, undefined, false);
};

/** The group of a native function, which can only wait by tasks: one of them leaves the group in its place. */
function takeOver(group: Group, host: KernelTask, task: KernelTask): void {
	if (host.scope !== group)
		throw new ScopeMisuseError(
			`${nameOf(group)} was left while a scope that was opened later${host.scope.name === "" ? "" : `, "${host.scope.name}",`} is still open: leave them in reverse order.`,
		);
	if (group.parent !== task.scope) return;
	host.scope = task.scope;
	host.cleanup = group.cleanupOutside;
	host.owner = group.ownerOutside as Owner;
	group.host = task;
	group.cleanupOutside = task.cleanup;
	group.ownerOutside = task.owner;
	(group.opener as Frame).deliveries = task.deliveries;
	task.scope = task.owner = group;
	task.cleanup = 0;
}

/** The end of a group is the end of a scope: it belongs to the task that stands in it. */
function checkOpener(group: Group, task: KernelTask): void {
	if (group.host === task) return;
	throw new ScopeMisuseError(
		`${nameOf(group)} was opened by the task ${group.host?.name}, and ${task.name} tries to join it: only the task that opened it can, where it stands; await the group's tasks instead.`,
	);
}

function nameOf(group: Group): string {
	return group.name === "" ? "The task group" : `The task group "${group.name}"`;
}

/** The end of a group in compiled code, which knows whether its block was left by an error. */
export function leaveGroup(group: TaskGroup, thrown: boolean, error: unknown): unknown {
	const { opener, closed } = group as Group;
	if (opener === null || closed) return undefined;
	const task = runningTask("group");
	checkOpener(group as Group, task);
	return closeScope(opener, task, error, thrown);
}

export function isOpenGroup(value: unknown): value is TaskGroup {
	return value instanceof Group && value.opener !== null;
}

const START: Code = { name: "group.start", place: () => undefined };

class Starting implements Operation {
	readonly label = "started()";
	abort(): boolean {
		return true;
	}
}

const beginStart: Begin = (lazy) => {
	const caller = runningTask("group.start");
	const frame = new Frame(leaveWhenEnded, START);
	const group = lazy.a0 as Group;
	const fn = lazy.a1 as (...args: never[]) => unknown;
	const args = lazy.a2 as readonly unknown[];
	group.checkOpen("start", fn);
	if (group.runner !== caller.runner)
		throw new ForeignRunnerError(
			`start(${fn.name || "…"}): the task group${group.name === "" ? "" : ` "${group.name}"`} belongs to another run than ${caller.name}, which cannot hand a task over to it: use spawn, or start it from a task of that run.`,
		);
	caller.checkpoint();
	// The child begins in a scope of the caller, and moves to the group when it has started.
	const scope = new Scope();
	openScope(frame, scope, caller);
	group.undecided++;
	let waiting = true;
	const released = (): void => {
		if (!waiting) return;
		waiting = false;
		group.undecided--;
		group.settle();
	};
	let calls = 0;
	const started = (value: unknown): void => {
		if (calls++ > 0)
			throw new StartedError(`${fn.name || "The task"} called started() twice: it may say once that it is ready.`);
		// Once the caller was cancelled the child stays with it.
		if (scope.closed || scope.soft !== null || caller.operation !== operation) return;
		moveTasks(scope, group);
		released();
		caller.resume(value);
	};
	const operation = new Starting();
	const parked = caller.park(operation);
	const child = spawnInto(scope, undefined, undefined, fn, [started, ...args]);
	child.onEnd(() => {
		released();
		// A failure cancels the scope around it, and with it the caller.
		if (calls > 0 || child.status === FAILED || caller.operation !== operation) return;
		const how = child.status === DONE ? "ended" : "was cancelled";
		caller.resumeThrow(new StartedError(`${child.name} ${how} without calling started(): call it, or use spawn.`));
	});
	link(frame);
	return parked;
};

/** The values of a group's tasks, as they end. */
class Results {
	readonly #group: Group;
	readonly #values: unknown[] = [];
	#waiter: KernelTask | null = null;

	constructor(group: Group) {
		this.#group = group;
	}

	ended(task: KernelTask): void {
		if (task.status === DONE) this.#values.push(task.outcome);
		const waiter = this.#waiter;
		if (waiter === null || (this.#values.length === 0 && this.#group.ownedCount > 0)) return;
		this.#waiter = null;
		waiter.resume(this.#take());
	}

	next(): Coroutine<IteratorResult<unknown>> {
		return new LazyCoroutine<IteratorResult<unknown>>(beginNextResult, RESULTS, this);
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	wait(): unknown {
		const task = runningTask("group.results()");
		task.checkpoint();
		if (this.#waiter !== null)
			throw new BusyResourceError(
				`group.results(): the task ${this.#waiter.name} waits for the next result; only one task at a time may: let it send them to a channel.`,
			);
		if (this.#values.length > 0 || this.#group.ownedCount === 0) return this.#take();
		this.#waiter = task;
		return task.park(this);
	}

	readonly label = "group.results()";

	abort(): boolean {
		this.#waiter = null;
		return true;
	}

	#take(): IteratorResult<unknown> {
		return this.#values.length > 0 ? { done: false, value: this.#values.shift() } : { done: true, value: undefined };
	}
}

const RESULTS: Code = { name: "group.results", place: () => undefined };

const beginNextResult: Begin = (lazy) => (lazy.a0 as Results).wait();
