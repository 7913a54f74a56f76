import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { parseSync } from "oxc-parser";
import { describe, expect, test } from "vitest";
import { observe, stripTypes } from "../test/compare.ts";
import { CompileError, OptionError } from "./errors.ts";
import { type TransformOptions, transform } from "./transform.ts";

const compile = (code: string, options: Partial<TransformOptions> = {}) =>
	transform(code, { filename: "src/app.ts", ...options });

describe("what is compiled", () => {
	test("a file without anything to do is given back as it is", () => {
		for (const code of [
			"const x = 1;",
			"// async\nconst using = 1;",
			"const o = { async: 1, async() {} };",
			"",
			"await fetch('x');",
			"Promise.resolve(1)",
		]) {
			const result = compile(code);
			expect(result).toMatchObject({ code, map: null, changed: false, diagnostics: [], functions: [], findings: [] });
		}
	});

	test("modules import the kernel, CommonJS requires it", () => {
		expect(compile("export const f = async () => {};").code).toContain(
			'import { kernel as $k } from "holdfast/compiled";',
		);
		expect(compile("const f = async () => {};").code).toContain("import {");
		expect(compile("exports.f = async () => {};").code).toContain(
			'const { kernel: $k } = require("holdfast/compiled");',
		);
		expect(compile("const f = async () => {};", { filename: "a.cjs" }).code).toContain("require(");
		expect(compile("const f = async () => {};", { filename: "a.mts" }).code).toContain("import {");
		expect(compile("const f = async () => {};", { format: "commonjs" }).code).toContain("require(");
		expect(compile("import fs = require('fs'); async function f() {} export = f;").code).toContain('require("holdfast');
		expect(compile("const f = async () => {}; await f();").code).toContain("import {");
		expect(compile("async function f() {} return f;", { filename: "a.js" }).code).toContain("require(");
	});

	test("directives and comments stay first", () => {
		const code = compile(
			'#!/usr/bin/env node\n// @ts-check\n"use strict";\n"use client"\nexport async function f() {}',
		).code;
		expect(code.startsWith('#!/usr/bin/env node\n// @ts-check\n"use strict";\n"use client"')).toBe(true);
		expect(parseSync("a.ts", code).errors).toEqual([]);
	});

	test("Promise.race, any and all of the global Promise only", () => {
		expect(compile("function f(x) { return Promise.race(x); }").code).toContain('$k.combine(Promise, "race", x)');
		expect(compile("export const r = Promise.all([1]);").changed).toBe(true);
		expect(compile("export const r = Promise.all([1]).then(x);").code).toContain(
			'$k.chain($k.combine(Promise, "all", [1]), "then", x)',
		);
		for (const code of [
			"import { Promise } from 'x'; Promise.race([]);",
			"import { Promise } from 'x'; Promise.race([]).then(x);",
			"function f(Promise) { Promise.race([]); }",
			"const Promise = x; Promise.any(y);",
			"Promise = z; Promise.all(1);",
			"Promise.allSettled([]);",
			"Promise.race(...x);",
			"Promise.race();",
			"Promise?.race(x);",
			"Promise['race'](x);",
		])
			expect(compile(code).changed, code).toBe(false);
	});

	test("the record names the path relative to the root and each await's place", () => {
		const { code } = compile("export async function f() {\n\tawait g();\n  const x = await h(await i());\n}", {
			filename: "/p/src/a.ts",
			root: "/p",
		});
		// Numbered in the order in which they are passed: the await inside another one comes first.
		expect(code).toContain('$k.module(1, "src/a.ts", [2, 2, 3, 21, 3, 13])');
	});

	test("functions that may run before the module's first statement make the record themselves", () => {
		const { code } = compile("export async function f() { return 1; }");
		expect(code).toContain("$k.bare($e_f ?? ($load(), $e_f), ");
		expect(code).toMatch(/function \$load\(\) \{ \$m = \$k\.module\(.*\); \$e_f = \$f\(\); \}/);
	});
});

describe("structure", () => {
	/** The flags of each function expression, without that of plain bodies. */
	const flags = (code: string, options: Partial<TransformOptions> = {}): number[] =>
		[...compile(code, options).code.matchAll(/\$m, ".*?", -?\d+, -?\d+, (\d+)\)/gs)].map(
			(match) => Number(match[1]) & ~16,
		);

	test("is the option's, by default the scope's", () => {
		const code = "export const f = async () => { g(); };";
		expect(flags(code)).toEqual([0]);
		expect(flags(code, { structure: "scope" })).toEqual([0]);
		expect(flags(code, { structure: "function" })).toEqual([1]);
		expect(flags(code, { structure: "function", ticks: "native" })).toEqual([3]);
	});

	test("only functions with a call that is not awaited own anything", () => {
		const own = (body: string) => flags(`export const f = async () => { ${body} };`, { structure: "function" })[0];
		for (const body of ["await g();", "return g();", "await (x ? g() : h());", "await x?.y();", "const a = 1;"])
			expect(own(body), body).toBe(0);
		for (const body of [
			"g();",
			"await h(g());",
			"await g().then(x);",
			"new G();",
			"tag`x`;",
			"try { return g(); } finally { x; }",
			"for await (const x of y) {}",
			"const s = () => g();",
		])
			expect(own(body), body).toBe(1);
	});

	test("directives: function before file before option, functions inside included", () => {
		expect(flags('"use structured"; export const f = async () => { g(); };')).toEqual([1]);
		expect(flags('"use scope"; export const f = async () => { g(); };', { structure: "function" })).toEqual([0]);
		expect(flags('"use structured"; export const f = async () => { "use scope"; g(); };')).toEqual([0]);
		expect(
			flags(
				'"use scope"; function o() { "use structured"; return async () => { g(); }; } export const f = async () => { g(); };',
			),
		).toEqual([1, 0]);
		expect(compile('"use native"; export const f = async () => { g(); };').changed).toBe(false);
		expect(flags('"use native"; export const f = async () => { "use structured"; g(); };')).toEqual([1]);
		expect(compile('class A { async m() { "use native"; await 1; } }').changed).toBe(false);
		expect(flags('"use strict"; "use structured"; export const f = async () => { g(); };')).toEqual([1]);
	});
});

describe("diagnostics", () => {
	const codes = (code: string, filename = "a.ts") => compile(code, { filename }).diagnostics.map((found) => found.code);

	test("name what was left native", () => {
		expect(codes("async function f() { eval('1'); }")).toEqual(["HOLDFAST_NATIVE_EVAL"]);
		expect(codes("async function f() { with (x) {} }", "a.cjs")).toEqual(["HOLDFAST_NATIVE_WITH"]);
		expect(codes("const o = { async m() { super.m(); } };")).toEqual(["HOLDFAST_NATIVE_OBJECT_SUPER"]);
		expect(codes("class A { async m() { super.x++; } }")).toEqual(["HOLDFAST_NATIVE_SUPER_FORM"]);
		expect(codes("class A extends B { constructor() { const f = async () => this; super(); } }")).toEqual([
			"HOLDFAST_NATIVE_THIS_BEFORE_SUPER",
		]);
		expect(codes("switch (1) { case 1: async function f() {} }")).toEqual(["HOLDFAST_NATIVE_SWITCH"]);
		expect(codes("function f(a = async () => arguments) {}")).toEqual(["HOLDFAST_NATIVE_ARGUMENTS"]);
		expect(codes("async function f() { var yield_, yield; }", "a.cjs")).toEqual(["HOLDFAST_NATIVE_YIELD_NAME"]);
		expect(codes("class A { x = { async [k]() {} }; }")).toEqual(["HOLDFAST_NATIVE_COMPUTED_KEY"]);
	});

	test("say where, why and how bad", () => {
		const [found] = compile("\n  async function f() { 'use native'; await 1; }").diagnostics;
		expect(found).toEqual({
			code: "HOLDFAST_NATIVE_DIRECTIVE",
			message: '"f" stays native: it has "use native".',
			line: 2,
			column: 3,
			severity: "info",
		});
	});
});

describe("errors", () => {
	test("a file that does not parse", () => {
		let error: unknown;
		try {
			compile("const a = 1;\nasync function f( {\n\treturn 1;\n}\n", { filename: "src/bad.ts" });
		} catch (caught) {
			error = caught;
		}
		expect(error).toBeInstanceOf(CompileError);
		const { code, file, line, column, message, name } = error as CompileError;
		expect({ code, file, line, column, name }).toEqual({
			code: "HOLDFAST_PARSE",
			file: "src/bad.ts",
			line: 3,
			column: 9,
			name: "CompileError",
		});
		expect(message).toContain("src/bad.ts:3:9: ");
		expect(message).toContain("> 3 | \treturn 1;\n    | \t       ^");
	});

	test("options that do not exist", () => {
		expect(() => compile("async () => {}", { ticks: "fast" as "native" })).toThrow(OptionError);
		expect(() => compile("async () => {}", { structure: "x" as "scope" })).toThrow(
			'Option "structure" must be "function" or "scope", not "x".',
		);
	});

	test("what only the type checker refuses is compiled", () => {
		expect(compile("class A { async m(public x: number) {} }").changed).toBe(true);
	});
});

describe("source maps", () => {
	const source = [
		"export async function outer(a: number): Promise<number> {",
		"\tconst first = await step(a); const second = await other.method(first, a);",
		"\tif (a > 1) {",
		"\t\ttry { return await third(second); } catch (error) { report(error); } finally { await cleanup(); }",
		"\t}",
		"\tfor await (const item of items) consume(item);",
		"\treturn last(await a ? one() : two());",
		"}",
		"class A extends B { async method(x = fallback()) { await super.thing(x); } static async build() { return new A(); } }",
		"const arrow = async (x) => inner(x);",
	].join("\n");

	test("lead every word of the source back to where it stood", () => {
		const { code, map } = compile(source);
		const trace = new TraceMap(JSON.parse(JSON.stringify(map)));
		const lines = code.split("\n");
		const original = source.split("\n");
		let checked = 0;
		for (const word of [
			"step",
			"other",
			"second",
			"third",
			"report",
			"cleanup",
			"items",
			"consume",
			"last",
			"one",
			"two",
			"fallback",
			"thing",
			"build",
			"inner",
			"item",
			"first",
		]) {
			for (const [line, text] of lines.entries()) {
				for (const match of text.matchAll(new RegExp(`(?<![\\w$".])${word}\\b(?!")`, "g"))) {
					const found = originalPositionFor(trace, { line: line + 1, column: match.index });
					if (found.line === null) continue;
					const target = original[found.line - 1]!.slice(found.column);
					if (target.startsWith(word)) checked++;
					else
						expect(target, `${word} at ${line + 1}:${match.index}`).toMatch(
							/^(?:async|export|for|await|class|static|return|try|catch)/,
						);
				}
			}
		}
		expect(checked).toBeGreaterThan(15);
	});

	test("name the file and hold its text", () => {
		const { map } = compile(source, { filename: "/p/src/a.ts" });
		expect(map?.sources).toEqual(["/p/src/a.ts"]);
		expect(map?.sourcesContent).toEqual([source]);
		expect(compile(source, { sourcemap: false }).map).toBeNull();
	});

	test.each([
		["generators", "reference"],
		["plain", "real"],
	] as const)("trace a throw back to its line and column: %s", async (bodies, runtime) => {
		const program = [
			'"use strict";',
			"async function fails() {",
			"\tawait null;",
			"\tconst x = 1; throw new Error('here');",
			"}",
			"class A { async m() { await fails(); } }",
			"async function main() { try { await new A().m(); } catch (error) { log(error.stack); } }",
		].join("\n");
		const { code, map } = compile(program, { filename: "program.js", format: "commonjs", bodies });
		const { log } = await observe(code, "program.js", runtime);
		const frame = /<anonymous>:(\d+):(\d+)/.exec(log[0]!)!;
		// `new Function` puts two lines before the body.
		const found = originalPositionFor(new TraceMap(JSON.parse(JSON.stringify(map))), {
			line: Number(frame[1]) - 2,
			column: Number(frame[2]) - 1,
		});
		expect({ line: found.line, column: found.column }).toEqual({
			line: 4,
			column: program.split("\n")[3]!.indexOf("new Error"),
		});
	});
});

describe("output", () => {
	test("parses again, in every structure and tick mode", () => {
		const code =
			"export default async function () { await using x = y(); for await (const a of b) await a?.b?.(); } export class A { async #m() { await this.#m(); } } namespace N { export async function f() {} }";
		for (const structure of ["scope", "function"] as const)
			for (const ticks of ["default", "native"] as const) {
				const result = compile(code, { structure, ticks });
				expect(parseSync("a.ts", result.code).errors).toEqual([]);
				expect(stripTypes(result.code, "a.ts")).not.toContain("namespace");
			}
	});

	test("compiled twice stays the same", () => {
		const once = compile("export async function f() { await g(); }").code;
		expect(compile(once, { filename: "src/app.js" }).changed).toBe(false);
	});
});

test("an async function inside a module-level await is compiled", () => {
	const { code } = transform("await run(async () => { await sleep(1); });", { filename: "a.mjs" });
	expect(code).toContain("$k.arrow(");
	expect(code).toContain("await run(");
});

test("what the engine would refuse is refused at its place in the source", () => {
	const source = "export const f = async () => 1;\nlet x = 1;\nlet x = 2;\n";
	expect(() => transform(source, { filename: "a.ts" })).toThrow(expect.objectContaining({ line: 3, column: 5 }));
});

test("native leaves functions as they are, less those whose directive says otherwise, and blames the configuration", () => {
	const result = transform(`async function a() {}\nasync function b() { "use structured"; }`, {
		filename: "a.ts",
		native: true,
	});
	expect(result.functions.map(({ name, form }) => [name, form === "native"])).toEqual([
		["a", true],
		["b", false],
	]);
	expect(result.diagnostics).toMatchObject([
		{
			code: "HOLDFAST_NATIVE_CONFIGURATION",
			message: '"a" stays native: it stands in a file that the configuration leaves native.',
			severity: "info",
		},
	]);
});

test("a program that has faked its timers loads and compiles modules all the same, and sees no timer of ours", () => {
	const { setTimeout } = globalThis;
	let timers = 0;
	globalThis.setTimeout = (() => ++timers) as never;
	try {
		expect(transform("export const f = async () => 1;", { filename: "late.js" }).changed).toBe(true);
	} finally {
		globalThis.setTimeout = setTimeout;
	}
	expect(timers).toBe(0);
});
