// What the compiler cannot handle stays as it is, with a diagnostic that names the construct, and does what it does natively;
// what stands around it is compiled all the same.
import { describe, expect, test } from "vitest";
import { type NativeReason, nativeReasons } from "../src/diagnostics.ts";
import { transform } from "../src/index.ts";
import { same } from "./compare.ts";

interface Case {
	/** Holds one function that stays native, and `main`. */
	readonly source: string;
	/** What the diagnostic calls the function. */
	readonly name: string;
	readonly sloppy?: boolean;
}

const cases: Record<Exclude<NativeReason, "CONFIGURATION" | "FIXTURES">, Case> = {
	DIRECTIVE: {
		name: "f",
		source: `async function f() { "use native"; await null; return 1; } async function main() { return await f(); }`,
	},
	EVAL: {
		name: "f",
		source: `async function f(a) { await null; eval("a = a + 1"); return a; } async function main() { return await f(1); }`,
		sloppy: true,
	},
	WITH: {
		name: "f",
		source: `async function f(o) { with (o) { await null; return x; } } async function main() { return await f({ x: 5 }); }`,
		sloppy: true,
	},
	YIELD_NAME: {
		name: "f",
		source: `async function f() { var yield = 1; await null; return yield + 1; } async function main() { return await f(); }`,
		sloppy: true,
	},
	OBJECT_SUPER: {
		name: "m",
		source: `const base = { async m() { return "base"; } }; const o = { __proto__: base, async m() { return "own " + (await super.m()); } }; async function main() { return await o.m(); }`,
	},
	SUPER_FORM: {
		name: "m",
		source: `class A { get x() { return this.y ?? 1; } set x(v) { this.y = v; } } class B extends A { async m() { await null; super.x++; return this.y; } } async function main() { return await new B().m(); }`,
	},
	THIS_BEFORE_SUPER: {
		name: "later",
		source: `class A { n = 1; } class B extends A { constructor() { const later = async () => { await null; return this.n; }; super(); this.later = later; } } async function main() { return await new B().later(); }`,
	},
	ARGUMENTS: {
		name: "a",
		source: `function f(x, a = async () => { await null; return arguments.length; }) { return a(); } async function main() { return await f(1, undefined, 3); }`,
	},
	SWITCH: {
		name: "f",
		source: `async function main() { switch (1) { case 0: async function f() { await null; return 7; } case 1: return await f(); } }`,
	},
	COMPUTED_KEY: {
		name: "",
		source: `const k = "key"; class A { x = { async [k]() { await null; return 3; } }; } async function main() { const { x } = new A(); return [await x.key(), x.key.name]; }`,
	},
	DECORATOR: {
		name: "items",
		source: `const seen = []; function d(target, key, descriptor) { seen.push(key, descriptor.value.constructor.name); } class A { @d async *items() { await null; yield 1; } } async function main() { const all = []; for await (const x of new A().items()) all.push(x); return [...seen, ...all]; }`,
	},
	NAME_ASSIGNED: {
		name: "f",
		source: `const g = async function f() { await null; f = 1; return typeof f; }; async function main() { return await g(); }`,
		sloppy: true,
	},
};

const fileOf = (sloppy: boolean | undefined): string => (sloppy === true ? "program.cjs" : "program.ts");

test("every reason there is has a case", () => {
	expect([...Object.keys(cases), "CONFIGURATION", "FIXTURES"].sort()).toEqual(Object.keys(nativeReasons).sort());
});

describe.each(Object.entries(cases))("%s", (code, { source, name, sloppy }) => {
	test("one function stays native, and the diagnostic says which, where and why", () => {
		const text = sloppy === true ? source : `"use strict";\n${source}`;
		const { diagnostics, functions } = transform(text, { filename: fileOf(sloppy), format: "commonjs" });
		expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([`HOLDFAST_NATIVE_${code}`]);
		const [{ message, line, column } = { message: "", line: 0, column: 0 }] = diagnostics;
		expect(message).toContain(nativeReasons[code as NativeReason]);
		expect(message).toContain(name);
		expect([line, column > 0]).toEqual([sloppy === true ? 1 : 2, true]);
		const native = functions.filter(({ form }) => form === "native");
		expect(native.map((each) => [each.name, each.reason])).toEqual([[name, `HOLDFAST_NATIVE_${code}`]]);
		expect(functions.length).toBeGreaterThan(1);
	});
	same("it does what it does natively", source, { sloppy: sloppy ?? false, filename: fileOf(sloppy) });
});
