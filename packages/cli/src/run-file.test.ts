import { afterAll, describe, expect, test, vi } from "vitest";
import { Project } from "../test-support/processes.ts";

vi.setConfig({ testTimeout: 60_000 });

const project = new Project();
afterAll(() => project.remove());

describe("the exit code", () => {
	test("is 0 when main returns nothing, and main gets the arguments as one array", async () => {
		const ended = await project.program(
			`export default async function main(...args: unknown[]) { console.log(JSON.stringify(args)); }`,
			"one",
			"--two",
			"three four",
		);
		expect(ended).toEqual({ code: 0, signal: null, stdout: '[["one","--two","three four"]]\n', stderr: "" });
	});

	test("is the integer that main returns", async () => {
		expect(await project.program("export default async () => 7;")).toMatchObject({ code: 7, stderr: "" });
	});

	test("does not wrap round to success", async () => {
		expect((await project.program("export default () => 256;")).code).toBe(255);
	});

	test("is 0 for what is no integer", async () => {
		expect((await project.program(`export default () => "3";`)).code).toBe(0);
	});

	test("is 1 for an error", async () => {
		const ended = await project.program(`export default async () => { throw new Error("no"); };`);
		expect(ended.code).toBe(1);
		expect(ended.stderr).toContain("Error: no");
	});

	test("is 1 for an error that was only reported", async () => {
		const ended = await project.program(`
			import { sleep, moveOnAfter } from "holdfast";
			export default async function main() {
				let fail = (error: Error) => {};
				const late = new Promise((_, reject) => { fail = reject; });
				await moveOnAfter(1, async () => { await late; });
				fail(new Error("too late"));
				await sleep(1);
				console.log("done");
			}
		`);
		expect(ended).toMatchObject({ code: 1, stdout: "done\n" });
		expect(ended.stderr).toContain("rejected after the wait for it had been cancelled");
		expect(ended.stderr).toContain("Error: too late\nin main");
	});

	test("is main's own although an error was reported", async () => {
		const ended = await project.program(`
			import { sleep, moveOnAfter } from "holdfast";
			export default async function main() {
				let fail = (error: Error) => {};
				const late = new Promise((_, reject) => { fail = reject; });
				await moveOnAfter(1, async () => { await late; });
				fail(new Error("too late"));
				await sleep(1);
				return 3;
			}
		`);
		expect(ended.code).toBe(3);
	});

	test("is 1 for a program that nothing can wake", async () => {
		const ended = await project.program("export default async function main() { await new Promise(() => {}); }");
		expect(ended.code).toBe(1);
		expect(ended.stderr).toContain("DeadlockError");
	});
});

describe("a file without a main function", () => {
	test("is the program itself, and sees its arguments", async () => {
		const ended = await project.program(`console.log(process.argv.slice(2)); process.exitCode = 4;`, "a", "b");
		expect(ended).toEqual({ code: 4, signal: null, stdout: "[ 'a', 'b' ]\n", stderr: "" });
	});

	test("may export something else by default", async () => {
		const ended = await project.program(`export default class App {}; console.log("imported");`);
		expect(ended).toMatchObject({ code: 0, stdout: "imported\n" });
	});

	test("ends with 1 when its top level throws, with the source lines", async () => {
		const ended = await project.program(`const nothing: any = null;\nnothing.property;`);
		expect(ended.code).toBe(1);
		expect(ended.stderr).toContain("> 2 | nothing.property;");
		expect(ended.stderr).not.toContain("node:internal");
	});

	test("ends with 13 and a reason when its top level waits for nothing", async () => {
		const ended = await project.program("await new Promise(() => {});");
		expect(ended.code).toBe(13);
		expect(ended.stderr).toContain("waits at its top level");
	});

	test("may end the process itself while it is being imported", async () => {
		const ended = await project.program(`
			setTimeout(() => process.exit(6), 1);
			await new Promise(() => {});
		`);
		expect(ended).toEqual({ code: 6, signal: null, stdout: "", stderr: "" });
	});

	test("that runs something that nothing can wake ends with its error", async () => {
		const ended = await project.program(`
			import { run, sleepForever } from "holdfast";
			const main = async () => { try { await sleepForever(); } finally { console.log("cleaned up"); } };
			await run(main);
		`);
		expect(ended).toMatchObject({ code: 1, stdout: "cleaned up\n" });
		expect(ended.stderr).toMatch(/^DeadlockError/);
		expect(ended.stderr).not.toContain("top level");
	});

	test("may run something itself", async () => {
		const ended = await project.program(`
			import { run, sleep } from "holdfast";
			const main = async () => { await sleep(1); return "ran"; };
			console.log(await run(main));
		`);
		expect(ended).toMatchObject({ code: 0, stdout: "ran\n", stderr: "" });
	});
});

test("a CommonJS file's default export is called", async () => {
	const file = project.write(
		"main.cts",
		`exports.default = async (args: string[]) => args.length; exports.__esModule = true;`,
	);
	expect((await project.holdfast("run", file, "x", "y")).code).toBe(2);
});

test("a file of JavaScript is compiled, too", async () => {
	const file = project.write(
		"main.mjs",
		`"use structured";
		import { sleep } from "holdfast";
		async function late() { await sleep(20); console.log("late"); }
		export default async function main() { late(); }`,
	);
	expect(await project.holdfast("run", file)).toMatchObject({ code: 0, stdout: "late\n" });
});

test("what is still open when main has ended may go on, as under Node", async () => {
	const ended = await project.program(`export default async () => { setTimeout(() => console.log("after"), 30); };`);
	expect(ended).toMatchObject({ code: 0, stdout: "after\n" });
});

describe("wrong use", () => {
	const cases: [string[], string][] = [
		[[], "no command given. Write: holdfast run <file>"],
		[["--fast"], "unknown option --fast"],
		[["rnu"], 'unknown command "rnu". The commands are: run, init, doctor.'],
		[["main.ts"], "To run a file write: holdfast run main.ts"],
		[["run"], "no file given"],
		[["run", "--watch", "main.ts"], "unknown option --watch"],
		[["run", "absent.ts"], "absent.ts does not exist."],
		[["run", "named"], "Did you mean named.ts?"],
		[["run", "folder"], "folder is a directory"],
		[["run", "data.json"], "data.json is neither TypeScript nor JavaScript"],
	];
	test.each(cases)("holdfast %j is answered by one line that names the mend, and 2", async (words, message) => {
		project.write("named.ts", "");
		project.write("data.json", "{}");
		project.write("folder/main.ts", "");
		const ended = await project.holdfast(...words);
		expect(ended).toMatchObject({ code: 2, stdout: "" });
		expect(ended.stderr).toMatch(/^holdfast: [^\n]*\n$/);
		expect(ended.stderr).toContain(message);
	});

	test("of a variable of the environment is wrong use, too", async () => {
		const ended = await project.start("", { HOLDFAST_STRUCTURE: "frame" }).ended;
		expect(ended.code).toBe(2);
		expect(ended.stderr).toMatch(/^holdfast: [^\n]*HOLDFAST_STRUCTURE[^\n]*\n$/);
	});
});

describe("the configuration file", () => {
	const source = `
		import { sleep } from "holdfast";
		async function late() { await sleep(1); console.log("late"); }
		async function owner() { late(); }
		export default async function main() { await owner(); console.log("main"); }`;

	test("holds for the program, and the environment wins over it", async () => {
		const own = new Project();
		own.write("holdfast.config.ts", `export default { structure: "function" as const };`);
		expect((await own.program(source)).stdout).toBe("late\nmain\n");
		expect((await own.start(source, { HOLDFAST_STRUCTURE: "scope" }).ended).stdout).toBe("main\nlate\n");
		own.remove();
	});

	test("that is wrong is answered by one line, and 2; one that does not parse is shown", async () => {
		const own = new Project();
		own.write("holdfast.config.json", `{ "struktur": "function" }`);
		const ended = await own.program(source);
		expect(ended).toMatchObject({ code: 2, stdout: "" });
		expect(ended.stderr).toMatch(/^holdfast: [^\n]*holdfast\.config\.json: Unknown option "struktur"\.[^\n]*\n$/);
		own.write("package.json", `{ "type": "module", "holdfast": {} }`);
		expect((await own.program(source)).stderr).toMatch(/^holdfast: There are 2 configurations: [^\n]*\n$/);
		own.remove();
		const broken = new Project();
		broken.write("holdfast.config.mjs", "export default {\n\tstructure:\n};\n");
		const parsed = await broken.program(source);
		expect(parsed.code).toBe(2);
		expect(parsed.stderr).toContain("> 3 | };");
		broken.remove();
	});
});

test("--help and --version go to the standard output", async () => {
	expect(await project.holdfast("--help")).toMatchObject({ code: 0, stderr: "" });
	expect((await project.holdfast("--help")).stdout).toContain("holdfast run <file>");
	expect((await project.holdfast("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe("a file that does not parse", () => {
	test("is reported at its own line and column, and ends with 1", async () => {
		const ended = await project.program(`export default async function main() {\n\tconst x = ;\n}\n`);
		expect(ended).toMatchObject({ code: 1, stdout: "" });
		expect(ended.stderr).toMatch(/main\.ts:2:12: /);
		expect(ended.stderr).toContain("> 2 | \tconst x = ;\n    | \t          ^");
		expect(ended.stderr).not.toContain(" at ");
	});

	test("is named when it is imported by another", async () => {
		project.write("broken.ts", "export const x = {;\n");
		const ended = await project.program(`import { x } from "./broken.ts"; console.log(x);`);
		expect(ended.code).toBe(1);
		expect(ended.stderr).toMatch(/broken\.ts:1:19: /);
	});
});

test("a missing import names who wanted it", async () => {
	const ended = await project.program(`import { x } from "./absent.ts"; console.log(x);`);
	expect(ended.code).toBe(1);
	expect(ended.stderr).toContain("absent.ts");
	expect(ended.stderr).toContain("main.ts");
});

test("a reader of the output that goes away ends the program quietly, after its cleanup", async () => {
	const running = project.start(`
		import { sleep } from "holdfast";
		export default async function main() {
			try {
				for (let line = 0; ; line++) { console.log("line", line); await sleep(1); }
			} finally {
				await sleep(5);
				console.error("cleaned up");
			}
		}
	`);
	await running.printed("line 3");
	running.child.stdout?.destroy();
	expect(await running.ended).toMatchObject({ code: 0, stderr: "cleaned up\n" });
});

test("a program that handles a closed output itself is left alone", async () => {
	const running = project.start(`
		import { sleep } from "holdfast";
		export default async function main() {
			let closed = false;
			process.stdout.on("error", () => { closed = true; });
			while (!closed) { process.stdout.write("line\\n"); await sleep(1); }
			return 9;
		}
	`);
	await running.printed("line");
	running.child.stdout?.destroy();
	expect((await running.ended).code).toBe(9);
});

test("an error in a callback that nobody can catch is printed, the run is cancelled and cleans up, and the code is 1", async () => {
	const ended = await project.program(`
		import { sleep } from "holdfast";
		export default async function main() {
			setTimeout(() => { throw new Error("crashed"); }, 1);
			try { await sleep(60_000); } finally { await sleep(5); console.log("cleaned up"); }
		}
	`);
	expect(ended).toMatchObject({ code: 1, stdout: "cleaned up\n" });
	expect(ended.stderr.match(/Error: crashed/g)).toHaveLength(1);
});
