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
 * `CannotBlockError`. Nothing outside can wake a sleeping thread but another thread that rings the `bell` of a loop that
 * listens; so a standstill is known at once and exactly.
 */
export class BlockingLoop extends GuestLoop {
	readonly blocks = true;
	readonly #runs: Set<LoopWatch> = new Set();
	readonly #listeners: Set<() => void> = new Set();
	#bell: Int32Array<SharedArrayBuffer> | null | undefined;
	/** What the bell was when the listeners were last asked. */
	#heard = 0;

	// Sleeping is real, so the clock has to be.
	constructor() {
		super({});
	}

	/** Whether this thread may be put to sleep. */
	get canSleep(): boolean {
		return this.bell !== null;
	}

	/**
	 * By which another thread wakes this one, when it has something for a listener: `Atomics.add(bell, 0, 1)`, then
	 * `Atomics.notify(bell, 0)`. `null` where the thread may not be put to sleep.
	 */
	get bell(): Int32Array<SharedArrayBuffer> | null {
		if (this.#bell === undefined) {
			try {
				this.#bell = new Int32Array(new SharedArrayBuffer(4));
				Atomics.wait(this.#bell, 0, 0, 0);
			} catch {
				this.#bell = null;
			}
		}
		return this.#bell;
	}

	/**
	 * Has `hear` called after each ring of the bell, to fetch what the other thread has said. While somebody listens, a run in
	 * which nothing is due waits for the bell and is at no standstill. Gives what ends that; listen only as long as an answer
	 * is to come.
	 */
	listen(hear: () => void): Cancel {
		const listener = (): void => hear();
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
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

	/** Does what is due, once; if nothing is, sleeps until the next deadline or ring. Tells whether there was anything to do. */
	turn(): boolean {
		if (this.#hear()) return true;
		const { nextDeadline } = this;
		if (nextDeadline === Number.POSITIVE_INFINITY && this.#listeners.size === 0) return this.#standstill(undefined);
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
		const { bell } = this;
		if (bell === null) return false;
		for (let left = when - this.now(); left > 0 && !this.#rung; left = when - this.now())
			Atomics.wait(bell, 0, this.#heard, Math.min(left, LONGEST_SLEEP));
		this.#hear();
		return true;
	}

	get #rung(): boolean {
		return this.#bell != null && Atomics.load(this.#bell, 0) !== this.#heard;
	}

	/** Asks the listeners if the bell was rung since the last time; tells whether it was. */
	#hear(): boolean {
		if (!this.#rung) return false;
		// Before it is asked: a ring that comes meanwhile is heard the next time.
		this.#heard = Atomics.load(this.#bell as Int32Array<SharedArrayBuffer>, 0);
		for (const hear of [...this.#listeners]) hear();
		return true;
	}
}

function cannotSleep(waits: string): Error {
	return new CannotBlockError(
		`This thread may not be put to sleep (no Atomics.wait here), so a synchronous run cannot wait for a deadline: use run(), or a worker.\n${waits}`,
	);
}
