import { expect, test } from "vitest";
import { virtually } from "../test/virtually.ts";
import { MisuseError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { moveOnAfter, withCancelScope } from "./scopes.ts";
import { Semaphore } from "./semaphore.ts";
import { sleep, sleepForever } from "./sleep.ts";

test("as many as there are permits are inside, and waiters come first come, first served", async () => {
	const order: number[] = [];
	let inside = 0;
	let most = 0;
	await virtually(function* () {
		const semaphore = new Semaphore(2);
		yield* withTaskGroup(function* (group) {
			for (let i = 0; i < 5; i++)
				group.spawn(() =>
					semaphore.with(function* () {
						order.push(i);
						most = Math.max(most, ++inside);
						yield* sleep(1);
						inside--;
					}),
				);
			yield* sleep(0);
			expect(semaphore.statistics()).toEqual({ value: 0, max: Number.POSITIVE_INFINITY, waiting: 3 });
		});
		expect(semaphore.value).toBe(2);
	});
	expect([order, inside, most]).toEqual([[0, 1, 2, 3, 4], 0, 2]);
});

test("a release with somebody waiting hands the permit over: nobody else can take it", async () => {
	await virtually(function* () {
		const semaphore = new Semaphore(1);
		yield* withTaskGroup(function* (group) {
			expect(semaphore.tryAcquire()).toBe(true);
			expect(semaphore.tryAcquire()).toBe(false);
			const waiter = group.spawn(() => semaphore.acquire());
			yield* sleep(1);
			semaphore.release();
			expect([semaphore.value, semaphore.tryAcquire()]).toEqual([0, false]);
			(yield* waiter).release();
			expect(semaphore.value).toBe(1);
		});
	});
});

test("a cancelled waiter takes no permit; one that was handed a permit keeps it", async () => {
	await virtually(function* () {
		const semaphore = new Semaphore(0);
		yield* moveOnAfter(5, () => semaphore.acquire());
		expect(semaphore.statistics().waiting).toBe(0);
		const log: string[] = [];
		yield* withTaskGroup(function* (group) {
			const task = group.spawn(function* () {
				const guard = yield* semaphore.acquire();
				log.push("has a permit");
				try {
					yield* sleepForever();
				} finally {
					guard.release();
				}
			});
			yield* sleep(1);
			semaphore.release();
			task.cancel();
		});
		expect([log, semaphore.value]).toEqual([["has a permit"], 1]);
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			yield* semaphore.acquire();
		});
		expect(semaphore.value).toBe(1);
	});
});

test("a bounded semaphore refuses one release too many, an unbounded one takes it", () => {
	const bounded = new Semaphore(1, { max: 1 });
	expect(() => bounded.release()).toThrow(MisuseError);
	const unbounded = new Semaphore(1);
	unbounded.release();
	expect(unbounded.value).toBe(2);
});

test("values that are no whole number from 0 to max are refused", () => {
	for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
		expect(() => new Semaphore(wrong)).toThrow(RangeError);
	expect(() => new Semaphore(2, { max: 1 })).toThrow(RangeError);
	expect(() => new Semaphore(2, { max: Number.NaN })).toThrow(RangeError);
	expect(() => new Semaphore(2, { maximum: 3 } as never)).toThrow(/unknown option "maximum"/);
});
