import { expect, test } from "vitest";
import { virtually } from "../test/virtually.ts";
import { createChannel } from "./channel.ts";
import type { Coroutine } from "./coroutine.ts";
import { dumpTasks } from "./dump.ts";
import { withTaskGroup } from "./group.ts";
import { cleanup, shield, withTimeout } from "./scopes.ts";
import { sleep, sleepForever } from "./sleep.ts";

const named = <T>(main: () => Generator<unknown, T, never>): Promise<T> => virtually(main, { name: "dumped" });

test("without a run there is nothing to tell", () => {
	expect(dumpTasks()).toBe("No run is alive.");
});

test("tells name, state, wait, deadline and shield, owners above the owned", async () => {
	let text = "";
	await named(function* () {
		const { receiver } = createChannel<number>(0);
		yield* withTaskGroup(function* (group) {
			group.spawnWith({ name: "reader" }, () => withTimeout(5_000, () => receiver.receive()));
			group.spawnWith({ name: "keeper" }, () => shield(() => sleep(9_000)));
			const stubborn = group.spawnWith({ name: "stubborn" }, function* () {
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(3_000));
				}
			});
			group.spawnWith({ name: "parent" }, () =>
				withTaskGroup((inner) => {
					inner.spawnWith({ name: "child" }, () => sleep(8_000));
				}),
			);
			group.spawnWith({ name: "watch" }, function* () {
				yield* sleep(1_500);
				stubborn.cancel();
				yield* sleep(500);
				text = dumpTasks();
				group.cancel();
			});
			yield* sleep(0);
			group.spawnWith({ name: "late" }, sleepForever);
			yield* sleep(1_900);
		});
	});
	expect(text.split("\n")).toEqual([
		"dumped",
		"  dumped: running, waits for the end of its tasks for 100 ms",
		"    reader: running, waits for Receiver.receive for 2.0 s, deadline in 3.0 s",
		"    keeper: running, waits for sleep for 2.0 s, shielded",
		"    stubborn: cancelling, waits for sleep for 500 ms",
		"    parent: running, waits for the end of its tasks for 2.0 s",
		"      child: running, waits for sleep for 2.0 s",
		"    watch: running, on the stack now",
		"    late: running, waits for sleepForever for 2.0 s",
	]);
	expect(dumpTasks()).toBe("No run is alive.");
});

test("equal subtrees are folded, with the longest wait and the earliest deadline", async () => {
	let text = "";
	await named(function* () {
		yield* withTaskGroup(function* (group) {
			const parent = () =>
				withTaskGroup((inner) => {
					for (let i = 0; i < 3; i++) inner.spawn(() => sleep(100 + i));
				});
			for (let i = 0; i < 1000; i++) {
				group.spawn(parent);
				if (i === 499) yield* sleep(10);
			}
			group.spawnWith({ name: "odd" }, () =>
				withTimeout(70, function* () {
					yield* sleep(5);
					yield* sleepForever();
				}),
			);
			group.spawnWith({ name: "odd" }, () => withTimeout(60, sleepForever));
			yield* sleep(20);
			text = dumpTasks();
			group.cancel();
		});
	});
	expect(text.split("\n")).toEqual([
		"dumped",
		"  dumped: running, on the stack now",
		"    parent × 1000: running, waits for the end of its tasks for 30 ms",
		"      task × 3: running, waits for sleep for 30 ms",
		"    odd × 2: running, waits for sleepForever for 20 ms, deadline in 40 ms",
	]);
});

test("a deep tree and a wide one are told in one pass", async () => {
	await named(function* () {
		yield* withTaskGroup(function* (group) {
			const nest = (depth: number): unknown =>
				depth === 0
					? sleep(10)
					: withTaskGroup((inner) => {
							inner.spawn(() => nest(depth - 1));
						});
			group.spawn(() => nest(400));
			for (let i = 0; i < 20_000; i++) group.spawn(() => sleep(10));
			yield* sleep(5);
			const lines = dumpTasks().split("\n");
			expect(lines.length).toBe(404);
			expect(lines.at(-1)).toBe("    task × 20000: running, waits for sleep for 5 ms");
		});
	});
});

test("tasks that stand in each other 20,000 deep do not overflow the stack", async () => {
	let text = "";
	const level = (depth: number): Coroutine<unknown> =>
		withTaskGroup((group) => {
			if (depth > 0) group.spawnWith({ name: `level ${depth}` }, () => level(depth - 1));
			else text = dumpTasks();
		});
	await virtually(() => level(20_000));
	const lines = text.split("\n");
	expect(lines).toHaveLength(20_002);
	expect(lines.at(-1)).toMatch(/^ {80}\(20001\) level 1: running, on the stack now$/);
});
