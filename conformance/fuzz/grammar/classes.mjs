import { awaitable as a, list, statement as s } from "../tree.mjs";
import { Functions } from "./functions.mjs";

/** Classes, at the top of a program and inside functions. */
export class Classes extends Functions {
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
			const form = overridden === undefined ? random.below(8) : 0;
			if (form === 1) {
				members.push(s`static async ${key}(${parameters.text}) {${this.opening()}
${body}
}`);
				added.push(this.callable(key, 0, (args) => a`${name}.${key}(${args})`, parameters.args));
			} else if (form === 2) {
				members.push(s`async #${key}(${parameters.text}) {${this.opening()} log(${this.mark()}, this.#secret);
${body}
}`);
				members.push(s`async ${key}(...args) { return await this.#${key}(...args); }`);
				added.push(this.callable(key, 0, (args) => a`new ${name}(2).${key}(${args})`, parameters.args));
			} else if (form === 3) {
				members.push(s`${key} = async (${parameters.text}) => {${this.opening()} log(${this.mark()}, this.field);
${body}
};`);
				added.push(this.callable(key, 0, (args) => a`new ${name}(3).${key}(${args})`, parameters.args));
			} else if (form === 4) {
				members.push(s`get ${key}() { const field = ++this.field; return async (${parameters.text}) => {${this.opening()} log(${this.mark()}, field, this.field);
${body}
}; }`);
				added.push(this.callable(key, 0, (args) => a`new ${name}(4).${key}(${args})`, parameters.args));
			} else if (form === 5) {
				members.push(s`static #s${key} = ${random.below(9)}; static { log(${this.mark()}, this.#s${key}++, typeof this.${key}); }
static async ${key}(${parameters.text}) {${this.opening()} this.#s${key} += await ${this.simply(cx)}; log(${this.mark()}, this.#s${key});
${body}
}`);
				added.push(this.callable(key, 0, (args) => a`${name}.${key}(${args})`, parameters.args));
			} else {
				members.push(s`async ${key}(${parameters.text}) {${this.opening()} this.field++; log(${this.mark()}, this.field); ${this.memberExtras(cx, base)} ${this.functionExtras(parameters)}
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

	/** What stands for itself in any function. */
	simply(cx) {
		return this.random.chance(0.5)
			? a`maybe(${this.random.below(9)})`
			: a`op(${this.given(cx)}${this.random.below(9)})`;
	}

	/** Private and inherited members around an await. */
	memberExtras(cx, base) {
		const { random } = this;
		const extras = [];
		if (random.chance(0.25)) {
			extras.push(
				s`this.#secret ${random.pick(["+=", "??=", "="])} await ${this.simply(cx)}; log(${this.mark()}, this.#secret++, #secret in this);`,
			);
		}
		if (base !== undefined && random.chance(0.2)) {
			extras.push(
				s`super.extra = await ${this.simply(cx)}; log(${this.mark()}, this.extra, super.extra, typeof super["constructor"]);`,
			);
		}
		return list(extras);
	}

	innerClass(cx, depth) {
		const { random } = this;
		const name = this.fresh("C");
		const parameter = this.fresh("p");
		const inner = this.within(cx, [parameter]);
		const body = this.statements(inner, depth - 1, 1 + random.below(2));
		// `run` makes a bare call, whose cleanup a cancelled caller does not wait for.
		const use = random.pick(this.cancelled ? [0, 1, 3] : [0, 1, 2, 3]);
		const head = ["async m", "static async m", "async #m", "m = async "][use];
		const extra = use === 2 ? `run(${this.taking("p")}) { return this.#m(${this.taking("p")}); }` : "";
		const call = [`new ${name}().m`, `${name}.m`, `new ${name}().run`, `new ${name}().m`][use];
		return s`class ${name} { field = acc; ${extra} ${head}(${this.taking(parameter)}) ${use === 3 ? "=> " : ""}{${this.opening()}
${body}
return ${parameter}; } }
log(${this.mark()}, await ${call}(${this.given({ ...cx, starting: use === 2 })}${this.number(cx, 1)}));`;
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
}
