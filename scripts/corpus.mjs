// What the compiler makes of published packages: `npm run corpus -- [--only NAME] [--size] [--write]`.
// See docs/internals/corpus.md.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bootstrap } from "./bootstrap.mjs";
import { root, toolNode } from "./nodes.mjs";

const options = {
	only: { type: "string", multiple: true },
	structure: { type: "string", default: "scope" },
	ticks: { type: "string", default: "default" },
	bodies: { type: "string", default: "plain" },
	size: { type: "boolean", default: false },
	speed: { type: "boolean", default: false },
	vite: { type: "boolean", default: false },
	keep: { type: "string" },
	source: { type: "boolean", default: false },
	write: { type: "boolean", default: false },
};
const { values } = parseArgs({ options });
if (!process.execArgv.includes("--experimental-vm-modules")) {
	if (!values.source) bootstrap();
	const flags = [
		"--experimental-vm-modules",
		"--no-warnings",
		...(values.source ? ["--conditions=@holdfast/source"] : []),
	];
	const program = fileURLToPath(import.meta.url);
	const { status } = spawnSync(toolNode(), [...flags, program, ...process.argv.slice(2)], { stdio: "inherit" });
	process.exit(status ?? 1);
}

const { corpusFolder, readCorpus, sourceFiles, unpack } = await import("./corpus/unpack.mjs");
const { Totals } = await import("./corpus/totals.mjs");
const { compileOne } = await import("./corpus/measure.mjs");
const { complaint } = await import("./corpus/complaint.mjs");
const { SizeOf } = await import("./corpus/size.mjs");
const { formTable, reasonTable, sizeTable } = await import("./corpus/tables.mjs");

/** The share of plain functions among those that contain an await. */
const target = 74;
const packages = readCorpus().filter(({ name }) => values.only?.includes(name) ?? true);
mkdirSync(corpusFolder, { recursive: true });
const settings = { structure: values.structure, ticks: values.ticks, bodies: values.bodies };
const total = new Totals("all");
const rows = [];
let broken = 0;
for (const entry of packages) {
	const directory = unpack(entry);
	const row = new Totals(`${entry.name} ${entry.version}`);
	const size = values.size ? { plain: new SizeOf(), generators: new SizeOf() } : undefined;
	for (const file of sourceFiles(directory, entry.files)) {
		const path = join(directory, file);
		const fail = (what) => {
			broken++;
			console.log(`${entry.name}/${file}: ${what}`);
		};
		let result;
		try {
			result = compileOne(path, directory, settings);
		} catch (error) {
			fail(error.code === "HOLDFAST_COMPILE" ? error.message : error.stack);
			continue;
		}
		row.add(result);
		if (!result.changed) continue;
		if (values.keep !== undefined) {
			const kept = join(values.keep, entry.name, file);
			mkdirSync(join(kept, ".."), { recursive: true });
			writeFileSync(kept, result.code);
		}
		const isModule = !result.code.includes('require("holdfast/compiled")');
		const problem = complaint(path, result.code, isModule);
		if (problem !== undefined) {
			if (complaint(path, result.source, isModule) === undefined) fail(problem);
			else console.log(`${entry.name}/${file}: its own text is refused, too`);
			continue;
		}
		if (size !== undefined) {
			size.plain.add(path, result.source, result.code);
			const generators = compileOne(path, directory, { ...settings, bodies: "generators" });
			size.generators.add(path, result.source, generators.code);
		}
	}
	row.size = size && { plain: size.plain.measure(), generators: size.generators.measure() };
	rows.push(row);
	total.merge(row);
	console.log(row.line());
}
console.log(`\n${total.line()}\n\n${reasonTable(total)}`);
const tables = [formTable(rows, total), reasonTable(total)];
if (values.size) console.log(`\n${sizeTable(rows)}`);
if (values.write) {
	const page = join(root, "docs/internals/corpus.md");
	const put = (text, mark, table) =>
		text.replace(new RegExp(`(<!-- ${mark} -->\n)[\\s\\S]*?(<!-- end of ${mark} -->)`), `$1\n${table}\n\n$2`);
	let text = put(put(readFileSync(page, "utf8"), "forms", tables[0]), "reasons", tables[1]);
	if (values.size) text = put(text, "size", sizeTable(rows));
	writeFileSync(page, text);
}
if (values.speed) {
	const { measureSpeed, speedLines } = await import("./corpus/speed.mjs");
	console.log(`\n${speedLines(measureSpeed(packages, 5))}`);
}
if (values.vite) {
	const { measureVite, viteLines } = await import("./corpus/vite.mjs");
	console.log(`\n${viteLines(measureVite(packages, 7))}`);
}
const isTooLow = values.only === undefined && values.bodies === "plain" && total.percentage() < target;
console.log(`${total.files} files, ${broken} broken; ${total.percentage().toFixed(1)} % plain (target ${target} %)`);
process.exitCode = broken > 0 || isTooLow ? 1 : 0;
