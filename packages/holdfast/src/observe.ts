import { taskKey } from "./foreign.ts";
import type { Scope } from "./kernel/scope.ts";
import { inWorkerd } from "./loops/host.ts";
import type { Runner } from "./runner.ts";
import type { LiveTask } from "./task.ts";

/**
 * Whether somebody observes the failure of a bare call is known to the host alone: handlers may be attached by foreign
 * code, at any time before the host reports the rejection. Per host:
 *
 * | host | how it is learnt, and when | what other listeners hear of ours | what becomes of foreign rejections |
 * |---|---|---|---|
 * | Node, Deno | `process.on("unhandledRejection")`, once the jobs of the turn are done | everything: nothing can be stopped there | if ours is the only listener, raised again as an uncaught exception |
 * | Bun | as Node | as Node | as in Node; Bun goes on after it and then exits with code 1, with or without a run |
 * | browsers | the `unhandledrejection` event, in a task of its own | those that were added before the run began see the event, later ones do not; the console stays silent | left to the host |
 * | workerd | the event, at once: before jobs that are waiting. A handler may still come, so the failure is taken a turn later, unless `rejectionhandled` came first | as in browsers | left to the host |
 *
 * The listener stands while at least one run is alive.
 */
interface HostProcess {
	on(event: string, listener: (...args: never[]) => void): void;
	off(event: string, listener: (...args: never[]) => void): void;
	listenerCount(event: string): number;
	nextTick(callback: () => void): void;
}

interface HostGlobal {
	process?: Partial<HostProcess>;
	addEventListener?: (type: string, listener: (event: RejectionEvent) => void) => void;
	removeEventListener?: (type: string, listener: (event: RejectionEvent) => void) => void;
	setImmediate?: (callback: () => void) => unknown;
}

interface RejectionEvent {
	readonly promise: Promise<unknown>;
	readonly reason: unknown;
	preventDefault(): void;
	stopImmediatePropagation(): void;
}

const host = globalThis as unknown as HostGlobal;

/** Which task an error object came out of: derived promises (`f().then(g)`) are linked to it by their reason. */
const origins = new WeakMap<object, LiveTask>();

let runs = 0;

/** Listens to the host from the first run on. */
export function beginObserving(): void {
	if (runs++ > 0) return;
	if (tellsByProcess()) host.process?.on?.("unhandledRejection", onNodeRejection);
	else {
		host.addEventListener?.("unhandledrejection", onRejectionEvent);
		if (inWorkerd()) host.addEventListener?.("rejectionhandled", onHandledEvent);
	}
}

/** Stops when the last run has ended, and tells whether this was it. */
export function endObserving(): boolean {
	if (--runs > 0) return false;
	if (tellsByProcess()) host.process?.off?.("unhandledRejection", onNodeRejection);
	else {
		host.removeEventListener?.("unhandledrejection", onRejectionEvent);
		host.removeEventListener?.("rejectionhandled", onHandledEvent);
	}
	return true;
}

const tellsByProcess = (): boolean => typeof host.process?.on === "function" && !inWorkerd();

/** Calls back after the host has reported the rejections of this turn. */
export function afterHost(callback: () => void): void {
	// What workerd reports at once is taken a turn later, which its `setImmediate` would not wait for.
	if (typeof host.setImmediate === "function" && !inWorkerd()) host.setImmediate(callback);
	else setTimeout(() => setTimeout(callback, 0), 0);
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
	return (reason as { code?: unknown } | null | undefined)?.code === "HOLDFAST_TASK_CANCELLED";
}

/** What listens to `unhandledRejection` while a run is alive. */
export function onNodeRejection(reason: unknown, promise: Promise<unknown>): void {
	if (claimRejection(reason, promise)) return;
	const { process } = host;
	// Alone, this listener would silence what the host does with a foreign rejection.
	if (process?.listenerCount?.("unhandledRejection") === 1)
		process.nextTick?.(() => {
			throw reason;
		});
}

function onRejectionEvent(event: RejectionEvent): void {
	const { reason, promise } = event;
	const take = recipientOf(reason, promise);
	if (take === undefined) return;
	event.preventDefault();
	event.stopImmediatePropagation();
	if (!inWorkerd()) {
		take();
		return;
	}
	early.add(promise);
	setTimeout(() => {
		if (early.delete(promise)) take();
	}, 0);
}

/** Rejections that workerd has reported in this turn. */
const early = /* @__PURE__ */ new Set<object>();

function onHandledEvent({ promise }: RejectionEvent): void {
	early.delete(promise);
}
