import { expect, test } from "vitest";
import { thrownBy, virtually } from "../test/virtually.ts";
import { BusyResourceError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { type IntervalOptions, interval } from "./interval.ts";
import { moveOnAfter } from "./scopes.ts";
import { now, sleep } from "./sleep.ts";

/** The ticks, and when they came, while each is worked on for that long. */
function* measure(options: IntervalOptions, work: readonly number[]): Generator<never, [number, number][], unknown> {
	const ticks = interval(10, options);
	const seen: [number, number][] = [];
	for (const milliseconds of work) {
		seen.push([(yield* ticks.next()).value as number, now()]);
		yield* sleep(milliseconds);
	}
	return seen;
}

test("tick n comes n intervals after the first, however long the work takes", async () => {
	await virtually(function* () {
		yield* sleep(3);
		expect(yield* measure({}, [0, 9, 1, 7])).toEqual([
			[0, 13],
			[1, 23],
			[2, 33],
			[3, 43],
		]);
		const start = now();
		expect((yield* measure({ immediate: true }, [4, 4])).map(([index, at]) => [index, at - start])).toEqual([
			[0, 0],
			[1, 10],
		]);
	});
});

test("missed ticks: one that is late comes at once, then each policy has its way", async () => {
	const work = [25, 0, 0, 0];
	await virtually(function* () {
		expect(yield* measure({}, work)).toEqual([
			[0, 10],
			[2, 35],
			[3, 40],
			[4, 50],
		]);
	});
	await virtually(function* () {
		expect(yield* measure({ missed: "burst" }, work)).toEqual([
			[0, 10],
			[1, 35],
			[2, 35],
			[3, 40],
		]);
	});
	await virtually(function* () {
		expect(yield* measure({ missed: "delay" }, work)).toEqual([
			[0, 10],
			[1, 35],
			[2, 45],
			[3, 55],
		]);
	});
});

test("skipped ticks are counted", async () => {
	await virtually(function* () {
		const ticks = interval(10);
		yield* ticks.next();
		yield* sleep(35);
		yield* ticks.next();
		expect(ticks.statistics()).toEqual({ ticks: 2, missed: 2 });
	});
});

test("a tick whose wait was cancelled is not lost", async () => {
	await virtually(function* () {
		const ticks = interval(10);
		expect(yield* moveOnAfter(4, () => ticks.next())).toBeUndefined();
		expect(yield* ticks.next()).toEqual({ done: false, value: 0 });
		expect(now()).toBe(10);
	});
});

test("for await in native code counts on the run's clock, and ends with the loop", async () => {
	const ticks = interval(10);
	const seen: number[] = [];
	await virtually(async () => {
		for await (const tick of ticks) {
			seen.push(tick, now());
			if (tick === 2) break;
		}
		expect(await ticks.next()).toEqual({ done: true, value: undefined });
	});
	expect(seen).toEqual([0, 10, 1, 20, 2, 30]);
});

test("it has one consumer at a time", async () => {
	await virtually(function* () {
		const ticks = interval(10);
		yield* withTaskGroup(function* (group) {
			group.spawn(() => ticks.next());
			yield* sleep(1);
			let error: unknown;
			try {
				yield* ticks.next();
			} catch (thrown) {
				error = thrown;
			}
			expect(error).toBeInstanceOf(BusyResourceError);
		});
		expect(yield* ticks.next()).toEqual({ done: false, value: 1 });
	});
});

test("whoever waits when it is ended elsewhere hears of the end", async () => {
	await virtually(function* () {
		const ticks = interval(10);
		yield* withTaskGroup(function* (group) {
			const waiting = group.spawn(() => ticks.next());
			yield* sleep(1);
			ticks.return();
			expect(yield* waiting).toEqual({ done: true, value: undefined });
		});
	});
});

test("wrong arguments are named", () => {
	for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "1" as never])
		expect(thrownBy(() => interval(wrong))).toBeInstanceOf(RangeError);
	expect(() => interval(1, { missed: "drop" as never })).toThrow('missed is "drop"');
	expect(() => interval(1, { immediately: true } as never)).toThrow("unknown option");
});
