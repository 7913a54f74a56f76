import { invoke } from "./invoke.ts";
import { type Frame, link, suspended } from "./kernel/frame.ts";
import type { Scope } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";
import { closeScope, leaveWhenEnded, openScope } from "./scope-frame.ts";

/** Calls `body` inside a scope and leaves the scope when it has ended: gives its value, or `suspended`. */
export function callInScope(
	frame: Frame,
	scope: Scope,
	task: KernelTask,
	body: (...args: never[]) => unknown,
	args: readonly unknown[],
): unknown {
	openScope(frame, scope, task);
	frame.run = leaveWhenEnded;
	scope.bodyDepth = state.depth;
	let value: unknown;
	try {
		value = invoke(body, args);
	} catch (error) {
		return closeScope(frame, task, error, true);
	}
	return value === suspended ? link(frame) : closeScope(frame, task, value, false);
}
