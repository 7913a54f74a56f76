import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { type Begin, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { pass, Waiter, WaitingList } from "./waiting-list.ts";

/** What an `Event` tells about itself. */
export interface EventStatistics {
	/** How many tasks wait. */
	readonly waiting: number;
}

/**
 * Something that happens once: whoever waits before goes on when it happens, whoever waits after does not wait.
 * It cannot be unset: make a new one. (Trio's `Event`, without the races of a flag that goes back.)
 *
 * @example
 * const ready = new Event();
 * group.spawn(async () => { await ready.wait(); await serve(); });
 * ready.set();
 */
export class Event {
	#isSet = false;
	readonly #waiting: WaitingList = new WaitingList();

	get isSet(): boolean {
		return this.#isSet;
	}

	/** Wakes all who wait. Setting it again changes nothing. May be called from anywhere, outside of runs too. */
	set(): void {
		this.#isSet = true;
		this.#waiting.wake();
	}

	/**
	 * Waits until the event is set; does not suspend if it is.
	 *
	 * Cancelled: throws `Cancelled`, also if the event is set already; a waiter woken by `set()` goes on, even if it is
	 * cancelled in the same tick.
	 */
	wait(): Coroutine<void> {
		return new LazyCoroutine<void>(Event.#begin, WAIT, this);
	}

	statistics(): EventStatistics {
		return { waiting: this.#waiting.size };
	}

	static readonly #begin: Begin = (lazy) => {
		const event = lazy.a0 as Event;
		const task = runningTask(WAIT.name);
		task.checkpoint();
		if (event.#isSet) return pass(task, undefined);
		return event.#waiting.park(new Waiter(task, WAIT.name));
	};
}

const WAIT: Code = { name: "Event.wait", place: () => undefined };
