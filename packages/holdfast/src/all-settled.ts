import type { Coroutine } from "./coroutine.ts";
import { type EntryResult, listOf, reportIfStopping, startEntries } from "./entries.ts";
import { withTaskGroup } from "./group.ts";
import { DONE } from "./kernel/task.ts";

/**
 * Runs all entries at once and tells of each how it ended, in the order of the entries: `{ status: "fulfilled", value }`
 * or `{ status: "rejected", reason }`. Takes what `all` takes. No failure cancels anything.
 *
 * Cancelled: throws `Cancelled`, when the functions and coroutines that were started here have ended.
 *
 * @example
 * for (const outcome of await allSettled(jobs)) if (outcome.status === "rejected") log(outcome.reason);
 */
export function allSettled<E extends readonly unknown[] | []>(
	entries: E,
): Coroutine<{ -readonly [K in keyof E]: PromiseSettledResult<EntryResult<E[K]>> }>;
export function allSettled<E>(entries: Iterable<E>): Coroutine<PromiseSettledResult<EntryResult<E>>[]>;
export function allSettled(entries: Iterable<unknown>): Coroutine<PromiseSettledResult<unknown>[]> {
	const list = listOf("allSettled", entries);
	return withTaskGroup(
		(group) => {
			const outcomes: PromiseSettledResult<unknown>[] = new Array(list.length);
			startEntries(group, list, (task, index) => {
				reportIfStopping(task);
				outcomes[index] =
					task.status === DONE
						? { status: "fulfilled", value: task.outcome }
						: { status: "rejected", reason: task.error };
			});
			return outcomes;
		},
		{ name: "allSettled" },
	);
}
