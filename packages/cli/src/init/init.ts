import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { findConfig } from "@holdfast/compiler";
import type { Tool } from "../doctor/diagnosis.ts";
import { Project } from "../doctor/project.ts";
import { checkScripts } from "../doctor/scripts.ts";
import { findTools } from "../doctor/tools.ts";
import { type Addition, editConfig } from "./edit-config.ts";
import { editManifest, type Section } from "./edit-manifest.ts";

/** Something that `holdfast init` does, or leaves to the reader. */
export interface Step {
	/** `told`: it could not be done safely, or is a decision. `kept`: it is there already. */
	readonly kind: "write" | "edit" | "kept" | "told";
	/** Relative to the root. */
	readonly file: string;
	/** In a few words; for `told` all that is to be done, line by line. */
	readonly summary: string;
	/** The new content of the file; of `write` and `edit`. */
	readonly text?: string;
}

const configName = "holdfast.config.ts";

/** Imports types alone, so that it can be loaded before the packages are installed. */
const configText = `import type { HoldfastConfig } from "@holdfast/compiler";

export default {
	// A function owns the tasks that it starts: it does not return before they have ended.
	structure: "function",
} satisfies HoldfastConfig;
`;

/** What has to be done so that a project is compiled; nothing is written yet. */
export function planInit(folder: string, version: string): { root: string; steps: Step[] } {
	const project = new Project(folder);
	const { tools } = findTools(project);
	const scripts = checkScripts(project, tools);
	const steps = [
		...planManifest(project, tools, version),
		...planConfig(project),
		...planPlugins(project, tools),
		...planScripts(
			project,
			tools,
			scripts.tools,
			scripts.findings.map(({ message, mend }) => `${message}\n${mend}`),
		),
	];
	return { root: project.root, steps };
}

function planManifest(project: Project, tools: readonly Tool[], version: string): Step[] {
	const path = join(project.root, "package.json");
	const file = "package.json";
	if (!existsSync(path))
		return [{ kind: "told", file, summary: `There is no package.json in ${project.root}. Write: npm init` }];
	const isTested = ["vitest", "jest"].some((name) => name in project.manifest.dependencies);
	const isBuilt = tools.some(({ name }) => !["Vitest", "Jest"].includes(name));
	// Of a program without a bundler: the loader compiles when it starts.
	const section: Section = isBuilt || isLibrary(project) ? "devDependencies" : "dependencies";
	const wanted: { name: string; section: Section }[] = [
		{ name: "holdfast", section: "dependencies" },
		{ name: "@holdfast/compiler", section },
		{ name: "@holdfast/cli", section },
		...(isTested ? [{ name: "@holdfast/testing", section: "devDependencies" as const }] : []),
	];
	const missing = wanted.filter(({ name }) => !(name in project.manifest.dependencies));
	if (missing.length === 0) return [{ kind: "kept", file, summary: "has the packages" }];
	let text: string;
	try {
		text = editManifest(
			readFileSync(path, "utf8"),
			missing.map((entry) => ({ ...entry, range: `^${version}` })),
		);
	} catch {
		const list = missing.map(({ name }) => name).join(" ");
		return [{ kind: "told", file, summary: `package.json cannot be read as JSON. Write: npm install ${list}` }];
	}
	const list = missing.map(({ name, section }) => `${name} (${section})`).join(", ");
	return [{ kind: "edit", file, summary: `added ${list}`, text }];
}

/** What others install is never compiled where it runs: the loader leaves dependencies alone. */
function isLibrary({ manifest }: Project): boolean {
	return manifest.isPublished && !Object.keys(manifest.scripts).some((name) => /^start(?::|$)/.test(name));
}

function planConfig(project: Project): Step[] {
	const found = findConfig(project.root);
	if (found === undefined)
		return [{ kind: "write", file: configName, summary: 'structure: "function"', text: configText }];
	const file = relative(project.root, found.path).replaceAll("\\", "/");
	const structure = found.config.structure ?? "scope";
	if (structure === "function")
		return [{ kind: "kept", file, summary: 'is a configuration, with structure: "function"' }];
	return [
		{ kind: "kept", file, summary: 'is a configuration, with structure: "scope"' },
		{
			kind: "told",
			file,
			summary: `With structure: "function" a function waits for the tasks that it starts. holdfast doctor --outliving lists those that would.`,
		},
	];
}

/** The lists of plugins that the entry points belong into. */
const faces: Record<string, string> = {
	Vite: "vite",
	Vitest: "vite",
	Rollup: "rollup",
	Rolldown: "rolldown",
	tsdown: "rolldown",
	webpack: "webpack",
	Rspack: "rspack",
};

function planPlugins(project: Project, tools: readonly Tool[]): Step[] {
	return tools.flatMap(({ name, where, face }): Step[] => {
		const plugin = faces[name] === undefined ? undefined : `@holdfast/compiler/${faces[name]}`;
		const isFile = project.files.includes(where);
		const setUp = name === "Vitest" ? "@holdfast/testing/vitest" : undefined;
		const code = isFile ? project.text(where) : "";
		const needsSetUp = setUp !== undefined && !code.includes(setUp);
		if (face !== undefined && !needsSetUp) return [{ kind: "kept", file: where, summary: `has ${face}` }];
		const addition: Addition = {
			...(face === undefined && plugin !== undefined && { plugin }),
			...(needsSetUp && { entry: { path: ["test", "setupFiles"], value: setUp } }),
		};
		const text = isFile && (face !== undefined || plugin !== undefined) ? editConfig(code, where, addition) : undefined;
		const summary = [addition.plugin, addition.entry?.value].filter((item) => item !== undefined).join(" and ");
		if (text !== undefined) return [{ kind: "edit", file: where, summary: `added ${summary}`, text }];
		return [{ kind: "told", file: where, summary: instruction(name, plugin, addition) }];
	});
}

/** Exactly what is to be added by hand. */
function instruction(name: string, plugin: string | undefined, { entry, plugin: wanted }: Addition): string {
	if (name === "Jest")
		return 'Give Jest the compiler, and the set-up for tests:\n  transform: { "\\\\.[jt]sx?$": "@holdfast/compiler/jest" },\n  setupFilesAfterEnv: ["@holdfast/testing/jest"]';
	if (name === "Bun")
		return `Preload the plugin: a file holdfast.ts with\n  import { plugin } from "bun";\n  import holdfast from "@holdfast/compiler/bun";\n  plugin(holdfast());\nand in bunfig.toml: preload = ["./holdfast.ts"]`;
	const from = plugin ?? `@holdfast/compiler/${name === "Astro" ? "vite" : name === "Rsbuild" ? "rspack" : "esbuild"}`;
	const list =
		name === "tsup"
			? "esbuildPlugins"
			: name === "Astro"
				? "vite: { plugins"
				: name === "Rsbuild"
					? "tools.rspack: { plugins"
					: "plugins";
	const lines: string[] = [];
	if (wanted !== undefined || plugin === undefined)
		lines.push(
			"Add the plugin, before all others:",
			`  import holdfast from "${from}";`,
			`  … ${list}: [holdfast()${list.includes("{") ? "] }" : ", …]"}`,
		);
	if (entry !== undefined)
		lines.push(
			"Add the set-up for tests:",
			`  ${entry.path.join(": { ")}: ["${entry.value}"]${" }".repeat(entry.path.length - 1)}`,
		);
	return lines.join("\n");
}

function planScripts(
	project: Project,
	tools: readonly Tool[],
	loaded: readonly Tool[],
	findings: readonly string[],
): Step[] {
	const file = "package.json";
	const told = findings.map((summary): Step => ({ kind: "told", file, summary }));
	if (tools.length + loaded.length > 0 || !existsSync(join(project.root, file))) return told;
	const summary = isLibrary(project)
		? "No bundler was found: what you publish is not compiled, and must work so.\nTo compile it, build it with a plugin (docs: guide/compiler.md)."
		: "No bundler was found. Start the program with: npx holdfast run <file>";
	return [...told, { kind: "told", file, summary }];
}
