import { join } from "node:path";
import { mayNeedTransform, type ResolvedOptions, type Survey, survey, transform } from "@holdfast/compiler";
import type { Finding, SourceFile, Tool } from "./diagnosis.ts";
import type { Project } from "./project.ts";

/** What the compiler makes of a project's files, and what it finds in them. */
export interface Compiled {
	readonly files: SourceFile[];
	readonly surveys: ReadonlyMap<string, Survey>;
	readonly findings: Finding[];
}

/** Compiles every file that may have async functions, as a plugin or the loader would. */
export function compileAll(project: Project, options: ResolvedOptions, tools: readonly Tool[]): Compiled {
	const files: SourceFile[] = [];
	const surveys = new Map<string, Survey>();
	const findings: Finding[] = [];
	for (const path of project.sources) {
		const code = project.text(path);
		if (!mayNeedTransform(code)) continue;
		const filename = join(project.root, path);
		const settings = options.settings(filename);
		const { structure, ticks } = settings;
		try {
			const { functions, diagnostics } = transform(code, {
				...settings,
				filename,
				root: options.root,
				sourcemap: false,
			});
			const status = options.includes(filename) ? "compiled" : "excluded";
			const read = survey(code, { ...settings, filename });
			if (functions.length === 0 && read.directives.length === 0) continue;
			files.push({
				path,
				status,
				structure,
				ticks,
				functions,
				by: status === "compiled" ? compilersOf(path, tools) : [],
			});
			if (status === "excluded") continue;
			surveys.set(path, read);
			// What a directive or the configuration has left is told in one line for all.
			for (const { code, message, line, column, severity } of diagnostics)
				if (severity === "warning")
					findings.push({
						code: "left-native",
						level: "problem",
						message: `${message} (${code})`,
						mend: `Write it so, or say that it is meant: "use native" at the head of the function.`,
						place: { file: path, line, column },
					});
		} catch (error) {
			const { line, column, message } = error as { line?: number; column?: number; message: string };
			if (line === undefined || column === undefined) throw error;
			files.push({ path, status: "broken", structure, ticks, functions: [], by: [] });
			findings.push({
				code: "cannot-be-parsed",
				level: "problem",
				// The first line ends with what the parser says; the frame is shown with the place.
				message: `${path} cannot be parsed: ${message.split("\n")[0]?.replace(/^.*?:\d+:\d+: /, "")}`,
				place: { file: path, line, column },
			});
		}
	}
	return { files, surveys, findings: [...findings, ...left(files, surveys), ...callbacks(surveys, options)] };
}

const bundlesOnly = new Set([
	"Rollup",
	"Rolldown",
	"tsdown",
	"webpack",
	"Rspack",
	"Rsbuild",
	"tsup",
	"esbuild",
	"Astro",
]);

/** Bundlers do not come across tests; Vite does for Vitest, where that has no configuration of its own. */
function compilersOf(path: string, tools: readonly Tool[]): string[] {
	const isTest = /\.(?:test|spec)\.|(?:^|\/)(?:__tests__|tests?)\//.test(path);
	const hasVitest = tools.some(({ name }) => name === "Vitest");
	const compiling = tools.filter(
		({ face, name }) => face !== undefined && !(isTest && (bundlesOnly.has(name) || (name === "Vite" && hasVitest))),
	);
	return [...new Set(compiling.map(({ name }) => name))];
}

/** What was left on purpose. */
function left(files: readonly SourceFile[], surveys: ReadonlyMap<string, Survey>): Finding[] {
	const findings: Finding[] = [];
	for (const [file, { directives }] of surveys)
		for (const { directive, caller, line, column } of directives)
			if (directive === "use native")
				findings.push({
					code: "use-native",
					level: "note",
					message: `"use native" leaves ${caller === "" ? "the functions of this file as they are" : `${caller} as it is`}.`,
					place: { file, line, column },
				});
	const excluded = files.filter(({ status }) => status === "excluded");
	const compiled = files.filter(({ status }) => status === "compiled");
	if (excluded.length > 0)
		findings.push({
			code: "excluded",
			level: compiled.length === 0 ? "problem" : "note",
			message: `${compiled.length === 0 ? "All" : excluded.length} ${plural(excluded.length, "file")} with async functions ${excluded.length === 1 ? "is" : "are"} left out by include and exclude: ${some(excluded.map(({ path }) => path))}.`,
			...(compiled.length === 0 && {
				mend: "Widen include, or take patterns out of exclude (HOLDFAST_INCLUDE and HOLDFAST_EXCLUDE count, too).",
			}),
		});
	return findings;
}

/** Runners of tests take async functions as a matter of course. */
const usual = /^(?:\.|\/|node:test|vitest|@?jest|bun:test|mocha|ava|tap|@playwright\/|uvu|holdfast|@holdfast\/)/;

/** Dependencies that are handed async functions. */
function callbacks(surveys: ReadonlyMap<string, Survey>, options: ResolvedOptions): Finding[] {
	const calls = new Map<string, { file: string; line: number; column: number; callee: string }[]>();
	for (const [file, { asyncArguments }] of surveys)
		for (const { module, ...call } of asyncArguments) {
			if (usual.test(module)) continue;
			const name = module
				.split("/")
				.slice(0, module.startsWith("@") ? 2 : 1)
				.join("/");
			if (options.includes(join(options.root, "node_modules", name, "index.js"))) continue;
			calls.set(name, [...(calls.get(name) ?? []), { file, ...call }]);
		}
	return [...calls].map(([name, places]) => ({
		code: "async-callbacks",
		level: "note",
		message: `${name} is handed async functions (${places.length} ${plural(places.length, "call")}, the first: ${places[0]?.callee}()). Each time it calls one a task begins; it belongs to the function on whose stack ${name} runs, else to the one that made the callback.`,
		place: { file: places[0]?.file ?? "", line: places[0]?.line ?? 1, column: places[0]?.column ?? 1 },
	}));
}

export function plural(count: number, word: string): string {
	return count === 1 ? word : `${word}s`;
}

/** The first few of a list. */
export function some(items: readonly string[], most = 5): string {
	const rest = items.length - most;
	return rest > 0 ? `${items.slice(0, most).join(", ")} and ${rest} more` : items.join(", ");
}
