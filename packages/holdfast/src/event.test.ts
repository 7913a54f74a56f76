import { expect, test } from "vitest";
import { virtually } from "../test/virtually.ts";
import { Event } from "./event.ts";
import { withTaskGroup } from "./group.ts";
import type { Scope } from "./kernel/scope.ts";
import { run } from "./run.ts";
import { moveOnAfter, withCancelScope } from "./scopes.ts";
import { sleep } from "./sleep.ts";

test("set wakes all who wait, in order, and stays set", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const event = new Event();
		yield* withTaskGroup(function* (group) {
			for (const name of ["a", "b", "c"])
				group.spawn(function* () {
					yield* event.wait();
					log.push(name);
				});
			yield* sleep(1);
			expect([event.isSet, event.statistics().waiting, log]).toEqual([false, 3, []]);
			event.set();
			event.set();
			expect([event.isSet, event.statistics().waiting]).toEqual([true, 0]);
		});
		yield* event.wait();
	});
	expect(log).toEqual(["a", "b", "c"]);
});

test("a waiter that is cancelled before the event is set is not woken", async () => {
	const event = new Event();
	const result = await virtually(function* () {
		return yield* moveOnAfter(5, function* () {
			yield* event.wait();
			return "woken";
		});
	});
	expect([result, event.statistics().waiting]).toEqual([undefined, 0]);
	event.set();
});

test("a waiter that was woken goes on, although it is cancelled in the same tick", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const event = new Event();
		yield* withTaskGroup(function* (group) {
			let scope: Scope | undefined;
			group.spawn(() =>
				withCancelScope(function* (it) {
					scope = it as Scope;
					yield* event.wait();
					log.push("woken");
					yield* sleep(1);
					log.push("not reached");
				}),
			);
			yield* sleep(1);
			event.set();
			scope?.cancel();
		});
	});
	expect(log).toEqual(["woken"]);
});

test("waiting for a set event in a cancelled scope throws", async () => {
	const event = new Event();
	event.set();
	const reached = await virtually(function* () {
		return yield* withCancelScope(function* (scope) {
			scope.cancel();
			yield* event.wait();
			return true;
		});
	});
	expect(reached).toBeUndefined();
});

test("an event is waited for by native code outside of every run", async () => {
	const event = new Event();
	const waiting = event.wait().then(() => "woken");
	event.set();
	expect(await waiting).toBe("woken");
});

test("a loop that awaits a set event does not starve the host", async () => {
	const event = new Event();
	event.set();
	let stopped = false;
	setTimeout(() => {
		stopped = true;
	}, 0);
	// Bounded, so that a starved host fails the test instead of stopping it.
	const end = performance.now() + 500;
	await run(function* () {
		while (!stopped && performance.now() < end) yield* event.wait();
	});
	expect(stopped).toBe(true);
});
