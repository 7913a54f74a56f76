import { expect, test } from "vitest";
import { rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { asCompleted } from "./as-completed.ts";
import { coroutine } from "./coroutine.ts";
import { withTaskGroup } from "./group.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import type { Report } from "./runner.ts";
import { cleanup, moveOnAfter, withCancelScope } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";

const after = (milliseconds: number, log: unknown[] = []) =>
	function* () {
		try {
			yield* sleep(milliseconds);
			return milliseconds;
		} finally {
			yield* cleanup(() => sleep(1));
			log.push(`${milliseconds} ended at ${now()}`);
		}
	};

const fail = (milliseconds: number, error: Error) =>
	function* () {
		yield* sleep(milliseconds);
		throw error;
	};

const rest = coroutine(function* (results: ReturnType<typeof asCompleted>) {
	const values: unknown[] = [];
	for (;;) {
		const result = yield* results.next();
		if (result.done) return values;
		values.push(result.value);
	}
});

test("values come in the order in which the entries end; the list may be empty", async () => {
	await virtually(function* () {
		const results = asCompleted([after(30), after(10), sleep(20), Promise.resolve("promise"), "value"]);
		expect(yield* rest(results)).toEqual(["value", "promise", 10, undefined, 30]);
		expect(yield* results.next()).toEqual({ done: true, value: undefined });
		expect(yield* rest(asCompleted([]))).toEqual([]);
	});
});

test("nothing starts before the loop does", async () => {
	await virtually(function* () {
		const log: string[] = [];
		const results = asCompleted([() => void log.push("began")]);
		yield* sleep(1);
		expect(log).toEqual([]);
		yield* rest(results);
		expect(log).toEqual(["began"]);
		expect(yield* asCompleted([() => expect.unreachable()]).return()).toEqual({ done: true, value: undefined });
	});
});

test("leaving the loop cancels the others and waits for their cleanup", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const results = asCompleted([after(10, log), after(20, log), after(30, log)]);
		expect(yield* results.next()).toMatchObject({ value: 10 });
		expect(yield* results.return()).toEqual({ done: true, value: undefined });
		log.push(`left at ${now()}`);
		expect(yield* results.next()).toMatchObject({ done: true });
		yield* results.return();
	});
	expect(log).toEqual(["10 ended at 11", "20 ended at 12", "30 ended at 12", "left at 12"]);
});

test("for await in native code, left early", async () => {
	const log: unknown[] = [];
	await virtually(async () => {
		for await (const value of asCompleted([after(10, log), after(20, log)])) {
			log.push(value);
			break;
		}
		log.push("left");
	});
	expect(log).toEqual(["10 ended at 11", 10, "20 ended at 12", "left"]);
});

test("the first failure comes after the values before it, when the others have ended; later ones are kept with it", async () => {
	const first = new Error("first");
	const second = new Error("second");
	const log: unknown[] = [];
	await virtually(function* () {
		const results = asCompleted([
			after(5),
			fail(10, first),
			after(20, log),
			function* () {
				try {
					yield* sleepForever();
				} finally {
					// biome-ignore lint/correctness/noUnsafeFinally: the case
					throw second;
				}
			},
		]);
		yield* sleep(1);
		expect(yield* results.next()).toMatchObject({ value: 5 });
		let error: unknown;
		try {
			yield* results.next();
		} catch (thrown) {
			error = thrown;
		}
		expect(error).toBe(first);
		expect(suppressedErrors(error)).toEqual([second]);
		expect(log).toEqual(["20 ended at 12"]);
		expect(yield* results.next()).toMatchObject({ done: true });
	});
});

test("a failure that came before the loop is left is thrown by leaving it", async () => {
	const error = new Error("x");
	await virtually(function* () {
		const results = asCompleted([after(1), fail(5, error), after(50)]);
		yield* results.next();
		yield* sleep(10);
		let thrown: unknown;
		try {
			yield* results.return();
		} catch (problem) {
			thrown = problem;
		}
		expect(thrown).toBe(error);
	});
});

test("a loop that is given up: its owner waits for the entries, and has their failure", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		yield* withCancelScope(function* () {
			yield* asCompleted([after(1), after(20, log)]).next();
		});
		expect(log).toEqual(["20 ended at 21"]);
	});
	const error = new Error("nobody asked");
	expect(
		await rejectionOf(
			virtually(function* () {
				yield* asCompleted([after(1), fail(5, error)]).next();
				yield* sleep(10);
			}),
		),
	).toBe(error);
});

test("the tasks belong to where it was made, not to the scope around one next()", async () => {
	await virtually(function* () {
		const results = asCompleted([after(10), after(20)]);
		expect(yield* moveOnAfter(1, () => results.next())).toBeUndefined();
		expect(now()).toBe(1);
		expect(yield* rest(results)).toEqual([10, 20]);
	});
});

test("cancelled with its scope, everything ends, and nothing is reported", async () => {
	const log: unknown[] = [];
	const reports: Report[] = [];
	await virtually(
		function* () {
			yield* moveOnAfter(15, () => rest(asCompleted([after(10, log), after(20, log)])));
			log.push(now());
		},
		{ onReport: (report) => reports.push(report) },
	);
	expect(log).toEqual(["10 ended at 11", "20 ended at 16", 16]);
	expect(reports).toEqual([]);
});

test("several tasks may share the results", async () => {
	await virtually(function* () {
		const results = asCompleted([after(1), after(2), after(3)]);
		const parts = yield* withTaskGroup(function* (group) {
			const tasks = [group.spawn(rest, results), group.spawn(rest, results)] as const;
			return [yield* tasks[0], yield* tasks[1]];
		});
		expect(parts.flat().sort()).toEqual([1, 2, 3]);
	});
});

test("outside of every run it works like the rest", async () => {
	const values: unknown[] = [];
	for await (const value of asCompleted([() => 1, Promise.resolve(2)])) values.push(value);
	expect(values.sort()).toEqual([1, 2]);
	expect(thrownBy(() => asCompleted(5 as never))).toBeInstanceOf(TypeError);
});
