import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { ContextVar } from "./context-var.ts";
import { withTaskGroup } from "./group.ts";
import { type Instrument, withContextOf } from "./instruments.ts";
import { run } from "./run.ts";
import type { Report } from "./runner.ts";
import { withTimeout } from "./scopes.ts";
import { sleep } from "./sleep.ts";
import { currentTask } from "./task.ts";

/** Writes everything down. */
function recorder(): { log: string[]; instrument: Instrument } {
	const log: string[] = [];
	return {
		log,
		instrument: {
			runStarted: (run) => log.push(`run ${run.name} at ${run.now()}`),
			runEnded: (run) => log.push(`end of ${run.name} at ${run.now()}`),
			taskStarted: (task, parent) => log.push(`task ${task.name} of ${parent?.name}`),
			taskReady: (task) => log.push(`ready ${task.name}`),
			beforeStep: (task) => log.push(`> ${task.name}`),
			afterStep: (task) => log.push(`< ${task.name}`),
			taskEnded: (task) => log.push(`${task.name} is ${task.state}`),
			scopeEntered: (scope, task) => log.push(`${task.name} enters ${scope.name || "a scope"}`),
			scopeLeft: (scope, task) => log.push(`${task.name} leaves ${scope.name || "a scope"}`),
		},
	};
}

test("is told of the run, its tasks, their steps and their scopes, in order", async () => {
	const { log, instrument } = recorder();
	await virtually(
		() =>
			withTaskGroup(
				function* (group) {
					group.spawn(function* child() {
						yield* withTimeout(10, () => sleep(5));
					});
				},
				{ name: "workers" },
			),
		{ name: "job", instruments: [instrument] },
	);
	expect(log).toEqual([
		"run job at 0",
		"task job of undefined",
		"> job",
		"job enters a scope",
		"job enters workers",
		"task child of job",
		"ready child",
		"< job",
		"> child",
		"child enters timeout of 10 ms",
		"< child",
		"ready child",
		"> child",
		"child leaves timeout of 10 ms",
		"child is done",
		"ready job",
		"< child",
		"> job",
		"job leaves workers",
		"job leaves a scope",
		"job is done",
		"< job",
		"end of job at 5",
	]);
});

test("a task cancelled alone, and one that fails, are seen to end so", async () => {
	const { log, instrument } = recorder();
	const error = await rejectionOf(
		virtually(
			() =>
				withTaskGroup(function* (group) {
					group.spawnWith({ name: "stopped" }, () => sleep(100)).cancel();
					yield* sleep(1);
					group.spawnWith({ name: "failing" }, () => {
						throw new Error("boom");
					});
				}),
			{ instruments: [instrument] },
		),
	);
	expect(String(error)).toBe("Error: boom");
	expect(log.filter((line) => / is /.test(line))).toEqual([
		"stopped is cancelled",
		"failing is failed",
		"main is failed",
	]);
});

test("bare calls are tasks, whose steps nest in their caller's", async () => {
	const { log, instrument } = recorder();
	const main = compile(
		`async function child() { await sleep(1); } async function main() { await Promise.all([child()]); }`,
	);
	await virtually(main, { instruments: [instrument] });
	const steps = log.filter((line) => /^[<>]/.test(line));
	expect(steps.slice(0, 4)).toEqual(["> main", "> child", "< child", "< main"]);
});

test("one that throws is taken out, its error is reported with the task, and the others go on", async () => {
	const reports: Report[] = [];
	let steps = 0;
	let calls = 0;
	const value = await virtually(
		function* () {
			yield* sleep(1);
			yield* sleep(1);
			return "value";
		},
		{
			instruments: [
				{
					beforeStep() {
						calls++;
						throw new Error("instrument");
					},
				},
				{ beforeStep: () => void steps++ },
			],
			onReport: (report) => reports.push(report),
		},
	);
	expect([value, calls, steps]).toEqual(["value", 1, 3]);
	expect(reports.map(({ error, kind, path }) => [String(error), kind, path])).toEqual([
		["Error: instrument", "instrument", "main"],
	]);
});

test("runs outside of every task: what it calls is no part of the run", async () => {
	const { log, instrument } = recorder();
	const called = compile(`async function main() { await sleep(1); seen.push("ended"); }`, { sleep, seen: log });
	let asked: unknown;
	await virtually(() => sleep(1), {
		instruments: [
			{
				runStarted() {
					void called();
				},
				beforeStep() {
					try {
						currentTask();
					} catch (error) {
						asked = (error as Error).name;
					}
				},
			},
			instrument,
		],
	});
	expect(asked).toBe("ScopeMisuseError");
	expect(log.filter((line) => line.startsWith("task "))).toEqual(["task main of undefined"]);
});

test("what is no instrument is refused by name", async () => {
	const messages: unknown[] = [];
	for (const instruments of [{}, [null], [{}], [{ beforeSteps() {} }]])
		messages.push(String(await rejectionOf(run(() => {}, { instruments } as never))));
	expect(messages[0]).toBe("TypeError: run: instruments is an object; pass an array of objects.");
	expect(messages[1]).toContain("TypeError: run: an instrument is null; pass an object with some of runStarted,");
	for (const message of messages.slice(2))
		expect(message).toContain("run: an instrument has none of the methods runStarted,");
});

test("is told what tasks and scopes have failed with, and what has stopped them", async () => {
	const log: unknown[] = [];
	const instrument: Instrument = {
		taskEnded: (task, error) => log.push([task.name, error]),
		scopeLeft: (scope, _task, error) => log.push([scope.name, error]),
	};
	const boom = new Error("boom");
	const late = new Error("late");
	await rejectionOf(
		virtually(
			function* main() {
				yield* withTaskGroup(() => 1, { name: "fine" });
				try {
					yield* withTaskGroup(
						function* () {
							yield* sleep(1);
							throw late;
						},
						{ name: "body fails" },
					);
				} catch {}
				yield* withTaskGroup(
					function* (group) {
						group.spawnWith({ name: "failing" }, () => {
							throw boom;
						});
						group.spawnWith({ name: "stopped" }, () => sleep(100));
						yield* sleep(100);
					},
					{ name: "task fails" },
				);
			},
			{ instruments: [instrument] },
		),
	);
	const stopped = expect.objectContaining({
		name: "AbortError",
		reason: expect.objectContaining({ task: expect.anything() }),
	});
	expect(log.filter((line) => (line as unknown[])[0] !== "")).toEqual([
		["fine", undefined],
		["body fails", late],
		["failing", boom],
		["stopped", stopped],
		["task fails", boom],
		["main", boom],
	]);
});

test("withContextOf reads and sets the context variables of the task that it is given", async () => {
	const id = new ContextVar<string>("id", { default: "none" });
	const seen: unknown[] = [];
	await virtually(
		function* main() {
			id.set("caller's");
			yield* withTaskGroup(function* (group) {
				group.spawnWith({ name: "child" }, function* () {
					seen.push(id.get());
					yield* sleep(1);
					seen.push(id.get());
				});
			});
			seen.push(id.get());
		},
		{
			instruments: [
				{
					taskStarted(task) {
						seen.push([task.name, id.get(), withContextOf(task, () => id.get())]);
						withContextOf(task, () => id.set(`${task.name}'s`));
					},
				},
			],
		},
	);
	expect(seen).toEqual([["main", "none", "none"], ["child", "none", "caller's"], "child's", "child's", "caller's"]);
	expect(String(thrownBy(() => withContextOf({} as never, () => {})))).toBe(
		"TypeError: withContextOf: an object is no task; pass the one that the instrument was given.",
	);
});

test("steps are told in the async context of the task: what is entered before the first is the task's", async () => {
	const storage = new AsyncLocalStorage<string>();
	const seen: unknown[] = [];
	await storage.run("outside", () =>
		virtually(
			() =>
				withTaskGroup(function* (group) {
					for (const name of ["a", "b"])
						group.spawnWith({ name }, function* () {
							yield* sleep(1);
							seen.push([name, storage.getStore()]);
						});
					yield* sleep(2);
					seen.push(["main", storage.getStore()]);
				}),
			{
				instruments: [
					{
						beforeStep(task) {
							if (storage.getStore() === "outside" && task.name !== "main") storage.enterWith(task.name);
						},
					},
				],
			},
		),
	);
	expect(seen).toEqual([
		["a", "a"],
		["b", "b"],
		["main", "outside"],
	]);
});
