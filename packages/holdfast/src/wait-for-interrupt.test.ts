import { describe, expect, test } from "vitest";
import { type Ended, runChild } from "../test/child.ts";

/** Runs a main that prints "ready"; for each time it does it gets the next signal. */
function interrupted(main: string, signals: NodeJS.Signals[], options = ""): Promise<Ended> {
	const left = [...signals];
	return runChild(
		`
		import { run, sleep, sleepForever, moveOnAfter, takeInterrupts, waitForInterrupt, withTaskGroup } from "holdfast";
		const log = (text) => console.log(text);
		const ready = () => log("ready");
		/** Says that it is ready when it waits. */
		const interrupt = () => withTaskGroup(function* (group) { group.spawn(ready); return yield* waitForInterrupt(); });
		const listeners = () => ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"].map((name) => process.listenerCount(name)).join("");
		try {
			log("value " + await run(${main}, { name: "job", ${options} }));
		} catch (error) {
			log(error.name + " " + error.signal);
		}
		log(listeners());`,
		{
			onOutput: (output, child) => {
				while (left.length > 0 && output.split("ready").length - 1 > signals.length - left.length)
					child.kill(left.shift() as NodeJS.Signals);
			},
		},
	);
}

describe.concurrent("waitForInterrupt", () => {
	for (const [what, options] of [
		["in a run that does not listen", ""],
		["in a run with signals: true", "signals: true"],
	])
		for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
			test(`${what} gives ${signal}, and the run goes on; nothing else keeps the process alive`, async () => {
				const { stdout, code } = await interrupted(
					`function* () {
						const name = yield* interrupt();
						yield* sleep(5);
						return name;
					}`,
					[signal],
					options,
				);
				expect(stdout.split("\n").slice(1)).toEqual([`value ${signal}`, "0000", ""]);
				expect(code).toBe(0);
			});

	test("wakes all who wait", async () => {
		const { stdout } = await interrupted(
			`() => withTaskGroup(function* (group) {
				for (const name of ["a", "b"]) group.spawn(function* () { log(name + " " + (yield* waitForInterrupt())); });
				yield* sleep(1);
				ready();
			})`,
			["SIGTERM"],
		);
		expect(stdout.split("\n").slice(1, 3)).toEqual(["a SIGTERM", "b SIGTERM"]);
	});

	test("the next signal, when nobody waits, cancels the run that listens", async () => {
		const { stdout } = await interrupted(
			`function* () { log(yield* interrupt()); ready(); yield* sleepForever(); }`,
			["SIGINT", "SIGTERM"],
			"signals: true",
		);
		expect(stdout.split("\n")).toEqual(["ready", "SIGINT", "ready", "InterruptedError SIGTERM", "0000", ""]);
	});

	test("the next signal, when nobody waits, ends a process that does not listen", async () => {
		const { signal } = await interrupted(`function* () { yield* interrupt(); ready(); yield* sleep(60_000); }`, [
			"SIGINT",
			"SIGTERM",
		]);
		expect(signal).toBe("SIGTERM");
	});

	test("cancelled, it lets go of the signals and of the process", async () => {
		const { stdout } = await interrupted(
			`function* () { yield* moveOnAfter(5, () => waitForInterrupt()); log(listeners()); }`,
			[],
		);
		expect(stdout.split("\n")).toEqual(["0000", "value undefined", "0000", ""]);
	});
});

describe.concurrent("takeInterrupts", () => {
	const taking = `function* () {
		const release = takeInterrupts(["SIGHUP", "SIGTERM"], (name) => { log("took " + name); ready(); return name === "SIGHUP"; });
		log(listeners());
		ready();
		try { yield* sleepForever(); } finally { release(); log(listeners()); }
	}`;

	test("hears its signals in place of the run; what it does not take cancels the run as ever", async () => {
		const { stdout } = await interrupted(taking, ["SIGHUP", "SIGHUP", "SIGTERM"], "signals: true");
		expect(stdout.replaceAll("ready\n", "").split("\n")).toEqual([
			"1111",
			"took SIGHUP",
			"took SIGHUP",
			"took SIGTERM",
			"1111",
			"InterruptedError SIGTERM",
			"0000",
			"",
		]);
	});

	test("leaves signals that it was not given for alone", async () => {
		const { stdout } = await interrupted(taking, ["SIGINT"], "signals: true");
		expect(stdout).toContain("InterruptedError SIGINT");
		expect(stdout).not.toContain("took");
	});

	test("in a run that does not listen, it listens to these alone", async () => {
		const { stdout, signal } = await interrupted(taking.replace("sleepForever()", "sleep(60_000)"), [
			"SIGHUP",
			"SIGINT",
		]);
		expect(stdout.split("\n").slice(0, 3)).toEqual(["0110", "ready", "took SIGHUP"]);
		expect(signal).toBe("SIGINT");
	});
});

test("SIGUSR2 prints the live tasks of a run with signals: true, and the run goes on", async () => {
	const { stdout, stderr } = await interrupted(
		`() => withTaskGroup(function* (group) {
			for (let index = 0; index < 3; index++) group.spawnWith({ name: "worker" }, () => sleep(300));
			yield* sleep(1);
			ready();
			yield* sleep(300);
			return "value";
		})`,
		["SIGUSR2"],
		"signals: true",
	);
	expect(stdout.split("\n").slice(1)).toEqual(["value value", "0000", ""]);
	expect(stderr).toMatch(/^job\n {2}job: running, waits for sleep.*\n {4}worker × 3: running, waits for sleep/);
});
