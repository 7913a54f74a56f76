import fc from "fast-check";
import { describe, test } from "vitest";
import { CapacityLimiter } from "../../src/capacity-limiter.ts";
import { type Coroutine, coroutine } from "../../src/coroutine.ts";
import type { Guard } from "../../src/guard.ts";
import { Lock } from "../../src/lock.ts";
import { ReadWriteLock } from "../../src/read-write-lock.ts";
import { Semaphore } from "../../src/semaphore.ts";
import { checkpoint, sleep } from "../../src/sleep.ts";
import { holds, Line, notices, type Step, type Steps, World } from "./world.ts";

/** What a lock, a semaphore and a limiter have in common. */
interface Holdable {
	acquire(): Coroutine<Guard>;
	tryAcquire(): boolean;
	release(): void;
	with<T>(body: () => Steps<T>): Coroutine<T>;
	readonly places: number;
	statistics(): { readonly waiting: number; readonly held: number };
}

function ofLock(lock: Lock): Holdable {
	return wrap(lock, 1, () => ({ ...lock.statistics(), held: Number(lock.locked) }));
}
function ofSemaphore(semaphore: Semaphore, places: number): Holdable {
	return wrap(semaphore, places, () => ({ ...semaphore.statistics(), held: places - semaphore.value }));
}
function ofLimiter(limiter: CapacityLimiter, places: number): Holdable {
	return wrap(limiter, places, () => ({ ...limiter.statistics(), held: limiter.borrowed }));
}

type Statistics = Holdable["statistics"];

function wrap(thing: Omit<Holdable, "places" | "statistics">, places: number, statistics: Statistics): Holdable {
	return {
		acquire: () => thing.acquire(),
		tryAcquire: () => thing.tryAcquire(),
		release: () => thing.release(),
		with: (body) => thing.with(body),
		places,
		statistics,
	};
}

const use = fc.constantFrom("acquire" as const, "with" as const, "try" as const);
type Use = "acquire" | "with" | "try";

/** No more hold it than may, nobody slips in, and nothing is left held. */
class Holding extends World<Use> {
	readonly #thing: Holdable;
	readonly #line = new Line();
	#holders = 0;

	constructor(thing: Holdable) {
		super();
		this.#thing = thing;
	}

	*perform({ op, hold }: Step<Use>, worker: number): Steps<void> {
		const thing = this.#thing;
		if (op === "try") {
			const room = this.#line.size === 0 && this.#holders < thing.places;
			const taken = thing.tryAcquire();
			if (taken) this.must(room || this.#holders < thing.places, () => "it was given to one too many");
			else this.must(thing.statistics().held === thing.places, () => "it was refused although there was room");
			if (!taken) return;
			try {
				yield* this.#hold(hold);
			} finally {
				thing.release();
			}
		} else if (op === "with") {
			this.event();
			const { waiting } = thing.statistics();
			const place = this.#line.enter(worker);
			try {
				yield* thing.with(() => {
					this.served(place, waiting);
					return this.#hold(hold);
				});
			} finally {
				place.leave();
			}
		} else {
			const waiting = (): number => thing.statistics().waiting;
			const guard = yield* this.wait(this.#line, worker, waiting, () => thing.acquire());
			try {
				yield* this.#hold(hold);
			} finally {
				guard.release();
			}
		}
	}

	*#hold(time: number): Steps<void> {
		this.#holders++;
		try {
			this.must(this.#holders <= this.#thing.places, () => `${this.#holders} hold it`);
			this.event();
			yield* sleep(time);
			this.event();
		} finally {
			this.#holders--;
		}
	}

	override rest(): void {
		const { waiting, held } = this.#thing.statistics();
		this.must(held === this.#holders, () => `${held} places are taken, by ${this.#holders}`);
		this.must(waiting === this.#line.size, () => `${waiting} wait instead of ${this.#line.size}`);
		this.must(waiting === 0 || held >= this.#thing.places, () => "somebody waits although there is room");
	}

	override *end(): Steps<void> {
		this.rest();
		this.must(this.#thing.statistics().held === 0, () => "it is still held");
	}
}

type Method = "acquire" | "tryAcquire";

/** Replaces one method of a healthy thing. */
function broken(thing: Holdable, methods: Partial<Pick<Holdable, Method>>): Holdable {
	return { ...thing, ...methods };
}

/** Waits once more behind the hand-over: a cancellation there loses what was handed over. */
function forgetful(thing: Holdable): Holdable {
	return broken(thing, {
		acquire: coroutine(function* () {
			const guard = yield* thing.acquire();
			yield* checkpoint();
			return guard;
		}),
	});
}

/** Asks again and again instead of standing in line. */
function pushing(thing: Holdable): Holdable {
	return broken(thing, {
		acquire: coroutine(function* () {
			for (let pause = 1; ; pause = (pause % 3) + 1) {
				if (thing.tryAcquire()) break;
				yield* sleep(pause);
			}
			return { release: () => thing.release(), [Symbol.dispose]() {} };
		}),
	});
}

const kinds: Record<string, () => Holdable> = {
	Lock: () => ofLock(new Lock()),
	Semaphore: () => ofSemaphore(new Semaphore(2), 2),
	CapacityLimiter: () => ofLimiter(new CapacityLimiter(2), 2),
	"ReadWriteLock, writing": () => ofWriting(new ReadWriteLock()),
};

function ofWriting(lock: ReadWriteLock): Holdable {
	return wrap(lock.write, 1, () => {
		const { writing, waitingWriters } = lock.statistics();
		return { waiting: waitingWriters, held: Number(writing) };
	});
}

describe.each(Object.entries(kinds))("%s", (_name, make) => {
	test("never has too many holders, serves in order, and loses nothing to a cancellation", () =>
		holds(use, () => new Holding(make())));
	test("one that loses what was handed over to a cancelled task is noticed", () =>
		notices(use, () => new Holding(forgetful(make()))));
	test("one without a line is noticed", () => notices(use, () => new Holding(pushing(make()))));
	test("one with a place too many is noticed", () =>
		notices(use, () => new Holding({ ...make(), places: make().places - 1 })));
});

describe("ReadWriteLock", () => {
	const way = fc.constantFrom("read" as const, "write" as const);

	class Reading extends World<"read" | "write"> {
		readonly lock = new ReadWriteLock();
		readonly #line = new Line();
		readers = 0;
		writers = 0;

		*perform({ op, hold }: Step<"read" | "write">, worker: number): Steps<void> {
			const ahead = (): number => {
				const { waitingReaders, waitingWriters } = this.lock.statistics();
				return waitingReaders + waitingWriters;
			};
			const guard = yield* this.wait(this.#line, worker, ahead, () => this.acquire(op));
			try {
				if (op === "read") this.readers++;
				else this.writers++;
				this.must(this.writers === 0 || this.writers + this.readers === 1, () => "somebody writes beside others");
				this.event();
				yield* sleep(hold);
				this.event();
			} finally {
				if (op === "read") this.readers--;
				else this.writers--;
				guard.release();
			}
		}

		acquire(op: "read" | "write"): Coroutine<Guard> {
			return this.lock[op].acquire();
		}

		override rest(): void {
			const { readers, writing, waitingReaders, waitingWriters } = this.lock.statistics();
			this.must(readers === this.readers && Number(writing) === this.writers, () => "the holders are others");
			this.must(waitingReaders + waitingWriters === this.#line.size, () => "others wait");
			this.must(this.#line.size === 0 || readers > 0 || writing, () => "somebody waits for nobody");
		}

		override *end(): Steps<void> {
			this.rest();
			this.must(this.readers + this.writers === 0, () => "it is still held");
		}
	}

	test("lets many read or one write, in the order of arrival", () => holds(way, () => new Reading()));
	test("one whose writers only read is noticed", () =>
		notices(
			way,
			() =>
				new (class extends Reading {
					override acquire(): Coroutine<Guard> {
						return this.lock.read.acquire();
					}
				})(),
		));
	test("one in which readers pass waiting writers is noticed", () =>
		notices(
			way,
			() =>
				new (class extends Reading {
					override acquire(op: "read" | "write"): Coroutine<Guard> {
						const { lock } = this;
						if (op === "write") return pushing(ofWriting(lock)).acquire();
						return lock.read.acquire();
					}
				})(),
		));
});
