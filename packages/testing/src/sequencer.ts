import {
	type Awaitable,
	BrokenResourceError,
	type Coroutine,
	coroutine,
	type Resume,
	suspend,
	withCancelScope,
} from "holdfast";

/**
 * Puts steps of several tasks into one order: the step at 1 begins when the one at 0 has ended, and so on.
 * (Trio's `Sequencer`.)
 *
 * @example
 * const order = new Sequencer();
 * group.spawn(async () => {
 *   await order.at(0, first);
 *   await order.at(2, third);
 * });
 * group.spawn(async () => {
 *   await order.at(1, second);
 * });
 */
export class Sequencer {
	#next = 0;
	#broken = false;
	readonly #taken: Set<number> = new Set();
	readonly #waiting: Map<number, Resume<void>> = new Map();

	/**
	 * Waits until the steps at all lower positions have ended, and runs `body` as a step: gives what it gives, throws what
	 * it throws. A step that throws has ended, too.
	 *
	 * Cancelled while it waits: the order cannot be kept any more, and all further steps throw `BrokenResourceError`.
	 * @throws BrokenResourceError
	 * @throws RangeError for a position that is used already, or is no integer from 0
	 */
	at<T>(position: number, body: () => Awaitable<T>): Coroutine<T> {
		if (!Number.isInteger(position) || position < 0)
			throw new RangeError(`Sequencer: ${position} is no position; they are integers and begin at 0.`);
		if (this.#taken.has(position))
			throw new RangeError(`Sequencer: the position ${position} is used already; every step has its own.`);
		this.#taken.add(position);
		const sequencer = this;
		return coroutine(function* step(): Generator<unknown, T, never> {
			yield* sequencer.#turn(position);
			try {
				// A scope that nobody cancels: the way to call a function of any kind from here.
				return (yield* withCancelScope(body)) as T;
			} finally {
				sequencer.#next = position + 1;
				sequencer.#waiting.get(sequencer.#next)?.();
			}
		})();
	}

	*#turn(position: number): Generator<unknown, void, never> {
		if (position !== this.#next && !this.#broken)
			yield* suspend<void>(
				(resume) => {
					this.#waiting.set(position, resume);
					return () => this.#break(position);
				},
				{ label: `step ${position}` },
			);
		if (this.#broken) throw this.#error();
	}

	#break(position: number): void {
		this.#broken = true;
		this.#waiting.delete(position);
		for (const resume of this.#waiting.values()) resume.throw(this.#error());
		this.#waiting.clear();
	}

	#error(): BrokenResourceError {
		return new BrokenResourceError("The order is broken: a step was cancelled while it waited for its turn.");
	}
}
