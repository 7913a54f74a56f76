import { expect, test } from "vitest";
import { thrownBy, virtually } from "../test/virtually.ts";
import { call } from "./call.ts";
import { coroutine } from "./coroutine.ts";
import { ScopeMisuseError, type TaskCancelledError } from "./errors.ts";
import { moveOnAfter } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";
import { currentTask } from "./task.ts";

test("every kind of function is called with its arguments, on the running task", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const task = currentTask();
		const sum = coroutine(function* (a: number, b: number) {
			yield* sleep(1);
			log.push(currentTask() === task);
			return a + b;
		});
		log.push(yield* call(sum, 1, 2));
		log.push(
			yield* call(function* (a: number): Generator<never, number, unknown> {
				yield* sleep(1);
				return a;
			}, 4),
		);
		log.push(yield* call((a: number) => a * 2, 4));
		log.push(yield* call((a: number) => sum(a, a), 5));
		log.push(yield* call(async (a: number) => a, 6));
		log.push(yield* call((a: number) => Promise.resolve(a), 7));
		log.push(now());
	});
	expect(log).toEqual([true, 3, 4, 8, true, 10, 6, 7, 3]);
});

test("an error is thrown to the caller", async () => {
	const error = new Error("here");
	const caught: unknown[] = [];
	await virtually(function* () {
		for (const fn of [
			() => {
				throw error;
			},
			() => Promise.reject(error),
			function* (): Generator<never, void, unknown> {
				yield* sleep(1);
				throw error;
			},
		])
			try {
				yield* call(fn);
			} catch (thrown) {
				caught.push(thrown);
			}
	});
	expect(caught).toEqual([error, error, error]);
});

test("a cancellation reaches what was called, native functions included", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* moveOnAfter(1, () =>
			call(function* () {
				try {
					yield* sleepForever();
				} finally {
					log.push("generator");
				}
			}),
		);
		yield* moveOnAfter(1, () =>
			call(async () => {
				try {
					await sleepForever();
				} catch (error) {
					log.push((error as TaskCancelledError).name);
					throw error;
				}
			}),
		);
	});
	expect(log).toEqual(["generator", "TaskCancelledError"]);
});

test("wrong uses say what to do", async () => {
	expect(thrownBy(() => call(Promise.resolve() as never))).toMatchObject({
		message: "call: the body is a Promise: pass the function, not its call.",
	});
	let misuse: unknown;
	try {
		const described = call(() => 1);
		[...described];
	} catch (error) {
		misuse = error;
	}
	expect(misuse).toBeInstanceOf(ScopeMisuseError);
});
