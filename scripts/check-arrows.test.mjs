import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { checkArrows } from "./check-arrows.mjs";

const trees = [];
afterEach(() => {
	for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

const manifests = {
	"packages/holdfast/package.json": JSON.stringify({
		name: "holdfast",
		exports: { ".": { "@holdfast/source": "./src/index.ts" } },
		imports: { "#host": { "@holdfast/source": { node: "./src/host/full.ts", default: "./src/host/browser.ts" } } },
	}),
	"packages/compiler/package.json": JSON.stringify({
		name: "@holdfast/compiler",
		dependencies: { holdfast: "1.0.0", "magic-string": "1.0.0" },
		exports: { ".": { "@holdfast/source": "./src/index.ts" } },
	}),
	"packages/testing/package.json": JSON.stringify({ name: "@holdfast/testing", dependencies: { holdfast: "1.0.0" } }),
};

function check(files) {
	const tree = mkdtempSync(join(tmpdir(), "holdfast-arrows-"));
	trees.push(tree);
	for (const [path, text] of Object.entries({ ...manifests, ...files })) {
		mkdirSync(join(tree, dirname(path)), { recursive: true });
		writeFileSync(join(tree, path), text);
	}
	return checkArrows(tree);
}

test("a tree that keeps every rule has no violations", () => {
	expect(
		check({
			"packages/holdfast/src/kernel/task.ts": `import type { EventLoop } from "../loops/event-loop.ts"; import { x } from "./x.ts"; export const Promised = x;`,
			"packages/holdfast/src/kernel/x.ts": "export const x = 1; // Promise, await, .then( in a comment",
			"packages/holdfast/src/kernel/x.test.ts": `import { test } from "vitest"; test("x", async () => { await Promise.resolve(); });`,
			"packages/holdfast/src/loops/event-loop.ts": `import type { Task } from "../kernel/task.ts"; export interface EventLoop {}`,
			"packages/holdfast/src/host/full.ts": "",
			"packages/holdfast/src/host/browser.ts": "",
			"packages/holdfast/src/index.ts": `import "#host"; export * from "./kernel/task.ts"; export const later = async () => {};`,
			"packages/compiler/src/index.ts": `import { readFileSync } from "node:fs"; import MagicString from "magic-string"; import * as holdfast from "holdfast";`,
			"examples/main.ts": `import "holdfast"; import "@holdfast/compiler"; import "./part.ts";`,
			"examples/part.ts": "",
		}),
	).toEqual([]);
});

test.each([
	["a dependency of the core", { "packages/holdfast/src/a.ts": `import "tslib";` }, /a\.ts:1 the core imports nothing/],
	["a Node module in the core", { "packages/holdfast/src/a.ts": `\nawait import("node:fs");` }, /a\.ts:2 the core/],
	[
		"a type from outside in the core",
		{ "packages/holdfast/src/a.ts": `import type * as t from "node:net";` },
		/the core/,
	],
	[
		"a kernel module that asks the host",
		{ "packages/holdfast/src/kernel/a.ts": `import "#host";` },
		/the kernel imports packages\/holdfast\/src\/host\/full\.ts/,
	],
	[
		"a cycle through the host",
		{
			"packages/holdfast/src/a.ts": `import "#host";`,
			"packages/holdfast/src/host/full.ts": "",
			"packages/holdfast/src/host/browser.ts": `import "../a.ts";`,
		},
		/import cycle: .*a\.ts/,
	],
	[
		"a kernel module that imports upwards",
		{ "packages/holdfast/src/kernel/a.ts": `import type { T } from "../task-group.ts";` },
		/kernel\/a\.ts:1 the kernel imports packages\/holdfast\/src\/task-group\.ts/,
	],
	[
		"a kernel module that runs a loop's module",
		{ "packages/holdfast/src/kernel/a.ts": `import { hostLoop } from "../loops/host.ts";` },
		/as a type only/,
	],
	[
		"Promise as a value",
		{ "packages/holdfast/src/kernel/a.ts": "export const p = new Promise(() => {});" },
		/no Promise/,
	],
	["Promise as a type", { "packages/holdfast/src/kernel/a.ts": "export let p: Promise<number>;" }, /no Promise/],
	["globalThis.Promise", { "packages/holdfast/src/kernel/a.ts": "globalThis.Promise;" }, /no Promise/],
	["an async arrow", { "packages/holdfast/src/kernel/a.ts": "export const f = async () => 1;" }, /no async function/],
	[
		"an async method",
		{ "packages/holdfast/src/kernel/a.ts": "export const o = { async f() {} };" },
		/no async function/,
	],
	["a top-level await", { "packages/holdfast/src/kernel/a.ts": "await 1;" }, /no await/],
	["for await", { "packages/holdfast/src/kernel/a.ts": "for await (const x of []);" }, /no for await/],
	["a call of then", { "packages/holdfast/src/kernel/a.ts": "x?.then(y);" }, /no \.then\(\)/],
	["a quoted call of then", { "packages/holdfast/src/kernel/a.ts": `x["then"](y);` }, /no \.then\(\)/],
	[
		"a sideways package",
		{ "packages/testing/src/a.ts": `import "@holdfast/compiler";` },
		/may not import @holdfast\/compiler/,
	],
	["an upward package", { "packages/compiler/src/a.ts": `export * from "@holdfast/testing";` }, /may not import/],
	[
		"an undeclared dependency",
		{ "packages/compiler/src/a.ts": `import "acorn";` },
		/acorn is not among the dependencies/,
	],
	["a package's file from outside", { "bench/a.ts": `import "../packages/holdfast/src/index.ts";` }, /leaves bench/],
	["one house in another", { "examples/a.ts": `import "../conformance/a.ts";` }, /leaves examples/],
])("%s is caught", (_title, files, message) => {
	expect(check(files)).toEqual([expect.stringMatching(message)]);
});

test("a cycle is reported with its path", () => {
	expect(
		check({
			"packages/holdfast/src/a.ts": `import "./b.ts";`,
			"packages/holdfast/src/b.ts": `export { c } from "./c.ts";`,
			"packages/holdfast/src/c.ts": `import { type A } from "./a.ts"; export const c = 1;`,
		}),
	).toEqual([expect.stringMatching(/^import cycle: \S*a\.ts → \S*b\.ts → \S*c\.ts → \S*a\.ts$/)]);
});
