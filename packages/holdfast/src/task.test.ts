import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { coroutine } from "./coroutine.ts";
import { ScopeMisuseError, TaskCancelledError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { run } from "./run.ts";
import { cleanup, moveOnAfter, withCancelScope } from "./scopes.ts";
import { checkpoint, now, sleep, sleepForever } from "./sleep.ts";
import { currentTask, type Task, taskOf } from "./task.ts";
import { taskPathOf } from "./task-path.ts";

test("state goes from pending over running to done, failed or cancelled", async () => {
	await virtually(function* () {
		const states: string[][] = [[], [], []];
		const look = (tasks: Task[]) => {
			for (const [index, task] of tasks.entries()) states[index]?.push(task.state);
		};
		let tasks: Task[] = [];
		try {
			yield* withTaskGroup(function* (group) {
				tasks = [
					group.spawn(() => sleep(1)),
					group.spawn(function* () {
						try {
							yield* sleepForever();
						} finally {
							yield* cleanup(() => sleep(5));
						}
					}),
					group.spawn(function* () {
						yield* sleep(20);
						throw new Error("boom");
					}),
				];
				look(tasks);
				yield* checkpoint();
				look(tasks);
				yield* sleep(3);
				tasks[1]?.cancel();
				look(tasks);
				yield* sleep(10);
				look(tasks);
			});
		} catch {}
		look(tasks);
		expect(states).toEqual([
			["pending", "running", "done", "done", "done"],
			["pending", "running", "cancelling", "cancelled", "cancelled"],
			["pending", "running", "running", "running", "failed"],
		]);
	});
});

test("awaiting a task gives its value, before and after its end, by yield* and by then", async () => {
	await virtually(() =>
		withTaskGroup(function* (group) {
			const task = group.spawn(function* () {
				yield* sleep(5);
				return "value";
			});
			const then = task.then((value) => `then ${value}`);
			expect([yield* task, yield* task, now()]).toEqual(["value", "value", 5]);
			group.spawn(async () => {
				expect([await then, await task, await task.finally(() => {})]).toEqual(["then value", "value", "value"]);
			});
		}),
	);
});

test("awaiting a failed task throws the same object, each time", async () => {
	const boom = new Error("boom");
	await rejectionOf(
		virtually(() =>
			withTaskGroup(function* (group) {
				const task = group.spawn(() => {
					throw boom;
				});
				for (let time = 0; time < 2; time++)
					expect(
						yield* withCancelScope({ shield: true }, function* () {
							try {
								return yield* task;
							} catch (error) {
								return error;
							}
						}),
					).toBe(boom);
			}),
		),
	);
});

test("awaiting a cancelled task throws TaskCancelledError, an ordinary error, after its cleanup", async () => {
	await virtually(() =>
		withTaskGroup(function* (group) {
			const task = group.spawnWith({ name: "helper" }, function* () {
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(10));
				}
			});
			yield* sleep(5);
			expect(task.cancel("no longer needed")).toBeUndefined();
			task.cancel("again");
			for (let time = 0; time < 2; time++)
				try {
					yield* task;
					expect.unreachable();
				} catch (error) {
					expect(error).toBeInstanceOf(TaskCancelledError);
					expect((error as Error).message).toMatch(/helper was cancelled: .*no longer needed/);
					expect(now()).toBe(15);
				}
			yield* sleep(1);
		}),
	);
});

test("a task that is cancelled before it begins runs to its first wait", async () => {
	await virtually(() =>
		withTaskGroup(function* (group) {
			const log: string[] = [];
			const task = group.spawn(function* () {
				log.push("begins");
				yield* checkpoint();
				log.push("not reached");
			});
			task.cancel();
			yield* sleep(1);
			expect([task.state, log]).toEqual(["cancelled", ["begins"]]);
		}),
	);
});

test("a task that ends without having been stopped is done, although it was cancelled", async () => {
	await virtually(() =>
		withTaskGroup(function* (group) {
			const task = group.spawn(() => "value");
			task.cancel();
			expect(yield* task).toBe("value");
			task.cancel();
			expect(task.state).toBe("done");
		}),
	);
});

test("a task that is cancelled deep inside its own scopes and groups unwinds all of them", async () => {
	await virtually(() =>
		withTaskGroup(function* (group) {
			const log: string[] = [];
			const task = group.spawn(function* () {
				yield* moveOnAfter(1_000, () =>
					withTaskGroup(function* (inner) {
						inner.spawn(function* () {
							try {
								yield* sleepForever();
							} finally {
								log.push("child");
							}
						});
						try {
							yield* sleepForever();
						} finally {
							log.push("body");
						}
					}),
				);
				log.push("not reached");
			});
			yield* sleep(1);
			task.cancel();
			yield* sleep(1);
			expect([task.state, log.sort()]).toEqual(["cancelled", ["body", "child"]]);
		}),
	);
});

test("cancelling who awaits a task does not cancel the task", async () => {
	await virtually(() =>
		withTaskGroup(function* (group) {
			const task = group.spawn(function* () {
				yield* sleep(20);
				return "value";
			});
			expect(yield* moveOnAfter(5, () => task)).toBeUndefined();
			expect([now(), yield* task, now()]).toEqual([5, "value", 20]);
		}),
	);
});

test("a task that has ended is not awaited in a cancelled scope", async () => {
	await virtually(() =>
		withTaskGroup(function* (group) {
			const task = group.spawn(() => "value");
			yield* task;
			const value = yield* withCancelScope(function* (scope) {
				scope.cancel();
				return yield* task;
			});
			expect(value).toBeUndefined();
		}),
	);
});

test("a task that awaits itself is told so", async () => {
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup((group) => {
				const task: Task<void> = group.spawnWith({ name: "narcissus" }, function* () {
					yield* task;
				});
			}),
		),
	);
	expect(error).toBeInstanceOf(ScopeMisuseError);
	expect((error as Error).message).toMatch(/narcissus waits for itself/);
});

test("ids are unique, names are the function's, or task-ID", async () => {
	await virtually(() =>
		withTaskGroup((group) => {
			const named = group.spawn(function fetchUser() {});
			const anonymous = group.spawn((() => () => {})());
			expect(named.name).toBe("fetchUser");
			expect(anonymous.name).toBe(`task-${anonymous.id}`);
			expect(named.id).not.toBe(anonymous.id);
		}),
	);
});

test("currentTask is the running task, and a misuse outside", async () => {
	expect(thrownBy(currentTask)).toBeInstanceOf(ScopeMisuseError);
	await virtually(
		() =>
			withTaskGroup((group) => {
				expect(currentTask().name).toBe("the run");
				const task: Task<void> = group.spawn(() => expect(currentTask() === task).toBe(true));
			}),
		{ name: "the run" },
	);
});

test("taskOf gives the task behind the promise of a bare call, and nothing for other promises", async () => {
	const main = compile<() => Promise<string>>(`
		async function work() { await sleep(5); return "value"; }
		async function main() {
			const promise = work();
			const task = taskOf(promise);
			if (!(promise instanceof Promise) || promise.constructor !== Promise) throw new Error("not a native promise");
			if (task.name !== "work" || task.state !== "running") throw new Error(task.name + " " + task.state);
			return await task;
		}`);
	expect(await virtually(main)).toBe("value");
	expect(taskOf(Promise.resolve())).toBeUndefined();
	expect(taskOf(sleep(1))).toBeUndefined();
});

test("task.cancel on a bare call rejects its promise with TaskCancelledError", async () => {
	const main = compile<() => Promise<unknown>>(`
		async function work() { await sleepForever(); }
		async function main() {
			const promise = work();
			taskOf(promise).cancel();
			const caught = promise.catch((error) => error);
			return await caught;
		}`);
	expect(await virtually(main)).toBeInstanceOf(TaskCancelledError);
});

test("task.cancel on a task whose function owns others ends those first", async () => {
	const log: string[] = [];
	const main = compile(
		`
		async function child(name) { try { await sleepForever(); } finally { await sleep(5); log.push(name); } }
		async function owner() { child("first"); child("second"); await sleepForever(); }
		async function main() {
			const promise = owner();
			await sleep(1);
			taskOf(promise).cancel();
			await promise.catch(() => log.push("owner"));
		}`,
		{ log },
	);
	await virtually(main);
	expect(log).toHaveLength(3);
	expect(log[2]).toBe("owner");
});

test("an error knows the path of the task that failed first with it", async () => {
	const boom = new Error("boom");
	const fetchPage = coroutine(function* fetchPage() {
		yield* sleep(1);
		throw boom;
	});
	const main = function* crawl() {
		yield* withTaskGroup(
			(group) => {
				group.spawn(fetchPage);
			},
			{ name: "pages" },
		);
	};
	await rejectionOf(virtually(main));
	expect(taskPathOf(boom)).toBe("crawl › pages › fetchPage");
	expect([taskPathOf("text"), taskPathOf(new Error("other"))]).toEqual([undefined, undefined]);
});

test("a task of a run that has ended can still be awaited", async () => {
	let task: Task<number> | undefined;
	await run(() =>
		withTaskGroup((group) => {
			task = group.spawn(() => 7);
		}),
	);
	expect(await task).toBe(7);
});

test("a task in JSON is what it is, not the kernel", async () => {
	await virtually(() =>
		withTaskGroup(
			function* (group) {
				const task = group.spawnWith({ name: "worker" }, () => sleep(1));
				expect(JSON.parse(JSON.stringify({ task, group }))).toEqual({
					task: { id: task.id, name: "worker", state: "pending" },
					group: { name: "workers", cancelled: false, closed: false },
				});
				yield* sleep(2);
			},
			{ name: "workers" },
		),
	);
});
