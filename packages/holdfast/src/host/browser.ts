// `#host` where there is no process: no signals, no end of the process to be told of, no `AsyncLocalStorage`.
import type { KernelTask } from "../kernel/task.ts";
import { stepping } from "../library-step.ts";
import type { Claim, RejectionEvent } from "../rejections.ts";
import type * as full from "./full.ts";

type Full = typeof full;

export function beginContexts(): void {}

export function endContexts(): void {}

export function callNative<T>(fn: () => T): T {
	return fn();
}

export function currentNativeTask(): KernelTask | null {
	return stepping.current?.task ?? null;
}

export function listenToSignals(): () => void {
	return () => {};
}

export const onInterrupts: Full["onInterrupts"] = listenToSignals;

export const watchExit: Full["watchExit"] = listenToSignals;

export function interruptedBy(): undefined {}

export function onNodeRejection(): void {}

export function callsInRequest(): undefined {}

let listener: ((event: RejectionEvent) => void) | undefined;

/** Browsers tell in a task of its own. What is ours is not reported on the console, nor to those who began to listen later. */
export function listenToRejections(claim: Claim): void {
	listener = (event) => {
		const take = claim(event.reason, event.promise);
		if (take === undefined) return;
		event.preventDefault();
		event.stopImmediatePropagation();
		take();
	};
	globalThis.addEventListener?.("unhandledrejection", listener);
}

export function stopListening(): void {
	globalThis.removeEventListener?.("unhandledrejection", listener as (event: RejectionEvent) => void);
}

/** Calls back after the host has reported the rejections of this turn. */
export function afterHost(callback: () => void): void {
	setTimeout(() => setTimeout(callback, 0), 0);
}
