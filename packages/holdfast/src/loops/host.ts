import { callsInRequest, watchExit } from "#host";
import type { Cancel, EventLoop } from "./loop.ts";

/** Delays beyond this overflow the host's timers, which then fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

interface HostGlobal {
	setImmediate?: (callback: () => void) => unknown;
}

/**
 * The loop of the host: microtasks for wake-ups, a macrotask when the host has to have its turn, one timer at a time.
 * The host's functions are read when the loop is made, so that fake timers work.
 */
export function hostLoop(): EventLoop {
	const { performance, setTimeout, clearTimeout } = globalThis;
	const { setImmediate } = globalThis as HostGlobal;
	// A resolved promise's `then` costs a third of `queueMicrotask` in Node.
	const resolved = Promise.resolve();
	return {
		now: () => performance.now(),
		callSoon:
			callsInRequest() ??
			((fn) => {
				resolved.then(fn);
			}),
		callAt(when: number, fn: () => void): Cancel {
			let handle: ReturnType<typeof setTimeout>;
			const arm = (): void => {
				const left = when - performance.now();
				handle = setTimeout(left > LONGEST_DELAY ? arm : fire, Math.min(Math.max(Math.ceil(left), 0), LONGEST_DELAY));
			};
			// The host counts in milliseconds of its own and may call a little early.
			const fire = (): void => {
				if (performance.now() < when) arm();
				else fn();
			};
			arm();
			return () => clearTimeout(handle);
		},
		yieldToHost: setImmediate === undefined ? yieldByChannel : (fn) => void setImmediate(fn),
		watch: watchExit,
	};
}

/** Calls back after a turn of the host; read at each call, for loops that outlive a run. */
export function afterMacrotask(fn: () => void): void {
	const { setImmediate } = globalThis as HostGlobal;
	if (setImmediate === undefined) yieldByChannel(fn);
	else setImmediate(fn);
}

/** Browsers have no `setImmediate`, and nested `setTimeout(0)` waits 4 ms. */
function yieldByChannel(fn: () => void): void {
	if (typeof MessageChannel !== "function") {
		setTimeout(fn, 0);
		return;
	}
	const { port1, port2 } = new MessageChannel();
	port1.onmessage = () => {
		port1.close();
		fn();
	};
	port2.postMessage(null);
}
