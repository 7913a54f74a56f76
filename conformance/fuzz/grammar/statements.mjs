import { awaitable as a, expression as e, either, list, lowered, statement as s } from "../tree.mjs";
import { Loops } from "./loops.mjs";

/** Statements, single and compound. */
export class Statements extends Loops {
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

	leaf(cx) {
		const { random } = this;
		const name = this.fresh("v");
		switch (random.below(28)) {
			case 0:
			case 1:
				return s`${this.log(cx, 2)};`;
			case 2:
				return s`await ${this.awaitable(cx, 2)};`;
			case 3:
			case 4: {
				const kind = random.pick(["const", "let", "var"]);
				const init = random.chance(0.6) ? e`await ${this.awaitable(cx, 2)}` : this.number(cx, 2);
				cx.names.push(name);
				if (kind !== "const") {
					cx.writable.push(name);
				}
				return s`${kind} ${name} = ${init}; log(${this.mark()}, ${name});`;
			}
			case 5:
				return s`acc = ((${this.number(cx, 3)}) | 0) % 97;`;
			case 6:
				return s`acc += await ${this.awaitable(cx, 2)};`;
			case 7: {
				const other = this.fresh("v");
				const third = this.fresh("v");
				const pattern = random.pick([
					e`{ x: ${name}, y: ${other} = ${this.number(cx, 2)}, ...${third} } = await maybe({ x: ${this.number(cx, 1)} })`,
					e`[${name}, ${other} = ${this.number(cx, 2)}, ...${third}] = await maybe([${this.number(cx, 1)}])`,
					e`{ x: { [await maybe("k")]: ${name} = ${this.number(cx, 1)} }, y: ${other}, z: ${third} = 4 } = { x: { k: ${this.number(cx, 1)} }, y: await maybe(2) }`,
				]);
				cx.names.push(name, other);
				cx.writable.push(name, other);
				return s`let ${pattern}; log(${this.mark()}, ${name}, ${other}, ${third});`;
			}
			case 8:
				return s`[acc, box.value] = [${this.number(cx, 2)}, ${this.number(cx, 1)}];`;
			case 9:
				return s`box[${random.pick(['"value"', 'await maybe("value")'])}] ${random.pick(["=", "+=", "??="])} ${this.number(cx, 2)};`;
			case 10:
				return this.jump(cx);
			case 11:
				return this.jump(cx);
			case 12:
				return random.chance(0.4)
					? s`throw ${random.pick([`failure(${this.mark()})`, "acc", `new RangeError("r${this.mark()}")`])};`
					: s`log(${this.mark()}, ${this.number(cx, 2)});`;
			case 13:
				return cx.generator && cx.inner === 0
					? s`log(${this.mark()}, ${this.yielding(cx, 2)});`
					: s`log(${this.mark()}, box.value);`;
			case 14:
				return cx.generator && cx.inner === 0 && this.iterables.length > 0
					? s`log(${this.mark()}, yield* ${this.iterable(cx)});`
					: s`log(${this.mark()}, acc);`;
			case 15: {
				const args = this.call({ ...cx, starting: !this.cancelled });
				cx.names.push(name);
				return this.cancelled
					? s`log(${this.mark()}, await ${args});`
					: s`const ${name}p = hold(${args}); ${this.profile === "concurrent" ? this.leafAfterHold(cx) : ""} const ${name} = await ${name}p; log(${this.mark()}, ${name});`;
			}
			case 16:
				return this.evaluates && !cx.closure
					? s`log(${this.mark()}, eval("acc + 1"));`
					: s`acc += ${this.number(cx, 2)};`;
			case 17:
				return s`try { await ${this.awaitable(cx, 2)}; } catch (error) { ${this.recatch("error")} log(${this.mark()}, error); }`;
			case 18:
			case 19:
			case 20:
				return this.closing(cx);
			case 21:
				return this.declaring(cx);
			case 22:
				return this.scoping(cx);
			case 23:
				return s`log(${this.mark()}, ${this.ordered(cx, 2)});`;
			default:
				return s`log(${this.mark()}, await ${this.awaitable(cx, 2)}, acc);`;
		}
	}

	/** A synchronous closure over what is in sight, called from then on. */
	closing(cx) {
		const { random } = this;
		const name = this.fresh("c");
		const parameter = this.fresh("z");
		const seen = this.fresh("v");
		const inner = { ...cx, asynchronous: false, generator: false, names: [...cx.names, parameter] };
		const written = cx.writable.length > 0 ? random.pick(cx.writable) : "box.value";
		const read = random.pick(cx.names.length > 0 ? cx.names : ["acc"]);
		const result = () => this.number(inner, 2);
		const declaration = () => {
			switch (random.below(11)) {
				case 0:
					return s`const ${name} = () => ${read};`;
				case 1:
					return s`const ${name} = () => ${written}++;`;
				case 2:
					return s`const ${name} = (${parameter}) => (${written} = ${parameter});`;
				case 3:
					return s`const ${name} = (${parameter}) => { ${written} += ${parameter} | 0; return ${result()}; };`;
				case 4:
					return s`function ${name}(${parameter}) { ${written} -= 1; return ${result()}; }`;
				case 5:
					return s`let ${name}; { let ${seen} = ${this.number(cx, 1)}; ${name} = (${parameter}) => ${seen}++ + ${result()};
${list([s`await ${this.awaitable(cx, 1)};`, s`${seen} += ${this.number({ ...cx, names: [...cx.names, seen] }, 1)};`])}
}`;
				case 6:
					return s`const ${name} = (${parameter}, other = () => ${parameter}++) => (other(), ${read} + ${parameter});`;
				case 7:
					return s`const ${name} = (${parameter}) => ((${seen}) => () => ${seen} + ${written}++ + ${parameter})(${read})();`;
				case 8:
					return s`const { ${name} } = { ${name}(${parameter}) { return ${result()}; } };`;
				case 9:
					return s`const ${name} = (${parameter}) => { let ${seen} = 0; for (const each of (function* () { yield ${written}++; yield ${parameter}; })()) { ${seen} += each; } return ${seen}; };`;
				default:
					return s`const ${name} = (${parameter}) => { try { return ${result()}; } finally { ${written} += 1; } };`;
			}
		};
		const made = declaration();
		cx.callees.push(name);
		return random.chance(0.4) ? s`${made} log(${this.mark()}, ${name}(${random.below(9)}));` : made;
	}

	/** Many variables at once, which are all alive from then on. */
	declaring(cx) {
		const { random } = this;
		const names = [];
		const parts = [];
		const count = 2 + random.below(6);
		for (let i = 0; i < count; i++) {
			const name = this.fresh("v");
			const value = random.chance(0.4) && !cx.quiet ? this.awaiting(cx, 1) : this.number(cx, 1);
			parts.push(e`${i === 0 ? "" : ", "}${name} = ${value}`);
			names.push(name);
			cx.names.push(name);
		}
		const kind = random.pick(["let", "let", "const", "var"]);
		if (kind !== "const") {
			cx.writable.push(...names);
		}
		return s`${kind} ${{ kind: "arguments", parts }}; log(${this.mark()}, ${names.join(", ")});`;
	}

	/** Hoisting, dead zones, names that are bound twice, constants. */
	scoping(cx) {
		const { random } = this;
		const name = this.fresh("v");
		const reader = this.fresh("c");
		switch (random.below(7)) {
			case 0:
				return s`log(${this.mark()}, typeof ${name}); { var ${name} = await ${this.awaitable(cx, 1)}; } log(${this.mark()}, ${name});`;
			case 1:
				return s`log(${this.mark()}, ${reader}(1)); function ${reader}(z) { return z + (${name} ?? 0); } var ${name} = await ${this.awaitable(cx, 1)}; log(${this.mark()}, ${reader}(2));`;
			case 2:
				return s`{ const ${reader} = () => ${name}; try { log(${this.mark()}, ${reader}()); } catch (error) { log(${this.mark()}, error); } let ${name} = await ${this.awaitable(cx, 1)}; log(${this.mark()}, ${reader}(), ${name}); }`;
			case 3:
				return s`{ const ${name} = await ${this.awaitable(cx, 1)}; const ${reader} = () => (${name} = 1); try { ${random.chance(0.5) ? `${reader}()` : `${name} = 2`}; } catch (error) { log(${this.mark()}, error); } log(${this.mark()}, ${name}); }`;
			case 4:
				return this.strict
					? s`{ function ${reader}(z) { return z + 1; } log(${this.mark()}, ${reader}(await ${this.awaitable(cx, 1)})); } log(${this.mark()}, typeof ${reader});`
					: s`log(${this.mark()}, typeof ${reader}); { log(${this.mark()}, typeof ${reader}); function ${reader}(z) { return z + 1; } await ${this.awaitable(cx, 1)}; } log(${this.mark()}, ${reader}(1));`;
			case 5:
				return s`for (var ${name} = 0; ${name} < 2; ${name}++) { var ${reader} = ${this.number(cx, 1)}; ${list([s`await ${this.awaitable(cx, 1)};`])} } log(${this.mark()}, ${name}, ${reader});`;
			default:
				return s`let ${name} = ${this.number(cx, 1)}; { const outer = ${name}; let ${reader} = await ${this.awaitable(cx, 1)}; { let ${name} = outer + 1; ${reader} = () => ${name}++; ${list([s`await ${this.awaitable(cx, 1)};`])} log(${this.mark()}, ${name}, ${reader}()); } log(${this.mark()}, ${name}, ${reader}()); }`;
		}
	}

	leafAfterHold(cx) {
		return this.random.chance(0.5) ? s`await ${this.awaitable(cx, 1)};` : s`log(${this.mark()}, acc);`;
	}

	/** In the native reference a cancellation must pass every `catch`, as it does in compiled code. */
	recatch(name) {
		return either("", `rethrow(${name});`);
	}

	jump(cx) {
		const { random } = this;
		const label = cx.labels.length > 0 && random.chance(0.6) ? random.pick(cx.labels) : undefined;
		if (label !== undefined) {
			return s`if (${this.condition(cx, 1)}) { ${label.loop && random.chance(0.5) ? "continue" : "break"} ${label.name}; }`;
		}
		const choices = [];
		if (cx.breakable) {
			choices.push(s`if (${this.condition(cx, 1)}) { break; }`);
		}
		if (cx.continuable) {
			choices.push(s`if (${this.condition(cx, 1)}) { continue; }`);
		}
		choices.push(
			random.chance(0.5)
				? s`if (${this.condition(cx, 1)}) { return ${this.number(cx, 2)}; }`
				: s`if (${this.condition(cx, 1)}) { return ${random.chance(0.5) ? this.returned(cx) : e`await ${this.awaitable(cx, 1)}`}; }`,
		);
		return random.pick(choices);
	}

	/**
	 * A call that is returned. Inside a `try` or a loop it runs beside what is done on the way out, so that without ticks
	 * its order is another; there it calls what logs nothing.
	 */
	returned(cx) {
		return cx.trying && this.profile !== "concurrent"
			? a`${this.random.pick(["op", "bad"])}(${this.number(cx, 1)})`
			: this.call(cx);
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
