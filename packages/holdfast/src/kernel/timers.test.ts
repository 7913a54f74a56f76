import fc from "fast-check";
import { expect, test } from "vitest";
import { Timer, TimerWheel } from "./timers.ts";

class Probe extends Timer {
	readonly #onFire: (probe: Probe) => void;

	constructor(onFire: (probe: Probe) => void) {
		super();
		this.#onFire = onFire;
	}

	override fire(): void {
		this.#onFire(this);
	}
}

/** Instants that matter: near ones, fractions, the edges of all levels, beyond the horizon, and the past. */
const distance = fc.oneof(
	{ weight: 4, arbitrary: fc.nat(200) },
	{ weight: 2, arbitrary: fc.double({ min: 0, max: 5000, noNaN: true }) },
	{
		weight: 3,
		arbitrary: fc
			.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: -2, max: 2 }))
			.map(([level, off]) => 64 ** level + off),
	},
	{ weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 33 }) },
	{ weight: 1, arbitrary: fc.integer({ min: -1000, max: -1 }) },
);

/** Steps of the clock; sometimes none at all, sometimes over several turns of the wheel. */
const step = fc.oneof(
	{ weight: 4, arbitrary: fc.nat(100) },
	{ weight: 2, arbitrary: fc.double({ min: 0, max: 3, noNaN: true }) },
	{ weight: 2, arbitrary: fc.nat(300_000) },
	{ weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 31 }) },
);

const action = fc.oneof(
	fc.record({ kind: fc.constant("arm" as const), by: distance, at: fc.nat() }),
	fc.record({ kind: fc.constant("disarm" as const), by: fc.constant(0), at: fc.nat() }),
	fc.record({ kind: fc.constant("advance" as const), by: step, at: fc.nat() }),
);

test("the wheel agrees with a sorted list: who fires, when, and in which order", () => {
	fc.assert(
		fc.property(
			fc.double({ min: 0, max: 1e6, noNaN: true }),
			fc.array(action, { maxLength: 80 }),
			(origin, actions) => {
				let now = origin;
				const wheel = new TimerWheel(now);
				const armed: Probe[] = [];
				const fired: Probe[] = [];
				for (const { kind, by, at } of actions) {
					if (kind === "arm") {
						const probe = new Probe((it) => fired.push(it));
						wheel.arm(probe, now + by);
						armed.push(probe);
					} else if (kind === "disarm") {
						const [probe] = armed.length === 0 ? [] : armed.splice(at % armed.length, 1);
						if (probe !== undefined) {
							wheel.disarm(probe);
							wheel.disarm(probe);
							expect(probe.bucket).toBeNull();
						}
					} else {
						now += by;
						wheel.advance(now);
						const due = armed.filter((probe) => probe.when <= now).sort((a, b) => a.when - b.when || a.order - b.order);
						expect(fired.splice(0)).toEqual(due);
						for (const probe of due) armed.splice(armed.indexOf(probe), 1);
					}
					expect(wheel.size).toBe(armed.length);
					const earliest = Math.min(...armed.map(({ when }) => when));
					expect(wheel.next()).toBeLessThanOrEqual(earliest);
					if (armed.length === 0) expect(wheel.next()).toBe(Number.POSITIVE_INFINITY);
				}
			},
		),
		{ numRuns: 1000 },
	);
});

test("a loop that wakes only when next() says so fires every timer exactly on time, in few wake-ups", () => {
	fc.assert(
		fc.property(
			fc.nat(100_000),
			fc.nat(100_000),
			fc.array(distance, { minLength: 1, maxLength: 30 }),
			(origin, begun, distances) => {
				const start = origin + begun;
				let now = start;
				const late: number[] = [];
				const wheel = new TimerWheel(origin);
				wheel.advance(now);
				for (const by of distances)
					wheel.arm(new Probe(({ when }) => late.push(now - Math.max(when, start))), start + by);
				let wakeups = 0;
				while (wheel.size > 0) {
					const next = wheel.next();
					expect(next).toBeLessThan(Number.POSITIVE_INFINITY);
					now = Math.max(now, next);
					wheel.advance(now);
					// A timer is sorted down once per level, and once per turn of the wheel beyond the horizon.
					expect(++wakeups).toBeLessThan(distances.length * 20);
				}
				expect(late).toEqual(distances.map(() => 0));
			},
		),
		{ numRuns: 500 },
	);
});

test("timers of the same instant fire in the order in which they were armed", () => {
	const wheel = new TimerWheel(0);
	const fired: string[] = [];
	const far = new Probe(() => fired.push("armed first, from afar"));
	// The near one stands in the lowest level before the far one is sorted down to it.
	wheel.arm(far, 70);
	wheel.advance(10);
	wheel.arm(new Probe(() => fired.push("armed later, near")), 70);
	wheel.advance(70);
	expect(fired).toEqual(["armed first, from afar", "armed later, near"]);
});

test("a timer that fires may take back another that is due, and arm itself again", () => {
	const wheel = new TimerWheel(0);
	const fired: string[] = [];
	const second = new Probe(() => fired.push("second"));
	let rounds = 0;
	const first = new Probe((probe) => {
		fired.push("first");
		wheel.disarm(second);
		if (rounds++ < 2) wheel.arm(probe, 5);
	});
	wheel.arm(first, 5);
	wheel.arm(second, 5);
	wheel.advance(5);
	expect([fired, wheel.size]).toEqual([["first"], 1]);
	wheel.advance(5);
	wheel.advance(5);
	expect([fired, wheel.size]).toEqual([["first", "first", "first"], 0]);
});

test("a due timer that another one takes back and arms anew fires at its new instant only", () => {
	const wheel = new TimerWheel(0);
	const fired: number[] = [];
	let now = 0;
	const second = new Probe(() => fired.push(now));
	const first = new Probe(() => {
		wheel.disarm(second);
		wheel.arm(second, 70);
	});
	wheel.arm(first, 3);
	wheel.arm(second, 4);
	for (const at of [10, 60, 70, 80]) {
		now = at;
		wheel.advance(at);
	}
	expect(fired).toEqual([70]);
});
