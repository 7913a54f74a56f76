import { type Begin, type Lazy, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import type { KernelTask } from "./kernel/task.ts";
import { pass, Waiter, type WaitingList } from "./waiting-list.ts";

/** What an attempt gives that would have to wait: the same in all copies of the library. */
export const NOTHING: unique symbol = /* @__PURE__ */ Symbol.for("holdfast.nothing");

/** An operation among which `select` can choose. It stands at the coroutine as its `code`. */
export interface Choosable extends Code {
	/** Does it, if that needs no waiting: gives its value, else `NOTHING`. Throws what the operation throws. */
	attempt(lazy: Lazy<unknown>): unknown;
	/** Who waits, and in which line. */
	waiter(lazy: Lazy<unknown>, task: KernelTask, choice: Choice | null): ChoosableWaiter;
	line(lazy: Lazy<unknown>): WaitingList;
	/** The waiter stands in line, its task is parked: what has waited for it may go on. */
	entered?(lazy: Lazy<unknown>): void;
}

/** Several operations of which one takes effect. */
export interface Choice {
	settle(waiter: Waiter, outcome: unknown, thrown: boolean): void;
}

/** Waits for an operation alone, or on behalf of a choice. Whoever calls it up gives it its outcome. */
export class ChoosableWaiter extends Waiter {
	readonly choice: Choice | null;

	constructor(task: KernelTask, label: string, choice: Choice | null) {
		super(task, label);
		this.choice = choice;
	}

	give(value: unknown): void {
		if (this.choice === null) this.task.resume(value);
		else this.choice.settle(this, value, false);
	}

	refuse(error: unknown): void {
		if (this.choice === null) this.task.resumeThrow(error);
		else this.choice.settle(this, error, true);
	}
}

/** Begins an operation that is awaited alone. */
export const beginChoosable: Begin = (lazy) => {
	const code = lazy.code as Choosable;
	const task = runningTask(code.name);
	task.checkpoint();
	const value = code.attempt(lazy);
	if (value !== NOTHING) return pass(task, value);
	const parked = code.line(lazy).park(code.waiter(lazy, task, null));
	code.entered?.(lazy);
	return parked;
};
