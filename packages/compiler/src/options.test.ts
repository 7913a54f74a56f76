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
		'Unknown option "strucutre". Did you mean "structure"? The options are include, exclude, structure, ticks, findings, overrides, root, config.',
	);
	expect(resolve({ structure: "task" })).toThrow('Option "structure" must be "function" or "scope", not "task".');
	expect(resolve({ ticks: 1 })).toThrow('Option "ticks" must be "default" or "native", not 1.');
	expect(resolve({ include: [1] })).toThrow('Option "include" must be a glob or an array of globs, not an array.');
	expect(resolve({ root: 1 })).toThrow('Option "root" must be a path, not 1.');
	expect(resolve({ config: true })).toThrow('Option "config" must be a path or false, not true.');
	expect(resolve({ sourcemap: true })).toThrow('Unknown option "sourcemap". The options are');
	expect(resolve([])).toThrow("The options must be an object, not an array.");
	expect(resolve({}, { HOLDFAST_STRUCTURE: "functions" })).toThrow(
		'Option "HOLDFAST_STRUCTURE" must be "function" or "scope", not "functions".',
	);
	expect(resolve({}, { HOLDFAST_TICKS: "fast" })).toThrow('"HOLDFAST_TICKS"');
});

test("overrides are checked with their place", () => {
	const resolve =
		(...overrides: unknown[]) =>
		() =>
			resolveOptions({ overrides } as CompilerOptions, {});
	expect(resolve({ files: "a/**" }, { file: "b/**" })).toThrow(
		'Unknown option "overrides[1].file". Did you mean "overrides[1].files"? The options there are files, structure, ticks, native, findings.',
	);
	expect(resolve({ structure: "scope" })).toThrow(
		'Option "overrides[0]" has no "files": it says for which files the rest holds.',
	);
	expect(resolve({ files: "a", native: "yes" })).toThrow(
		'Option "overrides[0].native" must be true or false, not "yes".',
	);
	expect(resolve({ files: "a", structure: "task" })).toThrow(
		'Option "overrides[0].structure" must be "function" or "scope", not "task".',
	);
	expect(resolve("src/**")).toThrow('Option "overrides[0]" must be an object, not "src/**".');
	expect(() => resolveOptions({ overrides: {} } as CompilerOptions, {})).toThrow(
		'Option "overrides" must be an array of objects, not an object.',
	);
});

test("overrides hold for their files, and the last one that says something wins", () => {
	const { settings, structure } = resolveOptions(
		{
			root,
			structure: "function",
			overrides: [
				{ files: ["src/jobs/**", "src/old/"], structure: "scope", ticks: "native" },
				{ files: "src/jobs/new.ts", structure: "function" },
				{ files: "**/*.gen.ts", native: true },
			],
		},
		{},
	);
	expect(structure).toBe("function");
	expect(settings("/project/src/a.ts")).toEqual({ structure: "function", ticks: "default", native: false });
	expect(settings("/project/src/jobs/a.ts")).toEqual({ structure: "scope", ticks: "native", native: false });
	expect(settings("src/old/deep/a.ts")).toEqual({ structure: "scope", ticks: "native", native: false });
	expect(settings("/project/src/jobs/new.ts")).toEqual({ structure: "function", ticks: "native", native: false });
	expect(settings("/project/src/jobs/a.gen.ts")).toEqual({ structure: "scope", ticks: "native", native: true });
});

test("environment over options over the configuration file, key by key; the file's globs are relative to its folder", () => {
	const config = {
		path: "/project/holdfast.config.ts",
		directory: "/project",
		config: {
			structure: "function",
			ticks: "native",
			include: "packages/*/src/**",
			exclude: "packages/b/**",
			overrides: [{ files: "packages/a/**", ticks: "default" }],
		},
	} as const;
	const resolved = resolveOptions({ structure: "scope", root: "/project/packages" }, {}, config);
	expect(resolved.config).toBe(config.path);
	expect(resolved.settings("/project/packages/c/src/a.ts")).toMatchObject({ structure: "scope", ticks: "native" });
	expect(resolved.settings("/project/packages/a/src/a.ts")).toMatchObject({ structure: "scope", ticks: "default" });
	expect(resolved.includes("/project/packages/a/src/a.ts")).toBe(true);
	expect(resolved.includes("/project/packages/b/src/a.ts")).toBe(false);
	expect(resolved.includes("/project/tools/a.ts")).toBe(false);
	const mixed = resolveOptions({ root: "/project/packages", exclude: "a/**" }, { HOLDFAST_TICKS: "native" }, config);
	expect(mixed.includes("/project/packages/a/src/a.ts")).toBe(false);
	expect(mixed.includes("/project/packages/b/src/a.ts")).toBe(true);
	expect(mixed.settings("/project/packages/a/src/a.ts")).toMatchObject({ structure: "function", ticks: "native" });
	expect(resolveOptions({}, {}, config).root).toBe("/project");
});

test("findings: rules are merged from the weakest source to the strongest, and one switch turns all off", () => {
	const of = (options: CompilerOptions, environment = {}, path = "/project/src/a.ts") =>
		resolveOptions({ root, ...options }, environment).findings(path);
	expect(of({})).toEqual({});
	expect(of({ findings: false })).toBe(false);
	expect(of({}, { HOLDFAST_FINDINGS: "off" })).toBe(false);
	expect(of({ findings: false }, { HOLDFAST_FINDINGS: "on" })).toEqual({});
	expect(of({}, {}, "/project/node_modules/a/index.js")).toBe(false);
	const options: CompilerOptions = {
		findings: { "busy-loop": "off", "floating-task": "off" },
		overrides: [
			{ files: "src/**", findings: { "busy-loop": "warn" } },
			{ files: "test/**", findings: false },
			{ files: "test/own/**", findings: true },
		],
	};
	expect(of(options)).toEqual({ "busy-loop": "warn", "floating-task": "off" });
	expect(of(options, {}, "/project/test/a.ts")).toBe(false);
	expect(of(options, {}, "/project/test/own/a.ts")).toEqual({});
	const config = { path: "/project/holdfast.config.json", directory: "/project", config: options };
	expect(resolveOptions({ findings: { "async-executor": "off" } }, {}, config).findings("/project/src/a.ts")).toEqual({
		"async-executor": "off",
		"busy-loop": "warn",
		"floating-task": "off",
	});
	expect(resolveOptions({}, { HOLDFAST_FINDINGS: "on" }).printsFindings).toBe(true);
	expect(() => of({ findings: { "floating-tasks": "off" } as object })).toThrow(
		'Unknown option "findings.floating-tasks". Did you mean "findings.floating-task"?',
	);
	expect(() => of({ findings: { "floating-task": "error" } as object })).toThrow(
		'Option "findings.floating-task" must be "warn" or "off", not "error".',
	);
	expect(() => of({ findings: "off" as never })).toThrow('Option "findings" must be an object, not "off".');
});
