import { readFileSync } from "node:fs";

const AROUND = 2;
/** Longer ones are machine-made, and show nothing. */
const LONGEST_LINE = 200;

const sources = new Map<string, readonly string[]>();

/** The lines of a file; none if it cannot be read. */
export function sourceLines(file: string): readonly string[] {
	let lines = sources.get(file);
	if (lines === undefined) {
		try {
			lines = readFileSync(file, "utf8").split(/\r?\n/);
		} catch {
			lines = [];
		}
		sources.set(file, lines);
	}
	return lines;
}

/** The lines around a place in a file, with a mark; empty when they cannot be shown. */
export function codeFrame(file: string, line: number, column: number): string[] {
	const lines = sourceLines(file);
	if (line < 1 || line > lines.length) return [];
	const first = Math.max(1, line - AROUND);
	const last = Math.min(lines.length, line + AROUND);
	const shown = lines.slice(first - 1, last);
	if (shown.some((row) => row.length > LONGEST_LINE)) return [];
	const width = String(last).length;
	return shown.flatMap((row, index) => {
		const number = first + index;
		const mark = number === line ? ">" : " ";
		const rows = [`${mark} ${String(number).padStart(width)} | ${row}`.trimEnd()];
		if (number === line) rows.push(`  ${" ".repeat(width)} | ${row.slice(0, column - 1).replace(/[^\t]/g, " ")}^`);
		return rows;
	});
}
