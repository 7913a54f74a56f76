import { checkCount } from "./check-count.ts";
import { type Awaitable, type Coroutine, coroutine, LazyCoroutine } from "./coroutine.ts";
import { type Begin, describe, invoke, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { checkBody, checkOptions } from "./scopes.ts";
import { Semaphore } from "./semaphore.ts";
import { sleepUntil } from "./sleep.ts";

/** Options of `throttle`; at least one limit must be given. */
export interface ThrottleOptions {
	/** How many calls may begin in any `interval`: a whole number from 1. Default: no limit. */
	limit?: number;
	/** In milliseconds. Default 1,000. */
	interval?: number;
	/** How many calls may run at once: a whole number from 1. Default: no limit. */
	concurrency?: number;
}

/** What a throttled function tells about itself. */
export interface ThrottleStatistics {
	/** Calls that wait for their turn. */
	readonly waiting: number;
	/** Calls that run. */
	readonly running: number;
	/** How many calls have begun. */
	readonly started: number;
}

/** A function whose calls wait for their turn. */
export interface Throttled<Args extends readonly unknown[], T> {
	/** Cancelled while it waits: throws `Cancelled`, `fn` is not called, and its place goes to the next. */
	(...args: Args): Coroutine<T>;
	statistics(): ThrottleStatistics;
}

/**
 * Makes a function whose calls are limited: how many begin in an interval, how many run at once, or both. Calls that have to
 * wait are served in the order in which they were awaited. The limit holds for every window of that length, wherever it
 * begins, so a burst at its edge is no way around it.
 *
 * A call runs on the task of its caller, as if `fn` had been called directly: context, errors and cancellation are the
 * caller's. It is lazy, as every coroutine: it waits for its turn from when it is awaited or spawned.
 *
 * @throws TypeError if no limit is given
 * @throws RangeError for a limit that makes no sense
 * @example
 * const search = throttle(callSearchApi, { limit: 10, interval: 1_000, concurrency: 3 });
 * const results = await map(words, (word) => search(word));
 */
export function throttle<Args extends readonly unknown[], T>(
	fn: (...args: Args) => Awaitable<T>,
	options: ThrottleOptions,
): Throttled<Args, T> {
	checkBody("throttle", fn);
	checkOptions("throttle", options, ["limit", "interval", "concurrency"]);
	const { limit, interval = 1_000, concurrency } = options;
	if (limit === undefined && concurrency === undefined)
		throw new TypeError("throttle: no limit is given; set limit (with interval), concurrency, or both.");
	for (const [name, value] of Object.entries({ limit, concurrency }))
		if (value !== undefined) checkCount(`throttle: ${name}`, value, 1, false);
	if (typeof interval !== "number" || !(interval >= 0 && interval < Number.POSITIVE_INFINITY))
		throw new RangeError(`throttle: interval must be a finite number of milliseconds, not ${describe(interval)}.`);
	const gate = new Gate(fn as (...args: never[]) => unknown, limit, interval, concurrency);
	const call = (...args: Args): Coroutine<T> => pass(gate, args) as Coroutine<T>;
	return Object.assign(call, { statistics: () => gate.statistics() });
}

class Gate {
	readonly fn: (...args: never[]) => unknown;
	readonly limit: number | undefined;
	readonly interval: number;
	/** Whoever is first in line holds it while it waits for room. */
	readonly turn: Semaphore = new Semaphore(1);
	readonly permits: Semaphore | null;
	/** When the latest `limit` calls began, in a ring: call n at n modulo `limit`. */
	readonly begun: number[] = [];
	admitted = 0;
	waiting = 0;
	running = 0;
	started = 0;

	constructor(
		fn: (...args: never[]) => unknown,
		limit: number | undefined,
		interval: number,
		concurrency: number | undefined,
	) {
		this.fn = fn;
		this.limit = limit;
		this.interval = interval;
		this.permits = concurrency === undefined ? null : new Semaphore(concurrency);
	}

	statistics(): ThrottleStatistics {
		return { waiting: this.waiting, running: this.running, started: this.started };
	}
}

const pass = /* @__PURE__ */ coroutine(function* throttled(
	gate: Gate,
	args: readonly unknown[],
): Generator<never, unknown, unknown> {
	const { turn, permits, begun, limit } = gate;
	gate.waiting++;
	let permitted = false;
	try {
		yield* turn.acquire();
		try {
			if (permits !== null) {
				yield* permits.acquire();
				permitted = true;
			}
			if (limit !== undefined) {
				const { runner } = runningTask("throttle");
				const slot = gate.admitted % limit;
				// The call that had this place in the ring has to be an interval ago.
				const free = (begun[slot] ?? Number.NEGATIVE_INFINITY) + gate.interval;
				if (free > runner.now()) yield* sleepUntil(free);
				begun[slot] = runner.now();
				gate.admitted++;
			}
		} catch (error) {
			if (permitted) permits?.release();
			throw error;
		} finally {
			turn.release();
		}
	} finally {
		gate.waiting--;
	}
	gate.running++;
	gate.started++;
	try {
		return yield* new LazyCoroutine<unknown>(beginCall, CALL, gate.fn, args);
	} finally {
		gate.running--;
		permits?.release();
	}
});

const CALL: Code = { name: "throttled call", place: () => undefined };
const beginCall: Begin = (lazy) => invoke(lazy.a0 as () => unknown, lazy.a1 as readonly unknown[]);
