import { afterHost, listenToRejections, stopListening } from "#host";
import { taskKey } from "./foreign.ts";
import type { Scope } from "./kernel/scope.ts";
import type { Runner } from "./runner.ts";
import type { LiveTask } from "./task.ts";

/** Which task an error object came out of: derived promises (`f().then(g)`) are linked to it by their reason. */
const origins = new WeakMap<object, LiveTask>();

let runs = 0;

/** Listens to the host from the first run on. */
export function beginObserving(): void {
	if (runs++ === 0) listenToRejections(recipientOf);
}

/** Stops when the last run has ended, and tells whether this was it. */
export function endObserving(): boolean {
	if (--runs > 0) return false;
	stopListening();
	return true;
}

/** Promises that were derived from the task's will be rejected with the same reason. */
export function rememberOrigin(error: unknown, task: LiveTask): void {
	if ((typeof error === "object" && error !== null) || typeof error === "function") origins.set(error, task);
	// The run does not end before the host has spoken about them.
	(task.runner as Runner).awaitsHost = true;
}

/** A bare call has failed and nobody is known to look: its owner does not end before the host has spoken. */
export function decideLater(task: LiveTask, home: Scope): void {
	rememberOrigin(task.outcome, task);
	const runner = task.runner as Runner;
	if (runner.implicit) return;
	if (runner.blocking !== null) {
		runner.blocking.undecided(task, home);
		return;
	}
	home.undecided++;
	runner.outside++;
	// The reference keeps the promise alive: without one there is nothing that the host could report.
	void task.promise;
	afterHost(() => {
		runner.outside--;
		home.undecided--;
		home.settle();
	});
}

/**
 * Brings a rejection that the host takes for unhandled to its owner. Tells whether it was one of ours: a failed call's, one
 * derived from it, or a cancellation's. No other listener needs to hear of it then.
 */
export function claimRejection(reason: unknown, promise: object): boolean {
	const take = recipientOf(reason, promise);
	take?.();
	return take !== undefined;
}

const nobody = (): void => {};

/** What brings the rejection to its owner; `undefined` if it is not ours. */
function recipientOf(reason: unknown, promise: object): (() => void) | undefined {
	const direct = (promise as { [taskKey]?: LiveTask })[taskKey];
	const task = direct ?? (isObject(reason) ? origins.get(reason) : undefined);
	// Awaited as a task, not through its promise.
	if (direct?.observed) return nobody;
	if (task === undefined) return isCancellation(reason) && runs > 0 ? nobody : undefined;
	if ((task.runner as Runner).implicit) return isCancellation(reason) ? nobody : undefined;
	// A synchronous run has judged it before the host could.
	if (isCancellation(reason) || task.runner.blocking !== null) return nobody;
	return () => {
		const { home } = task;
		if (home === null || home.closed) task.runner.report(reason, "unobserved", task);
		else {
			home.fail(reason, task);
			home.settle();
		}
	};
}

function isObject(value: unknown): value is object {
	return (typeof value === "object" && value !== null) || typeof value === "function";
}

function isCancellation(reason: unknown): boolean {
	try {
		return (reason as { code?: unknown } | null | undefined)?.code === "HOLDFAST_TASK_CANCELLED";
	} catch {
		return false;
	}
}
