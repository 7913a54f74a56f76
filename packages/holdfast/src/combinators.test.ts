import { expect, test } from "vitest";
import { virtually } from "../test/virtually.ts";
import { all } from "./all.ts";
import { allSettled } from "./all-settled.ts";
import { any } from "./any.ts";
import { type Coroutine, coroutine } from "./coroutine.ts";
import { MisuseError, TaskCancelledError } from "./errors.ts";
import { Event } from "./event.ts";
import { withTaskGroup } from "./group.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { race } from "./race.ts";
import { cleanup, moveOnAfter, withTimeout } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";
import { until } from "./suspend.ts";
import { currentTask } from "./task.ts";

const after = coroutine(function* <T>(milliseconds: number, value: T) {
	yield* sleep(milliseconds);
	return value;
});

const failAfter = coroutine(function* (milliseconds: number, error: unknown) {
	yield* sleep(milliseconds);
	throw error;
});

const thrown = coroutine(function* (call: () => unknown) {
	try {
		yield* call() as Generator<never, unknown, unknown>;
	} catch (error) {
		return error;
	}
	return expect.unreachable();
});

/** Waits for ever, and notes how it ended. */
const loser = (log: string[], name: string, milliseconds = 0) =>
	coroutine(function* () {
		try {
			log.push(`${name} starts`);
			yield* sleepForever();
		} finally {
			yield* cleanup(() => sleep(milliseconds));
			log.push(`${name} cleaned up`);
		}
	});

type Combinator = (entries: Iterable<unknown>) => Coroutine<unknown>;

const boom = new Error("boom");

test("all: functions, coroutines, tasks, promises and values; results in the order of the entries", async () => {
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			const task = group.spawn(() => after(2, "task"));
			const results = yield* all([
				() => after(5, "function"),
				after(3, "coroutine"),
				task,
				Promise.resolve("promise"),
				"value",
				function* () {
					yield* sleep(1);
					return "generator";
				},
				async () => "native",
				undefined,
			]);
			expect(results).toEqual(["function", "coroutine", "task", "promise", "value", "generator", "native", undefined]);
			expect(now()).toBe(5);
		});
	});
});

test("all: any iterable is taken, and nothing gives nothing", async () => {
	await virtually(function* () {
		expect(yield* all(new Set([1, 2]))).toEqual([1, 2]);
		expect(yield* all([])).toEqual([]);
	});
	expect(() => all(7 as never)).toThrow(/pass one iterable/);
});

test("all: the first failure is thrown, the same object, after what was started here has ended", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const error = yield* thrown(() => all([loser(log, "a", 10), () => failAfter(5, boom), loser(log, "b")()]));
		expect(error).toBe(boom);
		expect(now()).toBe(15);
	});
	expect(log).toEqual(["a starts", "b starts", "b cleaned up", "a cleaned up"]);
});

test("all: a task that was given goes on when another entry fails", async () => {
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			const task = group.spawn(() => after(20, "done"));
			expect(yield* thrown(() => all([task, () => failAfter(5, boom)]))).toBe(boom);
			expect(now()).toBe(5);
			expect(yield* task).toBe("done");
		});
	});
});

test("all: an entry that was cancelled alone is a failure, not a hole in the results", async () => {
	await virtually(function* () {
		const stopped = function* () {
			currentTask().cancel();
			yield* sleep(1);
		};
		expect(yield* thrown(() => all([stopped, 1]))).toBeInstanceOf(TaskCancelledError);
		expect(yield* thrown(() => race([stopped]))).toBeInstanceOf(TaskCancelledError);
		expect((yield* allSettled([stopped]))[0]).toMatchObject({
			status: "rejected",
			reason: expect.any(TaskCancelledError),
		});
	});
});

test("a cancellation from outside ends every combinator after what it started, with no outcome", async () => {
	for (const combine of [all, any, race, allSettled] as Combinator[]) {
		const log: string[] = [];
		await virtually(function* () {
			const result = yield* moveOnAfter(5, () => combine([loser(log, "a", 10), sleepForever()]));
			expect([result, now()]).toEqual([undefined, 15]);
		});
		expect(log).toEqual(["a starts", "a cleaned up"]);
	}
});

test("an error of cleanup during a cancellation from outside is not lost", async () => {
	const clumsy = function* () {
		try {
			yield* sleepForever();
		} finally {
			yield* cleanup(() => {
				throw boom;
			});
		}
	};
	for (const combine of [all, race] as Combinator[])
		await virtually(function* () {
			expect(yield* thrown(() => moveOnAfter(5, () => combine([clumsy, sleepForever()])))).toBe(boom);
		});
	for (const combine of [any, allSettled] as Combinator[]) {
		const reported: unknown[] = [];
		await virtually(
			function* () {
				expect(yield* moveOnAfter(5, () => combine([clumsy, sleepForever()]))).toBeUndefined();
			},
			{ onReport: ({ error }) => reported.push(error) },
		);
		expect(reported).toEqual([boom]);
	}
});

test("a result that is there in the tick of the cancellation is given", async () => {
	for (const combine of [any, race] as Combinator[])
		await virtually(function* () {
			const event = new Event();
			const entry = function* () {
				yield* event.wait();
				return "in time";
			};
			yield* withTaskGroup(function* (group) {
				const task = group.spawn(() => combine([entry]));
				yield* sleep(5);
				event.set();
				task.cancel();
				expect(yield* task).toBe("in time");
			});
		});
});

test("race: the first to end decides, by its value or by its error; losers are cancelled and waited for", async () => {
	const log: string[] = [];
	await virtually(function* () {
		expect(yield* race([loser(log, "a", 10), () => after(5, "won"), () => failAfter(6, boom)])).toBe("won");
		expect(now()).toBe(15);
		expect(yield* thrown(() => race([() => after(9, "late"), () => failAfter(5, boom)]))).toBe(boom);
		expect(now()).toBe(20);
		expect(yield* race([sleepForever(), "value"])).toBe("value");
	});
	expect(log).toEqual(["a starts", "a cleaned up"]);
});

test("race: given tasks and promises are only no longer waited for", async () => {
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			const task = group.spawn(() => after(20, "done"));
			let resolve = (_value: string): void => {};
			const promise = new Promise<string>((it) => {
				resolve = it;
			});
			expect(yield* race([task, promise, () => after(5, "won")])).toBe("won");
			expect([now(), task.state]).toEqual([5, "running"]);
			resolve("late");
			expect([yield* task, yield* until(promise)]).toEqual(["done", "late"]);
		});
	});
});

test("race: of two that end in the same tick the first wins, and the other's error is reported", async () => {
	const reported: unknown[] = [];
	await virtually(
		function* () {
			expect(yield* race([() => after(5, "won"), () => failAfter(5, boom)])).toBe("won");
		},
		{ onReport: ({ error, kind }) => reported.push([kind, error]) },
	);
	expect(reported).toEqual([["suppressed", boom]]);
});

test("race: what a loser throws in its cleanup is kept with the winner's error", async () => {
	await virtually(function* () {
		const clumsy = function* () {
			try {
				yield* sleepForever();
			} finally {
				yield* cleanup(() => {
					throw new Error("cleanup");
				});
			}
		};
		const error = yield* thrown(() => race([clumsy, () => failAfter(5, boom)]));
		expect(error).toBe(boom);
		expect(suppressedErrors(error)).toMatchObject([{ message: "cleanup" }]);
	});
});

test("race([]) is a named error, any([]) an AggregateError", async () => {
	await virtually(function* () {
		expect(yield* thrown(() => race([]))).toBeInstanceOf(MisuseError);
		expect(yield* thrown(() => any([]))).toMatchObject({ name: "AggregateError", errors: [] });
	});
});

test("any: the first value wins over earlier failures; the others are cancelled and waited for", async () => {
	const log: string[] = [];
	await virtually(function* () {
		expect(yield* any([() => failAfter(1, boom), () => after(5, "won"), loser(log, "a", 10)])).toBe("won");
		expect(now()).toBe(15);
	});
	expect(log).toEqual(["a starts", "a cleaned up"]);
});

test("any: when every entry fails, all errors are thrown in the order of the entries", async () => {
	await virtually(function* () {
		const error = yield* thrown(() =>
			any([() => failAfter(5, boom), Promise.reject("primitive"), () => failAfter(1, 7)]),
		);
		expect(error).toBeInstanceOf(AggregateError);
		expect((error as AggregateError).errors).toEqual([boom, "primitive", 7]);
	});
});

test("allSettled: tells of every entry how it ended, and a failure cancels nothing", async () => {
	await virtually(function* () {
		expect(yield* allSettled([() => after(5, 1), () => failAfter(1, boom), "value"])).toEqual([
			{ status: "fulfilled", value: 1 },
			{ status: "rejected", reason: boom },
			{ status: "fulfilled", value: "value" },
		]);
	});
});

test("combinators nest, and a timeout around them is a TimeoutError", async () => {
	await virtually(function* () {
		const pair = () => all([() => after(3, "x"), () => race([() => after(9, "y"), () => after(4, "z")])]);
		expect(yield* pair()).toEqual(["x", "z"]);
		expect(yield* thrown(() => withTimeout(3, pair))).toMatchObject({ name: "TimeoutError" });
	});
});

test("entries that start an hour of work leave nothing behind", async () => {
	const size = 2_000;
	await virtually(function* () {
		expect(yield* race(Array.from({ length: size }, (_, i) => () => after(i + 1, i)))).toBe(0);
		expect((yield* all(Array.from({ length: size }, (_, i) => () => after(i, i))))[size - 1]).toBe(size - 1);
	});
});
