import { expect, test } from "vitest";
import { hostTurn, rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { CannotBlockError } from "./errors.ts";
import { type Done, fromCallback } from "./from-callback.ts";
import { fromEvent } from "./from-event.ts";
import { withTaskGroup } from "./group.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { runSync } from "./run-sync.ts";
import { cleanup, moveOnAfter, withCancelScope, withTimeout } from "./scopes.ts";
import { sleep } from "./sleep.ts";

/** An emitter in the manner of Node's, for every host. */
class Emitter {
	readonly listeners: Map<string, Set<(...args: unknown[]) => void>> = new Map();

	on(name: string, listener: (...args: unknown[]) => void): void {
		this.listeners.set(name, (this.listeners.get(name) ?? new Set()).add(listener));
	}

	off(name: string, listener: (...args: unknown[]) => void): void {
		this.listeners.get(name)?.delete(listener);
	}

	emit(name: string, ...args: unknown[]): void {
		for (const listener of [...(this.listeners.get(name) ?? [])]) listener(...args);
	}
}

test("an answer is given, or thrown, whether it is there at once or later", async () => {
	const error = new Error("no");
	const seen = await virtually(function* () {
		const seen: unknown[] = [];
		seen.push(yield* fromCallback<number>((done) => done(null, 1)));
		seen.push(yield* fromCallback<number>((done) => void setImmediate(done, null, 2)));
		seen.push(yield* fromCallback<void>((done) => void setImmediate(done)));
		for (const answer of [(done: Done<void>) => done(error), (done: Done<void>) => void setImmediate(done, error)])
			try {
				yield* fromCallback<void>(answer);
			} catch (thrown) {
				seen.push(thrown);
			}
		return seen;
	});
	expect(seen).toEqual([1, 2, undefined, error, error]);
});

test("a callback that answers twice: the first answer counts, and an error after it is reported", async () => {
	const reports: unknown[] = [];
	const late = new Error("second");
	const value = await virtually(
		function* () {
			const value = yield* fromCallback<number>((done) => {
				done(null, 1);
				done(null, 2);
				done(late);
			});
			yield* sleep(1);
			return value;
		},
		{ onReport: ({ error, kind }) => reports.push([kind, error]) },
	);
	expect([value, reports]).toEqual([1, [["late-rejection", late]]]);
});

test("what start throws is thrown; what it throws after an answer is reported", async () => {
	const error = new Error("start");
	const reports: unknown[] = [];
	const thrown = await rejectionOf(
		virtually(function* () {
			yield* fromCallback(() => {
				throw error;
			});
		}),
	);
	expect(thrown).toBe(error);
	const value = await virtually(
		function* () {
			return yield* fromCallback<number>((done) => {
				done(null, 3);
				throw error;
			});
		},
		{ onReport: (report) => reports.push(report.error) },
	);
	expect([value, reports]).toEqual([3, [error]]);
});

test("cancelled, the function that start has returned runs as cleanup, and is waited for", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const result = yield* moveOnAfter(10, () =>
			fromCallback<void>(
				() =>
					function* () {
						yield* sleep(5);
						log.push("stopped");
					},
			),
		);
		log.push(result);
	});
	expect(log).toEqual(["stopped", undefined]);
});

test("cancelled, an API that was given a signal is waited for until it answers", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		yield* moveOnAfter(10, () =>
			fromCallback<void>((done, signal) => {
				signal.addEventListener("abort", () => {
					log.push("asked");
					setImmediate(() => {
						log.push("answered");
						done(new DOMException("x", "AbortError"));
					});
				});
			}),
		);
		log.push("on");
	});
	expect(log).toEqual(["asked", "answered", "on"]);
});

test("an error of stopping is thrown, with the timeout beside it", async () => {
	const error = new Error("cannot stop");
	const thrown = await rejectionOf(
		virtually(() =>
			withTimeout(10, () =>
				fromCallback<void>(() => () => {
					throw error;
				}),
			),
		),
	);
	expect(thrown).toBe(error);
	expect(suppressedErrors(thrown)).toMatchObject([{ name: "TimeoutError" }]);
});

test("an answer that never comes is left when the grace is over, and an error after that is reported", async () => {
	const reports: unknown[] = [];
	const late = new Error("late");
	let answer: Done<void> = () => {};
	await virtually(
		function* () {
			yield* withCancelScope({ grace: 20 }, function* (scope) {
				yield* withTaskGroup(function* (group) {
					group.spawn(() =>
						fromCallback<void>((done, _signal) => {
							answer = done;
						}),
					);
					yield* sleep(1);
					scope.cancel();
				});
			});
			answer(late);
			yield* sleep(1);
		},
		{ onReport: ({ error, kind }) => reports.push([kind, error]) },
	);
	expect(reports).toEqual([["late-rejection", late]]);
});

test("without a way to stop, the wait ends at once; a value that comes later is nobody's, an error is reported", async () => {
	const reports: unknown[] = [];
	const late = new Error("late");
	await virtually(
		function* () {
			const answers: Done<number>[] = [];
			for (let round = 0; round < 2; round++)
				yield* moveOnAfter(1, () => fromCallback<number>((done) => void answers.push(done)));
			answers[0]?.(null, 1);
			answers[1]?.(late);
			yield* sleep(1);
		},
		{ onReport: (report) => reports.push(report.error) },
	);
	expect(reports).toEqual([late]);
});

test("in a cancelled scope nothing is started", async () => {
	let started = false;
	await virtually(() =>
		withCancelScope(function* (scope) {
			scope.cancel();
			yield* fromCallback<void>(() => {
				started = true;
			});
		}),
	);
	expect(started).toBe(false);
});

test("inside cleanup of a cancelled scope it waits as any cleanup does", async () => {
	const seen: unknown[] = [];
	await virtually(() =>
		withCancelScope(function* (scope) {
			try {
				scope.cancel();
				yield* sleep(1);
			} finally {
				seen.push(yield* cleanup(() => fromCallback<number>((done) => void setImmediate(done, null, 4))));
			}
		}),
	);
	expect(seen).toEqual([4]);
});

test("a synchronous run takes an answer that is there at once, and refuses to wait by name", () => {
	expect(runSync(() => fromCallback<number>((done) => done(null, 1)))).toBe(1);
	expect(thrownBy(() => runSync(() => fromCallback<number>(() => {})))).toBeInstanceOf(CannotBlockError);
});

test("wrong arguments are named", async () => {
	expect(() => fromCallback(5 as never)).toThrow(/fromCallback: the body is 5/);
	const error = await rejectionOf(virtually(() => fromCallback<void>((() => 5) as never)));
	expect(String(error)).toContain("fromCallback: start returned 5; return a function that stops it");
	expect(() => fromEvent({} as never, "x")).toThrow(/fromEvent: an object tells of no events/);
});

test("fromEvent waits for one event of a target or an emitter, and leaves no listener", async () => {
	const emitter = new Emitter();
	const target = new EventTarget();
	const error = new Error("emitter");
	const seen = await virtually(function* () {
		const seen: unknown[] = [];
		setImmediate(() => emitter.emit("data", 7));
		seen.push(yield* fromEvent<number>(emitter, "data"));
		setImmediate(() => target.dispatchEvent(new globalThis.Event("ping")));
		seen.push((yield* fromEvent<globalThis.Event>(target, "ping")).type);
		setImmediate(() => emitter.emit("error", error));
		try {
			yield* fromEvent(emitter, "data");
		} catch (thrown) {
			seen.push(thrown);
		}
		seen.push(yield* moveOnAfter(5, () => fromEvent(emitter, "data")));
		return seen;
	});
	await hostTurn();
	expect(seen).toEqual([7, "ping", error, undefined]);
	expect([...emitter.listeners.values()].map(({ size }) => size)).toEqual([0, 0]);
});
