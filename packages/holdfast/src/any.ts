import { type Coroutine, coroutine } from "./coroutine.ts";
import { type EntryResult, keepLate, listOf, reportIfStopping, startEntries } from "./entries.ts";
import { withTaskGroup } from "./group.ts";
import { DONE } from "./kernel/task.ts";
import type { LiveTask } from "./task.ts";

/**
 * Runs all entries at once and gives the first value. Takes what `all` takes. An entry that fails is passed over; what
 * fails after a value is there goes to the run's `onReport`.
 *
 * The other functions and coroutines are cancelled then, and waited for. Tasks and promises that were given are only no
 * longer waited for. Cancelled: throws `Cancelled`, when all that was started here has ended.
 *
 * @throws AggregateError of all errors, in the order of the entries, when every entry has failed, or there is none
 * @example
 * const fastest = await any(mirrors.map((url) => () => download(url)));
 */
export function any<E>(entries: Iterable<E>): Coroutine<EntryResult<E>> {
	return anyOf(listOf("any", entries)) as Coroutine<EntryResult<E>>;
}

const anyOf = coroutine(function* any(list: readonly unknown[]) {
	let winner: LiveTask | undefined;
	const errors: unknown[] = new Array(list.length).fill(undefined);
	yield* withTaskGroup(
		(group) =>
			startEntries(group, list, (task, index) => {
				if (winner !== undefined) keepLate(task, winner);
				else if (task.status === DONE) {
					winner = task;
					group.cancel("another one was first");
				} else {
					errors[index] = task.error;
					reportIfStopping(task);
				}
			}),
		{ name: "any" },
	);
	// TypeScript does not see the assignment in the callback.
	const first = winner as LiveTask | undefined;
	if (first !== undefined) return first.outcome;
	throw new AggregateError(
		errors,
		list.length === 0 ? "any([]) was given nothing that could succeed." : `All ${list.length} entries of any() failed.`,
	);
});
