import type { Lazy } from "./invoke.ts";
import { type Code, isFrame } from "./kernel/frame.ts";
import type { Scope } from "./kernel/scope.ts";
import type { KernelTask, Owner } from "./kernel/task.ts";

/**
 * Detaches everything first, then attaches: attaching to a cancelled group interrupts tasks. What the tasks have left to
 * `onExit` goes with them.
 */
export function moveTasks(from: Scope, to: Scope): void {
	moveUnstarted(from, to);
	const moved: KernelTask[] = [];
	for (let task = from.firstOwned; task !== null; task = task.nextOwned) moved.push(task);
	for (const task of moved) {
		from.disown(task);
		to.own(task);
		moveOwner(task, from, to);
		if (task.scope === from) {
			task.scope = to;
			continue;
		}
		let outermost = task.scope;
		while (outermost.parent !== from) outermost = outermost.parent as Scope;
		outermost.reparent(to);
	}
	if (from.exits !== null) {
		to.exits = [...(to.exits ?? []), ...from.exits];
		from.exits = null;
	}
	for (const task of moved) task.interrupt();
}

/** Calls that were described and may yet be started are looked for at the end of the new scope. */
function moveUnstarted(from: Scope, to: Scope): void {
	from.runner?.describe(null, from);
	const { unstarted } = from;
	if (unstarted === null) return;
	from.unstarted = null;
	const watcher: Set<{ readonly code: Code }> = (to.unstarted ??= new Set());
	for (const lazy of unstarted as Set<Lazy<unknown>>) {
		watcher.add(lazy);
		lazy.watcher = watcher;
	}
}

/** Whoever owned within `from`, or began in it, does so in `to`. */
function moveOwner(task: KernelTask, from: Scope, to: Scope): void {
	if (task.owner === from) {
		task.owner = to;
		return;
	}
	for (let owner: Owner | null = task.owner; owner !== null && owner !== to; )
		if (!isFrame(owner)) {
			if (owner.ownerOutside === from) owner.ownerOutside = to;
			owner = owner.ownerOutside;
		} else {
			if (owner.a1 === from) owner.a1 = to;
			if (owner.owner === from) owner.owner = to;
			owner = owner.owner;
		}
}
