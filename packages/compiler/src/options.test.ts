import { expect, test } from "vitest";
import { OptionError } from "./errors.ts";
import { type CompilerOptions, resolveOptions } from "./options.ts";

const root = "/project";
const includes = (path: string, options: CompilerOptions = {}, environment: Record<string, string> = {}): boolean =>
	resolveOptions({ root, ...options }, environment).includes(path);

test("without patterns everything outside node_modules is compiled", () => {
	expect(includes("/project/src/a.ts")).toBe(true);
	expect(includes("/elsewhere/a.ts")).toBe(true);
	expect(includes("/project/node_modules/p-map/index.js")).toBe(false);
	expect(includes("/project/packages/a/node_modules/b/index.js")).toBe(false);
});

test("include limits own files, and adds dependencies by name", () => {
	const include = ["src/**", "node_modules/p-map/**"];
	expect(includes("/project/src/a.ts", { include })).toBe(true);
	expect(includes("/project/test/a.ts", { include })).toBe(false);
	expect(includes("/project/node_modules/p-map/index.js", { include })).toBe(true);
	expect(includes("/project/node_modules/other/index.js", { include })).toBe(false);
	expect(includes("/project/lib/a.ts", { include: "**/node_modules/p-map/**" })).toBe(true);
	expect(includes("/project/src/a.ts", { include: "./src/" })).toBe(true);
});

test("exclude wins", () => {
	expect(includes("/project/src/gen/a.ts", { include: "src/**", exclude: "src/gen/**" })).toBe(false);
	expect(includes("/project/src/a.test.ts", { exclude: ["**/*.test.ts"] })).toBe(false);
});

test("the environment overrides the configuration", () => {
	expect(includes("/project/src/a.ts", { include: "src/**" }, { HOLDFAST_INCLUDE: "lib/**, app/**" })).toBe(false);
	expect(includes("/project/app/a.ts", { include: "src/**" }, { HOLDFAST_INCLUDE: "lib/**, app/**" })).toBe(true);
	expect(includes("/project/a.{x,y}/b.ts", {}, { HOLDFAST_EXCLUDE: "**/*.{ts,js}" })).toBe(false);
	const resolved = resolveOptions(
		{ structure: "scope", ticks: "native" },
		{ HOLDFAST_STRUCTURE: "function", HOLDFAST_TICKS: "default" },
	);
	expect([resolved.structure, resolved.ticks]).toEqual(["function", "default"]);
});

test("defaults", () => {
	const resolved = resolveOptions(undefined, {});
	expect([resolved.structure, resolved.ticks, resolved.root]).toEqual(["scope", "default", process.cwd()]);
});

test("unknown names and values are refused by name", () => {
	const resolve =
		(options: object, environment = {}) =>
		() =>
			resolveOptions(options as CompilerOptions, environment);
	expect(resolve({ strucutre: "scope" })).toThrow(OptionError);
	expect(resolve({ strucutre: "scope" })).toThrow(
		'Unknown option "strucutre". The options are include, exclude, structure, ticks, root.',
	);
	expect(resolve({ structure: "task" })).toThrow('Option "structure" must be "function" or "scope", not "task".');
	expect(resolve({ ticks: 1 })).toThrow('Option "ticks" must be "default" or "native", not 1.');
	expect(resolve({ include: [1] })).toThrow('Option "include" must be a glob or an array of globs.');
	expect(resolve({ root: 1 })).toThrow('Option "root" must be a path.');
	expect(resolve({}, { HOLDFAST_STRUCTURE: "functions" })).toThrow(
		'Option "HOLDFAST_STRUCTURE" must be "function" or "scope", not "functions".',
	);
	expect(resolve({}, { HOLDFAST_TICKS: "fast" })).toThrow('"HOLDFAST_TICKS"');
});
