import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Diagnosis, Finding } from "./diagnosis.ts";
import { checkNode, diagnose } from "./doctor.ts";
import { outlivingReport, report, statistics } from "./report.ts";

const directories: string[] = [];
afterAll(() => {
	for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

type Files = Record<string, string | object>;

const installed: Files = {
	"node_modules/holdfast/package.json": { name: "holdfast", version: "0.1.0" },
	"node_modules/@holdfast/compiler/package.json": { name: "@holdfast/compiler", version: "0.1.0" },
};

function project(files: Files): string {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-doctor-")));
	directories.push(directory);
	for (const [name, content] of Object.entries({ "package.json": {}, ...installed, ...files })) {
		mkdirSync(dirname(join(directory, name)), { recursive: true });
		writeFileSync(join(directory, name), typeof content === "string" ? content : JSON.stringify(content));
	}
	return directory;
}

const look = (files: Files, environment = {}): Diagnosis => diagnose(project(files), environment);
const codes = ({ findings }: Diagnosis, level: Finding["level"] = "problem"): string[] =>
	findings.filter((finding) => finding.level === level).map(({ code }) => code);
const finding = ({ findings }: Diagnosis, code: string): Finding | undefined =>
	findings.find((finding) => finding.code === code);

const app = `import { sleep } from "holdfast";\nexport async function load() { await sleep(1); }\n`;
const vite = `import holdfast from "@holdfast/compiler/vite";\nexport default { plugins: [holdfast()] };\n`;
/** A project in which everything is as it should be. */
const healthy: Files = {
	"package.json": { dependencies: { holdfast: "0.1.0" }, scripts: { build: "vite build" } },
	"holdfast.config.json": { structure: "function" },
	"vite.config.ts": vite,
	"src/app.ts": app,
};

test("a healthy project: what compiles it, with which settings, and which files", () => {
	const diagnosis = look(healthy);
	expect(diagnosis.findings).toEqual([]);
	expect(diagnosis).toMatchObject({
		versions: { holdfast: "0.1.0", compiler: "0.1.0" },
		config: "holdfast.config.json",
		structure: "function",
		tools: [{ name: "Vite", where: "vite.config.ts", face: "@holdfast/compiler/vite" }],
		files: [{ path: "src/app.ts", status: "compiled", structure: "function", functions: [{ name: "load", line: 2 }] }],
	});
	expect(report(diagnosis)).toContain("No problems.");
	expect(report(diagnosis)).toContain('src/app.ts  1 function, structure: "function", by Vite');
	expect(report(diagnosis)).toContain("Vite  compiles by @holdfast/compiler/vite (vite.config.ts)");
});

describe("plugins", () => {
	test("a configuration without anything that compiles is a problem, with the mend", () => {
		const diagnosis = look({ "holdfast.config.json": {}, "src/app.ts": app });
		expect(codes(diagnosis)).toEqual(["nothing-compiles"]);
		expect(finding(diagnosis, "nothing-compiles")?.message).toContain("although there is a configuration");
		expect(finding(diagnosis, "nothing-compiles")?.mend).toContain("npx holdfast init");
		expect(report(diagnosis)).toContain("1 file with async functions, 1 that would be compiled");
	});

	test.each([
		["Vite", "vite.config.ts", "vite"],
		["Vitest", "vitest.config.mts", "vite"],
		["Rollup", "rollup.config.mjs", "rollup"],
		["Rolldown", "rolldown.config.ts", "rolldown"],
		["webpack", "webpack.config.cjs", "webpack"],
		["Rspack", "rspack.config.js", "rspack"],
	])("%s has the plugin, or not, in %s", (name, file, face) => {
		const without = look({ ...healthy, "vite.config.ts": "", [file]: "export default { plugins: [] };" });
		expect(without.findings).toContainEqual(
			expect.objectContaining({
				code: "plugin-missing",
				level: "problem",
				message: `${name} does not compile: there is no plugin of @holdfast/compiler in ${file}.`,
				mend: expect.stringContaining(`import holdfast from "@holdfast/compiler/${face}"`),
			}),
		);
		const source = file.endsWith(".cjs")
			? `module.exports = { plugins: [require("@holdfast/compiler/${face}").default()] };`
			: `import holdfast from "@holdfast/compiler/${face}"; export default { plugins: [holdfast()] };`;
		const { tools, findings } = look({ ...healthy, [file]: source });
		expect(tools).toContainEqual({ name, where: file, face: `@holdfast/compiler/${face}` });
		expect(findings).toEqual([]);
	});

	test("a plugin in a comment, or imported and not used, is none", () => {
		const comment = `// import holdfast from "@holdfast/compiler/vite"; plugins: [holdfast()]\nexport default {};`;
		expect(codes(look({ ...healthy, "vite.config.ts": comment }))).toContain("plugin-missing");
		const unused = `import holdfast from "@holdfast/compiler/vite"; // holdfast for later\nexport default { plugins: [] };`;
		expect(codes(look({ ...healthy, "vite.config.ts": unused }))).toContain("plugin-missing");
	});

	test("one that stands in a file which the configuration imports counts", () => {
		const files = { "vite.config.ts": `import shared from "./shared"; export default shared;`, "shared.ts": vite };
		expect(look({ ...healthy, ...files }).findings).toEqual([]);
		expect(
			look({ ...healthy, "vitest.config.ts": `import vite from "./vite.config.ts"; export default vite;` }).findings,
		).toEqual([]);
	});

	test("another tool's plugin is named", () => {
		const wrong = vite.replace("compiler/vite", "compiler/webpack");
		expect(finding(look({ ...healthy, "vite.config.ts": wrong }), "wrong-plugin")?.mend).toBe(
			'Import the plugin from "@holdfast/compiler/vite".',
		);
	});

	test("esbuild: programs that call it, and its command line, which takes no plugins", () => {
		const build = (plugins: string): string =>
			`import { build } from "esbuild";\n${plugins}await build({ entryPoints: ["src/app.ts"], plugins: [] });`;
		const { "vite.config.ts": _, ...others } = healthy;
		const rest = { ...others, "package.json": {} };
		expect(finding(look({ ...rest, "build.mjs": build("") }), "plugin-missing")?.place).toMatchObject({
			file: "build.mjs",
			line: 2,
		});
		const compiled = look({ ...rest, "build.mjs": build(`import holdfast from "@holdfast/compiler/esbuild";\n`) });
		expect(codes(compiled)).toEqual([]);
		const script = look({ ...rest, "package.json": { scripts: { build: "npx esbuild src/app.ts --bundle" } } });
		expect(codes(script)).toContain("plugin-missing");
	});

	test("Bun: the plugin is preloaded", () => {
		const files = {
			...healthy,
			"bunfig.toml": `preload = ["./holdfast.ts"]`,
			"holdfast.ts": `import { plugin } from "bun"; import holdfast from "@holdfast/compiler/bun"; plugin(holdfast());`,
		};
		expect(look(files).tools).toContainEqual({ name: "Bun", where: "bunfig.toml", face: "@holdfast/compiler/bun" });
		expect(codes(look({ ...healthy, "bunfig.toml": "" }))).toEqual(["plugin-missing"]);
	});

	test("files are told with the tools that compile them: tests are not come across by bundlers", () => {
		const rollup = `import holdfast from "@holdfast/compiler/rollup"; export default { plugins: [holdfast()] };`;
		const tests = { "src/app.test.ts": app, "rollup.config.mjs": rollup };
		const { files } = look({ ...healthy, ...tests, "vitest.config.ts": vite });
		expect(files.map(({ path, by }) => [path, by])).toEqual([
			["src/app.test.ts", ["Vitest"]],
			["src/app.ts", ["Vite", "Vitest", "Rollup"]],
		]);
		expect(look({ ...healthy, ...tests }).files[0]?.by).toEqual(["Vite"]);
		const { "vite.config.ts": _, ...others } = healthy;
		const without = look({ ...others, ...tests });
		expect(without.files[0]?.by).toEqual([]);
		expect(report(without)).toContain('src/app.test.ts  1 function, structure: "function", compiled by nothing');
	});

	test("Jest is told the name of the transformer", () => {
		const jest = (transform: string): Diagnosis =>
			look({ ...healthy, "jest.config.mjs": `export default { transform: { "x": ${transform} } };` });
		expect(jest(`["@holdfast/compiler/jest", { transformer: "babel-jest" }]`).findings).toEqual([]);
		expect(codes(jest(`"babel-jest" /* "@holdfast/compiler/jest" */`))).toEqual(["plugin-missing"]);
	});

	test("Jest and tools without a configuration file are found by the scripts", () => {
		const files = {
			...healthy,
			"package.json": { scripts: { test: "cross-env CI=1 jest --watch", build: "webpack" } },
		};
		expect(look(files).tools).toEqual([
			{ name: "Vite", where: "vite.config.ts", face: "@holdfast/compiler/vite" },
			{ name: "webpack", where: 'package.json, script "build"', face: undefined },
			{ name: "Jest", where: 'package.json, script "test"', face: undefined },
		]);
	});
});

describe("scripts", () => {
	const { "vite.config.ts": _, ...plain } = healthy;
	const withScripts = (scripts: Record<string, string>, files: Files = {}): Diagnosis =>
		look({ ...plain, "package.json": { scripts }, "src/main.ts": `import "./app.js";`, ...files });

	test("the loader and holdfast run compile", () => {
		const { tools, findings } = withScripts({
			start: "NODE_ENV=production node --import @holdfast/compiler/register src/main.ts",
			dev: "holdfast run src/main.ts --port 80",
		});
		expect(tools.map(({ name, where, face }) => [name, where, face])).toEqual([
			["Node", 'package.json, script "start"', "@holdfast/compiler/register"],
			["holdfast run", 'package.json, script "dev"', "@holdfast/compiler/loader"],
		]);
		expect(findings).toEqual([]);
	});

	test("a script that runs the program without the loader is a problem; scripts of the build are none", () => {
		const diagnosis = withScripts(
			{ start: "tsc --noEmit && tsx --env-file .env src/main.ts", build: "node build.mjs" },
			{ "build.mjs": "console.log(await import('node:fs'));" },
		);
		expect(codes(diagnosis)).toEqual(["nothing-compiles", "script-not-compiled"]);
		expect(finding(diagnosis, "script-not-compiled")).toMatchObject({
			message: 'The script "start" runs src/main.ts without the compiler.',
			mend: "Write: tsx --import @holdfast/compiler/register src/main.ts (or: holdfast run src/main.ts)",
		});
	});

	test("what tsc has written is run with the loader, too; what a bundler has, without", () => {
		const scripts = { build: "tsc -p .", start: "node dist/main.js" };
		expect(codes(withScripts(scripts))).toContain("script-not-compiled");
		expect(codes(withScripts({ ...scripts, build: "tsc && vite build" }, { "vite.config.ts": vite }))).toEqual([]);
	});

	test("the options of .npmrc hold for all scripts", () => {
		const files = { ".npmrc": "node-options=--import @holdfast/compiler/register\n" };
		expect(withScripts({ start: "node src/main.ts" }, files).findings).toEqual([]);
	});
});

describe("what comes before the compiler", () => {
	const target = (compilerOptions: object, scripts: object, more: Files = {}): Diagnosis =>
		look({ ...healthy, "package.json": { scripts }, "tsconfig.json": { compilerOptions }, ...more });

	test("a target of TypeScript without async functions is a problem where tsc writes files, else a note", () => {
		const emitting = target({ target: "ES2016" }, { build: "tsc && vite build" });
		expect(finding(emitting, "target-too-low")).toMatchObject({
			level: "problem",
			message: expect.stringContaining('The target "ES2016" of tsconfig.json has no async functions'),
			place: { file: "tsconfig.json", line: 1 },
		});
		expect(codes(target({ target: "es5" }, { build: "tsc --noEmit && vite build" }), "note")).toEqual([
			"target-too-low",
		]);
		expect(codes(target({ target: "es5", noEmit: true }, { build: "tsc && vite build" }), "note")).toEqual([
			"target-too-low",
		]);
		expect(target({ target: "ES2022" }, { build: "tsc" }).findings).toEqual([]);
		expect(codes(target({ target: "ES2022" }, { build: "tsc --target es2015" }))).toEqual(["target-too-low"]);
	});

	test("it may be inherited, with comments and trailing commas, from packages too", () => {
		const files = {
			"tsconfig.json": `{ // ours\n "extends": ["./base", "@tsconfig/old"], }`,
			"base.json": `{ "compilerOptions": { "target": "es2020" /* newer */ } }`,
			"node_modules/@tsconfig/old/tsconfig.json": `{ "compilerOptions": { "target": "es2015", }, }`,
		};
		expect(codes(target({}, { build: "tsc" }, files))).toEqual(["target-too-low"]);
		expect(
			target({}, { build: "tsc" }, { ...files, "tsconfig.json": `{ "extends": "./base.json" }` }).findings,
		).toEqual([]);
	});

	test("TypeScript before version 6 writes ES5 where nothing is said", () => {
		const old = { "node_modules/typescript/package.json": { version: "5.9.3" } };
		expect(codes(target({}, { build: "tsc" }, old))).toEqual(["target-too-low"]);
		expect(target({}, { build: "tsc" }).findings).toEqual([]);
	});

	test("Babel and SWC", () => {
		const babel = { presets: ["@babel/preset-env"] };
		const scripts = { build: "babel src -d lib" };
		expect(codes(target({}, scripts, { "babel.config.json": babel }))).toEqual(["target-too-low"]);
		const modern = { presets: [["@babel/preset-env", { targets: { node: "20" } }]] };
		expect(target({}, scripts, { ".babelrc": modern, "babel.config.json": modern }).findings).toEqual([]);
		expect(codes(target({}, { build: "swc src -d lib" }, { ".swcrc": { jsc: {} } }))).toEqual(["target-too-low"]);
		expect(target({}, { build: "swc src" }, { ".swcrc": { jsc: { target: "es2022" } } }).findings).toEqual([]);
	});

	test("Rollup calls plugins in their order", () => {
		const rollup = (plugins: string): string =>
			`import typescript from "@rollup/plugin-typescript";\nimport holdfast from "@holdfast/compiler/rollup";\nexport default { plugins: [${plugins}] };`;
		const wrong = look({ ...healthy, "rollup.config.mjs": rollup("typescript(), holdfast()") });
		expect(finding(wrong, "plugin-order")?.message).toContain("typescript() comes before holdfast()");
		expect(look({ ...healthy, "rollup.config.mjs": rollup("holdfast(), typescript()") }).findings).toEqual([]);
	});

	test("sources that were lowered already are named", () => {
		const lowered = `var __awaiter = function () {};\nexport function f() { return __awaiter(this, void 0, void 0, function* () {}); }`;
		expect(finding(look({ ...healthy, "src/old.js": lowered }), "lowered-source")?.place).toEqual({
			file: "src/old.js",
			line: 1,
			column: 1,
		});
	});
});

describe("functions", () => {
	test("those that stay native are shown with reason and code; directives and configuration are only noted", () => {
		const diagnosis = look({
			...healthy,
			"holdfast.config.json": { overrides: [{ files: "src/left.ts", native: true }] },
			"src/eval.ts": `export async function run(text: string) {\n\treturn eval(text);\n}`,
			"src/meant.ts": `export async function g() {\n\t"use native";\n}`,
			"src/left.ts": `export async function h() {}`,
		});
		expect(codes(diagnosis)).toEqual(["left-native"]);
		expect(finding(diagnosis, "left-native")).toMatchObject({
			message: expect.stringMatching(/^"run" stays native: .*eval.*\(HOLDFAST_NATIVE_EVAL\)$/),
			place: { file: "src/eval.ts", line: 1 },
		});
		expect(report(diagnosis)).toContain("> 1 | export async function run(text: string) {");
		expect(finding(diagnosis, "use-native")).toMatchObject({
			message: '"use native" leaves g as it is.',
			place: { file: "src/meant.ts", line: 2 },
		});
	});

	test("--stats counts forms per file, with reasons", () => {
		const text = statistics(
			look({
				...healthy,
				"src/b.ts": `export async function run(x: string) { return eval(x); }\nexport async function ok() {}`,
			}),
		);
		expect(text).toMatch(/^file\s+plain\s+generator\s+native$/m);
		expect(text).toMatch(/^src\/b\.ts\s+\d+\s+\d+\s+1$/m);
		expect(text).toContain("native: HOLDFAST_NATIVE_EVAL  (run 1:8)");
		expect(text).toMatch(/^total\s+\d+\s+\d+\s+1$/m);
		expect(text).toContain("% of 3 functions are plain.");
		expect(text).toContain("  1 × HOLDFAST_NATIVE_EVAL");
	});

	test("a file that cannot be parsed is shown where it is wrong", () => {
		const diagnosis = look({ ...healthy, "src/bad.ts": "async function f( {\n" });
		expect(codes(diagnosis)).toEqual(["cannot-be-parsed"]);
		expect(diagnosis.files.find(({ path }) => path === "src/bad.ts")?.status).toBe("broken");
	});

	test("excluded files are noted; that all are is a problem", () => {
		const exclude = (patterns: string | string[]): Diagnosis =>
			look({ ...healthy, "holdfast.config.json": { exclude: patterns }, "src/gen/a.ts": app });
		expect(finding(exclude("src/gen/**"), "excluded")).toMatchObject({
			level: "note",
			message: "1 file with async functions is left out by include and exclude: src/gen/a.ts.",
		});
		expect(codes(exclude("**/*.ts"))).toEqual(["excluded"]);
	});

	test("dependencies that take async callbacks are noted, unless they are compiled; runners of tests are not", () => {
		const source = `import pMap from "p-map";\nimport { test } from "vitest";\ntest("x", async () => {});\npMap([], async () => {});\n`;
		const diagnosis = look({ ...healthy, "src/b.ts": source });
		expect(finding(diagnosis, "async-callbacks")).toMatchObject({
			level: "note",
			message: expect.stringMatching(/^p-map is handed async functions \(1 call, the first: pMap\(\)\)/),
			place: { file: "src/b.ts", line: 4 },
		});
		const include = { include: ["src/**", "node_modules/p-map/**"] };
		expect(look({ ...healthy, "src/b.ts": source, "holdfast.config.json": include }).findings).toEqual([]);
	});
});

test("several copies: a problem if their versions differ; a compiler for another runtime is one", () => {
	const copy = (version: string): Files => ({
		"node_modules/dep/node_modules/holdfast/package.json": { name: "holdfast", version },
	});
	const differing = finding(look({ ...healthy, ...copy("0.2.0") }), "several-copies");
	expect(differing).toMatchObject({
		level: "problem",
		message:
			"holdfast is installed 2 times: 0.1.0 (node_modules/holdfast), 0.2.0 (node_modules/dep/node_modules/holdfast).",
	});
	expect(finding(look({ ...healthy, ...copy("0.1.0") }), "several-copies")?.level).toBe("note");
	const compiler = { "node_modules/@holdfast/compiler/package.json": { version: "0.3.0" } };
	expect(codes(look({ ...healthy, ...compiler }))).toEqual(["versions-differ"]);
});

test("a project that has the plugin and not the library", () => {
	const directory = project(healthy);
	rmSync(join(directory, "node_modules/holdfast"), { recursive: true });
	expect(codes(diagnose(directory, {}))).toEqual(["not-installed"]);
});

test("a wrong configuration is told as such, and the rest is looked at all the same", () => {
	const diagnosis = look({ ...healthy, "holdfast.config.json": { strukture: "function" } });
	expect(codes(diagnosis)).toEqual(["configuration-wrong"]);
	expect(diagnosis.findings[0]?.message).toContain('Did you mean "structure"?');
	expect(diagnosis.tools).toHaveLength(1);
});

test("the root of a workspace refers to its packages", () => {
	const files = { ...healthy, "package.json": { workspaces: ["packages/*"] } };
	const diagnosis = look({
		"package.json": { workspaces: ["packages/*"] },
		...Object.fromEntries(Object.entries(files).map(([name, content]) => [`packages/a/${name}`, content])),
	});
	expect(codes(diagnosis)).toEqual([]);
	expect(finding(diagnosis, "workspace")).toMatchObject({
		message: "This is the root of a workspace, and nothing compiles here. Its packages: packages/a.",
		mend: "Look at them one by one: npx holdfast doctor packages/a",
	});
	expect(diagnose(`${diagnosis.root}/packages/a`, {}).findings).toEqual([]);
});

describe("options that a configuration gives to the plugin", () => {
	const withOptions = (options: string): string =>
		`import holdfast from "@holdfast/compiler/vite";\nexport default { plugins: [holdfast(${options})] };\n`;
	const { "holdfast.config.json": _, ...plain } = healthy;

	test("are those that hold, and are noted, since no other tool has them", () => {
		const diagnosis = look({
			...plain,
			"vite.config.ts": withOptions(`{ structure: "function", exclude: ["gen/**"] }`),
		});
		expect(diagnosis.structure).toBe("function");
		expect(finding(diagnosis, "options-in-plugin")).toMatchObject({
			level: "note",
			message: "vite.config.ts gives the plugin options of its own (structure, exclude): no other tool has them.",
		});
		expect(codes(diagnosis)).toEqual([]);
		expect(look({ ...plain, "vite.config.ts": withOptions("options") }).findings).toEqual([]);
	});

	test("that compile the same functions differently are a problem", () => {
		const scripts = { build: "vite build", start: "holdfast run src/app.ts" };
		const files = { ...plain, "package.json": { scripts }, "vite.config.ts": withOptions(`{ structure: "function" }`) };
		expect(finding(look(files), "tools-differ")?.message).toBe(
			'The same functions are compiled differently: by vite.config.ts (structure: "function"), package.json, script "start" (structure: "scope").',
		);
		expect(codes(look({ ...files, "holdfast.config.json": { structure: "function" } }))).toEqual([]);
	});

	test("that are wrong are told with their file", () => {
		const diagnosis = look({ ...plain, "vite.config.ts": withOptions(`{ structure: "functions" }`) });
		expect(finding(diagnosis, "configuration-wrong")?.message).toBe(
			'vite.config.ts: Option "structure" must be "function" or "scope", not "functions".',
		);
	});
});

test("the set-up of tests is noted where it is missing", () => {
	const files = { ...healthy, "package.json": { devDependencies: { vitest: "5.1.0" } } };
	expect(finding(look(files), "test-set-up-missing")).toMatchObject({
		level: "note",
		mend: 'Install @holdfast/testing and add "@holdfast/testing/vitest" to test.setupFiles in vite.config.ts.',
	});
	const setUp = vite.replace("plugins", `test: { setupFiles: ["@holdfast/testing/vitest"] }, plugins`);
	expect(look({ ...files, "vite.config.ts": setUp }).findings).toEqual([]);
});

test("variables of the environment are told, since they win", () => {
	const diagnosis = look(healthy, { HOLDFAST_STRUCTURE: "scope" });
	expect(diagnosis.structure).toBe("scope");
	expect(finding(diagnosis, "environment")?.message).toContain("HOLDFAST_STRUCTURE=scope");
});

test("versions of Node", () => {
	expect(["20.19.0", "20.20.1", "22.0.0", "26.1.0"].flatMap(checkNode)).toEqual([]);
	expect(["18.20.0", "20.18.3"].flatMap(checkNode).map(({ code }) => code)).toEqual(["node-too-old", "node-too-old"]);
});

test("a folder inside the project: its files, with the project's tools and configuration", () => {
	const directory = project({ ...healthy, "other/b.ts": app });
	const diagnosis = diagnose(join(directory, "src"), {});
	expect(diagnosis.root).toBe(directory);
	expect(diagnosis.files.map(({ path }) => path)).toEqual(["src/app.ts"]);
	expect(diagnosis.tools).toHaveLength(1);
});

describe("functions whose tasks may outlive them", () => {
	const files: Files = {
		...healthy,
		"holdfast.config.json": { overrides: [{ files: "src/new.ts", structure: "function" }] },
		"src/jobs.ts": `export async function poll() {}\nexport const sync = () => {};\nexport default async () => {};`,
		"src/index.ts": `export * from "./jobs.ts"; export { poll as renamed } from "./jobs.ts";`,
		"src/server.ts": `import warm, { poll, sync } from "./jobs.ts";
import { poll as again } from "./index.js";
export async function start() {
	poll();
	void warm();
	again().catch(console.error);
	sync();
	await poll();
	[1].forEach(async () => {});
}
export class Server {
	async listen() { this.accept(); this.log(); }
	async accept() {}
	log() {}
}`,
		"src/new.ts": `import { poll } from "./jobs.ts"; export async function waits() { poll(); }`,
		"src/split.ts": `"use structured"; import { poll } from "./jobs.ts"; export async function waits() { poll(); } export async function not() { "use scope"; poll(); }`,
	};

	test("calls of async functions whose promise goes nowhere, across files, in functions of scope structure", () => {
		const { outliving } = look(files);
		expect(
			outliving.map(({ caller, callee, kind, file, line }) => `${file}:${line} ${caller}: ${callee} ${kind}`),
		).toEqual([
			"src/server.ts:4 start: poll import",
			"src/server.ts:5 start: warm import",
			"src/server.ts:6 start: again import",
			"src/server.ts:9 start: (intermediate value).forEach callback",
			"src/server.ts:12 listen: this.accept method",
			"src/split.ts:1 not: poll import",
		]);
	});

	test("they are listed by function, with the calls", () => {
		const text = outlivingReport(look(files));
		expect(text).toMatch(/^3 functions may return before tasks that they start\.$/m);
		expect(text).toMatch(/^start {2}src\/server\.ts:3:8$/m);
		expect(text).toContain("  poll()  src/server.ts:4:2");
		expect(text).toContain("> 4 | \tpoll();");
		expect(outlivingReport(look(healthy))).toMatch(/^No call starts a task/);
	});
});
