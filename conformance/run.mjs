// node conformance/run.mjs [--only ID] [--chapter NAME] [--front-end compiled|generators] [--write] [--source]
//
// Builds the cases, runs each variant on this Node, prints what failed and closes with `conformance: N passed, N failed`.
// --write renews report.md; without it a report that is out of date counts as a failure.
// --source bundles the packages' sources in place of their dist/, --production the build for production,
// about which development-only.mjs names the cases that are left out.
import { execFileSync, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildVariant, frontEnds } from "./build.mjs";
import { developmentOnly } from "./development-only.mjs";
import { reportOf } from "./report.mjs";

const { values: options } = parseArgs({
	options: {
		only: { type: "string" },
		chapter: { type: "string" },
		"front-end": { type: "string" },
		write: { type: "boolean" },
		source: { type: "boolean" },
		production: { type: "boolean" },
		limit: { type: "string", default: "300000" },
	},
});

if (options.production)
	execFileSync(process.execPath, [fileURLToPath(new URL("../scripts/production.mjs", import.meta.url))]);
const chosen = frontEnds.filter((it) => (options["front-end"] ?? it) === it);
const all = [];
let passed = 0;
let failed = 0;

for (const frontEnd of chosen) {
	let results;
	try {
		const bundle = await buildVariant(frontEnd, {
			source: options.source ?? false,
			production: options.production ?? false,
			chapter: options.chapter,
		});
		results = await runBundle(bundle, frontEnd);
	} catch (error) {
		failed++;
		console.log(`✗ ${frontEnd}: ${error.message}`);
		continue;
	}
	for (const result of results) {
		if (result.outcome === "passed") passed++;
		if (result.outcome === "failed") {
			failed++;
			console.log(`✗ ${result.id} ${result.title} (${frontEnd})\n  ${result.message.replaceAll("\n", "\n  ")}`);
		}
	}
	const skipped = results.filter((it) => it.outcome === "skipped").length;
	const count = results.filter((it) => it.outcome === "passed").length;
	console.log(`${frontEnd}: ${count} of ${results.length - skipped} cases passed, ${skipped} skipped`);
	all.push(...results);
}

const isWhole = options.only === undefined && options.chapter === undefined && !options.production;
const isComplete = frontEnds.every((it) => all.some(({ frontEnd }) => frontEnd === it));
if (isWhole && isComplete) {
	const file = new URL("report.md", import.meta.url);
	const { text, problems } = reportOf(all);
	for (const problem of problems) {
		failed++;
		console.log(`✗ report: ${problem}`);
	}
	if (options.write) {
		await writeFile(file, text);
	} else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
		failed++;
		console.log("✗ report: conformance/report.md is out of date; run `node conformance/run.mjs --write`");
	}
}
if (options.only !== undefined && all.length === 0) {
	failed++;
	console.log(`✗ no case has the id ${options.only}`);
}

if (options.production) console.log(`left out: ${Object.keys(developmentOnly).join(" ")}`);
console.log(`conformance: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** The results that a bundle prints. A case that takes the whole bundle down has failed; the others are run without it. */
async function runBundle(bundle, frontEnd) {
	const fatal = [];
	for (;;) {
		const words = ["--expose-gc", bundle, "--trace"];
		if (options.only !== undefined) words.push("--only", options.only);
		const without = [...fatal.map((it) => it.id), ...(options.production ? Object.keys(developmentOnly) : [])];
		if (without.length > 0) words.push("--without", without.join(","));
		const { out, err, end } = await outputOf(words);
		const line = out.split("\n").findLast((it) => it.startsWith('{"frontEnd"'));
		if (line !== undefined) return [...JSON.parse(line).results, ...fatal];
		const id = err
			.split("\n")
			.findLast((it) => it.startsWith("@case"))
			?.slice(6);
		const tail = err.slice(err.lastIndexOf("\n@case")).split("\n").slice(2, 40).join("\n");
		if (id === undefined || fatal.length >= 10) throw new Error(`the bundle ended with ${end}\n${tail}`);
		fatal.push({ id, title: "", frontEnd, outcome: "failed", message: `the process ended with ${end}\n${tail}` });
	}
}

async function outputOf(words) {
	const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
	const stopper = setTimeout(() => child.kill("SIGKILL"), Number(options.limit));
	let out = "";
	let err = "";
	child.stdout.setEncoding("utf8").on("data", (text) => {
		out += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text) => {
		err += text;
	});
	const end = await new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code, signal) => resolve(signal ?? `code ${code}`));
	});
	clearTimeout(stopper);
	return { out, err, end };
}
