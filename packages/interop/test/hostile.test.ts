import { Cause, Effect, Exit, Fiber } from "effect";
import { type Operation, suspend, until as untilOperation } from "effection";
import {
	type Coroutine,
	checkpoint,
	moveOnAfter,
	type Report,
	run,
	sleep,
	suppressedErrors,
	until,
	withTimeout,
} from "holdfast";
import { fromObservable as observe, type Stream } from "holdfast/streams";
import { cancel, fork, spawn } from "redux-saga/effects";
import { concat, map, NEVER, Observable, of, throwError } from "rxjs";
import { describe, expect, test } from "vitest";
import { fromEffect, toEffect } from "../src/effect.ts";
import { fromOperation } from "../src/effection.ts";
import { fromSaga } from "../src/redux-saga.ts";
import { fromObservable } from "../src/rxjs.ts";

/** What a body gives or throws, and what is reported besides. */
async function outcomeOf(
	body: () => Coroutine<unknown> | Generator<never, unknown, unknown>,
): Promise<{ value?: unknown; thrown?: unknown; reports: unknown[] }> {
	const reports: unknown[] = [];
	const onReport = ({ error, kind }: Report): void => {
		if (kind !== "hint") reports.push(error);
	};
	const main = function* (): Generator<never, unknown, unknown> {
		const value = yield* body() as Generator<never, unknown, unknown>;
		// What comes late comes now.
		for (let turn = 0; turn < 4; turn++) yield* until(new Promise<void>((resolve) => setImmediate(resolve)));
		return value;
	};
	try {
		return { value: await run(main, { onReport }), reports };
	} catch (thrown) {
		return { thrown, reports };
	}
}

type Then = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;

/** A thenable, whatever it does. */
function thenable(then: Then): PromiseLike<unknown> {
	return { then } as never;
}

describe("promises and thenables", () => {
	test("a promise that never settles holds nobody: a deadline ends the wait, by name", async () => {
		const { thrown } = await outcomeOf(() => withTimeout(2, () => until(new Promise(() => {}))));
		expect(thrown).toMatchObject({ name: "TimeoutError" });
	});

	test("a thenable that answers twice: the first answer counts, and an error after it is reported", async () => {
		const late = new Error("second");
		const twice = thenable((resolve, reject) => {
			resolve(1);
			resolve(2);
			reject(late);
		});
		expect(await outcomeOf(() => until(twice))).toEqual({ value: 1, reports: [late] });
	});

	test("a thenable that throws in then has failed with that; thrown after an answer it is reported", async () => {
		const error = new Error("then");
		const throwing = thenable(() => {
			throw error;
		});
		expect(await outcomeOf(() => until(throwing))).toEqual({ thrown: error, reports: [] });
		const both = thenable((resolve) => {
			resolve(1);
			throw error;
		});
		expect(await outcomeOf(() => until(both))).toEqual({ value: 1, reports: [error] });
	});

	test("a thenable that refuses to be looked at has failed with that", async () => {
		const error = new Error("getter");
		const refusing = {
			// biome-ignore lint/suspicious/noThenProperty: that is what is tested
			get then(): never {
				throw error;
			},
		};
		expect(await outcomeOf(() => until(refusing))).toEqual({ thrown: error, reports: [] });
	});
});

describe("Observables", () => {
	function* read(stream: Stream<number>): Generator<never, string, unknown> {
		let count = 0;
		try {
			while (!(yield* stream.next()).done) count++;
		} catch (error) {
			return `${count} values, ${(error as Error).name}`;
		}
		return `${count} values, the end`;
	}

	const endless = new Observable<number>((subscriber) => {
		for (let value = 0; !subscriber.closed; value++) subscriber.next(value);
	});
	const blind = new Observable<number>((subscriber) => {
		for (let value = 0; ; value++) subscriber.next(value);
	});

	test.each([
		["looks whether it is wanted", endless],
		["looks whether it is wanted, through operators", endless.pipe(map((value) => value + 1))],
		["does not look", blind],
	])(
		"one that emits synchronously for ever, and %s, is ended by LaggedError when there is no room",
		async (_, source) => {
			const { value } = await outcomeOf(() => read(fromObservable(source, { capacity: 10 })));
			expect(value).toBe("10 values, LaggedError");
		},
	);

	test.each(["drop-oldest", "drop-newest"] as const)("with %s it is ended after a million values", async (overflow) => {
		const { value } = await outcomeOf(() => read(fromObservable(endless, { capacity: 10, overflow })));
		expect(value).toBe("10 values, LaggedError");
		expect((await outcomeOf(() => read(fromObservable(blind, { capacity: 10, overflow })))).value).toBe(
			"10 values, LaggedError",
		);
	});

	test("one that throws in subscribe, or goes on after its end, is what it was", async () => {
		const error = new Error("subscribe");
		const throwing = {
			subscribe() {
				throw error;
			},
		};
		expect(await outcomeOf(() => observe(throwing).next())).toEqual({ thrown: error, reports: [] });
		const goingOn = {
			subscribe(observer: { next(value: number): void; complete(): void; error(error: unknown): void }) {
				observer.next(1);
				observer.complete();
				observer.next(2);
				observer.complete();
				observer.error(error);
			},
		};
		expect((await outcomeOf(() => read(observe<number>(goingOn)))).value).toBe("1 values, the end");
	});

	test("a teardown that throws is thrown by closing", async () => {
		const error = new Error("teardown");
		const source = new Observable<number>((subscriber) => {
			subscriber.next(1);
			return () => {
				throw error;
			};
		});
		const { thrown } = await outcomeOf(function* () {
			const stream = fromObservable(source);
			yield* stream.next();
			yield* stream.close();
		});
		expect(thrown === error || (thrown as { errors?: unknown[] }).errors?.includes(error)).toBe(true);
	});

	test("an error comes after what was before it, and one that never tells can be left", async () => {
		const error = new Error("late");
		const { value } = await outcomeOf(() =>
			read(
				fromObservable(
					concat(
						of(1, 2),
						throwError(() => error),
					),
				),
			),
		);
		expect(value).toBe("2 values, Error");
		expect((await outcomeOf(() => moveOnAfter(2, () => fromObservable(NEVER).next() as never))).value).toBe(undefined);
	});
});

describe("Effect", () => {
	test.each([
		["Effect.die", (defect: unknown) => Effect.die(defect)],
		[
			"a throw in Effect.sync",
			(defect: unknown) =>
				Effect.sync(() => {
					throw defect;
				}),
		],
		["a defect after a wait", (defect: unknown) => Effect.sleep(1).pipe(Effect.andThen(Effect.die(defect)))],
		["a defect of a finalizer", (defect: unknown) => Effect.void.pipe(Effect.ensuring(Effect.die(defect)))],
	])("%s is thrown, the same object", async (_, effect) => {
		for (const defect of [new Error("defect"), "text", undefined])
			expect(await outcomeOf(() => fromEffect(effect(defect)))).toEqual({ thrown: defect, reports: [] });
	});

	test("a failure and a defect: one is thrown, the other is beside it", async () => {
		const failure = new Error("failure");
		const defect = new Error("defect");
		const { thrown } = await outcomeOf(() =>
			fromEffect(Effect.fail(failure).pipe(Effect.ensuring(Effect.die(defect)))),
		);
		expect([thrown, ...suppressedErrors(thrown)].sort()).toEqual([defect, failure].sort());
		// A text has no room for a second one.
		const both = await outcomeOf(() => fromEffect(Effect.fail("a").pipe(Effect.ensuring(Effect.die("b")))));
		expect([both.thrown, ...both.reports].sort()).toEqual(["a", "b"]);
	});

	test("an effect that never ends, or goes round for ever, can be left", async () => {
		for (const effect of [Effect.never, Effect.forever(Effect.void), Effect.forever(toEffect(() => checkpoint()))])
			expect(await outcomeOf(() => moveOnAfter(5, () => fromEffect(effect)))).toEqual({
				value: undefined,
				reports: [],
			});
	});

	test("a fiber that another one interrupts says so by name", async () => {
		const effect = Effect.gen(function* () {
			const fiber = yield* Effect.forkChild(Effect.never);
			yield* Fiber.interrupt(fiber);
			return yield* Fiber.join(fiber);
		});
		const { thrown } = await outcomeOf(() => fromEffect(effect));
		expect(thrown).toMatchObject({ name: "EffectInterruptedError", code: "HOLDFAST_EFFECT_INTERRUPTED" });
	});

	test("a call that throws anything is a failure with that; a coroutine that was used up says so", async () => {
		const exit = await Effect.runPromiseExit(toEffect(() => Promise.reject(undefined)));
		expect(Exit.isFailure(exit) && exit.cause.reasons).toMatchObject([{ _tag: "Fail", error: undefined }]);
		const used = toEffect(sleep(1));
		await Effect.runPromise(used);
		const second = await Effect.runPromiseExit(used);
		expect(Exit.isFailure(second) && Cause.squash(second.cause)).toMatchObject({ name: "CoroutineReusedError" });
	});

	test("what is no effect is named", () => {
		expect(() => fromEffect(Promise.resolve() as never)).toThrow(
			/fromEffect takes an effect, not a value of type object/,
		);
	});
});

describe("Effection", () => {
	test("an operation that throws in finally has failed with that", async () => {
		const error = new Error("finally");
		const failing = function* (): Operation<void> {
			throw error;
		};
		const work = function* (): Operation<void> {
			try {
				yield* untilOperation(Promise.resolve());
			} finally {
				yield* failing();
			}
		};
		expect(await outcomeOf(() => fromOperation(work()))).toEqual({ thrown: error, reports: [] });
	});

	test("one that never ends can be left, and one that cannot be halted is left after the grace", async () => {
		expect(await outcomeOf(() => moveOnAfter(2, () => fromOperation(suspend())))).toEqual({
			value: undefined,
			reports: [],
		});
	});

	test("what is no operation is named", async () => {
		expect(() => fromOperation((() => {}) as never)).toThrow(/call the generator function, fromOperation\(work\(\)\)/);
		const { thrown } = await outcomeOf(() =>
			fromOperation(
				(function* (): Operation<void> {
					yield 5 as never;
				})(),
			),
		);
		expect(thrown).toBeInstanceOf(TypeError);
	});
});

describe("redux-saga", () => {
	test("a fork that fails is the saga's error; a detached one is not", async () => {
		const error = new Error("fork");
		const failing = function* (): Generator<unknown, void, never> {
			yield Promise.resolve();
			throw error;
		};
		const forking = function* (): Generator<unknown, void, never> {
			yield fork(failing);
		};
		expect(await outcomeOf(() => fromSaga({}, forking))).toEqual({ thrown: error, reports: [] });
		const detaching = function* (): Generator<unknown, number, never> {
			yield spawn(failing);
			return 1;
		};
		expect(await outcomeOf(() => fromSaga({ onError: () => {} } as never, detaching))).toMatchObject({ value: 1 });
	});

	test("a saga that cancels itself says so by name", async () => {
		const { thrown } = await outcomeOf(() =>
			fromSaga({}, function* (): Generator<unknown, void, never> {
				yield cancel();
			}),
		);
		expect(thrown).toMatchObject({ name: "SagaCancelledError" });
	});

	test("what is no saga is named", () => {
		expect(() => fromSaga({}, 5 as never)).toThrow(/fromSaga takes a saga/);
	});
});
