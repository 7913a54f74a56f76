import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { afterAll, expect, test } from "vitest";
import { transform } from "../transform.ts";
import { markOutliving } from "./mark.ts";
import { describeRecords, OutlivingRecorder } from "./recorder.ts";
import { isMeasured } from "./transform.ts";

const directories: string[] = [];
afterAll(() => {
	for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const register = new URL("../register.ts", import.meta.url).href;

/** Runs a program with the loader; gives what it prints, and what is said about its tasks. */
function measure(source: string, environment: Record<string, string> = {}, name = "app.ts") {
	const directory = mkdtempSync(join(tmpdir(), "holdfast-outliving-"));
	directories.push(directory);
	const files = { "package.json": '{"type":"module"}', [name]: source };
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(directory, name)), { recursive: true });
		writeFileSync(join(directory, name), text);
	}
	const { stdout, stderr } = spawnSync(
		process.execPath,
		["--conditions=@holdfast/source", "--import", register, name],
		{
			cwd: directory,
			encoding: "utf8",
			env: { ...process.env, NODE_OPTIONS: "", HOLDFAST_OUTLIVING: "1", ...environment },
		},
	);
	// Times vary.
	return {
		output: stdout.trim().split("\n"),
		report: stderr.replace(/(?:less than 1|[\d.]+) m?s longer/g, "N ms longer"),
	};
}

const head = `import { run, sleep, withTaskGroup } from "holdfast";
async function work(ms: number) { await sleep(ms); }
`;

test("a task that runs on when its function has returned is told: the function, the call, how often, how long", () => {
	const { output, report } = measure(`${head}
async function starts() {
	work(20);
}
async function waits() { const task = work(1); await task; }
await run(async () => {
	await starts(); await starts(); await waits();
	console.log("main");
	await sleep(50);
});`);
	expect(output).toEqual(["main"]);
	expect(
		report,
	).toBe(`holdfast: 1 function has returned before tasks that it had started (3 tasks were started by calls without await).
          With structure: "function" they wait for them.

  starts  app.ts:4:1
      work()  app.ts:5:2  2 times, up to N ms longer
`);
});

test("callbacks that are called at once, sync functions between, methods, chains and arguments that wait", () => {
	const { report } = measure(`${head}
class Server {
	#jobs = { async start(ms: number) { await work(ms); } };
	async listen() {
		[1, 2].forEach(async () => { await work(5); });
		helper();
		this.#jobs?.start(5);
		work(await Promise.resolve(5)).catch(() => {});
	}
}
function helper() { work(5); }
await run(async () => { await new Server().listen(); await sleep(30); });`);
	const [name, ...calls] = report.trim().split("\n").slice(3);
	expect(name).toBe("  listen  app.ts:6:2");
	expect(calls.sort()).toEqual([
		"      [1, 2].forEach()  app.ts:7:3  2 times, up to N ms longer",
		"      helper()  app.ts:8:3  once, N ms longer",
		"      this.#jobs?.start()  app.ts:9:3  once, N ms longer",
		"      work()  app.ts:10:3  once, N ms longer",
	]);
});

test("what is awaited, returned, spawned into a group, stopped, or owned by its function outlives nothing", () => {
	const { output, report } = measure(`${head}
async function awaited() { await work(1); await Promise.all([work(1), work(2)]); }
async function handsOn() { return work(1); }
const arrow = async () => work(1);
async function owns() { "use structured"; work(5); }
async function spawns(group: { spawn(f: unknown, ...a: unknown[]): unknown }) { group.spawn(work, 5); }
async function inTry() { try { return work(1); } finally { console.log("finally"); } }
async function stopped() { work(1000); await sleep(1000); }
await run(async () => {
	await awaited(); await handsOn(); await arrow(); await owns(); await inTry();
	await withTaskGroup(async (group) => { await spawns(group); });
	await withTaskGroup(async (group) => { group.spawn(stopped); await sleep(5); group.cancel(); });
});`);
	expect(output).toEqual(["finally"]);
	expect(report).toMatch(
		/^holdfast: no task has outlived the function that started it \(\d+ tasks were started by calls without await\)\.\n$/,
	);
});

test("a task whose end is not seen is told as such", () => {
	const { report } = measure(`${head}
async function main() { work(100_000); }
main().then(() => process.exit());`);
	expect(report).toContain("      work()  app.ts:4:25  once, its end was not seen\n");
});

test("CommonJS, directives and configuration", () => {
	const commonjs = `"use strict"; const { run, sleep } = require("holdfast");
async function work() { await sleep(5); } async function starts() { work(); }
run(async () => { await starts(); await sleep(20); });`;
	expect(measure(commonjs, {}, "app.cjs").report).toContain("starts  app.cjs:2:43\n      work()  app.cjs:2:69  once");
	expect(measure(commonjs, { HOLDFAST_STRUCTURE: "function" }, "app.cjs").report).toMatch(/^holdfast: no task/);
});

test("a file may be named for it, to which all processes add what they have found", () => {
	const source = `${head}
async function starts() { work(1); }
await run(async () => { await starts(); await sleep(20); });`;
	const file = join(tmpdir(), `holdfast-outliving-${process.pid}.txt`);
	for (let time = 0; time < 2; time++) expect(measure(source, { HOLDFAST_OUTLIVING: file }).report).toBe("");
	expect(measure(`${head} await run(async () => {});`, { HOLDFAST_OUTLIVING: file }).report).toBe("");
	expect(readFileSync(file, "utf8").match(/^ {2}starts {2}app\.ts:4:1$/gm)).toHaveLength(2);
	rmSync(file);
});

test("nothing is written into the code, and nothing is said, unless the environment asks for it", () => {
	expect(measure(`${head} async function f() { work(1); } await run(f);`, { HOLDFAST_OUTLIVING: "0" }).report).toBe("");
	expect([{}, { HOLDFAST_OUTLIVING: "" }, { HOLDFAST_OUTLIVING: "0" }].map(isMeasured)).toEqual([false, false, false]);
	expect(isMeasured({ HOLDFAST_OUTLIVING: "1" })).toBe(true);
});

test("marked code is what it was: values, errors, this, arguments, generators, classes, order of evaluation", () => {
	const { output } = measure(`${head}
const log: unknown[] = [];
const note = (x: unknown) => { log.push(x); return x; };
class Base { async hi(x: number) { return \`hi \${x}\`; } }
class A extends Base {
	field = note("field");
	static { note("static"); }
	async hi(...a: number[]) { note(arguments.length); const s = super.hi(a[0]); return [await s, await super.hi(2)].join(); }
	async *list() { yield note(1); yield await note(2); return; }
}
const chain: { a?: { b(x: unknown): { c: unknown } } } = {};
async function all() {
	const o = { async m() { return this === o; } };
	log.push(await o.m(), chain.a?.b(note("never")).c, chain?.a?.b(await 1).c);
	const a = new A();
	log.push(await a.hi(1, 2, 3));
	for await (const x of a.list()) note(x);
	const tag = (s: TemplateStringsArray, ...v: unknown[]) => s.join("|") + v;
	log.push(tag\`a\${note("v")}b\`, await (async () => ({ x: 1 }))(), new (class { constructor(readonly y: unknown) {} })(note("n")).y);
	try { await (async () => { throw new Error("boom"); })(); } catch (error) { note((error as Error).message); }
	const f = (...xs: unknown[]) => xs.join("+");
	log.push(f(note("1"), await note("2"), ...[await 3]), f(await f(await 4)));
	label: for (const x of [1, 2]) { for (;;) { note(x); continue label; } }
	const sync = () => { note("sync"); };
	sync();
	return await (async () => { try { return note("returned"); } finally { note("finally"); } })();
}
note(await run(all));
console.log(JSON.stringify(log));`);
	expect(output[0]).toBe(
		'["static",true,null,null,"field",3,"hi 1,hi 2",1,1,2,2,"v","n","a|bv",{"x":1},"n","boom","1","2","1+2+3","4",1,2,"sync","returned","finally","returned"]',
	);
});

test("lines stay where they are, and the map leads back to the words", () => {
	const code = `"use strict"; // head\nexport async function f(a) {\n\tg(a);\n\treturn h(\n\t\ta,\n\t);\n}\n`;
	const marked = markOutliving(code, { filename: "a.js" });
	expect(marked?.code.split("\n")).toHaveLength(code.split("\n").length);
	expect(marked?.code).toMatch(
		/^"use strict"; \/\/ head\nimport \{ outliving as \$outliving \} from "@holdfast\/compiler\/outliving"; export/,
	);
	const lines = marked?.code.split("\n") ?? [];
	const column = lines[2]?.indexOf("g(a)") ?? 0;
	const map = new TraceMap(marked?.map as never);
	expect(originalPositionFor(map, { line: 3, column })).toMatchObject({ line: 3, column: 1 });
	expect(transform(marked?.code ?? "", { filename: "a.js" }).changed).toBe(true);
});

test("names that the source has already are not taken", () => {
	const marked = markOutliving("const $outliving = 1, $activation = 2; async function f() {}", { filename: "a.js" });
	expect(marked?.code).toContain("$outliving_.enter(");
	expect(marked?.code).toContain("const $activation_ =");
});

test("the report: several functions, most frequent first", () => {
	let time = 0;
	const recorder = new OutlivingRecorder(() => time);
	expect(describeRecords(recorder)).toBe(
		"holdfast: no task has outlived the function that started it (0 tasks were started by calls without await).\n",
	);
	const record = {
		caller: "",
		callerPlace: "b.ts:1:1",
		callee: "f",
		place: "b.ts:2:2",
		times: 3,
		unfinished: 1,
		longest: 2_500,
	};
	Object.defineProperty(recorder, "records", { value: [record, { ...record, times: 1, unfinished: 0, longest: 0.4 }] });
	time = 1;
	expect(describeRecords(recorder)).toContain(
		"  (anonymous)  b.ts:1:1\n      f()  b.ts:2:2  3 times, up to 2.5 s longer, the end of one was not seen\n      f()  b.ts:2:2  once, less than 1 ms longer\n",
	);
});
