import { suspended } from "../kernel/frame.ts";
import { state } from "../kernel/state.ts";
import type { KernelTask, Operation } from "../kernel/task.ts";

/** The outcome is there and on its way: it is not lost to a cancellation that comes meanwhile. */
const GIVEN_BACK: Operation = { label: "its turn", abort: () => false };

/**
 * An await in a call that was made without `await` and has reached none so far. Its caller gets control back here, whatever
 * there is to wait for, as the language promises: it may not have stored the promise yet, or attached its listeners.
 * Only after that does an await that need not suspend take no tick.
 */
export function firstAwait(begin: () => unknown): unknown {
	const task = state.task as KernelTask;
	let outcome: unknown;
	let thrown = false;
	try {
		outcome = begin();
		// Something inside has reached an await before.
		if (outcome === suspended) return outcome;
	} catch (error) {
		outcome = error;
		thrown = true;
	}
	task.park(GIVEN_BACK);
	if (thrown) task.resumeThrow(outcome);
	else task.resume(outcome);
	return suspended;
}
