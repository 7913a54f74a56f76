import { readFileSync } from "node:fs";
import { findingRules } from "@holdfast/compiler/findings";
import { RuleTester } from "eslint";
import { describe, expect, test } from "vitest";
import plugin from "./index.ts";
import { rules } from "./rules.ts";

RuleTester.describe = describe;
RuleTester.it = test;
RuleTester.itOnly = test.only;

const structured = { holdfast: { structure: "function" } };
const tester = new RuleTester({
	languageOptions: { ecmaVersion: 2026, sourceType: "module" },
	settings: structured,
});
const scope = { settings: { holdfast: { structure: "scope" } } };
const native = { settings: { holdfast: { native: true } } };
const save = "async function save() {}\n";
const library = (names: string): string => `import { ${names} } from "holdfast";\n`;

tester.run("floating-task", rules["floating-task"], {
	valid: [
		`${save}async function f() { save(); items.forEach((item) => save(item)); }`,
		`${save}await save(); void save();`,
		{ code: `${save}async function f() { "use structured"; save(); }`, ...scope },
	],
	invalid: [
		{
			code: `${save}async function f() { save(); }`,
			...scope,
			errors: [
				{
					message: /^Nobody owns the task of save\(\)/,
					line: 2,
					column: 22,
					endColumn: 28,
					suggestions: [
						{ desc: "Write `await` before it.", output: `${save}async function f() { await save(); }` },
						{ desc: "Say with `void` that nobody is to wait.", output: `${save}async function f() { void save(); }` },
					],
				},
			],
		},
		{ code: `${save}async function f() { save(); }`, ...native, errors: [{ message: /^Nobody/, suggestions: 2 }] },
		{ code: `${save}save();`, errors: [{ message: /outside of every function/, suggestions: 1 }] },
	],
});

tester.run("unstarted-coroutine", rules["unstarted-coroutine"], {
	valid: [`${library("sleep")}await sleep(1);`],
	invalid: [
		{
			code: `${library("sleep")}async function f() { sleep(1); }`,
			errors: [
				{
					message: /^sleep\(1\) starts nothing/,
					suggestions: [
						{
							desc: "Write `await` before it.",
							output: `${library("sleep")}async function f() { await sleep(1); }`,
						},
					],
				},
			],
		},
	],
});

tester.run("yield-without-star", rules["yield-without-star"], {
	valid: [`${library("run")}run(function* () { yield* f(); });`],
	invalid: [
		{
			code: `${library("run")}run(function* () { yield f(); });`,
			errors: [
				{
					message: /Write `yield\*`/,
					suggestions: [{ desc: "Write `yield*`.", output: `${library("run")}run(function* () { yield* f(); });` }],
				},
			],
		},
	],
});

tester.run("call-instead-of-function", rules["call-instead-of-function"], {
	valid: [`${library("run")}${save}await run(save);`],
	invalid: [
		{
			code: `${library("run")}${save}await run(save());`,
			errors: [
				{
					message: /^run\(\) wants a function/,
					suggestions: [{ desc: "Hand over the function.", output: `${library("run")}${save}await run(save);` }],
				},
			],
		},
	],
});

tester.run("async-executor", rules["async-executor"], {
	valid: ["new Promise((resolve) => {});"],
	invalid: [{ code: "new Promise(async (resolve) => {});", errors: 1 }],
});

tester.run("swallowed-error", rules["swallowed-error"], {
	valid: ["try { await f(); } catch { /* none matters */ }", "f().catch(() => { /* none matters */ });"],
	invalid: [
		{ code: "try { await f(); } catch {}", errors: 1 },
		{ code: "f().catch(() => {});", errors: 1 },
	],
});

const caught = `${library("sleep")}async function f() { try { await sleep(1); } catch (error) { log(error); } }`;
tester.run("swallowed-cancellation", rules["swallowed-cancellation"], {
	valid: [caught],
	invalid: [
		{ code: caught, ...native, errors: 1 },
		{ code: caught.replace("async function", "function*").replace("await", "yield*"), errors: 1 },
	],
});

tester.run("unprotected-cleanup", rules["unprotected-cleanup"], {
	valid: [`${library("run, cleanup")}run(function* () { try { yield* f(); } finally { yield* cleanup(g); } });`],
	invalid: [{ code: `${library("run")}run(function* () { try { yield* f(); } finally { yield* g(); } });`, errors: 1 }],
});

tester.run("unreachable-cleanup", rules["unreachable-cleanup"], {
	valid: ["const c = await connect(); try { await f(); } finally { c.close(); }"],
	invalid: [{ code: "const c = await connect(); await g(); try { await f(); } finally { c.close(); }", errors: 1 }],
});

tester.run("unsafe-finally", rules["unsafe-finally"], {
	valid: ["async function f() { try { return 1; } finally { g(); } }"],
	invalid: [{ code: "async function f() { try { g(); } finally { return 1; } }", errors: 1 }],
});

tester.run("race-for-timeout", rules["race-for-timeout"], {
	valid: ["await Promise.race([f(), g()]);"],
	invalid: [{ code: "await Promise.race([f(), new Promise((resolve) => setTimeout(resolve, 10))]);", errors: 1 }],
});

tester.run("busy-loop", rules["busy-loop"], {
	valid: ["async function f() { while (true) { await g(); } }"],
	invalid: [{ code: "async function f() { while (true) { g(); } }", errors: 1 }],
});

tester.run("not-disposable", rules["not-disposable"], {
	valid: ["{ using x = f(); }"],
	invalid: [
		{
			code: "async function open() {} async function f() { await using x = open(); }",
			errors: [
				{
					message: /is a promise/,
					suggestions: [
						{
							desc: "Write `await` before it.",
							output: "async function open() {} async function f() { await using x = await open(); }",
						},
					],
				},
			],
		},
	],
});

tester.run("ignore-comment", rules["ignore-comment"], {
	valid: [`${save}// holdfast-ignore floating-task -- the last line\nsave();`],
	invalid: [
		{ code: "// holdfast-ignore floating-task -- gone", errors: 1 },
		{
			code: "// holdfast-ignore floating-tusk -- x",
			errors: [{ message: /^There is no rule "floating-tusk"/, line: 1, column: 1 }],
		},
	],
});

describe("settings", () => {
	const lint = (settings: object) => () => {
		const rule = rules["floating-task"];
		const context = { settings: { holdfast: settings }, sourceCode: { ast: {}, text: "", visitorKeys: {} } };
		const { Program } = rule.create(context as never);
		(Program as () => void)();
	};
	test("that do not exist are refused by name", () => {
		expect(lint({ structure: "task" })).toThrow('settings.holdfast.structure must be "function" or "scope".');
		expect(lint({ native: 1 })).toThrow("settings.holdfast.native must be true or false.");
		expect(lint({ strucutre: "scope" })).toThrow('Unknown setting "strucutre" in settings.holdfast.');
	});
});

describe("the plugin", () => {
	test("has every rule of the compiler, and its configuration switches every one on", () => {
		const names = Object.keys(findingRules);
		expect(Object.keys(rules).sort()).toEqual(names.sort());
		const { recommended } = plugin.configs;
		expect(recommended.plugins?.holdfast).toBe(plugin);
		for (const name of names) expect(recommended.rules?.[`holdfast/${name}`]).toBe("error");
		expect(recommended.rules?.["@typescript-eslint/no-floating-promises"]).toBe("off");
	});

	test("documents every rule where its address says", () => {
		for (const [name, { meta }] of Object.entries(rules)) {
			const url = new URL(meta?.docs?.url ?? "");
			expect(readFileSync(new URL(url.pathname, url), "utf8")).toContain(`\n### ${url.hash.slice(1)}\n`);
			expect(url.hash).toBe(`#${name}`);
			expect(meta?.docs?.description).not.toBe("");
		}
	});

	test("has the version of its package", () => {
		const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
		expect(plugin.meta?.version).toBe(version);
	});
});
