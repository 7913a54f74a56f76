import { type Survey, survey } from "@holdfast/compiler";
import type { Finding, Tool } from "./diagnosis.ts";
import { pluginOptions } from "./plugin-options.ts";
import type { Project } from "./project.ts";

/** A tool that has a configuration file, and the entry point of the compiler that belongs into it. */
interface Kind {
	readonly name: string;
	readonly config: RegExp;
	/** The command by which scripts start it. */
	readonly command: string;
	readonly face: string;
}

const kinds: readonly Kind[] = [
	{ name: "Vite", config: /^vite\.config\.[cm]?[jt]s$/, command: "vite", face: "vite" },
	{ name: "Vitest", config: /^vitest\.config\.[cm]?[jt]s$/, command: "vitest", face: "vite" },
	{ name: "Astro", config: /^astro\.config\.[cm]?[jt]s$/, command: "astro", face: "vite" },
	{ name: "Rollup", config: /^rollup\.config\.[cm]?[jt]s$/, command: "rollup", face: "rollup" },
	{ name: "Rolldown", config: /^rolldown\.config\.[cm]?[jt]s$/, command: "rolldown", face: "rolldown" },
	{ name: "tsdown", config: /^tsdown\.config\.[cm]?[jt]s$/, command: "tsdown", face: "rolldown" },
	{ name: "webpack", config: /^webpack\.config\.[cm]?[jt]s$/, command: "webpack", face: "webpack" },
	{ name: "Rspack", config: /^rspack\.config\.[cm]?[jt]s$/, command: "rspack", face: "rspack" },
	{ name: "Rsbuild", config: /^rsbuild\.config\.[cm]?[jt]s$/, command: "rsbuild", face: "rspack" },
	{ name: "tsup", config: /^tsup\.config\.[cm]?[jt]s$/, command: "tsup", face: "esbuild" },
	{ name: "Jest", config: /^jest\.config\.(?:[cm]?[jt]s|json)$/, command: "jest", face: "jest" },
	{ name: "Bun", config: /^bunfig\.toml$/, command: "bun", face: "bun" },
];

const ours = /^@holdfast\/compiler(?:\/|$)/;

/** The tools of a project that have a configuration file, or are started by a script, and what of Holdfast they have. */
export function findTools(project: Project): { tools: Tool[]; findings: Finding[] } {
	const tools: Tool[] = [];
	const findings: Finding[] = [];
	for (const kind of kinds) {
		const files = project.atRoot(kind.config);
		for (const file of files) {
			const found = kind.face === "jest" ? namesIn(project.text(file)) : facesOf(project, file);
			const face = found.find((name) => name === `@holdfast/compiler/${kind.face}`) ?? found[0];
			const options = face === undefined ? undefined : pluginOptions(project.text(file), file, face)?.value;
			tools.push({ name: kind.name, where: file, face, ...(options !== undefined && { options }) });
			if (face === undefined) findings.push(missing(kind, file));
			else if (isBundlerFace(face) && face !== `@holdfast/compiler/${kind.face}`)
				findings.push({
					code: "wrong-plugin",
					level: "problem",
					message: `${file} uses ${face}, which is for another tool.`,
					mend: `Import the plugin from "@holdfast/compiler/${kind.face}".`,
					place: { file, line: lineOf(project.text(file), /@holdfast\/compiler/) ?? 1, column: 1 },
				});
		}
		if (files.length === 0) findings.push(...started(project, kind, tools));
	}
	findEsbuild(project, tools, findings);
	return { tools, findings };
}

/** A tool without a configuration file of its own, which a script starts all the same. */
function started(project: Project, kind: Kind, tools: Tool[]): Finding[] {
	if (kind.name === "Bun" || (kind.name === "Vitest" && tools.some(({ name }) => name === "Vite"))) return [];
	const script = scriptsOf(project).find(({ words }) => words[0] === kind.command);
	const inManifest = kind.name === "Jest" && project.manifest.jest !== undefined;
	if (script === undefined && !inManifest) return [];
	const where = script === undefined ? 'package.json, key "jest"' : `package.json, script "${script.name}"`;
	const face = inManifest ? /@holdfast\/compiler[\w/-]*/.exec(JSON.stringify(project.manifest.jest))?.[0] : undefined;
	tools.push({ name: kind.name, where, face });
	return face === undefined ? [missing(kind, where)] : [];
}

function missing({ name, face }: Kind, where: string): Finding {
	const mends: Record<string, string> = {
		Jest: 'Give it the compiler: transform: { "\\\\.[jt]sx?$": "@holdfast/compiler/jest" }, with the transformer that it has now as an option (docs/guide/compiler.md).',
		Bun: `Preload a file that calls plugin() of "bun" with the plugin: preload = ["./holdfast.ts"].`,
		tsup: `Add the plugin: import holdfast from "@holdfast/compiler/esbuild"; … esbuildPlugins: [holdfast()]. npx holdfast init does it where that is safe.`,
	};
	return {
		code: "plugin-missing",
		level: "problem",
		message: `${name} does not compile: there is no plugin of @holdfast/compiler in ${where}.`,
		mend:
			mends[name] ??
			`Add it: import holdfast from "@holdfast/compiler/${face}"; … plugins: [holdfast()]. npx holdfast init does it where that is safe.`,
	};
}

/** The line of what matches first, counted from 1. */
export function lineOf(text: string, pattern: RegExp): number | undefined {
	const at = text.search(pattern);
	return at < 0 ? undefined : text.slice(0, at).split("\n").length;
}

/** What of the compiler a configuration uses, itself or by a file that it imports. */
function facesOf(project: Project, file: string, depth = 0): string[] {
	const text = project.text(file);
	if (!/\.[cm]?[jt]s$/.test(file)) {
		const direct = text.match(/@holdfast\/compiler[\w/-]*/g) ?? [];
		const preloads = [...text.matchAll(/["'](\.{0,2}\/?[\w./-]+\.[cm]?[jt]sx?)["']/g)].map(([, path = ""]) =>
			normalize(path),
		);
		return [
			...direct,
			...preloads.flatMap((path) => (project.files.includes(path) ? facesOf(project, path, depth + 1) : [])),
		];
	}
	const { imports } = tryToSurvey(text, file);
	const faces = imports.filter((name) => ours.test(name) && isUsed(text, name));
	if (faces.length > 0 || depth > 2) return faces;
	return imports.flatMap((name) => {
		const path = resolveImport(project, file, name);
		return path === undefined ? [] : facesOf(project, path, depth + 1);
	});
}

/** Jest is told names, and loads them itself. */
function namesIn(text: string): string[] {
	const code = text.replace(
		/("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
		(_, string) => string ?? " ",
	);
	return code.match(/@holdfast\/compiler[\w/-]*/g) ?? [];
}

/** An import that is forgotten in the list of plugins does nothing. */
function isUsed(text: string, module: string): boolean {
	const name = new RegExp(`import\\s+(\\w+)\\s+from\\s*["']${module}["']`).exec(text)?.[1];
	return (
		name === undefined ||
		(text.match(new RegExp(`\\b${name}\\b`, "g")) ?? []).length > (name === "holdfast" ? mentions(text) + 1 : 1)
	);
}

/** How often the name stands in the names of packages, or at the beginning of a line comment. */
function mentions(text: string): number {
	return (text.match(/["'][^"'\n]*\bholdfast\b[^"'\n]*["']|\/\/[^\n]*\bholdfast\b/g) ?? []).length;
}

function isBundlerFace(face: string): boolean {
	return /\/(?:vite|rollup|rolldown|webpack|rspack|esbuild|bun)$/.test(face);
}

/** esbuild is called from programs; its command line takes no plugins. */
function findEsbuild(project: Project, tools: Tool[], findings: Finding[]): void {
	for (const file of project.sources) {
		const text = project.text(file);
		const place = lineOf(text, /\bentryPoints\b/);
		if (!/\besbuild\b/.test(text) || place === undefined || /\.(?:test|spec)\./.test(file)) continue;
		if (kinds.some(({ config }) => config.test(file))) continue;
		const { imports } = tryToSurvey(text, file);
		if (!imports.includes("esbuild")) continue;
		const face = imports.find((name) => ours.test(name));
		const options = face === undefined ? undefined : pluginOptions(text, file, face)?.value;
		tools.push({ name: "esbuild", where: file, face, ...(options !== undefined && { options }) });
		if (face === undefined)
			findings.push({
				code: "plugin-missing",
				level: "problem",
				message: `esbuild does not compile: there is no plugin of @holdfast/compiler in ${file}.`,
				mend: `Add it: import holdfast from "@holdfast/compiler/esbuild"; … plugins: [holdfast()].`,
				place: { file, line: place, column: 1 },
			});
	}
	for (const { name, words } of scriptsOf(project)) {
		if (words[0] !== "esbuild") continue;
		tools.push({ name: "esbuild", where: `package.json, script "${name}"`, face: undefined });
		findings.push({
			code: "plugin-missing",
			level: "problem",
			message: `esbuild does not compile in the script "${name}": its command line takes no plugins.`,
			mend: `Call it from a program: build({ …, plugins: [holdfast()] }) with holdfast of "@holdfast/compiler/esbuild".`,
		});
	}
}

/** A command of a script. */
export interface Command {
	readonly name: string;
	/** The command first, variables and `npx` before it left out. */
	readonly words: readonly string[];
	/** With the variables. */
	readonly text: string;
}

/** The commands in the scripts of package.json. */
export function scriptsOf(project: Project): Command[] {
	return Object.entries(project.manifest.scripts).flatMap(([name, script]) =>
		script.split(/&&|\|\||[;|&]/).flatMap((text) => {
			const words = (text.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
			const start = words.findIndex(
				(word) => !/^(?:\w+=|npx$|bunx$|cross-env$|exec$|time$|nice$|pnpm$|yarn$|dotenv$|--$)/.test(word),
			);
			return start < 0 ? [] : [{ name, words: words.slice(start), text: text.trim() }];
		}),
	);
}

const nothing: Survey = {
	directives: [],
	dropped: [],
	asyncArguments: [],
	asyncExports: [],
	asyncMethods: [],
	otherMethods: [],
	imports: [],
};

/** What is in a file; nothing if it cannot be parsed. */
export function tryToSurvey(text: string, file: string): Survey {
	try {
		return survey(text, { filename: file });
	} catch {
		return nothing;
	}
}

/** The file of the project that an import means; `undefined` for what is not of the project. */
export function resolveImport(project: Project, from: string, name: string): string | undefined {
	if (!name.startsWith(".")) return undefined;
	const folder = from.includes("/") ? from.slice(0, from.lastIndexOf("/") + 1) : "";
	const path = normalize(folder + name);
	const stem = path.replace(/\.([cm]?)jsx?$/, ".$1");
	const candidates = [
		path,
		...[".ts", ".tsx", ".js", ".mts", ".mjs", ".cts", ".cjs", ".jsx"].flatMap((ending) => [
			path + ending,
			`${path}/index${ending}`,
		]),
	];
	if (stem !== path) candidates.push(`${stem}ts`, `${stem}tsx`);
	return candidates.find((candidate) => project.files.includes(candidate));
}

/** `a/../b/./c` is `b/c`. */
export function normalize(path: string): string {
	const parts: string[] = [];
	for (const part of path.split("/")) {
		if (part === "..") parts.pop();
		else if (part !== "." && part !== "") parts.push(part);
	}
	return parts.join("/");
}
