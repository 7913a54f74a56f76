import { watchExit } from "#host";
import { DeadlockError, MisuseError } from "../errors.ts";
import { apart } from "./apart.ts";
import type { Cancel, EventLoop, LoopWatch } from "./loop.ts";

/** How a guest loop fits into the loop that pumps it. */
export interface GuestLoopOptions {
	/** The clock, in milliseconds (default `performance.now`): of a game that can be paused, for instance. Never goes back. */
	now?: () => number;
	/**
	 * Asks for a `pump()` after this many milliseconds, 0 for soon. At most one is asked for at a time; any `pump()` answers it.
	 * What it returns takes the wish back: when a pump came before, or an earlier one is wanted. A host that pumps regularly
	 * needs none of this. Must not call `pump()` itself, and must not throw.
	 */
	// biome-ignore lint/suspicious/noConfusingVoidType: a host that cannot take it back returns nothing
	schedule?: (delay: number) => Cancel | void;
}

interface Call {
	/** `null` when it was taken back. */
	fn: (() => void) | null;
}

interface Alarm extends Call {
	readonly when: number;
}

/** A quarter of a frame at 60 Hz. */
const BUDGET = 4;

/**
 * A loop that another loop pumps: that of a game, a GUI, `requestAnimationFrame`. Nothing happens but inside `pump()`, so
 * that tasks run where the host wants them, on its thread and between its own events. (Trio's guest mode.)
 *
 * A process that would exit while a run on it is unfinished is a host that has stopped pumping: the run fails with
 * `DeadlockError`, and the loop pumps itself until the cleanup is over.
 *
 * @example
 * const loop = new GuestLoop();
 * const game = run(main, { loop });
 * requestAnimationFrame(function frame() {
 *   loop.pump();
 *   requestAnimationFrame(frame);
 * });
 */
export class GuestLoop implements EventLoop {
	/** On a clock of its own steps alone decide when a run gives way. */
	readonly slice: number;
	readonly #clock: () => number;
	readonly #realTime: () => number;
	readonly #schedule: GuestLoopOptions["schedule"];
	#queue: Call[] = [];
	/** In order of instant, then of arming. */
	readonly #alarms: Alarm[] = [];
	#pumping = false;
	/** The instant for which a pump was asked. */
	#wanted: number = Number.POSITIVE_INFINITY;
	// biome-ignore lint/suspicious/noConfusingVoidType: as `schedule` returns it
	#takeBack: Cancel | void = undefined;

	constructor(options: GuestLoopOptions = {}) {
		for (const [name, value] of Object.entries({ now: options.now, schedule: options.schedule }))
			if (value !== undefined && typeof value !== "function")
				throw new TypeError(`GuestLoop: ${name} has to be a function.`);
		const { performance } = globalThis;
		this.#realTime = () => performance.now();
		this.#clock = options.now ?? this.#realTime;
		this.#schedule = options.schedule;
		this.slice = options.now === undefined ? 1 : 0;
	}

	now(): number {
		return this.#clock();
	}

	/** The instant on the clock of `now()` from which a `pump()` has something to do; `Infinity` if there is none. */
	get nextDeadline(): number {
		return this.#queue.length > 0 ? this.now() : (this.#alarms[0]?.when ?? Number.POSITIVE_INFINITY);
	}

	callSoon(fn: () => void): void {
		this.#queue.push({ fn });
		this.#want();
	}

	/** What is given here waits until all that is due has had its turn. */
	yieldToHost(fn: () => void): void {
		this.callSoon(fn);
	}

	callAt(when: number, fn: () => void): Cancel {
		const alarms = this.#alarms;
		const alarm: Alarm = { when, fn };
		let place = alarms.length;
		while (place > 0 && (alarms[place - 1] as Alarm).when > when) place--;
		alarms.splice(place, 0, alarm);
		this.#want();
		return () => {
			alarm.fn = null;
			const index = alarms.indexOf(alarm);
			if (index >= 0) alarms.splice(index, 1);
		};
	}

	/**
	 * Does what is due, and what becomes due meanwhile, for `budget` milliseconds of real time (default 4, `Infinity` for no
	 * limit); the rest waits for the next pump. Each pump does at least one round. May be called at any time, also when
	 * nothing is due; inside of itself it throws `MisuseError`.
	 *
	 * An error that a hook of a run throws comes out of here; the next pump goes on behind it.
	 */
	pump(budget: number = BUDGET): void {
		if (!(budget >= 0))
			throw new RangeError(`pump: the budget is ${String(budget)}; it is a number of milliseconds, zero or more.`);
		if (this.#pumping) throw new MisuseError("pump() was called by a task that it runs: let the host call it.");
		this.#pumping = true;
		this.#forget();
		try {
			apart(() => {
				const end = this.#realTime() + budget;
				do this.#round();
				while (this.#queue.length > 0 && this.#realTime() < end);
			});
		} finally {
			this.#pumping = false;
			this.#want();
		}
	}

	watch(run: LoopWatch): Cancel {
		let over = false;
		const unwatch = watchExit({
			waitsOutside: () => run.waitsOutside(),
			waitsForPromise: () => run.waitsForPromise(),
			deadlock: () => {
				const drive = (): void => {
					if (over) return;
					this.pump();
					const { nextDeadline } = this;
					if (nextDeadline < Number.POSITIVE_INFINITY) setTimeout(drive, Math.max(0, nextDeadline - this.now()));
				};
				run.deadlock(this.nextDeadline === Number.POSITIVE_INFINITY ? undefined : abandoned);
				drive();
			},
		});
		return () => {
			over = true;
			unwatch();
		};
	}

	/** One batch: alarms first, then what was ready before. What comes meanwhile is for the next one. */
	#round(): void {
		const alarms = this.#alarms;
		const now = this.now();
		let due = 0;
		while (due < alarms.length && (alarms[due] as Alarm).when <= now) due++;
		const batch = [...alarms.splice(0, due), ...this.#queue];
		this.#queue = [];
		let done = 0;
		try {
			while (done < batch.length) (batch[done++] as Call).fn?.();
		} finally {
			if (done < batch.length) this.#queue = [...batch.slice(done), ...this.#queue];
		}
	}

	/** Asks the host for a pump, if none is asked for that comes early enough. */
	#want(): void {
		if (this.#pumping || this.#schedule === undefined) return;
		const at = this.nextDeadline;
		if (at >= this.#wanted) return;
		this.#forget();
		this.#wanted = at;
		this.#takeBack = this.#schedule(Math.max(0, at - this.now()));
	}

	#forget(): void {
		this.#wanted = Number.POSITIVE_INFINITY;
		const takeBack = this.#takeBack;
		this.#takeBack = undefined;
		takeBack?.();
	}
}

function abandoned(waits: string): Error {
	return new DeadlockError(
		`The host has stopped pumping this guest loop while its run is unfinished: pump() it until run() has settled.\n${waits}`,
	);
}
