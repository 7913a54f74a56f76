// node conformance/peers.mjs [--write] [--only CASE]
//
// Runs each program of peers/ in its system, each in a process of its own, and compares what was seen with what is recorded in
// peers/measured.json and shown in docs/comparison.md. --write renews both. Trio is measured where Python has it; elsewhere
// its column stays as it was.
import { execFile, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { pageOf } from "./peers/page.mjs";

const { values: options } = parseArgs({ options: { write: { type: "boolean" }, only: { type: "string" } } });
const here = fileURLToPath(new URL(".", import.meta.url));
const record = `${here}peers/measured.json`;
const page = `${here}../docs/comparison.md`;
const execute = promisify(execFile);
const LIMIT = 180_000;

const cases = [
	"code-after-a-cancelled-call",
	"finally-of-the-language",
	"documented-cleanup",
	"cancelled-during-cleanup",
	"cancelled-twice",
	"cleanup-that-hangs",
	"cleanup-that-is-slow",
	"nothing-outlives-the-program",
	"timeout-waits",
	"retry-loop",
	"errors-of-siblings",
	"error-in-cleanup-of-a-cancelled-task",
	"late-rejection",
	"condition-under-cancellation",
	"permit-under-cancellation",
	"value-under-cancellation",
	"deep-calls",
	"busy-loop",
	"standstill",
];

const versionOf = (name) => JSON.parse(readFileSync(packageFile(name), "utf8")).version;

/** Some packages do not export their package.json. */
function packageFile(name) {
	const entry = fileURLToPath(import.meta.resolve(name));
	return `${entry.slice(0, entry.lastIndexOf(`/${name}/`))}/${name}/package.json`;
}

const systems = [
	{
		key: "holdfast",
		name: "Holdfast",
		version: JSON.parse(readFileSync(`${here}../packages/holdfast/package.json`, "utf8")).version,
		observe: (names) => inNode("holdfast", names, "--import", "@holdfast/compiler/register"),
	},
	{
		key: "effection",
		name: "Effection",
		version: versionOf("effection"),
		observe: (names) => inNode("inEffection", names),
	},
	{ key: "effect", name: "Effect", version: versionOf("effect"), observe: (names) => inNode("inEffect", names) },
	{ key: "trio", name: "Trio", version: trioVersion(), observe: inPython },
];

/** What the programs of one system show, by name of the case. A program that ends the process has no result; the others go on. */
async function inNode(system, names, ...flags) {
	const seen = {};
	for (let left = names; left.length > 0; left = names.filter((it) => !(it in seen))) {
		const { lines, end } = await outputOf(process.execPath, [...flags, "peers/one.mjs", system, ...left]);
		for (const line of lines) {
			const result = JSON.parse(line);
			seen[result.name] = result.seen;
		}
		const broken = left.find((it) => !(it in seen));
		if (broken !== undefined) seen[broken] = `no result: ${end}`;
	}
	return seen;
}

async function inPython(names) {
	const seen = {};
	for (const name of names) {
		const { lines, end } = await outputOf("python3", [`peers/${name}.py`]);
		seen[name] = lines.length > 0 ? JSON.parse(lines.at(-1)) : `no result: ${end}`;
	}
	return seen;
}

async function outputOf(command, words) {
	const settings = {
		cwd: here,
		timeout: LIMIT,
		env: { ...process.env, HOLDFAST_STRUCTURE: "function", NODE_ENV: "development", PYTHONDONTWRITEBYTECODE: "1" },
	};
	const { stdout, stderr, end } = await execute(command, words, settings).then(
		(output) => ({ ...output, end: "ended without a word" }),
		(error) => ({ stdout: error.stdout, stderr: error.stderr, end: error.message }),
	);
	const lines = stdout.split("\n").filter((it) => it !== "");
	return { lines, end: stderr.trim().split("\n").at(-1) || end };
}

function trioVersion() {
	const { status, stdout } = spawnSync("python3", ["-c", "import trio; print(trio.__version__)"], { encoding: "utf8" });
	return status === 0 ? stdout.trim() : undefined;
}

const before = JSON.parse(readFileSync(record, { encoding: "utf8", flag: "a+" }) || '{ "versions": {}, "cases": {} }');
const present = systems.filter((it) => it.version !== undefined);
const absent = systems.filter((it) => it.version === undefined);
for (const { name } of absent) console.log(`peers: ${name} is not on this machine; its column stays as it was.`);

const programs = new Map();
for (const name of cases.filter((it) => (options.only ?? it) === it))
	programs.set(name, await import(`./peers/${name}.mjs`));

const measured = { versions: { ...before.versions }, cases: {} };
for (const { key, version } of present) measured.versions[key] = version;
const observed = Object.fromEntries(
	await Promise.all(
		present.map(async ({ key, observe }) => [
			key,
			await observe([...programs].filter(([, { missing = {} }]) => !(key in missing)).map(([name]) => name)),
		]),
	),
);
for (const [name, { holds }] of programs) {
	measured.cases[name] = {};
	for (const { key, version } of systems) {
		const seen = observed[key]?.[name];
		const kept = before.cases[name]?.[key];
		if (seen !== undefined) measured.cases[name][key] = { holds: isHeld(holds, seen), seen };
		else if (version === undefined && kept !== undefined) measured.cases[name][key] = kept;
	}
}

let passed = 0;
let failed = 0;
for (const [name, row] of Object.entries(measured.cases)) {
	for (const { key, name: system, version } of present) {
		const now = row[key];
		if (now === undefined) continue;
		const then = before.cases[name]?.[key];
		const isOther = key === "trio" && version !== before.versions.trio && !options.write;
		if (key === "holdfast" && !now.holds && programs.get(name).otherwise === undefined)
			complain(`${name}: Holdfast does not hold; seen: ${JSON.stringify(now.seen)}`);
		else if (!options.write && JSON.stringify(now) !== JSON.stringify(then)) {
			const text = `${name}: ${system} ${version}: seen ${JSON.stringify(now.seen)}, recorded ${JSON.stringify(then?.seen)}`;
			if (isOther) console.log(`peers: ${text} (with ${before.versions.trio})`);
			else complain(text);
		} else passed++;
	}
}

if (options.only === undefined) {
	if (options.write && failed > 0) console.log("peers: nothing was written.");
	else if (options.write) {
		// Short lists on one line, as the formatter has them.
		const text = JSON.stringify(measured, null, "\t").replaceAll(
			/\[\s+([^[\]{}]*?)\s+\]/g,
			(_, list) => `[${list.replaceAll(/\s*\n\s*/g, " ")}]`,
		);
		writeFileSync(record, `${text}\n`);
		writeFileSync(page, pageOf(systems, measured, programs));
	} else {
		for (const { key, name, version } of present)
			if (key !== "trio" && before.versions[key] !== version)
				complain(
					`${name} is ${version} here and ${before.versions[key]} in the record; run node conformance/peers.mjs --write`,
				);
		if (readFileSync(page, { encoding: "utf8", flag: "a+" }) !== pageOf(systems, before, programs))
			complain("docs/comparison.md is out of date; run node conformance/peers.mjs --write");
	}
}
console.log(`peers: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** A program without a result shows a sentence in the place of a list. */
function isHeld(holds, seen) {
	try {
		return holds(seen);
	} catch {
		return false;
	}
}

function complain(text) {
	failed++;
	console.log(`✗ peers: ${text}`);
}
