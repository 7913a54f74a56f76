import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bodyIndex, coroutineFunctions, coroutineMethods, scopeFunctions } from "./library.ts";

const report = readFileSync(new URL("../../../../api/holdfast.api.d.ts", import.meta.url), "utf8");
const gives = /\): (?:Coroutine|Resource)<|^export declare const \w+: (?:<[^(]*>)?\(.*\) => Coroutine</;

/** The declarations of functions, one text for each overload. */
const functions = [...report.matchAll(/^export declare (?:function|const) (\w+)[\s\S]*?;$/gm)].map(
	([text, name]) => [name as string, text] as const,
);

test("the functions that give coroutines are those of the package", () => {
	const declared = new Set(functions.filter(([, text]) => gives.test(text)).map(([name]) => name));
	expect([...coroutineFunctions].sort()).toEqual([...declared].sort());
});

test("the methods that give coroutines are those of the classes", () => {
	for (const [owner, methods] of Object.entries(coroutineMethods)) {
		const name = owner[0]?.toUpperCase() + owner.slice(1);
		const body = new RegExp(`^export (?:declare class|interface) ${name}\\b[^{]*\\{([\\s\\S]*?)^\\}`, "m").exec(
			report,
		)?.[1];
		const declared = [...(body ?? "").matchAll(/^ {4}(\w+)(?:<[^(]*>)?\(.*$/gm)]
			.filter(([line]) => gives.test(line))
			.map(([, method]) => method);
		if (owner === "PriorityQueue") expect(methods).toEqual(coroutineMethods.Queue);
		else expect(new Set(methods), name).toEqual(new Set(declared));
	}
});

test("every function whose body is known exists", () => {
	const names = new Set(functions.map(([name]) => name));
	const elsewhere = new Set(["virtualRun"]);
	for (const name of [...bodyIndex.keys(), ...scopeFunctions])
		if (!elsewhere.has(name)) expect(names, name).toContain(name);
});
