import { expect, test } from "vitest";
import { rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { createChannel } from "./channel.ts";
import { coroutine } from "./coroutine.ts";
import { dumpTasks } from "./dump.ts";
import { GroupClosedError } from "./errors.ts";
import { type TaskGroup, withTaskGroup } from "./group.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import type { Report } from "./runner.ts";
import { cleanup, currentScope, moveOnAfter, onExit, withCancelScope, withTimeout } from "./scopes.ts";
import { serviceGroup } from "./service-group.ts";
import { now, sleep, sleepForever } from "./sleep.ts";

/** Runs until it is cancelled, then cleans up for a while. */
const service = (log: string[], name = "service", milliseconds = 5) =>
	function* () {
		try {
			yield* sleepForever();
		} finally {
			log.push(`${name} stops at ${now()}`);
			yield* cleanup(() => sleep(milliseconds));
			log.push(`${name} ended at ${now()}`);
		}
	};

const errorOf = coroutine(function* (call: () => unknown) {
	try {
		yield* call() as Generator<never, unknown, unknown>;
	} catch (error) {
		return error;
	}
	return "no error";
});

test("the services are cancelled when the body has ended, and waited for", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const value = yield* serviceGroup(function* (services) {
			services.spawn(service(log));
			yield* sleep(10);
			return "value";
		});
		log.push(`${value} at ${now()}`);
	});
	expect(log).toEqual(["service stops at 10", "service ended at 15", "value at 15"]);
});

test("a cancellation from outside reaches the body first; its cleanup can still use the services", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* moveOnAfter(10, () =>
			serviceGroup(function* (services) {
				const { sender, receiver } = createChannel<string>(0);
				services.spawn(function* () {
					try {
						for (;;) {
							log.push(`wrote ${yield* receiver.receive()}`);
						}
					} finally {
						log.push(`writer ended at ${now()}`);
					}
				});
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(function* () {
						yield* sleep(3);
						yield* sender.send("last words");
					});
				}
			}),
		);
	});
	expect(log).toEqual(["wrote last words", "writer ended at 13"]);
});

test("one grace for both: what the body has used of it the services do not get", async () => {
	const log: string[] = [];
	await virtually(function* () {
		for (const bodyTakes of [10, 50]) {
			const start = now();
			yield* withCancelScope({ timeout: 1, grace: 30 }, () =>
				serviceGroup(function* (services) {
					services.spawn(service([], "service", 1_000));
					try {
						yield* sleepForever();
					} finally {
						try {
							yield* cleanup(() => sleep(bodyTakes));
						} finally {
							log.push(`body ended at ${now() - start}`);
						}
					}
				}),
			);
			log.push(`left at ${now() - start}`);
		}
	});
	expect(log).toEqual(["body ended at 11", "left at 31", "body ended at 31", "left at 31"]);
});

test("a grace of its own, from the end of the body", async () => {
	await virtually(function* () {
		yield* serviceGroup(
			function* (services) {
				services.spawn(service([], "service", 1_000));
				yield* sleep(10);
			},
			{ grace: 7 },
		);
		expect(now()).toBe(17);
	});
});

test("a failing service cancels the body, not the other services; its error is thrown, later ones are kept", async () => {
	const log: string[] = [];
	const [first, second, third] = ["first", "second", "third"].map((text) => new Error(text));
	await virtually(function* () {
		const error = yield* errorOf(() =>
			serviceGroup(function* (services) {
				services.spawn(service(log, "other"));
				services.spawn(function* () {
					yield* sleep(5);
					throw first;
				});
				services.spawn(function* () {
					try {
						yield* sleepForever();
					} finally {
						// biome-ignore lint/correctness/noUnsafeFinally: the case
						throw third;
					}
				});
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(3));
					log.push(`body ended at ${now()}`);
					// biome-ignore lint/correctness/noUnsafeFinally: the case
					throw second;
				}
			}),
		);
		expect(error).toBe(first);
		expect(suppressedErrors(error)).toEqual([second, third]);
	});
	expect(log).toEqual(["body ended at 8", "other stops at 8", "other ended at 13"]);
});

test("the body's failure comes first when it comes first, also before the one of a service that stops", async () => {
	const [first, second] = ["first", "second"].map((text) => new Error(text));
	await virtually(function* () {
		const error = yield* errorOf(() =>
			serviceGroup(function* (services) {
				services.spawn(function* () {
					try {
						yield* sleepForever();
					} finally {
						// biome-ignore lint/correctness/noUnsafeFinally: the case
						throw second;
					}
				});
				yield* sleep(1);
				throw first;
			}),
		);
		expect(error).toBe(first);
		expect(suppressedErrors(error)).toEqual([second]);
	});
});

test("a service that fails while it stops: its error is thrown although the body gave a value", async () => {
	const error = new Error("cannot stop");
	await virtually(function* () {
		const thrown = yield* errorOf(() =>
			serviceGroup(function* (services) {
				services.spawn(function* () {
					try {
						yield* sleepForever();
					} finally {
						// biome-ignore lint/correctness/noUnsafeFinally: the case
						throw error;
					}
				});
				yield* sleep(1);
				return 1;
			}),
		);
		expect(thrown).toBe(error);
	});
});

test("a service may end early; start waits until one is ready; cancel stops them alone", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* serviceGroup(function* (services) {
			const early = services.spawn(() => sleep(1));
			const port = yield* services.start(function* (started: (port: number) => void) {
				yield* sleep(2);
				started(80);
				yield* service(log, "server", 1)();
			});
			expect([port, early.state, services.tasks.length]).toEqual([80, "done", 1]);
			services.cancel();
			yield* sleep(5);
			log.push(`body goes on at ${now()}`);
		});
	});
	expect(log).toEqual(["server stops at 2", "server ended at 3", "body goes on at 7"]);
});

test("what the body has left to onExit runs before the services stop, what a service has left after it", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* serviceGroup(function* (services) {
			onExit(function* () {
				yield* sleep(2);
				log.push(`the body's at ${now()}`);
			});
			services.spawn(function* () {
				onExit(function* () {
					yield* sleep(2);
					log.push(`the service's at ${now()}`);
				});
				yield* service(log)();
			});
			yield* sleep(1);
		});
		log.push(`left at ${now()}`);
	});
	expect(log).toEqual([
		"the body's at 3",
		"service stops at 3",
		"service ended at 8",
		"the service's at 10",
		"left at 10",
	]);
});

test("services may spawn services; afterwards the group is closed", async () => {
	let group: TaskGroup | undefined;
	const log: string[] = [];
	await virtually(function* () {
		yield* serviceGroup(function* (services) {
			group = services;
			services.spawn(function* () {
				services.spawn(service(log, "inner"));
				yield* service(log, "outer")();
			});
			yield* sleep(1);
		});
	});
	expect(log).toHaveLength(4);
	expect(thrownBy(() => group?.spawn(() => {}))).toBeInstanceOf(GroupClosedError);
});

test("cancelled before the body waits, or by the body itself", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			yield* serviceGroup(function* (services) {
				services.spawn(service(log));
				yield* sleep(1);
				expect.unreachable();
			});
		});
		expect(
			yield* serviceGroup(function* (services) {
				services.spawn(service([]));
				currentScope().cancel();
				yield* sleep(1);
				expect.unreachable();
			}),
		).toBeUndefined();
	});
	expect(log).toEqual(["service stops at 0", "service ended at 5"]);
});

test("nested: the inner services stop before the outer ones", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* moveOnAfter(10, () =>
			serviceGroup(function* (outer) {
				outer.spawn(service(log, "outer", 1));
				yield* serviceGroup(function* (inner) {
					inner.spawn(service(log, "inner", 2));
					yield* sleepForever();
				});
			}),
		);
	});
	expect(log).toEqual(["inner stops at 10", "inner ended at 12", "outer stops at 12", "outer ended at 13"]);
});

test("a service in native code: await using and fetch-like promises work as in any task", async () => {
	const reports: Report[] = [];
	const error = await rejectionOf(
		virtually(
			async () => {
				await withTimeout(5, () =>
					serviceGroup(async (services) => {
						services.spawn(async () => {
							await sleepForever();
						});
						await sleepForever();
					}),
				);
			},
			{ onReport: (report) => report.kind !== "hint" && reports.push(report) },
		),
	);
	expect((error as Error).name).toBe("TimeoutError");
	expect(reports).toEqual([]);
});

test("a dump shows the services below the task that runs the body", async () => {
	await virtually(function* () {
		yield* serviceGroup(function* (services) {
			services.spawnWith({ name: "log writer" }, sleepForever);
			yield* sleep(1);
			const lines = dumpTasks().split("\n");
			expect(lines.at(-2)).toBe("  main: running, on the stack now");
			expect(lines.at(-1)).toMatch(/^ {4}log writer: running, waits for sleepForever/);
		});
	});
});

test("wrong options are named", () => {
	expect(() => serviceGroup(() => 1, { deadline: 1 } as never)).toThrow("unknown option");
	expect(() => serviceGroup(() => 1, { grace: -1 })).toThrow(RangeError);
	expect(() => serviceGroup(1 as never)).toThrow(TypeError);
});

test("a service group of a task that was started by group.start has the grace of the group that it moves to", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* withTaskGroup(
			function* (group) {
				yield* group.start<void, [], void>(function* (started) {
					yield* serviceGroup(function* (services) {
						services.spawn(service(log, "service", 60_000));
						yield* sleep(1);
						started();
						yield* sleepForever();
					});
				});
				yield* sleep(10);
				group.cancel();
			},
			{ grace: 200 },
		);
		log.push(`ended at ${now()}`);
	});
	expect(log).toEqual(["service stops at 11", "ended at 211"]);
});

test("a task that is cancelled gives its own grace to its service group", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			const task = group.spawn(function* () {
				yield* serviceGroup(function* (services) {
					services.spawn(service(log, "service", 60_000));
					yield* sleepForever();
				});
			});
			yield* sleep(10);
			task.cancel();
			(task as unknown as { own: { grace: number } }).own.grace = 200;
		});
		log.push(`ended at ${now()}`);
	});
	expect(log).toEqual(["service stops at 10", "ended at 210"]);
});
