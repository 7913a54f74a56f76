import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { compileFile } from "../compile-file.ts";
import { resolveOptions } from "../options.ts";
import { PluginCompiler } from "../plugin-compiler.ts";
import { transform } from "../transform.ts";
import type { FindingLevels } from "./finding.ts";
import { findingCode, findingRules, isFindingRule } from "./rule-names.ts";

const code = "async function save() {}\nsave();\nnew Promise(async () => {});\n";
const found = (findings: boolean | FindingLevels, text = code): string[] =>
	transform(text, { filename: "a.ts", findings }).findings.map(({ rule, line, column }) => `${line}:${column} ${rule}`);

afterEach(() => void vi.restoreAllMocks());

test("transform() looks for them on request, in the order of the text, without the rules that are off", () => {
	expect(transform(code, { filename: "a.ts" }).findings).toEqual([]);
	expect(found(false)).toEqual([]);
	expect(found(true)).toEqual(["2:1 floating-task", "3:13 async-executor"]);
	expect(found({ "floating-task": "off", "async-executor": "warn" })).toEqual(["3:13 async-executor"]);
});

test("a finding is a diagnostic with its rule and its page", () => {
	expect(transform(code, { filename: "a.ts", findings: true }).findings[1]).toEqual({
		code: "HOLDFAST_FINDING_ASYNC_EXECUTOR",
		rule: "async-executor",
		message: expect.stringContaining("The executor of this Promise is async"),
		line: 3,
		column: 13,
		severity: "warning",
		page: "docs/guide/findings.md#async-executor",
	});
});

test("the output is the same with and without", () => {
	const { findings: _, ...plain } = transform(code, { filename: "a.ts" });
	const { findings: __, ...watched } = transform(code, { filename: "a.ts", findings: true });
	expect(watched).toEqual(plain);
});

test("a comment counts as used although its rule is off", () => {
	const text = code.replace("save();", "// holdfast-ignore floating-task -- once\nsave();");
	expect(found({ "floating-task": "off" }, text)).toEqual(["4:13 async-executor"]);
});

test("files that stay native are read as what they are", () => {
	const text =
		'import { sleep } from "holdfast";\nexport const f = async () => { try { await sleep(1); } catch (e) { log(e); } };';
	const native = transform(text, { filename: "a.ts", findings: true, native: true });
	expect(native.changed).toBe(false);
	expect(native.findings.map(({ rule }) => rule)).toEqual(["swallowed-cancellation"]);
	expect(found(true, text)).toEqual([]);
});

test("plugins warn, with the lines around the place", () => {
	const { warnings } = new PluginCompiler({ root: "/project", config: false }).compile(code, "/project/a.ts");
	expect(warnings.map(({ code: name }) => name)).toEqual([
		"HOLDFAST_FINDING_FLOATING_TASK",
		"HOLDFAST_FINDING_ASYNC_EXECUTOR",
	]);
	expect(warnings[0]?.message).toMatch(/^Nobody owns the task of save\(\): .* \(floating-task\)$/);
	expect(warnings[0]?.frame).toContain("> 2 | save();\n    | ^");
	const silent = new PluginCompiler({ root: "/project", config: false, findings: false });
	expect(silent.compile(code, "/project/a.ts").warnings).toEqual([]);
});

test("the loader prints them with HOLDFAST_FINDINGS=on only", () => {
	const printed = vi.spyOn(console, "error").mockReturnValue();
	const directory = mkdtempSync(join(tmpdir(), "holdfast-findings-"));
	try {
		writeFileSync(join(directory, "package.json"), '{"type":"module"}');
		const path = join(directory, "a.ts");
		writeFileSync(path, code);
		compileFile(path, resolveOptions({ root: directory }, {}));
		expect(printed).not.toHaveBeenCalled();
		compileFile(path, resolveOptions({ root: directory }, { HOLDFAST_FINDINGS: "on" }));
		expect(printed.mock.calls[0]?.[0]).toMatch(
			/^.*a\.ts:2:1: Nobody owns .* \(floating-task\)\n\n {2}1 \| .*\n> 2 \| save/,
		);
		expect(printed).toHaveBeenCalledTimes(2);
	} finally {
		rmSync(directory, { recursive: true });
	}
});

test("names and codes of the rules", () => {
	expect(findingCode("yield-without-star")).toBe("HOLDFAST_FINDING_YIELD_WITHOUT_STAR");
	expect(Object.keys(findingRules)).toEqual(Object.keys(findingRules).sort());
	expect([isFindingRule("busy-loop"), isFindingRule("toString")]).toEqual([true, false]);
});
