import { coroutine, DeadlockError, now, sleep, sleepForever, withTaskGroup } from "holdfast";
import { expect, test } from "vitest";
import { virtualRun } from "./index.ts";

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

test("coroutine functions are accepted as main", async () => {
	const main = coroutine(function* () {
		yield* sleep(7);
		return now();
	});
	expect(await virtualRun(main)).toBe(7);
});
