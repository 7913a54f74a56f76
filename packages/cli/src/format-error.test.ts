import { afterAll, describe, expect, test, vi } from "vitest";
import { Project } from "../test-support/processes.ts";
import { formatError } from "./index.ts";

vi.setConfig({ testTimeout: 60_000 });

const project = new Project();
afterAll(() => project.remove());

/** An error whose stack is known. */
function failure(message: string, stack: string[] = [], options: { cause?: unknown; name?: string } = {}): Error {
	const error = new Error(message, "cause" in options ? { cause: options.cause } : {});
	if (options.name !== undefined) error.name = options.name;
	error.stack = `${error.name}: ${message}\n${stack.map((line) => `    at ${line}`).join("\n")}`;
	return error;
}

const root = "/project";
const hidden = ["/runtime/"];
const print = (error: unknown, more: object = {}): string => formatError(error, { root, hidden, ...more });

test("the stack is that of the program: without Node, the runtime and the machinery of generators", () => {
	const error = failure("no", [
		"load (/project/src/app.ts:3:5)",
		"load.next (<anonymous>)",
		"Frame.runBody (/runtime/dist/body.js:49:61)",
		"Array.map (<anonymous>)",
		"async Promise.all (index 0)",
		"new Promise (<anonymous>)",
		"file:///project/src/main.ts:8:1",
		"async fetch (node:internal/deps/undici/undici:1:2)",
		"process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
	]);
	expect(print(error)).toBe(
		["Error: no", "    at load (src/app.ts:3:5)", "    at Array.map", "    at src/main.ts:8:1"].join("\n"),
	);
});

test("a message that looks like a stack stays a message", () => {
	const error = failure("two\n    at once (/project/x.ts:1:1)", ["f (/project/y.ts:2:2)"]);
	expect(print(error)).toBe("Error: two\n    at once (/project/x.ts:1:1)\n    at f (y.ts:2:2)");
});

test("cause, members and suppressed errors stand below, indented, with the tasks they came from", () => {
	const cause = failure("refused", ["connect (/project/net.ts:1:1)"]);
	const sibling = failure("also");
	const error = failure("no", ["load (/project/app.ts:3:5)"], { cause });
	const pathOf = (one: unknown): string => (one === sibling ? "main › other" : "main › load");
	expect(print(error, { pathOf, suppressed: (one: unknown) => (one === error ? [sibling] : []) })).toBe(
		[
			"Error: no",
			"in main › load",
			"    at load (app.ts:3:5)",
			"  cause: Error: refused",
			"      at connect (net.ts:1:1)",
			"  suppressed: Error: also",
			"      in main › other",
		].join("\n"),
	);
});

test("a group's errors are numbered, and a long list is cut", () => {
	const members = Array.from({ length: 12 }, (_, index) => failure(`m${index}`));
	const group = Object.assign(new AggregateError(members, "12 tasks failed."), { stack: "" });
	const lines = print(group).split("\n");
	expect(lines[0]).toBe("AggregateError: 12 tasks failed.");
	expect(lines[1]).toBe("  error 1 of 12: Error: m0");
	expect(lines.at(-1)).toBe("  and 2 more");
});

test("an error that is its own cause is printed once", () => {
	const error = failure("round");
	error.cause = error;
	expect(print(error)).toBe("Error: round\n  cause: Error: round (see above)");
});

test("what an error carries is shown, unless the message says it", () => {
	const http = Object.assign(failure("Not found"), { status: 404 });
	expect(print(http)).toBe("Error: Not found\n    { status: 404 }");
	const file = Object.assign(failure("ENOENT: no such file, open '/x'"), { code: "ENOENT", errno: -2, path: "/x" });
	expect(print(file)).toBe("Error: ENOENT: no such file, open '/x'");
});

test("values that are no errors are shown as such", () => {
	expect(print("text")).toBe("Thrown: 'text'");
	expect(print(undefined)).toBe("Thrown: undefined");
	expect(print({ a: 1 }, { path: "main" })).toBe("Thrown: { a: 1 }\nin main");
});

test("colours come only when asked for", () => {
	expect(print(failure("no"))).not.toContain("\x1b");
	expect(print(failure("no"), { color: true })).toContain("\x1b[31mError: no");
});

describe("a failing program", () => {
	test("is shown with its task path and its own source, and without the runtime's lines", async () => {
		const ended = await project.program(
			[
				`import { sleep, withTaskGroup } from "holdfast";`,
				"",
				"interface Page { readonly url: string }",
				"",
				"async function load(page: Page): Promise<void> {",
				"	await sleep(1);",
				"\tthrow new RangeError(page.url);",
				"}",
				"",
				"export default async function main(): Promise<void> {",
				"	await withTaskGroup(async (group) => {",
				`		group.spawn(load, { url: "a.html" });`,
				"		await sleep(1_000);",
				"	});",
				"}",
			].join("\n"),
		);
		expect(ended.code).toBe(1);
		expect(ended.stderr.split("\n").slice(0, 9)).toEqual([
			"RangeError: a.html",
			"in main › load",
			"",
			"  5 | async function load(page: Page): Promise<void> {",
			"  6 | \tawait sleep(1);",
			"> 7 | \tthrow new RangeError(page.url);",
			"    | \t      ^",
			"  8 | }",
			"  9 |",
		]);
		expect(ended.stderr).toContain("    at load (main.ts:7:8)");
		expect(ended.stderr).not.toMatch(/node:|packages\/holdfast|\$load/);
	});

	test("shows further failures", async () => {
		const ended = await project.program(`
			import { checkpoint, withTaskGroup } from "holdfast";
			async function fail(message: string) { await checkpoint(); throw new Error(message); }
			export default async function main() {
				await withTaskGroup(async (group) => {
					group.spawn(fail, "first");
					group.spawn(fail, "second");
				}, { errors: "group" });
			}
		`);
		expect(ended.code).toBe(1);
		expect(ended.stderr).toContain("TaskGroupError: 2 tasks of the group failed.\nin main\n");
		expect(ended.stderr).toContain("  error 1 of 2: Error: first\n      in main › fail\n");
		expect(ended.stderr).toContain("  error 2 of 2: Error: second\n");
	});
});
