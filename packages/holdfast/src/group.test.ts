import { expect, test } from "vitest";
import { quietly, rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { ContextVar, copyContext } from "./context-var.ts";
import { coroutine } from "./coroutine.ts";
import { GroupClosedError, ScopeMisuseError, StartedError, TaskGroupError } from "./errors.ts";
import { openTaskGroup, type Started, type TaskGroup, withTaskGroup } from "./group.ts";
import type { Cancelled } from "./kernel/cancelled.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import type { Report } from "./runner.ts";
import { cleanup, moveOnAfter, withCancelScope } from "./scopes.ts";
import { checkpoint, now, sleep, sleepForever } from "./sleep.ts";
import { suspend } from "./suspend.ts";
import type { Task } from "./task.ts";

const after = coroutine(function* <T>(milliseconds: number, value: T) {
	yield* sleep(milliseconds);
	return value;
});

const failAfter = coroutine(function* (milliseconds: number, error: unknown) {
	yield* sleep(milliseconds);
	throw error;
});

test("a group ends when all of its tasks have ended, and gives the value of its body", async () => {
	await virtually(function* () {
		const log: number[] = [];
		const value = yield* withTaskGroup((group) => {
			for (const delay of [30, 10, 20])
				group.spawn(function* () {
					yield* sleep(delay);
					log.push(delay);
				});
			return "value";
		});
		expect([value, log, now()]).toEqual(["value", [10, 20, 30], 30]);
	});
});

test("spawn begins with the next batch, in order, with its arguments", async () => {
	await virtually(function* () {
		const log: string[] = [];
		yield* withTaskGroup(function* (group) {
			const begin = (name: string, number: number) => void log.push(name + number);
			const task = group.spawn(begin, "a", 1);
			group.spawn(begin, "b", 2);
			expect([log, task.state]).toEqual([[], "pending"]);
			yield* checkpoint();
			expect([log, task.state]).toEqual([["a1", "b2"], "done"]);
		});
	});
});

test("whatever can be awaited can be spawned: coroutine functions, generators, native and plain functions", async () => {
	await virtually(function* () {
		const values = yield* withTaskGroup(function* (group) {
			const tasks = [
				group.spawn(after, 1, "coroutine"),
				group.spawn(function* () {
					yield* sleep(1);
					return "generator";
				}),
				group.spawn(async () => "native"),
				group.spawn(() => "plain"),
				group.spawn(() => Promise.resolve("promise")),
				group.spawn(() => after(1, "coroutine of a plain function")),
			];
			const values: unknown[] = [];
			for (const task of tasks) values.push(yield* task);
			return values;
		});
		expect(values).toEqual(["coroutine", "generator", "native", "plain", "promise", "coroutine of a plain function"]);
	});
});

test("the first failure cancels body and siblings, waits for their cleanup, and is thrown itself", async () => {
	const boom = new Error("boom");
	await virtually(function* () {
		const log: string[] = [];
		let seen: unknown;
		try {
			yield* withTaskGroup(function* (group) {
				group.spawnWith({ name: "culprit" }, failAfter, 10, boom);
				group.spawn(function* () {
					try {
						yield* sleepForever();
					} catch (error) {
						seen = error;
						throw error;
					} finally {
						yield* cleanup(() => sleep(5));
						log.push("sibling cleaned");
					}
				});
				try {
					yield* sleepForever();
				} finally {
					log.push("body stopped");
				}
			});
		} catch (error) {
			expect(error).toBe(boom);
		}
		expect(log).toEqual(["body stopped", "sibling cleaned"]);
		const { reason } = seen as Cancelled;
		expect([reason.kind, reason.error, reason.task?.name]).toEqual(["sibling", boom, "culprit"]);
	});
});

test("further failures are kept in order beside the first, also that of the body", async () => {
	const [first, sibling, body] = ["first", "sibling", "body"].map((it) => new Error(it));
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup(function* (group) {
				group.spawn(failAfter, 10, first);
				group.spawn(function* () {
					try {
						yield* sleepForever();
					} finally {
						yield* cleanup(() => failAfter(1, sibling));
					}
				});
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => failAfter(2, body));
				}
			}),
		),
	);
	expect(error).toBe(first);
	expect(suppressedErrors(error)).toEqual([sibling, body]);
	expect((error as Error).stack).toMatch(/suppressed: Error: sibling[\s\S]*suppressed: Error: body/);
});

test("the body's failure comes first when it comes first", async () => {
	const [body, sibling] = [new Error("body"), new Error("sibling")];
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup(function* (group) {
				group.spawn(function* () {
					try {
						yield* sleepForever();
					} finally {
						yield* cleanup(() => failAfter(1, sibling));
					}
				});
				yield* checkpoint();
				throw body;
			}),
		),
	);
	expect([error, suppressedErrors(error)]).toEqual([body, [sibling]]);
});

test("the same object thrown by two siblings counts once", async () => {
	const shared = new Error("shared");
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup((group) => {
				group.spawn(failAfter, 1, shared);
				group.spawn(failAfter, 1, shared);
			}),
		),
	);
	expect([error, suppressedErrors(error)]).toEqual([shared, []]);
});

test("a failure that a primitive has no room for is reported; undefined can be thrown too", async () => {
	const reports: Report[] = [];
	const second = new Error("second");
	const error = await rejectionOf(
		virtually(
			() =>
				withTaskGroup((group) => {
					group.spawn(failAfter, 1, undefined);
					group.spawn(failAfter, 1, second);
				}),
			{ onReport: (report) => reports.push(report) },
		),
	);
	expect(error).toBeUndefined();
	expect(reports.map(({ error, kind }) => [error, kind])).toEqual([[second, "suppressed"]]);
});

test("a task's failure fails the group, although somebody awaits the task and catches it", async () => {
	const boom = new Error("boom");
	const seen: unknown[] = [];
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup(function* (group) {
				const task = group.spawn(failAfter, 1, boom);
				task.catch((error) => seen.push(error));
				yield* sleepForever();
			}),
		),
	);
	expect([error, seen]).toEqual([boom, [boom]]);
});

test("a cancelled task does not fail its group", async () => {
	await virtually(function* () {
		const value = yield* withTaskGroup(function* (group) {
			const task = group.spawn(sleepForever);
			yield* sleep(1);
			task.cancel("not needed");
			yield* sleep(1);
			return task.state;
		});
		expect(value).toBe("cancelled");
	});
});

test("group.cancel ends everything without an error and gives undefined", async () => {
	await virtually(function* () {
		const tasks: Task[] = [];
		const value = yield* withTaskGroup(function* (group) {
			tasks.push(group.spawn(sleepForever), group.spawn(sleepForever));
			group.cancel("enough");
			yield* sleep(1);
			return "not reached";
		});
		expect([value, tasks.map(({ state }) => state)]).toEqual([undefined, ["cancelled", "cancelled"]]);
	});
});

test("a body that has its value before the group is cancelled keeps it", async () => {
	await virtually(function* () {
		const value = yield* withTaskGroup((group) => {
			group.spawn(function* () {
				yield* sleep(1);
				group.cancel();
				yield* sleepForever();
			});
			return "value";
		});
		expect(value).toBe("value");
	});
});

test("cancelled from outside while it waits for its tasks, the group passes the cancellation on", async () => {
	await virtually(function* () {
		const log: string[] = [];
		const value = yield* moveOnAfter(10, function* () {
			yield* withTaskGroup((group) => {
				group.spawn(function* () {
					try {
						yield* sleepForever();
					} finally {
						yield* cleanup(() => sleep(5));
						log.push("cleaned");
					}
				});
			});
			log.push("not reached");
		});
		expect([value, log, now()]).toEqual([undefined, ["cleaned"], 15]);
	});
});

test("an empty group in a cancelled scope does not throw", async () => {
	await virtually(() =>
		withCancelScope(function* (scope) {
			scope.cancel();
			expect(yield* withTaskGroup(() => "value")).toBe("value");
		}),
	);
});

test("a timeout of the group stops its tasks", async () => {
	await virtually(function* () {
		expect(yield* withTaskGroup(() => after(50, 1), { timeout: 10 })).toBeUndefined();
		expect(yield* withTaskGroup(() => after(50, 1), { deadline: 20 })).toBeUndefined();
		expect(now()).toBe(20);
	});
});

test("tasks lists who has not ended, in order of their start", async () => {
	await virtually(() =>
		withTaskGroup(function* (group) {
			const [a, b, c] = [group.spawn(after, 10, 0), group.spawn(after, 5, 0), group.spawn(after, 20, 0)];
			const listed = () => group.tasks.map((task) => [a, b, c].indexOf(task as typeof a));
			expect(listed()).toEqual([0, 1, 2]);
			yield* b;
			expect(listed()).toEqual([0, 2]);
		}),
	);
});

test("results gives the values as the tasks end, and ends with them", async () => {
	await virtually(() =>
		withTaskGroup(function* (group) {
			for (const delay of [30, 10, 20]) group.spawn(after, delay, delay);
			const seen: unknown[] = [];
			const results = group.results<number>();
			for (;;) {
				const { done, value } = yield* results.next() as unknown as Generator<never, IteratorResult<number>, unknown>;
				if (done) break;
				seen.push(value);
			}
			expect(seen).toEqual([10, 20, 30]);
		}),
	);
});

test("spawn into a cancelled group runs the task to its first wait", async () => {
	await virtually(function* () {
		const log: string[] = [];
		yield* withTaskGroup((group) => {
			group.cancel();
			group.spawn(function* () {
				log.push("begins");
				yield* checkpoint();
				log.push("not reached");
			});
		});
		expect(log).toEqual(["begins"]);
	});
});

test("spawn and start into a group that has ended throw GroupClosedError", async () => {
	await virtually(function* () {
		let ended: TaskGroup | undefined;
		yield* withTaskGroup(
			(group) => {
				ended = group;
			},
			{ name: "crew" },
		);
		const error = thrownBy(() => ended?.spawn(after, 1, 1)) as Error;
		expect(error).toBeInstanceOf(GroupClosedError);
		expect(error.message).toContain('"crew"');
		try {
			yield* (ended as TaskGroup).start(() => {});
			expect.unreachable();
		} catch (error) {
			expect(error).toBeInstanceOf(GroupClosedError);
		}
	});
});

test("spawning a call instead of a function throws at the call, with the mend", async () => {
	await virtually(
		() =>
			withTaskGroup((group) => {
				function* generator(): Generator<never, void, never> {}
				for (const bad of [sleep(1), Promise.resolve(), generator(), undefined, 5])
					expect(() => group.spawn(bad as never)).toThrow(/pass (the|a) function/);
				for (const bad of [sleep(1), Promise.resolve(), generator()])
					expect(() => group.spawn(bad as never)).toThrow(/pass the function, not its call/);
				expect(() => group.start(Promise.resolve() as never)).toThrow(/pass the function, not its call/);
				expect(group.tasks).toEqual([]);
			}),
		quietly,
	);
});

test("unknown options and values are refused", async () => {
	expect(() => withTaskGroup(() => {}, { error: "group" } as never)).toThrow(/"error"; known are/);
	expect(() => withTaskGroup(() => {}, { errors: "all" } as never)).toThrow(/"all"/);
	expect(() => withTaskGroup(() => {}, { grace: -1 })).toThrow(RangeError);
	expect(() => withTaskGroup(() => {}, { timeout: Number.NaN })).toThrow(RangeError);
	expect(() => withTaskGroup(Promise.resolve() as never)).toThrow(/pass the function, not its call/);
	await virtually(() =>
		withTaskGroup((group) => {
			expect(() => group.spawnWith({ nmae: "x" } as never, () => {})).toThrow(/"nmae"; known are/);
		}),
	);
});

test("spawnWith gives a name and a context", async () => {
	const variable = new ContextVar("variable", { default: "default" });
	await virtually(function* () {
		variable.set("then");
		const context = copyContext();
		variable.set("now");
		yield* withTaskGroup(function* (group) {
			const task = group.spawnWith({ name: "reader", context }, () => variable.get());
			expect([task.name, yield* task]).toEqual(["reader", "then"]);
			expect(yield* group.spawn(() => variable.get())).toBe("now");
		});
	});
});

test('errors: "group" throws all failures, never a cancellation', async () => {
	const [first, second] = [new Error("first"), new Error("second")];
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup(
				function* (group) {
					group.spawn(failAfter, 1, first);
					group.spawn(failAfter, 1, second);
					group.spawn(sleepForever);
					yield* sleepForever();
				},
				{ errors: "group", name: "crew" },
			),
		),
	);
	expect(error).toBeInstanceOf(TaskGroupError);
	expect((error as TaskGroupError).errors).toEqual([first, second]);
	expect((error as Error).message).toContain('"crew"');
});

test('errors: "group" wraps a single failure too, and that of the body; one level per group', async () => {
	const body = new Error("body");
	const error = (await rejectionOf(
		virtually(() =>
			withTaskGroup(
				() =>
					withTaskGroup(
						() => {
							throw body;
						},
						{ errors: "group" },
					),
				{ errors: "group" },
			),
		),
	)) as TaskGroupError;
	expect(error.errors).toHaveLength(1);
	expect(error.errors[0]).toBeInstanceOf(TaskGroupError);
	expect((error.errors[0] as TaskGroupError).errors).toEqual([body]);
});

const serve = coroutine(function* (started: Started<number>, port: number) {
	yield* sleep(10);
	started(port);
	yield* sleep(100);
});

test("start returns the value of started, and the task then belongs to the group", async () => {
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			const starting = group.start(serve, 8080);
			expect(group.tasks).toHaveLength(0);
			expect([yield* starting, now(), group.tasks.length]).toEqual([8080, 10, 1]);
		});
		expect(now()).toBe(110);
	});
});

test("a failure before started is thrown by start, and not by the group", async () => {
	const boom = new Error("boom");
	await virtually(() =>
		withTaskGroup(function* (group) {
			try {
				yield* group.start(() => failAfter(5, boom));
				expect.unreachable();
			} catch (error) {
				expect(error).toBe(boom);
			}
			expect(group.cancelCalled).toBe(false);
		}),
	);
});

test("a failure after started is the group's", async () => {
	const boom = new Error("boom");
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup(function* (group) {
				yield* group.start(function* (started: Started<void>) {
					started();
					yield* sleep(1);
					throw boom;
				});
				yield* sleepForever();
			}),
		),
	);
	expect(error).toBe(boom);
});

test("started twice, and never, are named errors", async () => {
	const errors: unknown[] = [];
	await virtually(function* () {
		try {
			yield* withTaskGroup((group) =>
				group.start(function twice(started: Started<void>) {
					started();
					started();
				}),
			);
		} catch (error) {
			errors.push(error);
		}
		try {
			yield* withTaskGroup((group) => group.start(function never() {}));
		} catch (error) {
			errors.push(error);
		}
	});
	expect(errors).toEqual([expect.any(StartedError), expect.any(StartedError)]);
	expect((errors[0] as Error).message).toMatch(/twice called started\(\) twice/);
	expect((errors[1] as Error).message).toContain("without calling started()");
});

test("cancelling the caller of start cancels the child; started() is a no-op then", async () => {
	await virtually(function* () {
		const log: string[] = [];
		yield* withTaskGroup(function* (group) {
			const value = yield* moveOnAfter(5, () =>
				group.start(function* (started: Started<string>) {
					try {
						yield* sleepForever();
					} finally {
						yield* cleanup(() => sleep(5));
						started("too late");
						log.push("child ended");
					}
				}),
			);
			expect([value, log, now(), group.tasks.length]).toEqual([undefined, ["child ended"], 10, 0]);
		});
	});
});

test("cancelling the group while a task starts in it leaves the start to its caller", async () => {
	await virtually(function* () {
		const log: unknown[] = [];
		yield* withTaskGroup(function* (caller) {
			yield* withTaskGroup(function* (group) {
				caller.spawn(function* () {
					log.push(yield* group.start(serve, 1));
				});
				yield* sleep(1);
				group.cancel();
			});
			log.push(now());
		});
		expect(log).toEqual([1, 10]);
	});
});

test("a group does not end before a pending start has been decided", async () => {
	await virtually(function* () {
		yield* withTaskGroup(function* (outer) {
			yield* withTaskGroup(function* (inner) {
				outer.spawn(() => inner.start(serve, 1));
				yield* checkpoint();
			});
			expect(now()).toBe(110);
		});
	});
});

test("results of groups in a group: the inner failure passes the outer one unchanged", async () => {
	const boom = new Error("boom");
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup((outer) => {
				outer.spawn(() =>
					withTaskGroup((inner) => {
						inner.spawn(failAfter, 1, boom);
					}),
				);
			}),
		),
	);
	expect([error, suppressedErrors(error)]).toEqual([boom, []]);
});

test("an open group is joined, or its tasks are cancelled when it is disposed of", async () => {
	await virtually(function* () {
		const log: string[] = [];
		const joined = openTaskGroup();
		joined.spawn(function* () {
			yield* sleep(10);
			log.push("joined");
		});
		yield* joined.join();
		const disposed = openTaskGroup();
		disposed.spawn(function* () {
			try {
				yield* sleepForever();
			} finally {
				log.push("cancelled");
			}
		});
		yield* sleep(1);
		yield* disposed[Symbol.asyncDispose]() as unknown as Generator<never, void, unknown>;
		expect(log).toEqual(["joined", "cancelled"]);
		expect(() => disposed.spawn(sleepForever)).toThrow(GroupClosedError);
	});
});

test("an open group that its function leaves open is closed, and the function fails with an error naming it", async () => {
	await virtually(function* () {
		const log: string[] = [];
		const careless = coroutine(function* () {
			const group = openTaskGroup({ name: "pool" });
			group.spawn(function* () {
				try {
					yield* sleepForever();
				} finally {
					log.push("closed");
				}
			});
			yield* sleep(1);
		});
		try {
			yield* careless();
			expect.unreachable();
		} catch (error) {
			expect(error).toBeInstanceOf(ScopeMisuseError);
			expect((error as Error).message).toContain('"pool"');
		}
		expect(log).toEqual(["closed"]);
	});
});

test("openTaskGroup outside of a run says where it can be called", () => {
	expect(() => openTaskGroup()).toThrow(ScopeMisuseError);
});

test("a spawned task that refuses to stop is waited for", async () => {
	await virtually(function* () {
		yield* moveOnAfter(5, () =>
			withTaskGroup((group) => {
				group.spawn(() => suspend<void>((resume) => void setImmediate(resume, undefined), { outside: true }));
				group.spawn(function* () {
					try {
						yield* sleepForever();
					} catch {
						yield* cleanup(() => sleep(10));
					}
				});
			}),
		);
		expect(now()).toBe(15);
	});
});
