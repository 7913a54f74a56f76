import { BusyResourceError } from "./errors.ts";
import type { Store } from "./fifo.ts";
import { describe } from "./invoke.ts";
import { Queue } from "./queue.ts";

/**
 * A `Queue` that gives the smallest value first, by `compare`; of equal ones, the one that was put first. Putting and getting
 * cost O(log n). What waits in `put` for a place takes part in the order only once it is in.
 *
 * An error of `compare` goes to whoever put the value that was to be compared, or to whoever gets, and the queue is as it was.
 * It must not use the queue itself: that throws `BusyResourceError`. (Python's `asyncio.PriorityQueue`, which is not stable.)
 *
 * @example
 * const jobs = new PriorityQueue<Job>((a, b) => a.due - b.due);
 */
export class PriorityQueue<T> extends Queue<T> {
	/**
	 * `compare(a, b)` gives a number: negative if `a` comes first, positive if `b` does, 0 if they are equal, as for
	 * `Array.prototype.sort`.
	 * @throws RangeError unless `capacity` is a whole number from 1, or Infinity (the default)
	 */
	constructor(compare: (a: T, b: T) => number, capacity?: number) {
		if (typeof compare !== "function")
			throw new TypeError(`PriorityQueue: compare is ${describe(compare)}; pass a function (a, b) => number.`);
		super(capacity);
		// Private to users: the two classes are one, but for the order of what is inside.
		(this as unknown as { items: Store<T> }).items = new Heap(compare);
	}
}

/** A binary heap that keeps the order of equal values. All comparisons of a change are made before it. */
class Heap<T> implements Store<T> {
	#entries: Entry<T>[] = [];
	/** Numbers the values in the order in which they came. */
	#pushed = 0;
	readonly #compare: (a: T, b: T) => number;
	#comparing = false;

	constructor(compare: (a: T, b: T) => number) {
		this.#compare = compare;
	}

	get size(): number {
		return this.#entries.length;
	}

	push(value: T): void {
		this.#checkFree();
		const entries = this.#entries;
		const entry = { value, number: this.#pushed++ };
		let place = entries.length;
		while (place > 0) {
			const parent = (place - 1) >> 1;
			if (!this.#isBefore(entry, entries[parent] as Entry<T>)) break;
			place = parent;
		}
		// What is between the end and the place moves one level down.
		let hole = entries.length;
		while (hole > place) {
			const parent = (hole - 1) >> 1;
			entries[hole] = entries[parent] as Entry<T>;
			hole = parent;
		}
		entries[place] = entry;
	}

	shift(): T {
		this.#checkFree();
		const entries = this.#entries;
		const end = entries.length - 1;
		// The last one fills the gap that the first one leaves.
		const last = entries[end] as Entry<T>;
		let place = 0;
		for (;;) {
			let child = 2 * place + 1;
			if (child >= end) break;
			if (child + 1 < end && this.#isBefore(entries[child + 1] as Entry<T>, entries[child] as Entry<T>)) child++;
			if (!this.#isBefore(entries[child] as Entry<T>, last)) break;
			place = child;
		}
		entries.pop();
		if (end === 0) return last.value;
		// What is between the place and the root moves one level up.
		let moving = last;
		for (;;) {
			const entry = entries[place] as Entry<T>;
			entries[place] = moving;
			moving = entry;
			if (place === 0) return moving.value;
			place = (place - 1) >> 1;
		}
	}

	clear(): void {
		this.#checkFree();
		this.#entries = [];
	}

	#checkFree(): void {
		if (this.#comparing)
			throw new BusyResourceError(
				"PriorityQueue: compare used the queue that it puts in order; it may look at its two values only.",
			);
	}

	#isBefore(a: Entry<T>, b: Entry<T>): boolean {
		let order: number;
		this.#comparing = true;
		try {
			order = this.#compare.call(undefined, a.value, b.value);
		} finally {
			this.#comparing = false;
		}
		if (typeof order !== "number" || Number.isNaN(order))
			throw new TypeError(
				`PriorityQueue: compare gave ${describe(order)} for ${describe(a.value)} and ${describe(b.value)}; it has to give a number: negative, 0 or positive.`,
			);
		return order < 0 || (order === 0 && a.number < b.number);
	}
}

interface Entry<T> {
	readonly value: T;
	readonly number: number;
}
