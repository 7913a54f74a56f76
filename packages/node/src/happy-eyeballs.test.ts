import { virtualRun } from "@holdfast/testing";
import { type Coroutine, coroutine, moveOnAfter, now, sleep, sleepForever } from "holdfast";
import { expect, test } from "vitest";
import { type HostAddress, interleave, raceTargets } from "./happy-eyeballs.ts";

const v4 = (address: string): HostAddress => ({ address, family: 4 });
const v6 = (address: string): HostAddress => ({ address, family: 6 });

test("families take turns, beginning with that of the first address, each in its order", () => {
	const mixed = interleave([v6("a"), v6("b"), v6("c"), v4("d"), v4("e")]);
	expect(mixed.map(({ address }) => address).join("")).toBe("adbec");
	expect(interleave([v4("a"), v4("b"), v6("c")]).map(({ address }) => address)).toEqual(["a", "c", "b"]);
	expect(interleave([])).toEqual([]);
});

/** What an attempt does: `ok 100` is a success after so many milliseconds. */
interface World {
	readonly log: string[];
	readonly attempt: (target: string) => Coroutine<string>;
	readonly discard: (value: string) => Coroutine<void>;
}

function world(): World {
	const log: string[] = [];
	const attempt = coroutine(function* (target: string): Generator<never, string, unknown> {
		log.push(`${now()} try ${target}`);
		try {
			const [what, delay] = target.split(" ") as [string, string];
			yield* sleep(Number(delay));
			if (what === "fail") throw new Error(target);
			return target;
		} finally {
			log.push(`${now()} end ${target}`);
		}
	});
	const discard = coroutine(function* (value: string): Generator<never, void, unknown> {
		yield* sleep(1);
		log.push(`discard ${value}`);
	});
	return { log, attempt, discard };
}

test("an address has 250 ms before the next one is tried beside it; the first success cancels the others", () =>
	virtualRun(function* () {
		const { log, attempt, discard } = world();
		const raced = yield* raceTargets(["ok 1000", "ok 900", "ok 100", "ok 1"], attempt, discard, 250);
		expect(raced).toEqual({ value: "ok 100" });
		expect(log).toEqual([
			"0 try ok 1000",
			"250 try ok 900",
			"500 try ok 100",
			"600 end ok 100",
			"600 end ok 1000",
			"600 end ok 900",
		]);
	}));

test("a failure starts the next attempt at once", () =>
	virtualRun(function* () {
		const { log, attempt, discard } = world();
		expect(yield* raceTargets(["fail 10", "fail 0", "ok 5"], attempt, discard, 250)).toEqual({ value: "ok 5" });
		expect(log.filter((line) => line.includes("try"))).toEqual(["0 try fail 10", "10 try fail 0", "10 try ok 5"]);
	}));

test("if all fail, there is an error for each, in the order of the addresses", () =>
	virtualRun(function* () {
		const { attempt, discard } = world();
		const { errors } = (yield* raceTargets(["fail 900", "fail 1"], attempt, discard, 250)) as { errors: Error[] };
		expect(errors.map(({ message }) => message)).toEqual(["fail 900", "fail 1"]);
	}));

test("two that succeed at one instant: one wins, the other is discarded before the race is over", () =>
	virtualRun(function* () {
		const { log, attempt, discard } = world();
		expect(yield* raceTargets(["ok 250", "ok 0"], attempt, discard, 250)).toHaveProperty("value");
		expect(log.filter((line) => line.startsWith("discard")).length).toBeLessThanOrEqual(1);
		const successes = log.filter((line) => line.includes("250 end")).length;
		expect(successes).toBe(2);
	}));

test("a success that comes in spite of the cancellation is discarded", () =>
	virtualRun(function* () {
		const { log, discard } = world();
		const stubborn = coroutine(function* (target: string): Generator<never, string, unknown> {
			try {
				yield* sleep(target === "quick" ? 300 : 10_000);
			} catch (error) {
				if (target === "quick") throw error;
			}
			return target;
		});
		expect(yield* raceTargets(["slow", "quick"], stubborn, discard, 250)).toEqual({ value: "quick" });
		expect(now()).toBeLessThan(1_000);
		expect(log.length).toBeLessThanOrEqual(1);
	}));

test("cancelled from outside, all attempts end, whatever their state", () =>
	virtualRun(function* () {
		for (let instant = 0; instant < 1_200; instant += 50) {
			const { log, attempt, discard } = world();
			const targets = ["fail 300", "ok 700", "ok 700", "fail 0"];
			const raced = yield* moveOnAfter(instant, () => raceTargets(targets, attempt, discard, 250));
			const begun = log.filter((line) => line.includes("try")).length;
			expect(log.filter((line) => line.includes("end")).length).toBe(begun);
			if (instant < 950) expect(raced).toBeUndefined();
		}
	}));

test("an attempt that never answers is left behind when another has", () =>
	virtualRun(function* () {
		const { attempt, discard } = world();
		const stuck = coroutine(
			(target: string) =>
				(target === "stuck" ? sleepForever() : attempt(target))[Symbol.iterator]() as Generator<never, string, unknown>,
		);
		expect(yield* raceTargets(["stuck", "ok 10"], stuck, discard, 250)).toEqual({ value: "ok 10" });
		expect(now()).toBe(260);
	}));
