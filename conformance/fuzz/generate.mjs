/**
 * Makes random programs out of everything that can stand around an `await`.
 *
 * Profiles: "single" (one chain of control, so that the order is the same with and without ticks), "concurrent" (several
 * tasks at once, for `ticks: "native"`), "cancel" (single, and cancelled at one of its suspensions).
 * A function calls only functions made before it, loops count, and the environment has fuel: every program ends.
 */
import { awaitable as a, expression as e, either, iterable as it, list, statement as s } from "./tree.mjs";

export const profiles = ["single", "concurrent", "cancel"];

export function generate(random, profile, size = 34) {
	return new Generator(random, profile, size).program();
}

class Generator {
	constructor(random, profile, size) {
		this.random = random;
		this.profile = profile;
		this.budget = size;
		this.names = 0;
		this.marks = 0;
		this.callables = [];
		this.iterables = [];
		this.strict = random.chance(0.7);
	}

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

	main() {
		const { random } = this;
		if (this.profile !== "concurrent") {
			const cx = this.functionContext("main", { names: [] });
			this.budget = Math.max(this.budget, 10);
			return s`async function main() { let acc = 1;
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

	functionContext(name, { names = ["acc"], generator = false, asynchronous = true, method = undefined } = {}) {
		return {
			name,
			names: ["acc", ...names],
			writable: ["acc"],
			generator,
			asynchronous,
			method,
			labels: [],
			breakable: false,
			continuable: false,
			quiet: false,
			trying: false,
			inner: 0,
		};
	}

	fresh(prefix) {
		return `${prefix}${this.names++}`;
	}

	mark() {
		return ++this.marks;
	}

	// ── definitions ──

	callable(name, arity, call, args) {
		return { name, arity, call, args, index: this.callables.length };
	}

	definition() {
		const { random } = this;
		const kind = random.below(11);
		if (kind <= 2) {
			return this.functionDefinition();
		}
		if (kind <= 4) {
			return this.objectDefinition();
		}
		if (kind <= 7) {
			return this.classDefinition();
		}
		return this.generatorDefinition();
	}

	/** Parameters, the names they bind, and arguments that fit (most of the time). */
	parameters() {
		const { random } = this;
		const a = this.fresh("p");
		const b = this.fresh("p");
		const c = this.fresh("p");
		const number = () => String(random.below(20));
		switch (random.below(9)) {
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
					text: `${a} = boom(${number()})`,
					names: [a],
					args: (cx) => (random.chance(0.7) ? [this.number(cx, 1)] : []),
				};
			default:
				return { text: `${a} = 1`, names: [a], args: (cx) => (random.chance(0.6) ? [this.number(cx, 1)] : []) };
		}
	}

	body(cx, parameters, count) {
		const { random } = this;
		const inner = { ...cx, names: ["acc", ...parameters.names], writable: ["acc", ...parameters.names] };
		const first = parameters.names[0];
		const shadow =
			first !== undefined && !parameters.text.includes("{") && random.chance(0.06) ? s`var ${first};` : undefined;
		const start = first === undefined ? s`let acc = ${random.below(9)};` : s`let acc = ${first} | 0;`;
		const statements = this.statements(inner, 3, count);
		return list([shadow, start, statements, s`return acc;`].filter((it) => it !== undefined));
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
		const form = random.below(4);
		const body = this.body(cx, parameters, 2 + random.below(4));
		const forms = [
			() =>
				s`async function ${name}(${parameters.text}) {${this.functionExtras(parameters)}
${body}
}`,
			() =>
				s`const ${name} = async function (${parameters.text}) {${this.functionExtras(parameters)}
${body}
};`,
			() => s`const ${name} = async (${parameters.text}) => {
${body}
};`,
			() =>
				s`let ${name} = async (${parameters.text}) => ${this.awaiting({ ...cx, names: parameters.names, writable: [] }, 2)};`,
		];
		const definition = forms[form]();
		this.callables.push(this.callable(name, 0, (args) => a`${name}(${args})`, parameters.args));
		return random.chance(0.15) ? s`${definition} reflect(${name});` : definition;
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
					members.push(s`${key}: async (${parameters.text}) => {
${body}
},`);
					break;
				case 1:
					members.push(s`${key}: async function (${parameters.text}) { log(${this.mark()}, this === ${name});
${body}
},`);
					break;
				case 2:
					members.push(s`async ["${key}"](${parameters.text}) {
${body}
},`);
					break;
				default:
					members.push(s`async ${key}(${parameters.text}) { this.count++; ${this.functionExtras(parameters)}
${body}
},`);
			}
			const access = [`${name}.${key}`, `${name}["${key}"]`, `${name}?.${key}`, `${name}.${key}?.`][random.below(4)];
			added.push(
				this.profile !== "cancel" && random.chance(0.12)
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

	classDefinition() {
		const { random } = this;
		const name = this.fresh("K");
		const base = this.classes?.length > 0 && random.chance(0.5) ? random.pick(this.classes) : undefined;
		const members = [];
		const added = [];
		const methods = [];
		const count = 1 + random.below(3);
		for (let i = 0; i < count; i++) {
			const overridden = base !== undefined && random.chance(0.5) ? random.pick(base.methods) : undefined;
			const key = overridden?.key ?? this.fresh("m");
			if (methods.some((method) => method.key === key)) {
				continue;
			}
			const parameters = this.parameters();
			const method = {
				super: base === undefined ? undefined : random.pick(base.methods),
				own: [...methods],
			};
			const cx = this.functionContext(key, { method });
			const body = this.body(cx, parameters, 1 + random.below(3));
			const form = overridden === undefined ? random.below(6) : 0;
			if (form === 1) {
				members.push(s`static async ${key}(${parameters.text}) {
${body}
}`);
				added.push(this.callable(key, 0, (args) => a`${name}.${key}(${args})`, parameters.args));
			} else if (form === 2) {
				members.push(s`async #${key}(${parameters.text}) { log(${this.mark()}, this.#secret);
${body}
}`);
				members.push(s`async ${key}(...args) { return await this.#${key}(...args); }`);
				added.push(this.callable(key, 0, (args) => a`new ${name}(2).${key}(${args})`, parameters.args));
			} else if (form === 3) {
				members.push(s`${key} = async (${parameters.text}) => { log(${this.mark()}, this.field);
${body}
};`);
				added.push(this.callable(key, 0, (args) => a`new ${name}(3).${key}(${args})`, parameters.args));
			} else {
				members.push(s`async ${key}(${parameters.text}) { this.field++; log(${this.mark()}, this.field); ${this.functionExtras(parameters)}
${body}
}`);
				methods.push({ key, args: parameters.args });
				added.push(this.callable(key, 0, (args) => a`new ${name}(1).${key}(${args})`, parameters.args));
			}
		}
		if (methods.length > 0) {
			this.classes = [...(this.classes ?? []), { name, methods }];
		}
		this.callables.push(...added);
		const constructing =
			base === undefined
				? s`constructor(field) { this.field = field; }`
				: s`constructor(field) { super(field + 1); log(${this.mark()}, new.target === ${name}); }`;
		return s`class ${name}${base === undefined ? "" : ` extends ${base.name}`} { #secret = ${random.below(9)};
${constructing}
${list(members)}
}`;
	}

	generatorDefinition() {
		const { random } = this;
		const name = this.fresh("g");
		const parameters = this.parameters();
		const cx = this.functionContext(name, { generator: true });
		const body = this.body(cx, parameters, 2 + random.below(3));
		if (random.chance(0.25)) {
			const owner = this.fresh("o");
			this.iterables.push({ make: (args) => it`${owner}.${name}(${args})`, args: parameters.args });
			return s`const ${owner} = { async *${name}(${parameters.text}) {
${body}
} };`;
		}
		this.iterables.push({ make: (args) => it`${name}(${args})`, args: parameters.args });
		return s`async function* ${name}(${parameters.text}) {
${body}
}`;
	}

	// ── expressions ──

	/** A number, or now and then something else. May await. */
	number(cx, depth) {
		const { random } = this;
		if (depth <= 0 || this.budget <= 0 || random.chance(0.3)) {
			const choice = random.below(6);
			if (choice === 0 && cx.method !== undefined && cx.inner === 0 && typeof cx.method === "object") {
				return e`this.field`;
			}
			return choice < 4 ? e`${random.pick(cx.names.length > 0 ? cx.names : ["0"])}` : e`${random.below(30)}`;
		}
		switch (random.below(cx.quiet ? 8 : 21)) {
			case 0:
				return e`(${this.number(cx, depth - 1)} + ${this.number(cx, depth - 1)})`;
			case 1:
				return e`((${this.number(cx, depth - 1)} * 3 + ${this.number(cx, depth - 1)}) % 97)`;
			case 2:
				return e`(${this.condition(cx, depth - 1)} ? ${this.number(cx, depth - 1)} : ${this.number(cx, depth - 1)})`;
			case 3:
				return e`(${this.number(cx, depth - 1)} || ${this.number(cx, depth - 1)})`;
			case 4:
				return e`(${this.condition(cx, depth - 1)} && ${this.number(cx, depth - 1)})`;
			case 5:
				return e`(${this.number(cx, depth - 1)} ?? ${this.number(cx, depth - 1)})`;
			case 6:
				return cx.writable.length === 0
					? e`${random.below(9)}`
					: e`(${random.pick(cx.writable)} ${random.pick(["=", "+=", "-=", "??=", "||=", "&&="])} ${this.number(cx, depth - 1)})`;
			case 7:
				return cx.writable.length === 0 ? e`1` : e`${random.pick(cx.writable)}${random.pick(["++", "--"])}`;
			case 8:
				return e`[${this.number(cx, depth - 1)}, ${this.number(cx, depth - 1)}][${this.number(cx, depth - 1)} & 1]`;
			case 9:
				return e`({ a: ${this.number(cx, depth - 1)}, ["b" + ${this.number(cx, depth - 1)}]: 2, ...${this.object(cx, depth - 1)} }).a`;
			case 10:
				return e`\`t\${${this.number(cx, depth - 1)}}u\${${this.number(cx, depth - 1)}}\`.length`;
			case 11:
				return e`(${this.log(cx, depth - 1)}, ${this.number(cx, depth - 1)})`;
			case 12:
				return e`add(${this.number(cx, depth - 1)}, ...[${this.number(cx, depth - 1)}], ${this.number(cx, depth - 1)})`;
			case 13:
				return e`(-${this.number(cx, depth - 1)} | 0)`;
			case 14:
				return e`new Box(${this.number(cx, depth - 1)}).value`;
			case 15:
				return cx.generator && cx.inner === 0
					? this.yielding(cx, depth - 1)
					: e`(typeof ${this.number(cx, depth - 1)}).length`;
			case 16:
			case 17:
				return cx.asynchronous ? this.odd(cx, depth - 1) : e`(() => ${this.number(cx, depth - 1)})()`;
			default:
				return cx.asynchronous ? this.awaiting(cx, depth - 1) : e`${random.below(9)}`;
		}
	}

	/** Awaits in the corners of the grammar. */
	odd(cx, depth) {
		const { random } = this;
		const value = () => this.number(cx, depth - 1);
		const awaited = () => this.awaiting(cx, depth - 1);
		switch (random.below(18)) {
			case 0:
				return e`(typeof ${awaited()}).length`;
			case 1:
				return e`(!${awaited()} ? ${value()} : 2)`;
			case 2:
				return e`(void ${awaited()} ?? ${value()})`;
			case 3:
				return e`((${awaited()} ** 2) % 97)`;
			case 4:
				return e`(await maybe(box))?.value`;
			case 5:
				return e`(await maybe(nothing))?.[${awaited()}]`;
			case 6:
				return e`box?.[await maybe("value")]`;
			case 7:
				return e`tag\`a\${${value()}}b\${${awaited()}}c\``;
			case 8:
				return e`("value" in (await maybe(box)) ? ${value()} : 0)`;
			case 9:
				return e`((await maybe(box)) instanceof (await maybe(Box)) ? ${value()} : 0)`;
			case 10:
				return e`(box[await maybe("value")] ${random.pick(["=", "+=", "||="])} ${value()})`;
			case 11:
				return e`((await maybe(box)).value ${random.pick(["=", "+=", "??="])} ${value()})`;
			case 12:
				return e`((await maybe(box)).value++)`;
			case 13:
				return e`[...counted(${this.mark()}, 2), ${awaited()}, ...(await maybe([1, 2]))].length`;
			case 14:
				return e`new (await maybe(Box))(${value()}, ${awaited()}).value`;
			case 15:
				return e`Math.max(...(await maybe([${value()}, ${value()}])))`;
			case 16:
				return e`(() => ${this.number({ ...cx, asynchronous: false, generator: false }, depth - 1)})()`;
			default:
				return e`(${awaited()}, ${awaited()})`;
		}
	}

	object(cx, depth) {
		return e`{ x: ${this.number(cx, depth - 1)}, y: ${this.random.below(9)} }`;
	}

	condition(cx, depth) {
		const { random } = this;
		return e`${this.number(cx, depth)} ${random.pick([`% 2 === ${random.below(2)}`, `> ${random.below(20)}`, `<= ${random.below(20)}`, `!== ${random.below(9)}`])}`;
	}

	log(cx, depth) {
		return e`log(${this.mark()}, ${this.number(cx, depth)})`;
	}

	awaiting(cx, depth) {
		return e`(await ${this.awaitable(cx, depth)})`;
	}

	/** What can stand after `await`. */
	awaitable(cx, depth) {
		const { random } = this;
		if (cx.quiet) {
			return random.chance(0.5) ? a`tick()` : a`op(${this.number(cx, depth - 1)})`;
		}
		if (random.chance(0.35)) {
			return this.call(cx, depth);
		}
		const foreign = this.profile !== "cancel";
		const argument = () => this.number(cx, depth - 1);
		switch (random.below(foreign ? 34 : 27) - 8) {
			case -8:
				return a`(await maybe(box)).get(${argument()})`;
			case -7:
				return a`(await maybe(op))(${argument()})`;
			case -6:
				return a`box[await maybe("get")](${argument()})`;
			case -5:
				return a`${random.pick(["(acc, op)", "(op)", "op?.", "(acc > 4 ? op : bad)", "(nothing ?? op)"])}(${argument()})`;
			case -4:
				return a`${random.pick(["op", "add", "bad", "maybe"])}(...[${argument()}, 2])`;
			case -3:
				return a`Promise.${foreign ? random.pick(["all", "allSettled"]) : "all"}([${argument()}, 2].map((p) => op(p)))`;
			case -2:
				return a`${random.pick(["add", "Math.abs", "String", "new Box"])}(${argument()})`;
			case -1:
				return this.profile === "concurrent" ? this.together(cx, depth) : a`op(${argument()})`;
			case 0:
			case 1:
				return a`tick()`;
			case 2:
				return a`op(${argument()})`;
			case 3:
				return a`maybe(${argument()})`;
			case 4:
				return random.chance(0.4) ? a`fail(${argument()})` : a`bad(${argument()})`;
			case 5:
				return a`null`;
			case 6:
				return a`${argument()}`;
			case 7:
				return a`(${this.condition(cx, depth - 1)} ? ${this.call(cx, depth - 1)} : ${this.awaitable(cx, depth - 1)})`;
			case 8:
				return a`(${argument()} && ${this.call(cx, depth - 1)})`;
			case 9:
				return a`(${argument()} || ${this.call(cx, depth - 1)})`;
			case 10:
				return a`(${random.pick(["null", "undefined", "3"])} ?? ${this.call(cx, depth - 1)})`;
			case 11:
				return a`(${this.log(cx, 0)}, ${this.call(cx, depth - 1)})`;
			case 12:
				return a`${random.pick(["nothing?.m", "box?.get", "box.get?.", "box?.missing?.", "nothing?.a.b.c", 'box["get"]', "box.inner?.get"])}(${argument()})`;
			case 13:
				return a`new Box(${argument()}).get(${argument()})`;
			case 14:
				return this.random.chance(0.2)
					? a`${random.pick(["missing.call", "nothing.m", "box.missing", "seven"])}(${argument()})`
					: a`box.get(${argument()})`;
			case 15:
				return a`${this.closure(cx, "immediate")}(${argument()})`;
			case 16:
				return a`((${this.call(cx, depth - 1)}))`;
			case 17:
				// What is bare runs beside the other arguments: in a program to be cancelled these must not suspend.
				return foreign
					? a`Promise.all([op(${argument()}), op(${argument()})])`
					: a`Promise.all([op(${this.number(cx, 0)}), op(1)])`;
			case 18:
				return a`(await ${this.awaitable(cx, depth - 1)})`;
			case 19:
				return a`Promise.resolve(${argument()})`;
			case 20:
				return a`thenable(${argument()})`;
			case 21:
				return a`nat(${argument()})`;
			case 22: {
				const callable = random.pick(this.callables);
				return /^[fo]/.test(callable.name) && !callable.name.includes(".")
					? a`via(${callable.name}, ${argument()})`
					: a`via(op, ${argument()})`;
			}
			case 23:
				return a`${this.call(cx, depth - 1)}.${random.pick(["then((v) => v)", "then((v) => op(v))", "catch(() => 7)", `finally(() => { log(${this.mark()}); })`, "then(undefined, (error) => { throw error; })"])}`;
			case 24:
				return a`new Promise((resolve, reject) => ${random.chance(0.8) ? "resolve" : "reject"}(${this.number({ ...cx, asynchronous: false, generator: false }, depth - 1)}))`;
			default:
				return a`later(${random.below(3)}, ${argument()})`;
		}
	}

	call(cx, depth) {
		const { random } = this;
		if (cx.method !== undefined && cx.inner === 0 && typeof cx.method === "object" && random.chance(0.4)) {
			const target = random.chance(0.5) ? cx.method.super : undefined;
			if (target !== undefined) {
				return a`super${random.chance(0.8) ? `.${target.key}` : `["${target.key}"]`}(${this.joined(target.args(cx))})`;
			}
		}
		const callable = random.pick(this.callables);
		const args = callable.args === undefined ? [this.number(cx, depth - 1)] : callable.args(cx);
		return callable.call(this.joined(args));
	}

	/** Several at once; in a race the losers run on. */
	together(cx, depth) {
		const { random } = this;
		const one = () => a`hold(${this.call(cx, depth - 1)})`;
		if (random.chance(0.4)) {
			return a`Promise.all([${this.number(cx, 0)}, 2].map(${this.closure(cx, "kept")}))`;
		}
		return a`Promise.${random.pick(["all", "allSettled", "race", "any"])}([${one()}, ${one()}])`;
	}

	joined(args) {
		const parts = args.flatMap((arg, i) => (i === 0 ? [arg] : [", ", arg]));
		return { kind: "arguments", parts, length: args.length };
	}

	yielding(cx, depth) {
		const { random } = this;
		return random.chance(0.7)
			? e`(yield ${this.number(cx, depth)})`
			: e`(yield ${cx.asynchronous ? this.awaiting(cx, depth) : this.number(cx, depth)})`;
	}

	/** An async closure over everything in sight. */
	closure(cx, use) {
		const { random } = this;
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
			inner: random.chance(0.6) ? cx.inner : cx.inner + 1,
		};
		if (inner.inner === cx.inner) {
			return random.chance(0.4)
				? e`(async (${parameter}) => ${this.number(inner, 2)})`
				: e`(async (${parameter}) => {
${this.statements(inner, use === "immediate" ? 1 : 2, 1 + random.below(2))}
return ${this.number(inner, 1)}; })`;
		}
		return e`(async function ${random.chance(0.3) ? this.fresh("n") : ""}(${parameter}) {
${this.statements(inner, use === "immediate" ? 1 : 2, 1 + random.below(2))}
return ${parameter}; })`;
	}

	// ── statements ──

	statements(cx, depth, count) {
		const inner = { ...cx, names: [...cx.names], writable: [...cx.writable] };
		const statements = [];
		for (let i = 0; i < count; i++) {
			statements.push(this.statement(inner, depth));
			if (this.budget <= 0) {
				break;
			}
		}
		return list(statements);
	}

	block(cx, depth, changes) {
		return this.statements({ ...cx, ...changes }, depth - 1, 1 + this.random.below(3));
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
		switch (random.below(19)) {
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
				const args = this.call(cx, 2);
				cx.names.push(name);
				return this.profile === "cancel"
					? s`log(${this.mark()}, await ${args});`
					: s`const ${name}p = hold(${args}); ${this.profile === "concurrent" ? this.leafAfterHold(cx) : ""} const ${name} = await ${name}p; log(${this.mark()}, ${name});`;
			}
			case 16:
				return random.chance(0.3) && !this.strict && !cx.closure && this.profile !== "cancel"
					? s`log(${this.mark()}, eval("acc + 1"));`
					: s`acc += ${this.number(cx, 2)};`;
			case 17:
				return s`try { await ${this.awaitable(cx, 2)}; } catch (error) { ${this.recatch("error")} log(${this.mark()}, error); }`;
			default:
				return s`log(${this.mark()}, await ${this.awaitable(cx, 2)}, acc);`;
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
			: this.call(cx, 1);
	}

	looping(cx) {
		// Loops over iterators close them, which is as good as a `finally`.
		return { ...cx, breakable: true, continuable: true, trying: true };
	}

	counting(cx, depth) {
		const { random } = this;
		const name = this.fresh("i");
		const inner = { ...this.looping(cx), names: [...cx.names, name] };
		const init = random.chance(0.2) ? e`await maybe(0)` : e`0`;
		const test = random.chance(0.2) ? e`await maybe(${1 + random.below(3)})` : e`${1 + random.below(3)}`;
		// Text, so that cutting the program down does not take the loop's end away.
		const update = random.chance(0.2) ? `${name} += await op(1)` : `${name}++`;
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
		const name = this.fresh("x");
		const inner = { ...this.looping(cx), names: [...cx.names, name] };
		if (random.chance(0.25)) {
			return s`for (const ${name} in { a: ${this.number(cx, 1)}, b: 2 }) {
${this.block({ ...this.looping(cx) }, depth)}
log(${this.mark()}, ${name}); }`;
		}
		const source = random.chance(0.3)
			? e`counted(${this.mark()}, ${1 + random.below(3)})`
			: e`[${this.number(cx, 2)}, ${this.number(cx, 1)}]`;
		return s`for (${random.pick(["const", "let", "var"])} ${name} of ${source}) {
${this.block(inner, depth)}
}`;
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
		const name = this.fresh("e");
		const block = this.block(cx, depth);
		switch (random.below(6)) {
			case 0:
				return s`catch${either(" {", ` (${name}) { rethrow(${name});`)}
${block}
}`;
			case 1:
				return s`catch${either(` ({ message: ${name} }) {`, ` ($e) { rethrow($e); const { message: ${name} } = $e;`)} log(${this.mark()}, ${name});
${block}
}`;
			default:
				return s`catch (${name}) { ${this.recatch(name)} log(${this.mark()}, ${name});
${block}
${random.chance(0.15) ? `throw ${name};` : ""} }`;
		}
	}

	finalizing(cx, depth) {
		if (this.profile === "cancel") {
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
} for (const each of ${all}) { log(${this.mark()}, await each(${random.below(9)})); }`;
	}

	iterable(cx) {
		const { random } = this;
		if (this.iterables.length > 0 && random.chance(0.75)) {
			const { make, args } = random.pick(this.iterables);
			return make(this.joined(args(cx)));
		}
		switch (random.below(4)) {
			case 0:
				return it`[${this.number(cx, 1)}, ${this.profile === "cancel" ? "2" : "maybe(2)"}]`;
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
		const definition = s`async function ${name}(${parameter}) {
${body}
return ${parameter}; }`;
		const use = s`log(${this.mark()}, await ${name}(${this.number(cx, 1)}));`;
		return random.chance(0.5) ? s`{ ${definition} ${use} }` : s`{ ${use} ${definition} }`;
	}

	/** The context of a function inside a function, which sees everything around it. */
	within(cx, names, changes = {}) {
		return {
			...cx,
			names: [...cx.names, ...names],
			generator: false,
			asynchronous: true,
			labels: [],
			breakable: false,
			continuable: false,
			trying: false,
			closure: true,
			inner: cx.inner + 1,
			...changes,
		};
	}

	innerClass(cx, depth) {
		const { random } = this;
		const name = this.fresh("C");
		const parameter = this.fresh("p");
		const inner = this.within(cx, [parameter]);
		const body = this.statements(inner, depth - 1, 1 + random.below(2));
		// `run` makes a bare call, whose cleanup a cancelled caller does not wait for.
		const use = random.pick(this.profile === "cancel" ? [0, 1, 3] : [0, 1, 2, 3]);
		const head = ["async m", "static async m", "async #m", "m = async "][use];
		const extra = use === 2 ? `run(p) { return this.#m(p); }` : "";
		const call = [`new ${name}().m`, `${name}.m`, `new ${name}().run`, `new ${name}().m`][use];
		return s`class ${name} { field = acc; ${extra} ${head}(${parameter}) ${use === 3 ? "=> " : ""}{
${body}
return ${parameter}; } }
log(${this.mark()}, await ${call}(${this.number(cx, 1)}));`;
	}

	innerGenerator(cx, depth) {
		const { random } = this;
		const name = this.fresh("g");
		const parameter = this.fresh("p");
		const item = this.fresh("y");
		const inner = this.within(cx, [parameter], { generator: true, inner: 0, method: undefined });
		const body = this.statements(inner, depth - 1, 1 + random.below(3));
		const loop = { ...this.looping(cx), names: [...cx.names, item] };
		return s`async function* ${name}(${parameter}) {
${body}
yield ${parameter}; }
for await (const ${item} of ${name}(${this.number(cx, 1)})) { log(${this.mark()}, ${item});
${list([this.leaf(loop)])}
}`;
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
		if (!usingWorks) {
			return this.leaf(cx);
		}
		const name = this.fresh("u");
		const inner = { ...cx, trying: true };
		const form = random.below(3);
		const declaration = [
			`using ${name} = resource(${this.mark()});`,
			`await using ${name} = resource(${this.mark()});`,
			`await using ${name} = await maybe(asyncResource(${this.mark()}));`,
		][form];
		return s`{ ${declaration}
${this.block(inner, depth)}
log(${this.mark()}, ${name}.mark); }`;
	}
}

/** Whether this engine has `using`, so that there is something to compare with. */
const usingWorks = (() => {
	try {
		new Function("{ using x = null; }");
		return true;
	} catch {
		return false;
	}
})();
