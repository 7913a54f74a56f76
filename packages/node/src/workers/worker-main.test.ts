import { Cancelled, CapacityLimiter, moveOnAfter, run, sleep } from "holdfast";
import { expect, test } from "vitest";
import { runInWorker } from "./run-in-worker.ts";
import { REMEMBERED } from "./target.ts";
import { openWorkerPool } from "./worker-pool.ts";

test("more functions than a thread remembers, each with its own deadline or none, are told apart", async () => {
	await run(function* () {
		const limiter = new CapacityLimiter(1);
		const functions = Array.from(
			{ length: 2 * REMEMBERED + 7 },
			(_, index) => new Function("add", `return ${index} + add`) as (add: number) => number,
		);
		for (const add of [0, 1000])
			for (const [index, fn] of functions.entries()) {
				const call = () => runInWorker(fn, [add], { limiter });
				expect(yield* index % 3 === 0 ? moveOnAfter(60_000, call) : call()).toBe(index + add);
			}
	});
});

test("an order that cannot be sent leaves the next one of the same function whole", async () => {
	await run(function* () {
		const limiter = new CapacityLimiter(1);
		const typeOf = (value: unknown): string => typeof value;
		for (const value of [() => {}, 1, () => {}, "x"])
			try {
				expect(yield* runInWorker(typeOf, [value], { limiter })).toBe(typeof value);
			} catch (error) {
				if (error instanceof Cancelled) throw error;
				expect([typeof value, (error as Error).name]).toEqual(["function", "WorkerDataError"]);
			}
	});
});

test("a thread is ended when it has been idle for long enough, and not by a time that began before its last work", async () => {
	await run(function* () {
		const pool = yield* openWorkerPool({ threads: 2, idle: 20 });
		while (pool.statistics().started < 2) {
			yield* pool.run(() => 1);
			yield* sleep(1);
			while (pool.statistics().threads > 0) yield* sleep(1);
		}
		expect(pool.statistics()).toMatchObject({ threads: 0, idle: 0 });
		expect(yield* pool.run(() => 2)).toBe(2);
	});
});
