import { afterEach, expect, test, vi } from "vitest";
import { hostTurn, rejectionOf, thrownBy } from "../../test/virtually.ts";
import { CannotBlockError, DeadlockError } from "../errors.ts";
import { Event } from "../event.ts";
import { operation } from "../operation.ts";
import { run } from "../run.ts";
import { sleep } from "../sleep.ts";
import { until } from "../suspend.ts";
import { BlockingLoop } from "./blocking.ts";

afterEach(() => {
	vi.restoreAllMocks();
});

test("block() pumps and sleeps until it is told that it is done", () => {
	const loop = new BlockingLoop();
	const log: string[] = [];
	const start = loop.now();
	loop.callAt(start + 3, () => log.push("later"));
	loop.callAt(start + 1, () => log.push("sooner"));
	loop.callSoon(() => log.push("soon"));
	loop.block(() => log.length === 3);
	// A deadline that has passed by the first turn comes before what is to happen soon: a busy machine decides.
	expect(log.toSorted()).toEqual(["later", "soon", "sooner"]);
	expect(log.filter((word) => word !== "soon")).toEqual(["sooner", "later"]);
	expect(loop.now()).toBeGreaterThanOrEqual(start + 3);
});

test("a sleep that ends early goes on", () => {
	const wait = vi.spyOn(Atomics, "wait").mockReturnValue("timed-out");
	// A look at the clock takes a tenth of a millisecond.
	let time = 0;
	vi.spyOn(performance, "now").mockImplementation(() => (time += 0.1));
	const loop = new BlockingLoop();
	const when = loop.now() + 1;
	let rang = 0;
	loop.callAt(when, () => {
		rang = loop.now();
	});
	loop.block(() => rang > 0);
	expect(rang).toBeGreaterThanOrEqual(when);
	expect(wait.mock.calls.length).toBeGreaterThan(1);
});

test("a run on it is driven by block(); operations take their synchronous form", async () => {
	const loop = new BlockingLoop();
	const colour = operation({ async: async () => "async", sync: () => "sync" });
	let value: string | undefined;
	const result = run(
		function* () {
			yield* sleep(1);
			value = yield* colour();
		},
		{ loop },
	);
	loop.block(() => value !== undefined);
	expect(value).toBe("sync");
	await result;
});

test("a standstill is known at once and exactly", async () => {
	const loop = new BlockingLoop();
	let over = false;
	const result = rejectionOf(run(() => new Event().wait(), { loop }));
	result.then(() => (over = true));
	for (let turns = 0; turns < 3; turns++) loop.turn();
	await hostTurn();
	expect(over).toBe(true);
	expect(await result).toBeInstanceOf(DeadlockError);
});

test("block() says so when only the host could go on", async () => {
	const loop = new BlockingLoop();
	let resolve: (value: string) => void = () => {};
	const promise = new Promise<string>((resolveIt) => {
		resolve = resolveIt;
	});
	const result = run(() => until(promise), { loop });
	expect(loop.turn()).toBe(false);
	expect(thrownBy(() => loop.block(() => false))).toBeInstanceOf(CannotBlockError);
	resolve("value");
	await hostTurn();
	loop.turn();
	expect(await result).toBe("value");
});

test("what a callback throws goes to the host, and the loop goes on", () => {
	const queue = vi.spyOn(globalThis, "queueMicrotask").mockImplementation(() => {});
	const loop = new BlockingLoop();
	let done = false;
	loop.callSoon(() => {
		throw new Error("hook");
	});
	loop.callSoon(() => {
		done = true;
	});
	loop.block(() => done);
	expect(queue).toHaveBeenCalledTimes(1);
	expect(queue.mock.calls[0]?.[0]).toThrow("hook");
});

test("another thread wakes it by its bell: while somebody listens it waits, and is at no standstill", () => {
	const loop = new BlockingLoop();
	const bell = loop.bell as Int32Array<SharedArrayBuffer>;
	const said: string[] = [];
	let waits = 0;
	const wait = vi.spyOn(Atomics, "wait").mockImplementation((_cell, _index, _value, timeout) => {
		// The third wait is answered, the others end for no reason at all.
		expect(timeout).toBe(2 ** 31 - 1);
		if (++waits === 3) {
			said.push("answer");
			Atomics.add(bell, 0, 1);
		}
		return "ok";
	});
	const heard: string[] = [];
	const stop = loop.listen(() => heard.push(...said));
	loop.block(() => heard.length > 0);
	expect(heard).toEqual(["answer"]);
	expect(waits).toBe(3);
	stop();
	expect(loop.turn()).toBe(false);
	wait.mockRestore();
});

test("a ring that comes before it sleeps, or while it does something, is heard", () => {
	const loop = new BlockingLoop();
	const bell = loop.bell as Int32Array<SharedArrayBuffer>;
	let heard = 0;
	loop.listen(() => heard++);
	Atomics.add(bell, 0, 1);
	loop.block(() => heard === 1);
	loop.callSoon(() => {
		Atomics.add(bell, 0, 1);
		Atomics.notify(bell, 0);
	});
	loop.block(() => heard === 2);
	// A deadline ends the sleep as before.
	let rang = false;
	loop.callAt(loop.now() + 1, () => {
		rang = true;
	});
	loop.block(() => rang);
	expect(heard).toBe(2);
});
