import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { defineConfig, findConfig, loadOptions } from "./config.ts";
import { CompileError, OptionError } from "./errors.ts";

const directories: string[] = [];
afterAll(() => {
	for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A folder with these files, as a repository of its own. */
function project(files: Record<string, string>): string {
	const directory = mkdtempSync(join(tmpdir(), "holdfast-config-"));
	directories.push(directory);
	mkdirSync(join(directory, ".git"));
	for (const [name, text] of Object.entries(files)) write(directory, name, text);
	return directory;
}

function write(directory: string, name: string, text: string): void {
	mkdirSync(dirname(join(directory, name)), { recursive: true });
	writeFileSync(join(directory, name), text);
}

const structureIn = (directory: string): string => loadOptions({}, {}, directory).structure;

test.each([
	["holdfast.config.ts", `const structure = "function" as const; export default { structure } satisfies object;`],
	["holdfast.config.mts", `export default { structure: "function" } as const;`],
	["holdfast.config.mjs", `export default { structure: "function" };`],
	["holdfast.config.json", `{ "structure": "function" }`],
	["package.json", `{ "name": "x", "holdfast": { "structure": "function" } }`],
])("%s is a configuration", (name, text) => {
	const directory = project({ [name]: text });
	expect(structureIn(directory)).toBe("function");
	expect(findConfig(directory)).toEqual({
		path: join(directory, name),
		directory,
		config: { structure: "function" },
	});
});

test("a .js or .ts file may be a module or CommonJS, as package.json says or its syntax shows", () => {
	const [module, commonjs] = [
		`export default { structure: "function" };`,
		`module.exports = { structure: "function" };`,
	];
	for (const ending of ["js", "ts"]) {
		const file = `holdfast.config.${ending}`;
		expect(structureIn(project({ "package.json": `{"type":"module"}`, [file]: module }))).toBe("function");
		expect(structureIn(project({ "package.json": `{}`, [file]: module }))).toBe("function");
		expect(structureIn(project({ "package.json": `{"type":"commonjs"}`, [file]: commonjs }))).toBe("function");
		expect(structureIn(project({ [file]: commonjs }))).toBe("function");
	}
});

test("it may import other modules, and knows where it stands", () => {
	const directory = project({
		"holdfast.config.mjs": `import { exclude } from "./shared.mjs"; import { basename } from "node:path"; export default { exclude, include: basename(import.meta.url) };`,
		"shared.mjs": `export const exclude = ["gen/**"];`,
	});
	expect(findConfig(directory)?.config).toEqual({ exclude: ["gen/**"], include: "holdfast.config.mjs" });
});

test("the nearest one counts, up to the root of the repository", () => {
	const directory = project({
		"holdfast.config.json": `{ "structure": "function" }`,
		"packages/a/package.json": `{ "name": "a" }`,
		"packages/b/holdfast.config.json": `{ "ticks": "native" }`,
		"vendor/c/.git/HEAD": "",
	});
	expect(structureIn(join(directory, "packages/a"))).toBe("function");
	expect(structureIn(join(directory, "packages/b"))).toBe("scope");
	expect(structureIn(join(directory, "vendor/c"))).toBe("scope");
	expect(loadOptions({}, {}, join(directory, "packages/a")).root).toBe(directory);
	expect(loadOptions({ root: join(directory, "packages/b") }, {}, directory).ticks).toBe("native");
});

test("a file that is named wins over the nearest one; false looks for none", () => {
	const directory = project({
		"holdfast.config.json": `{ "ticks": "native" }`,
		"other/mine.json": `{ "structure": "function" }`,
	});
	const named = loadOptions({ config: "other/mine.json" }, {}, directory);
	expect([named.structure, named.ticks, named.config]).toEqual([
		"function",
		"default",
		join(directory, "other/mine.json"),
	]);
	expect(loadOptions({ config: false }, {}, directory).ticks).toBe("default");
	expect(() => loadOptions({ config: "absent.ts" }, {}, directory)).toThrow(
		`Option "config" names ${join(directory, "absent.ts")}, which does not exist.`,
	);
});

test("two configurations in one folder are an error that names both", () => {
	const directory = project({ "holdfast.config.ts": "export default {};", "package.json": `{ "holdfast": {} }` });
	expect(() => findConfig(directory)).toThrow(
		`There are 2 configurations: ${join(directory, "holdfast.config.ts")} and the key "holdfast" of ${join(directory, "package.json")}. Keep one of them.`,
	);
	write(directory, "holdfast.config.json", "{}");
	expect(() => findConfig(directory)).toThrow("There are 3 configurations: ");
});

test("an error names the file, the key, what is allowed and what was probably meant", () => {
	const error = (name: string, text: string): string => {
		const directory = project({ [name]: text });
		try {
			findConfig(directory);
		} catch (error) {
			expect(error).toBeInstanceOf(OptionError);
			return (error as Error).message.replaceAll(directory, "DIR");
		}
		throw new Error("no error");
	};
	expect(error("holdfast.config.mjs", `export default { strucutre: "function" };`)).toBe(
		'DIR/holdfast.config.mjs: Unknown option "strucutre". Did you mean "structure"? The options are include, exclude, structure, ticks, findings, overrides.',
	);
	expect(error("holdfast.config.json", `{ "structure": "functions" }`)).toBe(
		'DIR/holdfast.config.json: Option "structure" must be "function" or "scope", not "functions".',
	);
	expect(error("package.json", `{ "holdfast": { "overrides": [{ "files": "a", "tick": "native" }] } }`)).toBe(
		'DIR/package.json, key "holdfast": Unknown option "overrides[0].tick". Did you mean "overrides[0].ticks"? The options there are files, structure, ticks, native, findings.',
	);
	expect(error("holdfast.config.json", `{ "root": "src" }`)).toBe(
		'DIR/holdfast.config.json: Unknown option "root": in a configuration file the root is the file\'s own folder.',
	);
	expect(error("holdfast.config.mjs", "export default () => ({});")).toBe(
		"DIR/holdfast.config.mjs: The configuration must be an object, not a function.",
	);
	expect(error("holdfast.config.mjs", "export const structure = 'scope';")).toBe(
		"DIR/holdfast.config.mjs has no default export; write: export default { … }",
	);
	expect(error("holdfast.config.mjs", "await null; export default {};")).toBe(
		"DIR/holdfast.config.mjs uses await at its top level; it is needed before the program begins, and cannot wait.",
	);
	expect(error("holdfast.config.ts", "throw new Error('out of order'); export default {};")).toBe(
		"DIR/holdfast.config.ts cannot be loaded: out of order",
	);
	expect(error("holdfast.config.json", "{")).toMatch(/^DIR\/holdfast\.config\.json is no JSON: /);
});

test("a file that cannot be parsed is shown where it is wrong", () => {
	const directory = project({ "holdfast.config.ts": "export default {\n\tstructure:\n};" });
	expect(() => findConfig(directory)).toThrow(CompileError);
	expect(() => findConfig(directory)).toThrow(`${join(directory, "holdfast.config.ts")}:3:1: `);
	expect(() => findConfig(directory)).toThrow("> 3 | };");
});

test("a package.json that is no JSON is not this package's to report", () => {
	expect(findConfig(project({ "package.json": "{" }))).toBeUndefined();
});

test("a changed file is read afresh", () => {
	for (const name of ["holdfast.config.ts", "holdfast.config.json"]) {
		const text = (structure: string): string =>
			name.endsWith("json") ? `{ "structure": "${structure}" }` : `export default { structure: "${structure}" };`;
		const directory = project({ [name]: text("function") });
		for (const structure of ["scope", "function", "scope"]) {
			write(directory, name, text(structure));
			expect(structureIn(directory)).toBe(structure);
		}
	}
});

test("defineConfig gives back what it was given", () => {
	const config = { structure: "function" } as const;
	expect(defineConfig(config)).toBe(config);
});
