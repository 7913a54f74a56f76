import type { Awaitable, Given } from "./coroutine.ts";
import type { TaskGroup } from "./group.ts";
import { describe, entryOf, runningTask } from "./invoke.ts";
import type { Scope } from "./kernel/scope.ts";
import { keep } from "./kernel/suppressed.ts";
import { CANCELLED, DONE, FAILED } from "./kernel/task.ts";
import { type Runner, startCall } from "./runner.ts";
import { LiveTask } from "./task.ts";

/** What `all`, `any`, `race` and `allSettled` take: a function to call, something to await, or a plain value. */
export type Entry<T> = (() => Awaitable<T>) | PromiseLike<T> | T;

/** What an entry gives. */
export type EntryResult<E> = E extends () => infer R ? Given<R> : Given<E>;

/** The entries of a combinator, read once, at the call. */
export function listOf(what: string, entries: unknown): readonly unknown[] {
	if (typeof (entries as Iterable<unknown> | null | undefined)?.[Symbol.iterator] !== "function")
		throw new TypeError(`${what}: the entries are ${describe(entries)}; pass one iterable: ${what}([a, b]).`);
	return [...(entries as Iterable<unknown>)];
}

/** A task whose end is judged by who watches it, instead of by its group. */
export const WATCHED = 3;

/** Starts `fn` as a task of the scope or group whose body is running; `ended` is told, in the order in which tasks end. */
export function startWatched(
	group: TaskGroup | Scope,
	fn: (...args: never[]) => unknown,
	args: readonly unknown[],
	ended: (task: LiveTask) => void,
): LiveTask {
	const spawner = runningTask("spawn");
	const runner = spawner.runner as Runner;
	// A group is a scope; its interface does not say so.
	const task = new LiveTask(runner, group as unknown as Scope, spawner.context, WATCHED, fn);
	task.onEnd(() => ended(task));
	startCall(task, fn, entryOf(fn), args);
	return task;
}

/** Starts a task for every entry. Given tasks and promises are waited for by a task that can stop waiting. */
export function startEntries(
	group: TaskGroup,
	entries: readonly unknown[],
	ended: (task: LiveTask, index: number) => void,
): void {
	for (const [index, entry] of entries.entries())
		startWatched(group, typeof entry === "function" ? (entry as () => unknown) : () => entry, [], (task) =>
			ended(task, index),
		);
}

/** Whether the group of a task is cancelled: that a task was stopped says nothing then. */
export function isStopping(task: LiveTask): boolean {
	return task.home?.soft !== null;
}

/** A task without which the group cannot succeed: its failure is the group's, and so is being cancelled alone. */
export function failWith(task: LiveTask): void {
	if (task.status !== CANCELLED || !isStopping(task)) task.home?.fail(task.error, task);
}

/** A failure that the group puts up with: while the group is stopping nobody will be told of it but by a report. */
export function reportIfStopping(task: LiveTask): void {
	if (task.status === FAILED && isStopping(task)) task.runner.report(task.outcome, "suppressed", task);
}

/** Gives what a task that has ended gave, or throws what it threw. */
export function outcomeOf(task: LiveTask): unknown {
	if (task.status === DONE) return task.outcome;
	throw task.error;
}

/** A loser failed after all was decided: kept with the error that was first, else reported, for it has no recipient. */
export function keepLate(task: LiveTask, winner: LiveTask): void {
	if (task.status !== FAILED) return;
	if (winner.status === DONE) task.runner.report(task.outcome, "suppressed", task);
	else keep(winner.error, task.outcome, task);
}
