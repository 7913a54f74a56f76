import { expect, test } from "vitest";
import { transform } from "./transform.ts";

const repeat = (count: number, part: (index: number) => string) =>
	Array.from({ length: count }, (_, i) => part(i)).join("\n");

const formOf = (code: string) => {
	const { functions, code: output } = transform(code, { filename: "a.mjs" });
	return { form: functions[0]?.form, reason: functions[0]?.reason, growth: output.length / code.length };
};

test("a long function with few values at a time stays plain", () => {
	const body = repeat(2000, (i) => `{ const x = await g(${i}); if (x) { const y = await g(x); h(x, y); } }`);
	expect(formOf(`export async function f(g, h) { ${body} }`)).toMatchObject({ form: "plain" });
});

test("many values that are kept over many awaits make a generator", () => {
	const list = repeat(600, (i) => `await g(${i}),`);
	const { form, reason, growth } = formOf(`export async function f(g) { return [${list}]; }`);
	expect([form, reason]).toEqual(["generator", "too many values to keep"]);
	expect(growth).toBeLessThan(10);
});

test("what is told of a name does not depend on how many there are: hidden ones are boxed, others are not", () => {
	const code = `export async function f(g) { let x = 1, y = 2; { let x = await g(); await g(x); } await g(); return [x, y]; }`;
	const { code: output } = transform(code, { filename: "a.mjs" });
	expect(output).toMatch(/\{ x: void 0 \}/);
	expect(output).not.toMatch(/y: void 0/);
});

test("of many functions in one file, those that fail as plain ones leave nothing behind", () => {
	const one = (i: number) =>
		`async function f${i}(g) { const h = async () => { await g(); }; for (const k in await g()) { await h(k); } }`;
	const { functions, code } = transform(repeat(300, one), { filename: "a.mjs" });
	expect(functions.filter(({ form }) => form === "plain")).toHaveLength(300);
	expect(functions.filter(({ reason }) => reason === "an await inside a ForInStatement")).toHaveLength(300);
	// Each name of the compiler is taken once.
	const names = [...code.matchAll(/function\*? (\$\w+)/g)].map(([, name]) => name);
	expect(new Set(names).size).toBe(names.length);
});
