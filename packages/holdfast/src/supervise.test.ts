import { expect, test } from "vitest";
import { virtually } from "../test/virtually.ts";
import { coroutine } from "./coroutine.ts";
import { type TaskGroup, withTaskGroup } from "./group.ts";
import { cleanup, currentScope, moveOnAfter, onExit } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";
import { type Supervisor, supervise } from "./supervise.ts";
import { currentTask } from "./task.ts";

const noted = (log: unknown[], call: Supervisor<string>["call"]): Supervisor<string> => ({
	call,
	done: (value, subject) => log.push(["done", value, subject]),
	failed: (error, subject) => log.push(["failed", (error as Error).message, subject]),
	cancelled: (subject) => log.push(["cancelled", subject]),
});

test("what the call gives is told inside its scope; what it has left to the end of that comes after", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		yield* supervise(
			noted(log, function* (subject: string): Generator<never, number, unknown> {
				onExit(() => log.push("exit"));
				yield* sleep(5);
				return subject.length;
			}),
			"four",
		);
		log.push(now());
	});
	expect(log).toEqual([["done", 4, "four"], "exit", 5]);
});

test.each([
	["at once", () => "value"],
	["after a wait", () => sleep(1)],
	["in a coroutine function", coroutine(function* () {})],
	["in a native async function", async () => {}],
])("a call that ends %s is done", async (_when, call) => {
	const log: unknown[] = [];
	await virtually(() => supervise(noted(log, call), "x"));
	expect(log).toHaveLength(1);
});

test("an error of the call, of done, and of a task inside goes to failed; the group around goes on", async () => {
	const log: unknown[] = [];
	const fail = (message: string) =>
		function* (): Generator<never, never, unknown> {
			yield* sleep(1);
			throw new Error(message);
		};
	await virtually(function* () {
		yield* withTaskGroup(function* (group: TaskGroup) {
			group.spawn(supervise<string>, noted(log, fail("later")), "a");
			group.spawn(
				supervise<string>,
				noted(log, () => {
					throw new Error("at once");
				}),
				"b",
			);
			group.spawn(supervise<string>, { ...noted(log, () => 1), done: fail("in done") }, "c");
			yield* sleep(10);
			log.push(group.cancelCalled);
		});
	});
	expect(log).toEqual([["failed", "at once", "b"], ["failed", "later", "a"], ["failed", "in done", "c"], false]);
});

test("failed may wait, outside of the scope that has failed; an error of its own is thrown", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const supervisor: Supervisor<string> = {
			call: () => {
				currentScope().cancel("of its own");
				throw new Error("x");
			},
			failed: function* (error) {
				yield* sleep(5);
				log.push((error as Error).message, currentScope().cancelCalled);
				throw error;
			},
		};
		try {
			yield* supervise(supervisor, "x");
		} catch (error) {
			log.push(["thrown", (error as Error).message, now()]);
		}
	});
	expect(log).toEqual(["x", false, ["thrown", "x", 5]]);
});

test("cancelled, it cleans up, is told, and passes the cancellation on", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		yield* moveOnAfter(1, function* () {
			yield* supervise(
				noted(log, function* () {
					try {
						yield* sleepForever();
					} finally {
						yield* cleanup(() => sleep(5));
						log.push(`cleaned up at ${now()}`);
					}
				}),
				"x",
			);
			log.push("never");
		});
	});
	expect(log).toEqual(["cleaned up at 6", ["cancelled", "x"]]);
});

test("arguments are made of the subject; the call is on the task of whoever awaits it", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const task = currentTask();
		yield* supervise(
			{
				call: (a: number, b: number) => log.push(a + b, currentTask() === task),
				args: (subject: readonly number[]) => subject,
				failed: () => {},
			},
			[1, 2],
		);
	});
	expect(log).toEqual([3, true]);
});

test("a call that cancels its own scope is cancelled, and nobody else", async () => {
	const log: unknown[] = [];
	await virtually(() =>
		supervise(
			noted(log, function* () {
				currentScope().cancel();
				yield* sleep(1);
			}),
			"x",
		),
	);
	expect(log).toEqual([["cancelled", "x"]]);
});
