/** Some lines of `code` around a place (line and column counted from 1), with a mark under it. */
export function codeFrame(code: string, line: number, column: number): string {
	const lines = code.split("\n");
	const first = Math.max(1, line - 2);
	const last = Math.min(lines.length, line + 2);
	const width = String(last).length;
	const rows: string[] = [];
	for (let number = first; number <= last; number++) {
		const text = (lines[number - 1] ?? "").replace(/\r$/, "");
		rows.push(`${number === line ? ">" : " "} ${String(number).padStart(width)} | ${text}`);
		if (number === line) {
			const indent = text.slice(0, column - 1).replace(/[^\t]/g, " ");
			rows.push(`  ${" ".repeat(width)} | ${indent}^`);
		}
	}
	return rows.join("\n");
}
