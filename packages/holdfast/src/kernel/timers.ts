/** A deadline that can be armed and taken back. It stands in at most one wheel, and fires at most once. */
export abstract class Timer {
	/** When to fire, on the loop's clock; set by `arm`. */
	when = 0;
	/** Arming order: timers of the same instant fire first come, first served. */
	order = 0;
	/** The bucket that holds this timer; `null` exactly when it is not armed. */
	bucket: Bucket | null = null;
	previous: Timer | null = null;
	next: Timer | null = null;

	/** Called once when the instant has come; the timer stands in no wheel then. */
	abstract fire(): void;
}

class Bucket {
	first: Timer | null = null;
	last: Timer | null = null;
	readonly level: number;
	readonly index: number;

	constructor(level: number, index: number) {
		this.level = level;
		this.index = index;
	}
}

const BITS = 6;
const SLOTS = 1 << BITS;
const LEVELS = 5;
/** How many milliseconds a slot of each level is wide. */
const WIDTHS: readonly number[] = [1, SLOTS, SLOTS ** 2, SLOTS ** 3, SLOTS ** 4];
/** Beyond this many milliseconds a timer waits in the last level and is sorted in again when that slot comes round. */
const HORIZON = 2 ** (BITS * LEVELS) - 1;

/**
 * A hierarchical timer wheel: arming and taking back are O(1), whatever the number of timers
 * (G. Varghese, A. Lauck: Hashed and Hierarchical Timing Wheels, SOSP 1987). Slots are one millisecond wide on the
 * lowest level, but the exact instants are kept: what is due is fired in order of instant, then of arming.
 */
export class TimerWheel {
	size = 0;
	/** The millisecond up to which everything has fired, counted from `origin`. Never ahead of the clock. */
	#tick = 0;
	#order = 0;
	readonly #origin: number;
	/** Made when first used. */
	readonly #buckets: (Bucket | undefined)[] = new Array(LEVELS * SLOTS).fill(undefined);
	/** Which slots are occupied: two 32-bit words per level. */
	readonly #occupied = new Int32Array(LEVELS * 2);

	constructor(origin: number) {
		this.#origin = Math.floor(origin);
	}

	/** Arms a timer that is not armed. An instant of the past is due at once. */
	arm(timer: Timer, when: number): void {
		timer.when = when;
		timer.order = ++this.#order;
		this.size++;
		this.#insert(timer);
	}

	/** Takes a timer back; nothing happens if it is not armed. */
	disarm(timer: Timer): void {
		if (timer.bucket === null) return;
		this.size--;
		this.#remove(timer);
	}

	/** The earliest instant at which `advance` may have something to do; `Infinity` when nothing is armed. */
	next(): number {
		if (this.size === 0) return Number.POSITIVE_INFINITY;
		let earliest = Number.POSITIVE_INFINITY;
		for (let level = 0; level < LEVELS; level++) {
			const distance = this.#distance(level);
			if (distance < 0) continue;
			const width = WIDTHS[level] as number;
			const slot = Math.floor(this.#tick / width) + distance;
			if (level > 0) {
				earliest = Math.min(earliest, slot * width + this.#origin);
				continue;
			}
			for (let timer = this.#bucket(0, slot).first; timer !== null; timer = timer.next)
				if (timer.when < earliest) earliest = timer.when;
		}
		return earliest;
	}

	/** Fires everything that is due at `now`, in order. */
	advance(now: number): void {
		if (this.size === 0) {
			this.#tick = Math.max(this.#tick, Math.floor(now) - this.#origin);
			return;
		}
		const due: Timer[] = [];
		const end = Math.floor(now) - this.#origin;
		for (;;) {
			this.#collect(this.#bucket(0, this.#tick), now, due);
			if (this.#tick >= end) break;
			this.#tick = this.#nextStop(end);
			this.#cascade();
		}
		if (due.length > 1) due.sort(byInstant);
		for (const timer of due) {
			// An earlier one may have taken this one back, or armed it anew.
			if (timer.bucket !== DUE) continue;
			timer.bucket = null;
			this.size--;
			timer.fire();
		}
	}

	#bucket(level: number, slot: number): Bucket {
		const index = slot % SLOTS;
		return (this.#buckets[level * SLOTS + index] ??= new Bucket(level, index));
	}

	#insert(timer: Timer): void {
		const at = Math.max(Math.floor(timer.when) - this.#origin, this.#tick);
		const ahead = Math.min(at - this.#tick, HORIZON);
		const level = ahead < SLOTS ? 0 : Math.floor((31 - Math.clz32(ahead)) / BITS);
		const bucket = this.#bucket(level, Math.floor((this.#tick + ahead) / (WIDTHS[level] as number)));
		timer.bucket = bucket;
		timer.previous = bucket.last;
		if (bucket.last === null) {
			bucket.first = timer;
			this.#mark(bucket, true);
		} else bucket.last.next = timer;
		bucket.last = timer;
	}

	#remove(timer: Timer): void {
		const bucket = timer.bucket as Bucket;
		timer.bucket = null;
		if (bucket === DUE) return;
		if (timer.previous === null) bucket.first = timer.next;
		else timer.previous.next = timer.next;
		if (timer.next === null) bucket.last = timer.previous;
		else timer.next.previous = timer.previous;
		timer.previous = timer.next = null;
		if (bucket.first === null) this.#mark(bucket, false);
	}

	#mark(bucket: Bucket, occupied: boolean): void {
		const word = bucket.level * 2 + (bucket.index >> 5);
		const bit = 1 << (bucket.index & 31);
		if (occupied) this.#occupied[word] = (this.#occupied[word] as number) | bit;
		else this.#occupied[word] = (this.#occupied[word] as number) & ~bit;
	}

	/** How many slots ahead the next occupied one of a level is; -1 if there is none. */
	#distance(level: number): number {
		const low = this.#occupied[level * 2] as number;
		const high = this.#occupied[level * 2 + 1] as number;
		if ((low | high) === 0) return -1;
		const position = Math.floor(this.#tick / (WIDTHS[level] as number)) % SLOTS;
		// A slot of a higher level at the current position is a whole turn ahead: it was emptied when it was entered.
		for (let ahead = level === 0 ? 0 : 1; ahead <= SLOTS; ahead++) {
			const index = (position + ahead) % SLOTS;
			if (((index < 32 ? low : high) >>> (index & 31)) & 1) return ahead;
		}
		return -1;
	}

	/** The next tick, at most `end`, at which a slot has to be fired or sorted into the lower levels. */
	#nextStop(end: number): number {
		let stop = end;
		for (let level = 0; level < LEVELS; level++) {
			const distance = this.#distance(level);
			if (distance < 0) continue;
			const width = WIDTHS[level] as number;
			const at = (Math.floor(this.#tick / width) + Math.max(distance, 1)) * width;
			if (at < stop) stop = at;
		}
		return stop;
	}

	/** Sorts the slots that begin at the current tick into the lower levels. */
	#cascade(): void {
		for (let level = LEVELS - 1; level > 0; level--) {
			const width = WIDTHS[level] as number;
			if (this.#tick % width !== 0) continue;
			const bucket = this.#bucket(level, this.#tick / width);
			for (let timer = bucket.first; timer !== null; timer = bucket.first) {
				this.#remove(timer);
				this.#insert(timer);
			}
		}
	}

	#collect(bucket: Bucket, now: number, due: Timer[]): void {
		for (let timer = bucket.first; timer !== null; ) {
			const next = timer.next;
			if (timer.when <= now) {
				this.#remove(timer);
				timer.bucket = DUE;
				due.push(timer);
			}
			timer = next;
		}
	}
}

/** Holds timers that are due and about to be fired. */
const DUE: Bucket = /* @__PURE__ */ new Bucket(-1, 0);

function byInstant(a: Timer, b: Timer): number {
	return a.when - b.when || a.order - b.order;
}
