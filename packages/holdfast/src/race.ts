import { type Coroutine, coroutine } from "./coroutine.ts";
import { type EntryResult, failWith, isStopping, keepLate, listOf, outcomeOf, startEntries } from "./entries.ts";
import { MisuseError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { DONE } from "./kernel/task.ts";
import type { LiveTask } from "./task.ts";

/**
 * Runs all entries at once and ends as the first one that ends: with its value, or with its error. Takes what `all` takes.
 *
 * The functions and coroutines that lost are cancelled, and waited for. Tasks and promises that were given are only no
 * longer waited for. What a loser throws while it is being cancelled is in `suppressedErrors` of the winner's error; if
 * the winner gave a value, it goes to the run's `onReport`. Cancelled: throws `Cancelled`, when all that was started here
 * has ended, or an error of its cleanup.
 *
 * @throws MisuseError when there are no entries: nothing would ever end
 * @example
 * const answer = await race([() => askPrimary(), () => askReplica()]);
 */
export function race<E>(entries: Iterable<E>): Coroutine<EntryResult<E>> {
	return raceOf(listOf("race", entries)) as Coroutine<EntryResult<E>>;
}

const raceOf = coroutine(function* race(list: readonly unknown[]) {
	if (list.length === 0)
		throw new MisuseError("race([]) has nothing to wait for and would never end; give it at least one entry.");
	let winner: LiveTask | undefined;
	yield* withTaskGroup(
		(group) =>
			startEntries(group, list, (task) => {
				if (winner !== undefined) keepLate(task, winner);
				else if (isStopping(task) && task.status !== DONE) failWith(task);
				else {
					winner = task;
					group.cancel("the race is decided");
				}
			}),
		{ name: "race" },
	);
	// The group has ended without being cancelled from outside, so somebody has won.
	return outcomeOf(winner as unknown as LiveTask);
});
