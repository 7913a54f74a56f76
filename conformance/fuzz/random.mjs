/** mulberry32: small, fast, and the same everywhere. */
export class Random {
	#state;
	constructor(seed) {
		this.#state = seed >>> 0;
	}
	next() {
		this.#state = (this.#state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	}
	/** An integer in 0 … n - 1. */
	below(n) {
		return Math.floor(this.next() * n);
	}
	chance(probability) {
		return this.next() < probability;
	}
	pick(items) {
		return items[this.below(items.length)];
	}
}

/** The seed of the program with this number in the run with this seed. */
export function seedOf(runSeed, number) {
	let hash = Math.imul(runSeed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35);
	hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
	return (hash ^ (hash >>> 15)) >>> 0;
}
