import { isFrame } from "./kernel/frame.ts";
import type { Scope } from "./kernel/scope.ts";
import type { KernelTask } from "./kernel/task.ts";
import { scopeOf } from "./scope-frame.ts";

/** The nearest scope that the task has entered around the running code; for a task without one, its outermost call. */
export function nearestScope(task: KernelTask): Scope {
	let { owner } = task;
	while (isFrame(owner)) {
		const around = owner.owner;
		if (around === null || (!isFrame(around) && around.host !== task)) break;
		owner = around;
	}
	return scopeOf(owner);
}
