import fc from "fast-check";
import { expect, test } from "vitest";
import { rejectionOf, virtually } from "../test/virtually.ts";
import { ContextVar } from "./context-var.ts";
import { withTaskGroup } from "./group.ts";
import { map } from "./map.ts";
import { moveOnAfter } from "./scopes.ts";
import { now, sleep } from "./sleep.ts";
import { throttle } from "./throttle.ts";

test("in no window of the interval begin more calls than the limit, in the order in which they came", async () => {
	await virtually(function* () {
		const log: [number, number][] = [];
		const call = throttle((index: number) => void log.push([index, now()]), { limit: 2, interval: 10 });
		yield* sleep(7);
		yield* map([0, 1, 2, 3, 4], call);
		expect(log).toEqual([
			[0, 7],
			[1, 7],
			[2, 17],
			[3, 17],
			[4, 27],
		]);
		yield* sleep(5);
		yield* map([5, 6], call);
		expect(log.slice(5)).toEqual([
			[5, 32],
			[6, 37],
		]);
	});
});

test("no more calls run at once than concurrency says", async () => {
	await virtually(function* () {
		const log: string[] = [];
		const call = throttle(
			function* (name: string, milliseconds: number) {
				log.push(`${name} ${now()}`);
				yield* sleep(milliseconds);
				return name;
			},
			{ concurrency: 2 },
		);
		const names = yield* withTaskGroup(function* (group) {
			const tasks = [group.spawn(call, "a", 10), group.spawn(call, "b", 3), group.spawn(call, "c", 3)];
			yield* sleep(1);
			expect(call.statistics()).toEqual({ waiting: 1, running: 2, started: 2 });
			return yield* map(tasks, (task) => task);
		});
		expect(names).toEqual(["a", "b", "c"]);
		expect(log).toEqual(["a 0", "b 0", "c 3"]);
		expect(call.statistics()).toEqual({ waiting: 0, running: 0, started: 3 });
	});
});

test("cancelled while it waits: it is not called, takes no place, and the next one moves up", async () => {
	await virtually(function* () {
		const log: [string, number][] = [];
		const call = throttle((name: string) => void log.push([name, now()]), { limit: 1, interval: 10, concurrency: 1 });
		yield* withTaskGroup(function* (group) {
			group.spawn(call, "a");
			group.spawn(() => moveOnAfter(5, () => call("gives up at the head of the line")));
			group.spawn(() => moveOnAfter(15, () => call("b")));
			group.spawn(() => moveOnAfter(15, () => call("gives up further back")));
			yield* sleep(1);
			group.spawn(call, "c");
		});
		expect(log).toEqual([
			["a", 0],
			["b", 10],
			["c", 20],
		]);
		expect(call.statistics()).toEqual({ waiting: 0, running: 0, started: 3 });
	});
});

test("cancelled while it runs, or failed: its place is free", async () => {
	await virtually(function* () {
		const call = throttle(
			function* (milliseconds: number) {
				yield* sleep(milliseconds);
				throw new Error("failed");
			},
			{ concurrency: 1 },
		);
		expect(yield* moveOnAfter(5, () => call(50))).toBeUndefined();
		for (let i = 0; i < 2; i++) {
			let message = "";
			try {
				yield* call(1);
			} catch (error) {
				message = (error as Error).message;
			}
			expect(message).toBe("failed");
		}
	});
});

test("a call runs on its caller's task: what it sets in the context stays set", async () => {
	await virtually(function* () {
		const variable = new ContextVar<number>("variable");
		const set = throttle((value: number) => void variable.set(value), { limit: 1 });
		yield* set(5);
		expect(variable.get()).toBe(5);
	});
});

test("wrong options are named", () => {
	expect(() => throttle(() => 1, {})).toThrow("no limit is given");
	for (const limit of [0, 1.5, -1, Number.POSITIVE_INFINITY])
		expect(() => throttle(() => 1, { limit })).toThrow(RangeError);
	expect(() => throttle(() => 1, { concurrency: 0 })).toThrow("concurrency");
	for (const interval of [-1, Number.NaN, Number.POSITIVE_INFINITY])
		expect(() => throttle(() => 1, { limit: 1, interval })).toThrow(RangeError);
	expect(() => throttle(() => 1, { rate: 1 } as never)).toThrow("unknown option");
	expect(() => throttle(5 as never, { limit: 1 })).toThrow(TypeError);
});

test("native code awaits it", async () => {
	const call = throttle(async (x: number) => x * 2, { limit: 5, interval: 1, concurrency: 1 });
	expect(await Promise.all([call(1), call(2)])).toEqual([2, 4]);
	expect(await rejectionOf(throttle(() => Promise.reject(new Error("x")), { limit: 1 })())).toBeInstanceOf(Error);
});

test("10,000 callers wait, each gets its turn", async () => {
	await virtually(function* () {
		let count = 0;
		const call = throttle(() => void count++, { limit: 100, interval: 10, concurrency: 50 });
		yield* map(Array.from({ length: 10_000 }), () => call());
		expect(count).toBe(10_000);
		expect(now()).toBe(990);
	});
});

test("whatever is cancelled when: order, limit and concurrency hold", async () => {
	const caller = fc.record({ at: fc.nat(30), work: fc.nat(8), patience: fc.nat(40) });
	await fc.assert(
		fc.asyncProperty(
			fc.integer({ min: 1, max: 3 }),
			fc.integer({ min: 1, max: 3 }),
			fc.array(caller, { maxLength: 20 }),
			async (limit, concurrency, callers) => {
				const begun: { index: number; at: number }[] = [];
				let running = 0;
				await virtually(function* () {
					const call = throttle(
						function* (index: number, work: number) {
							begun.push({ index, at: now() });
							expect(++running).toBeLessThanOrEqual(concurrency);
							try {
								yield* sleep(work);
							} finally {
								running--;
							}
						},
						{ limit, interval: 10, concurrency },
					);
					yield* withTaskGroup((group) => {
						for (const [index, { at, work, patience }] of callers.entries())
							group.spawn(function* () {
								yield* sleep(at);
								yield* moveOnAfter(patience, () => call(index, work));
							});
					});
					expect(call.statistics()).toEqual({ waiting: 0, running: 0, started: begun.length });
				});
				const came = (index: number): number => callers[index]?.at as number;
				for (const [place, { index, at }] of begun.entries()) {
					const earlier = begun[place - limit];
					if (earlier !== undefined) expect(at - earlier.at).toBeGreaterThanOrEqual(10);
					const before = begun[place - 1];
					if (before !== undefined) expect(came(before.index)).toBeLessThanOrEqual(came(index));
				}
			},
		),
		{ numRuns: 150 },
	);
});
