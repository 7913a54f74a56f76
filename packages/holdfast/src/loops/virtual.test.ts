import { expect, test } from "vitest";
import { hostTurn, rejectionOf } from "../../test/virtually.ts";
import { DeadlockError } from "../errors.ts";
import { withTaskGroup } from "../group.ts";
import { run } from "../run.ts";
import { now, sleep } from "../sleep.ts";
import { suspend, until } from "../suspend.ts";
import { VirtualLoop } from "./virtual.ts";

test("time starts at 0, stands still while anything runs, and jumps to the next deadline", async () => {
	const loop = new VirtualLoop();
	const seen: number[] = [];
	await run(
		() =>
			withTaskGroup((group) => {
				for (const delay of [86_400_000, 0.5, 2 ** 40])
					group.spawn(function* () {
						seen.push(now());
						yield* sleep(delay);
						seen.push(now());
					});
			}),
		{ loop },
	);
	expect(seen).toEqual([0, 0, 0, 0.5, 86_400_000, 2 ** 40]);
	expect(loop.now()).toBe(2 ** 40);
});

test("callSoon is first come, first served, and never before it returns", async () => {
	const loop = new VirtualLoop();
	const log: string[] = [];
	loop.callSoon(() => {
		log.push("a");
		loop.callSoon(() => log.push("c"));
	});
	loop.callSoon(() => log.push("b"));
	expect(log).toEqual([]);
	await hostTurn();
	expect(log).toEqual(["a", "b", "c"]);
});

test("alarms ring in order of instant, then of arming; one that was taken back does not", async () => {
	const loop = new VirtualLoop();
	const log: string[] = [];
	await run(
		function* () {
			for (const [name, when] of [
				["a", 20],
				["b", 10],
				["c", 20],
				["d", 15],
			] as const) {
				const cancel = loop.callAt(when, () => log.push(`${name} ${loop.now()}`));
				if (name === "d") cancel();
			}
			yield* sleep(30);
		},
		{ loop },
	);
	expect(log).toEqual(["b 10", "a 20", "c 20"]);
});

test("promises of the host have their turn before time goes on", async () => {
	const at = await run(
		function* () {
			return yield* withTaskGroup(function* (group) {
				group.spawn(() => sleep(1_000));
				for (let turn = 0; turn < 20; turn++) yield* until(Promise.resolve());
				return now();
			});
		},
		{ loop: new VirtualLoop() },
	);
	expect(at).toBe(0);
});

test("time does not jump while something waits for the outside world", async () => {
	const at = await run(
		() =>
			withTaskGroup(function* (group) {
				group.spawn(() => sleep(1_000));
				yield* suspend<void>((resume) => void setImmediate(() => setImmediate(() => setImmediate(resume))), {
					outside: true,
				});
				return now();
			}),
		{ loop: new VirtualLoop() },
	);
	expect(at).toBe(0);
});

test("an outside wait that is cancelled lets time go on", async () => {
	const at = await run(
		() =>
			withTaskGroup(function* (group) {
				const task = group.spawn(() => suspend<void>(() => () => {}, { outside: true }));
				group.spawn(() => void setImmediate(() => task.cancel()));
				yield* sleep(10);
				return now();
			}),
		{ loop: new VirtualLoop() },
	);
	expect(at).toBe(10);
});

test("a run that waits for a promise of the host, with no deadline left, is not called a deadlock", async () => {
	const value = await run(
		() => until(new Promise((resolve) => setImmediate(() => setImmediate(() => resolve("value"))))),
		{ loop: new VirtualLoop() },
	);
	expect(value).toBe("value");
});

test("a run in which nothing can wake anything any more fails with DeadlockError", async () => {
	const error = await rejectionOf(run(() => suspend(() => () => {}), { loop: new VirtualLoop() }));
	expect(error).toBeInstanceOf(DeadlockError);
});

test("a program runs the same way every time", async () => {
	const once = async () => {
		const log: string[] = [];
		await run(
			() =>
				withTaskGroup((group) => {
					for (let index = 0; index < 50; index++)
						group.spawn(function* () {
							for (let turn = 0; turn < 5; turn++) {
								yield* sleep((index * 7 + turn * 13) % 11);
								log.push(`${index}.${turn}@${now()}`);
							}
						});
				}),
			{ loop: new VirtualLoop() },
		);
		return log;
	};
	expect(await once()).toEqual(await once());
});
