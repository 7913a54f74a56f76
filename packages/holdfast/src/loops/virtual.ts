import { watchExit } from "#host";
import { afterMacrotask } from "./host.ts";
import type { Cancel, EventLoop, LoopWatch } from "./loop.ts";

interface Alarm {
	readonly when: number;
	readonly order: number;
	readonly fn: () => void;
}

interface Quiet {
	readonly cushion: number;
	readonly fn: () => void;
}

/**
 * A loop for tests: time stands still while anything can run, and jumps to the next deadline when everything waits.
 * Starts at 0. A wait on the outside world (`suspend(…, { outside: true })`, `holdfast/fetch`) stops the jumping until
 * it is over. When nothing can ever wake the run again, it fails with `DeadlockError`.
 *
 * @example
 * await run(main, { loop: new VirtualLoop() });   // an hour of sleep takes no time
 */
export class VirtualLoop implements EventLoop {
	#now = 0;
	#order = 0;
	#queue: (() => void)[] = [];
	#draining = false;
	#jumping = false;
	#yielded = 0;
	/** Changes whenever the run does something: the host has a whole turn after that before time goes on. */
	#activity = 0;
	/** The instant at which something last became ready. */
	#lastReady = 0;
	/** When everything came to rest, in real time, and what `#activity` was then. */
	#restSince = 0;
	#restActivity = -1;
	readonly #alarms: Alarm[] = [];
	readonly #quiet: Set<Quiet> = new Set();
	readonly #runs: Set<LoopWatch> = new Set();
	readonly #resolved: Promise<void> = Promise.resolve();

	now(): number {
		return this.#now;
	}

	callSoon(fn: () => void): void {
		this.#activity++;
		this.#lastReady = this.#now;
		this.#queue.push(fn);
		if (this.#draining) return;
		this.#draining = true;
		this.#resolved.then(() => this.#drain());
	}

	callAt(when: number, fn: () => void): Cancel {
		const alarm: Alarm = { when, order: ++this.#order, fn };
		this.#alarms.push(alarm);
		this.#activity++;
		this.#jumpLater();
		return () => {
			const index = this.#alarms.indexOf(alarm);
			if (index >= 0) this.#alarms.splice(index, 1);
		};
	}

	/**
	 * Calls `fn` when nothing can run and nothing has become ready for `cushion` milliseconds. What is due at that instant goes
	 * first; of several such calls the one with the shortest cushion, and equal ones together. Milliseconds of virtual
	 * time, which does not pass for a cushion of 0; while time stands still for the outside world, real ones.
	 */
	whenQuiet(cushion: number, fn: () => void): Cancel {
		const quiet: Quiet = { cushion, fn };
		this.#quiet.add(quiet);
		this.#activity++;
		this.#lastReady = this.#now;
		this.#jumpLater();
		return () => this.#quiet.delete(quiet);
	}

	/** Steps alone decide when the host has its turn, so that seeded runs replay. */
	readonly slice = 0;

	yieldToHost(fn: () => void): void {
		this.#yielded++;
		afterMacrotask(() => {
			this.#yielded--;
			fn();
			this.#jumpLater();
		});
	}

	watch(run: LoopWatch): Cancel {
		this.#runs.add(run);
		this.#jumpLater();
		const unwatch = watchExit(run);
		return () => {
			this.#runs.delete(run);
			unwatch();
		};
	}

	#drain(): void {
		const batch = this.#queue;
		this.#queue = [];
		this.#draining = false;
		for (const fn of batch) fn();
		this.#jumpLater();
	}

	/** Promises of the host get their turn before time goes on. */
	#jumpLater(): void {
		if (this.#jumping) return;
		this.#jumping = true;
		const activity = this.#activity;
		afterMacrotask(() => {
			this.#jumping = false;
			if (activity === this.#activity) this.#jump();
			else this.#jumpLater();
		});
	}

	#jump(): void {
		if (this.#draining || this.#yielded > 0) {
			this.#jumpLater();
			return;
		}
		if (this.#runs.size === 0) return;
		let outside = false;
		for (const run of this.#runs) outside ||= run.waitsOutside();
		let next: Alarm | undefined;
		for (const alarm of outside ? [] : this.#alarms)
			if (next === undefined || alarm.when < next.when || (alarm.when === next.when && alarm.order < next.order))
				next = alarm;
		if (this.#tellQuiet(outside, next?.when) || outside) {
			this.#jumpLater();
			return;
		}
		if (next === undefined) {
			for (const run of [...this.#runs]) if (!run.waitsForPromise()) run.deadlock();
			return;
		}
		this.#alarms.splice(this.#alarms.indexOf(next), 1);
		if (next.when > this.#now) this.#now = next.when;
		next.fn();
		this.#jumpLater();
	}

	/** Everything is at rest: whether that is what somebody waits for, before the next alarm. */
	#tellQuiet(outside: boolean, before = Number.POSITIVE_INFINITY): boolean {
		if (this.#restActivity !== this.#activity) {
			this.#restActivity = this.#activity;
			this.#restSince = performance.now();
		}
		let cushion = Number.POSITIVE_INFINITY;
		for (const quiet of this.#quiet) cushion = Math.min(cushion, quiet.cushion);
		const at = this.#lastReady + cushion;
		if (outside ? performance.now() - this.#restSince < cushion : !(at < before)) return false;
		if (!outside && at > this.#now) this.#now = at;
		for (const quiet of [...this.#quiet])
			if (quiet.cushion === cushion) {
				this.#quiet.delete(quiet);
				quiet.fn();
			}
		return true;
	}
}
