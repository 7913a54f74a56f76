import { awaitable as a, list, statement as s } from "../tree.mjs";
import { Classes } from "./classes.mjs";

/**
 * Functions that start tasks, in every shape of body, for `structure: "function"`.
 *
 * Nothing is compared with the engine here, which has no owners. Each call is given a token, which is over when the caller
 * has seen the call's end, and each function asks for its activation. Whoever does anything while a token above it is over
 * has outlived a function that started it.
 */
export class Owners extends Classes {
	/** Tasks that take their time, and that never end unless they are cancelled. */
	preparation() {
		if (this.profile !== "structured") {
			return [];
		}
		const one = this.withToken((cx) => [this.number(cx, 1)]);
		this.callables.push(this.callable("slow", 1, (args) => a`slow(${args})`, one));
		return [
			s`async function slow($by, x) {${this.opening()} running(1); try { for (let i = 0; i < (x & 3); i++) { await tick(); log(i); } } finally { try { await tick(); log("done"); } finally { running(-1); } } return x; }`,
			s`async function forever($by) {${this.opening()} running(1); try { await never(); log("went on"); } finally { try { await tick(); log("done"); } finally { running(-1); } } }`,
		];
	}

	sequence(cx, depth, count) {
		const made = super.sequence(cx, depth, count);
		return this.profile === "structured" ? list(made.parts.flatMap((part) => [part, s`here();`])) : made;
	}

	leaf(cx) {
		return this.profile === "structured" && this.random.chance(0.35) ? this.starting(cx) : super.leaf(cx);
	}

	returned(cx) {
		return super.returned({ ...cx, starting: true });
	}

	awaitable(cx, depth) {
		if (this.profile !== "structured") {
			return super.awaitable(cx, depth);
		}
		const { random } = this;
		const argument = () => this.number(cx, depth - 1);
		switch (random.below(14)) {
			case 0:
				return a`tick()`;
			case 1:
				return a`maybe(${argument()})`;
			case 2:
				return a`${this.closure(cx, "immediate")}(${this.given(cx)}${argument()})`;
			case 3:
				return a`(${this.condition(cx, depth - 1)} ? ${this.call(cx)} : ${this.awaitable(cx, depth - 1)})`;
			case 4:
				return a`(${argument()} && ${this.call(cx)})`;
			case 5:
				return a`thenable(${argument()})`;
			case 6:
				return a`later(${random.below(3)}, ${argument()})`;
			case 7:
				return a`Promise.all([${argument()}, 2].map((p) => op(start(), p)))`;
			default:
				return this.call(cx);
		}
	}

	/** A task of this function, and what becomes of its promise. */
	starting(cx) {
		const { random } = this;
		const bare = { ...cx, starting: true };
		const name = this.fresh("p");
		const token = this.fresh("k");
		const task = () => (random.chance(0.2) ? a`slow(start(), ${this.number(bare, 1)})` : this.call(bare));
		const loser = random.pick(["forever(start())", "forever(start())", "slow(start(), 3)"]);
		switch (random.below(15)) {
			case 0:
				return s`hold(${task()});`;
			case 1:
				return s`${task()};`;
			case 2:
				return s`const ${name} = hold(${task()}); ${this.leaf(cx)} await ${name};`;
			case 3:
				return s`log(${this.mark()}, await Promise.all([${task()}, ${task()}]));`;
			case 4:
				return s`log(${this.mark()}, await Promise.allSettled([${task()}, ${task()}]));`;
			case 5:
			case 6:
				return s`log(${this.mark()}, await Promise.race([${task()}, ${loser}]));`;
			case 7:
				return s`log(${this.mark()}, await Promise.any([op(start(), ${this.number(bare, 1)}), ${loser}]));`;
			case 8:
				return s`try { await Promise.all([bad(start(), 2), ${loser}]); } catch (error) { log(${this.mark()}, error); }`;
			case 9:
				return s`hold(Promise.race([${task()}, ${loser}]));`;
			case 10:
				return s`{ const ${token} = start(); const ${name} = hold(slow(${token}, ${this.number(bare, 1)})); ${this.leaf(cx)} ${ended(token, s`await ${name};`)} }`;
			case 11:
				return s`{ const ${token} = start(); ${ended(token, s`await withTaskGroup(async (group) => { group.spawn(slow, ${token}, 2); ${random.pick(["", `group.spawn(bad, ${token}, 2);`, `slow(${token}, 3);`, "await tick();"])} });`)} }`;
			case 12:
				return s`{ const ${token} = start(); ${ended(token, s`await withCancelScope(async (scope) => { hold(${random.pick(["slow", "forever"])}(${token}, 2)); scope.cancel(); ${random.pick(["", "await never();", "await tick();"])} });`)} }`;
			case 13:
				return s`{ const ${token} = start(); try { log(${this.mark()}, await [1, 2].map((p) => slow(${token}, p)).at(${random.pick([0, -1])})); } finally { ${random.chance(0.3) ? `throw failure(${this.mark()});` : ""} } }`;
			default:
				return s`{ const ${token} = start(); ${cx.trying || cx.generator ? "slow" : "forever"}(${token}, 2); throw failure(${this.mark()}); }`;
		}
	}
}

/** Whoever is cancelled stops waiting before what it waits for has ended; a `catch` clause does not see that. */
function ended(token, waiting) {
	return s`try { ${waiting} over(${token}); } catch (error) { over(${token}); throw error; }`;
}
