/**
 * Random programs, native against compiled: `node conformance/fuzz.mjs [--seed N] [--count N] [--ci | --long]`.
 * What is compared, and how a difference is replayed, is told in docs/internals/fuzzing.md.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { profiles } from "./fuzz/generate.mjs";
import { mutants } from "./fuzz/mutants.mjs";
import { Pool } from "./fuzz/pool.mjs";
import { bundleRuntime } from "./fuzz/runtime.mjs";

const usage = `node conformance/fuzz.mjs [options]
  --seed N       the run's seed (default: a fresh one, printed)
  --count N      how many programs (default 2,000)
  --start N      number of the first program
  --profile P    only programs of this profile: ${profiles.join(", ")}
  --bodies FORM  only this form of body: plain, generators (default: each that the compiler emits)
  --jobs N       threads (default: one per processor)
  --ci           5,000 programs, half of a fixed seed, half of a fresh one; and every mutant must be found
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
		bodies: { type: "string" },
		jobs: { type: "string" },
		ci: { type: "boolean", default: false },
		long: { type: "boolean", default: false },
		mutant: { type: "string" },
		show: { type: "boolean", default: false },
		"keep-going": { type: "boolean", default: false },
		help: { type: "boolean", default: false },
	},
});
const fixedSeed = 20_260_101;
/** Programs in which a mutant must have been found. */
const mutantCount = 400;
/** Milliseconds for cutting down one program. */
const patience = 20_000;

function integer(text, name) {
	const number = Number(text);
	if (!Number.isSafeInteger(number) || number < 0) {
		throw new Error(`--${name} takes a number, not ${text}`);
	}
	return number;
}

function oneOf(text, name, allowed) {
	if (text !== undefined && !allowed.includes(text)) {
		throw new Error(`--${name} is one of ${allowed.join(", ")}, not ${text}`);
	}
	return text;
}

const profile = oneOf(options.profile, "profile", profiles);
const bodies = oneOf(options.bodies, "bodies", ["plain", "generators"]);
const mutant = oneOf(options.mutant, "mutant", Object.keys(mutants));

function replayOf(seed, number) {
	const extra = [
		profile === undefined ? "" : ` --profile ${profile}`,
		bodies === undefined ? "" : ` --bodies ${bodies}`,
		mutant === undefined ? "" : ` --mutant ${mutant}`,
	].join("");
	return `node conformance/fuzz.mjs --seed ${seed} --start ${number} --count 1${extra}`;
}

async function fuzz(pool, { seed, start, count, mutant, quiet = false, enough = 10 }) {
	const numbers = [];
	const found = (number, text) => {
		numbers.push(number);
		if (!quiet) {
			console.log(`\n${replayOf(seed, number)}\n${text}`);
		}
		return numbers.length >= enough && !options["keep-going"];
	};
	const totals = await pool.run({ seed, start, end: start + count, mutant, quiet }, found);
	if (!quiet && numbers.length >= enough && !options["keep-going"]) {
		console.log(`stopped after ${numbers.length} differences`);
	}
	return { ...totals, differences: numbers.length, firstAt: Math.min(...numbers) };
}

function summary({ programs, comparisons, empty }) {
	return `${programs} programs, ${comparisons} comparisons${empty > 0 ? `, ${empty} programs without (out of fuel)` : ""}`;
}

async function ci(pool) {
	const fresh = options.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : integer(options.seed, "seed");
	const count = options.count === undefined ? 2500 : integer(options.count, "count");
	let programs = 0;
	let differences = 0;
	for (const seed of [fixedSeed, fresh]) {
		console.log(`seed ${seed}${seed === fixedSeed ? " (fixed)" : ""}`);
		const totals = await fuzz(pool, { seed, start: 0, count });
		console.log(`  ${summary(totals)}, ${totals.differences} differences`);
		programs += totals.programs;
		differences += totals.differences;
	}
	const forms = await pool.forms();
	for (const [name, { breaks, bodies: form }] of Object.entries(mutants)) {
		if (form !== undefined && !forms.includes(form)) {
			continue;
		}
		const totals = await fuzz(pool, {
			seed: fixedSeed,
			start: 0,
			count: mutantCount,
			mutant: name,
			quiet: true,
			enough: 1,
		});
		if (totals.differences === 0) {
			differences++;
			console.log(
				`mutant ${name} (${breaks}) was NOT found in ${summary(totals)}; ${totals.changed} texts were changed`,
			);
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
	const jobs = options.show ? 1 : options.jobs === undefined ? availableParallelism() : integer(options.jobs, "jobs");
	const bundle = await bundleRuntime();
	const pool = new Pool(jobs, { bundle, profile, form: bodies, show: options.show, patience });
	console.log(`bodies: ${(await pool.forms()).join(", ")}`);
	let totals;
	if (options.ci) {
		totals = await ci(pool);
	} else {
		const seed = options.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : integer(options.seed, "seed");
		const count = options.count === undefined ? (options.long ? 200_000 : 2000) : integer(options.count, "count");
		console.log(`seed ${seed}`);
		totals = await fuzz(pool, { seed, start: integer(options.start, "start"), count, mutant });
		console.log(summary(totals));
	}
	await pool.close();
	console.log(`fuzz: ${totals.programs} programs, ${totals.differences} differences`);
	process.exitCode = totals.differences > 0 ? 1 : 0;
}

await main();
