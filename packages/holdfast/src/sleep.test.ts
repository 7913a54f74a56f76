import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { virtually } from "../test/virtually.ts";
import { withTaskGroup } from "./group.ts";
import { run } from "./run.ts";
import { moveOnAfter, withCancelScope } from "./scopes.ts";
import { checkpoint, now, sleep, sleepForever, sleepUntil } from "./sleep.ts";
import { currentTask } from "./task.ts";

test("sleeps end in order of their instants, equal ones in order of their start", async () => {
	const log: string[] = [];
	await virtually(() =>
		withTaskGroup((group) => {
			for (const [name, delay] of [
				["a", 20],
				["b", 10],
				["c", 20],
				["d", 10.5],
				["e", 10],
			] as const)
				group.spawn(function* () {
					yield* sleep(delay);
					log.push(`${name} ${now()}`);
				});
		}),
	);
	expect(log).toEqual(["b 10", "e 10", "d 10.5", "a 20", "c 20"]);
});

test("a sleep counts from when it is awaited", async () => {
	await virtually(function* () {
		const described = sleep(10);
		yield* sleep(100);
		yield* described;
		expect(now()).toBe(110);
	});
});

test("sleep(0), checkpoint and a sleepUntil of the past let everything else that is ready go first", async () => {
	for (const wait of [() => sleep(0), checkpoint, () => sleepUntil(-5), () => sleepUntil(Number.NEGATIVE_INFINITY)]) {
		const log: string[] = [];
		await virtually(() =>
			withTaskGroup(function* (group) {
				for (const name of ["a", "b"]) group.spawn(() => void log.push(name));
				yield* wait();
				log.push("waited");
			}),
		);
		expect(log).toEqual(["a", "b", "waited"]);
	}
});

test("sleepUntil waits until an instant of the run's clock", async () => {
	await virtually(function* () {
		yield* sleep(10);
		yield* sleepUntil(25);
		expect(now()).toBe(25);
	});
});

test("every kind of sleep is stopped at once by a cancellation", async () => {
	await virtually(function* () {
		for (const wait of [
			() => sleep(1_000),
			() => sleep(Number.POSITIVE_INFINITY),
			() => sleepUntil(9_999),
			sleepForever,
		]) {
			const start = now();
			yield* moveOnAfter(5, wait);
			expect(now() - start).toBe(5);
		}
	});
});

test("a sleep that has ended in the moment of its cancellation has ended", async () => {
	const log: string[] = [];
	await virtually(() =>
		withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* sleep(10);
				log.push("slept");
			});
			yield* sleep(10);
			group.cancel();
		}),
	);
	expect(log).toEqual(["slept"]);
});

test("bad durations are range errors at the call", () => {
	for (const bad of [Number.NaN, -1, Number.NEGATIVE_INFINITY]) expect(() => sleep(bad)).toThrow(RangeError);
	expect(() => sleepUntil(Number.NaN)).toThrow(RangeError);
	for (const bad of ["5", null, undefined, {}, []]) {
		expect(() => sleep(bad as never)).toThrow(/sleep/);
		expect(() => sleepUntil(bad as never)).toThrow(/sleepUntil/);
	}
});

/** A loop that would hang the test instead of failing it is ended after this long. */
const giveUp = () => performance.now() + 2_000;

test("a loop of checkpoints starves neither the host's timers nor its I/O callbacks", async () => {
	let fired = 0;
	setTimeout(() => fired++, 0);
	setImmediate(() => fired++);
	const end = giveUp();
	await run(function* () {
		while (fired < 2 && performance.now() < end) yield* checkpoint();
	});
	expect(fired).toBe(2);
});

test("a compiled loop of awaits that never suspend gives the host its turn too", async () => {
	const host = { fired: false };
	setTimeout(() => {
		host.fired = true;
	}, 0);
	const scope = { host, end: giveUp() };
	await run(
		compile(
			"async function quick() {} async function main() { while (!host.fired && performance.now() < end) await quick(); }",
			scope,
		),
	);
	expect(host.fired).toBe(true);
});

test("a loop of checkpoints notices a deadline", async () => {
	const value = await run(() =>
		moveOnAfter(2, function* () {
			while (true) yield* checkpoint();
		}),
	);
	expect(value).toBeUndefined();
});

test("two tasks that only check in take turns", async () => {
	const log: string[] = [];
	await virtually(() =>
		withTaskGroup((group) => {
			for (const name of ["a", "b"])
				group.spawn(function* () {
					for (let turn = 0; turn < 3; turn++) {
						log.push(name);
						yield* checkpoint();
					}
				});
		}),
	);
	expect(log.join("")).toBe("ababab");
});

test("what becomes ready during a batch waits for the next one", async () => {
	const log: string[] = [];
	await virtually(() =>
		withTaskGroup(function* (group) {
			group.spawn(() => {
				log.push("first");
				group.spawn(() => void log.push("spawned by first"));
			});
			group.spawn(() => void log.push("second"));
			yield* checkpoint();
			log.push("body");
		}),
	);
	expect(log).toEqual(["first", "second", "body", "spawned by first"]);
});

test("waiting in a cancelled scope throws for a sleep of no time too", async () => {
	const seen = await virtually(() =>
		withCancelScope(function* (scope) {
			scope.cancel();
			yield* sleep(0);
			return currentTask();
		}),
	);
	expect(seen).toBeUndefined();
});
