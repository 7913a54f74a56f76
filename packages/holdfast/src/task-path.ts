import { type Scope, scopesInside } from "./kernel/scope.ts";
import type { KernelTask } from "./kernel/task.ts";

/** The names from the run down to a task: `main › crawl › fetchPage`. */
export function taskPath(task: KernelTask): string {
	const names: string[] = [];
	for (let current: KernelTask | null = task; current !== null; ) {
		names.push(current.name);
		const home: Scope | null = current.home;
		if (home !== null && home.name !== "" && home.name !== home.host?.name) names.push(home.name);
		current = home === null ? null : home.host === current ? null : home.host;
	}
	return names.reverse().join(" › ");
}

const paths = new WeakMap<object, string>();

/** Remembers which task an error came out of first. */
export function recordPath(error: unknown, task: KernelTask): void {
	if (((typeof error === "object" && error !== null) || typeof error === "function") && !paths.has(error))
		paths.set(error, taskPath(task));
}

/**
 * The path of the task that failed first with this error: `main › crawl › fetchPage`; `undefined` for errors that came
 * out of no task, and for primitives.
 */
export function taskPathOf(error: unknown): string | undefined {
	return (typeof error === "object" && error !== null) || typeof error === "function" ? paths.get(error) : undefined;
}

/** What the tasks inside a scope wait for, since when and where: a line each, the first twenty. */
export function waitsIn(scope: Scope): string {
	const lines: string[] = [];
	const pending = [scope];
	for (let inner = pending.pop(); inner !== undefined; inner = pending.pop()) {
		for (const task of inner.tasksHere()) lines.push(`  ${taskPath(task)}: ${waitOf(task)}`);
		pending.push(...scopesInside(inner));
	}
	const more = lines.length - 20;
	return (more > 0 ? [...lines.slice(0, 20), `  and ${more} more`] : lines).join("\n");
}

function waitOf(task: KernelTask): string {
	const { operation, runner } = task;
	const where = placeOf(task);
	if (operation === null) return `running${where}`;
	return `waits for ${operation.label ?? "its turn"} for ${Math.max(0, Math.round(runner.now() - task.since))} ms${where}`;
}

/** Where in compiled code a suspended task stands: ` at src/app.ts:12:3`, or nothing if that is not known. */
export function placeOf(task: KernelTask): string {
	for (let frame = task.top; frame !== null; frame = frame.parent) {
		const place = frame.code?.place?.(frame.site);
		if (place !== undefined) return ` at ${place}`;
	}
	return "";
}
