/**
 * Makes random programs out of everything that can stand around an `await`.
 *
 * Profiles: "single" (one chain of control, so that the order is the same with and without ticks), "concurrent" (several
 * tasks at once, for `ticks: "native"`), "tasks" (several, each with a log of its own), "cancel" (single, and cancelled at
 * one of its suspensions), "scopes" (the same, with scopes inside and virtual time), "structured" (functions that start tasks; see `grammar/owners.mjs`).
 * A function calls only functions made before it, loops count, and the environment has fuel: every program ends.
 */
import { prologue } from "./environment.mjs";
import { Scopes } from "./grammar/scopes.mjs";
import { awaitable as a, list, statement as s } from "./tree.mjs";

export const profiles = ["single", "concurrent", "tasks", "cancel", "scopes", "structured"];

export function generate(random, profile, size = 34) {
	return new Generator(random, profile, size).program();
}

class Generator extends Scopes {
	program() {
		const { profile, strict } = this;
		return { tree: this.tree(), strict, profile };
	}

	tree() {
		return this.profile === "tasks"
			? this.family()
			: list([...this.preparation(), ...this.definitions(), this.main(), this.ending()]);
	}

	definitions() {
		const { random } = this;
		const definitions = [
			s`async function op(${this.taking("x")}) {${this.opening()} if (rare()) { await tick(); } return x; }`,
			s`async function bad(${this.taking("x")}) {${this.opening()} await op(${this.given({})}x); if (x % 2 === 0) { throw failure(x); } return x; }`,
		];
		const one = this.withToken((cx) => [this.number(cx, 1)]);
		this.callables.push(
			this.callable("op", 1, (args) => a`op(${args})`, one),
			this.callable("bad", 1, (args) => a`bad(${args})`, one),
		);
		const count = 2 + random.below(4);
		for (let i = 0; i < count; i++) {
			definitions.push(this.definition());
		}
		return definitions;
	}

	ending() {
		return this.cancelled || this.profile === "structured"
			? s`env.main = async () => { try { return await cancelScope(async (scope) => { begin(scope); return await main(${this.given({}).slice(0, -2)}); }); } finally { log("end"); } };`
			: s`env.main = async () => { try { return await main(); } finally { log("end"); } };`;
	}

	/**
	 * Several programs at once, each with an environment and a log of its own, so that each has its own order in every
	 * tick mode. What they do together must not depend on who is first.
	 */
	family() {
		const { random } = this;
		const members = [];
		const names = [];
		const count = 2 + random.below(3);
		for (let i = 0; i < count; i++) {
			const name = this.fresh("t");
			this.callables = [];
			this.iterables = [];
			this.classes = [];
			this.budget = 16;
			const definitions = list([...this.definitions(), this.main(`main_${name}`)]);
			members.push(s`const ${name} = ((env) => { ${prologue}${definitions}
return main_${name}; })(fork("${name}"));`);
			names.push(name);
		}
		return list([
			...members,
			s`async function main() { let acc = 1;
${list(this.meetings(names))}
return acc; }`,
			this.ending(),
		]);
	}

	/** What several tasks do together. Nothing is logged that depends on who is first. */
	meetings(names) {
		const { random } = this;
		const meetings = [];
		const left = [...names];
		const take = () => (left.length > 0 ? left.shift() : undefined);
		while (left.length > 0) {
			const one = take();
			const kind = random.below(8);
			const several = [
				one,
				...(kind > 1 && left.length > 0 ? [take()] : []),
				...(kind > 3 && left.length > 0 ? [take()] : []),
			];
			const started = several.map((name) => `hold(${name}())`).join(", ");
			const gate = this.fresh("w");
			const held = this.fresh("p");
			switch (kind) {
				case 0:
					meetings.push(
						s`try { log(${this.mark()}, await Promise.race([hold(${one}()), never()])); } catch (error) { log(${this.mark()}, error); }`,
					);
					break;
				case 1:
					meetings.push(s`try { log(${this.mark()}, await ${one}()); } catch (error) { log(${this.mark()}, error); }`);
					break;
				case 2:
				case 3:
					meetings.push(
						s`const ${held} = [${started}]; for (const each of ${held}.reverse()) { try { log(${this.mark()}, await each); } catch (error) { log(${this.mark()}, error); } }`,
					);
					break;
				case 4:
					// Each adds to what all can see.
					meetings.push(
						s`let ${gate} = 0; log(${this.mark()}, await Promise.allSettled([${several.map((name) => `(async () => { ${gate}++; try { return await ${name}(); } finally { ${gate}++; } })()`).join(", ")}]), ${gate});`,
					);
					break;
				case 5:
					// One waits for the other.
					meetings.push(
						s`{ let open; const ${gate} = new Promise((resolve) => { open = resolve; }); log(${this.mark()}, await Promise.allSettled([(async () => { await ${gate}; return await ${one}(); })(), (async () => { try { return [${several
							.slice(1)
							.map((name) => `await ${name}()`)
							.join(", ")}]; } finally { open(); } })()])); }`,
					);
					break;
				case 6:
					meetings.push(
						s`{ const ${held} = [${started}]; await Promise.${random.pick(["race", "any"])}(${held}).then(() => {}, () => {}); log(${this.mark()}, await Promise.allSettled(${held})); }`,
					);
					break;
				default:
					meetings.push(
						s`log(${this.mark()}, await withTaskGroup(async (group) => { const ${held} = [${several.join(", ")}].map((each) => group.spawn(async () => { try { return await each(); } catch (error) { return error; } })); ${random.chance(0.5) ? "return 5;" : `return [await ${held}[0], await ${held}.at(-1)];`} }));`,
					);
			}
		}
		return meetings;
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
		if (!this.cancelled && this.profile !== "structured" && random.chance(0.06)) {
			visits.push(
				s`const deep = async (n) => (n <= 0 ? await op(n) : 1 + (await deep(n - 1))); log(${this.mark()}, await deep(${random.pick([300, 1500])}));`,
				s`let n = 0; for (let i = 0; i < 1000; i++) { n += await i; } log(${this.mark()}, n);`,
			);
		}
		return list(
			visits.map((visit) => s`try { ${visit} } catch (error) { ${this.recatch("error")} log(${this.mark()}, error); }`),
		);
	}

	main(name = "main") {
		const { random } = this;
		if (this.profile !== "concurrent") {
			const cx = this.functionContext("main", { names: [] });
			this.budget = Math.max(this.budget, 10);
			return s`async function ${name}(${this.taking("")}) {${this.opening()} let acc = 1;
${this.visiting(cx)}
${this.statements(cx, 3, 3 + random.below(4))}
return acc; }`;
		}
		const tasks = [];
		const cx = this.functionContext("main", { names: [] });
		const count = 2 + random.below(4);
		for (let i = 0; i < count; i++) {
			tasks.push(s`hold(${this.call({ ...cx, starting: true })}),`);
		}
		if (random.chance(0.5)) {
			this.budget = Math.max(this.budget, 8);
			tasks.push(s`hold(${this.closure(cx, "arrow")}(${this.given(cx)}${this.number(cx, 1)})),`);
		}
		this.budget = Math.max(this.budget, 8);
		return s`async function ${name}() { let acc = 1;
const tasks = [
${list(tasks)}
];
${this.statements(cx, 2, 1 + random.below(3))}
log("results", await Promise.allSettled(tasks));
return acc; }`;
	}
}
