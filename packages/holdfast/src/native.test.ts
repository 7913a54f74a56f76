import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { hostTurn, rejectionOf, virtually } from "../test/virtually.ts";
import { ContextVar } from "./context-var.ts";
import { coroutine } from "./coroutine.ts";
import { TaskCancelledError, TimeoutError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { type RunOptions, run } from "./run.ts";
import { cleanup, currentScope, moveOnAfter, withCancelScope, withTimeout } from "./scopes.ts";
import { checkpoint, now, sleep, sleepForever } from "./sleep.ts";
import { currentTask, type LiveTask, type Task, taskOf } from "./task.ts";

const quietly: RunOptions = { onReport: () => {} };
const variable = new ContextVar<string>("variable");

test("awaits of coroutines in a native function run as tasks of its scope", async () => {
	await virtually(async () => {
		await Promise.resolve();
		const caller = currentTask();
		let child: Task | undefined;
		await coroutine(function* () {
			yield* checkpoint();
			child = currentTask();
			expect(currentScope() === (caller as LiveTask).scope).toBe(true);
		})();
		expect(child === caller).toBe(false);
	}, quietly);
});

test("a call of a compiled function in a native one is a task of its scope, on the run's clock, and is cancelled with it", async () => {
	const log: string[] = [];
	const compiled = compile<(label: string) => Promise<string>>(
		`async function main(label) {
			try { await sleep(10); log.push(label, now(), variable.get()); return label; }
			finally { await sleep(1); log.push("cleaned", now()); }
		}`,
		{ log, variable },
	);
	await virtually(async () => {
		await Promise.resolve();
		variable.set("mine");
		expect(await compiled("first")).toBe("first");
		const child = taskOf(compiled("second"));
		expect(child?.name).toBe("main");
		await moveOnAfter(5, async () => {
			await compiled("not reached");
		});
		await compiled("third");
	}, quietly);
	expect(log).toEqual([
		"first",
		10,
		"mine",
		"cleaned",
		11,
		"cleaned",
		17,
		"second",
		21,
		"mine",
		"cleaned",
		22,
		"third",
		27,
		"mine",
		"cleaned",
		28,
	]);
});

test("native functions get promises of compiled ones also where a run forbids calls without await", async () => {
	const compiled = compile("async function main() { await sleep(1); return 7; }");
	const seen = await virtually(
		async () => {
			await Promise.resolve();
			return [await compiled(), await compiled()];
		},
		{ ...quietly, bareCalls: "forbid" },
	);
	expect(seen).toEqual([7, 7]);
});

test("scopes work in native functions; the clock is the run's", async () => {
	await virtually(async () => {
		expect(await moveOnAfter(5, () => sleepForever())).toBeUndefined();
		expect(now()).toBe(5);
		expect(await rejectionOf(withTimeout(5, async () => await sleep(100)))).toBeInstanceOf(TimeoutError);
		expect(now()).toBe(10);
	}, quietly);
});

test("a native task that is cancelled stops at its next await of a coroutine, and its finally runs", async () => {
	const log: string[] = [];
	await virtually(
		() =>
			withTaskGroup(function* (group) {
				const task = group.spawn(async () => {
					try {
						await sleep(100);
						log.push("not reached");
					} finally {
						await cleanup(() => sleep(5));
						log.push(`cleaned at ${now()}`);
					}
				});
				yield* sleep(10);
				task.cancel();
			}),
		quietly,
	);
	expect(log).toEqual(["cleaned at 15"]);
});

test("a cancelled native task whose function swallows the error is stopped again at the next await", async () => {
	const log: string[] = [];
	await virtually(
		() =>
			moveOnAfter(10, async () => {
				for (let time = 0; time < 3; time++)
					try {
						await sleep(100);
						log.push("not reached");
					} catch (error) {
						log.push((error as Error).name);
					}
			}),
		quietly,
	);
	expect(log).toHaveLength(3);
	expect(log).not.toContain("not reached");
});

test("spawn in a native function uses its context and group", async () => {
	await virtually(async () => {
		const values = await withTaskGroup(async (group) => {
			const tasks = [1, 2, 3].map((value) =>
				group.spawn(async () => {
					await sleep(10 - value);
					return value;
				}),
			);
			return await Promise.all(tasks);
		});
		expect(values).toEqual([1, 2, 3]);
		expect(now()).toBe(9);
	}, quietly);
});

test("a native body that fails fails its group, after its siblings' cleanup", async () => {
	const boom = new Error("boom");
	const log: string[] = [];
	const error = await rejectionOf(
		virtually(
			() =>
				withTaskGroup(async (group) => {
					group.spawn(async () => {
						try {
							await sleepForever();
						} finally {
							await cleanup(() => sleep(5));
							log.push("cleaned");
						}
					});
					await sleep(1);
					throw boom;
				}),
			quietly,
		),
	);
	expect([error, log]).toEqual([boom, ["cleaned"]]);
});

test("the current scope and task are known after any native await", async () => {
	await virtually(
		() =>
			withCancelScope({ name: "inner" }, async (scope) => {
				await Promise.resolve();
				await new Promise((resolve) => setImmediate(resolve));
				expect(currentTask().name).toBe("job");
				expect(currentScope() === scope).toBe(true);
			}),
		{ ...quietly, name: "job" },
	);
});

test("Promise.all over coroutines runs them concurrently, and they end with the scope", async () => {
	await virtually(async () => {
		await Promise.all([sleep(10), sleep(20), sleep(30)]);
		expect(now()).toBe(30);
		await Promise.race([sleep(10), sleep(1_000)]);
		expect(now()).toBe(40);
	}, quietly);
});

test("a cancelled child is told apart from a cancellation of oneself", async () => {
	await virtually(
		() =>
			withTaskGroup(async (group) => {
				const child = group.spawn(sleepForever);
				await sleep(1);
				child.cancel();
				const error = await rejectionOf(child);
				expect(error).toBeInstanceOf(TaskCancelledError);
				expect(error).not.toBeInstanceOf(Cancelled);
			}),
		quietly,
	);
});

test("native code after the end of its run is outside", async () => {
	let late: Promise<unknown> | undefined;
	await run(async () => {
		late = hostTurn().then(async () => {
			await sleep(0);
			return "ran on its own";
		});
	}, quietly);
	expect(await late).toBe("ran on its own");
});
