import { expect, test } from "vitest";
import { thrownBy, virtually } from "../test/virtually.ts";
import { MisuseError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { Latch } from "./latch.ts";
import { type CancelScope, moveOnAfter, withCancelScope } from "./scopes.ts";
import { sleep } from "./sleep.ts";

test("it opens when it was counted down to 0, for all who wait, in order, and stays open", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const latch = new Latch(4);
		yield* withTaskGroup(function* (group) {
			for (const name of ["a", "b"])
				group.spawn(function* () {
					yield* latch.wait();
					log.push(name);
				});
			yield* sleep(1);
			latch.countDown();
			latch.countDown(2);
			latch.countDown(0);
			yield* sleep(1);
			expect([log, latch.count, latch.tryWait(), latch.statistics()]).toEqual([[], 1, false, { count: 1, waiting: 2 }]);
			latch.countDown();
			expect(latch.statistics()).toEqual({ count: 0, waiting: 0 });
		});
		yield* latch.wait();
		expect(latch.tryWait()).toBe(true);
	});
	expect(log).toEqual(["a", "b"]);
});

test("a latch of 0 is open", async () => {
	const latch = new Latch(0);
	await virtually(() => latch.wait());
	await latch.wait();
	expect(latch.tryWait()).toBe(true);
});

test("a cancelled waiter leaves; the count stays", async () => {
	const latch = new Latch(1);
	await virtually(function* () {
		yield* moveOnAfter(5, () => latch.wait());
	});
	expect(latch.statistics()).toEqual({ count: 1, waiting: 0 });
	latch.countDown();
});

test("woken and cancelled in the same tick: it goes on until its next wait; in a cancelled scope it does not", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const latch = new Latch(1);
		yield* withTaskGroup(function* (group) {
			let scope: CancelScope | undefined;
			group.spawn(() =>
				withCancelScope(function* (it) {
					scope = it;
					yield* latch.wait();
					log.push("woken");
					yield* latch.wait();
					log.push("not reached");
				}),
			);
			yield* sleep(1);
			latch.countDown();
			scope?.cancel();
		});
	});
	expect(log).toEqual(["woken"]);
});

test("counting down more than is left is a misuse, and changes nothing", () => {
	const latch = new Latch(2);
	const error = thrownBy(() => latch.countDown(3));
	expect(error).toBeInstanceOf(MisuseError);
	expect((error as Error).message).toMatch(/3 is more than the 2 that are left/);
	latch.countDown(2);
	expect(thrownBy(() => latch.countDown())).toBeInstanceOf(MisuseError);
	expect(latch.count).toBe(0);
});

test("counts are whole numbers from 0", () => {
	for (const wrong of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
		expect(thrownBy(() => new Latch(wrong))).toBeInstanceOf(RangeError);
		expect(thrownBy(() => new Latch(1).countDown(wrong))).toBeInstanceOf(RangeError);
	}
});

test("100,000 waiters, opened from outside of every task", async () => {
	const count = 100_000;
	const latch = new Latch(count);
	let woken = 0;
	const done = virtually(function* () {
		yield* withTaskGroup(function* (group) {
			for (let i = 0; i < count; i++)
				group.spawn(function* () {
					latch.countDown();
					yield* latch.wait();
					woken++;
				});
		});
	});
	await done;
	expect([woken, latch.statistics().waiting]).toEqual([count, 0]);
});
