import { coroutine, DeadlockError, Event, now, run, sleep, sleepForever, withTaskGroup, withTimeout } from "holdfast";
import { expect, test } from "vitest";
import { allBlocked, virtualRun } from "./index.ts";

test("an hour takes no time and ends at its instant", async () => {
	const started = performance.now();
	const at = await virtualRun(function* () {
		yield* sleep(3_600_000);
		return now();
	});
	expect(at).toBe(3_600_000);
	expect(performance.now() - started).toBeLessThan(2_000);
});

test("two runs of one program see the same instants", async () => {
	const program = function* (): Generator<unknown, number[], never> {
		const seen: number[] = [];
		yield* withTaskGroup(function* (group): Generator<unknown, void, never> {
			for (const delay of [30, 10, 20])
				group.spawn(function* () {
					yield* sleep(delay);
					seen.push(now());
				});
		});
		return seen;
	};
	expect(await virtualRun(program)).toEqual([10, 20, 30]);
	expect(await virtualRun(program)).toEqual([10, 20, 30]);
});

test("an error of the program is thrown, and options are passed on", async () => {
	const paths: string[] = [];
	const failure = new Error("no");
	const failing = virtualRun(
		function* () {
			yield* sleep(1);
			throw failure;
		},
		{ name: "job", onReport: ({ path }) => paths.push(path) },
	);
	await expect(failing).rejects.toBe(failure);
	expect(paths).toEqual([]);
});

test("a program that nothing can wake fails with a deadlock", async () => {
	await expect(virtualRun(() => sleepForever())).rejects.toThrow(DeadlockError);
});

test("a call instead of a function is refused", async () => {
	await expect(virtualRun(sleep(1) as never)).rejects.toThrow("pass the function, not its call");
});

test("allBlocked returns when the others wait, and no time has passed", async () => {
	await virtualRun(function* () {
		const event = new Event();
		const seen: string[] = [];
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				seen.push("began");
				yield* event.wait();
				seen.push("woke");
				yield* sleep(100);
				seen.push("slept");
			});
			yield* allBlocked();
			expect([...seen, now()]).toEqual(["began", 0]);
			event.set();
			yield* allBlocked();
			expect([...seen, now()]).toEqual(["began", "woke", 0]);
		});
		expect([...seen, now()]).toEqual(["began", "woke", "slept", 100]);
	});
});

test("allBlocked with a cushion waits out what happens within it", async () => {
	await virtualRun(function* () {
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				for (let turn = 0; turn < 3; turn++) yield* sleep(5);
			});
			yield* allBlocked(10);
			expect(now()).toBe(25);
		});
	});
});

test("allBlocked can be cancelled", async () => {
	const timedOut = virtualRun(() => withTimeout(3, () => allBlocked(1_000)));
	await expect(timedOut).rejects.toThrow("timeout of 3 ms");
});

test("allBlocked outside of virtualRun, or with a bad duration, is refused", async () => {
	await expect(run(() => allBlocked())).rejects.toThrow("virtualRun");
	expect(() => allBlocked(-1)).toThrow(RangeError);
	expect(() => allBlocked(Number.NaN)).toThrow(RangeError);
});

test("coroutine functions are accepted as main", async () => {
	const main = coroutine(function* () {
		yield* sleep(7);
		return now();
	});
	expect(await virtualRun(main)).toBe(7);
});
