import { afterHost } from "../observe.ts";
import { watchExit } from "./host.ts";
import type { Cancel, EventLoop, LoopWatch } from "./loop.ts";

interface Alarm {
	readonly when: number;
	readonly order: number;
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
	readonly #alarms: Alarm[] = [];
	readonly #runs: Set<LoopWatch> = new Set();
	readonly #resolved: Promise<void> = Promise.resolve();

	now(): number {
		return this.#now;
	}

	callSoon(fn: () => void): void {
		this.#activity++;
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

	/** Steps alone decide when the host has its turn, so that seeded runs replay. */
	readonly slice = 0;

	yieldToHost(fn: () => void): void {
		this.#yielded++;
		afterHost(() => {
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
		afterHost(() => {
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
		for (const run of this.#runs)
			if (run.waitsOutside()) {
				this.#jumpLater();
				return;
			}
		let next: Alarm | undefined;
		for (const alarm of this.#alarms)
			if (next === undefined || alarm.when < next.when || (alarm.when === next.when && alarm.order < next.order))
				next = alarm;
		if (next === undefined) {
			for (const run of [...this.#runs]) if (!run.waitsForPromise()) run.deadlock();
			return;
		}
		this.#alarms.splice(this.#alarms.indexOf(next), 1);
		if (next.when > this.#now) this.#now = next.when;
		next.fn();
		this.#jumpLater();
	}
}
