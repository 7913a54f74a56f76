import { join } from "node:path";
import { codeFrame } from "../code-frame.ts";
import type { Diagnosis, Finding, OutlivingCall, SourceFile } from "./diagnosis.ts";
import { plural } from "./functions.ts";

/** So many files are listed by name. */
const MOST_FILES = 20;

/** The diagnosis in words. */
export function report(diagnosis: Diagnosis): string {
	const { root, node, versions, config, structure, ticks, tools, findings } = diagnosis;
	const lines = [
		`Holdfast in ${root}`,
		"",
		`  Node ${node}, holdfast ${versions.holdfast ?? "(not installed)"}, @holdfast/compiler ${versions.compiler ?? "(not installed)"}`,
		`  Configuration: ${config ?? "none"}${structure === undefined ? "" : ` (structure: "${structure}"${ticks === "native" ? ', ticks: "native"' : ""})`}`,
		"",
		...toolLines(tools),
		...fileLines(diagnosis),
	];
	const problems = findings.filter(({ level }) => level === "problem");
	const notes = findings.filter(({ level }) => level === "note");
	lines.push("", problems.length === 0 ? "No problems." : `${problems.length} ${plural(problems.length, "problem")}:`);
	for (const finding of problems) lines.push(...findingLines(finding, root, "✗"));
	if (notes.length > 0) lines.push("", `${notes.length} ${plural(notes.length, "note")}:`);
	for (const finding of notes) lines.push(...findingLines(finding, root, "·"));
	return `${lines.join("\n")}\n`;
}

function toolLines(tools: Diagnosis["tools"]): string[] {
	if (tools.length === 0) return [];
	const width = Math.max(...tools.map(({ name }) => name.length));
	return [
		"Tools",
		...tools.map(
			({ name, where, face }) =>
				`  ${name.padEnd(width)}  ${face === undefined ? "does not compile" : `compiles by ${face}`} (${where})`,
		),
		"",
	];
}

function fileLines({ files, tools }: Diagnosis): string[] {
	const compiled = files.filter(({ status }) => status === "compiled");
	const verb = tools.some(({ face }) => face !== undefined) ? "compiled" : "that would be compiled";
	const width = Math.max(...files.slice(0, MOST_FILES).map(({ path }) => path.length));
	const lines = [
		`${files.length} ${plural(files.length, "file")} with async functions, ${compiled.length} ${verb}`,
		...files.slice(0, MOST_FILES).map((file) => `  ${file.path.padEnd(width)}  ${describeFile(file)}`),
	];
	if (files.length > MOST_FILES) lines.push(`  and ${files.length - MOST_FILES} more (--json lists all)`);
	return lines;
}

function describeFile({ status, structure, ticks, functions, by }: SourceFile): string {
	if (status === "excluded") return "excluded";
	if (status === "broken") return "cannot be parsed";
	const native = functions.filter(({ form }) => form === "native").length;
	const count = `${functions.length} ${plural(functions.length, "function")}`;
	const whom = by.length === 0 ? ", compiled by nothing" : `, by ${by.join(", ")}`;
	return `${count}${native === 0 ? "" : `, ${native} native`}, structure: "${structure}"${ticks === "native" ? ', ticks: "native"' : ""}${whom}`;
}

function findingLines({ message, mend, place, code }: Finding, root: string, mark: string): string[] {
	const [first, ...rest] = message.split("\n");
	const where = place === undefined ? "" : `  ${place.file}:${place.line}:${place.column}`;
	const lines = ["", `${mark} ${first}  [${code}]`, ...rest.map((row) => `  ${row}`.trimEnd())];
	if (where !== "") lines.push(`  ${where.trim()}`);
	// Notes are many: their places are enough.
	if (place !== undefined && mark === "✗")
		lines.push("", ...codeFrame(join(root, place.file), place.line, place.column).map((row) => `    ${row}`), "");
	if (mend !== undefined) lines.push(`  → ${mend}`);
	return lines;
}

/** Per file: how many functions took which form, and why not the fastest one. */
export function statistics({ files }: Diagnosis): string {
	const rows = files.filter(({ status, functions }) => status === "compiled" && functions.length > 0);
	const width = Math.max(5, ...rows.map(({ path }) => path.length));
	const row = (name: string, cells: readonly (number | string)[]): string =>
		`${name.padEnd(width)}${cells.map((cell) => String(cell).padStart(11)).join("")}`;
	const count = (functions: SourceFile["functions"]): number[] =>
		["plain", "generator", "native"].map((form) => functions.filter((one) => one.form === form).length);
	const lines = [row("file", ["plain", "generator", "native"])];
	for (const { path, functions } of rows) {
		lines.push(row(path, count(functions)));
		for (const { name, line, column, form, reason } of functions)
			if (reason !== undefined) lines.push(`    ${form}: ${reason}  (${name || "anonymous"} ${line}:${column})`);
	}
	const all = rows.flatMap(({ functions }) => functions);
	lines.push(row("total", count(all)));
	const plain = all.filter(({ form }) => form === "plain").length;
	if (all.length > 0)
		lines.push("", `${((100 * plain) / all.length).toFixed(1)} % of ${all.length} functions are plain.`);
	const reasons = new Map<string, number>();
	for (const { reason } of all) if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
	for (const [reason, times] of [...reasons].sort((a, b) => b[1] - a[1])) lines.push(`  ${times} × ${reason}`);
	return `${lines.join("\n")}\n`;
}

/** The functions whose tasks may outlive them, with the calls that start these. */
export function outlivingReport({ outliving, root }: Diagnosis): string {
	if (outliving.length === 0)
		return "No call starts a task that is seen to outlive its function. To measure it: holdfast run --report-outliving <file>, or HOLDFAST_OUTLIVING=1.\n";
	const functions = new Map<string, OutlivingCall[]>();
	for (const call of outliving) {
		const { file, line, column } = call.callerPlace;
		const key = `${call.caller || "an anonymous function"}  ${file}:${line}:${column}`;
		functions.set(key, [...(functions.get(key) ?? []), call]);
	}
	const lines = [
		`${functions.size} ${plural(functions.size, "function")} may return before tasks that ${functions.size === 1 ? "it starts" : "they start"}.`,
		`With structure: "function" they wait for them. Where that is not meant, spawn into a group that somebody else holds, or write "use scope".`,
	];
	for (const [name, calls] of functions) {
		lines.push("", name);
		for (const { callee, file, line, column } of calls) {
			lines.push(`  ${callee}()  ${file}:${line}:${column}`);
			lines.push(...codeFrame(join(root, file), line, column).map((row) => `    ${row}`));
		}
	}
	lines.push(
		"",
		"These are candidates. To measure: holdfast run --report-outliving <file>, or HOLDFAST_OUTLIVING=1 npm test.",
	);
	return `${lines.join("\n")}\n`;
}
