import { expect, test } from "vitest";
import { runChild } from "../test/child.ts";
import { compile } from "../test/compile.ts";
import { rejectionOf, virtually } from "../test/virtually.ts";
import { ContextVar } from "./context-var.ts";
import { DeadlockError } from "./errors.ts";
import { Event } from "./event.ts";
import { withTaskGroup } from "./group.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { run } from "./run.ts";
import type { Report } from "./runner.ts";
import { cleanup, moveOnAfter, withTimeout } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";
import { until } from "./suspend.ts";

// A run inside a run is a task of its caller's owner. Options that belong to a runner give it one of its own.

test("a run with a loop of its own inside a run keeps its own time", async () => {
	const times = await virtually(function* () {
		yield* sleep(5);
		const inner = yield* until(
			run(
				function* () {
					yield* sleep(3_600_000);
					return now();
				},
				{ loop: new VirtualLoop() },
			),
		);
		return [inner, now()];
	});
	expect(times).toEqual([3_600_000, 5]);
});

test("it sees its caller's context, and what it sets stays its own", async () => {
	const variable = new ContextVar("variable", { default: "none" });
	const seen = await virtually(function* () {
		variable.set("outer");
		const inner = yield* until(
			run(
				() => {
					const before = variable.get();
					variable.set("inner");
					return before;
				},
				{ loop: new VirtualLoop() },
			),
		);
		return [inner, variable.get()];
	});
	expect(seen).toEqual(["outer", "outer"]);
});

test("cancelled with its caller, its cleanup runs and is waited for", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		yield* moveOnAfter(5, () =>
			withTaskGroup((group) => {
				group.spawn(() =>
					run(
						function* () {
							try {
								yield* sleepForever();
							} finally {
								yield* cleanup(() => sleep(10));
								log.push("cleaned");
							}
						},
						{ onReport: () => {} },
					),
				);
			}),
		);
		log.push(now());
	});
	expect(log).toEqual(["cleaned", 15]);
});

test("its error is its caller's, its reports are its own", async () => {
	const reports: Report[] = [];
	const error = new Error("inner");
	const outer: Report[] = [];
	const thrown = await rejectionOf(
		virtually(
			function* () {
				yield* until(
					run(
						() =>
							withTaskGroup((group) => {
								group.spawn(function* () {
									try {
										yield* sleepForever();
									} finally {
										// biome-ignore lint/correctness/noUnsafeFinally: the error of a cleanup is the case
										throw new Error("second");
									}
								});
								group.spawn(() => {
									throw error;
								});
							}),
						{ onReport: (report) => reports.push(report) },
					),
				);
			},
			{ onReport: (report) => outer.push(report) },
		),
	);
	expect(thrown).toBe(error);
	expect(reports.map((report) => String(report.error))).toEqual(["Error: second"]);
	expect(outer.map((report) => report.primary)).toEqual([error]);
});

test("a run in a compiled function outside of every run is a run of its own, deadlock and all", async () => {
	const main = compile<() => Promise<unknown>>(
		`async function main() { return run(() => new Event().wait(), { loop: new VirtualLoop() }); }`,
		{ run, Event, VirtualLoop },
	);
	expect(await rejectionOf(main())).toBeInstanceOf(DeadlockError);
});

test("so it is at the exit of the process", async () => {
	const { stdout } = await runChild(
		`
		import { run, Event } from "holdfast";
		async function main() { try { await run(() => new Event().wait()); } catch (error) { console.log(error.name); } }
		main();`,
		{ compiled: true },
	);
	expect(stdout).toBe("DeadlockError\n");
});

test("a failure that was caught ends nobody, though the run ends in the same turn", async () => {
	const { stdout, code } = await runChild(
		`
		import { run, sleep, withTimeout } from "holdfast";
		async function load() { await sleep(5); throw new Error("broken"); }
		async function main() {
			try { await withTimeout(1000, () => load()); } catch (error) { console.log("caught", String(error)); }
		}
		await run(main);`,
		{ compiled: true },
	);
	expect([stdout, code]).toEqual(["caught Error: broken\n", 0]);
});

test("so it is with a promise that was derived from a spawned task, and its group's failure that was caught", async () => {
	const { stdout, code } = await runChild(`
		import { run, sleep, withTaskGroup } from "holdfast";
		await run(function* () {
			try {
				yield* withTaskGroup((group) => {
					group.spawn(function* () { yield* sleep(1); throw new Error("broken"); }).then(() => {});
				});
			} catch (error) { console.log("caught", String(error)); }
		});`);
	expect([stdout, code]).toEqual(["caught Error: broken\n", 0]);
});

test("a time limit around a run of its own ends it", async () => {
	const error = await rejectionOf(
		virtually(() => withTimeout(5, () => run(() => sleepForever(), { instruments: [{ runStarted() {} }] }))),
	);
	expect((error as Error).name).toBe("TimeoutError");
});
