import { expression as e, either, list, lowered, statement as s } from "../tree.mjs";
import { Leaves } from "./leaves.mjs";

/** Lists of statements, and those that hold others. */
export class Statements extends Leaves {
	statements(cx, depth, count) {
		return this.sequence(this.nested(cx), depth, count);
	}

	/** Statements that declare their names in `cx` itself. */
	sequence(cx, depth, count) {
		const statements = [];
		for (let i = 0; i < count; i++) {
			statements.push(this.statement(cx, depth));
			if (this.budget <= 0) {
				break;
			}
		}
		return list(statements);
	}

	block(cx, depth, changes) {
		const { random } = this;
		const inner = { ...cx, ...changes };
		const count = 1 + random.below(3);
		if (inner.quiet || inner.names.length === 0 || !random.chance(0.1)) {
			return this.statements(inner, depth - 1, count);
		}
		// A name that stands for something else outside: in a block of its own, so that nothing before it is in its dead zone.
		const name = random.pick(inner.names);
		const without = this.shadowing(inner, name, true);
		const outside = { ...without, names: without.names.slice(0, -1), writable: without.writable.slice(0, -1) };
		return list([
			s`{ let ${name} = ${this.number({ ...outside, callees: inner.callees }, 1)};
${this.statements(without, depth - 1, count)}
log(${this.mark()}, ${name}); }`,
		]);
	}

	statement(cx, depth) {
		const { random } = this;
		this.budget--;
		if (cx.quiet) {
			return this.quietStatement();
		}
		if (depth <= 0 || this.budget <= 0) {
			return this.leaf(cx);
		}
		switch (random.below(32)) {
			case 0:
			case 1:
			case 2:
			case 3:
			case 4:
			case 5:
				return this.leaf(cx);
			case 6:
			case 7:
				return random.chance(0.5)
					? s`if (${this.condition(cx, 2)}) {
${this.block(cx, depth)}
} else {
${this.block(cx, depth)}
}`
					: s`if (${this.condition(cx, 2)}) {
${this.block(cx, depth)}
}`;
			case 8:
			case 9:
				return this.counting(cx, depth);
			case 10:
				return this.whileLoop(cx, depth);
			case 11:
				return this.forOf(cx, depth);
			case 12:
			case 13:
			case 14:
			case 15:
			case 16:
				return this.trying(cx, depth);
			case 17:
				return this.switching(cx, depth);
			case 18:
				return this.labelled(cx, depth);
			case 19:
			case 20:
				return this.capturing(cx, depth);
			case 21:
			case 22:
				return this.iterating(cx, depth);
			case 23:
				return this.manually(cx);
			case 24:
				return this.innerFunction(cx, depth);
			case 25:
				return this.innerClass(cx, depth);
			case 26:
				return this.innerGenerator(cx, depth);
			case 27:
				return this.patternLoop(cx, depth);
			case 28:
				return this.unbraced(cx);
			case 29:
				return this.disposing(cx, depth);
			case 30:
				return this.sharedSwitch(cx);
			default:
				return s`{
${this.block(cx, depth)}
}`;
		}
	}

	/** For a cleanup whose outcome must not matter: no throw, no jump. */
	quietStatement() {
		const { random } = this;
		const name = this.fresh("q");
		if (this.profile === "scopes" && random.chance(0.3)) {
			return s`await sleep(${random.below(3)}); log(${this.mark()}, now());`;
		}
		switch (random.below(5)) {
			case 0:
				return s`await tick();`;
			case 1:
				return s`acc += await op(${random.below(9)});`;
			case 2:
				return s`for (let ${name} = 0; ${name} < 2; ${name}++) { await op(${name}); log(${this.mark()}, ${name}); }`;
			case 3:
				return s`if (acc % 2 === 0) { await tick(); log(${this.mark()}, acc); }`;
			default:
				return s`log(${this.mark()}, acc);`;
		}
	}

	/** In the native reference a cancellation must pass every `catch`, as it does in compiled code. */
	recatch(name) {
		return either("", `rethrow(${name});`);
	}

	trying(outer, depth) {
		const { random } = this;
		const cx = { ...outer, trying: true };
		const kind = random.below(3);
		const tried = this.block(cx, depth);
		if (kind === 0) {
			return s`try {
${tried}
} ${this.catching(cx, depth)}`;
		}
		if (kind === 1) {
			return s`try {
${tried}
} ${this.finalizing(cx, depth)}`;
		}
		return s`try {
${tried}
} ${this.catching(cx, depth)} ${this.finalizing(cx, depth)}`;
	}

	catching(cx, depth) {
		const { random } = this;
		const name = this.binding(cx, "e");
		const form = random.below(8);
		const block = this.block(form <= 1 ? cx : this.shadowing(cx, name, true), depth);
		const fallback = this.fresh("e");
		// The words of the engine's own errors must not come into what is computed.
		const known = `${name} = word(${name}); log(${this.mark()}, ${name}`;
		switch (form) {
			case 0:
				return s`catch${either(" {", " ($e) { rethrow($e);")}
${block}
}`;
			case 1:
				return s`catch ($e) { ${this.recatch("$e")} log(${this.mark()}, $e);
${block}
${random.chance(0.4) ? "throw $e;" : ""} }`;
			case 2:
				return s`catch${either(` ({ message: ${name} }) {`, ` ($e) { rethrow($e); let { message: ${name} } = $e;`)} ${known});
${block}
}`;
			case 3:
				return s`catch${either(` ({ message: ${name}, detail: ${fallback} = await maybe(5) }) {`, ` ($e) { rethrow($e); let { message: ${name}, detail: ${fallback} = await maybe(5) } = $e;`)} ${known}, ${fallback});
${block}
}`;
			default:
				return s`catch (${name}) { ${this.recatch(name)} ${known});
${block}
${random.chance(0.1) ? `throw ${name};` : ""} }`;
		}
	}

	finalizing(cx, depth) {
		if (this.cancelled) {
			const quiet = { ...cx, quiet: true };
			return s`finally { ${either("", "enter(); try {")} log(${this.mark()}, acc);
${this.statements(quiet, 1, 1 + this.random.below(2))}
${either("", "} finally { leave(); }")} }`;
		}
		return s`finally { log(${this.mark()}, acc);
${this.block(cx, depth)}
}`;
	}

	switching(cx, depth) {
		const { random } = this;
		const inner = { ...cx, breakable: true };
		const arms = [];
		const count = 1 + random.below(3);
		for (let i = 0; i < count; i++) {
			const test = random.chance(0.3) ? e`await maybe(${i})` : e`${i}`;
			arms.push(s`case ${test}: {
${this.block(inner, depth)}
} ${random.chance(0.6) ? "break;" : ""}`);
		}
		if (random.chance(0.6)) {
			arms.splice(
				random.below(arms.length + 1),
				0,
				s`default: {
${this.block(inner, depth)}
} ${random.chance(0.5) ? "break;" : ""}`,
			);
		}
		return s`switch (${random.chance(0.4) ? e`await maybe(Math.abs(acc | 0) % 3)` : e`Math.abs(acc | 0) % 3`}) {
${list(arms)}
}`;
	}

	unbraced(cx) {
		const { random } = this;
		const simple = () => s`await ${this.awaitable(cx, 1)};`;
		const name = this.fresh("i");
		switch (random.below(5)) {
			case 0:
				return s`if (${this.condition(cx, 1)}) ${simple()} else ${simple()}`;
			case 1:
				return s`for (let ${name} = 0; ${name} < 2; ${name}++) ${simple()}`;
			case 2:
				return s`for (const ${name} of [1, 2]) if (${this.condition(cx, 0)}) ${simple()}`;
			case 3:
				return s`let ${name} = 0; while (${name}++ < 2) try { ${simple()} } finally { log(${this.mark()}, ${name}); }`;
			default:
				return s`if (${this.condition(cx, 1)}) log(${this.mark()}, ${this.number(cx, 1)}); else if (${this.condition(cx, 1)}) ${simple()}`;
		}
	}

	/** One scope for all arms, closed over by a function. */
	sharedSwitch(cx) {
		const shared = this.fresh("v");
		const reader = this.fresh("c");
		const inner = { ...cx, names: [...cx.names, shared], writable: [...cx.writable, shared], breakable: true };
		return s`let ${reader}; switch (Math.abs(acc | 0) % 2) { case 0: case 1: let ${shared} = ${this.number(cx, 1)}; ${reader} = () => ${shared};
${list([this.leaf(inner)])}
case 2: ${shared} = ${this.number(inner, 1)};
${list([this.leaf(inner)])}
} log(${this.mark()}, ${reader}?.());`;
	}

	disposing(cx, depth) {
		const { random } = this;
		if (this.evaluates) {
			return this.leaf(cx);
		}
		const name = this.fresh("u");
		const inner = { ...cx, trying: true };
		const form = random.below(4);
		const resource = [
			`resource(${this.mark()})`,
			`resource(${this.mark()})`,
			`await maybe(asyncResource(${this.mark()}))`,
			`[resource(${this.mark()}), resource(${this.mark()})]`,
		][form];
		const close = [
			`${name}[Symbol.dispose]();`,
			`${name}[Symbol.dispose](); await undefined;`,
			`await ${name}[Symbol.asyncDispose]();`,
			`${name}[Symbol.dispose]();`,
		][form];
		const end = lowered("", `} finally { ${close} }`);
		if (form === 3) {
			return s`for (${lowered("using", "const")} ${name} of ${resource}) { ${lowered("", "try {")}
${this.block(this.looping(inner), depth)}
log(${this.mark()}, ${name}.mark); ${end} }`;
		}
		const keyword = form === 0 ? "using" : "await using";
		return s`{ ${lowered(`${keyword} ${name} = ${resource};`, `const ${name} = ${resource}; try {`)}
${this.block(inner, depth)}
log(${this.mark()}, ${name}.mark); ${end} }`;
	}
}
