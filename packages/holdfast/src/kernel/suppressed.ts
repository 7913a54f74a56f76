import { Cancelled } from "./cancelled.ts";
import { share } from "./state.ts";
import type { KernelTask } from "./task.ts";

/** Shared by all copies of the library in the process. */
const suppressed: WeakMap<object, unknown[]> = /* @__PURE__ */ share(
	"holdfast.suppressed/1",
	/* @__PURE__ */ new WeakMap(),
);

/**
 * Keeps `error` as a further failure beside `primary`; the same object counts once.
 * Tells whether it could be kept: a primitive has no room for it.
 */
export function addSuppressed(primary: unknown, error: unknown): boolean {
	// That something was stopped besides is no failure.
	if (error === primary || error instanceof Cancelled) return true;
	if ((typeof primary !== "object" && typeof primary !== "function") || primary === null) return false;
	const list = suppressed.get(primary);
	if (list?.includes(error)) return true;
	if (list === undefined) suppressed.set(primary, [error]);
	else list.push(error);
	print(primary, error);
	return true;
}

/** Keeps `error` as a further failure beside `primary`, or reports it if there is no room: nothing is lost. */
export function keep(primary: unknown, error: unknown, task: KernelTask | null): void {
	if (!addSuppressed(primary, error)) task?.runner.report(error, "suppressed", task, primary);
}

/** Adds a further failure to the printed stack, so that every logger shows it. Errors that cannot be changed are left alone. */
function print(primary: object, error: unknown): void {
	try {
		const { stack } = primary as { stack?: unknown };
		if (typeof stack !== "string") return;
		const text = String((error as { stack?: unknown } | null | undefined)?.stack ?? error).replaceAll("\n", "\n    ");
		Object.defineProperty(primary, "stack", {
			value: `${stack}\n    suppressed: ${text}`,
			configurable: true,
			writable: true,
		});
	} catch {
		// A frozen error, or a getter that throws.
	}
}

/**
 * The further failures that came after the one that was thrown: siblings of a task group, errors of cleanup, in order.
 *
 * @example
 * try { await withTaskGroup(body); } catch (error) { for (const other of suppressedErrors(error)) log(other); }
 */
export function suppressedErrors(error: unknown): readonly unknown[] {
	if ((typeof error !== "object" && typeof error !== "function") || error === null) return [];
	return suppressed.get(error) ?? [];
}
