import { awaitable as a, expression as e, iterable as it, list, statement as s } from "../tree.mjs";
import { Statements } from "./statements.mjs";

/** Functions and generators, at the top of a program and inside others. */
export class Functions extends Statements {
	/** Parameters, the names they bind, and arguments that fit (most of the time). */
	parameters() {
		const made = this.ownParameters();
		return { ...made, text: this.taking(made.text), args: this.withToken(made.args) };
	}

	ownParameters() {
		const { random } = this;
		const a = this.fresh("p");
		const b = this.fresh("p");
		const c = this.fresh("p");
		const number = () => String(random.below(20));
		switch (random.below(11)) {
			case 0:
				return { text: "", names: [], args: () => [] };
			case 1:
			case 2:
				return { text: a, names: [a], args: (cx) => [this.number(cx, 1)] };
			case 3:
				return { text: `${a}, ${b}`, names: [a, b], args: (cx) => [this.number(cx, 1), this.number(cx, 1)] };
			case 4:
				return {
					text: `${a}, ${b} = ${a} + ${number()}, ${c} = ${b}`,
					names: [a, b, c],
					args: (cx) =>
						random.chance(0.5) ? [this.number(cx, 1)] : [this.number(cx, 1), e`undefined`, e`${number()}`],
				};
			case 5:
				return {
					text: `{ ${a}, x: ${b} = ${number()} }, [${c} = 1] = [${number()}]`,
					names: [a, b, c],
					args: (cx) => (random.chance(0.85) ? [e`{ ${a}: ${this.number(cx, 1)} }`] : []),
				};
			case 6:
				return {
					text: `${a}, ...${b}`,
					names: [a],
					args: (cx) => [this.number(cx, 1), e`${number()}`, e`${number()}`],
				};
			case 7:
				return {
					text: `${a}, ${b} = () => ${a}++, ${c} = (z) => (${a} = z)`,
					names: [a],
					callees: [b, c],
					args: (cx) => [this.number(cx, 1)],
				};
			case 8:
				return {
					text: `{ ${a} = ${number()}, ...${b} } = { x: 1 }, ${c} = () => ${b}.x`,
					names: [a],
					callees: [c],
					args: (cx) => (random.chance(0.5) ? [e`{ ${a}: ${this.number(cx, 1)}, x: 2 }`] : []),
				};
			case 9:
				return {
					text: `${a} = boom(${number()})`,
					names: [a],
					args: (cx) => (random.chance(0.7) ? [this.number(cx, 1)] : []),
				};
			default:
				return { text: `${a} = 1`, names: [a], args: (cx) => (random.chance(0.6) ? [this.number(cx, 1)] : []) };
		}
	}

	withToken(args) {
		return this.profile !== "structured" ? args : (cx) => [this.given(cx).slice(0, -2), ...args(cx)];
	}

	body(cx, parameters, count) {
		const { random } = this;
		const inner = { ...cx, names: ["acc", ...parameters.names], writable: ["acc", ...parameters.names], callees: [] };
		inner.callees.push(...(parameters.callees ?? []));
		const first = parameters.names[0];
		const shadow =
			first !== undefined && !parameters.text.includes("{") && random.chance(0.06) ? s`var ${first};` : undefined;
		const start = first === undefined ? s`let acc = ${random.below(9)};` : s`let acc = ${first} | 0;`;
		const statements = this.sequence(inner, 3, count);
		// With all of its variables in the end, each has lived through everything before.
		const end = random.chance(0.6) ? s`return acc;` : s`return add(${inner.names.join(", ")});`;
		return list([shadow, start, statements, end].filter((it) => it !== undefined));
	}

	/** A few extras that only functions of the `function` kind have. */
	functionExtras(parameters) {
		const { random } = this;
		const extras = [];
		if (random.chance(0.1)) {
			extras.push(s`log(${this.mark()}, arguments.length, arguments[0]);`);
		}
		if (!this.strict && random.chance(0.15) && /^p\d+(, p\d+)*$/.test(parameters.text)) {
			extras.push(s`arguments[0] = 5; log(${this.mark()}, ${parameters.names[0]});`);
		}
		if (random.chance(0.1)) {
			extras.push(
				s`const ${this.fresh("c")} = () => arguments[0]; await tick(); log(${this.mark()}, [...arguments].length, (() => arguments[0])());`,
			);
		}
		if (random.chance(0.05)) {
			extras.push(s`log(${this.mark()}, new.target);`);
		}
		if (random.chance(0.06)) {
			extras.push(s`log(${this.mark()}, await (async (q) => { await tick(); return arguments.length + q; })(1));`);
		}
		return list(extras);
	}

	functionDefinition() {
		const { random } = this;
		const name = this.fresh("f");
		const parameters = this.parameters();
		const cx = this.functionContext(name);
		const form = random.below(5);
		if (form === 4 || (form === 3 && this.profile === "structured")) {
			return this.recursiveDefinition(name);
		}
		const body = this.body(cx, parameters, 2 + random.below(4));
		const forms = [
			() =>
				s`async function ${name}(${parameters.text}) {${this.opening()}${this.functionExtras(parameters)}
${body}
}`,
			() =>
				s`const ${name} = async function (${parameters.text}) {${this.opening()}${this.functionExtras(parameters)}
${body}
};`,
			() => s`const ${name} = async (${parameters.text}) => {${this.opening()}
${body}
};`,
			() =>
				s`let ${name} = async (${parameters.text}) => ${this.awaiting({ ...cx, names: parameters.names, writable: [] }, 2)};`,
		];
		const definition = forms[form]();
		this.callables.push(this.callable(name, 0, (args) => a`${name}(${args})`, parameters.args));
		return random.chance(0.15) ? s`${definition} reflect(${name});` : definition;
	}

	/** Calls itself from within its own body, each activation with variables of its own. */
	recursiveDefinition(name) {
		const { random } = this;
		const level = this.fresh("p");
		const parameter = this.fresh("p");
		const cx = this.functionContext(name);
		const before = this.body(cx, { text: "", names: [parameter] }, 1 + random.below(3));
		const again = s`acc += await ${name}(${this.given(cx)}${level} - 1, acc);`;
		const body = { ...before, parts: [...before.parts.slice(0, -1), again, ...before.parts.slice(-1)] };
		this.callables.push(
			this.callable(
				name,
				0,
				(args) => a`${name}(${args})`,
				this.withToken((cx) => [e`${random.below(4)}`, this.number(cx, 1)]),
			),
		);
		return s`async function ${name}(${this.taking(`${level}, ${parameter}`)}) {${this.opening()} if (!(${level} > 0)) { return await op(${this.given(cx)}${parameter}); }
${body}
}`;
	}

	objectDefinition() {
		const { random } = this;
		const name = this.fresh("o");
		const members = [];
		const added = [];
		const count = 1 + random.below(3);
		for (let i = 0; i < count; i++) {
			const key = this.fresh("m");
			const parameters = this.parameters();
			const cx = this.functionContext(key, { method: "object" });
			const body = this.body(cx, parameters, 1 + random.below(3));
			switch (random.below(5)) {
				case 0:
					members.push(s`${key}: async (${parameters.text}) => {${this.opening()}
${body}
},`);
					break;
				case 1:
					members.push(s`${key}: async function (${parameters.text}) {${this.opening()} log(${this.mark()}, this === ${name});
${body}
},`);
					break;
				case 2:
					members.push(s`async ["${key}"](${parameters.text}) {${this.opening()}
${body}
},`);
					break;
				default:
					members.push(s`async ${key}(${parameters.text}) {${this.opening()} this.count++; ${this.functionExtras(parameters)}
${body}
},`);
			}
			const access = [`${name}.${key}`, `${name}["${key}"]`, `${name}?.${key}`, `${name}.${key}?.`][random.below(4)];
			added.push(
				// To its caller a promise, whose await ends at once when it is cancelled: nobody could say when the call is over.
				!this.cancelled && this.profile !== "structured" && random.chance(0.12)
					? this.callable(
							key,
							0,
							(args) => a`${name}.${key}.call(${name}${args.length > 0 ? ", " : ""}${args})`,
							parameters.args,
						)
					: this.callable(key, 0, (args) => a`${access}(${args})`, parameters.args),
			);
		}
		this.callables.push(...added);
		return s`const ${name} = { count: 0, value: ${random.below(9)},
${list(members)}
};`;
	}

	generatorDefinition() {
		const { random } = this;
		const name = this.fresh("g");
		const parameters = this.parameters();
		const cx = this.functionContext(name, { generator: true });
		const body = this.body(cx, parameters, 2 + random.below(3));
		if (random.chance(0.25)) {
			const owner = this.fresh("o");
			this.iterables.push({
				make: (args) => it`${owner}.${name}(${args})`,
				args: (cx) => parameters.args({ ...cx, starting: true }),
			});
			return s`const ${owner} = { async *${name}(${parameters.text}) {${this.opening()}
${body}
} };`;
		}
		this.iterables.push({
			make: (args) => it`${name}(${args})`,
			args: (cx) => parameters.args({ ...cx, starting: true }),
		});
		return s`async function* ${name}(${parameters.text}) {${this.opening()}
${body}
}`;
	}

	innerFunction(cx, depth) {
		const { random } = this;
		const name = this.fresh("h");
		const parameter = this.fresh("p");
		const inner = {
			...cx,
			names: [...cx.names, parameter],
			generator: false,
			asynchronous: true,
			labels: [],
			breakable: false,
			continuable: false,
			trying: false,
			closure: true,
			inner: cx.inner + 1,
		};
		const body = this.statements(inner, depth - 1, 1 + random.below(3));
		const definition = s`async function ${name}(${this.taking(parameter)}) {${this.opening()}
${body}
return ${parameter}; }`;
		const use = s`log(${this.mark()}, await ${name}(${this.given(cx)}${this.number(cx, 1)}));`;
		return random.chance(0.5) ? s`{ ${definition} ${use} }` : s`{ ${use} ${definition} }`;
	}

	innerGenerator(cx, depth) {
		const { random } = this;
		const name = this.fresh("g");
		const parameter = this.fresh("p");
		const item = this.fresh("y");
		const inner = this.within(cx, [parameter], { generator: true, inner: 0, method: undefined });
		const body = this.statements(inner, depth - 1, 1 + random.below(3));
		const loop = { ...this.looping(cx), names: [...cx.names, item] };
		return s`async function* ${name}(${this.taking(parameter)}) {${this.opening()}
${body}
yield ${parameter}; }
for await (const ${item} of ${name}(${this.given({ ...cx, starting: true })}${this.number(cx, 1)})) { log(${this.mark()}, ${item});
${list([this.leaf(loop)])}
}`;
	}
}
