import { inWorkerd } from "./host/process.ts";

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

export interface RejectionEvent {
	readonly promise: Promise<unknown>;
	readonly reason: unknown;
	preventDefault(): void;
	stopImmediatePropagation(): void;
}

const host = globalThis as unknown as HostGlobal;

/** What brings a rejection to its owner; `undefined` if it is not ours. */
export type Claim = (reason: unknown, promise: object) => (() => void) | undefined;

/** Of the copy of the library whose runs are alive. */
let claim: Claim = () => undefined;

export function listenToRejections(recipientOf: Claim): void {
	claim = recipientOf;
	if (tellsByProcess()) host.process?.on?.("unhandledRejection", onNodeRejection);
	else {
		host.addEventListener?.("unhandledrejection", onRejectionEvent);
		if (inWorkerd()) host.addEventListener?.("rejectionhandled", onHandledEvent);
	}
}

export function stopListening(): void {
	if (tellsByProcess()) host.process?.off?.("unhandledRejection", onNodeRejection);
	else {
		host.removeEventListener?.("unhandledrejection", onRejectionEvent);
		host.removeEventListener?.("rejectionhandled", onHandledEvent);
	}
}

const tellsByProcess = (): boolean => typeof host.process?.on === "function" && !inWorkerd();

/** Calls back after the host has reported the rejections of this turn. */
export function afterHost(callback: () => void): void {
	// What workerd reports at once is taken a turn later, which its `setImmediate` would not wait for.
	if (typeof host.setImmediate === "function" && !inWorkerd()) host.setImmediate(callback);
	else setTimeout(() => setTimeout(callback, 0), 0);
}

/** What listens to `unhandledRejection` while a run is alive. */
export function onNodeRejection(reason: unknown, promise: Promise<unknown>): void {
	const take = claim(reason, promise);
	if (take !== undefined) {
		take();
		return;
	}
	const { process } = host;
	// Alone, this listener would silence what the host does with a foreign rejection.
	if (process?.listenerCount?.("unhandledRejection") === 1)
		process.nextTick?.(() => {
			throw reason;
		});
}

function onRejectionEvent(event: RejectionEvent): void {
	const { reason, promise } = event;
	const take = claim(reason, promise);
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
