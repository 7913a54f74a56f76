import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// The runner of test262 on a checkout of our own making, as small as its format allows.

const runner = fileURLToPath(new URL("../test262/run.mjs", import.meta.url));
let root: string;

/** A test file: its head, and what follows. */
function write(path: string, head: string, body: string): void {
	const file = join(root, path);
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, head === "" ? body : `/*---\n${head}\n---*/\n${body}`);
}

function run(
	only: string,
	environment: Record<string, string> = { TEST262: root },
): { code: number | null; out: string } {
	const { TEST262: _, ...rest } = process.env;
	const result = spawnSync(process.execPath, [runner, "--jobs", "1", "--only", only], {
		env: { ...rest, ...environment },
		encoding: "utf8",
	});
	return { code: result.status, out: result.stdout + result.stderr };
}

beforeAll(() => {
	root = mkdtempSync(join(tmpdir(), "holdfast-checkout-"));
	write("harness/sta.js", "", "function Test262Error(message) { this.message = message; }");
	write("harness/assert.js", "", "function assert(value) { if (value !== true) throw new Test262Error('no'); }");
	write(
		"harness/doneprintHandle.js",
		"",
		"function $DONE(error) { print(error ? 'Test262:AsyncTestFailure:' + error.message : 'Test262:AsyncTestComplete'); }",
	);
	write("harness/more.js", "", "var more = 1;");
	write(
		"test/language/good/both.js",
		"flags: [async]\nincludes: [more.js]",
		"async function f() { return await more; } f().then((it) => assert(it === 1)).then($DONE, $DONE);",
	);
	write(
		"test/language/good/sloppy.js",
		"flags:\n  - async\n  - noStrict",
		"async function f() { await 1; return this; } f().then((it) => assert(it === globalThis)).then($DONE, $DONE);",
	);
	write(
		"test/language/good/module.js",
		"flags: [module, async]",
		"import { f } from './dependency_FIXTURE.js'; assert(await f() === 2); assert((await import('./dependency_FIXTURE.js')).f === f); $DONE();",
	);
	write("test/language/good/dependency_FIXTURE.js", "", "export async function f() { return await 2; }");
	write(
		"test/language/good/negative.js",
		"negative:\n  phase: parse\n  type: SyntaxError",
		"async function f() { let await; }",
	);
	write(
		"test/language/good/negative-runtime.js",
		"negative:\n  phase: runtime\n  type: Test262Error",
		"async () => {}; throw new Test262Error();",
	);
	write("test/language/good/realm.js", "", "async () => {}; assert($262.createRealm().global.Array !== Array);");
	write("test/language/skipped/fails.js", "", "async () => {}; assert(false);");
	write("test/language/skipped/never.js", "flags: [async, onlyStrict]", "async () => {};");
	write("test/language/bad/differs.js", "", "async function f() {} assert(f.toString().startsWith('async'));");
	write(
		"test/language/bad/order.js",
		"flags: [async]",
		"let n = 0; Promise.resolve().then(() => n++).then(() => n++); (async () => { await 1; await 2; assert(n === 2); })().then($DONE, $DONE);",
	);
	write("test/language/ignored/sync.js", "", "assert(false);");
	const listed = "test/annexB/language/expressions/assignmenttargettype/cover-callexpression-and-asyncarrowhead.js";
	write(listed, "flags: [noStrict]", "async () => {};");
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("the runner of test262", () => {
	test("runs scripts sloppy and strict, modules with their dependencies, negative tests and realms", () => {
		const { code, out } = run("/good/");
		expect(out).toContain("native: 10 passed, 0 failed (0 unexpected), 0 skipped");
		expect(out).toMatch(/default\/plain: 10 passed, 0 failed .*, 8 have plain bodies/);
		expect(out).toMatch(/default\/generators: 10 passed, 0 failed .*, 0 have plain bodies/);
		expect(out).toContain("30 passed, 0 failed, 0 skipped");
		expect(code).toBe(0);
	});

	test("skips what fails natively", () => {
		const { code, out } = run("/skipped/|/ignored/");
		expect(out).toContain("2 files");
		expect(out).toContain("0 passed, 0 failed, 9 skipped");
		expect(code).toBe(0);
	});

	test("fails for a difference that is not listed, and names it", () => {
		const { code, out } = run("/bad/");
		expect(out).toContain("FAIL native language/bad/differs.js (sloppy): runtime: Test262Error: no");
		expect(out).toContain("FAIL default/plain language/bad/order.js (strict): no");
		expect(out).toContain("FAIL default/generators language/bad/order.js (strict): no");
		expect(out).not.toContain("FAIL native language/bad/order.js");
		expect(out).toContain("2 passed, 10 failed, 0 skipped");
		expect(code).toBe(1);
	});

	test("fails for a listed test that passes", () => {
		const { code, out } = run("cover-callexpression");
		expect(out).toContain("is listed as failing");
		expect(code).toBe(1);
	});

	test("says how to get test262 where there is none", () => {
		for (const environment of [{}, { TEST262: tmpdir() }] as Record<string, string>[]) {
			const { code, out } = run("x", environment);
			expect(out).toContain("git clone --depth 1 https://github.com/tc39/test262");
			expect(code).toBe(2);
		}
	});
});
