import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { Project } from "../test-support/processes.ts";

const projects: Project[] = [];
afterAll(() => {
	for (const project of projects) project.remove();
});

function make(files: Record<string, string>): Project {
	const project = new Project();
	projects.push(project);
	for (const [name, text] of Object.entries(files)) project.write(name, text);
	return project;
}

describe("holdfast doctor", () => {
	const files = {
		"vite.config.ts": `import holdfast from "@holdfast/compiler/vite"; export default { plugins: [holdfast()] };`,
		"src/app.ts": "export async function load() { wait(); }\nasync function wait() {}\n",
	};

	test("prints what it has found; the code is 0 without problems, else 1", async () => {
		const project = make(files);
		const ended = await project.holdfast("doctor");
		expect(ended).toMatchObject({ code: 0, stderr: "" });
		expect(ended.stdout).toContain("No problems.");
		expect(ended.stdout).toContain("Vite  compiles by @holdfast/compiler/vite (vite.config.ts)");
		project.write("vite.config.ts", "export default {};");
		const wrong = await project.holdfast("doctor", ".");
		expect(wrong.code).toBe(1);
		expect(wrong.stdout).toContain("2 problems:");
		expect(wrong.stdout).toContain("[plugin-missing]");
		expect(wrong.stdout).toContain("[nothing-compiles]");
	});

	test("--json, --stats and --outliving", async () => {
		const project = make(files);
		expect(JSON.parse((await project.holdfast("doctor", "--json")).stdout)).toMatchObject({
			root: expect.stringContaining(project.directory),
			files: [{ path: "src/app.ts", functions: [{ name: "load" }, { name: "wait" }] }],
			findings: [],
		});
		const { stdout } = await project.holdfast("doctor", "--stats", "--outliving");
		expect(stdout).toMatch(/^src\/app\.ts\s+\d+\s+\d+\s+0$/m);
		expect(stdout).toContain("1 function may return before tasks that it starts.");
		expect(stdout).toContain("wait()  src/app.ts:1:32");
	});
});

describe("holdfast init", () => {
	test("says what it did, and nothing the second time; what it wrote works", async () => {
		const project = make({ "main.ts": "export default async function main() {}" });
		const trial = await project.holdfast("init", "--dry-run");
		expect(trial).toMatchObject({ code: 0, stderr: "" });
		expect(trial.stdout).toMatch(/^would change {2}package\.json: /);
		expect(trial.stdout).toContain("Nothing was written.");
		expect(existsSync(join(project.directory, "holdfast.config.ts"))).toBe(false);

		const { stdout } = await project.holdfast("init", "--yes");
		expect(stdout).toMatch(
			/^changed {2}package\.json: added holdfast \(dependencies\), @holdfast\/compiler \(dependencies\)/,
		);
		expect(stdout).toContain('wrote    holdfast.config.ts: structure: "function"');
		expect(stdout).toContain("Next: npm install, then npx holdfast doctor");
		expect(readFileSync(join(project.directory, "package.json"), "utf8")).toContain('"holdfast": "^');

		const again = await project.holdfast("init");
		expect(again.stdout).toContain("Nothing had to be changed. Next: npx holdfast doctor");
		const structured = await project.program(`
			import { sleep } from "holdfast";
			async function late() { await sleep(1); console.log("late"); }
			async function owner() { late(); }
			export default async function main() { await owner(); console.log("main"); }`);
		expect(structured).toMatchObject({ code: 0, stdout: "late\nmain\n", stderr: "" });
	});
});

test("a project with Vite, set up by init, is healthy for the doctor, and its build is structured", async () => {
	const project = make({
		"vite.config.ts": `import { defineConfig } from "vite";

export default defineConfig({
	build: { lib: { entry: "src/main.ts", formats: ["es"], fileName: "main" }, rollupOptions: { external: [/^holdfast/] } },
});
`,
		"src/main.ts": `import { run, sleep } from "holdfast";
async function late(): Promise<void> { await sleep(1); console.log("late"); }
async function owner(): Promise<void> { late(); }
await run(async () => { await owner(); console.log("main"); });
`,
	});
	expect((await project.holdfast("doctor")).code).toBe(1);
	expect((await project.holdfast("init")).stdout).toContain("changed  vite.config.ts: added @holdfast/compiler/vite");
	const { code, stdout } = await project.holdfast("doctor");
	expect([code, stdout.includes("Vite  compiles by @holdfast/compiler/vite")]).toEqual([0, true]);
	const run = (...words: string[]): string =>
		spawnSync(process.execPath, words, { cwd: project.directory, encoding: "utf8" }).stdout;
	run(fileURLToPath(new URL("../../../node_modules/vite/bin/vite.js", import.meta.url)), "build");
	expect(run("dist/main.js")).toBe("late\nmain\n");
});

test("holdfast run --report-outliving tells at the end which tasks have outlived their function", async () => {
	const project = make({
		"main.ts": `import { sleep } from "holdfast";
async function late() { await sleep(5); }
async function starts() { late(); }
export default async function main(args: string[]) { await starts(); console.log(args.join()); await sleep(20); }`,
	});
	const ended = await project.holdfast("run", "--report-outliving", "main.ts", "--report-outliving");
	expect(ended).toMatchObject({ code: 0, stdout: "--report-outliving\n" });
	expect(ended.stderr).toMatch(/ {2}starts {2}main\.ts:3:1\n {6}late\(\) {2}main\.ts:3:27 {2}once, \d+ ms longer\n$/);
	expect((await project.holdfast("run", "main.ts")).stderr).toBe("");
});

test("HOLDFAST_OUTLIVING=1 tells it of what a plugin compiles, too: here for tests under Vitest", () => {
	const project = make({
		"vitest.config.ts": `import holdfast from "@holdfast/compiler/vite"; export default { plugins: [holdfast({ exclude: "**/*.test.ts" })] };`,
		"code.ts": `import { sleep } from "holdfast";
async function late() { await sleep(1); }
export async function starts() { late(); }`,
		"code.test.ts": `import { test } from "vitest"; import { run, sleep } from "holdfast"; import { starts } from "./code.ts";
test("x", async () => { await run(async () => { await starts(); await sleep(20); }); });`,
	});
	const vitest = fileURLToPath(new URL("../../../node_modules/vitest/vitest.mjs", import.meta.url));
	const { status, stderr } = spawnSync(process.execPath, [vitest, "run"], {
		cwd: project.directory,
		encoding: "utf8",
		env: { ...process.env, NODE_OPTIONS: "", HOLDFAST_OUTLIVING: "1" },
	});
	expect(stderr).toMatch(/ {2}starts {2}code\.ts:3:8\n {6}late\(\) {2}code\.ts:3:34 {2}once, /);
	expect(status).toBe(0);
});

describe("wrong use", () => {
	const cases: [string[], string][] = [
		[["doctor", "--fix"], 'unknown option --fix. The options of "holdfast doctor" are --json, --stats, --outliving.'],
		[["doctor", "absent"], "absent does not exist."],
		[["doctor", "package.json"], "package.json is no folder."],
		[["doctor", "a", "b"], "more than one folder given."],
		[["init", "--force"], 'unknown option --force. The options of "holdfast init" are --dry-run, --yes, -y.'],
		[["init", "absent"], "absent does not exist."],
		[["run", "--report-outliving"], "no file given."],
	];
	test.each(cases)("holdfast %j is answered by one line that names the mend, and 2", async (words, message) => {
		const ended = await make({}).holdfast(...words);
		expect(ended).toMatchObject({ code: 2, stdout: "" });
		expect(ended.stderr).toMatch(/^holdfast: [^\n]*\n$/);
		expect(ended.stderr).toContain(message);
	});

	test("--help of each command is the text that tells of all", async () => {
		for (const command of ["run", "doctor", "init"]) {
			const { code, stdout } = await make({}).holdfast(command, "--help");
			expect([code, stdout.includes("holdfast doctor [folder]")]).toEqual([0, true]);
		}
	});
});
