// test262 through the compiler:
// `npm run test262 -- [--only PATTERN] [--jobs N] [--ticks native|default] [--bodies plain|generators] [--suspend] [--out FILE]`.
// See docs/internals/test262.md.
import { fork } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { expectedReason, listed } from "./expected.mjs";
import { selectTests } from "./select.mjs";

const { values } = parseArgs({
	options: {
		only: { type: "string" },
		jobs: { type: "string", default: "2" },
		ticks: { type: "string", multiple: true, default: ["native", "default"] },
		bodies: { type: "string", multiple: true, default: ["plain", "generators"] },
		structure: { type: "string", default: "scope" },
		suspend: { type: "boolean", default: false },
		out: { type: "string" },
		verbose: { type: "boolean", default: false },
	},
});

const root = process.env.TEST262;
if (root === undefined || root === "" || !existsSync(join(root, "harness", "assert.js"))) {
	console.error(
		`${root ? `TEST262=${root} is no checkout of test262.` : "TEST262 is not set."} It names a checkout of https://github.com/tc39/test262:

  git clone --depth 1 https://github.com/tc39/test262 /tmp/test262
  TEST262=/tmp/test262 npm run test262`,
	);
	process.exit(2);
}

const silence = 60_000;
const testsPerWorker = 800;
const jobs = Math.max(1, Number(values.jobs) || 1);
const variants = values.suspend ? waysOf("suspended") : values.ticks.flatMap(waysOf);
const temporary = mkdtempSync(join(tmpdir(), "holdfast-test262-"));
const runtime = join(temporary, "runtime.cjs");

/** Native ticks have one form of body, default ticks two. `suspended`: default ticks in a runtime where every await suspends. */
function waysOf(name) {
	const { structure } = values;
	if (name === "native") return [{ name, options: { ticks: name, structure, bodies: "generators" } }];
	return values.bodies.map((bodies) => ({
		name: `${name}/${bodies}`,
		options: { ticks: "default", structure, bodies },
		suspends: name === "suspended",
	}));
}

/** One file: a realm of its own evaluates it for every test. */
async function bundleRuntime() {
	await build({
		entryPoints: [fileURLToPath(new URL("../../holdfast/src/compiled.ts", import.meta.url))],
		outfile: runtime,
		bundle: true,
		format: "cjs",
		platform: "node",
		target: "node24",
		conditions: ["@holdfast/source"],
		logLevel: "error",
	});
}

const tests = selectTests(resolve(root), values.only === undefined ? undefined : new RegExp(values.only));
const all = new Map();
let next = 0;

function startWorker() {
	return fork(fileURLToPath(new URL("worker.mjs", import.meta.url)), [], {
		execArgv: [
			"--conditions=@holdfast/source",
			"--experimental-vm-modules",
			"--expose-gc",
			"--no-warnings",
			"--stack-size=900",
		],
		env: { ...process.env, TEST262: resolve(root), HOLDFAST_TEST262_RUNTIME: runtime },
		stdio: ["ignore", "ignore", "pipe", "ipc"],
	});
}

/** Feeds one worker; a worker that dies or hangs fails its test and is replaced. */
function serve() {
	return new Promise((finish) => {
		let worker;
		let current;
		let running;
		let timer;
		let served = 0;
		const advance = () => {
			clearTimeout(timer);
			if (next >= tests.length || served >= testsPerWorker) {
				current = undefined;
				worker.removeAllListeners();
				worker.kill();
				if (next >= tests.length) finish();
				else begin();
				return;
			}
			served++;
			current = tests[next++];
			timer = setTimeout(() => worker.kill("SIGKILL"), silence);
			worker.send({ path: current, variants });
		};
		const begin = () => {
			served = 0;
			worker = startWorker();
			let complaint = "";
			worker.stderr.on("data", (chunk) => {
				complaint = `${complaint}${chunk}`.slice(-2000);
			});
			worker.on("message", (message) => {
				running = message.running;
				if (running !== undefined) return;
				if (message.path !== undefined) record(message.path, message.results);
				advance();
			});
			worker.on("exit", (code, signal) => {
				clearTimeout(timer);
				if (current === undefined)
					throw new Error(`a worker ended with ${code ?? signal} before its first test: ${complaint}`);
				record(current, [crashed(running, `the process ended: ${code ?? signal}`)]);
				current = undefined;
				begin();
			});
		};
		begin();
	});
}

/** A test that takes its process with it natively is skipped. */
function crashed({ scenario, variant }, failure) {
	if (variant === undefined) return { scenario, native: failure, compiled: {} };
	const outcome = (name) => ({ failure: name === variant ? failure : undefined, changed: false, plain: false });
	return {
		scenario,
		native: undefined,
		compiled: Object.fromEntries(variants.map(({ name }) => [name, outcome(name)])),
	};
}

function record(path, results) {
	all.set(path, results);
	if (all.size % 500 === 0) console.error(`${all.size} of ${tests.length}`);
}

function summarize() {
	const unexpected = [];
	const rows = Object.fromEntries(variants.map(({ name }) => [name, newRow()]));
	const seen = new Set();
	for (const [path, results] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) {
		for (const { scenario, native, compiled } of results) {
			for (const { name } of variants) {
				const row = rows[name];
				const reason = expectedReason(name, path, scenario);
				for (const key of [`${name} ${path} ${scenario}`, `${name} ${path}`]) seen.add(key);
				if (native !== undefined) {
					row.skipped++;
					continue;
				}
				const { failure, changed, plain } = compiled[name];
				if (changed) row.compiled++;
				if (plain) row.plain++;
				if (failure === undefined) row.passed++;
				else row.failed++;
				if (failure !== undefined && reason === undefined) {
					row.unexpected++;
					unexpected.push(`FAIL ${name} ${path} (${scenario}): ${failure}`);
				}
				if (failure === undefined && reason !== undefined) {
					row.unexpected++;
					unexpected.push(`PASS ${name} ${path} (${scenario}) is listed as failing: ${reason}`);
				}
			}
		}
	}
	if (values.only === undefined)
		for (const key of listed())
			if (!seen.has(key) && variants.some(({ name }) => key.startsWith(`${name} `)))
				unexpected.push(`GONE ${key} is listed, but is no test`);
	return { rows, unexpected };
}

function newRow() {
	return { passed: 0, failed: 0, skipped: 0, compiled: 0, plain: 0, unexpected: 0 };
}

await bundleRuntime();
const began = performance.now();
try {
	await Promise.all(Array.from({ length: Math.min(jobs, tests.length) }, serve));
} finally {
	rmSync(temporary, { recursive: true, force: true });
}
const { rows, unexpected } = summarize();
if (values.out !== undefined)
	writeFileSync(values.out, `${JSON.stringify(Object.fromEntries(all), undefined, "\t")}\n`);
for (const line of unexpected) console.log(line);
const total = newRow();
for (const [name, row] of Object.entries(rows)) {
	console.log(
		`${name}: ${row.passed} passed, ${row.failed} failed (${row.unexpected} unexpected), ${row.skipped} skipped (they fail natively); ${row.compiled} were changed by the compiler, ${row.plain} have plain bodies`,
	);
	for (const key of Object.keys(total)) total[key] += row[key];
}
console.log(`${tests.length} files in ${Math.round((performance.now() - began) / 1000)} s`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(unexpected.length > 0 ? 1 : 0);
