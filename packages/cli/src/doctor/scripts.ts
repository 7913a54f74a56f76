import type { Finding, Tool } from "./diagnosis.ts";
import { type Project, readText } from "./project.ts";
import { type Command, normalize, resolveImport, scriptsOf, tryToSurvey } from "./tools.ts";

const register = /@holdfast\/compiler\/register/;
/** Commands that run a file of the program. */
const runners = new Set(["node", "tsx", "ts-node", "ts-node-esm", "nodemon", "electron", "swc-node"]);

/** The scripts that load the program with the compiler, and those that load it without. */
export function checkScripts(project: Project, built: readonly Tool[]): { tools: Tool[]; findings: Finding[] } {
	const tools: Tool[] = [];
	const findings: Finding[] = [];
	// npm hands these options to every script.
	const always = register.test(readText(`${project.root}/.npmrc`) ?? "");
	for (const command of scriptsOf(project)) {
		const where = `package.json, script "${command.name}"`;
		if (command.words[0] === "holdfast" && command.words[1] === "run")
			tools.push({ name: "holdfast run", where, face: "@holdfast/compiler/loader" });
		else if (register.test(command.text)) tools.push({ name: "Node", where, face: "@holdfast/compiler/register" });
		else if (runners.has(command.words[0] as string)) {
			const file = fileOf(command);
			if (file === undefined) continue;
			const isProgram = project.files.includes(file)
				? reachesHoldfast(project, file)
				: isOutputOfTsc(project, file, built);
			if (!isProgram) continue;
			tools.push({ name: command.words[0] as string, where, face: always ? "@holdfast/compiler/register" : undefined });
			if (!always) findings.push(notCompiled(command, file));
		}
	}
	return { tools, findings };
}

function notCompiled({ name, words }: Command, file: string): Finding {
	const mend = words[0] === "nodemon" ? "nodemon --exec" : "";
	return {
		code: "script-not-compiled",
		level: "problem",
		message: `The script "${name}" runs ${file} without the compiler.`,
		mend: `Write: ${mend === "" ? `${words[0]} --import @holdfast/compiler/register ${file}` : `${mend} "node --import @holdfast/compiler/register ${file}"`} (or: holdfast run ${file})`,
	};
}

/** The first word that is a file of code, not the value of an option before it. */
function fileOf({ words }: Command): string | undefined {
	for (let index = 1; index < words.length; index++) {
		const word = words[index] as string;
		if (/^(?:-r|--require|--import|--loader|--env-file|-C|--conditions|--test)$/.test(word)) index++;
		else if (/\.[cm]?[jt]sx?$/.test(word) && !word.startsWith("-")) return normalize(word);
	}
	return undefined;
}

/** Whether a file, or one that it imports, uses the library: others are scripts of the build. */
function reachesHoldfast(project: Project, entry: string): boolean {
	const seen = new Set<string>([entry]);
	for (const file of seen) {
		for (const name of tryToSurvey(project.text(file), file).imports) {
			if (name === "holdfast" || /^(?:holdfast|@holdfast\/(?!compiler|cli|testing)\w+)(?:\/|$)/.test(name)) return true;
			const next = resolveImport(project, file, name);
			if (next !== undefined) seen.add(next);
		}
	}
	return false;
}

/** What a bundler with the plugin has put there is compiled already. */
function isOutputOfTsc(project: Project, file: string, built: readonly Tool[]): boolean {
	const emits = scriptsOf(project).some(({ words }) => words[0] === "tsc" && !words.includes("--noEmit"));
	return (
		emits &&
		/^(?:dist|build|out|lib)\//.test(file) &&
		!built.some(({ face, name }) => face !== undefined && name !== "Vitest")
	);
}
