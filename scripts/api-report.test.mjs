import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { apiReport } from "./api-report.mjs";

const trees = [];
afterEach(() => {
	for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

function report(files) {
	const tree = mkdtempSync(join(tmpdir(), "holdfast-api-"));
	trees.push(tree);
	for (const [path, text] of Object.entries(files)) writeFileSync(join(tree, path), text);
	return apiReport("pkg", tree, [[".", join(tree, "index.d.ts")]]);
}

test("what an exported name needs is in the report, and nothing else", () => {
	expect(
		report({
			"index.d.ts": `export { run, type Options as RunOptions } from "./run.ts";\nexport * from "./errors.ts";\n`,
			"run.d.ts": `import { type Loop } from "./loop.ts";
import type { Readable } from "node:stream";
export interface Options {
    /** Which loop. */
    loop: Loop;
    input: Readable;
}
export declare function run(options: Options): import("./task.js").Task;
export declare function run(): void;
export declare const internal: number;
`,
			"loop.d.ts": "type Time = number;\ninterface Unused {\n}\nexport interface Loop {\n    now(): Time; // ms\n}\n",
			"task.d.ts": "export declare class Task {\n    #private;\n}\nexport declare class Other {\n}\n",
			"errors.d.ts":
				"declare class Failure extends Error {\n}\nexport { Failure };\n//# sourceMappingURL=errors.d.ts.map",
		}),
	).toBe(`// pkg
//   Failure
//   RunOptions
//   run

// errors.d.ts
declare class Failure extends Error {
}

// loop.d.ts
type Time = number;
export interface Loop {
    now(): Time;
}

// run.d.ts
export interface Options {
    loop: Loop;
    input: Readable;
}
export declare function run(options: Options): import("./task.js").Task;
export declare function run(): void;

// task.d.ts
export declare class Task {
    #private;
}
`);
});

test("a build that is missing is said to be", () => {
	expect(() => report({})).toThrow(/index\.d\.ts is missing; build first/);
});

test("a name of the package's own `imports` is followed to its types", () => {
	const text = report({
		"package.json": JSON.stringify({ imports: { "#host": { types: "./full.d.ts", default: "./browser.js" } } }),
		"index.d.ts": `export { signals } from "#host";\n`,
		"full.d.ts": "export declare function signals(): void;\n",
	});
	expect(text).toContain("// full.d.ts\nexport declare function signals(): void;");
});
