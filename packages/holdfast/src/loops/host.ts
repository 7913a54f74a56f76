import type { Cancel, EventLoop, LoopWatch } from "./loop.ts";

/** Delays beyond this overflow the host's timers, which then fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

interface HostGlobal {
	navigator?: { userAgent?: string };
	setImmediate?: (callback: () => void) => unknown;
	process?: {
		on?(event: "beforeExit", listener: () => void): void;
		off?(event: "beforeExit", listener: () => void): void;
	};
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
		callSoon: inWorkerd()
			? callInRequest()
			: (fn) => {
					resolved.then(fn);
				},
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

/** The runs that are told when the host has nothing left to do, through one listener of the process for all of them. */
const watched: Set<LoopWatch> = /* @__PURE__ */ new Set();

const standstill = (): void => {
	for (const run of [...watched]) if (watched.has(run) && !run.waitsOutside()) run.deadlock();
};

/** workerd, of which every request is a world of its own. */
export const inWorkerd = (): boolean => (globalThis as HostGlobal).navigator?.userAgent === "Cloudflare-Workers";

/**
 * workerd lets no request do another one's I/O, and what is attached to a promise runs in the request that attached it.
 * So the reaction is attached beforehand, where the run began: whoever wakes the run, it goes on there.
 */
function callInRequest(): (fn: () => void) => void {
	let queue: (() => void)[] = [];
	let wake: () => void;
	const attach = (): void => {
		new Promise<void>((resolve) => {
			wake = resolve;
		}).then(() => {
			attach();
			const calls = queue;
			queue = [];
			for (const call of calls) call();
		});
	};
	attach();
	return (fn) => {
		queue.push(fn);
		wake();
	};
}

/** Where the host tells when it has nothing left to do, a run that has not ended then is at a standstill. */
export function watchExit(run: LoopWatch): Cancel {
	const { process } = globalThis as HostGlobal;
	if (typeof process?.on !== "function") return () => {};
	if (watched.size === 0) process.on("beforeExit", standstill);
	watched.add(run);
	return () => {
		if (watched.delete(run) && watched.size === 0) process.off?.("beforeExit", standstill);
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
