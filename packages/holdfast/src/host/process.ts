import type { Cancel, LoopWatch } from "../loops/loop.ts";

interface HostGlobal {
	navigator?: { userAgent?: string };
	process?: {
		on?(event: "beforeExit", listener: () => void): void;
		off?(event: "beforeExit", listener: () => void): void;
	};
}

const host = globalThis as HostGlobal;

/** The runs that are told when the host has nothing left to do, through one listener of the process for all of them. */
const watched: Set<LoopWatch> = /* @__PURE__ */ new Set();

const standstill = (): void => {
	for (const run of [...watched]) if (watched.has(run) && !run.waitsOutside()) run.deadlock();
};

/** workerd, of which every request is a world of its own. */
export const inWorkerd = (): boolean => host.navigator?.userAgent === "Cloudflare-Workers";

/**
 * workerd lets no request do another one's I/O, and what is attached to a promise runs in the request that attached it.
 * So the reaction is attached beforehand, where the run began: whoever wakes the run, it goes on there.
 */
export function callsInRequest(): ((fn: () => void) => void) | undefined {
	if (!inWorkerd()) return undefined;
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
	const { process } = host;
	if (typeof process?.on !== "function") return () => {};
	if (watched.size === 0) process.on("beforeExit", standstill);
	watched.add(run);
	return () => {
		if (watched.delete(run) && watched.size === 0) process.off?.("beforeExit", standstill);
	};
}
