import { expect, test } from "vitest";
import { asyncNamesIn } from "./async-names.ts";

test("every way to name an async function", () => {
	const names = asyncNamesIn(`
async function declared() {}
async function* generator() {}
const arrow = async () => {};
const wrapped = (async () => {});
const typed: Handler = async () => {};
const long: (event: Event, options: { readonly a: number }) => Promise<void> = async (event) => {};
const o = { async method() {}, async *values() {}, property: async () => {}, "quoted"() {} };
class C { async method2() {} async #secret() {} field = async () => {}; typed2: Handler = async () => {}; static async made<T>() {} }
`);
	for (const name of [
		"declared",
		"generator",
		"arrow",
		"wrapped",
		"typed",
		"long",
		"method",
		"values",
		"property",
		"method2",
		"#secret",
		"field",
		"typed2",
		"made",
	])
		expect(names, name).toContain(name);
	expect(names).not.toContain("quoted");
	expect(names).not.toContain("o");
});
