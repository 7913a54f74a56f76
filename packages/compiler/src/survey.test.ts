import { expect, test } from "vitest";
import { survey } from "./survey.ts";

const of = (code: string, options = {}) => survey(code, { filename: "a.ts", ...options });
const dropped = (code: string, options = {}) =>
	of(code, options).dropped.map(
		({ caller, callee, target, line, column, structure }) =>
			`${caller || "-"}: ${callee} ${target.kind} ${line}:${column} ${structure}`,
	);

test("calls whose promise is dropped, or only given handlers, in async functions", () => {
	expect(
		dropped(`
async function f() {}
const g = async () => {};
class A { async m() { this.n(); } async n() {} }
async function main() {
	f();
	void g();
	f().catch(console.log).finally(() => {});
	[1].forEach(async () => { f(); });
	[1].map((x) => f());
	[1].forEach((x) => g());
	(async () => {})();
	if (f) f?.();
}
function sync() { f(); }
f();`),
	).toEqual([
		"m: this.n method 4:23 scope",
		"main: f local 6:2 scope",
		"main: g local 7:7 scope",
		"main: f local 8:2 scope",
		"main: (intermediate value).forEach callback 9:2 scope",
		"-: f local 9:28 scope",
		"main: g local 11:21 scope",
		"main: (intermediate value) local 12:2 scope",
		"main: f local 13:9 scope",
	]);
});

test("calls that are awaited, returned, kept or handed on are not dropped; nor what is no async function", () => {
	expect(
		dropped(`
async function f() {}
async function main(list) {
	await f();
	const kept = f();
	list.push(f());
	await Promise.all([f()]);
	console.log("x"); unknown(); list.map(String);
	await f().catch(() => {});
	return f();
}`),
	).toEqual([]);
});

test("structure is that of the directives, else as given; native functions are left out", () => {
	const code = `async function f() {} async function a() { f(); } async function b() { "use structured"; f(); } async function c() { "use native"; f(); }`;
	expect(dropped(code).map((line) => line.replace(/ local \S+/, ""))).toEqual(["a: f scope", "b: f function"]);
	expect(dropped(code, { structure: "function" })[0]).toContain("function");
	expect(dropped(`"use native"; ${code}`).map((line) => line[0])).toEqual(["b"]);
	expect(of(code).directives).toEqual([
		{ directive: "use structured", caller: "b", line: 1, column: 72 },
		{ directive: "use native", caller: "c", line: 1, column: 118 },
	]);
});

test("imports that are called without await, and exports that are async", () => {
	const { dropped, asyncExports, imports } = of(`
import one, { two as second } from "./other.ts"; import * as all from "./all.ts"; const { three } = require("./three");
export async function a() { one(); second(); all.x(); three(); }
export const b = async () => {}, c = () => {};
async function d() {} export { d as e }; export default async function () {}
export * from "./again.ts"; import("./late.ts");`);
	expect(dropped.map(({ target }) => target)).toEqual([
		{ kind: "import", module: "./other.ts", name: "default" },
		{ kind: "import", module: "./other.ts", name: "two" },
		{ kind: "import", module: "./all.ts", name: "x" },
		{ kind: "import", module: "./three", name: "three" },
	]);
	expect(asyncExports).toEqual(["a", "b", "e", "default"]);
	expect(imports).toEqual(["./other.ts", "./all.ts", "./again.ts", "./three", "./late.ts"]);
	expect(of(`module.exports = { plugins: [require("a").default()] }; // require("b")`).imports).toEqual(["a"]);
});

test("async functions that are handed to imports, and to what is made of them", () => {
	const { asyncArguments } = of(
		`import pMap from "p-map"; import PQueue from "p-queue"; import express from "express";
const queue = new PQueue(); const app = express();
pMap([], async () => {}); queue.add(async () => {}); app.get("/", async function () {}); pMap([], () => {}); list.map(async () => {});`,
	);
	expect(asyncArguments.map(({ module, callee, line }) => [module, callee, line])).toEqual([
		["p-map", "pMap", 3],
		["p-queue", "queue.add", 3],
		["express", "app.get", 3],
	]);
});

test("methods by their colour", () => {
	const { asyncMethods, otherMethods } = of("class A { async a() {} b() {} } const o = { async c() {}, d() {} };");
	expect([asyncMethods, otherMethods]).toEqual([
		["a", "c"],
		["b", "d"],
	]);
});
