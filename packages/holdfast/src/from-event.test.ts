import { expect, test } from "vitest";
import { rejectionOf, virtually } from "../test/virtually.ts";
import { fromEvent } from "./from-event.ts";
import { withTaskGroup } from "./group.ts";
import { moveOnAfter, withCancelScope } from "./scopes.ts";
import { checkpoint } from "./sleep.ts";
import { events } from "./streams/events.ts";

/** An `EventTarget` that counts its listeners. */
class Counting extends EventTarget {
	listeners = 0;

	override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
		this.listeners++;
		super.addEventListener(...args);
	}

	override removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void {
		this.listeners--;
		super.removeEventListener(...args);
	}

	send(detail: unknown): CustomEvent {
		const event = new CustomEvent("ping", { detail, cancelable: true });
		this.dispatchEvent(event);
		return event;
	}
}

test("what accept refuses is passed over, and it may prevent the default while the event is dispatched", async () => {
	const target = new Counting();
	const accept = (event: CustomEvent): boolean | undefined => {
		if (event.detail === 1) return false;
		event.preventDefault();
		return undefined;
	};
	const seen = await virtually(function* () {
		return yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* checkpoint();
				expect(target.send(1).defaultPrevented).toBe(false);
				expect(target.send(2).defaultPrevented).toBe(true);
				// Nobody listens any more.
				expect(target.send(3).defaultPrevented).toBe(false);
			});
			return (yield* fromEvent<CustomEvent>(target, "ping", { accept })).detail;
		});
	});
	expect([seen, target.listeners]).toEqual([2, 0]);

	const read = await virtually(function* () {
		const stream = events<CustomEvent>(target, "ping", { accept });
		const prevented = [1, 2, 3].map((detail) => target.send(detail).defaultPrevented);
		const details = [(yield* stream.next()).value?.detail, (yield* stream.next()).value?.detail];
		yield* stream.close();
		return [prevented, details, stream.statistics().dropped];
	});
	expect(read).toEqual([[false, true, true], [2, 3], 0]);
	expect(target.listeners).toBe(0);
});

test("what accept throws is thrown at the await, and the listener is off", async () => {
	const target = new Counting();
	const error = new Error("of accept");
	const accept = (): never => {
		throw error;
	};
	const waited = virtually(function* () {
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* checkpoint();
				target.send(1);
			});
			yield* fromEvent(target, "ping", { accept });
		});
	});
	expect(await rejectionOf(waited)).toBe(error);
	expect(target.listeners).toBe(0);

	const read = virtually(function* () {
		const stream = events(target, "ping", { accept });
		target.send(1);
		expect(target.listeners).toBe(0);
		yield* stream.next();
	});
	expect(await rejectionOf(read)).toBe(error);
});

test("capture and passive reach the target, and the listener comes off in its phase", async () => {
	const calls: unknown[] = [];
	const target = {
		addEventListener: (...args: unknown[]) => void calls.push(["add", args[0], args[2]]),
		removeEventListener: (...args: unknown[]) => void calls.push(["remove", args[0], args[2]]),
	};
	const how = { capture: true, passive: true };
	await virtually(function* () {
		yield* events(target as never, "read", how).close();
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			yield* fromEvent(target as never, "never", how);
		});
		yield* moveOnAfter(1, () => fromEvent(target as never, "waited", { capture: true }));
	});
	expect(calls).toEqual([
		["add", "read", how],
		["remove", "read", how],
		["add", "waited", { capture: true }],
		["remove", "waited", { capture: true }],
	]);
});

test("10,000 waits that are cancelled leave no listener", async () => {
	const listeners = new Set<unknown>();
	const target = {
		addEventListener: (_name: string, listener: unknown) => void listeners.add(listener),
		removeEventListener: (_name: string, listener: unknown) => void listeners.delete(listener),
	};
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			for (let k = 0; k < 10_000; k++) group.spawn(() => fromEvent(target as never, "ping"));
			yield* checkpoint();
			expect(listeners.size).toBe(10_000);
			group.cancel();
		});
	});
	expect(listeners.size).toBe(0);
});

test("an emitter gets no third argument, for it may mean something else there", async () => {
	const counts: number[] = [];
	const emitter = {
		on: (...args: unknown[]) => counts.push(args.length),
		off: (...args: unknown[]) => counts.push(args.length),
	};
	await virtually(function* () {
		yield* events(emitter, "x", { accept: () => true }).close();
	});
	expect(counts).toEqual([2, 2, 2, 2]);
});

test("wrong arguments are named", () => {
	const target = new EventTarget();
	type Listen = (source: unknown, name: string, options?: object) => unknown;
	for (const [what, listen] of [
		["fromEvent", fromEvent as Listen],
		["events", events as Listen],
	] as const) {
		expect(() => listen(5, "x")).toThrow(`${what}: 5 tells of no events`);
		expect(() => listen(target, "x", { accept: 5 })).toThrow(`${what}: accept is 5; pass a function`);
		expect(() => listen(target, "x", { once: true })).toThrow(`${what}: unknown option "once"; known are `);
		expect(() => listen({ on() {}, off() {} }, "x", { passive: true })).toThrow(
			`${what}: capture and passive are for an EventTarget; an object is an emitter`,
		);
	}
});
