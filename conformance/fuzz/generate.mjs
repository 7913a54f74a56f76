/**
 * Makes random programs out of everything that can stand around an `await`.
 *
 * Profiles: "single" (one chain of control, so that the order is the same with and without ticks), "concurrent" (several
 * tasks at once, for `ticks: "native"`), "cancel" (single, and cancelled at one of its suspensions).
 * A function calls only functions made before it, loops count, and the environment has fuel: every program ends.
 */
import { Classes } from "./grammar/classes.mjs";
import { awaitable as a, list, statement as s } from "./tree.mjs";

export const profiles = ["single", "concurrent", "cancel"];

export function generate(random, profile, size = 34) {
	return new Generator(random, profile, size).program();
}

class Generator extends Classes {
	program() {
		const { random } = this;
		const definitions = [
			s`async function op(x) { if (rare()) { await tick(); } return x; }`,
			s`async function bad(x) { await op(x); if (x % 2 === 0) { throw failure(x); } return x; }`,
		];
		this.callables.push(
			this.callable("op", 1, (args) => a`op(${args})`),
			this.callable("bad", 1, (args) => a`bad(${args})`),
		);
		const count = 2 + random.below(4);
		for (let i = 0; i < count; i++) {
			definitions.push(this.definition());
		}
		definitions.push(this.main());
		if (this.profile === "cancel") {
			definitions.push(
				s`env.main = async () => { try { return await cancelScope(async (scope) => { begin(scope); return await main(); }); } finally { log("end"); } };`,
			);
		} else {
			definitions.push(s`env.main = async () => { try { return await main(); } finally { log("end"); } };`);
		}
		return { tree: list(definitions), strict: this.strict, profile: this.profile };
	}

	/** Calls everything that was defined, so that little of the program is dead. */
	visiting(cx) {
		const { random } = this;
		const visits = [];
		for (const callable of this.callables.slice(2)) {
			if (random.chance(0.85)) {
				visits.push(s`log(${this.mark()}, await ${callable.call(this.joined(callable.args(cx)))});`);
			}
		}
		for (const { make, args } of this.iterables) {
			const name = this.fresh("y");
			const left = this.fresh("i");
			visits.push(
				s`let ${left} = 0; for await (const ${name} of ${make(this.joined(args(cx)))}) { log(${this.mark()}, ${name}); if (++${left} > ${random.below(6)}) { break; } }`,
			);
		}
		return list(
			visits.map((visit) => s`try { ${visit} } catch (error) { ${this.recatch("error")} log(${this.mark()}, error); }`),
		);
	}

	main() {
		const { random } = this;
		if (this.profile !== "concurrent") {
			const cx = this.functionContext("main", { names: [] });
			this.budget = Math.max(this.budget, 10);
			return s`async function main() { let acc = 1;
${this.visiting(cx)}
${this.statements(cx, 3, 3 + random.below(4))}
return acc; }`;
		}
		const tasks = [];
		const cx = this.functionContext("main", { names: [] });
		const count = 2 + random.below(4);
		for (let i = 0; i < count; i++) {
			tasks.push(s`hold(${this.call(cx, 1)}),`);
		}
		if (random.chance(0.5)) {
			this.budget = Math.max(this.budget, 8);
			tasks.push(s`hold(${this.closure(cx, "arrow")}(${this.number(cx, 1)})),`);
		}
		this.budget = Math.max(this.budget, 8);
		return s`async function main() { let acc = 1;
const tasks = [
${list(tasks)}
];
${this.statements(cx, 2, 1 + random.below(3))}
log("results", await Promise.allSettled(tasks));
return acc; }`;
	}
}
