import { afterAll, describe, expect, test, vi } from "vitest";
import { CTRL_C, hasTerminal, Project } from "../test-support/processes.ts";

vi.setConfig({ testTimeout: 60_000 });

const project = new Project();
afterAll(() => project.remove());

/** Starts a background task, waits, and takes some time to clean up. */
const slowToStop = (cleanup: string): string => `
"use structured";
import { sleep } from "holdfast";
async function background() {
	console.log("ready");
	try {
		await sleep(60_000);
	} finally {
		console.log("cleaning");
		${cleanup}
		console.log("cleaned");
	}
}
export default async function main() {
	background();
	await sleep(60_000);
	console.log("never");
}
`;

describe("the first signal", () => {
	const codes = [
		["SIGINT", 130],
		["SIGTERM", 143],
		["SIGHUP", 129],
	] as const;
	test.each(codes)("%s cancels the program, which cleans up and ends with %i", async (signal, code) => {
		const running = project.start(slowToStop("await sleep(20);"));
		await running.printed("ready");
		running.signal(signal);
		expect(await running.ended).toEqual({ code, signal: null, stdout: "ready\ncleaning\ncleaned\n", stderr: "" });
	});

	test("decides the exit code even if main gives a value after all", async () => {
		const running = project.start(`
			import { shield, sleep } from "holdfast";
			export default async function main() {
				await shield(async () => {
					console.log("ready");
					while (process.listenerCount("told") === 0) await sleep(1);
				});
				return 5;
			}
			process.once("SIGINT", () => process.on("told", () => {}));
		`);
		await running.printed("ready");
		running.signal("SIGINT");
		expect((await running.ended).code).toBe(130);
	});

	test("that the program has waited for is its own affair", async () => {
		const running = project.start(`
			import { waitForInterrupt } from "holdfast";
			export default async function main() {
				setTimeout(() => console.log("ready"), 1);
				console.log(await waitForInterrupt());
				return 5;
			}
		`);
		await running.printed("ready");
		running.signal("SIGINT");
		expect(await running.ended).toMatchObject({ code: 5, stdout: "ready\nSIGINT\n" });
	});

	test("does not hide an error of the cleanup", async () => {
		const running = project.start(slowToStop(`throw new Error("cannot close");`));
		await running.printed("ready");
		running.signal("SIGINT");
		const ended = await running.ended;
		expect(ended.code).toBe(130);
		expect(ended.stderr).toContain("Error: cannot close");
	});

	test("ends a file that runs something itself in the same way", async () => {
		const running = project.start(`
			import { run, sleep } from "holdfast";
			const main = async () => {
				console.log("ready");
				try { await sleep(60_000); } finally { console.log("cleaned"); }
			};
			await run(main, { signals: true });
		`);
		await running.printed("ready");
		running.signal("SIGINT");
		expect(await running.ended).toEqual({ code: 130, signal: null, stdout: "ready\ncleaned\n", stderr: "" });
	});
});

describe("the second signal", () => {
	const codes = [
		["SIGINT", 130],
		["SIGTERM", 143],
	] as const;
	test.each(codes)("%s prints what still cleans up, and ends at once with %i", async (signal, code) => {
		const running = project.start(slowToStop("await sleep(60_000);"));
		await running.printed("ready");
		running.signal(signal);
		await running.printed("cleaning");
		running.signal(signal);
		const ended = await running.ended;
		expect(ended).toMatchObject({ code, stdout: "ready\ncleaning\n" });
		expect(ended.stderr).toContain("Still cleaning up:");
		expect(ended.stderr).toMatch(/main › background: waits for sleep for \d+ ms at .*main\.ts:10:/);
	});
});

test("the end of the grace ends the program like a second signal", async () => {
	const running = project.start(`
		import { currentScope, sleep } from "holdfast";
		export default async function main() {
			currentScope().grace = 100;
			console.log("ready");
			try { await sleep(60_000); } finally { await sleep(60_000); }
		}
	`);
	await running.printed("ready");
	running.signal("SIGTERM");
	const ended = await running.ended;
	expect(ended).toMatchObject({ code: 143, stdout: "ready\n" });
	expect(ended.stderr).toContain("Still cleaning up:");
});

describe.skipIf(!hasTerminal)("in a terminal", () => {
	test("Ctrl-C stops the program, and says that another one quits", async () => {
		const running = project.startInTerminal(slowToStop("await sleep(20);"));
		await running.printed("ready");
		running.type(CTRL_C);
		const ended = await running.ended;
		expect(ended.code).toBe(130);
		expect(ended.stdout).toContain("press Ctrl-C again");
		expect(ended.stdout).toContain("cleaned");
	});

	test("the second Ctrl-C gives back a shown cursor and a cooked terminal", async () => {
		const running = project.startInTerminal(`
			import { sleep } from "holdfast";
			export default async function main() {
				process.stdin.setRawMode(true);
				process.stdin.on("data", (data) => { if (data.includes(3)) process.kill(process.pid, "SIGINT"); });
				process.stdout.write("\\x1b[?25l");
				console.log("ready");
				try { await sleep(60_000); } finally { console.log("cleaning"); await sleep(60_000); }
			}
		`);
		await running.printed("ready");
		running.type(CTRL_C);
		await running.printed("cleaning");
		running.type(CTRL_C);
		const ended = await running.ended;
		expect(ended.code).toBe(130);
		expect(ended.stdout).toContain("Still cleaning up:");
		expect(ended.stdout.lastIndexOf("\x1b[?25h")).toBeGreaterThan(ended.stdout.lastIndexOf("\x1b[?25l"));
		expect(ended.stdout).toMatch(/\[cooked\]\s*$/);
	});

	test("a program that ends by itself writes no control sequences", async () => {
		const ended = await project.startInTerminal(`export default () => { console.log("fine"); };`).ended;
		expect(ended).toMatchObject({ code: 0, stdout: "fine\r\n[cooked]\n" });
	});
});
