import { checkpoint, Event, now, run, sleep, suspend, withTaskGroup, withTimeout } from "holdfast";
import { expect, test } from "vitest";
import { allBlocked, seededSchedule, VirtualLoop, virtualRun } from "./index.ts";

test("returns when the others wait, and no time has passed", async () => {
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

test("works in every run on a virtual loop", async () => {
	for (const loop of [new VirtualLoop(), seededSchedule(3)]) {
		let steps = 0;
		await run(
			() =>
				withTaskGroup(function* (group) {
					group.spawn(function* () {
						for (; steps < 10; steps++) yield* checkpoint();
						yield* sleep(1);
					});
					yield* allBlocked();
					expect([steps, now()]).toEqual([10, 0]);
				}),
			{ loop },
		);
	}
});

test("of several the shortest cushion ends first, equal ones together; each starts anew after what happened", async () => {
	const seen: string[] = [];
	await virtualRun(() =>
		withTaskGroup((group) => {
			group.spawn(function* () {
				for (let turn = 0; turn < 3; turn++) yield* sleep(10);
				seen.push(`blinked ${now()}`);
			});
			for (const cushion of [30, 20, 0, 20])
				group.spawn(function* () {
					yield* allBlocked(cushion);
					seen.push(`${cushion} ${now()}`);
				});
		}),
	);
	expect(seen).toEqual(["0 0", "blinked 30", "20 50", "20 50", "30 80"]);
});

test("what is due at the same instant happens first", async () => {
	await virtualRun(() =>
		withTaskGroup(function* (group) {
			let slept = false;
			group.spawn(function* () {
				yield* sleep(10);
				slept = true;
			});
			yield* allBlocked(10);
			expect([slept, now()]).toEqual([true, 20]);
		}),
	);
});

test("an infinite cushion waits for ever, which is a deadlock", async () => {
	await expect(virtualRun(() => allBlocked(Number.POSITIVE_INFINITY))).rejects.toThrow("Nothing can wake this run");
});

test("can be cancelled, and leaves nothing behind", async () => {
	await virtualRun(function* () {
		let caught: unknown;
		try {
			yield* withTimeout(3, () => allBlocked(1_000));
		} catch (error) {
			caught = error;
		}
		expect(caught).toMatchObject({ name: "TimeoutError" });
		yield* sleep(5_000);
		expect(now()).toBe(5_003);
	});
});

test("a task that waits for the outside world waits; the cushion then counts in real time", async () => {
	await virtualRun(() =>
		withTaskGroup(function* (group) {
			let answer: (() => void) | undefined;
			let answered = false;
			group.spawn(function* () {
				yield* suspend<void>(
					(resume) => {
						answer = resume;
						return () => {};
					},
					{ outside: true },
				);
				answered = true;
			});
			yield* allBlocked();
			expect([typeof answer, answered, now()]).toEqual(["function", false, 0]);
			yield* allBlocked(15);
			expect(now()).toBe(0);
			answer?.();
			yield* allBlocked();
			expect(answered).toBe(true);
		}),
	);
});

test("a promise that has settled has its turn first", async () => {
	await virtualRun(() =>
		withTaskGroup(function* (group) {
			let turns = 0;
			group.spawn(async () => {
				"use native";
				for (; turns < 20; turns++) await Promise.resolve();
				await sleep(1);
			});
			yield* allBlocked();
			expect(turns).toBe(20);
		}),
	);
});

test("tasks of all runs on the loop count", async () => {
	const loop = new VirtualLoop();
	const seen: string[] = [];
	await Promise.all([
		run(
			function* () {
				for (let turn = 0; turn < 5; turn++) yield* checkpoint();
				seen.push("busy");
				yield* sleep(10);
			},
			{ loop },
		),
		run(
			function* () {
				yield* allBlocked();
				seen.push(`quiet ${now()}`);
			},
			{ loop },
		),
	]);
	expect(seen).toEqual(["busy", "quiet 0"]);
});

test("on another loop, and with a bad duration, it is refused", async () => {
	await expect(run(() => allBlocked())).rejects.toThrow("virtualRun(main)");
	for (const bad of [-1, Number.NaN, "1" as never]) expect(() => allBlocked(bad)).toThrow(RangeError);
});
