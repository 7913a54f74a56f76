import { awaitable as a, expression as e, list, statement as s } from "../tree.mjs";
import { Loops } from "./loops.mjs";

/** Statements that hold no other. */
export class Leaves extends Loops {
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
					? s`log(${this.mark()}, yield* ${this.iterable(cx, true)});`
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
	 * its order is another; there it calls what logs nothing. In a cancelled scope nobody waits for the promise of what has
	 * failed at once, so that there it is awaited.
	 */
	returned(cx) {
		if (!cx.trying || this.profile === "concurrent") {
			return this.call(cx);
		}
		const call = a`${this.random.pick(["op", "bad"])}(${this.number(cx, 1)})`;
		return this.profile === "scopes" ? e`await ${call}` : call;
	}
}
