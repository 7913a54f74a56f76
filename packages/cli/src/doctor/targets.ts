import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { installedVersion } from "./copies.ts";
import type { Finding } from "./diagnosis.ts";
import { type Project, readJson, readText } from "./project.ts";
import { lineOf, scriptsOf, tryToSurvey } from "./tools.ts";

/** Targets that have no async functions: these become generators, or worse, and the compiler can see them no more. */
const low = /^es(?:3|5|6|2015|2016)$/i;

const tooLow = "has no async functions: they are lowered to generators, which the compiler cannot see";
const mend = `Set it to "ES2017" or later; a bundler's own target may stay as it is, for it comes after the compiler.`;

/** Tools that take async functions out of the code before the compiler sees them. */
export function checkTargets(project: Project): Finding[] {
	return [
		...checkTypeScript(project),
		...checkBabel(project),
		...checkSwc(project),
		...checkOrder(project),
		...checkSources(project),
	];
}

/** TypeScript's output matters where it comes first: in a build by tsc whose result is loaded or bundled. */
function checkTypeScript(project: Project): Finding[] {
	const emitting = scriptsOf(project).find(({ words }) => words[0] === "tsc" && !words.includes("--noEmit"));
	const option = emitting?.words[emitting.words.findIndex((word) => word === "--target" || word === "-t") + 1];
	const fromScript = option !== undefined && option !== "tsc" ? option : undefined;
	const file = project.atRoot(/^tsconfig\.json$/)[0];
	const fromFile = file === undefined ? undefined : targetOf(join(project.root, file), project.root);
	const target = fromScript ?? fromFile;
	if (file === undefined && fromScript === undefined) return [];
	const old = target === undefined && isOldTypeScript(project.root);
	if (!old && (target === undefined || !low.test(target))) return [];
	const noEmit = file !== undefined && noEmitOf(join(project.root, file), project.root);
	const matters = emitting !== undefined && (fromScript !== undefined || !noEmit);
	return [
		{
			code: "target-too-low",
			level: matters ? "problem" : "note",
			message: old
				? "TypeScript before version 6 compiles to ES5 where no target is set, which has no async functions."
				: `The target "${target}" of ${fromScript === undefined ? file : `the script "${emitting?.name}"`} ${tooLow}.`,
			mend: matters ? mend : `${mend} No script of this project emits with tsc, so it has no effect now.`,
			...(file !== undefined && { place: { file, line: lineOf(project.text(file), /"target"/) ?? 1, column: 1 } }),
		},
	];
}

interface TypeScriptConfig {
	readonly extends?: string | readonly string[];
	readonly compilerOptions?: { readonly target?: string; readonly noEmit?: boolean };
}

function targetOf(path: string, root: string): string | undefined {
	return optionOf(path, root, "target") as string | undefined;
}

function noEmitOf(path: string, root: string): boolean {
	return optionOf(path, root, "noEmit") === true;
}

function optionOf(path: string, root: string, name: "target" | "noEmit", depth = 0): unknown {
	const { compilerOptions, extends: bases = [] } = Object(readJson(path)) as TypeScriptConfig;
	const own = compilerOptions?.[name];
	if (own !== undefined || depth > 9) return own;
	// The last one wins.
	for (const base of [bases].flat().reverse()) {
		const file = baseOf(base, path, root);
		const value = file === undefined ? undefined : optionOf(file, root, name, depth + 1);
		if (value !== undefined) return value;
	}
	return undefined;
}

function baseOf(base: string, path: string, root: string): string | undefined {
	if (base.startsWith(".") || base.startsWith("/")) {
		const file = resolve(dirname(path), base);
		return [file, `${file}.json`, join(file, "tsconfig.json")].find(
			(name) => /\.json$/.test(name) && readText(name) !== undefined,
		);
	}
	const find = createRequire(join(root, "package.json")).resolve;
	for (const name of [base, `${base}.json`, `${base}/tsconfig.json`])
		try {
			return find(name);
		} catch {
			// Not under this name.
		}
	return undefined;
}

function isOldTypeScript(root: string): boolean {
	const version = installedVersion(root, "typescript");
	return version !== undefined && Number.parseInt(version, 10) < 6;
}

function checkBabel(project: Project): Finding[] {
	const files = project.atRoot(/^(?:babel\.config\.(?:[cm]?js|json)|\.babelrc(?:\.[cm]?js|\.json)?)$/);
	const emits = scriptsOf(project).some(({ words }) => words[0] === "babel");
	return files.flatMap((file): Finding[] => {
		const text = project.text(file);
		const lowers = /transform-async-to-generator|transform-regenerator/.test(text);
		const preset = /preset-env/.test(text) && !/targets|browserslist/.test(text) && !hasBrowserslist(project);
		if (!lowers && !preset) return [];
		return [
			{
				code: "target-too-low",
				level: emits ? "problem" : "note",
				message: `Babel lowers async functions to generators (${file}), which the compiler cannot see.`,
				mend: `Set targets in preset-env, for example { targets: { node: "20" } }, or let the compiler's plugin come first.`,
				place: { file, line: lineOf(text, /preset-env|transform-/) ?? 1, column: 1 },
			},
		];
	});
}

function hasBrowserslist(project: Project): boolean {
	return project.atRoot(/^\.browserslistrc$/).length > 0 || /"browserslist"/.test(project.text("package.json"));
}

function checkSwc(project: Project): Finding[] {
	const [file] = project.atRoot(/^\.swcrc$/);
	if (file === undefined) return [];
	const { jsc, env } = Object(readJson(join(project.root, file))) as { jsc?: { target?: string }; env?: unknown };
	const target = jsc?.target ?? (env === undefined ? "es5" : undefined);
	if (target === undefined || !low.test(target)) return [];
	const emits = scriptsOf(project).some(({ words }) => words[0] === "swc");
	return [
		{
			code: "target-too-low",
			level: emits ? "problem" : "note",
			message: `The target "${target}" of ${file} ${tooLow}.`,
			mend: `Set jsc.target to "es2017" or later.`,
			place: { file, line: lineOf(project.text(file), /"target"/) ?? 1, column: 1 },
		},
	];
}

const others = /@rollup\/plugin-(?:typescript|babel|swc|sucrase)|rollup-plugin-(?:typescript2?|esbuild|swc3?|ts)/;

/** Rollup calls plugins in the order of the list. */
function checkOrder(project: Project): Finding[] {
	return project.atRoot(/^(?:rollup|rolldown)\.config\.[cm]?[jt]s$/).flatMap((file): Finding[] => {
		const text = project.text(file);
		const place = (module: RegExp): { name: string; at: number } | undefined => {
			const name = new RegExp(`import\\s+(\\w+)\\s+from\\s*["'](?:${module.source})["']`).exec(text)?.[1];
			const at = name === undefined ? -1 : text.search(new RegExp(`\\b${name}\\s*\\(`));
			return name === undefined || at < 0 ? undefined : { name, at };
		};
		const [own, other] = [place(/@holdfast\/compiler\/roll\w+/), place(others)];
		if (own === undefined || other === undefined || own.at < other.at) return [];
		return [
			{
				code: "plugin-order",
				level: "problem",
				message: `In ${file} the plugin ${other.name}() comes before ${own.name}(): the compiler sees what it has made of the source.`,
				mend: `Put ${own.name}() first in the list of plugins.`,
				place: { file, line: text.slice(0, own.at).split("\n").length, column: 1 },
			},
		];
	});
}

const helpers = /\b(?:var|const|function)\s+(?:__awaiter|_asyncToGenerator|_async_to_generator|__async)\b/;

/** Files that have been lowered already, by whomever. */
function checkSources(project: Project): Finding[] {
	return project.sources.flatMap((file): Finding[] => {
		const text = project.text(file);
		if (!helpers.test(text) || tryToSurvey(text, file).imports.includes("vitest")) return [];
		return [
			{
				code: "lowered-source",
				level: "problem",
				message: `${file} holds async functions that another tool has lowered to generators: they stay as they are.`,
				mend: "Compile the source that it was made from, or exclude it.",
				place: { file, line: lineOf(text, helpers) ?? 1, column: 1 },
			},
		];
	});
}
