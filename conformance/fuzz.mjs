/**
 * Random programs, native against compiled: `node conformance/fuzz.mjs [--seed N] [--count N] [--ci | --long]`.
 * The log and the result of each must be the same at four suspension rates; where several tasks run at once, in the
 * engine's exact order (`ticks: "native"`); where a program is cancelled, as if nothing could catch the cancellation.
 */
import { parseArgs } from "node:util";
import { compile, runCompiled, runNative, sourceOf } from "./fuzz/execute.mjs";
import { generate, profiles } from "./fuzz/generate.mjs";
import { minimise } from "./fuzz/minimise.mjs";
import { mutants } from "./fuzz/mutants.mjs";
import { Random, seedOf } from "./fuzz/random.mjs";
import { makeRuntime } from "./fuzz/runtime.mjs";
import { startWatchdog } from "./fuzz/watchdog.mjs";

const usage = `node conformance/fuzz.mjs [options]
  --seed N       the run's seed (default: a fresh one, printed)
  --count N      how many programs (default 2,000)
  --start N      number of the first program
  --profile P    only programs of this profile: ${profiles.join(", ")}
  --ci           a fixed seed, a fresh seed, and every mutant must be found
  --long         200,000 programs
  --mutant NAME  breaks what the compiler emits: ${Object.keys(mutants).join(", ")}
  --show         prints each program and what it is compiled to
  --keep-going   does not stop after ten differences`;

const { values: options } = parseArgs({
	options: {
		seed: { type: "string" },
		count: { type: "string" },
		start: { type: "string", default: "0" },
		profile: { type: "string" },
		ci: { type: "boolean", default: false },
		long: { type: "boolean", default: false },
		mutant: { type: "string" },
		show: { type: "boolean", default: false },
		"keep-going": { type: "boolean", default: false },
		help: { type: "boolean", default: false },
	},
});
const fixedSeed = 20_260_101;
const rates = [1, 2, 3, Number.POSITIVE_INFINITY];

const compiler = await import("@holdfast/compiler");
const runtime = await makeRuntime();

function integer(text, name) {
	const number = Number(text);
	if (!Number.isSafeInteger(number) || number < 0) {
		throw new Error(`--${name} takes a number, not ${text}`);
	}
	return number;
}

function makeProgram(seed, number) {
	const random = new Random(seedOf(seed, number));
	const chosen = random.next();
	const profile = options.profile ?? (chosen < 0.6 ? "single" : chosen < 0.8 ? "concurrent" : "cancel");
	return { program: generate(random, profile), random };
}

/** All ways in which a program is compared. Which of them are taken is drawn from the program's own seed. */
async function* variantsOf(program, random) {
	const inRun = random.chance(0.7);
	const structure = random.chance(0.5) ? "scope" : "function";
	if (program.profile === "single") {
		for (const every of rates) {
			yield { every, ticks: "default", structure, inRun };
		}
		yield { every: random.pick(rates), ticks: "native", structure, inRun };
	} else if (program.profile === "concurrent") {
		for (const every of rates) {
			yield { every, ticks: "native", structure: "scope", inRun };
		}
	} else {
		for (const every of rates) {
			const { points } = await runNative(program, { every });
			for (let i = 0; i < 2 && points.length > 0; i++) {
				yield { every, ticks: "default", structure, inRun: true, cancelAt: random.pick(points) };
			}
		}
	}
}

/** `undefined` if there is nothing to compare, else both outcomes. */
async function compare(program, variant, mutate, compiled) {
	const native = await runNative(program, variant);
	if (native.starved || native.result === "hang") {
		return undefined;
	}
	let other;
	try {
		other = await runCompiled(
			runtime,
			program,
			compiled ?? compile(compiler, program, { ...variant, mutate }),
			variant,
		);
	} catch (error) {
		other = { log: [], result: `could not be compiled: ${error?.stack ?? error}` };
	}
	const same = native.result === other.result && native.log.join("\n") === other.log.join("\n");
	return { same, native, other };
}

function report(program, variant, { native, other }, origin) {
	const { every, ...rest } = variant;
	console.log(`\n${origin}: ${JSON.stringify({ every: String(every), ...rest })}`);
	console.log(sourceOf(program).split("\n").slice(1).join("\n"));
	let line = 0;
	while (line < native.log.length && native.log[line] === other.log[line]) {
		line++;
	}
	const around = (log) => log.slice(Math.max(0, line - 3), line + 4).join(" | ");
	console.log(`  native:   ${native.log.length} lines … ${around(native.log)} → ${native.result}`);
	console.log(`  compiled: ${other.log.length} lines … ${around(other.log)} → ${other.result}`);
}

async function fuzz({ seed, start, count, mutate, quiet = false, enough = 10 }) {
	const name = `node conformance/fuzz.mjs --seed ${seed}`;
	const profile = options.profile === undefined ? "" : ` --profile ${options.profile}`;
	const beat = startWatchdog(`${name}${profile} --start % --count 1`);
	const totals = { programs: 0, comparisons: 0, starved: 0, differences: 0, firstAt: undefined };
	for (let number = start; number < start + count; number++) {
		beat(number);
		const { program, random } = makeProgram(seed, number);
		totals.programs++;
		const compiled = new Map();
		for await (const variant of variantsOf(program, random)) {
			const key = `${variant.ticks} ${variant.structure}`;
			try {
				compiled.set(key, compiled.get(key) ?? compile(compiler, program, { ...variant, mutate }));
			} catch {
				// compare() meets the same error and reports it.
			}
			if (options.show) {
				console.log(`${sourceOf(program)}\n// ── ${key} ──\n${compiled.get(key)?.code}`);
			}
			const compared = await compare(program, variant, mutate, compiled.get(key));
			if (compared === undefined) {
				totals.starved++;
				continue;
			}
			totals.comparisons++;
			if (compared.same) {
				continue;
			}
			if (mutate !== undefined && (await compare(program, variant))?.same !== true) {
				continue; // Not the mutant's doing.
			}
			totals.differences++;
			totals.firstAt ??= number;
			if (!quiet) {
				await explain(program, variant, mutate, `${name}${profile} --start ${number} --count 1`);
			}
			break;
		}
		if (totals.differences >= enough && !options["keep-going"]) {
			if (!quiet) {
				console.log(`stopped after ${totals.differences} differences`);
			}
			break;
		}
	}
	return totals;
}

async function explain(program, variant, mutate, origin) {
	let last = await compare(program, variant, mutate);
	if (last === undefined || last.same) {
		console.log(`\n${origin}: ${JSON.stringify(variant)} differed once and not again`);
		return;
	}
	const undefinedName = / is not defined$/;
	const mayMissNames = undefinedName.test(last.native.result);
	const hangs = last.other.result.startsWith("hang");
	const fails = async () => {
		let compared;
		try {
			compared = await compare(program, { ...variant, limit: hangs ? 150 : 500 }, mutate);
		} catch {
			return false; // Cut down to something that is no program.
		}
		if (compared === undefined || compared.same || (!mayMissNames && undefinedName.test(compared.native.result))) {
			return false;
		}
		if (compared.other.result.startsWith("hang") !== hangs) {
			return false;
		}
		last = compared;
		return true;
	};
	await minimise(program.tree, fails, 20_000);
	report(program, variant, last, origin);
}

function summary({ programs, comparisons, starved }) {
	return `${programs} programs, ${comparisons} comparisons${starved > 0 ? `, ${starved} without (out of fuel)` : ""}`;
}

async function ci() {
	const fresh = Math.floor(Math.random() * 2 ** 31);
	const count = options.count === undefined ? 1500 : integer(options.count, "count");
	let programs = 0;
	let differences = 0;
	for (const seed of [fixedSeed, options.seed === undefined ? fresh : integer(options.seed, "seed")]) {
		console.log(`seed ${seed}${seed === fixedSeed ? " (fixed)" : ""}`);
		const totals = await fuzz({ seed, start: 0, count });
		console.log(`  ${summary(totals)}, ${totals.differences} differences`);
		programs += totals.programs;
		differences += totals.differences;
	}
	for (const [name, { mutate, breaks }] of Object.entries(mutants)) {
		let applied = 0;
		const counting = (code) => {
			const changed = mutate(code);
			applied += changed === code ? 0 : 1;
			return changed;
		};
		const totals = await fuzz({ seed: fixedSeed, start: 0, count: 300, mutate: counting, quiet: true, enough: 1 });
		if (totals.differences === 0) {
			differences++;
			console.log(`mutant ${name} (${breaks}) was NOT found in ${summary(totals)}; it changed ${applied} of them`);
		} else {
			console.log(`mutant ${name} (${breaks}) found by program ${totals.firstAt}`);
		}
	}
	return { programs, differences };
}

async function main() {
	if (options.help) {
		console.log(usage);
		return;
	}
	// Programs reject promises that nobody awaits; that is for them to do.
	process.on("unhandledRejection", () => {});
	// Outside of a run, errors that the language drops without a word are reported here.
	console.error = () => {};
	process.setMaxListeners(0);
	let totals;
	if (options.ci) {
		totals = await ci();
	} else {
		const seed = options.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : integer(options.seed, "seed");
		const mutant = options.mutant === undefined ? undefined : mutants[options.mutant];
		if (options.mutant !== undefined && mutant === undefined) {
			throw new Error(`no mutant ${options.mutant}; there are ${Object.keys(mutants).join(", ")}`);
		}
		const count = options.count === undefined ? (options.long ? 200_000 : 2000) : integer(options.count, "count");
		console.log(`seed ${seed}`);
		totals = await fuzz({ seed, start: integer(options.start, "start"), count, mutate: mutant?.mutate });
		console.log(summary(totals));
	}
	console.log(`fuzz: ${totals.programs} programs, ${totals.differences} differences`);
	process.exitCode = totals.differences > 0 ? 1 : 0;
	// Cancelled programs may have left timers and promises behind.
	setImmediate(() => process.exit());
}

await main();
