import { describe, expect, test } from "vitest";
import { hostTurn, rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { ContextVar } from "./context-var.ts";
import { ClosedResourceError, TaskCancelledError } from "./errors.ts";
import { Event } from "./event.ts";
import { withTaskGroup } from "./group.ts";
import { openPortal, type Portal } from "./portal.ts";
import { run } from "./run.ts";
import { cleanup, withCancelScope } from "./scopes.ts";
import { sleep, sleepForever } from "./sleep.ts";
import { currentTask } from "./task.ts";
import { toCallback } from "./to-callback.ts";
import { toPromise } from "./to-promise.ts";

function listening(log: unknown[]) {
	return {
		done: (value: unknown) => void log.push(["done", value]),
		failed: (error: unknown) => void log.push(["failed", error]),
		cancelled: (error: unknown) => void log.push(["cancelled", (error as Error).name]),
	};
}

const name = new ContextVar("name", { default: "nobody" });

describe("openPortal", () => {
	test("what foreign code starts belongs to the scope around the code that opened it, with its context", async () => {
		const log: unknown[] = [];
		await virtually(function* () {
			name.set("Ada");
			yield* withTaskGroup(() => {
				const portal = openPortal();
				setImmediate(() => {});
				queueMicrotask(() =>
					portal.start(function* () {
						yield* sleep(100);
						return name.get();
					}, listening(log)),
				);
				return sleep(1);
			});
			log.push("the group has ended");
		});
		expect(log).toEqual([["done", "Ada"], "the group has ended"]);
	});

	test("the outcome is told outside of every task, in the moment of the end", async () => {
		let outside: unknown;
		await virtually(function* () {
			const portal = openPortal();
			portal.start(() => 1, {
				done() {
					outside = thrownBy(() => currentTask());
				},
				failed() {},
			});
			expect(currentTask().name).not.toBe("");
			yield* sleep(1);
		});
		expect(outside).toMatchObject({ name: "ScopeMisuseError" });
	});

	test("what the outcome throws is reported, and nobody else is hurt", async () => {
		const reports: unknown[] = [];
		const error = new Error("in a callback");
		const value = await virtually(
			function* () {
				openPortal().start(() => 1, {
					done() {
						throw error;
					},
					failed() {},
				});
				yield* sleep(1);
				return 2;
			},
			{ onReport: (report) => reports.push(report.error) },
		);
		expect([value, reports]).toEqual([2, [error]]);
	});

	test("a failure is told to the outcome alone: the scope goes on", async () => {
		const log: unknown[] = [];
		const error = new Error("x");
		await virtually(function* () {
			openPortal().start(() => {
				throw error;
			}, listening(log));
			yield* sleep(1);
			log.push("on");
		});
		expect(log).toEqual([["failed", error], "on"]);
	});

	test("cancelled with its scope, in cleanup too, it is told after the cleanup", async () => {
		const log: unknown[] = [];
		await virtually(function* () {
			yield* withCancelScope(function* (scope) {
				openPortal().start(function* () {
					try {
						yield* sleepForever();
					} finally {
						yield* cleanup(() => sleep(10));
						log.push("clean");
					}
				}, listening(log));
				yield* sleep(1);
				scope.cancel();
				scope.cancel();
				yield* sleepForever();
			});
			log.push("left");
		});
		expect(log).toEqual(["clean", ["cancelled", "TaskCancelledError"], "left"]);
	});

	test("after the end of its scope it refuses by name", async () => {
		const log: unknown[] = [];
		let portal: Portal | undefined;
		await virtually(() => {
			portal = openPortal();
		});
		const task = portal?.start(function late() {}, listening(log));
		expect(task).toBeUndefined();
		expect(log).toEqual([["failed", expect.any(ClosedResourceError)]]);
		expect(String((log[0] as unknown[])[1])).toContain("late() was started by foreign code");
	});

	test("opened in a scope outside of every run, it belongs to that scope, and nothing of it outlives the scope", async () => {
		const log: unknown[] = [];
		const late = toCallback(function* () {
			yield* sleep(1);
			log.push("of nobody");
		});
		await toPromise(function* () {
			yield* withTaskGroup(function* (group) {
				const portal = openPortal();
				queueMicrotask(() =>
					portal.start(function* () {
						yield* sleep(1);
						return "of the group";
					}, listening(log)),
				);
				// Of a task in the group, too.
				yield* group.spawn(function* () {
					toCallback(sleep)(1, () => log.push("of the task"));
					yield* sleep(0);
				});
			});
			log.push("the group has ended");
		});
		expect(log).toHaveLength(3);
		expect(log.at(-1)).toBe("the group has ended");
		await new Promise<void>((resolve) => late(() => resolve()));
		expect(log.at(-1)).toBe("of nobody");
	});

	test("opened outside of every run, it starts on behalf of whoever starts, else under a root", async () => {
		const portal = openPortal();
		const log: unknown[] = [];
		portal.start(() => name.get(), listening(log));
		await virtually(function* () {
			name.set("Grace");
			portal.start(() => name.get(), listening(log));
			yield* sleep(1);
		});
		expect(log).toEqual([
			["done", "nobody"],
			["done", "Grace"],
		]);
	});

	test("a task that starts and ends within an outcome does not disturb the one that ends", async () => {
		const log: unknown[] = [];
		await virtually(function* () {
			const portal = openPortal();
			const again = (left: number): void => {
				portal.start(
					function* () {
						yield* sleep(1);
						return left;
					},
					{
						done(value) {
							log.push(value);
							if (left > 0) again(left - 1);
						},
						failed() {},
					},
				);
			};
			again(2);
			portal.start(() => 7, listening(log));
			yield* sleep(1);
		});
		expect(log).toEqual([["done", 7], 2, 1, 0]);
	});
});

describe("toPromise", () => {
	test("aborting the signal cancels the call, and rejects with its reason after the cleanup", async () => {
		const reason = new Error("enough");
		const controller = new AbortController();
		let cleaned = false;
		const promise = toPromise(
			function* () {
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(2));
					cleaned = true;
				}
			},
			{ signal: controller.signal },
		);
		controller.abort(reason);
		expect(await rejectionOf(promise)).toBe(reason);
		expect(cleaned).toBe(true);
	});

	test("an aborted signal cancels before the first wait; one aborted after the end changes nothing", async () => {
		const error = await rejectionOf(toPromise(() => sleep(60_000), { signal: AbortSignal.abort() }));
		expect(error).toMatchObject({ name: "AbortError" });
		const controller = new AbortController();
		const promise = toPromise(() => 5, { signal: controller.signal });
		controller.abort();
		expect(await promise).toBe(5);
	});

	test("takes what can be awaited, too", async () => {
		expect(await toPromise(sleep(1))).toBe(undefined);
		expect(await toPromise(Promise.resolve(3))).toBe(3);
		expect(await toPromise(7)).toBe(7);
	});

	test("inside a run it is a task of the caller: an error that nobody looks at is its owner's", async () => {
		const error = new Error("x");
		const promise = run(function* () {
			void toPromise(function* () {
				yield* sleep(0);
				throw error;
			});
			yield* sleepForever();
		});
		expect(await rejectionOf(promise)).toBe(error);
	});

	test("cancelled with its owner it rejects with TaskCancelledError", async () => {
		let seen: unknown;
		await virtually(function* () {
			yield* withCancelScope(function* (scope) {
				toPromise(sleepForever).catch((error) => {
					seen = error;
				});
				yield* sleep(1);
				scope.cancel();
			});
		});
		await hostTurn();
		expect(seen).toBeInstanceOf(TaskCancelledError);
	});

	test("wrong options are named", () => {
		expect(() => toPromise(() => 1, { signal: {} as never })).toThrow(
			/toPromise: signal is an object; pass an AbortSignal/,
		);
		expect(() => toPromise(() => 1, { sginal: 1 } as never)).toThrow(/unknown option "sginal"/);
	});
});

describe("toCallback", () => {
	test("calls back once, with null and the value, or with the error", async () => {
		const log: unknown[] = [];
		const divide = toCallback(function* divide(a: number, b: number) {
			yield* sleep(0);
			if (b === 0) throw new RangeError("by zero");
			return a / b;
		});
		expect([divide.name, divide.length]).toEqual(["divide", 3]);
		await new Promise<void>((resolve) => {
			divide(6, 3, (...answer) => void log.push(answer));
			divide(1, 0, (error) => {
				log.push((error as Error).message);
				resolve();
			});
		});
		expect(log).toEqual([[null, 2], "by zero"]);
	});

	test("what is thrown and looks like success is wrapped by name", async () => {
		const fail = toCallback(() => Promise.reject(undefined));
		const error = await new Promise((resolve) => fail(resolve));
		expect(error).toMatchObject({ name: "FalsyRejectionError", code: "HOLDFAST_FALSY_REJECTION", reason: undefined });
	});

	test("the function that it gives cancels; the callback is told after the cleanup", async () => {
		const log: string[] = [];
		const work = toCallback(function* () {
			try {
				yield* sleepForever();
			} finally {
				yield* cleanup(() => sleep(1));
				log.push("clean");
			}
		});
		await new Promise<void>((resolve) => {
			const cancel = work((error) => {
				log.push((error as Error).name);
				resolve();
			});
			cancel();
			cancel();
		});
		expect(log).toEqual(["clean", "TaskCancelledError"]);
	});

	test("a callback that throws is reported, and a forgotten one is named", async () => {
		const reports: unknown[] = [];
		const error = new Error("callback");
		await virtually(
			function* () {
				toCallback(() => 1)(() => {
					throw error;
				});
				yield* sleep(1);
			},
			{ onReport: (report) => reports.push(report.error) },
		);
		expect(reports).toEqual([error]);
		const load = toCallback(function load(_url: string) {});
		expect(() => (load as unknown as (url: string) => void)("x")).toThrow(
			/load made by toCallback takes a callback as its last argument, not "x"/,
		);
	});

	test("100,000 at once", async () => {
		let count = 0;
		await virtually(function* () {
			const gate = new Event();
			const wait = toCallback(() => gate.wait());
			for (let index = 0; index < 100_000; index++)
				wait(() => {
					count++;
				});
			yield* sleep(1);
			gate.set();
		});
		expect(count).toBe(100_000);
	});
});
