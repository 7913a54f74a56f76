import { all } from "./all.ts";
import { any } from "./any.ts";
import type { LazyCoroutine } from "./coroutine.ts";
import { CannotBlockError } from "./errors.ts";
import { reportLate, taskKey } from "./foreign.ts";
import { development } from "./kernel/development.ts";
import { suspended } from "./kernel/frame.ts";
import type { Blocking } from "./kernel/runner.ts";
import type { Scope } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask, Operation } from "./kernel/task.ts";
import type { BlockingLoop } from "./loops/blocking.ts";
import { race } from "./race.ts";
import { startBare } from "./runner.ts";
import { placeOf, taskPath } from "./task-path.ts";

const REFUSED: Operation = { label: "what cannot be done synchronously", abort: () => false };
const COMBINATORS: Record<"all" | "any" | "race", (entries: readonly unknown[]) => unknown> = { all, any, race };
const promiseThen = Promise.prototype.then;

/**
 * Stands in for the host in a synchronous run: what only the host could bring about is refused at the await that wants
 * it, and what it would be asked (has anybody seen this rejection?) is decided without it.
 */
export class AbsentHost implements Blocking {
	readonly #loop: BlockingLoop;
	/** Failed tasks of bare calls, until the body of their owner has ended. */
	readonly #undecided: Map<Scope, KernelTask[]> = new Map();

	constructor(loop: BlockingLoop) {
		this.#loop = loop;
	}

	get canSleep(): boolean {
		return this.#loop.canSleep;
	}

	refuse(task: KernelTask, what: string, kind?: "native" | "sleep" | "task"): typeof suspended {
		task.checkpoint();
		const message = (place: string): string =>
			`${taskPath(task)} ${development ? refusal(what, kind, place) : what + place}`;
		// Made here, with the code that awaits on the native stack.
		const error = new CannotBlockError(message(""));
		task.park(REFUSED);
		this.#loop.callSoon(() => {
			// The frames are linked now, and know where they stand.
			const place = placeOf(task);
			if (place !== "") rename(error, message(place));
			task.resumeThrow(error);
		});
		return suspended;
	}

	awaitForeign(task: KernelTask, value: unknown): unknown {
		const called = (value as { [taskKey]?: KernelTask })[taskKey];
		if (called !== undefined) return called.awaited();
		if (value instanceof Promise) promiseThen.call(value, undefined, (reason) => reportLate(task, reason));
		return this.refuse(task, value instanceof Promise ? "a promise" : "a thenable");
	}

	combine(kind: "all" | "any" | "race", entries: readonly unknown[]): unknown {
		const caller = state.task as KernelTask;
		// What the language takes as values, functions too, is awaited as it is.
		const given = entries.map((entry) => () => entry);
		const call = (): unknown => (COMBINATORS[kind](given) as LazyCoroutine<unknown>).begin();
		return startBare(caller.owner, caller.context, `Promise.${kind}`, call).promise;
	}

	made(promise: unknown): void {
		promiseThen.call(promise as Promise<unknown>, undefined, () => {});
	}

	undecided(task: KernelTask, home: Scope): void {
		if (home.closing) {
			home.fail(task.outcome, task);
			return;
		}
		home.undecided++;
		const tasks = this.#undecided.get(home);
		if (tasks === undefined) this.#undecided.set(home, [task]);
		else tasks.push(task);
	}

	decide(scope: Scope): void {
		const tasks = this.#undecided.get(scope) ?? [];
		this.#undecided.delete(scope);
		for (const task of tasks) {
			scope.undecided--;
			if (!task.observed) scope.fail(task.outcome, task);
		}
	}
}

function refusal(what: string, kind: "native" | "sleep" | "task" | undefined, place: string): string {
	switch (kind) {
		case "native":
			return `called ${what}${place}, a native async function, in a synchronous run, which cannot wait for it: compile it, or write coroutine(function* …).`;
		case "sleep":
			return `called sleep${place} in a synchronous run on a thread that may not be put to sleep (no Atomics.wait here): use run(), or a worker.`;
		case "task":
			return `awaited the task ${what}${place}, which belongs to another run and stands still while this synchronous one holds up the thread: start it in this run, or await it outside.`;
		default: {
			const own =
				what === "a promise" ? ", or, for promises of Holdfast's own calls, all(), any(), race() or allSettled()" : "";
			const way = what === "fetch" ? "fetch of @holdfast/node" : "callByName of @holdfast/node for what can be named";
			return `awaited ${what}${place} in a synchronous run, which holds up the host that would bring it: use run(), operation({ async, sync }) for what has a synchronous form, ${way}${own}.`;
		}
	}
}

function rename(error: Error, message: string): void {
	const { stack } = error;
	if (stack !== undefined) error.stack = stack.replace(error.message, () => message);
	error.message = message;
}
