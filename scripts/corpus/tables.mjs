// The tables of docs/internals/corpus.md.
import { sumOf } from "./size.mjs";
import { countOf } from "./totals.mjs";

const number = (value) => value.toLocaleString("en");
const percent = (value) => `${value.toFixed(1)} %`;
const table = (head, align, rows) => [head, align, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

export function formTable(rows, total) {
	const line = (row, name) => [
		name,
		number(row.files),
		number(Math.round(row.bytes / 1024)),
		number(countOf(row.awaiting)),
		number(row.awaiting.plain),
		number(row.awaiting.generator),
		number(row.awaiting.native),
		countOf(row.awaiting) === 0 ? "" : percent(row.percentage()),
		number(countOf(row.generators)),
		number(countOf(row.silent)),
	];
	return table(
		[
			"package",
			"files",
			"KB",
			"with an await",
			"plain",
			"generator",
			"native",
			"plain",
			"async generators among them",
			"without an await",
		],
		["---", ...Array(9).fill("---:")],
		[...rows.map((row) => line(row, row.name)), line(total, "**all**")],
	);
}

export function reasonTable(total) {
	const all = countOf(total.awaiting);
	const rows = [...total.reasons].sort((a, b) => b[1] - a[1]);
	return table(
		["why not plain", "functions", "of those with an await"],
		["---", "---:", "---:"],
		rows.map(([reason, count]) => [reason, number(count), percent((count / all) * 100)]),
	);
}

export function sizeTable(rows) {
	const ratio = ({ native, compiled }, kind) =>
		native[kind] === 0 ? "" : `x${(compiled[kind] / native[kind]).toFixed(2)}`;
	const line = (name, { plain, generators }) => [
		name,
		number(plain.native.minified),
		number(plain.native.gzipped),
		number(plain.compiled.gzipped),
		ratio(plain, "minified"),
		ratio(plain, "gzipped"),
		ratio(generators, "minified"),
		ratio(generators, "gzipped"),
	];
	const total = (form) => sumOf(rows.map(({ size }) => size[form]));
	return table(
		[
			"package",
			"native, minified",
			"native, gzipped",
			"plain-first, gzipped",
			"plain-first / native, minified",
			"gzipped",
			"generators / native, minified",
			"gzipped",
		],
		["---", ...Array(7).fill("---:")],
		[
			...rows.map(({ name, size }) => line(name, size)),
			line("**all**", { plain: total("plain"), generators: total("generators") }),
		],
	);
}
