// Real programs with real children, stopped from a terminal and by signals.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { CTRL_C, hasTerminal, Project } from "../../cli/test-support/processes.ts";
import { eventually, isAlive } from "./processes.ts";

vi.setConfig({ testTimeout: 60_000 });

const project = new Project();
afterAll(() => project.remove());
const log = join(project.directory, "log");
beforeEach(() => rmSync(log, { force: true }));
const logged = (): string[] => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);

/** A child that notes its number and every signal that it gets, and does with it what it is told. */
function child(onInterrupt: string, onTerminate: string): string {
	const script = [
		`trap 'echo INT >> log; ${onInterrupt}' INT`,
		`trap 'echo TERM >> log; ${onTerminate}' TERM`,
		`trap 'echo HUP >> log; exit' HUP`,
		`echo $$ >> log`,
		"echo ready",
		"while :; do sleep 0.02; done",
	];
	return JSON.stringify(script.join("\n"));
}
const pidOf = (): number => Number(logged()[0]);

/** A program that has a child, and does nothing else. */
const program = (script: string, options = "{}", body = "await sleep(60_000);"): string => `
"use structured";
import { currentScope, run, sleep } from "holdfast";
import { spawnProcess } from "@holdfast/node";
export default async function main() {
	const child = await spawnProcess("sh", ["-c", ${script}], { stdin: "ignore", stdout: "inherit", ...${options} });
	${body}
}
`;

const cleansUp = child("", "sleep 0.05; echo cleaned >> log; exit");
const deaf = child("", "");

describe.skipIf(!hasTerminal)("Ctrl-C in a terminal", () => {
	test("ends a child with a group of its own by SIGTERM alone; the program ends with 130 when it has cleaned up", async () => {
		const running = project.startInTerminal(program(cleansUp));
		await running.printed("ready");
		running.type(CTRL_C);
		expect((await running.ended).code).toBe(130);
		expect(logged().slice(1)).toEqual(["TERM", "cleaned"]);
		expect(isAlive(pidOf())).toBe(false);
	});

	test("a second one, while a deaf child holds up the cleanup, ends both at once", async () => {
		const running = project.startInTerminal(
			program(deaf, "{ grace: 60_000 }", "currentScope().grace = 60_000; await sleep(60_000);"),
		);
		await running.printed("ready");
		running.type(CTRL_C);
		await eventually(() => logged().includes("TERM"));
		running.type(CTRL_C);
		const ended = await running.ended;
		expect(ended.code).toBe(130);
		expect(ended.stdout).toContain("Still cleaning up:");
		expect(ended.stdout).toContain("waits for the end of sh -c");
		await eventually(() => !isAlive(pidOf()));
	});

	test("the end of the grace ends both", async () => {
		const running = project.startInTerminal(
			program(deaf).replace("export default async", "async").concat("await run(main, { signals: true, grace: 150 });"),
		);
		await running.printed("ready");
		running.type(CTRL_C);
		expect((await running.ended).code).toBe(130);
		expect(logged().slice(1)).toEqual(["TERM"]);
		await eventually(() => !isAlive(pidOf()));
	});

	test("a child in the terminal's group hears it from the terminal, and is not told a second time", async () => {
		const running = project.startInTerminal(
			program(child("sleep 0.1; echo cleaned >> log; exit", "exit"), `{ stdin: "inherit" }`),
		);
		await running.printed("ready");
		running.type(CTRL_C);
		expect((await running.ended).code).toBe(130);
		expect(logged().slice(1)).toEqual(["INT", "cleaned"]);
		expect(isAlive(pidOf())).toBe(false);
	});

	test("one there that does not listen to it is asked by SIGTERM, and then killed", async () => {
		const running = project.startInTerminal(program(deaf, `{ stdin: "inherit", grace: 200 }`));
		await running.printed("ready");
		running.type(CTRL_C);
		expect((await running.ended).code).toBe(130);
		expect(logged().slice(1)).toEqual(["INT", "TERM"]);
		expect(isAlive(pidOf())).toBe(false);
	});

	test("ends a program that does not listen to signals, and its children by the same signal", async () => {
		const running = project.startInTerminal(
			`
			import { run, sleep } from "holdfast";
			import { spawnProcess } from "@holdfast/node";
			await run(function* () {
				yield* spawnProcess("sh", ["-c", ${child("exit", "exit")}], { stdin: "ignore", stdout: "inherit" });
				yield* sleep(60_000);
			});
			`,
			true,
		);
		await running.printed("ready");
		running.type(CTRL_C);
		expect((await running.ended).code).toBe(130);
		await eventually(() => !isAlive(pidOf()));
		expect(logged().slice(1)).toEqual(["INT"]);
	});
});

describe("SIGTERM", () => {
	test("ends the child, which cleans up, and then the program with 143", async () => {
		const running = project.start(program(cleansUp));
		await running.printed("ready");
		running.signal("SIGTERM");
		expect(await running.ended).toMatchObject({ code: 143, signal: null });
		expect(logged().slice(1)).toEqual(["TERM", "cleaned"]);
	});

	test("a second one ends both at once", async () => {
		const running = project.start(
			program(deaf, "{ grace: 60_000 }", "currentScope().grace = 60_000; await sleep(60_000);"),
		);
		await running.printed("ready");
		running.signal("SIGTERM");
		await eventually(() => logged().includes("TERM"));
		running.signal("SIGTERM");
		expect(await running.ended).toMatchObject({ code: 143 });
		await eventually(() => !isAlive(pidOf()));
	});
});

describe("a program that ends without waiting takes its children along", () => {
	test.each([
		["process.exit", "process.exit(7);", 7],
		[
			"an error in a callback",
			`setTimeout(() => { throw new Error("outside of every task"); }, 0); await sleep(60_000);`,
			1,
		],
	])("%s", async (_, body, code) => {
		const running = project.start(
			program(deaf, `{ stdout: "pipe", grace: 100 }`, `await child.stdout.readLine(); console.log("ready"); ${body}`),
		);
		expect((await running.ended).code).toBe(code);
		await eventually(() => !isAlive(pidOf()));
	});
});

test("a signal that comes as soon as there is a child reaches it, too", async () => {
	const source = (name: string): string => `
		import { run, sleep } from "holdfast";
		import { spawnProcess } from "@holdfast/node";
		await run(function* () {
			yield* spawnProcess("sh", ["-c", "echo $$ > ${name}; kill -INT $PPID; exec sleep 60"], { stdin: "ignore" });
			yield* sleep(60_000);
		});
	`;
	const once = async (index: number): Promise<void> => {
		const file = project.write(`early-${index}.mjs`, source(`early-${index}`));
		const running = spawn(process.execPath, [file], { cwd: project.directory, stdio: "ignore" });
		const ended = await new Promise((resolve) => running.on("close", (code, signal) => resolve(signal ?? code)));
		expect(ended).toBe("SIGINT");
		const pid = Number(readFileSync(join(project.directory, `early-${index}`), "utf8"));
		await eventually(() => !isAlive(pid));
	};
	for (let round = 0; round < 3; round++) await Promise.all([0, 1, 2, 3].map((index) => once(round * 4 + index)));
});

describe("signals", () => {
	test("go to the loop that listens to them, and others still end the program", async () => {
		const running = project.start(`
			"use structured";
			import { signals } from "@holdfast/node";
			export default async function main() {
				let count = 0;
				const hangups = signals("SIGHUP");
				console.log("ready");
				for await (const name of hangups) console.log(name + " " + ++count);
			}
		`);
		await running.printed("ready");
		for (let count = 1; count <= 3; count++) {
			running.signal("SIGHUP");
			await running.printed(`SIGHUP ${count}`);
		}
		running.signal("SIGTERM");
		expect(await running.ended).toMatchObject({ code: 143, stdout: "ready\nSIGHUP 1\nSIGHUP 2\nSIGHUP 3\n" });
	});

	test("do after the loop what they did before it", async () => {
		const running = project.start(`
			"use structured";
			import { sleep } from "holdfast";
			import { signals } from "@holdfast/node";
			export default async function main() {
				const hangups = signals("SIGHUP", "SIGINT");
				console.log("ready");
				for await (const name of hangups) { console.log(name); break; }
				console.log("left");
				await sleep(60_000);
			}
		`);
		await running.printed("ready");
		running.signal("SIGINT");
		await running.printed("left");
		running.signal("SIGHUP");
		expect(await running.ended).toMatchObject({ code: 129, stdout: "ready\nSIGINT\nleft\n" });
	});
});
