import { expect, test } from "vitest";
import { virtually } from "../test/virtually.ts";
import { all } from "./all.ts";
import { CapacityLimiter } from "./capacity-limiter.ts";
import { MisuseError, ScopeMisuseError } from "./errors.ts";
import { Event } from "./event.ts";
import { withTaskGroup } from "./group.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { run } from "./run.ts";
import { moveOnAfter } from "./scopes.ts";
import { sleep } from "./sleep.ts";

test("it is resized while tasks wait: holders go on, waiters are let in exactly as room appears", async () => {
	const limiter = new CapacityLimiter(2);
	const inside: number[] = [];
	const gates = Array.from({ length: 5 }, () => new Event());
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			for (const [index, gate] of gates.entries())
				group.spawn(() =>
					limiter.with(function* () {
						inside.push(index);
						yield* gate.wait();
						inside.splice(inside.indexOf(index), 1);
					}),
				);
			yield* sleep(1);
			expect(inside).toEqual([0, 1]);
			limiter.total = 4;
			yield* sleep(1);
			expect([inside, limiter.borrowed, limiter.available]).toEqual([[0, 1, 2, 3], 4, 0]);
			limiter.total = 1;
			for (const index of [0, 1, 2]) {
				gates[index]?.set();
				yield* sleep(1);
			}
			expect(inside).toEqual([3]);
			gates[3]?.set();
			yield* sleep(1);
			expect(inside).toEqual([4]);
			gates[4]?.set();
		});
	});
	expect(limiter.statistics()).toEqual({ total: 1, borrowed: 0, waiting: 0 });
});

test("a total of 0 keeps everybody out, Infinity lets everybody in", async () => {
	await virtually(function* () {
		const limiter = new CapacityLimiter(0);
		let inside = 0;
		yield* withTaskGroup(function* (group) {
			for (let i = 0; i < 3; i++)
				group.spawn(() =>
					limiter.with(function* () {
						inside++;
						yield* sleep(10);
					}),
				);
			yield* sleep(1);
			expect([inside, limiter.tryAcquire()]).toEqual([0, false]);
			limiter.total = Number.POSITIVE_INFINITY;
			yield* sleep(1);
			expect(inside).toBe(3);
		});
	});
	for (const wrong of [-1, 0.5, Number.NaN]) {
		expect(() => new CapacityLimiter(wrong)).toThrow(RangeError);
		expect(() => {
			new CapacityLimiter(1).total = wrong;
		}).toThrow(RangeError);
	}
});

test("the same borrower twice is an error, while it holds a place and while it waits for one", async () => {
	await virtually(function* () {
		const limiter = new CapacityLimiter(2);
		yield* limiter.acquire();
		expect(() => limiter.tryAcquire()).toThrow(/holds a place already/);
		try {
			yield* limiter.acquire();
			expect.unreachable();
		} catch (error) {
			expect(error).toBeInstanceOf(MisuseError);
		}
		const borrower = {};
		const other = limiter.onBehalfOf(borrower);
		yield* other.acquire();
		expect([limiter.borrowed, limiter.onBehalfOf({}).tryAcquire()]).toEqual([2, false]);
		const late = limiter.onBehalfOf({});
		yield* withTaskGroup(function* (group) {
			group.spawn(() => late.acquire());
			yield* sleep(1);
			expect(() => late.tryAcquire()).toThrow(/waits for a place already/);
			other.release();
		});
		late.release();
		limiter.release();
		expect(limiter.borrowed).toBe(0);
		expect(() => limiter.release()).toThrow(MisuseError);
		expect(() => other.release()).toThrow(/an object holds no place/);
	});
});

test("a cancelled waiter leaves nothing behind and may come again", async () => {
	await virtually(function* () {
		const limiter = new CapacityLimiter(1);
		const [holder, waiter] = [limiter.onBehalfOf({}), limiter.onBehalfOf({})];
		yield* holder.acquire();
		for (let i = 0; i < 3; i++) yield* moveOnAfter(5, () => waiter.acquire());
		expect(limiter.statistics().waiting).toBe(0);
		holder.release();
		expect(waiter.tryAcquire()).toBe(true);
	});
});

test("several calls of one task each have a place when they run as tasks of their own", async () => {
	await virtually(function* () {
		const limiter = new CapacityLimiter(2);
		let most = 0;
		const call = () =>
			limiter.with(function* () {
				most = Math.max(most, limiter.borrowed);
				yield* sleep(1);
			});
		yield* all([call(), call(), call()]);
		expect([most, limiter.borrowed]).toEqual([2, 0]);
	});
});

test("native code and code outside of every run are limited too", async () => {
	const limiter = new CapacityLimiter(2);
	let most = 0;
	const call = () =>
		limiter.with(async () => {
			most = Math.max(most, limiter.borrowed);
			await Promise.resolve();
		});
	await Promise.all([call(), call(), call()]);
	expect([most, limiter.borrowed]).toEqual([2, 0]);
	await run(
		async () => {
			await Promise.all([call(), call(), call()]);
		},
		{ loop: new VirtualLoop(), onReport: () => {} },
	);
	expect([most, limiter.borrowed]).toEqual([2, 0]);
	expect(() => limiter.tryAcquire()).toThrow(ScopeMisuseError);
});

test("a borrower that is no object is refused", () => {
	expect(() => new CapacityLimiter(1).onBehalfOf("me" as never)).toThrow(TypeError);
});
