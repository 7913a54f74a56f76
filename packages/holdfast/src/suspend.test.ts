import { expect, test } from "vitest";
import { rejectionOf, virtually } from "../test/virtually.ts";
import { withTaskGroup } from "./group.ts";
import { Cancelled, type CancelReason } from "./kernel/cancelled.ts";
import { cleanup, moveOnAfter, withCancelScope } from "./scopes.ts";
import { checkpoint, now, sleep } from "./sleep.ts";
import { type Abort, type Resume, suspend } from "./suspend.ts";

test("resume gives a value, resume.throw an error", async () => {
	const boom = new Error("boom");
	await virtually(function* () {
		expect(yield* suspend<string>((resume) => void queueMicrotask(() => resume("value")))).toBe("value");
		try {
			yield* suspend((resume) => void queueMicrotask(() => resume.throw(boom)));
			expect.unreachable();
		} catch (error) {
			expect(error).toBe(boom);
		}
	});
});

test("a resume inside of start is in time", async () => {
	await virtually(function* () {
		expect(yield* suspend<number>((resume) => resume(5))).toBe(5);
		expect(
			yield* suspend<number>((resume) => {
				resume(6);
				return () => expect.unreachable();
			}),
		).toBe(6);
	});
});

test("only the first resume counts; later ones, also after the run, are ignored", async () => {
	let late: Resume<number> | undefined;
	await virtually(function* () {
		const value = yield* suspend<number>((resume) => {
			late = resume;
			resume(1);
			resume(2);
			resume.throw(new Error("ignored"));
		});
		expect(value).toBe(1);
		late?.(3);
		yield* sleep(1);
		late?.throw(new Error("ignored"));
		expect(yield* suspend<string>((resume) => resume("next"))).toBe("next");
	});
	late?.(4);
});

test("a start that throws is an error at the await", async () => {
	const boom = new Error("boom");
	const error = await rejectionOf(
		virtually(() =>
			suspend(() => {
				throw boom;
			}),
		),
	);
	expect(error).toBe(boom);
});

test("a start that throws after it has resumed gives the result", async () => {
	const value = await virtually(() =>
		suspend<string>((resume) => {
			resume("first");
			throw new Error("too late");
		}),
	);
	expect(value).toBe("first");
});

test("a start that returns anything but a function or nothing is a TypeError at the await", async () => {
	for (const wrong of [5, "abort", {}, Promise.resolve()]) {
		const error = await rejectionOf(virtually(() => suspend(() => wrong as unknown as Abort)));
		expect(error).toBeInstanceOf(TypeError);
		expect((error as Error).message).toMatch(/^suspend: start returned .*return a function that aborts the wait/);
	}
	expect(() => suspend("no function" as never)).toThrow(/function that gets resume/);
});

test("a cancellation asks abort once, with the reason, and then throws", async () => {
	const reasons: CancelReason[] = [];
	await virtually(function* () {
		yield* moveOnAfter(5, function* () {
			try {
				yield* suspend(() => (reason) => void reasons.push(reason));
			} catch (error) {
				expect(error).toBeInstanceOf(Cancelled);
				throw error;
			}
		});
		expect(now()).toBe(5);
	});
	expect(reasons.map(({ kind }) => kind)).toEqual(["deadline"]);
});

test("an abort that refuses leaves the task waiting until it is resumed; it is not asked again", async () => {
	let asked = 0;
	await virtually(function* () {
		yield* withCancelScope({ timeout: 5, grace: 10 }, function* () {
			const value = yield* suspend<string>((resume) => {
				setImmediate(() => setImmediate(() => resume("kept")));
				return () => {
					asked++;
					return false;
				};
			});
			expect(value).toBe("kept");
			yield* checkpoint();
			expect.unreachable();
		});
	}, {}).catch((error: unknown) => {
		// Time may stand still while nothing but the host can wake the run.
		throw error;
	});
	expect(asked).toBeLessThanOrEqual(1);
});

test("without an abort a wait cannot be interrupted", async () => {
	await virtually(function* () {
		const log: unknown[] = [];
		yield* withTaskGroup(function* (group) {
			let resume: Resume<string> | undefined;
			group.spawn(function* () {
				log.push(
					yield* suspend<string>((it) => {
						resume = it;
					}),
				);
				yield* checkpoint();
				log.push("not reached");
			});
			yield* sleep(1);
			group.cancel();
			yield* cleanup(() => sleep(10));
			resume?.("at last");
		});
		expect(log).toEqual(["at last"]);
	});
});

test("an abort that throws resumes the task with that error", async () => {
	const boom = new Error("boom");
	const error = await rejectionOf(
		virtually(() =>
			moveOnAfter(5, () =>
				suspend(() => () => {
					throw boom;
				}),
			),
		),
	);
	expect(error).toBe(boom);
});

test("an abort that resumes the task delivers that result", async () => {
	await virtually(() =>
		withCancelScope(function* (scope) {
			const log: unknown[] = [];
			const value = yield* suspend<string>((resume) => {
				queueMicrotask(() => scope.cancel());
				return () => resume("result");
			});
			log.push(value);
			expect(log).toEqual(["result"]);
		}),
	);
});

test("a result that was delivered is not lost to a cancellation of the same moment", async () => {
	await virtually(() =>
		withCancelScope(function* (scope) {
			const value = yield* suspend<string>((resume) => {
				queueMicrotask(() => {
					resume("delivered");
					scope.cancel();
				});
				return () => expect.unreachable();
			});
			expect(value).toBe("delivered");
			try {
				yield* checkpoint();
				expect.unreachable();
			} catch (error) {
				expect(error).toBeInstanceOf(Cancelled);
				throw error;
			}
		}),
	);
});

test("a start that cancels the scope around it is aborted", async () => {
	let aborted = 0;
	await virtually(() =>
		withCancelScope((scope) =>
			suspend(() => {
				scope.cancel();
				return () => {
					aborted++;
				};
			}),
		),
	);
	expect(aborted).toBe(1);
});

test("in a cancelled scope start is not called", async () => {
	await virtually(() =>
		withCancelScope((scope) => {
			scope.cancel();
			return suspend(() => expect.unreachable());
		}),
	);
});
