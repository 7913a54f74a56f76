/** Several runners in one program: Holdfast's runs in and around Effect's and Effection's, by the adapters and by hand. */
import { Effect } from "effect";
import * as effection from "effection";
import {
	ContextVar,
	type Coroutine,
	call,
	cleanup,
	currentLibrary,
	currentSignal,
	moveOnAfter,
	now,
	run,
	runSync,
	sleep,
	until,
	withTimeout,
} from "holdfast";
import { VirtualLoop } from "holdfast/loops";
import { describe, expect, test } from "vitest";
import { fromEffect, toEffect } from "../src/effect.ts";
import { fromOperation, toOperation } from "../src/effection.ts";

const user = new ContextVar<string>("user");
/** A promise that is rejected because its wait was cancelled is reported. */
const quietly = { onReport: () => {} };
type Body<T> = () => Generator<unknown, T, never>;

/** Runs `body` as a run of its own, inside of another runner's code, inside of the code that awaits this. */
const sandwiches: Record<string, <T>(body: Body<T>) => Coroutine<T>> = {
	"Effect, by the adapters": (body) =>
		fromEffect(
			Effect.gen(function* () {
				yield* Effect.sleep(1);
				return yield* toEffect(() => run(body));
			}),
		),
	"Effect, by promises": (body) =>
		promised((signal) =>
			Effect.runPromise(
				Effect.sleep(1).pipe(
					Effect.andThen(Effect.tryPromise({ try: (inner) => run(body, { signal: inner }), catch: (error) => error })),
				),
				{ signal },
			),
		),
	"Effection, by the adapters": (body) =>
		fromOperation({
			*[Symbol.iterator]() {
				yield* effection.sleep(1);
				return yield* toOperation(() => run(body));
			},
		}),
	"Effection, by promises": (body) =>
		promised((signal) => {
			const task = effection.run(function* () {
				yield* effection.sleep(1);
				const controller = new AbortController();
				let ended: Promise<unknown> | undefined;
				try {
					const inner = run(body, { signal: controller.signal });
					ended = inner.catch(() => {});
					return yield* effection.until(inner);
				} finally {
					controller.abort();
					if (ended !== undefined) yield* effection.until(ended);
				}
			});
			// Lazy, like all of its futures.
			signal.addEventListener("abort", () => task.halt().catch(() => {}));
			return task;
		}),
};

describe.each(Object.entries(sandwiches))("a run inside of %s, inside of a run", (_name, around) => {
	test("gives its value, and its error is the same object", async () => {
		expect(
			await run(() =>
				around(function* () {
					yield* sleep(1);
					return `${currentLibrary()} inside`;
				}),
			),
		).toBe("holdfast inside");
		const error = new Error("the innermost");
		const failing = run(() =>
			around(function* () {
				yield* sleep(1);
				throw error;
			}),
		);
		expect(await failing.catch((thrown) => thrown)).toBe(error);
	});

	test("cancelled from the outermost: the innermost cleans up before the outermost ends", async () => {
		const log: string[] = [];
		await run(function* () {
			yield* moveOnAfter(20, () =>
				around(function* () {
					try {
						log.push("began");
						yield* sleep(60_000);
					} finally {
						log.push("cleaning up");
					}
				}),
			);
			log.push("left");
		}, quietly);
		expect(log).toEqual(["began", "cleaning up", "left"]);
	});

	test("a time limit of the innermost is its own", async () => {
		const error = await run(() =>
			around(function* () {
				yield* withTimeout(1, () => sleep(60_000));
			}),
		).catch((thrown) => thrown);
		expect(error).toMatchObject({ name: "TimeoutError" });
	});

	test("twenty of them, each in the next", async () => {
		const nest = function* (depth: number): Generator<never, number, unknown> {
			yield* sleep(0);
			return depth === 0 ? 0 : 1 + (yield* around(() => nest(depth - 1)));
		};
		expect(await run(() => nest(20))).toBe(20);
	});
});

test("context variables reach through the adapters to the innermost", async () => {
	const inner = function* (): Generator<never, string, unknown> {
		yield* sleep(1);
		return user.get();
	};
	const seen = await run(function* () {
		user.set("Ada");
		const effect = yield* fromEffect(Effect.suspend(() => toEffect(inner)));
		const operation = yield* fromOperation(toOperation(inner));
		const both = yield* fromEffect(
			toEffect(() =>
				fromOperation(toOperation(() => fromEffect(Effect.sleep(1).pipe(Effect.andThen(toEffect(inner)))))),
			),
		);
		return [effect, operation, both];
	});
	expect(seen).toEqual(["Ada", "Ada", "Ada"]);
});

test("a run on virtual time, one on the host's and a synchronous one inside of an effect keep their own time", async () => {
	const times = await run(function* () {
		return yield* fromEffect(
			Effect.gen(function* () {
				const virtual = yield* toEffect(() =>
					run(
						function* () {
							yield* sleep(3_600_000);
							return now();
						},
						{ loop: new VirtualLoop() },
					),
				);
				const blocking = runSync(function* () {
					yield* sleep(1);
					return currentLibrary();
				});
				return [virtual, blocking];
			}),
		);
	});
	expect(times).toEqual([3_600_000, "holdfast/sync"]);
});

test("awaiting one runner's operation by another's kernel is refused, and the error says whose it is", async () => {
	const misuse = async (main: () => unknown): Promise<Error> => {
		try {
			await run(main as () => never, { onReport: () => {} });
		} catch (error) {
			return error as Error;
		}
		throw new Error("It was not refused.");
	};
	const operation = await misuse(function* () {
		yield* effection.sleep(1) as unknown as Coroutine<void>;
	});
	expect(operation.message).toMatch(/an operation of Effection.*fromOperation/);
	const effect = await misuse(function* () {
		yield* Effect.sleep(1) as unknown as Coroutine<void>;
	});
	expect(effect.message).toMatch(/an effect of Effect.*fromEffect/);
	const inEffection = await effection
		.run(function* () {
			yield* sleep(1) as unknown as effection.Operation<void>;
		})
		.catch((error: unknown) => error);
	expect(inEffection).toMatchObject({ name: "ScopeMisuseError" });
});

/** By hand: the signal of the scope goes in, and what comes out is waited for when it has been aborted, too. */
function promised<T>(start: (signal: AbortSignal) => PromiseLike<T>): Coroutine<T> {
	const quiet = (): void => {};
	return call(function* () {
		const promise = start(currentSignal());
		try {
			return (yield* until(promise)) as T;
		} finally {
			yield* cleanup(() => until(promise.then(quiet, quiet)));
		}
	});
}
