import { expression as e, iterable as it, list, statement as s } from "../tree.mjs";
import { Awaitables } from "./awaitables.mjs";

/** Loops: what they iterate, what their closures see, and how they are left. */
export class Loops extends Awaitables {
	looping(cx) {
		// Loops over iterators close them, which is as good as a `finally`.
		return { ...cx, breakable: true, continuable: true, trying: true };
	}

	counting(cx, depth) {
		const { random } = this;
		const name = this.binding(cx, "i");
		const inner = this.shadowing(this.looping(cx), name, false);
		const init = random.chance(0.2) ? e`await maybe(0)` : e`0`;
		const test = random.chance(0.2) ? e`await maybe(${1 + random.below(3)})` : e`${1 + random.below(3)}`;
		// Text, so that cutting the program down does not take the loop's end away.
		const update = random.chance(0.2) ? `${name} += await op(1)` : `${name}++`;
		if (random.chance(0.2)) {
			// The head's own closures see the first copy of the variable, those of the update the next one.
			const read = this.fresh("c");
			const all = this.fresh("c");
			inner.callees = [...inner.callees, read];
			return s`{ const ${all} = []; for (let ${name} = ${init}, ${read} = () => ${name}; ${name} < ${test}; ${all}.push(() => ${name}), ${update}) {
${this.block(inner, depth)}
${all}.push(${read}, () => ${name}); } log(${this.mark()}, ${all}.map((each) => each())); }`;
		}
		return s`for (let ${name} = ${init}; ${name} < ${test}; ${update}) {
${this.block(inner, depth)}
}`;
	}

	whileLoop(cx, depth) {
		const { random } = this;
		const name = this.fresh("w");
		const inner = { ...this.looping(cx), names: [...cx.names, name] };
		const limit = random.chance(0.3) ? e`await maybe(${1 + random.below(3)})` : e`${1 + random.below(3)}`;
		return random.chance(0.6)
			? s`let ${name} = 0; while (${name}++ < ${limit}) {
${this.block(inner, depth)}
}`
			: s`let ${name} = 0; do {
${this.block(inner, depth)}
} while (++${name} < ${limit});`;
	}

	forOf(cx, depth) {
		const { random } = this;
		if (random.chance(0.25)) {
			return this.forIn(cx, depth);
		}
		const kind = random.pick(["const", "let", "var"]);
		const name = kind === "var" ? this.fresh("x") : this.binding(cx, "x");
		const inner = this.shadowing(this.looping(cx), name, kind !== "const");
		// The name is in its dead zone there.
		const outside = { ...cx, names: cx.names.filter((other) => other !== name) };
		outside.writable = cx.writable.filter((other) => other !== name);
		const source = random.pick([
			() => e`counted(${this.mark()}, ${1 + random.below(3)})`,
			() => e`iterator(${this.mark()}, ${1 + random.below(4)}, ${this.closes(random.below(8))})`,
			() => e`[${this.number(outside, 2)}, ${this.number(outside, 1)}]`,
			() => e`await maybe([${this.number(outside, 1)}, 2])`,
		])();
		return s`for (${kind} ${name} of ${source}) {
${this.block(inner, depth)}
}`;
	}

	/** How an iterator closes. An error of that wins over a cancellation here; native code drops it. */
	closes(kind) {
		return this.cancelled && (kind === 1 || kind === 2) ? 0 : kind;
	}

	/** Keys may be deleted before their turn comes, and are only seen once. */
	forIn(cx, depth) {
		const { random } = this;
		const name = this.fresh("x");
		const keyed = this.fresh("v");
		const removed = random.pick(["a", "b", "c"]);
		return s`{ const ${keyed} = { a: ${this.number(cx, 1)}, b: 2, ["c"]: ${this.number(cx, 1)} }; for (${random.pick(["const", "let", "var"])} ${name} in ${random.chance(0.3) ? `await maybe(${keyed})` : keyed}) { log(${this.mark()}, ${name}, ${keyed}[${name}]);
${list([random.chance(0.5) ? s`delete ${keyed}.${removed};` : s`${keyed}[${name}] += await ${this.awaitable(cx, 1)};`])}
${this.block(this.looping(cx), depth)}
log(${this.mark()}, ${name}); } }`;
	}

	/** `delegated`: what it is thrown goes to it. Engines disagree about what happens if it has no `throw`: V8 until 12 closed nothing. */
	iterable(cx, delegated = false) {
		const { random } = this;
		if (this.iterables.length > 0 && random.chance(0.75)) {
			const { make, args } = random.pick(this.iterables);
			return make(this.joined(args(cx)));
		}
		switch (random.below(5)) {
			case 4:
				return it`iterator(${this.mark()}, ${1 + random.below(3)}, ${this.cancelled ? 0 : random.below(4)})`;
			case 0:
				if (delegated) {
					return it`source(${this.mark()}, 2)`;
				}
				return it`[${this.number(cx, 1)}, ${this.cancelled ? "2" : "maybe(2)"}]`;
			case 1:
				return it`counted(${this.mark()}, ${1 + random.below(3)})`;
			default:
				return it`source(${this.mark()}, ${1 + random.below(3)})`;
		}
	}

	iterating(cx, depth) {
		const { random } = this;
		const name = this.fresh("y");
		const inner = { ...this.looping(cx), names: [...cx.names, name] };
		const left = random.pick([`const ${name}`, `let ${name}`, `var ${name}`]);
		if (random.chance(0.15)) {
			return s`for await (acc of ${this.iterable(cx)}) {
${this.block(this.looping(cx), depth)}
}`;
		}
		return s`for await (${left} of ${this.iterable(cx)}) {
${this.block(inner, depth)}
}`;
	}

	/** An async generator driven by hand. */
	manually(cx) {
		const { random } = this;
		if (this.iterables.length === 0) {
			return this.leaf(cx);
		}
		const { make, args } = random.pick(this.iterables);
		const name = this.fresh("it");
		const steps = [];
		const count = 1 + random.below(4);
		for (let i = 0; i < count; i++) {
			if (!this.cancelled && random.chance(0.2)) {
				// Requests wait for each other.
				steps.push(
					s`log(${this.mark()}, await Promise.allSettled([${name}.next(1), ${name}.${random.pick(["next(2)", "return(3)", `throw(failure(${this.mark()}))`])}, ${name}.next(4)]));`,
				);
			}
			const method = random.pick(["next", "next", "next", "return", "throw"]);
			const argument = method === "throw" ? e`failure(${this.mark()})` : this.number(cx, 1);
			steps.push(
				random.chance(0.3)
					? s`try { log(${this.mark()}, await ${name}.${method}(${argument})); } catch (error) { ${this.recatch("error")} log(${this.mark()}, error); }`
					: s`log(${this.mark()}, await ${name}.${method}(${argument}));`,
			);
		}
		return s`const ${name} = ${make(this.joined(args(cx)))};
${list(steps)}`;
	}

	patternLoop(cx, depth) {
		const { random } = this;
		const first = this.fresh("x");
		const second = this.fresh("x");
		const inner = { ...this.looping(cx), names: [...cx.names, first, second] };
		const block = this.block(inner, depth);
		switch (random.below(4)) {
			case 0:
				return s`for (const [${first}, ${second} = await maybe(${random.below(9)})] of await maybe([[${this.number(cx, 1)}], [1, 2]])) {
${block}
}`;
			case 1:
				return s`for (let ${first} = 0, ${second} = await maybe(${1 + random.below(3)}); ${first} < ${second}; ${first}++, await op(1)) {
${this.block({ ...inner, writable: cx.writable }, depth)}
}`;
			case 2:
				return s`for await (const { x: ${first}, y: ${second} = await maybe(3) } of [{ x: ${this.number(cx, 1)} }, { x: 1, y: 2 }]) {
${block}
}`;
			default:
				return s`for ([acc, ...box.rest] of await maybe([[1, 2], [3]])) {
${this.block(this.looping(cx), depth)}
}`;
		}
	}

	/** Closures made in a loop, called after it: each must see its own variables as they are then. */
	capturing(cx, depth) {
		const { random } = this;
		const all = this.fresh("c");
		const counter = this.fresh("i");
		const local = this.fresh("v");
		const inner = { ...cx, names: [...cx.names, counter, local], writable: [...cx.writable, local] };
		this.budget -= 2;
		return s`const ${all} = []; for (${random.pick(["let", "let", "var"])} ${counter} = 0; ${counter} < ${1 + random.below(3)}; ${counter}++) { let ${local} = ${this.number(cx, 1)};
${list(random.chance(0.5) ? [s`await ${this.awaitable(cx, 1)};`] : [])}
${all}.push(${random.chance(0.3) ? e`() => ${local}++ + ${counter}` : this.closure(inner, "kept")});
${list([s`${local} += ${counter};`, ...(depth > 1 && random.chance(0.4) ? [this.leaf({ ...inner, breakable: false })] : [])])}
} for (const each of ${all}) { log(${this.mark()}, await each(${this.given(cx)}${random.below(9)})); }`;
	}

	labelled(cx, depth) {
		const { random } = this;
		const name = this.fresh("L");
		if (random.chance(0.3)) {
			return s`${name}: {
${this.block({ ...cx, labels: [...cx.labels, { name, loop: false }] }, depth)}
}`;
		}
		const inner = { ...cx, labels: [...cx.labels, { name, loop: true }] };
		const counter = this.fresh("i");
		const loop = { ...this.looping(inner), names: [...cx.names, counter] };
		switch (random.below(4)) {
			case 0:
				return s`${name}: for (const ${counter} of [1, 2, 3]) {
${this.block(loop, depth)}
}`;
			case 1:
				return this.iterables.length > 0
					? s`${name}: for await (const ${counter} of ${this.iterable(cx)}) {
${this.block(loop, depth)}
}`
					: s`${name}: for await (const ${counter} of [1, 2]) {
${this.block(loop, depth)}
}`;
			default:
				return s`${name}: for (let ${counter} = 0; ${counter} < ${1 + random.below(3)}; ${counter}++) {
${this.block(loop, depth)}
}`;
		}
	}
}
