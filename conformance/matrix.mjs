/**
 * The unwinding matrix: who cancels × where a task waits × what `try` stands around it × how deep × how it is written:
 * `node conformance/matrix.mjs [--source] [--all] [--only TEXT] [--show] [--part N] [--most N] [--mutant NAME] [--ci]`.
 * See docs/internals/matrix.md.
 */
import { parseArgs } from "node:util";
import { seedOf } from "./fuzz/random.mjs";
import { frontEnds, modules } from "./matrix/dialects.mjs";
import { load, sourceOf } from "./matrix/emit.mjs";
import { Environment } from "./matrix/environment.mjs";
import { expectation, judge } from "./matrix/expect.mjs";
import { initiators } from "./matrix/initiators.mjs";
import { differs } from "./matrix/known.mjs";
import { mutants } from "./matrix/mutants.mjs";
import { points } from "./matrix/points.mjs";
import { loadRuntime } from "./matrix/runtime.mjs";
import { shapes } from "./matrix/shapes.mjs";
import { GRACE, HOLD } from "./matrix/times.mjs";

const { values: options } = parseArgs({
	options: {
		source: { type: "boolean", default: false },
		all: { type: "boolean", default: false },
		only: { type: "string" },
		show: { type: "boolean", default: false },
		part: { type: "string", default: "41" },
		most: { type: "string", default: "10" },
		mutant: { type: "string" },
		ci: { type: "boolean", default: false },
	},
});
const patience = 20_000;
const together = 40;
const mostShown = Number(options.most);

const unhandled = [];
/** Failures that the host tells its other listeners of, although their owner has taken them. */
const taken = new WeakSet();
process.on("unhandledRejection", (error) => taken.has(error) || unhandled.push(error));
process.setMaxListeners(0);

/** Depths, and how often each is taken. The last ones are past what fits on the native stack. */
const depths = [0, 0, 1, 1, 3, 3, 50, 0, 1, 3, 50, 450, 0, 1, 3, 1500];

/** All combinations, or every so many: spread so that all pairs of entries meet, in every front end. */
function* combinations(every) {
	const tables = [Object.keys(frontEnds), Object.keys(initiators), Object.keys(points), Object.keys(shapes)];
	for (const [f, frontEnd] of tables[0].entries())
		for (const [i, initiator] of tables[1].entries())
			for (const [p, point] of tables[2].entries())
				for (const [s, shape] of tables[3].entries()) {
					const number = seedOf(f * 100 + i, p * 100 + s);
					if ((3 * f + 5 * i + 9 * p + 11 * s) % every !== 0) continue;
					if (!fits(frontEnd, initiator, point, shape)) continue;
					const depth = depths[(number >>> 8) % depths.length];
					yield { frontEnd, initiator, point, shape, depth };
				}
}

function fits(frontEnd, initiator, point, shape) {
	const { outer, inner } = frontEnds[frontEnd];
	const able = (name, entry) => {
		const { dialect } = modules[name];
		return !(dialect.native && entry.returns) && !entry.without?.includes(dialect.compiled ? "compiled" : name);
	};
	if (!able(outer, initiators[initiator])) return false;
	if (!able(inner, points[point]) || !able(inner, shapes[shape])) return false;
	// A bare call in scope structure belongs to the scope around the task that was cancelled alone.
	if (initiators[initiator].alone && points[point].inexact && inner === "scope") return false;
	if (initiators[initiator].grace === 0 && points[point].needsGrace) return false;
	if (differs(frontEnd, initiator, point, shape)) return false;
	if (initiators[initiator].rarely && !["sleep", "group's end"].includes(point)) return false;
	const { hold, steps = [] } = points[point];
	return !(shapes[shape].again && (hold !== undefined || steps.length > 0));
}

function idOf({ frontEnd, initiator, point, shape, depth }) {
	return [frontEnd, initiator, point, shape, depth].join(" / ");
}

class Matrix {
	#lib;
	#modules = new Map();
	#alive = "No run is alive.";

	constructor(lib) {
		this.#lib = lib;
	}

	#module(name) {
		if (!this.#modules.has(name)) this.#modules.set(name, load(name, this.#lib));
		return this.#modules.get(name);
	}

	/** Gives what is wrong with it. */
	async run(combination) {
		const lib = this.#lib;
		const { outer, inner } = frontEnds[combination.frontEnd];
		const point = { ...points[combination.point], until: HOLD };
		const shape = shapes[combination.shape];
		const initiator = initiators[combination.initiator];
		const dialects = { innerDialect: modules[inner].dialect, outerDialect: modules[outer].dialect };
		const env = new Environment(lib, { point, initiator, depth: combination.depth, ...dialects });
		const program = this.#module(outer);
		env.start = program.initiators[combination.initiator];
		if (initiator.hostHears) taken.add(env.failure);
		env.body = this.#module(inner).bodies[`${combination.point}/${combination.shape}`];
		const over = (outcome) => {
			env.outcome = outcome;
			env.end = env.loop.now();
		};
		env.over = over;
		const running = lib
			.run(program.attempt, {
				args: [env],
				loop: env.loop,
				grace: GRACE,
				onReport: (report) => env.reports.push(report),
				...(initiator.ofRun && { signal: env.controller.signal }),
			})
			.then(
				(value) => initiator.ofRun && over({ value }),
				(error) => (initiator.ofRun ? over({ error }) : env.wrong(`run threw ${error?.stack}`)),
			);
		let timer;
		const late = new Promise((resolve) => {
			timer = setTimeout(resolve, patience, "late");
		});
		if ((await Promise.race([running, late])) === "late") {
			env.wrong("it does not end");
			return env.violations;
		}
		clearTimeout(timer);
		const expected = expectation({
			initiator,
			point,
			shape,
			depth: combination.depth,
			inner: dialects.innerDialect,
			outer: dialects.outerDialect,
		});
		env.finish(expected, point.inexact !== true);
		if (env.outcome !== undefined && (!point.inexact || expected.cuts === 0)) {
			const wrong = judge(env, expected, env.outcome, lib.suppressedErrors, dialects.outerDialect);
			if (wrong !== undefined) env.wrong(wrong);
		}
		for (const { kind, error } of env.reports)
			if (kind !== "hint" && !(initiator.reports && error === env.failure))
				env.wrong(`reported as ${kind}: ${error?.stack ?? error}`);
		if (env.timers > 0) env.wrong(`${env.timers} timers are still open`);
		return env.violations;
	}

	/** What is left when nothing runs, and was not before. */
	left() {
		const left = unhandled.splice(0).map((error) => `unhandled: ${error?.stack ?? error}`);
		const alive = this.#lib.dumpTasks();
		if (alive !== this.#alive) left.push(`left alive:\n${alive}`);
		this.#alive = alive;
		return left;
	}

	/** Runs all, some at a time; `found` is told of each that is wrong. */
	async runAll(all, found) {
		let passed = 0;
		let batch = [];
		const flush = async () => {
			const results = await Promise.all(batch.map((combination) => this.run(combination)));
			await new Promise((resolve) => setImmediate(resolve));
			const left = this.left();
			for (const [index, combination] of batch.entries()) {
				const violations = results[index];
				if (left.length > 0) {
					// Whose are they? Each once more, alone.
					await this.run(combination);
					await new Promise((resolve) => setImmediate(resolve));
					violations.push(...this.left());
				}
				if (violations.length === 0) passed++;
				else if (found(combination, [...new Set(violations)]) === false) return false;
			}
			batch = [];
			return true;
		};
		for (const combination of all) {
			batch.push(combination);
			if (batch.length === together && !(await flush())) return passed;
		}
		await flush();
		return passed;
	}
}

function show(combination, violations) {
	console.log(`\nnode conformance/matrix.mjs --all --only ${JSON.stringify(idOf(combination))} --show`);
	for (const violation of violations) console.log(`  ${violation.slice(0, 400)}`);
}

/** How many mutants go through unnoticed. */
async function unnoticed(sound) {
	let missed = 0;
	for (const [name, { breaks, patches }] of Object.entries(mutants)) {
		let noticed;
		let runtime;
		try {
			runtime = await loadRuntime({ patches });
		} catch (error) {
			console.log(`mutant ${name} (${breaks}): ${error.message}`);
			missed++;
			continue;
		}
		const broken = new Matrix(runtime);
		const suspects = [];
		await broken.runAll(combinations(61), (combination) => suspects.push(combination) < 3);
		// What the sound library gets wrong too says nothing.
		for (const suspect of suspects) if ((await sound.run(suspect)).length === 0) noticed ??= suspect;
		unhandled.length = 0;
		if (noticed === undefined) missed++;
		console.log(
			noticed === undefined
				? `mutant ${name} (${breaks}) was NOT found`
				: `mutant ${name} (${breaks}) found by ${idOf(noticed)}`,
		);
	}
	return missed;
}

async function main() {
	const started = performance.now();
	const patches = options.mutant === undefined ? [] : mutants[options.mutant].patches;
	const matrix = new Matrix(await loadRuntime({ source: options.source, patches }));
	let chosen = combinations(options.all || options.only !== undefined ? 1 : Number(options.part));
	if (options.only !== undefined) chosen = [...chosen].filter((it) => idOf(it).includes(options.only));
	let failed = 0;
	let passed = await matrix.runAll(chosen, (combination, violations) => {
		if (++failed <= mostShown) show(combination, violations);
		if (options.show)
			console.log(sourceOf(frontEnds[combination.frontEnd].inner, combination.point, combination.shape));
		return true;
	});
	console.log(
		`unwinding matrix: ${passed + failed} combinations, ${Math.round((performance.now() - started) / 1000)} s`,
	);
	if (options.ci && options.mutant === undefined) {
		const missed = await unnoticed(matrix);
		failed += missed;
		passed += Object.keys(mutants).length - missed;
	}
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
	// Mutants leave all sorts of things behind.
	setImmediate(() => process.exit());
}

await main();
