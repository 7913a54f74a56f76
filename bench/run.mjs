/** `npm run bench`: every row of the table against native async functions, Effection 4 and Effect 4. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { contestantOrder, median, spread } from "./harness.mjs";

const usage = `npm run bench [-- options]
  --only TEXT        rows whose file or name contains TEXT (repeatable)
  --contestants A,B  these contestants alone
  --quick            fewer and shorter rounds
  --json FILE        write the figures to FILE
  --runtime NODE     node20, node22, node24, node26 (as installed by npm run runtimes) or the path of a Node
  --list             name the rows and stop`;

const { values: options } = parseArgs({
	options: {
		only: { type: "string", multiple: true },
		contestants: { type: "string" },
		quick: { type: "boolean", default: false },
		json: { type: "string" },
		runtime: { type: "string" },
		list: { type: "boolean", default: false },
		help: { type: "boolean", default: false },
	},
});
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
];

function installContestants() {
	if (!existsSync(`${here}node_modules/effect`) || !existsSync(`${here}node_modules/effection`)) {
		console.log("installing Effection and Effect (npm ci) …");
		execFileSync("npm", ["ci", "--loglevel=error"], { cwd: here, stdio: ["ignore", 2, 2] });
	}
}

function findRuntime(name) {
	if (name === undefined) {
		return process.execPath;
	}
	const installed = `${here}../scripts/runtimes/node_modules/${name}/bin/node`;
	if (existsSync(installed)) {
		return installed;
	}
	if (existsSync(name)) {
		return name;
	}
	throw new Error(`no Node at ${name}; run npm run runtimes once to install node20 to node26`);
}

async function findRows() {
	const unlisted = readdirSync(`${here}rows`).filter((file) => !rowFiles.includes(file));
	if (unlisted.length > 0) {
		throw new Error(`bench/rows has files that run.mjs does not list: ${unlisted.join(", ")}`);
	}
	const found = [];
	for (const file of rowFiles) {
		const rows = [(await import(`./rows/${file}`)).default].flat();
		for (const [index, row] of rows.entries()) {
			if (options.only === undefined || options.only.some((text) => `${file} ${row.work}`.includes(text))) {
				found.push({ file, index, row });
			}
		}
	}
	return found;
}

function child(node, args) {
	const output = execFileSync(node, ["--expose-gc", `${here}row.mjs`, ...args], {
		encoding: "utf8",
		env: { ...process.env, NODE_ENV: "production" },
		stdio: ["ignore", "pipe", "inherit"],
	});
	return JSON.parse(output.slice(output.lastIndexOf("\n", output.length - 2) + 1));
}

/** One process for each sample, the contestants taking turns. */
function isolatedFigures(node, file, index, row) {
	const names = Object.keys(row.contestants).filter(wanted);
	const samples = new Map(names.map((name) => [name, []]));
	const rounds = Math.min(row.rounds ?? 7, options.quick ? 3 : Number.POSITIVE_INFINITY);
	for (let round = 0; round < rounds; round++) {
		for (const name of names) {
			samples.get(name).push(child(node, [file, String(index), "--sample", name]));
		}
	}
	return names.map((name) => ({
		contestant: name,
		value: median(samples.get(name)),
		spread: spread(samples.get(name)),
	}));
}

function wanted(name) {
	return options.contestants === undefined || options.contestants.split(",").includes(name);
}

function runRow(node, { file, index, row }) {
	if (row.isolated) {
		return isolatedFigures(node, file, index, row);
	}
	const args = [file, String(index)];
	if (options.quick) {
		args.push("--quick");
	}
	if (options.contestants !== undefined) {
		args.push("--contestants", options.contestants);
	}
	return child(node, args);
}

function entries(row, figures, runtime) {
	const native = figures.find(({ contestant }) => contestant === "native")?.value;
	return figures.map(({ contestant, value, spread }) => {
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
		return entry;
	});
}

function show(value) {
	return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

function print(row, rowEntries) {
	console.log(`\n${row.work}\n  per ${row.unit}; native: ${row.native}`);
	const byName = new Map(rowEntries.map((entry) => [entry.contestant, entry]));
	for (const { contestant, median_ns, value, unit, ratio_vs_native, spread } of rowEntries) {
		const figure = median_ns === undefined ? `${show(value)} ${unit}` : `${show(median_ns)} ns`;
		const converted = median_ns !== undefined && value !== undefined ? `  ${show(value)} ${unit}` : "";
		const ratio = ratio_vs_native === null ? "" : `x${ratio_vs_native.toPrecision(3)}`;
		const noise = spread > 0.001 ? `±${(spread * 100).toFixed(0)} %` : "";
		const peers = contestant.startsWith("holdfast") ? comparedWithPeers(byName, median_ns ?? value) : "";
		console.log(
			`    ${contestant.padEnd(26)}${figure.padStart(16)}  ${noise.padStart(6)}  ${ratio.padStart(7)}${converted}${peers}`,
		);
	}
	const remark = row.remark?.(Object.fromEntries(rowEntries.map((entry) => [entry.contestant, entry.median_ns])));
	if (remark !== undefined) {
		console.log(`    ${remark}`);
	}
}

function comparedWithPeers(byName, own) {
	const parts = ["effection", "effect"].flatMap((name) => {
		const peer = byName.get(name);
		return peer === undefined ? [] : [`x${((peer.median_ns ?? peer.value) / own).toPrecision(3)} ${name}`];
	});
	return parts.length === 0 ? "" : `  ${parts.join(", ")}`;
}

if (options.help) {
	console.log(usage);
	process.exit(0);
}
installContestants();
const node = findRuntime(options.runtime);
const rows = await findRows();
if (options.list) {
	for (const { file, row } of rows) {
		console.log(`${file.padEnd(30)}${row.work}`);
	}
	process.exit(0);
}
const runtime = `node ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim().slice(1)}`;
console.log(
	`${runtime}, ${cpus()[0].model}, ${cpus().length} cores; xN: N times as fast as native (bytes: N times as small)`,
);
const written = [];
const failed = [];
for (const entry of rows) {
	try {
		const figures = runRow(node, entry);
		figures.sort((a, b) => order(a.contestant) - order(b.contestant));
		const rowEntries = entries(entry.row, figures, runtime);
		print(entry.row, rowEntries);
		written.push(...rowEntries);
	} catch (error) {
		failed.push(entry.row.work);
		console.log(`\n${entry.row.work}\n    failed: ${error.message.split("\n")[0]}`);
	}
}
if (options.json !== undefined) {
	writeFileSync(options.json, `${JSON.stringify(written, undefined, "\t")}\n`);
}
console.log(`\n${rows.length - failed.length} rows measured, ${failed.length} failed`);
process.exitCode = failed.length > 0 || rows.length === 0 ? 1 : 0;

function order(name) {
	const place = contestantOrder.indexOf(name);
	return place < 0 ? contestantOrder.length : place;
}
