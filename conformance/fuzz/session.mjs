/** What one thread does: it makes programs, compares each in all variants, and cuts down what differs. */
import { compile, native, propertiesHold, runCompiled, runNative, sourceOf } from "./execute.mjs";
import { generate } from "./generate.mjs";
import { minimise } from "./minimise.mjs";
import { Random, seedOf } from "./random.mjs";
import { variantsOf } from "./variants.mjs";

const undefinedName = / is not defined$/;

/** The share of each profile among all programs. */
const shares = [
	["single", 0.4],
	["structured", 0.1],
	["concurrent", 0.2],
	["tasks", 0.1],
	["cancel", 0.1],
	["scopes", 0.1],
];

export class Session {
	#compiler;
	#runtime;
	#forms;

	/** `forms`: the forms of body that are compared. */
	constructor(compiler, runtime, forms) {
		this.#compiler = compiler;
		this.#runtime = runtime;
		this.#forms = forms;
	}

	program(seed, number, wanted) {
		const random = new Random(seedOf(seed, number));
		let chosen = random.next();
		const profile = wanted ?? shares.find(([, share]) => (chosen -= share) < 0)[0];
		return { program: generate(random, profile), random };
	}

	/**
	 * Compares one program in every variant until one differs.
	 * Gives the variant and both outcomes as `different`, and how many comparisons there were.
	 */
	async examine(program, random, mutant, show) {
		const codes = new Map();
		const natives = new Map();
		let comparisons = 0;
		const parsed = program.profile === "structured" ? undefined : native(program);
		const reference = (variant) => {
			if (parsed === undefined) {
				return propertiesHold;
			}
			const key = `${variant.every} ${variant.cancelAt}`;
			if (!natives.has(key)) {
				natives.set(key, runNative(parsed, variant));
			}
			return natives.get(key);
		};
		for (const [index, variant] of (await variantsOf(program, random, reference)).entries()) {
			const expected = await reference(variant);
			if (expected.starved || expected.result === "hang") {
				continue;
			}
			for (const bodies of mutant?.bodies === undefined ? this.#formsFor(index) : [mutant.bodies]) {
				const key = `${variant.ticks} ${variant.structure} ${bodies}`;
				if (!codes.has(key)) {
					codes.set(key, this.#compile(program, { ...variant, bodies }, mutant));
					show?.(key, codes.get(key));
				}
				const actual = await this.#run(variant, codes.get(key));
				if (actual.starved && parsed === undefined) {
					continue;
				}
				comparisons++;
				if (same(expected, actual)) {
					continue;
				}
				const different = { ...variant, bodies };
				// What a broken compiler is blamed for, the whole one must not do.
				if (mutant === undefined || (await this.#compare(program, different))?.same === true) {
					return { comparisons, different };
				}
			}
		}
		return { comparisons, different: undefined };
	}

	/** Cuts `program` down to what still differs in `variant`, for at most so many milliseconds, and tells of it. */
	async explain(program, variant, mutant, milliseconds) {
		let last = await this.#compare(program, variant, mutant);
		if (last === undefined || last.same) {
			return `${JSON.stringify(variant)} differed once and not again`;
		}
		const mayMissNames = undefinedName.test(last.expected.result);
		const kind = kindOf(last.actual.result);
		const fails = async () => {
			let compared;
			try {
				compared = await this.#compare(program, { ...variant, limit: kind === "hang" ? 150 : 500 }, mutant);
			} catch {
				return false; // Cut down to something that is no program.
			}
			if (compared === undefined || compared.same || (!mayMissNames && undefinedName.test(compared.expected.result))) {
				return false;
			}
			if (kindOf(compared.actual.result) !== kind) {
				return false;
			}
			last = compared;
			return true;
		};
		await minimise(program.tree, fails, milliseconds);
		return description(program, variant, last);
	}

	/** Of several forms the first is compared in every variant, the others, whose code is older, in every third. */
	#formsFor(index) {
		return index % 3 === 0 ? this.#forms : this.#forms.slice(0, 1);
	}

	#compile(program, variant, mutant) {
		try {
			return compile(this.#compiler, program, { ...variant, ...mutant?.options, mutate: mutant?.mutate });
		} catch (error) {
			return { error };
		}
	}

	async #run(variant, compiled) {
		try {
			if (compiled.error !== undefined) {
				throw compiled.error;
			}
			return await runCompiled(this.#runtime, compiled.parsed, variant);
		} catch (error) {
			return { log: [], result: `could not be compiled: ${error?.stack ?? error}` };
		}
	}

	/** `undefined` if there is nothing to compare, else both outcomes. */
	async #compare(program, variant, mutant) {
		const expected = variant.structured ? propertiesHold : await runNative(native(program), variant);
		if (expected.starved || expected.result === "hang") {
			return undefined;
		}
		const actual = await this.#run(variant, this.#compile(program, variant, mutant));
		return { same: same(expected, actual) || (variant.structured && actual.starved), expected, actual };
	}
}

/** A program is cut down to one that goes wrong in the same manner. */
function kindOf(result) {
	return /^(hang|could not be compiled)/.exec(result)?.[1] ?? "other";
}

function same(expected, actual) {
	return expected.result === actual.result && expected.log.join("\n") === actual.log.join("\n");
}

function description(program, variant, { expected, actual }) {
	const { every, ...rest } = variant;
	let line = 0;
	while (line < expected.log.length && expected.log[line] === actual.log[line]) {
		line++;
	}
	const around = (log) => log.slice(Math.max(0, line - 3), line + 4).join(" | ");
	return [
		JSON.stringify({ every: String(every), ...rest }),
		sourceOf(program).split("\n").slice(1).join("\n"),
		`  native:   ${expected.log.length} lines … ${around(expected.log)} → ${expected.result}`,
		`  compiled: ${actual.log.length} lines … ${around(actual.log)} → ${actual.result}`,
	].join("\n");
}
