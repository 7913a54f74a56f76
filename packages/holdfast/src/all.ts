import type { Coroutine } from "./coroutine.ts";
import { type EntryResult, failWith, listOf, startEntries } from "./entries.ts";
import { withTaskGroup } from "./group.ts";
import { DONE } from "./kernel/task.ts";

/**
 * Runs all entries at once and gives their results, in the order of the entries. Functions are called, each in a task of
 * its own; coroutines, tasks and promises are awaited; plain values are their own results. `all([])` is `[]`.
 *
 * The first failure is thrown, the same object, when all that was started here has ended: it cancels the other functions
 * and coroutines. Tasks and promises that were given are only no longer waited for. Cancelled: the same, with `Cancelled`.
 * (`Promise.all`, without the ones that are left running.)
 *
 * @example
 * const [user, orders] = await all([() => fetchUser(id), () => fetchOrders(id)]);
 */
export function all<E extends readonly unknown[] | []>(
	entries: E,
): Coroutine<{ -readonly [K in keyof E]: EntryResult<E[K]> }>;
export function all<E>(entries: Iterable<E>): Coroutine<EntryResult<E>[]>;
export function all(entries: Iterable<unknown>): Coroutine<unknown[]> {
	const list = listOf("all", entries);
	return withTaskGroup(
		(group) => {
			const results: unknown[] = new Array(list.length).fill(undefined);
			startEntries(group, list, (task, index) => {
				if (task.status === DONE) results[index] = task.outcome;
				else failWith(task);
			});
			return results;
		},
		{ name: "all" },
	);
}
