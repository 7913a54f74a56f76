import { relative } from "node:path";
import type { ResolvedOptions } from "@holdfast/compiler";
import { checkCopies, installedVersion } from "./copies.ts";
import type { Diagnosis, Finding, SourceFile, Tool } from "./diagnosis.ts";
import { compileAll, some } from "./functions.ts";
import { outlivingCalls } from "./outliving.ts";
import { Project } from "./project.ts";
import { checkScripts } from "./scripts.ts";
import { readSettings } from "./settings.ts";
import { checkTargets } from "./targets.ts";
import { checkTests } from "./test-set-up.ts";
import { findTools } from "./tools.ts";

/** The oldest version of Node that all packages run on. */
const OLDEST = [20, 19] as const;

/**
 * Looks at a project as the plugins and the loader would see it, and runs nothing of it but its configuration file.
 *
 * @param folder an existing folder: the project, or a folder inside
 */
export function diagnose(folder: string, environment: NodeJS.ProcessEnv = process.env): Diagnosis {
	const project = new Project(folder);
	const { root } = project;
	const built = findTools(project);
	const scripts = checkScripts(project, built.tools);
	const tools = [...built.tools, ...scripts.tools];
	const { options, findings } = readSettings(root, tools, environment);
	const compiled = options === undefined ? undefined : compileAll(project, options, tools);
	findings.push(...checkNode(process.versions.node), ...checkCopies(root));
	findings.push(...checkInstalled(project, tools, options, compiled?.files ?? []));
	findings.push(...built.findings, ...scripts.findings, ...checkTargets(project));
	findings.push(...(compiled?.findings ?? []), ...checkTests(project, tools), ...checkEnvironment(environment));
	return {
		root,
		node: process.versions.node,
		versions: { holdfast: installedVersion(root, "holdfast"), compiler: installedVersion(root, "@holdfast/compiler") },
		config: options?.config === undefined ? undefined : relative(root, options.config).replaceAll("\\", "/"),
		structure: options?.structure,
		ticks: options?.ticks,
		tools,
		files: compiled?.files ?? [],
		findings: findings.sort((a, b) => rank(a) - rank(b)),
		outliving: compiled === undefined ? [] : outlivingCalls(project, compiled.surveys),
	};
}

function rank({ level }: Finding): number {
	return level === "problem" ? 0 : 1;
}

/** Whether a version of Node is one that the packages run on. */
export function checkNode(version: string): Finding[] {
	const [major = 0, minor = 0] = version.split(".").map(Number);
	if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return [];
	return [
		{
			code: "node-too-old",
			level: "problem",
			message: `Node ${version} is too old: Holdfast needs ${OLDEST.join(".")} or later.`,
			mend: "Install a newer Node.",
		},
	];
}

function checkInstalled(
	project: Project,
	tools: readonly Tool[],
	options: ResolvedOptions | undefined,
	files: readonly SourceFile[],
): Finding[] {
	const { root, manifest } = project;
	const findings: Finding[] = [];
	const uses =
		"holdfast" in manifest.dependencies ||
		options?.config !== undefined ||
		tools.some(({ face }) => face !== undefined);
	if (uses && installedVersion(root, "holdfast") === undefined)
		findings.push({
			code: "not-installed",
			level: "problem",
			message: "The package holdfast is not installed: compiled code imports holdfast/compiled.",
			mend: "npm install holdfast",
		});
	if (tools.some(({ face }) => face !== undefined) || files.length === 0) return findings;
	const how = options?.config === undefined ? "" : ", although there is a configuration for it";
	if (project.packages.length > 0) return [...findings, workspace(project)];
	findings.push({
		code: "nothing-compiles",
		level: "problem",
		message: `Nothing compiles this project${how}: its async functions stay native.`,
		mend: "npx holdfast init sets it up; or start it with: holdfast run <file>, or node --import @holdfast/compiler/register <file>",
	});
	return findings;
}

/** Packages have tools of their own, and what compiles their files is found there. */
function workspace({ packages }: Project): Finding {
	return {
		code: "workspace",
		level: "note",
		message: `This is the root of a workspace, and nothing compiles here. Its packages: ${some(packages)}.`,
		mend: `Look at them one by one: npx holdfast doctor ${packages[0]}`,
	};
}

/** Variables that are set win over what the project says, and are easily forgotten. */
function checkEnvironment(environment: NodeJS.ProcessEnv): Finding[] {
	const names = ["HOLDFAST_STRUCTURE", "HOLDFAST_TICKS", "HOLDFAST_INCLUDE", "HOLDFAST_EXCLUDE"].filter(
		(name) => (environment[name] ?? "") !== "",
	);
	if (names.length === 0) return [];
	const list = names.map((name) => `${name}=${environment[name]}`).join(" ");
	return [
		{ code: "environment", level: "note", message: `The environment wins over options and configuration: ${list}` },
	];
}
