import fc from "fast-check";
import { describe, test } from "vitest";
import { Barrier } from "../../src/barrier.ts";
import { Condition } from "../../src/condition.ts";
import { type Coroutine, coroutine } from "../../src/coroutine.ts";
import { Event } from "../../src/event.ts";
import { Latch } from "../../src/latch.ts";
import { Lock } from "../../src/lock.ts";
import { cleanup, shield } from "../../src/scopes.ts";
import { sleep } from "../../src/sleep.ts";
import { suspend } from "../../src/suspend.ts";
import { holds, Line, notices, type Step, type Steps, World } from "./world.ts";

/** An event and a latch: something opens once. */
interface Gate {
	open(): void;
	readonly isOpen: boolean;
	wait(): Coroutine<void>;
	readonly waiting: number;
}

type GateUse = "wait" | "open";
const gateUse = fc.oneof(
	{ weight: 5, arbitrary: fc.constant("wait" as const) },
	{ weight: 1, arbitrary: fc.constant("open" as const) },
);

class Gates extends World<GateUse> {
	readonly #gate: Gate;
	readonly #line = new Line();

	constructor(gate: Gate) {
		super();
		this.#gate = gate;
	}

	*perform({ op }: Step<GateUse>, worker: number): Steps<void> {
		const gate = this.#gate;
		if (op === "open") {
			this.event();
			gate.open();
			this.event();
			return;
		}
		yield* this.wait(
			this.#line,
			worker,
			() => gate.waiting,
			() => gate.wait(),
		);
		this.must(gate.isOpen, () => "a waiter came through before it was open");
	}

	override rest(): void {
		const { isOpen, waiting } = this.#gate;
		this.must(waiting === this.#line.size, () => `${waiting} wait instead of ${this.#line.size}`);
		this.must(!isOpen || waiting === 0, () => "somebody waits although it is open");
	}
}

function ofEvent(event: Event): Gate {
	return {
		open: () => event.set(),
		wait: () => event.wait(),
		get isOpen() {
			return event.isSet;
		},
		get waiting() {
			return event.statistics().waiting;
		},
	};
}

function ofLatch(latch: Latch): Gate {
	return {
		open: () => latch.count > 0 && latch.countDown(),
		wait: () => latch.wait(),
		get isOpen() {
			return latch.tryWait();
		},
		get waiting() {
			return latch.statistics().waiting;
		},
	};
}

/** Wakes only who waits longest. */
class Sparing implements Gate {
	readonly #waiting: (() => void)[] = [];
	isOpen = false;

	open(): void {
		this.isOpen = true;
		this.#waiting.shift()?.();
	}
	wait(): Coroutine<void> {
		if (this.isOpen) return coroutine(function* () {})();
		return suspend<void>((resume) => {
			this.#waiting.push(resume);
			return () => void this.#waiting.splice(this.#waiting.indexOf(resume), 1);
		});
	}
	get waiting(): number {
		return this.#waiting.length;
	}
}

describe("Event", () => {
	test("wakes all, in order, and forgets who was cancelled", () =>
		holds(gateUse, () => new Gates(ofEvent(new Event()))));
	test("one that wakes a single waiter is noticed", () => notices(gateUse, () => new Gates(new Sparing())));
	test("one that opens by itself is noticed", () =>
		notices(gateUse, () => new Gates({ ...ofEvent(new Event()), isOpen: false, waiting: 0 })));
});

describe("Latch", () => {
	test("opens at zero, and forgets who was cancelled", () => holds(gateUse, () => new Gates(ofLatch(new Latch(2)))));
	test("one that cannot be left is noticed", () =>
		notices(gateUse, () => {
			const latch = ofLatch(new Latch(2));
			return new Gates({ ...latch, isOpen: false, waiting: 0, wait: () => shield(() => latch.wait()) });
		}));
});

describe("Barrier", () => {
	type Meeting = Pick<Barrier, "parties" | "wait" | "statistics">;

	class Rounds extends World<"wait" | "try"> {
		readonly #barrier: Meeting & { tryWait?(): number | undefined };
		readonly #line = new Line();
		/** How often each place was given: as often as the others. */
		readonly #given: number[] = [0, 0, 0];

		constructor(barrier: Meeting) {
			super();
			this.#barrier = barrier;
		}

		*perform({ op }: Step<"wait" | "try">, worker: number): Steps<void> {
			const { parties } = this.#barrier;
			if (op === "try") {
				const { waiting } = this.#barrier.statistics();
				const place = this.#barrier.tryWait?.();
				if (place === undefined) this.must(waiting < parties - 1, () => "the last one could not arrive");
				else this.#arrived(place);
				return;
			}
			// The last one does not wait, but goes on first.
			const ahead = (): number => this.#barrier.statistics().waiting % (parties - 1);
			const place = yield* this.wait(this.#line, worker, ahead, () => this.#barrier.wait());
			this.#arrived(place);
		}

		#arrived(place: number): void {
			this.#given[place] = (this.#given[place] ?? 0) + 1;
		}

		override rest(): void {
			const { waiting, parties } = this.#barrier.statistics();
			this.must(waiting === this.#line.size, () => `${waiting} wait instead of ${this.#line.size}`);
			this.must(waiting < parties, () => "all are there, and wait");
			this.must(new Set(this.#given).size === 1, () => `the places were given ${this.#given} times`);
		}
	}

	/** Who is cancelled has arrived all the same. */
	class Unforgiving implements Meeting {
		readonly parties = 3;
		#event = new Event();
		#arrived = 0;
		wait(): Coroutine<number> {
			const self = this;
			return coroutine(function* () {
				const place = self.#arrived++;
				const event = self.#event;
				if (place < 2) yield* event.wait();
				else {
					self.#event = new Event();
					self.#arrived = 0;
					event.set();
				}
				return place;
			})();
		}
		statistics(): ReturnType<Barrier["statistics"]> {
			return { parties: 3, generation: 0, waiting: this.#event.statistics().waiting };
		}
	}

	const op = fc.constantFrom("wait" as const, "wait" as const, "wait" as const, "try" as const);
	test("all go on when the last one is there; who is cancelled gives its place back", () =>
		holds(op, () => new Rounds(new Barrier(3))));
	test("one that keeps the place of a cancelled party is noticed", () =>
		notices(fc.constant("wait" as const), () => new Rounds(new Unforgiving())));
});

describe("Condition", () => {
	interface Monitor {
		readonly lock: Lock;
		wait(): Coroutine<void>;
		notify(count: number): void;
		readonly waiting: number;
	}
	type Use = { readonly kind: "wait" } | { readonly kind: "notify"; readonly count: number };

	/** As many go on as were notified: a notification goes to one who uses it. */
	class Notified extends World<Use> {
		readonly #monitor: Monitor;
		readonly #line = new Line();
		#holders = 0;
		/** Notifications that nobody has used yet, as those who waited at the time. */
		#open: object[][] = [];

		constructor(monitor: Monitor) {
			super();
			this.#monitor = monitor;
		}

		*perform({ op, hold }: Step<Use>, worker: number): Steps<void> {
			const { lock } = this.#monitor;
			const guard = yield* lock.acquire();
			try {
				this.#took();
				yield* sleep(hold);
				if (op.kind === "wait") yield* this.#wait(worker);
				else this.#notify(op.count);
				this.event();
				yield* sleep(hold);
			} finally {
				this.#holders--;
				this.must(lock.locked, () => "the lock is free in the region");
				guard.release();
			}
		}

		#took(): void {
			this.must(++this.#holders === 1, () => "two are inside");
		}

		*#wait(worker: number): Steps<void> {
			this.event();
			const place = this.#line.enter(worker);
			this.#holders--;
			let woken = false;
			try {
				yield* this.#monitor.wait();
				woken = true;
			} finally {
				this.#took();
				place.leave();
				if (woken) {
					// It may have been passed on to somebody who came later.
					const mine = this.#open.findIndex((due) => due.includes(place));
					const used = this.#open.splice(Math.max(mine, 0), 1);
					this.must(used.length === 1, () => "somebody was woken by nobody");
				}
				this.event();
			}
		}

		#notify(count: number): void {
			this.event();
			for (let left = Math.min(count, this.#monitor.waiting); left > 0; left--) this.#open.push([...this.#line.places]);
			this.#monitor.notify(count);
			this.event();
		}

		override rest(): void {
			const { lock, waiting } = this.#monitor;
			this.must(Number(lock.locked) === this.#holders, () => "the lock has another holder");
			if (!lock.locked) {
				const lost = this.#open.some((due) => this.#line.places.some((place) => due.includes(place)));
				this.must(!lost, () => "a notification was lost");
				// All who could have used them were cancelled.
				this.#open = [];
				this.must(waiting === this.#line.size, () => `${waiting} wait instead of ${this.#line.size}`);
			}
		}
	}

	const op: fc.Arbitrary<Use> = fc.oneof(
		{ weight: 2, arbitrary: fc.constant({ kind: "wait" as const }) },
		{
			weight: 1,
			arbitrary: fc.record({ kind: fc.constant("notify" as const), count: fc.integer({ min: 1, max: 2 }) }),
		},
	);

	function healthy(): Monitor {
		const condition = new Condition();
		return {
			lock: condition.lock,
			wait: () => condition.wait(),
			notify: (count) => condition.notify(count),
			get waiting() {
				return condition.statistics().waiting;
			},
		};
	}

	/** Loses the notification of a task that is cancelled before it has the lock again. */
	class Losing implements Monitor {
		readonly lock = new Lock();
		readonly #events: Event[] = [];
		wait(): Coroutine<void> {
			const [lock, events] = [this.lock, this.#events];
			return coroutine(function* () {
				const event = new Event();
				events.push(event);
				lock.release();
				try {
					yield* event.wait();
				} finally {
					const index = events.indexOf(event);
					if (index >= 0) events.splice(index, 1);
					yield* cleanup(() => lock.acquire());
				}
				yield* sleep(0);
			})();
		}
		notify(count: number): void {
			for (const event of this.#events.splice(0, count)) event.set();
		}
		get waiting(): number {
			return this.#events.length;
		}
	}

	test("no notification is lost, and whoever leaves has the lock", () => holds(op, () => new Notified(healthy())));
	test("one that loses the notification of a cancelled task is noticed", () =>
		notices(op, () => new Notified(new Losing())));
});
