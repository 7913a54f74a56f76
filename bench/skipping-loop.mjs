/**
 * The host's time, microtasks and macrotasks, with one thing that the host has not: `skip(milliseconds)` moves the clock,
 * so that a million tasks wake when all are asleep, and not before. `rang` is when its last alarm rang.
 */
export class SkippingLoop {
	rang = 0;
	#ahead = 0;
	#alarm = null;
	#resolved = Promise.resolve();

	now() {
		return performance.now() + this.#ahead;
	}

	callSoon(fn) {
		this.#resolved.then(fn);
	}

	/** A run keeps one alarm at most. Nothing here waits for real: an alarm rings when it is skipped to. */
	callAt(when, fn) {
		const alarm = { when, fn };
		this.#alarm = alarm;
		return () => {
			if (this.#alarm === alarm) {
				this.#alarm = null;
			}
		};
	}

	yieldToHost(fn) {
		setImmediate(fn);
	}

	skip(milliseconds) {
		setImmediate(() => {
			this.#ahead += milliseconds;
			const alarm = this.#alarm;
			this.#alarm = null;
			this.rang = performance.now();
			alarm.fn();
		});
	}
}
