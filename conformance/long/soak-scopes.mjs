/**
 * Random programs of nested groups, time limits, shields, cleanup, channels and locks, cancelled at random, in virtual time:
 * `node --expose-gc conformance/long/soak-scopes.mjs [--seed N] [--steps N] [--start N] [--programs N] [--show] [--ci] [--mutant NAME]`.
 * Each program runs as generators and compiled. What must hold is in soak/environment.mjs; at the end nothing may be open,
 * and the heap must be where it was. `--ci` is short, and afterwards breaks the library on purpose: that must be noticed.
 */
import { parseArgs } from "node:util";
import { transform } from "@holdfast/compiler";
import * as holdfast from "holdfast";
import { kernel } from "holdfast/compiled";
import { Random, seedOf } from "../fuzz/random.mjs";
import { Environment, names } from "./soak/environment.mjs";
import { mutants } from "./soak/mutants.mjs";
import { dialects, writeProgram } from "./soak/program.mjs";

const { values: options } = parseArgs({
	options: {
		seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
		steps: { type: "string" },
		start: { type: "string", default: "0" },
		programs: { type: "string", default: "Infinity" },
		show: { type: "boolean", default: false },
		ci: { type: "boolean", default: false },
		mutant: { type: "string" },
	},
});
const seed = Number(options.seed);
const steps = Number(options.steps ?? (options.ci ? 150_000 : 18_000_000));
const first = Number(options.start);
/** How often each program runs in each dialect, cancelled elsewhere each time. */
const runsEach = 6;
const patience = 5_000;
const imported = /import \{ kernel as (\S+) \} from "holdfast\/compiled";?/;
const prologue = `const { ${names.join(", ")} } = lib;\n`;

const unhandled = [];
process.on("unhandledRejection", (error) => unhandled.push(error));

const started = performance.now();
const totals = { programs: 0, runs: 0, steps: 0 };
let lib = options.mutant === undefined ? holdfast : broken(options.mutant);
let failed;
let heapBefore;
const handles = process.getActiveResourcesInfo().length;
for (let number = first; totals.steps < steps && totals.programs < Number(options.programs); number++) {
	failed = await runProgram(number);
	if (failed !== undefined) break;
	// The first part of the run warms up.
	if (heapBefore === undefined && totals.steps > steps / 5) heapBefore = await heap();
}
failed ??= await leftovers();
const counted = `${totals.programs} programs, ${totals.runs} runs, ${totals.steps} steps`;
if (failed === undefined && options.ci) failed = await unnoticed();
const seconds = Math.round((performance.now() - started) / 1000);
if (failed !== undefined) console.log(failed);
console.log(`${failed === undefined ? "" : "failed after "}${counted}, seed ${seed}, ${seconds} s`);
process.exitCode = failed === undefined ? 0 : 1;

function broken(name) {
	return { ...holdfast, ...mutants[name](holdfast) };
}

/** The first broken library that goes through, if any. */
async function unnoticed() {
	for (const name of Object.keys(mutants)) {
		lib = broken(name);
		let noticed = false;
		for (let number = 0; number < 3000 && !noticed; number++) noticed = (await runProgram(number)) !== undefined;
		if (!noticed) return `nobody noticed the mutant ${name}`;
	}
	return undefined;
}

/** Gives what was wrong with it, if anything. */
async function runProgram(number) {
	const programSeed = seedOf(seed, number);
	const structure = programSeed % 2 === 0 ? "function" : "scope";
	totals.programs++;
	for (const [name, dialect] of Object.entries(dialects)) {
		const text = writeProgram(new Random(programSeed), dialect);
		if (options.show) console.log(`// ── ${name} ──\n${text}`);
		const program = load(name === "compiled" ? compile(text, structure) : { text, kernelName: "$k" });
		const traces = [];
		for (let run = 0; run < runsEach; run++) {
			// The second run is the first again: a seed is a replay.
			const env = new Environment(new Random(seedOf(programSeed, Math.max(run - 1, 0))), lib, name === "compiled");
			if (options.show) env.log = [];
			await execute(env, program);
			if (options.show) console.log(`// ${name}, run ${run}: ${env.log.join(" ")}`);
			totals.runs++;
			totals.steps += env.steps;
			traces.push(env.trace);
			if (run === 1 && traces[0] !== traces[1]) env.violations.push("the same run went another way");
			for (const error of unhandled.splice(0)) env.violations.push(`unhandled: ${error?.stack ?? error}`);
			if (env.violations.length > 0) {
				const replay = `node --expose-gc conformance/long/soak-scopes.mjs --seed ${seed} --start ${number} --programs 1 --show`;
				return `${replay}\nprogram ${number}, ${name}, run ${run}:\n  ${[...new Set(env.violations)].join("\n  ")}`;
			}
		}
	}
	return undefined;
}

function compile(text, structure) {
	const { code } = transform(prologue + text, { filename: "program.mjs", structure, sourcemap: false });
	const kernelName = imported.exec(code)?.[1] ?? "$k";
	return { text: code.replace(imported, ""), kernelName };
}

function load({ text, kernelName }) {
	const body = text.includes(prologue.trim()) ? text : prologue + text;
	return new Function("env", "lib", kernelName, `"use strict";\n${body}`);
}

async function execute(env, load) {
	load(env, lib, kernel);
	const reports = [];
	const abort = new AbortController();
	let stop = () => {};
	if (env.abortAt !== undefined)
		stop = env.loop.callAt(env.abortAt, () => {
			env.abort();
			abort.abort();
		});
	const outcome = holdfast
		.run(env.main, {
			loop: env.loop,
			grace: env.grace,
			signal: abort.signal,
			onReport: (report) => reports.push(report),
		})
		.then(
			() => ({}),
			(error) => ({ error }),
		);
	let timer;
	const late = new Promise((resolve) => {
		timer = setTimeout(resolve, patience, { error: new Error("it does not end") });
	});
	const settled = await Promise.race([outcome, late]);
	clearTimeout(timer);
	stop();
	env.finish(settled, reports);
	const alive = dump();
	if (alive !== "No run is alive.") env.violations.push(`left alive:\n${alive}`);
}

function dump() {
	try {
		return holdfast.dumpTasks();
	} catch (error) {
		return `dumpTasks(): ${error.stack}`;
	}
}

async function heap() {
	for (let i = 0; i < 4; i++) {
		await new Promise((resolve) => setTimeout(resolve, 20));
		globalThis.gc?.();
	}
	return process.memoryUsage().heapUsed;
}

async function leftovers() {
	const grown = ((await heap()) - (heapBefore ?? Number.POSITIVE_INFINITY)) / 2 ** 20;
	if (globalThis.gc !== undefined && grown > 2) return `the heap has grown by ${grown.toFixed(1)} MiB`;
	const more = process.getActiveResourcesInfo().length - handles;
	if (more > 0) return `${more} handles are open: ${process.getActiveResourcesInfo().join(", ")}`;
	return undefined;
}
