import { expect, test } from "vitest";
import type { EventLoop } from "../loops/loop.ts";
import { run } from "../run.ts";
import { suspend } from "../suspend.ts";

/** A host that a test moves by hand. */
class HandLoop implements EventLoop {
	time = 0;
	readonly soon: (() => void)[] = [];
	readonly turns: (() => void)[] = [];

	now(): number {
		return this.time;
	}

	callSoon(fn: () => void): void {
		this.soon.push(fn);
	}

	callAt(): () => void {
		return () => {};
	}

	yieldToHost(fn: () => void): void {
		this.turns.push(fn);
	}

	/** What comes after each callback of a host. */
	microtasks(): void {
		for (let fn = this.soon.shift(); fn !== undefined; fn = this.soon.shift()) fn();
	}

	/** The host has its turn: those who have asked for it are told. */
	turn(): void {
		for (const fn of this.turns.splice(0)) {
			fn();
			this.microtasks();
		}
	}
}

/** A task that is woken from outside again and again; tells what it has been given. */
function woken(loop: HandLoop): { wake: (value: number) => void; seen: number[]; ended: Promise<void> } {
	const seen: number[] = [];
	let wake: (value: number) => void = () => {};
	const ended = run(
		function* () {
			for (;;) {
				const value = yield* suspend<number>((resume) => {
					wake = resume;
				});
				if (value < 0) return;
				seen.push(value);
			}
		},
		{ loop },
	);
	loop.microtasks();
	return { wake: (value) => wake(value), seen, ended };
}

test("whom the host wakes one by one goes on at once, however long that lasts, if the host has its turns", async () => {
	const loop = new HandLoop();
	const { wake, seen, ended } = woken(loop);
	for (let event = 0; event < 1_000; event++) {
		loop.time += 0.05;
		wake(event);
		loop.microtasks();
		// None has had to wait until the connections that are served after it have had their callbacks.
		expect(seen.length).toBe(event + 1);
		if (event % 50 === 49) loop.turn();
	}
	wake(-1);
	loop.microtasks();
	await ended;
});

test("whom microtasks wake again and again waits for the host's turn, if that does not come", async () => {
	const loop = new HandLoop();
	const { wake, seen, ended } = woken(loop);
	let events = 0;
	while (seen.length === events && events < 1_000) {
		loop.time += 0.05;
		wake(events++);
		loop.microtasks();
	}
	expect(events).toBeGreaterThan(64);
	expect(events).toBeLessThanOrEqual(3 * 64 + 1);
	loop.turn();
	expect(seen.length).toBe(events);
	wake(-1);
	loop.microtasks();
	await ended;
});
