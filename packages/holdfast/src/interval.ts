import { type Coroutine, coroutine } from "./coroutine.ts";
import { BusyResourceError } from "./errors.ts";
import { describe, runningTask } from "./invoke.ts";
import { checkOptions } from "./scopes.ts";
import { checkpoint, sleepUntil } from "./sleep.ts";

/** Options of `interval`. */
export interface IntervalOptions {
	/**
	 * What becomes of ticks that were due while nobody waited for them. One that is late comes at once; then
	 * - `"skip"` (default): all that were missed are that one, and the next comes at its own time;
	 * - `"burst"`: each of them comes, at once, until the count is right again;
	 * - `"delay"`: the next comes a whole interval after the late one.
	 */
	missed?: "skip" | "burst" | "delay";
	/** Whether the first tick comes at once, and not after one interval (default `false`). */
	immediate?: boolean;
}

/** What an `Interval` tells about itself. */
export interface IntervalStatistics {
	/** How many ticks it has given. */
	readonly ticks: number;
	/** How many were skipped. */
	readonly missed: number;
}

/** Ticks, for one consumer: for `await` and `for await`, and for generators by `yield* ticks.next()`. */
export interface Interval extends AsyncIterable<number, undefined> {
	/**
	 * Waits for the next tick and gives its number, counted from 0. With `"skip"`, numbers are left out for ticks that were
	 * missed. Cancelled: throws `Cancelled`; the tick is not lost, and the interval can be used on.
	 * @throws BusyResourceError if somebody waits in it already
	 */
	next(): Coroutine<IteratorResult<number, undefined>>;
	/** Ends it: what `for await` calls when the loop is left. */
	return(): IteratorReturnResult<undefined>;
	/** Itself. */
	[Symbol.asyncIterator](): AsyncIterator<number, undefined>;
	statistics(): IntervalStatistics;
}

/**
 * Ticks every so many milliseconds, on the run's clock, without drift: tick n is due n intervals after the first one,
 * however long the work between them takes. Counted from the first `next()`, so from when the loop begins.
 * It ends when the loop is left or cancelled, never by itself. (tokio's `interval` with its `MissedTickBehavior`.)
 *
 * @throws RangeError unless `milliseconds` is a finite number above 0
 * @example
 * for await (const tick of interval(1_000)) await report(tick);
 */
export function interval(milliseconds: number, options: IntervalOptions = {}): Interval {
	if (typeof milliseconds !== "number" || !(milliseconds > 0 && milliseconds < Number.POSITIVE_INFINITY))
		throw new RangeError(`interval: ${describe(milliseconds)} is not a finite number of milliseconds above zero.`);
	checkOptions("interval", options, ["missed", "immediate"]);
	const { missed = "skip", immediate = false } = options;
	if (missed !== "skip" && missed !== "burst" && missed !== "delay")
		throw new TypeError(`interval: missed is ${describe(missed)}; it may be "skip", "burst" or "delay".`);
	return new Ticks(milliseconds, missed, immediate);
}

class Ticks implements Interval {
	readonly period: number;
	readonly missed: "skip" | "burst" | "delay";
	readonly immediate: boolean;
	/** When tick 0 is due, or would have been; NaN before the first `next()`. */
	origin: number = Number.NaN;
	/** The number of the next tick. */
	index = 0;
	ticks = 0;
	waiting = false;
	ended = false;

	constructor(period: number, missed: "skip" | "burst" | "delay", immediate: boolean) {
		this.period = period;
		this.missed = missed;
		this.immediate = immediate;
	}

	next(): Coroutine<IteratorResult<number, undefined>> {
		return nextTick(this);
	}

	return(): IteratorReturnResult<undefined> {
		this.ended = true;
		return { done: true, value: undefined };
	}

	[Symbol.asyncIterator](): AsyncIterator<number, undefined> {
		// The language's type asks for promises; `for await` awaits whatever it gets, and a coroutine is a call.
		return this as unknown as AsyncIterator<number, undefined>;
	}

	statistics(): IntervalStatistics {
		return { ticks: this.ticks, missed: this.index - this.ticks };
	}
}

const nextTick = /* @__PURE__ */ coroutine(function* next(
	it: Ticks,
): Generator<never, IteratorResult<number, undefined>, unknown> {
	if (it.waiting)
		throw new BusyResourceError(
			"interval: a task waits for its next tick already; make an interval for each consumer.",
		);
	if (it.ended) return { done: true, value: undefined };
	const { runner } = runningTask("interval");
	const { period, missed } = it;
	if (Number.isNaN(it.origin)) it.origin = runner.now() + (it.immediate ? 0 : period);
	const due = it.origin + it.index * period;
	it.waiting = true;
	try {
		yield* due > runner.now() ? sleepUntil(due) : checkpoint();
	} finally {
		it.waiting = false;
	}
	if (it.ended) return { done: true, value: undefined };
	const late = runner.now() - due;
	if (late >= period && missed === "skip") it.index += Math.floor(late / period);
	if (late > 0 && missed === "delay") it.origin += late;
	it.ticks++;
	return { done: false, value: it.index++ };
});
