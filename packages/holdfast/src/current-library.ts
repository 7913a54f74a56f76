import { currentNativeTask } from "#host";
import { BareCallError, ForeignRunnerError } from "./errors.ts";
import { describe, type Entry } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";
import { type DescribeCall, type LibraryStep, stepping } from "./library-step.ts";
import { apart } from "./loops/apart.ts";
import { type BareCalls, bareTask, describedCall, type Runner } from "./runner.ts";
import { isOpen } from "./scope-frame.ts";
import { checkOptions } from "./scopes.ts";

/** A runner that is none of Holdfast's: a state machine that steps generators, another library's scheduler. */
export interface SteppingLibrary {
	/** For `currentLibrary()` and for messages. */
	readonly name: string;
	/** What a call of a compiled function without `await` becomes in its code (default `"task"`); see `RunOptions.bareCalls`. */
	readonly bareCalls?: BareCalls;
}

/**
 * Tells which library runs the code that asks: `"holdfast"` in a run, `"holdfast/sync"` in a synchronous one, the name that a
 * runner of somebody else has given to `stepAs`, and `undefined` in code that nobody runs but the host. For authors of
 * protocols that have to know their colour. (Python's `sniffio`.)
 *
 * Asked in native code that a run waits for, it tells of that run where the host has `AsyncLocalStorage`.
 *
 * @example
 * if (currentLibrary() === "holdfast/sync") return readFileSync(path);
 */
export function currentLibrary(): string | undefined {
	if (state.task === null && stepping.current !== null) return stepping.current.name;
	const task = state.task ?? currentNativeTask();
	if (task === null || task.runner.closed || (task.runner as Runner).implicit) return undefined;
	return task.runner.loop.blocks ? "holdfast/sync" : "holdfast";
}

/**
 * For whoever writes a runner: calls `step`, which runs code of that runner up to the next point at which it gives control
 * back, such as a generator's `next()`. While it is on the stack, `currentLibrary()` gives the library's name, and calls of
 * compiled functions without `await` go to its hook.
 *
 * On the stack of a task the code still acts for that task: it sees its context variables, and what it starts (a `run`, a
 * promise of a coroutine, a bare call) belongs to the task's owner. To wait as the task would, by `yield*` of one of
 * Holdfast's coroutines, is refused with a `ForeignRunnerError` that names both runners, since the generators
 * between are stepped by somebody who does not know what is yielded.
 *
 * @throws TypeError for a library without a name
 * @example
 * const next = stepAs({ name: "machine", bareCalls: ({ coroutine }) => coroutine }, () => generator.next(input));
 */
export function stepAs<T>(library: SteppingLibrary, step: () => T): T {
	checkOptions("stepAs", library, ["name", "bareCalls"]);
	const { name, bareCalls = "task" } = library;
	if (typeof name !== "string" || name === "")
		throw new TypeError(`stepAs: the name is ${describe(name)}; pass the name of the library.`);
	if (bareCalls !== "task" && bareCalls !== "forbid" && typeof bareCalls !== "function")
		throw new TypeError(`stepAs: bareCalls is ${describe(bareCalls)}; it may be "task", "forbid" or a function.`);
	if (typeof step !== "function") throw new TypeError(`stepAs: the step is ${describe(step)}; pass a function.`);
	const before = stepping.current;
	let result: T | undefined;
	stepping.current = new Step(name, bareCalls, state.task ?? currentNativeTask());
	try {
		apart(() => {
			result = step();
		});
	} finally {
		stepping.current = before;
	}
	return result as T;
}

class Step implements LibraryStep {
	readonly name: string;
	readonly task: KernelTask | null;
	readonly #bareCalls: BareCalls;

	constructor(name: string, bareCalls: BareCalls, task: KernelTask | null) {
		this.name = name;
		this.task = task;
		this.#bareCalls = bareCalls;
	}

	bareCall(
		entry: Entry,
		code: Code,
		thisArgument: unknown,
		args: ArrayLike<unknown>,
		describeCall: DescribeCall,
	): unknown {
		const bareCalls = this.#bareCalls;
		if (bareCalls === "forbid")
			throw new BareCallError(
				`${code.name || "An async function"}() was called in code of ${this.name}, which forbids calls of compiled functions (bareCalls: "forbid").`,
			);
		const { name, task } = this;
		const owner = task !== null && isOpen(task.owner) ? task.owner : null;
		const context = task?.context ?? null;
		if (bareCalls !== "task")
			return bareCalls(describedCall(entry, code, owner, name, context, thisArgument, args, describeCall));
		return bareTask(entry, code, owner, context, thisArgument, args);
	}

	refuse(waits: string): never {
		const { task } = this;
		const around = task === null ? "" : ` inside of the run ${(task.runner as Runner).name}`;
		throw new ForeignRunnerError(
			`${waits} is a wait of Holdfast's, and the code around it is stepped by ${this.name}${around}, which cannot bring it about: bridge it by a promise, as of run(() => …), or by what ${this.name} has for promises.`,
		);
	}
}
