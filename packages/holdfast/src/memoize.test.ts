import fc from "fast-check";
import { expect, test } from "vitest";
import { quietly, rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { all } from "./all.ts";
import { ContextVar } from "./context-var.ts";
import { coroutine } from "./coroutine.ts";
import { MisuseError, TaskCancelledError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { memoize } from "./memoize.ts";
import { run } from "./run.ts";
import type { Report } from "./runner.ts";
import { cleanup, currentDeadline, moveOnAfter, shield, withCancelScope, withTimeout } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";

/** A function that takes 10 ms and logs its life. */
function slow(log: string[]) {
	return function* (key: number) {
		log.push(`${key} begins at ${now()}`);
		try {
			yield* sleep(10);
			return { key };
		} finally {
			yield* cleanup(() => sleep(2));
			log.push(`${key} ended at ${now()}`);
		}
	};
}

const errorOf = coroutine(function* (call: () => unknown) {
	try {
		yield* call() as Generator<never, unknown, unknown>;
	} catch (error) {
		return error;
	}
	return "no error";
});

test("those who ask at the same time share one call and one value; later ones get what is kept", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const load = memoize(slow(log));
		const [a, b] = yield* all([
			() => load(1),
			function* () {
				yield* sleep(5);
				return yield* load(1);
			},
			() => load(2),
		]);
		expect(a).toEqual({ key: 1 });
		expect(b).toBe(a);
		expect(yield* load(1)).toBe(a);
		expect(now()).toBe(12);
		expect(load.statistics()).toEqual({ kept: 2, running: 0, hits: 2, misses: 2 });
	});
	expect(log).toEqual(["1 begins at 0", "2 begins at 0", "1 ended at 12", "2 ended at 12"]);
});

test("the first caller is cancelled: it leaves at once, the others get the value", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const load = memoize(slow(log));
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* moveOnAfter(3, () => load(1));
				log.push(`left at ${now()}`);
			});
			yield* sleep(1);
			expect(yield* load(1)).toEqual({ key: 1 });
		});
	});
	expect(log).toEqual(["1 begins at 0", "left at 3", "1 ended at 12"]);
});

test("the last one who leaves cancels the call and waits for its cleanup; nothing is kept", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const load = memoize(slow(log));
		yield* all([
			() => moveOnAfter(3, () => load(1)),
			function* () {
				yield* moveOnAfter(5, () => load(1));
				log.push(`left at ${now()}`);
			},
		]);
		expect(load.statistics()).toMatchObject({ kept: 0, running: 0 });
		yield* load(1);
		expect(load.statistics().misses).toBe(2);
	});
	expect(log.slice(0, 3)).toEqual(["1 begins at 0", "1 ended at 7", "left at 7"]);
});

test("a call that is being cancelled is not joined", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const load = memoize(slow(log));
		yield* withTaskGroup(function* (group) {
			group.spawn(() => moveOnAfter(3, () => load(1)));
			yield* sleep(4);
			expect(yield* load(1)).toEqual({ key: 1 });
		});
	});
	expect(log).toEqual(["1 begins at 0", "1 begins at 4", "1 ended at 5", "1 ended at 16"]);
});

test("no scope of a waiter reaches the call: neither deadline nor cancellation, while another one waits in a shield", async () => {
	let deadline: number | undefined;
	await virtually(function* () {
		const load = memoize(function* () {
			deadline = currentDeadline();
			yield* sleep(10);
			return "value";
		});
		const [, value] = yield* all([() => moveOnAfter(3, load), () => moveOnAfter(4, () => shield(load))]);
		expect(value).toBe("value");
		expect(now()).toBe(10);
	});
	expect(deadline).toBe(Number.POSITIVE_INFINITY);
});

test("the cleanup of an abandoned call is bounded by the grace of the scope that was cancelled", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const load = memoize(function* () {
			try {
				yield* sleepForever();
			} finally {
				try {
					yield* cleanup(sleepForever);
				} finally {
					log.push(`cut at ${now()}`);
				}
			}
		});
		yield* withCancelScope({ timeout: 10, grace: 30 }, load);
		log.push(`left at ${now()}`);
	});
	expect(log).toEqual(["cut at 40", "left at 40"]);
});

test("a call in a cleanup region goes on until the grace is over", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const load = memoize(slow([]));
		yield* withCancelScope({ timeout: 1, grace: 5 }, function* () {
			try {
				yield* sleepForever();
			} finally {
				try {
					yield* cleanup(() => load(1));
				} finally {
					log.push(now());
				}
			}
		});
		yield* withCancelScope({ timeout: 1, grace: 50 }, function* () {
			try {
				yield* sleepForever();
			} finally {
				log.push(yield* cleanup(() => load(1)));
			}
		});
	});
	expect(log).toEqual([6, { key: 1 }]);
});

test("an error goes to all who wait, and is not kept unless asked for", async () => {
	await virtually(function* () {
		for (const errors of [false, true]) {
			let calls = 0;
			const load = memoize(
				function* () {
					yield* sleep(1);
					throw new Error(`failure ${++calls}`);
				},
				{ errors },
			);
			const [a, b] = yield* all([() => errorOf(load), () => errorOf(load)]);
			expect(a).toBeInstanceOf(Error);
			expect(b).toBe(a);
			expect((yield* errorOf(load)) === a).toBe(errors);
			expect(calls).toBe(errors ? 1 : 2);
		}
	});
});

test("an error of the cleanup of an abandoned call goes to the one who left last", async () => {
	const problem = new Error("cleanup");
	await virtually(function* () {
		const load = memoize(function* () {
			try {
				yield* sleepForever();
			} finally {
				// biome-ignore lint/correctness/noUnsafeFinally: the case
				throw problem;
			}
		});
		expect(yield* errorOf(() => moveOnAfter(1, load))).toBe(problem);
	});
});

test("a call that stops itself: those who wait get an ordinary error", async () => {
	await virtually(function* () {
		const load = memoize(function* () {
			yield* withTaskGroup(function* (group) {
				const task = group.spawn(sleepForever);
				task.cancel();
				yield* task;
			});
		});
		expect(yield* errorOf(load)).toBeInstanceOf(TaskCancelledError);
	});
});

test("the call has a copy of the context of whoever asked first; what it sets stays its own", async () => {
	await virtually(function* () {
		const user = new ContextVar<string>("user");
		const load = memoize(function* () {
			yield* sleep(1);
			const seen = user.get();
			user.set("changed by the call");
			return seen;
		});
		const ask = (name: string) =>
			function* () {
				user.set(name);
				const seen = yield* load();
				return [seen, user.get()];
			};
		expect(yield* all([ask("first"), ask("second")])).toEqual([
			["first", "first"],
			["first", "second"],
		]);
	});
});

test("waiting for oneself, directly or around corners, is an error that says so", async () => {
	await virtually(function* () {
		const self: (key: number) => Generator<never, unknown, unknown> = function* (key) {
			yield* sleep(1);
			return yield* direct(key);
		};
		const direct = memoize(self);
		expect(yield* errorOf(() => direct(1))).toBeInstanceOf(MisuseError);
		const inTask = memoize(function* (): Generator<never, unknown, unknown> {
			return yield* withTaskGroup((group) => group.spawn(inTask));
		});
		expect(String(yield* errorOf(inTask))).toContain("would wait for itself");

		// Each is started by somebody else, and then asks for the other.
		const ask = (other: () => PromiseLike<unknown>) =>
			function* (): Generator<never, unknown, unknown> {
				yield* sleep(1);
				return yield* other() as unknown as Generator<never, unknown, unknown>;
			};
		const ping = memoize(ask(() => pong()));
		const pong: () => PromiseLike<unknown> = memoize(ask(() => ping()));
		const errors = yield* all([() => errorOf(ping), () => errorOf(pong)]);
		expect(errors.map((error) => error instanceof MisuseError)).toEqual([true, true]);
		// Recursion over other keys is fine.
		const fibonacci = memoize(function* (n: number): Generator<never, number, unknown> {
			return n < 2 ? n : (yield* fibonacci(n - 1)) + (yield* fibonacci(n - 2));
		});
		expect(yield* fibonacci(60)).toBe(1548008755920);
	});
});

test("values have their time, on the run's clock", async () => {
	await virtually(function* () {
		let calls = 0;
		const load = memoize(() => ++calls, { ttl: 10 });
		expect(yield* load()).toBe(1);
		yield* sleep(9);
		expect(yield* load()).toBe(1);
		yield* sleep(1);
		expect(yield* load()).toBe(2);
		const single = memoize(() => ++calls, { ttl: 0 });
		expect(yield* all([single, single])).toEqual([3, 3]);
		expect(yield* single()).toBe(4);
	});
});

test("values whose time is over do not pile up", async () => {
	await virtually(function* () {
		const load = memoize((key: number) => key, { ttl: 5 });
		for (let key = 0; key < 1000; key++) {
			yield* load(key);
			yield* sleep(1);
		}
		expect(load.statistics().kept).toBeLessThan(50);
	});
});

test("of more than max the least recently used goes", async () => {
	await virtually(function* () {
		const log: number[] = [];
		const load = memoize((key: number) => void log.push(key), { max: 2 });
		for (const key of [1, 2, 1, 3, 1, 2]) yield* load(key);
		expect(log).toEqual([1, 2, 3, 2]);
		expect(load.statistics().kept).toBe(2);
	});
});

test("keys: the one argument, compared as in a Map; more arguments need a function", async () => {
	await virtually(function* () {
		const log: unknown[] = [];
		const one = memoize((value?: unknown) => void log.push(value));
		const object = {};
		for (const value of [Number.NaN, Number.NaN, object, object, {}, undefined]) yield* one(value);
		yield* one();
		expect(log).toEqual([Number.NaN, object, {}, undefined]);
		const two = memoize((a: number, b: number) => a + b);
		expect(String(yield* errorOf(() => two(1, 2)))).toContain("2 arguments");
		const keyed = memoize((a: number, b: number) => [a + b], { key: (a, b) => `${a},${b}` });
		expect(yield* keyed(1, 2)).toBe(yield* keyed(1, 2));
		expect(yield* keyed(2, 1)).not.toBe(yield* keyed(1, 2));
	}, quietly);
});

test("what is forgotten is asked for again, and a running call is neither joined nor kept", async () => {
	await virtually(function* () {
		for (const how of ["forget", "clear"] as const) {
			let calls = 0;
			const load = memoize(function* (_key: number) {
				const mine = ++calls;
				yield* sleep(5);
				return mine;
			});
			yield* withTaskGroup(function* (group) {
				const first = group.spawn(load, 1);
				yield* sleep(1);
				if (how === "clear") load.clear();
				else expect([load.forget(1), load.forget(1), load.forget(2)]).toEqual([true, false, false]);
				expect(yield* load(1)).toBe(2);
				expect(yield* first).toBe(1);
				expect(yield* load(1)).toBe(2);
			});
		}
	});
});

test("several runs: what is kept is shared, what runs is not", async () => {
	let calls = 0;
	const load = memoize(async (_key: number) => ++calls);
	const values = await Promise.all([run(() => load(1)), run(() => load(1)), load(2), load(2)]);
	expect(values.slice(0, 2).sort()).toEqual([1, 2]);
	expect(values[3]).toBe(values[2]);
	expect(calls).toBe(3);
	expect(await run(() => load(2))).toBe(values[2]);
});

test("outside of every run a waiter that is gone takes nothing from the others", async () => {
	const load = memoize(async () => {
		throw new Error("x");
	});
	const [a, b] = await Promise.all([rejectionOf(load()), rejectionOf(load())]);
	expect(a).toBe(b);
});

test("nothing is reported, whoever leaves", async () => {
	const reports: Report[] = [];
	await virtually(
		function* () {
			const load = memoize(slow([]));
			yield* moveOnAfter(1, () => load(1));
			yield* errorOf(() => withTimeout(1, () => load(1)));
			yield* withCancelScope(function* (scope) {
				scope.cancel();
				const error = yield* errorOf(() => load(1));
				expect(error).toBeInstanceOf(Cancelled);
			});
			expect(load.statistics()).toMatchObject({ running: 0, misses: 2 });
		},
		{ onReport: (report) => reports.push(report) },
	);
	expect(reports).toEqual([]);
});

test("wrong options are named", () => {
	for (const ttl of [-1, Number.NaN]) expect(() => memoize(() => 1, { ttl })).toThrow(RangeError);
	for (const max of [-1, 0.5]) expect(() => memoize(() => 1, { max })).toThrow(RangeError);
	expect(() => memoize(() => 1, { size: 1 } as never)).toThrow("unknown option");
	expect(thrownBy(() => memoize(() => 1, { key: 1 as never }))).toBeInstanceOf(TypeError);
	expect(thrownBy(() => memoize(1 as never))).toBeInstanceOf(TypeError);
});

test("100,000 wait for one call, and all but one leave", async () => {
	await virtually(function* () {
		const load = memoize(() => sleep(10));
		yield* withTaskGroup(function* (group) {
			yield* withTaskGroup(function* (impatient) {
				group.spawn(load);
				for (let i = 0; i < 100_000; i++) impatient.spawn(load);
				yield* sleep(1);
				impatient.cancel();
			});
			expect(load.statistics()).toMatchObject({ running: 1, misses: 1 });
		});
		expect(now()).toBe(10);
	});
});

test("whatever is cancelled when: a call runs exactly while somebody waits for it", async () => {
	const caller = fc.record({ key: fc.nat(2), at: fc.nat(20), patience: fc.nat(15) });
	await fc.assert(
		fc.asyncProperty(fc.array(caller, { maxLength: 15 }), async (callers) => {
			await virtually(function* () {
				const waiting = [0, 0, 0];
				const running = [0, 0, 0];
				const load = memoize(
					function* (key: number) {
						running[key] = (running[key] as number) + 1;
						try {
							yield* sleep(6);
							expect(waiting[key]).toBeGreaterThan(0);
							return key;
						} finally {
							yield* cleanup(() => sleep(2));
							expect(waiting[key]).toBeGreaterThan(0);
							running[key] = (running[key] as number) - 1;
						}
					},
					{ ttl: 0 },
				);
				yield* withTaskGroup((group) => {
					for (const { key, at, patience } of callers)
						group.spawn(function* () {
							yield* sleep(at);
							waiting[key] = (waiting[key] as number) + 1;
							try {
								const value = yield* moveOnAfter(patience, () => load(key));
								expect([key, undefined]).toContain(value);
							} finally {
								waiting[key] = (waiting[key] as number) - 1;
							}
						});
				});
				expect(running).toEqual([0, 0, 0]);
				expect(load.statistics().running).toBe(0);
			});
		}),
		{ numRuns: 200 },
	);
});
