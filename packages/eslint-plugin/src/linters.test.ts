// The linters themselves, as programs, over projects whose lines say what is to be found there.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const require = createRequire(import.meta.url);
const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));
const typescript = fileURLToPath(new URL("../test/typescript-six.mjs", import.meta.url));
const eslint = join(dirname(require.resolve("eslint/package.json")), "bin/eslint.js");
const oxlint = join(dirname(require.resolve("oxlint/package.json")), "bin/oxlint");

/** `file:line rule` for every line that ends in `! rule`. */
function marked(project: string): string[] {
	const directory = join(fixtures, project, "src");
	return readdirSync(directory)
		.flatMap((file) =>
			readFileSync(join(directory, file), "utf8")
				.split("\n")
				.flatMap((line, index) => {
					const rule = /! ([\w-]+)$/.exec(line)?.[1];
					return rule === undefined ? [] : [`src/${file}:${index + 1} ${rule}`];
				}),
		)
		.sort();
}

/** What a linter prints about a project, as JSON. */
function lint(project: string, program: string, ...options: string[]): unknown {
	const flags = ["--conditions=@holdfast/source", "--import", typescript];
	const { stdout, stderr } = spawnSync(process.execPath, [...flags, program, ...options, "src"], {
		cwd: join(fixtures, project),
		encoding: "utf8",
		env: { ...process.env, NODE_OPTIONS: "" },
	});
	expect(stderr).toBe("");
	return JSON.parse(stdout);
}

interface EslintFile {
	readonly filePath: string;
	readonly messages: readonly { readonly ruleId: string | null; readonly line: number; readonly message: string }[];
}

function withEslint(project: string): string[] {
	return (lint(project, eslint, "--format", "json") as EslintFile[])
		.flatMap(({ filePath, messages }) =>
			messages.map(({ ruleId, line, message }) => {
				const file = filePath.slice(join(fixtures, project, "/").length);
				return `${file}:${line} ${ruleId?.replace("holdfast/", "") ?? message}`;
			}),
		)
		.sort();
}

interface OxlintReport {
	readonly diagnostics: readonly {
		readonly code: string;
		readonly filename: string;
		readonly labels: readonly { readonly span: { readonly line: number } }[];
	}[];
}

function withOxlint(project: string): string[] {
	const { diagnostics } = lint(project, oxlint, "--format", "json") as OxlintReport;
	return diagnostics
		.map(({ code, filename, labels }) => `${filename}:${labels[0]?.span.line} ${/\((.*)\)/.exec(code)?.[1]}`)
		.sort();
}

test("ESLint finds every mistake and nothing else", () => {
	expect(withEslint("project")).toEqual(marked("project"));
});

test("Oxlint finds the same", () => {
	expect(withOxlint("project")).toEqual(marked("project"));
});

test("with types the promises and coroutines of other files are known", () => {
	expect(withEslint("typed")).toEqual(marked("typed"));
});
