import { CannotBlockError } from "../errors.ts";
import { GuestLoop } from "./guest.ts";
import type { Cancel, LoopWatch } from "./loop.ts";

/** Longer sleeps are taken in parts. */
const LONGEST_SLEEP = 2 ** 31 - 1;

/**
 * The loop of synchronous runs, which holds up its thread: it is pumped by `block()`, and when nothing is due it puts the
 * thread to sleep until the next deadline. `runSync` uses one by itself.
 *
 * Sleeping needs `Atomics.wait`, which browsers allow in workers only; there, a run that has to wait fails with
 * `CannotBlockError`. Nothing outside can wake a sleeping thread, so a standstill is known at once and exactly.
 */
export class BlockingLoop extends GuestLoop {
	readonly blocks = true;
	readonly #runs: Set<LoopWatch> = new Set();
	#cell: Int32Array<SharedArrayBuffer> | null | undefined;

	// Sleeping is real, so the clock has to be.
	constructor() {
		super({});
	}

	/** Whether this thread may be put to sleep. */
	get canSleep(): boolean {
		if (this.#cell === undefined) {
			try {
				this.#cell = new Int32Array(new SharedArrayBuffer(4));
				Atomics.wait(this.#cell, 0, 0, 0);
			} catch {
				this.#cell = null;
			}
		}
		return this.#cell !== null;
	}

	/**
	 * Does what is due, and sleeps when nothing is, until `done()`. What a hook of a run throws goes to the host, as on its own
	 * loop.
	 * @throws CannotBlockError when only the host could go on: what waits for a promise needs `run()` on another loop
	 */
	block(done: () => boolean): void {
		while (!done()) {
			try {
				if (this.turn()) continue;
			} catch (error) {
				queueMicrotask(() => {
					throw error;
				});
				continue;
			}
			throw new CannotBlockError("Nothing is left that a blocking loop could do or wait for: its runs need the host.");
		}
	}

	/** Does what is due, once; if nothing is, sleeps until the next deadline. Tells whether there was anything to do. */
	turn(): boolean {
		const { nextDeadline } = this;
		if (nextDeadline === Number.POSITIVE_INFINITY) return this.#standstill(undefined);
		if (nextDeadline > this.now() && !this.#sleepUntil(nextDeadline)) return this.#standstill(cannotSleep);
		this.pump();
		return true;
	}

	override watch(run: LoopWatch): Cancel {
		this.#runs.add(run);
		return () => {
			this.#runs.delete(run);
		};
	}

	#standstill(describe: ((waits: string) => Error) | undefined): boolean {
		const stuck = [...this.#runs].filter((run) => !run.waitsOutside() && !run.waitsForPromise());
		for (const run of stuck) run.deadlock(describe);
		return stuck.length > 0;
	}

	#sleepUntil(when: number): boolean {
		if (!this.canSleep) return false;
		for (let left = when - this.now(); left > 0; left = when - this.now())
			Atomics.wait(this.#cell as Int32Array<SharedArrayBuffer>, 0, 0, Math.min(left, LONGEST_SLEEP));
		return true;
	}
}

function cannotSleep(waits: string): Error {
	return new CannotBlockError(
		`This thread may not be put to sleep (no Atomics.wait here), so a synchronous run cannot wait for a deadline: use run(), or a worker.\n${waits}`,
	);
}
