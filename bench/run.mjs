/** `npm run bench`: every row of the table against native async functions, Effection 4 and Effect 4. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { contestantOrder, median, rowsOf, spread } from "./harness.mjs";
import { growthTables, printRow, targetTable } from "./report.mjs";

const usage = `npm run bench [-- options] [TEXT …]       as --only; "interop" for what crossings to other libraries cost
  --only TEXT        rows whose file or name contains TEXT (repeatable)
  --contestants A,B  these contestants alone
  --development      the libraries' builds for development: without the condition "production"
  --quick            fewer and shorter rounds, up to 100,000 tasks instead of a million
  --json FILE        write the figures to FILE
  --markdown FILE    write the tables of targets and of growth to FILE
  --node 20,24,26    on these Nodes in turn, as installed by npm run runtimes
  --runtime NODE     the path of a Node, or node20 to node26; several with commas
  --list             name the rows and stop`;

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		only: { type: "string", multiple: true },
		contestants: { type: "string" },
		development: { type: "boolean", default: false },
		quick: { type: "boolean", default: false },
		json: { type: "string" },
		markdown: { type: "string" },
		node: { type: "string" },
		runtime: { type: "string" },
		list: { type: "boolean", default: false },
		help: { type: "boolean", default: false },
	},
});
if (positionals.length > 0) {
	options.only = [...(options.only ?? []), ...positionals];
}
const here = fileURLToPath(new URL(".", import.meta.url));

const rowFiles = [
	"await-nothing-suspends.mjs",
	"request-handler.mjs",
	"suspends-at-every-await.mjs",
	"resume-deep.mjs",
	"spawn-join.mjs",
	"channel.mjs",
	"cancel-sleeping.mjs",
	"timer.mjs",
	"heap-per-sleeper.mjs",
	"generator-call.mjs",
	"core-size.mjs",
	"transform.mjs",
	"structured.mjs",
	"starvation.mjs",
	"growth-depth.mjs",
	"deep-recursion.mjs",
	"nested-scopes.mjs",
	"tasks-at-scale.mjs",
	"host-while-many.mjs",
	"timers-pending.mjs",
	"hand-off.mjs",
	"throw.mjs",
	"echo.mjs",
	"sync.mjs",
];
/** Rows that are measured only if they are asked for: they say nothing about the library alone. */
const onRequest = ["interop.mjs"];

function installContestants() {
	if (!["effect", "effection", "gensync", "quansync"].every((name) => existsSync(`${here}node_modules/${name}`))) {
		console.log("installing the other libraries (npm ci) …");
		execFileSync("npm", ["ci", "--loglevel=error"], { cwd: here, stdio: ["ignore", 2, 2] });
	}
}

function findRuntime(name) {
	const home = `${here}../scripts/runtimes/`;
	const installed = `${home}node_modules/${name}/bin/node`;
	if (/^node\d+$/.test(name) && !existsSync(`${home}node_modules`)) {
		console.log("installing the runtimes (npm ci) …");
		execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: home, stdio: ["ignore", 2, 2] });
	}
	if (existsSync(installed)) {
		return installed;
	}
	if (existsSync(name)) {
		return name;
	}
	throw new Error(`no Node at ${name}; node20, node22, node24 and node26 are known by these names`);
}

function findRuntimes() {
	const names = [
		...(options.node?.split(",").map((version) => `node${version}`) ?? []),
		...(options.runtime?.split(",") ?? []),
	];
	const nodes = names.length === 0 ? [process.execPath] : names.map(findRuntime);
	return new Map(nodes.map((node) => [`node ${versionOf(node)}`, node]));
}

function versionOf(node) {
	return execFileSync(node, ["--version"], { encoding: "utf8" }).trim().slice(1);
}

async function findRows() {
	const unlisted = readdirSync(`${here}rows`).filter((file) => ![...rowFiles, ...onRequest].includes(file));
	if (unlisted.length > 0) {
		throw new Error(`bench/rows has files that run.mjs does not list: ${unlisted.join(", ")}`);
	}
	const found = [];
	const isAsked = (file) => options.only?.some((text) => file.includes(text)) || options.list;
	for (const file of [...rowFiles, ...onRequest.filter(isAsked)]) {
		for (const [index, row] of (await rowsOf(file, options)).entries()) {
			const names = [file, row.work, ...Object.values(row.parts ?? {}).map((part) => part.work)].join(" ");
			const chosen = options.only === undefined || options.only.some((text) => names.includes(text));
			if (chosen && Object.keys(row.contestants).some(wanted)) {
				found.push({ file, index, row });
			}
		}
	}
	return found;
}

function wanted(name) {
	return options.contestants === undefined || options.contestants.split(",").includes(name);
}

function child(node, args) {
	const conditions = options.development ? [] : ["--conditions=production"];
	const output = execFileSync(node, [...conditions, "--expose-gc", `${here}row.mjs`, ...args], {
		encoding: "utf8",
		env: { ...process.env, NODE_ENV: "production" },
		stdio: ["ignore", "pipe", "inherit"],
		maxBuffer: 1 << 26,
	});
	return JSON.parse(output.slice(output.lastIndexOf("\n", output.length - 2) + 1));
}

/** One process for each sample, the contestants taking turns. A sample is a number, or `{ value, details }`, or one of its parts. */
function isolatedFigures(node, file, index, row) {
	const names = Object.keys(row.contestants).filter(wanted);
	const samples = new Map(names.map((name) => [name, []]));
	const rounds = Math.min(row.rounds ?? 7, options.quick ? (row.quickRounds ?? 3) : Number.POSITIVE_INFINITY);
	const flags = options.quick ? ["--quick"] : [];
	for (let round = 0; round < rounds; round++) {
		for (const name of names) {
			samples.get(name).push(child(node, [file, String(index), "--sample", name, ...flags]));
		}
	}
	return (part) =>
		names.map((name) => {
			const taken = samples.get(name).map((sample) => (part === undefined ? sample : sample[part]));
			const values = taken.map((sample) => sample.value ?? sample);
			const { details } = taken[0];
			return {
				contestant: name,
				value: median(values),
				spread: spread(values),
				...(details === undefined ? {} : { details: summed(taken.map((sample) => sample.details)) }),
			};
		});
}

/** Medians of the rounds; of what is a maximum, the largest. */
function summed(details) {
	return Object.fromEntries(
		Object.keys(details[0]).map((name) => {
			const values = details.map((detail) => detail[name]).filter((value) => value !== null);
			const figure = name.endsWith("_max") ? Math.max(...values) : median(values);
			return [name, values.length === 0 ? null : figure];
		}),
	);
}

/** The rows that one entry of a file gives, with their figures: one, or one for each of its parts. */
function figuresOf(node, { file, index, row }) {
	if (row.isolated) {
		const figures = isolatedFigures(node, file, index, row);
		return row.parts === undefined
			? [[row, figures(undefined)]]
			: Object.entries(row.parts).map(([part, own]) => [{ ...row, ...own }, figures(part)]);
	}
	const args = [file, String(index)];
	if (options.quick) {
		args.push("--quick");
	}
	if (options.contestants !== undefined) {
		args.push("--contestants", options.contestants);
	}
	return [[row, child(node, args)]];
}

function entriesOf(row, figures, runtime) {
	const native = figures.find(({ contestant }) => contestant === "native")?.value;
	return figures.map(({ contestant, value, spread, details }) => {
		const entry = { work: row.work, contestant, runtime };
		if (row.valueUnit === undefined) {
			entry.median_ns = value;
			entry.ratio_vs_native = native === undefined ? null : native / value;
			Object.assign(entry, row.convert?.(value));
		} else {
			entry.value = value;
			entry.unit = row.valueUnit;
			entry.ratio_vs_native = native === undefined ? null : native / value;
		}
		entry.spread = spread;
		if (row.series !== undefined) {
			entry.size = row.series.size;
		}
		if (details !== undefined) {
			entry.details = details;
		}
		return entry;
	});
}

function order({ contestant }) {
	const place = contestantOrder.indexOf(contestant);
	return place < 0 ? contestantOrder.length : place;
}

if (options.help) {
	console.log(usage);
	process.exit(0);
}
installContestants();
const runtimes = findRuntimes();
const rows = await findRows();
if (options.list) {
	for (const { file, row } of rows) {
		console.log(`${file.padEnd(30)}${row.work}`);
	}
	process.exit(0);
}
console.log(
	`${[...runtimes.keys()].join(", ")}, ${cpus()[0].model}, ${cpus().length} cores; xN: N times as fast as native (bytes: N times as small)`,
);
const written = [];
const failed = [];
/** By work, in the order of the table; figures of several runtimes side by side. */
const measured = new Map();
for (const found of rows) {
	for (const [runtime, node] of runtimes) {
		try {
			for (const [row, figures] of figuresOf(node, found)) {
				figures.sort((a, b) => order(a) - order(b));
				const entries = entriesOf(row, figures, runtime);
				printRow(runtimes.size === 1 ? row : { ...row, work: `${row.work} (${runtime})` }, entries);
				written.push(...entries);
				const { byRuntime } = measured.get(row.work) ?? { byRuntime: new Map() };
				measured.set(row.work, { row, byRuntime: byRuntime.set(runtime, entries) });
			}
		} catch (error) {
			failed.push(found.row.work);
			console.log(`\n${found.row.work} (${runtime})\n    failed: ${error.message.split("\n")[0]}`);
		}
	}
}
const names = [...runtimes.keys()];
const targets = targetTable([...measured.values()], names);
const tables = [...(targets === undefined ? [] : [targets.text]), ...growthTables([...measured.values()], names)];
if (tables.length > 0) {
	console.log(`\n${tables.join("\n\n")}`);
}
if (options.json !== undefined) {
	writeFileSync(options.json, `${JSON.stringify(written, undefined, "\t")}\n`);
}
if (options.markdown !== undefined) {
	writeFileSync(options.markdown, `${tables.join("\n\n")}\n`);
}
const reached = targets === undefined ? "" : `; targets: ${targets.reached} reached, ${targets.missed} missed`;
console.log(`\n${measured.size} rows measured, ${failed.length} failed${reached}`);
process.exitCode = failed.length > 0 || measured.size === 0 ? 1 : 0;
