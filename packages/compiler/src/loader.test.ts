import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";

const directories: string[] = [];
afterAll(() => {
	for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const register = new URL("./register.ts", import.meta.url).href;

/** Writes a project and runs `entry` in it with the loader. */
function run(files: Record<string, string>, entry: string, environment: Record<string, string> = {}) {
	const directory = mkdtempSync(join(tmpdir(), "holdfast-loader-"));
	directories.push(directory);
	for (const [name, text] of Object.entries({ "package.json": '{"type":"module"}', ...files })) {
		const path = join(directory, name);
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, text);
	}
	const args = ["--conditions=@holdfast/source", "--import", register, entry];
	const { stdout, stderr, status } = spawnSync(process.execPath, args, {
		cwd: directory,
		encoding: "utf8",
		env: { ...process.env, NODE_OPTIONS: "", HOLDFAST_STRUCTURE: "", ...environment },
	});
	return { output: stdout.trim().split("\n"), errors: stderr, status, directory };
}

const isCompiled = `const isCompiled = (f) => Symbol.for("holdfast.corocall") in f;`;

test("TypeScript modules: types, enums, .js for .ts, top-level await", () => {
	const { output, errors } = run(
		{
			"app.ts": `import { f, type T } from "./lib/f.js"; import { g } from "./g.tsx"; import { m } from "./m.mjs"; ${isCompiled} enum E { A = 4 } const t: T = await f<number>(1); console.log(t, E.A, await g(), await m()); console.log(isCompiled(f), isCompiled(g), isCompiled(m));`,
			"lib/f.ts": "export type T = number; export async function f<X>(x: X): Promise<X> { await null; return x; }",
			"g.tsx":
				"/** @jsxRuntime classic */ const React = { createElement: (t: string) => t }; export const g = async () => <b/>;",
			"m.mts": "export const m = async (): Promise<string> => 'mts';",
		},
		"app.ts",
	);
	expect(errors).toBe("");
	expect(output).toEqual(["1 4 b mts", "true true true"]);
});

test("the program's memory is its own: none is reserved for the compiler", () => {
	const { output, errors } = run(
		{
			"app.ts":
				"async function main(): Promise<void> { console.log(process.memoryUsage().arrayBuffers < 2 ** 25); } main();",
		},
		"app.ts",
	);
	expect(errors).toBe("");
	expect(output).toEqual(["true"]);
});

test("CommonJS: require of .ts with and without its ending, and import of it", () => {
	const files = {
		"package.json": "{}",
		"main.ts": `const { f } = require("./lib/f"); const g = require("./g.ts"); const h = require("./h.js"); const d = require("./lib"); ${isCompiled} async function main(x: number) { console.log(await f(x), await g(), await h(), await d(), isCompiled(f), isCompiled(main), typeof module); } main(1);`,
		"lib/f.cts": "exports.f = async (x: number) => x + 1;",
		"lib/index.ts": "module.exports = async () => 'index';",
		"g.ts": "module.exports = async (): Promise<string> => 'g';",
		"h.ts": "module.exports = async (): Promise<string> => 'h';",
		"esm.mts": `import { f } from "./lib/f.cjs"; console.log(await f(5));`,
	};
	const required = run(files, "main.ts");
	expect(required.errors).toBe("");
	expect(required.output).toEqual(["2 g h index true true object"]);
	expect(run(files, "esm.mts").output).toEqual(["6"]);
});

test("JavaScript is compiled, dependencies only where a pattern names them", () => {
	const files = {
		"app.js": `import { own } from "./own.js"; import { dep } from "dep"; ${isCompiled} console.log(isCompiled(own), isCompiled(dep), await dep());`,
		"own.js": "export async function own() {}",
		"node_modules/dep/package.json": '{"name":"dep","type":"module","main":"index.js"}',
		"node_modules/dep/index.js": "export async function dep() { return 'dep'; }",
	};
	expect(run(files, "app.js").output).toEqual(["true false dep"]);
	expect(run(files, "app.js", { HOLDFAST_INCLUDE: "node_modules/dep/**" }).output).toEqual(["true true dep"]);
	expect(run(files, "app.js", { HOLDFAST_EXCLUDE: "own.js" }).output).toEqual(["false false dep"]);
});

test("an import cycle may call a function before its module has begun", () => {
	const { output, errors } = run(
		{
			"a.ts": `import { b } from "./b.js"; export async function early(x: number) { const inner = async () => x * 2; return await inner(); } export const later = async () => "later"; console.log(await b, await early(4));`,
			"b.ts": `import { early } from "./a.js"; export const b = early(21);`,
		},
		"a.ts",
	);
	expect(errors).toBe("");
	expect(output).toEqual(["42 8"]);
});

test("stack traces show the source's lines and columns", () => {
	const { output, directory } = run(
		{
			"app.ts": `interface Gone { a: string }\n\nasync function fails(x: Gone): Promise<never> {\n\tawait null;\n\tthrow new Error("boom" + x.a);\n}\nasync function main() {\n\ttry {\n\t\tawait fails({ a: "" });\n\t} catch (error) {\n\t\tconsole.log((error as Error).stack);\n\t}\n}\nawait main();\n`,
		},
		"app.ts",
	);
	expect(output.join("\n")).toContain(`${join(directory, "app.ts")}:5:8`);
});

test("a syntax error names its own file, line and column", () => {
	const { errors, status, directory } = run(
		{ "app.ts": "import './bad.ts';", "bad.ts": "const ok = 1;\nasync function f( {\n  return 1;\n}\n" },
		"app.ts",
	);
	expect(status).toBe(1);
	expect(errors).toContain(`CompileError: ${join(directory, "bad.ts")}:3:10: `);
	expect(errors).toContain("> 3 |   return 1;");
});

test("a missing file is reported as it was written", () => {
	const { errors } = run({ "app.ts": "import './missing.js';" }, "app.ts");
	expect(errors).toContain("ERR_MODULE_NOT_FOUND");
	expect(errors).toContain("missing.js");
});

test("wrong options in the environment are refused", () => {
	expect(run({ "app.ts": "" }, "app.ts", { HOLDFAST_STRUCTURE: "task" }).errors).toContain(
		'"HOLDFAST_STRUCTURE" must be "function" or "scope"',
	);
});

test("the configuration file holds for imports and require, per file too; the environment wins over it", () => {
	const files = {
		"holdfast.config.ts": `export default { exclude: "plain.js", structure: "function", overrides: [{ files: "native/**", native: true }] } as const;`,
		"app.js": `import { own } from "./own.js"; import { plain } from "./plain.js"; import { left } from "./native/left.js"; import required from "./required.cjs"; ${isCompiled} console.log(isCompiled(own), isCompiled(plain), isCompiled(left), isCompiled(required));`,
		"own.js": "export async function own() {}",
		"plain.js": "export async function plain() {}",
		"native/left.js": "export async function left() {}",
		"required.cjs": `module.exports = async () => {};`,
	};
	const { output, errors } = run(files, "app.js");
	expect(errors).toBe("");
	expect(output).toEqual(["true false false true"]);
	expect(run(files, "app.js", { HOLDFAST_EXCLUDE: "own.js" }).output).toEqual(["false true false true"]);
});

test("structure comes from the configuration file", () => {
	const files = {
		"package.json": `{ "type": "module", "holdfast": { "overrides": [{ "files": "app.js", "structure": "function" }] } }`,
		"app.js": `import { run } from "holdfast"; async function late() { await new Promise((resolve) => setTimeout(resolve)); console.log("late"); } async function owner() { late(); } async function main() { await owner(); console.log("after"); } await run(main);`,
	};
	expect(run(files, "app.js").output).toEqual(["late", "after"]);
	expect(run(files, "app.js", { HOLDFAST_STRUCTURE: "scope" }).output).toEqual(["after", "late"]);
});

test("a wrong configuration file ends the program before it begins", () => {
	const { output, errors, status } = run(
		{ "holdfast.config.mjs": "export default { tick: 'native' };", "app.js": "console.log('ran');" },
		"app.js",
	);
	expect([output, status]).toEqual([[""], 1]);
	expect(errors).toContain('holdfast.config.mjs: Unknown option "tick". Did you mean "ticks"?');
});

test("registering twice does nothing more", () => {
	const loader = new URL("./loader.ts", import.meta.url).href;
	const { output, errors } = run(
		{
			"app.ts": `import { registerCompiler } from ${JSON.stringify(loader)}; registerCompiler({ ticks: "native" }); const { f } = await import("./f.js"); console.log(await f());`,
			"f.ts": "export async function f(): Promise<number> { return 3; }",
		},
		"app.ts",
	);
	expect(errors).toBe("");
	expect(output).toEqual(["3"]);
});

test("decorators and using work in every version of Node", () => {
	const { output, errors } = run(
		{
			"app.ts": `const log = (_t: object, k: string, d: PropertyDescriptor) => { const inner = d.value; d.value = async function (...a: unknown[]) { return [k, await inner.apply(this, a)]; }; }; class A { v = 1; @log async m(x: number) { await null; return this.v + x; } @log static async s(a = 1, ...r: number[]) { return a + r.length + this.name; } @log async ["c" + 1](A: number) { return A; } async plain() { return this.m(1); } } console.log(await new A().m(2), await A.s(), await (new A() as any).c1(7), await new A().plain()); async function f() { await using r = { async [Symbol.asyncDispose]() { console.log("disposed"); } }; console.log("body"); } await f(); { using s = { [Symbol.dispose]() { console.log("sync"); } }; }`,
		},
		"app.ts",
	);
	expect(errors).toBe("");
	expect(output).toEqual(["[ 'm', 3 ] [ 's', '1A' ] [ 'c1', 7 ] [ 'm', 2 ]", "body", "disposed", "sync"]);
});

test("a program that runs with the conditions of browsers is compiled too", () => {
	const { output, errors } = run(
		{
			"app.ts": `${isCompiled} const f = async (x: number): Promise<number> => x; console.log(await f(1), isCompiled(f));`,
		},
		"app.ts",
		{ NODE_OPTIONS: "--conditions=browser" },
	);
	expect(errors).toBe("");
	expect(output).toEqual(["1 true"]);
});
