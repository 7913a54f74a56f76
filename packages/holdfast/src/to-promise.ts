import { currentNativeTask } from "#host";
import type { EntryResult } from "./entries.ts";
import { describe } from "./invoke.ts";
import { state } from "./kernel/state.ts";
import { callEntry, nameOf } from "./portal.ts";
import { startBare, startOutside } from "./runner.ts";
import { isOpen } from "./scope-frame.ts";
import { checkOptions, withSignal } from "./scopes.ts";

/** Options of `toPromise`. */
export interface ToPromiseOptions {
	/** Aborting it cancels the call; the promise is rejected with the signal's reason, after the cleanup. */
	signal?: AbortSignal;
}

/**
 * Starts a call, or anything that can be awaited, for code that knows promises and signals only. Gives a native promise, which
 * settles when the call and its cleanup are over.
 *
 * Inside a run it is a task of the code that calls this, as a call without `await` is: cancelled and waited for with it, and
 * an error that nobody looks at is its owner's. Cancelled so, the promise is rejected with `TaskCancelledError`. Outside it
 * runs under a root of its own. (The Web's convention for cancellable functions.)
 *
 * @throws TypeError if the signal is none
 * @example
 * element.addEventListener("search", ({ text, signal }) => show(toPromise(() => search(text), { signal })));
 */
export function toPromise<E>(op: E, options: ToPromiseOptions = {}): Promise<EntryResult<E>> {
	checkOptions("toPromise", options, ["signal"]);
	const { signal } = options;
	checkSignal("toPromise", signal);
	const name = nameOf(op);
	const call = (): unknown =>
		callEntry(
			signal === undefined ? op : withSignal(signal, (typeof op === "function" ? op : () => op) as () => never),
		);
	const caller = state.task ?? currentNativeTask();
	const task =
		caller !== null && isOpen(caller.owner)
			? startBare(caller.owner, caller.context, name, call)
			: startOutside(name, call, caller?.context);
	return task.promise as Promise<EntryResult<E>>;
}

/** @throws TypeError if there is a signal and it is none */
export function checkSignal(what: string, signal: AbortSignal | undefined): void {
	if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== "function")
		throw new TypeError(`${what}: signal is ${describe(signal)}; pass an AbortSignal.`);
}
