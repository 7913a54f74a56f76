// What test tools, dumps and inspectors see of the runtime from outside. For tools: it may grow with any version.
import type { Awaitable } from "./coroutine.ts";
import { actingTask, invoke } from "./invoke.ts";
import { type Scope, scopesInside } from "./kernel/scope.ts";
import { liveRunners } from "./live-runners.ts";
import type { EventLoop } from "./loops/loop.ts";
import type { Runner } from "./runner.ts";
import type { LiveTask } from "./task.ts";
import { placeOf, taskPath } from "./task-path.ts";

export { interruptedBy, onNodeRejection } from "#host";
export { claimRejection } from "./observe.ts";

/**
 * The loop of the run whose code is running.
 * @throws ScopeMisuseError outside of every task
 */
export function currentLoop(): EventLoop {
	return actingTask("currentLoop()").runner.loop;
}

/** A run, for what is kept as long as it lasts. */
export interface CurrentRun {
	/** The same object in all of the run's code. */
	readonly key: object;
	/** Leaves something to do for the end of the run, when its tasks have ended, as cleanup; latest first. */
	onExit(callback: () => Awaitable<unknown>): void;
}

/**
 * The run whose code is running, the outermost one; `undefined` in a call outside of every run, which has no end.
 * @throws ScopeMisuseError outside of every task
 */
export function currentRun(): CurrentRun | undefined {
	const task = actingTask("currentRun()");
	const runner = task.runner as Runner;
	if (runner.implicit) return undefined;
	return {
		key: runner,
		onExit(callback) {
			let outermost = task.scope;
			while (outermost.parent !== null && outermost.parent !== runner.base) outermost = outermost.parent;
			outermost.exits ??= [];
			outermost.exits.push(() => invoke(callback, []));
		},
	};
}

/** Something of a run that has begun and has not ended. */
export interface LiveThing {
	readonly kind: "task" | "scope" | "coroutine";
	/** The name of the task, the scope or the called function. */
	readonly name: string;
	/** Where it began: the names from the run down to it, or to the task that made it. */
	readonly path: string;
	/** Of a task: its state, what it waits for, and where in compiled code. */
	readonly status: string;
	/** The thing in which it is. */
	readonly within: object | undefined;
}

/**
 * The tasks, the scopes, and the coroutines that were made and not started (except in production) of all runs, each by
 * the object that stands for it: two counts can be compared. A scope is `within` the task that entered it, a task within
 * the scope that owns it, a coroutine within the scope in which it was made.
 */
export function census(): Map<object, LiveThing> {
	const things = new Map<object, LiveThing>();
	for (const runner of liveRunners) {
		const scopes: Scope[] = [runner.base];
		for (let scope = scopes.pop(); scope !== undefined; scope = scopes.pop()) {
			const { host } = scope;
			if (host !== null)
				things.set(scope, {
					kind: "scope",
					name: scope.name,
					path: taskPath(host),
					status: "",
					within: host,
				});
			for (let task = scope.firstOwned; task !== null; task = task.nextOwned)
				// Every task above the kernel is a `LiveTask`.
				things.set(task, {
					kind: "task",
					name: task.name,
					path: taskPath(task),
					status: `${(task as LiveTask).state}${task.operation === null ? "" : `, waits for ${task.operation.label ?? "something"}`}${placeOf(task)}`,
					within: host === null ? undefined : scope,
				});
			for (const coroutine of scope.unstarted ?? [])
				things.set(coroutine, {
					kind: "coroutine",
					name: coroutine.code.name,
					path: host === null ? runner.name : taskPath(host),
					status: "",
					within: scope,
				});
			scopes.push(...scopesInside(scope));
		}
	}
	return things;
}
