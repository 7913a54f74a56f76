import type { Suspended } from "./kernel/frame.ts";
import type { KernelTask, Operation } from "./kernel/task.ts";

/**
 * A task in line, and what that task is parked on. It leaves the line exactly once: called up by `shift`, or by its
 * own cancellation. Whoever calls it up resumes its task in the same breath, so that nothing can come between.
 */
export class Waiter implements Operation {
	readonly task: KernelTask;
	readonly label: string;
	/** Where it stands; `null` exactly when it stands in no line. */
	line: WaitingList | null = null;
	previous: Waiter | null = null;
	next: Waiter | null = null;

	constructor(task: KernelTask, label: string) {
		this.task = task;
		this.label = label;
	}

	abort(): boolean {
		this.line?.remove(this);
		return true;
	}

	/** Called when it has left its line, whatever the reason. */
	left(): void {}
}

/**
 * Tasks that wait for the same thing, first come, first served: the one home of parking for all primitives.
 * Entering, calling up and removal on cancellation are O(1). (Trio's `ParkingLot`.)
 */
export class WaitingList<W extends Waiter = Waiter> {
	size = 0;
	first: W | null = null;
	#last: W | null = null;

	/** Parks the task of `waiter` at the end of the line. The caller hands the result on. */
	park(waiter: W): Suspended {
		// First of all: it throws if the task is parked already, and then nobody stands in line.
		const parked = waiter.task.park(waiter);
		this.enter(waiter);
		return parked;
	}

	/** Puts a waiter whose task is parked at the end of the line. */
	enter(waiter: W): void {
		waiter.line = this;
		waiter.previous = this.#last;
		if (this.#last === null) this.first = waiter;
		else this.#last.next = waiter;
		this.#last = waiter;
		this.size++;
	}

	/** Calls the first one up. */
	shift(): W | null {
		const { first } = this;
		if (first !== null) this.remove(first);
		return first;
	}

	/** Calls all up and gives each the same value. */
	wake(value?: unknown): void {
		for (let waiter = this.shift(); waiter !== null; waiter = this.shift()) waiter.task.resume(value);
	}

	/** Calls all up and throws an error of its own at each. */
	fail(makeError: (waiter: W) => Error): void {
		for (let waiter = this.shift(); waiter !== null; waiter = this.shift()) waiter.task.resumeThrow(makeError(waiter));
	}

	remove(waiter: W): void {
		// What stands beside a waiter of this line is a waiter of this line.
		const previous = waiter.previous as W | null;
		const next = waiter.next as W | null;
		if (previous === null) this.first = next;
		else previous.next = next;
		if (next === null) this.#last = previous;
		else next.previous = previous;
		waiter.line = waiter.previous = waiter.next = null;
		this.size--;
		waiter.left();
	}
}

const PASSING: Operation = { abort: () => false, label: "its turn" };

/**
 * Gives `value` to a task that did not have to wait for it. Once the time budget is used up the others have their
 * turn first; the value is the task's already, so that no cancellation can take it away.
 */
export function pass(task: KernelTask, value: unknown): unknown {
	if (!task.runner.overBudget()) return value;
	const parked = task.park(PASSING);
	task.resume(value);
	return parked;
}
