/** The whole program, with real children. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive, Program } from "../test-support/program.ts";

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "supervise-"));
});
afterEach(async () => {
	await rm(folder, { recursive: true });
});

async function supervise(services: Readonly<Record<string, string>>, ...args: string[]): Promise<Program> {
	const lines = Object.entries(services).map(([name, command]) => `${name}: ${command}\n`);
	await writeFile(join(folder, "Procfile"), `# what runs here\n\n${lines.join("")}`);
	return new Program("supervise/main.ts", args, { cwd: folder });
}

/** The numbers of all processes that have been started, by the supervisor or by its children. */
function processes(stdout: string): number[] {
	return [...stdout.matchAll(/process (\d+)$/gm)].map(([, pid]) => Number(pid));
}

const linesOf = (name: string, stdout: string): string[] =>
	stdout.split("\n").filter((line) => line.startsWith(`${name} `));

const forever = "while :; do sleep 0.02; done";
const polite = `trap 'echo goodbye; exit 0' TERM; sleep 60 & echo "child process $!"; touch ready; echo ready; ${forever}`;

it("starts again what has failed, each time after twice the pause, and ends when all have ended well", async () => {
	const flaky = 'n=$(cat count || echo 0); echo $((n + 1)) > count; echo "try $n"; [ $n -ge 2 ]';
	await using program = await supervise({ flaky: `${flaky} 2>/dev/null`, once: "echo done" }, "--delay", "10");
	const { code, stdout, stderr } = await program.ended;
	expect(linesOf("flaky", stdout).filter((line) => !line.includes("cat:"))).toEqual([
		expect.stringMatching(/^flaky runs as process \d+$/),
		"flaky | try 0",
		"flaky has ended with exit code 1",
		"flaky starts again in 10 ms",
		expect.stringMatching(/^flaky runs as process \d+$/),
		"flaky | try 1",
		"flaky has ended with exit code 1",
		"flaky starts again in 20 ms",
		expect.stringMatching(/^flaky runs as process \d+$/),
		"flaky | try 2",
		"flaky has ended with exit code 0",
	]);
	expect(linesOf("once", stdout).slice(1)).toEqual(["once | done", "once has ended with exit code 0"]);
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

it("gives up on what fails again and again: ends the others, and exits with 1", async () => {
	const bad = "while [ ! -e ready ]; do sleep 0.01; done; exit 3";
	await using program = await supervise({ bad, polite }, "--attempts", "2", "--delay", "1");
	const { code, stdout, stderr } = await program.ended;
	expect({ code, stderr }).toEqual({ code: 1, stderr: "supervise: bad has failed 2 times in a row\n" });
	expect(stdout).toContain("polite | goodbye\npolite has ended with exit code 0\n");
	expect(processes(stdout).filter(isAlive)).toEqual([]);
});

it("ends what a program has left in the background before that is started again", async () => {
	const parent = 'sleep 60 & echo "child process $!"; exit 1';
	await using program = await supervise({ parent }, "--attempts", "2", "--delay", "1");
	const { code, stdout } = await program.ended;
	expect(code).toBe(1);
	expect(processes(stdout)).toHaveLength(4);
	expect(processes(stdout).filter(isAlive)).toEqual([]);
});

it("says which file is missing", async () => {
	await using program = new Program("supervise/main.ts", ["nowhere"], { cwd: folder });
	expect(await program.ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^supervise: .*nowhere/) });
});

describe.each([
	["SIGTERM", 143],
	["SIGINT", 130],
] as const)("%s", (signal, code) => {
	it(`lets all programs say their last words, leaves no process, and exits with ${code}`, async () => {
		await using program = await supervise({ a: polite, b: polite });
		await program.printed(/^a \| ready$/m);
		await program.printed(/^b \| ready$/m);
		const ended = await program.stop(signal);
		expect(ended).toMatchObject({ code, stderr: "" });
		for (const name of ["a", "b"])
			expect(linesOf(name, ended.stdout).slice(-2)).toEqual([
				`${name} | goodbye`,
				`${name} has ended with exit code 0`,
			]);
		expect(processes(ended.stdout)).toHaveLength(4);
		expect(processes(ended.stdout).filter(isAlive)).toEqual([]);
	});
});

it("SIGTERM: kills what does not listen, with all that it has started, and starts nothing any more", async () => {
	const deaf = `trap '' TERM; sleep 60 & echo "child process $!"; echo ready; ${forever}`;
	await using program = await supervise(
		{ deaf, failing: "touch failed; exit 1" },
		"--grace",
		"200",
		"--delay",
		"60000",
	);
	await program.printed(/^deaf \| ready$/m);
	await program.printed(/^failing starts again in 30000 ms$/m);
	const { code, stdout } = await program.stop("SIGTERM");
	expect(code).toBe(143);
	expect(stdout).toContain("deaf has ended with SIGKILL\n");
	expect(processes(stdout).filter(isAlive)).toEqual([]);
	expect(existsSync(join(folder, "failed"))).toBe(true);
});
