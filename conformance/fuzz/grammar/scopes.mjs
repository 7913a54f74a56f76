import { list, statement as s } from "../tree.mjs";
import { Owners } from "./owners.mjs";

/** Scopes in scopes, deadlines in virtual time, shields, and scopes that the program itself cancels. */
export class Scopes extends Owners {
	statement(cx, depth) {
		return this.profile === "scopes" && !cx.quiet && depth > 0 && this.budget > 0 && this.random.chance(0.15)
			? this.scope(cx, depth)
			: super.statement(cx, depth);
	}

	leaf(cx) {
		const { random } = this;
		if (this.profile !== "scopes" || !random.chance(0.25)) {
			return super.leaf(cx);
		}
		if (cx.scopes !== undefined && random.chance(0.3)) {
			return s`${random.pick(cx.scopes)}.cancel();${random.pick(["", " await sleep(1);", " await tick();"])}`;
		}
		return s`await sleep(${random.below(5)}); log(${this.mark()}, now());`;
	}

	scope(cx, depth) {
		const { random } = this;
		this.budget--;
		const name = this.fresh("s");
		const kind = random.below(5);
		const inner = this.within(cx, [], { inner: cx.inner, trying: true });
		// The runtime's scopes are known inside: a shield has none.
		inner.scopes = kind === 4 ? cx.scopes : [...(cx.scopes ?? []), name];
		const body = this.statements(inner, depth - 1, 1 + random.below(3));
		const value = this.number(cx, 0);
		// Never at the same instant as the end of a sleep.
		const milliseconds = `${random.below(7)}.5`;
		const head = [
			`withTimeout(${milliseconds}, async (${name}) => {`,
			`moveOnAfter(${milliseconds}, async (${name}) => {`,
			`withCancelScope(async (${name}) => {`,
			`withCancelScope({ timeout: ${milliseconds} }, async (${name}) => {`,
			"shield(async () => {",
		][kind];
		const use = s`log(${this.mark()}, await ${head}
${body}
return ${value}; }), now());`;
		return random.chance(0.5)
			? s`try { ${use} } catch (error) { ${this.recatch("error")} log(${this.mark()}, error); ${list([this.leaf(cx)])} }`
			: use;
	}
}
