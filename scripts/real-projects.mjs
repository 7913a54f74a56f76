// Test suites of well-known packages, natively and compiled: `npm run real-projects -- [--only NAME]`.
// See docs/internals/real-projects.md.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root, toolNode } from "./nodes.mjs";
import { compare, countFunctions, tableOf } from "./real-projects/compare.mjs";
import { runSuite } from "./real-projects/run-suite.mjs";

const { values } = parseArgs({
	options: {
		only: { type: "string", multiple: true },
		structure: { type: "string", default: "scope" },
		ticks: { type: "string", default: "default" },
		bodies: { type: "string" },
		fresh: { type: "boolean", default: false },
		verbose: { type: "boolean", default: false },
		write: { type: "boolean", default: false },
	},
});

const folder = resolve(process.env.REAL_PROJECTS || join(tmpdir(), "holdfast-real-projects"));
const results = join(folder, ".results");
mkdirSync(results, { recursive: true });
const page = join(root, "docs/internals/real-projects.md");
const compiler = {
	HOLDFAST_STRUCTURE: values.structure,
	HOLDFAST_TICKS: values.ticks,
	...(values.bodies !== undefined && { HOLDFAST_BODIES: values.bodies }),
};

const projects = [];
for (const file of readdirSync(new URL("real-projects/projects", import.meta.url))) {
	const name = file.replace(/\.mjs$/, "");
	const { default: project } = await import(`./real-projects/projects/${file}`);
	if (values.only === undefined || values.only.includes(name)) projects.push({ name, ...project });
}

let lost = 0;
let missing = 0;
const rows = [];
for (const project of projects) {
	const directory = join(folder, project.name);
	const problem = checkoutProblem(project, directory);
	if (problem !== undefined) {
		missing += 1;
		console.log(`\n── ${project.name} ──\n${problem}`);
		continue;
	}
	console.log(`\n── ${project.name} ${project.version} ──`);
	const native = [await nativeRun(project, directory, 1), await nativeRun(project, directory, 2)];
	const compiled = [await runSuite(project, directory, compiler)];
	let verdict = compare(project, native, compiled);
	// What fails only sometimes is a matter of time or of the network, in whichever way it ran.
	while (verdict.passed > 0 && verdict.lost.length + verdict.added.length > 0 && compiled.length < 3) {
		show(`compiled, run ${compiled.length}: ${verdict.lost.length} differ, ${verdict.added.length} more; once again`);
		compiled.push(await runSuite(project, directory, compiler));
		verdict = compare(project, native, compiled);
	}
	const functions = countFunctions(compiled[0].files, directory, values.structure);
	const { code, output } = compiled.at(-1);
	if (verdict.passed === 0) console.log(output.slice(-4000));
	show(`natively ${verdict.native} passed (${native.map(({ seconds }) => `${seconds} s`).join(", ")})`);
	show(
		`compiled ${verdict.passed} passed (${compiled.map(({ seconds }) => `${seconds} s`).join(", ")}, ended with ${code})`,
	);
	show(
		`${functions.files} files compiled with ${functions.compiled} functions (${functions.plain} plain, ${functions.generator} generators), ${functions.native} functions left native`,
	);
	list("pass natively and fail compiled", verdict.lost);
	list("fail compiled and do not exist natively", verdict.added);
	list("differ, as listed", verdict.listed);
	list("are listed as different and are not", verdict.stale);
	list("fail natively too", verdict.nativeFailures);
	list("pass only sometimes", verdict.flaky);
	const isEmpty = verdict.passed === 0 || functions.compiled === 0;
	lost += verdict.lost.length + verdict.added.length + verdict.stale.length + (isEmpty ? 1 : 0);
	const row = { ...project, verdict, functions, options: compiler };
	rows.push(row);
	writeFileSync(join(results, `${project.name}.json`), JSON.stringify(row, null, "\t"));
}

if (values.write) {
	const text = readFileSync(page, "utf8");
	const known = readdirSync(results)
		.filter((file) => file.endsWith(".json"))
		.map((file) => JSON.parse(readFileSync(join(results, file), "utf8")));
	const node = execFileSync(toolNode(), ["--version"], { encoding: "utf8" }).trim();
	writeFileSync(
		page,
		text.replace(/(<!-- results -->\n)[\s\S]*?(<!-- end of results -->)/, `$1\n${tableOf(known, node)}\n$2`),
	);
}
console.log(`\n${rows.length} projects ran, ${lost} differences, ${missing} projects are not there`);
process.exitCode = lost > 0 || rows.length === 0 ? 1 : missing > 0 ? 2 : 0;

/** Native results are the yardstick and change with nothing of ours, so they are kept. */
async function nativeRun(project, directory, number) {
	const file = join(results, `${project.name}.native-${number}`);
	if (!values.fresh && existsSync(file)) {
		const kept = JSON.parse(readFileSync(file, "utf8"));
		if (kept.commit === project.commit) return { ...kept, outcomes: new Map(kept.outcomes) };
	}
	const run = await runSuite(project, directory, undefined);
	if (run.outcomes.size === 0) {
		console.log(run.output.slice(-4000));
		return run;
	}
	const { output: _, ...kept } = run;
	writeFileSync(file, JSON.stringify({ ...kept, commit: project.commit, outcomes: [...run.outcomes] }));
	return run;
}

function checkoutProblem(
	{ name, repository, commit, install = "npm install --ignore-scripts --legacy-peer-deps", prepare = [] },
	directory,
) {
	const steps = [
		`git clone https://github.com/${repository} ${directory}`,
		`cd ${directory} && git checkout ${commit}`,
		install,
		...prepare,
	].join("\n  ");
	if (!existsSync(join(directory, "package.json")))
		return `There is no checkout of ${name}. To make one:\n\n  ${steps}`;
	if (!existsSync(join(directory, "node_modules"))) return `${name} is not installed. All steps:\n\n  ${steps}`;
	const head = execFileSync("git", ["-C", directory, "rev-parse", "HEAD"], { encoding: "utf8" }).trim();
	return head === commit ? undefined : `${directory} is at ${head}, not at ${commit}:\n\n  ${steps}`;
}

function show(line) {
	console.log(`  ${line}`);
}

function list(what, outcomes) {
	if (outcomes.length === 0) return;
	show(`${outcomes.length} ${what}:`);
	const isBrief = !values.verbose && outcomes.length > 40;
	for (const { name, reason, error } of isBrief ? outcomes.slice(0, 40) : outcomes) {
		show(`  - ${name}${reason === undefined ? "" : ` (${reason})`}`);
		if (values.verbose && error !== undefined) console.log(error.replace(/^/gm, "        "));
	}
	if (isBrief) show("  …");
}
