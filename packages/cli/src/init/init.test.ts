import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { diagnose } from "../doctor/doctor.ts";
import { editConfig } from "./edit-config.ts";
import { editManifest } from "./edit-manifest.ts";
import { planInit, type Step } from "./init.ts";

const directories: string[] = [];
afterAll(() => {
	for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function project(files: Record<string, string | object>): string {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-init-")));
	directories.push(directory);
	for (const [name, content] of Object.entries(files)) {
		mkdirSync(dirname(join(directory, name)), { recursive: true });
		writeFileSync(join(directory, name), typeof content === "string" ? content : JSON.stringify(content));
	}
	return directory;
}

/** Does what is planned. */
function init(directory: string): readonly Step[] {
	const { steps } = planInit(directory, "0.1.0");
	for (const { file, text } of steps) if (text !== undefined) writeFileSync(join(directory, file), text);
	return steps;
}

const read = (directory: string, file: string): string => readFileSync(join(directory, file), "utf8");
const brief = (steps: readonly Step[]): string[] => steps.map(({ kind, file }) => `${kind} ${file}`);

describe("the plugin goes into a configuration that is written out", () => {
	const edit = (code: string, file = "vite.config.ts"): string | undefined =>
		editConfig(code, file, { plugin: "@holdfast/compiler/vite" });

	test("first in the list, whose layout stays", () => {
		expect(
			edit(
				`import { defineConfig } from "vite";\n\nexport default defineConfig({\n\tplugins: [react(), other()], // ours\n});\n`,
			),
		).toBe(
			`import { defineConfig } from "vite";\nimport holdfast from "@holdfast/compiler/vite";\n\nexport default defineConfig({\n\tplugins: [holdfast(), react(), other()], // ours\n});\n`,
		);
		expect(edit(`export default {\n  plugins: [\n    react(),\n  ],\n}\n`)).toBe(
			`import holdfast from "@holdfast/compiler/vite"\nexport default {\n  plugins: [\n    holdfast(),\n    react(),\n  ],\n}\n`,
		);
		expect(edit("export default { plugins: [] };")).toContain("plugins: [holdfast()]");
	});

	test("a list is made where there is none", () => {
		expect(edit(`import x from 'x';\nexport default defineConfig({\n  build: {},\n});`)).toBe(
			`import x from 'x';\nimport holdfast from '@holdfast/compiler/vite';\nexport default defineConfig({\n  plugins: [holdfast()],\n  build: {},\n});`,
		);
		expect(edit("export default {};")).toContain("export default { plugins: [holdfast()] };");
	});

	test("functions, constants, casts and CommonJS", () => {
		expect(edit("export default defineConfig(() => ({ plugins: [a()] }));")).toContain("[holdfast(), a()]");
		expect(
			edit("export default defineConfig(({ mode }) => { const x = mode; return { plugins: [a(x)] }; });"),
		).toContain("[holdfast(), a(x)]");
		expect(edit("const config = { plugins: [a()] } satisfies UserConfig;\nexport default config;")).toContain(
			"[holdfast(), a()]",
		);
		expect(
			edit(`"use strict";\nconst a = require("a");\nmodule.exports = { plugins: [a()] };`, "webpack.config.cjs"),
		).toBe(
			`"use strict";\nconst holdfast = require("@holdfast/compiler/vite").default;\nconst a = require("a");\nmodule.exports = { plugins: [holdfast(), a()] };`,
		);
	});

	test("nested lists of other plugins are left alone, and a taken name gets another", () => {
		const nested = edit(`export default { worker: { plugins: [a()] }, "plugins": [b()] };`);
		expect(nested).toContain("worker: { plugins: [a()] }");
		expect(nested).toContain(`"plugins": [holdfast(), b()]`);
		expect(edit("const holdfast = 1;\nexport default { plugins: [] };")).toContain("plugins: [holdfastPlugin()]");
	});

	test("what is not safe is not done", () => {
		for (const code of [
			"export default { plugins: list };",
			"export default { ...base };",
			"export default mergeConfig(a, { plugins: [] });",
			"export default make();",
			"export default defineConfig(({ mode }) => { if (mode) return { plugins: [] }; return {}; });",
			"export default [{ plugins: [] }, { plugins: [] }];",
			"export const config = {};",
			"export default {",
		])
			expect(edit(code), code).toBeUndefined();
	});

	test("set-up files go to their list, which is made where it is missing", () => {
		const edit = (code: string): string | undefined =>
			editConfig(code, "vitest.config.ts", { entry: { path: ["test", "setupFiles"], value: "s" } });
		expect(edit("export default { test: { globals: true } };")).toBe(
			'export default { test: { setupFiles: ["s"], globals: true } };',
		);
		expect(edit('export default { test: { setupFiles: ["a"] } };')).toBe(
			'export default { test: { setupFiles: ["a", "s"] } };',
		);
		expect(edit("export default {};")).toBe('export default { test: { setupFiles: ["s"] } };');
		expect(edit('export default { test: { setupFiles: "a" } };')).toBeUndefined();
		expect(edit("export default { test };")).toBeUndefined();
	});
});

test("package.json keeps its layout and its order, and gets entries by the alphabet", () => {
	const text = `{\n  "name": "x",\n  "dependencies": {\n    "zod": "1",\n    "express": "5"\n  },\n  "private": true\n}\n`;
	expect(
		editManifest(text, [
			{ name: "holdfast", range: "^0.1.0", section: "dependencies" },
			{ name: "@holdfast/compiler", range: "^0.1.0", section: "devDependencies" },
		]),
	).toBe(
		`{\n  "name": "x",\n  "dependencies": {\n    "express": "5",\n    "holdfast": "^0.1.0",\n    "zod": "1"\n  },\n  "private": true,\n  "devDependencies": {\n    "@holdfast/compiler": "^0.1.0"\n  }\n}\n`,
	);
});

test("a project with Vite and Vitest is set up; a second time nothing is changed; the doctor finds no problem", () => {
	const directory = project({
		"package.json": { name: "x", scripts: { build: "vite build" }, devDependencies: { vite: "8", vitest: "5" } },
		"vite.config.ts": `import { defineConfig } from "vite";\nexport default defineConfig({ plugins: [] });\n`,
		"vitest.config.ts": `import { defineConfig } from "vitest/config";\nexport default defineConfig({});\n`,
		"src/main.ts": `import { run } from "holdfast";\nawait run(async () => {});\n`,
		"node_modules/holdfast/package.json": { name: "holdfast", version: "0.1.0" },
		"node_modules/@holdfast/compiler/package.json": { name: "@holdfast/compiler", version: "0.1.0" },
	});
	expect(brief(init(directory))).toEqual([
		"edit package.json",
		"write holdfast.config.ts",
		"edit vite.config.ts",
		"edit vitest.config.ts",
	]);
	expect(JSON.parse(read(directory, "package.json"))).toEqual({
		name: "x",
		scripts: { build: "vite build" },
		dependencies: { holdfast: "^0.1.0" },
		devDependencies: {
			"@holdfast/cli": "^0.1.0",
			"@holdfast/compiler": "^0.1.0",
			"@holdfast/testing": "^0.1.0",
			vite: "8",
			vitest: "5",
		},
	});
	expect(read(directory, "holdfast.config.ts")).toContain('structure: "function"');
	expect(read(directory, "vitest.config.ts")).toContain('setupFiles: ["@holdfast/testing/vitest"]');
	expect(brief(init(directory))).toEqual([
		"kept package.json",
		"kept holdfast.config.ts",
		"kept vite.config.ts",
		"kept vitest.config.ts",
	]);
	expect(diagnose(directory, {}).findings).toEqual([]);
});

test("what cannot be done safely is told exactly, and nothing is overwritten", () => {
	const directory = project({
		"package.json": { scripts: { start: "node src/main.js", test: "jest" }, devDependencies: { jest: "30" } },
		"holdfast.config.json": { structure: "scope" },
		"vite.config.js": "export default make();",
		"bunfig.toml": "",
		"src/main.js": `import "holdfast";`,
	});
	const steps = init(directory);
	expect(brief(steps)).toEqual([
		"edit package.json",
		"kept holdfast.config.json",
		"told holdfast.config.json",
		"told vite.config.js",
		'told package.json, script "test"',
		"told bunfig.toml",
		"told package.json",
	]);
	const told = steps.filter(({ kind }) => kind === "told").map(({ summary }) => summary);
	expect(told[0]).toContain("holdfast doctor --outliving");
	expect(told[1]).toBe(
		'Add the plugin, before all others:\n  import holdfast from "@holdfast/compiler/vite";\n  … plugins: [holdfast(), …]',
	);
	expect(told[2]).toContain(`transform: { "\\\\.[jt]sx?$": "@holdfast/compiler/jest" }`);
	expect(told[3]).toContain('preload = ["./holdfast.ts"]');
	expect(told[4]).toContain("Write: node --import @holdfast/compiler/register src/main.js");
	expect(read(directory, "vite.config.js")).toBe("export default make();");
	expect(read(directory, "holdfast.config.json")).toBe('{"structure":"scope"}');
});

test("a program for Node alone: the loader is needed when it starts", () => {
	const directory = project({ "package.json": {}, "main.ts": "export default async () => {};" });
	expect(brief(init(directory))).toEqual(["edit package.json", "write holdfast.config.ts", "told package.json"]);
	expect(JSON.parse(read(directory, "package.json"))).toEqual({
		dependencies: { "@holdfast/cli": "^0.1.0", "@holdfast/compiler": "^0.1.0", holdfast: "^0.1.0" },
	});
});

test("a library has the compiler for its build and tests only; a program without a bundler needs it when it starts", () => {
	const sectionOf = (manifest: object): string[] => {
		const directory = project({ "package.json": manifest, "main.ts": "export default async () => {};" });
		init(directory);
		const { dependencies = {}, devDependencies = {} } = JSON.parse(read(directory, "package.json")) as Record<
			string,
			Record<string, string> | undefined
		>;
		expect("holdfast" in dependencies).toBe(true);
		return ["@holdfast/compiler", "@holdfast/cli"].map((name) =>
			[name in dependencies && "dependencies", name in devDependencies && "devDependencies"].filter(Boolean).join(),
		);
	};
	const [program, library] = [
		["dependencies", "dependencies"],
		["devDependencies", "devDependencies"],
	];
	expect(sectionOf({ main: "index.js" })).toEqual(program);
	expect(sectionOf({ exports: "./dist/index.js", devDependencies: { vitest: "5" } })).toEqual(library);
	expect(sectionOf({ types: "index.d.ts", scripts: { build: "obuild", test: "vitest" } })).toEqual(library);
	expect(sectionOf({ bin: "cli.js" })).toEqual(library);
	expect(sectionOf({ private: true, exports: "./index.js", scripts: { build: "tsc" } })).toEqual(program);
	expect(sectionOf({ files: ["dist"], scripts: { start: "node main.ts" } })).toEqual(program);
	expect(sectionOf({ scripts: { start: "node dist/main.js" }, devDependencies: { rollup: "4" } })).toEqual(program);
});

test("a library without a bundler is told that what it publishes is not compiled", () => {
	const directory = project({ "package.json": { exports: "./index.js" }, "index.js": "export async function f() {}" });
	expect(init(directory).at(-1)).toMatchObject({ kind: "told", summary: expect.stringContaining("is not compiled") });
});

test("a folder without package.json, and one that is no JSON", () => {
	expect(brief(planInit(project({}), "0.1.0").steps)).toEqual(["told package.json", "write holdfast.config.ts"]);
	const broken = planInit(project({ "package.json": "{" }), "0.1.0").steps[0];
	expect(broken).toMatchObject({
		kind: "told",
		summary: expect.stringContaining("npm install holdfast @holdfast/compiler"),
	});
});
