import { describe, expect, test } from "vitest";
import { type Ended, runChild } from "../test/child.ts";

/** Runs a main that prints "ready", sends it signals, one for each time it asks for one, and waits for its end. */
function interrupted(main: string, signals: NodeJS.Signals[], options = ""): Promise<Ended> {
	const left = [...signals];
	return runChild(
		`
		import { run, sleep, sleepForever, cleanup, InterruptedError } from "holdfast";
		const log = (text) => console.log(text);
		const ready = () => log("ready");
		const alive = setInterval(() => {}, 1_000);
		try {
			log("value " + await run(${main}, { signals: true, name: "job", ${options} }));
		} catch (error) {
			log([error.name, error.signal, error instanceof InterruptedError].join(" "));
			process.exitCode = 7;
		}
		log(["SIGINT", "SIGTERM", "SIGHUP"].map((name) => process.listenerCount(name)).join(""));
		clearInterval(alive);`,
		{
			onOutput: (output, child) => {
				while (left.length > 0 && output.split("ready").length - 1 > signals.length - left.length)
					child.kill(left.shift() as NodeJS.Signals);
			},
		},
	);
}

const cleaning = `function* () {
	try { ready(); yield* sleepForever(); }
	finally { yield* cleanup(function* () { ready(); yield* sleep(10); log("cleaned"); }); }
}`;

describe.concurrent("with signals: true", () => {
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
		test(`a first ${signal} cancels the run, cleanup runs, and the run throws InterruptedError`, async () => {
			const { stdout, code } = await interrupted(cleaning, [signal]);
			expect(stdout.split("\n")).toEqual(["ready", "ready", "cleaned", `InterruptedError ${signal} true`, "000", ""]);
			expect(code).toBe(7);
		});

	const stuck = `function* () {
		try { ready(); yield* sleepForever(); }
		finally { yield* cleanup(function* () { ready(); yield* sleepForever(); }); }
	}`;

	for (const [signal, exit] of [
		["SIGINT", 130],
		["SIGTERM", 143],
		["SIGHUP", 129],
	] as const)
		test(`a second ${signal} prints who is still cleaning up and exits with ${exit} at once`, async () => {
			const { code, stderr, stdout } = await interrupted(stuck, ["SIGINT", signal]);
			expect(code).toBe(exit);
			expect(stderr).toMatch(/Still cleaning up:\n {2}job: waits for sleepForever for \d+ ms/);
			expect(stdout).toBe("ready\nready\n");
		});

	test("the end of the grace cuts the cleanup", async () => {
		const { stdout, stderr, code } = await interrupted(stuck, ["SIGTERM"], "grace: 20");
		// Either the cut cleanup ends the run by itself, or the process is told to exit.
		if (code === 143) expect(stderr).toContain("Still cleaning up");
		else expect(stdout).toContain("InterruptedError SIGTERM true");
	});

	test("cleanup that not even the end of the grace can stop does not keep the process", async () => {
		const deaf = `function* () {
			try { ready(); yield* sleepForever(); }
			finally { yield* cleanup(async () => { ready(); await new Promise(() => {}); }); await 0; }
		}`.replace("await 0;", "");
		const { code } = await interrupted(deaf, ["SIGINT"], "grace: 20, onReport: () => {}");
		expect([7, 130]).toContain(code);
	});

	test("a main that gives a value after all keeps it", async () => {
		const { stdout } = await interrupted(
			`function* () { try { ready(); yield* sleepForever(); } catch {} return "kept"; }`,
			["SIGINT"],
		);
		expect(stdout).toContain("value kept");
	});
});

test("without signals a signal does what it does to any program", async () => {
	const { signal } = await interrupted(cleaning, ["SIGINT"], "signals: false");
	expect(signal).toBe("SIGINT");
});
