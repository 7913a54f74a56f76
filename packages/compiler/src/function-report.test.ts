import { expect, test } from "vitest";
import { transform } from "./transform.ts";

const formsOf = (code: string) =>
	transform(code, { filename: "a.ts" }).functions.map(
		({ name, line, column, form, reason }) => `${name || "-"} ${line}:${column} ${form}${reason ? ` ${reason}` : ""}`,
	);

test("every async function of a file is reported, in the order in which they begin", () => {
	// Any compiled form will do: which one is decided elsewhere.
	const forms = formsOf(
		`export async function outer() {\n\tconst inner = async () => { await 0; };\n\tawait inner();\n}\nfunction sync() {}\nclass A {\n\tstatic async m() {}\n\tasync *#p() {}\n}\nexport const o = { async n() {}, f: async function () {} };\n[1].map(async () => {});`,
	).map((line) => line.replace(/ (?:plain|generator).*/, ""));
	expect(forms).toEqual(["outer 1:8", "inner 2:16", "m 7:2", "#p 8:2", "n 10:20", "f 10:37", "- 11:9"]);
});

test("a function that is left native says why", () => {
	expect(formsOf(`async function a() { "use native"; }\nexport async function b(x) { return eval(x); }`)).toEqual([
		"a 1:1 native HOLDFAST_NATIVE_DIRECTIVE",
		"b 2:8 native HOLDFAST_NATIVE_EVAL",
	]);
});

test("a function says whether it awaits, and why it is a generator", () => {
	const code = `class A { async #p() { await this.#p(); } async *q() { yield 1; } async r() { for await (const x of y); } }`;
	expect(
		transform(code, { filename: "a.ts" }).functions.map(({ name, hasAwait, isGenerator, form, reason }) => [
			name,
			hasAwait,
			isGenerator,
			...(form === "plain" ? [] : [reason]),
		]),
	).toEqual([
		["#p", true, false, "a private method"],
		["q", false, true, "an async generator"],
		["r", true, false],
	]);
});

test("a file that is left as it is reports its functions all the same", () => {
	const result = transform(`"use native";\nasync function a() {}`, { filename: "a.ts" });
	expect([result.changed, result.functions.map(({ form }) => form)]).toEqual([false, ["native"]]);
});

test("a file without async functions, and a function that a later one replaces, report nothing", () => {
	expect(formsOf("export const x = 1; // async")).toEqual([]);
	expect(formsOf("async function f() { await 1; }\nasync function f() {}")).toHaveLength(1);
});
