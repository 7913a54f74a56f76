import { isFrame } from "./kernel/frame.ts";
import type { Scope } from "./kernel/scope.ts";
import type { KernelTask, Owner } from "./kernel/task.ts";
import type { Runner } from "./runner.ts";
import { scopeOf } from "./scope-frame.ts";

/** The nearest scope that the task has entered around the running code; for a task without one, its outermost call. */
export function nearestScope(task: KernelTask): Scope {
	return scopeOf(nearestOwner(task));
}

/** The same; `null` outside of every run, unless a scope was opened there. */
export function scopeAround(task: KernelTask): Scope | null {
	const owner = nearestOwner(task);
	const { base, implicit } = task.runner as Runner;
	return implicit && (owner === base || (isFrame(owner) && owner.owner === base)) ? null : scopeOf(owner);
}

function nearestOwner(task: KernelTask): Owner {
	let { owner } = task;
	while (isFrame(owner)) {
		const around = owner.owner;
		if (around === null || (!isFrame(around) && around.host !== task)) break;
		owner = around;
	}
	return owner;
}
