import { expect, test, vi } from "vitest";
import { runChild } from "../../test/child.ts";
import { hostTurn, rejectionOf, thrownBy } from "../../test/virtually.ts";
import { DeadlockError, MisuseError } from "../errors.ts";
import { Event } from "../event.ts";
import { withTaskGroup } from "../group.ts";
import { run } from "../run.ts";
import { moveOnAfter } from "../scopes.ts";
import { checkpoint, now, sleep, sleepForever } from "../sleep.ts";
import { suspend } from "../suspend.ts";
import { currentTask } from "../task.ts";
import { GuestLoop } from "./guest.ts";
import { VirtualLoop } from "./virtual.ts";

/** A loop on a clock that the test sets. */
function paused(schedule?: (delay: number) => (() => void) | undefined) {
	const clock = { time: 0 };
	const loop = new GuestLoop({ now: () => clock.time, ...(schedule && { schedule }) });
	return {
		clock,
		loop,
		pumpAt(time: number): void {
			clock.time = time;
			loop.pump(Number.POSITIVE_INFINITY);
		},
	};
}

test("main runs up to its first wait at the call; then nothing happens but inside pump()", async () => {
	const { loop, pumpAt } = paused();
	const log: string[] = [];
	const result = run(
		function* () {
			log.push("begun");
			yield* checkpoint();
			log.push("pumped");
			yield* sleep(10);
			log.push("slept");
			return 5;
		},
		{ loop },
	);
	expect(log).toEqual(["begun"]);
	await hostTurn();
	expect(log).toEqual(["begun"]);
	pumpAt(0);
	expect(log).toEqual(["begun", "pumped"]);
	pumpAt(9);
	expect(log).toEqual(["begun", "pumped"]);
	pumpAt(10);
	expect(log).toEqual(["begun", "pumped", "slept"]);
	expect(await result).toBe(5);
});

test("an error of main comes out of run, not out of pump()", async () => {
	const { loop, pumpAt } = paused();
	const result = run(
		function* () {
			yield* sleep(1);
			throw new Error("broken");
		},
		{ loop },
	);
	const rejected = rejectionOf(result);
	pumpAt(1);
	expect(await rejected).toMatchObject({ message: "broken" });
});

test("nextDeadline tells when a pump has something to do", async () => {
	const { loop, pumpAt } = paused();
	expect(loop.nextDeadline).toBe(Number.POSITIVE_INFINITY);
	const result = run(
		function* () {
			yield* checkpoint();
			yield* sleep(30);
		},
		{ loop },
	);
	expect(loop.nextDeadline).toBe(0);
	pumpAt(0);
	expect(loop.nextDeadline).toBe(30);
	pumpAt(30);
	await result;
	expect(loop.nextDeadline).toBe(Number.POSITIVE_INFINITY);
});

test("the host is asked for one pump at a time: soon, or at the next deadline; what is superseded is taken back", async () => {
	const log: string[] = [];
	const { loop, pumpAt } = paused((delay) => {
		log.push(`in ${delay}`);
		return () => void log.push(`not in ${delay}`);
	});
	const event = new Event();
	const result = run(
		() =>
			withTaskGroup((group) => {
				group.spawn(() => moveOnAfter(50, () => event.wait()));
				group.spawn(() => sleep(20));
			}),
		{ loop },
	);
	expect(log.splice(0)).toEqual(["in 0"]);
	pumpAt(0);
	expect(log.splice(0)).toEqual(["not in 0", "in 20"]);
	pumpAt(5);
	expect(log.splice(0)).toEqual(["not in 20", "in 15"]);
	// Between two pumps, out of an event of the host.
	event.set();
	expect(log.splice(0)).toEqual(["not in 15", "in 0"]);
	pumpAt(6);
	expect(log.splice(0)).toEqual(["not in 0", "in 14"]);
	pumpAt(20);
	await result;
	expect(log.splice(0)).toEqual(["not in 14"]);
});

test("a host that schedules pumps by its timers runs a program to its end", async () => {
	const loop: GuestLoop = new GuestLoop({
		schedule: (delay) => {
			const timer = setTimeout(() => loop.pump(), delay);
			return () => clearTimeout(timer);
		},
	});
	const log: string[] = [];
	await run(
		() =>
			withTaskGroup((group) => {
				for (const delay of [4, 0, 2])
					group.spawn(function* () {
						yield* sleep(delay);
						log.push(`${delay}`);
					});
			}),
		{ loop },
	);
	expect(log.sort()).toEqual(["0", "2", "4"]);
	expect(loop.nextDeadline).toBe(Number.POSITIVE_INFINITY);
});

test("a pump keeps to its budget, does at least one round, and leaves the rest to the next", async () => {
	const { loop } = paused();
	let turns = 0;
	const event = new Event();
	const result = run(
		() =>
			withTaskGroup(function* (group) {
				group.spawn(function* () {
					while (!event.isSet) {
						yield* checkpoint();
						turns++;
					}
				});
			}),
		{ loop },
	);
	let before = -1;
	for (let pumps = 0; pumps < 5; pumps++) {
		loop.pump(0);
		expect(turns).toBeGreaterThan(before);
		before = turns;
	}
	loop.pump();
	expect(turns).toBeGreaterThan(before);
	event.set();
	loop.pump(Number.POSITIVE_INFINITY);
	await result;
});

test("a busy task starves no deadline, although the clock stands still within a pump", async () => {
	const { loop, clock } = paused();
	const result = run(
		() =>
			moveOnAfter(5, function* () {
				for (;;) yield* checkpoint();
			}),
		{ loop },
	);
	for (clock.time = 0; clock.time <= 5; clock.time++) loop.pump(0);
	expect(await result).toBe(undefined);
});

test("callSoon is first come, first served, and what is added meanwhile waits for the next round", () => {
	const { loop } = paused();
	const log: string[] = [];
	loop.callSoon(() => {
		log.push("a");
		loop.callSoon(() => log.push("c"));
	});
	loop.callSoon(() => log.push("b"));
	expect(log).toEqual([]);
	loop.pump(0);
	expect(log).toEqual(["a", "b"]);
	loop.pump(0);
	expect(log).toEqual(["a", "b", "c"]);
});

test("alarms ring in order of instant, then of arming; one that is taken back, even by one of the same instant, does not", () => {
	const { loop, pumpAt } = paused();
	const log: string[] = [];
	loop.callAt(20, () => log.push("a"));
	loop.callAt(10, () => {
		log.push("b");
		cancel();
	});
	loop.callAt(20, () => log.push("c"));
	const cancel = loop.callAt(15, () => log.push("d"));
	pumpAt(30);
	expect(log).toEqual(["b", "a", "c"]);
	cancel();
});

test("pump() inside of a task that it runs is an error that says so", async () => {
	const { loop } = paused();
	let error: unknown;
	const result = run(
		function* () {
			yield* checkpoint();
			error = thrownBy(() => loop.pump());
		},
		{ loop },
	);
	loop.pump();
	await result;
	expect(error).toBeInstanceOf(MisuseError);
	for (const budget of [-1, Number.NaN]) expect(() => loop.pump(budget)).toThrow(RangeError);
});

test("what a callback throws comes out of pump(); nothing behind it is lost", () => {
	const { loop } = paused();
	const log: string[] = [];
	loop.callSoon(() => {
		throw new Error("hook");
	});
	loop.callSoon(() => log.push("behind"));
	expect(() => loop.pump()).toThrow("hook");
	expect(log).toEqual([]);
	loop.pump();
	expect(log).toEqual(["behind"]);
});

test("between pumps no task is running; a callback of the host wakes tasks, which run in the next pump", async () => {
	const { loop } = paused();
	let wake: (value: string) => void = () => {};
	const log: string[] = [];
	const result = run(
		function* () {
			log.push(yield* suspend<string>((resume) => void (wake = resume)));
		},
		{ loop, name: "main" },
	);
	loop.pump();
	expect(thrownBy(() => currentTask())).toMatchObject({ name: "ScopeMisuseError" });
	wake("woken");
	expect(log).toEqual([]);
	loop.pump();
	expect(log).toEqual(["woken"]);
	await result;
});

test("a task of one run may pump the loop of another: both keep what is theirs", async () => {
	const { loop, clock } = paused();
	const log: string[] = [];
	const inner = run(
		function* () {
			for (let frame = 0; frame < 3; frame++) {
				log.push(`${currentTask().name} at ${now()}`);
				yield* sleep(10);
			}
		},
		{ loop, name: "inner" },
	);
	await run(
		function* () {
			for (; loop.nextDeadline < Number.POSITIVE_INFINITY; clock.time += 10) {
				// Without a budget: that is of real time.
				loop.pump(Number.POSITIVE_INFINITY);
				log.push(currentTask().name);
				yield* sleep(1);
			}
		},
		{ loop: new VirtualLoop(), name: "host" },
	);
	await inner;
	expect(log).toEqual(["inner at 0", "host", "inner at 10", "host", "inner at 20", "host", "host"]);
});

test("several runs share a loop", async () => {
	const { loop, pumpAt } = paused();
	const log: string[] = [];
	const runs = [3, 1, 2].map((delay) =>
		run(
			function* () {
				yield* sleep(delay);
				log.push(`${delay} at ${now()}`);
			},
			{ loop },
		),
	);
	for (let time = 0; time <= 3; time++) pumpAt(time);
	await Promise.all(runs);
	expect(log).toEqual(["1 at 1", "2 at 2", "3 at 3"]);
});

test("what waits on a guest loop is no deadlock while the process lives", async () => {
	const { loop } = paused();
	const settled = vi.fn();
	const event = new Event();
	const result = run(() => event.wait(), { loop });
	result.then(settled, settled);
	for (let pumps = 0; pumps < 10; pumps++) loop.pump();
	await hostTurn();
	expect(settled).not.toHaveBeenCalled();
	event.set();
	loop.pump();
	await result;
});

test("a host that stops pumping: at the end of the process the run fails with DeadlockError, after its cleanup", async () => {
	const { stdout, code } = await runChild(`
		import { run, sleep, cleanup } from "holdfast";
		import { GuestLoop } from "holdfast/loops";
		const loop = new GuestLoop();
		const result = run(function* () {
			try { yield* sleep(60000); } finally { yield* cleanup(() => sleep(2)); console.log("cleaned"); }
		}, { loop, name: "game" });
		loop.pump();
		result.catch((error) => console.log(error.name, /stopped pumping/.test(error.message), /game: waits for sleep/.test(error.message)));`);
	expect(stdout).toBe("cleaned\nDeadlockError true true\n");
	expect(code).toBe(0);
});

test("a standstill on a guest loop at the end of the process is told as on the host's", async () => {
	const { stdout } = await runChild(`
		import { run, sleepForever } from "holdfast";
		import { GuestLoop } from "holdfast/loops";
		const loop = new GuestLoop();
		run(() => sleepForever(), { loop }).catch((error) => console.log(error.name, /Nothing can wake/.test(error.message)));
		loop.pump();`);
	expect(stdout).toBe("DeadlockError true\n");
});

test("a run of a guest loop is a run: sleepForever ends when it is cancelled", async () => {
	const controller = new AbortController();
	const { loop } = paused();
	const result = rejectionOf(run(() => sleepForever(), { loop, signal: controller.signal }));
	loop.pump();
	controller.abort(new DeadlockError("enough"));
	loop.pump();
	expect(await result).toMatchObject({ message: "enough" });
});
