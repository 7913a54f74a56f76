import { awaitable as a, expression as e } from "../tree.mjs";
import { Expressions } from "./expressions.mjs";

/** What can stand after `await`. */
export class Awaitables extends Expressions {
	/** What can stand after `await`. */
	awaitable(cx, depth) {
		const { random } = this;
		if (cx.quiet) {
			return random.chance(0.5) ? a`tick()` : a`op(${this.number(cx, depth - 1)})`;
		}
		if (random.chance(0.35)) {
			return this.call(cx);
		}
		const foreign = !this.cancelled;
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
				return this.profile === "scopes"
					? this.call(cx)
					: a`Promise.${foreign ? random.pick(["all", "allSettled"]) : "all"}([${argument()}, 2].map((p) => op(p)))`;
			case -2:
				return a`${random.pick(["add", "Math.abs", "String", "new Box"])}(${argument()})`;
			case -1:
				return this.profile === "concurrent" ? this.together(cx) : a`op(${argument()})`;
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
				return a`(${this.condition(cx, depth - 1)} ? ${this.call(cx)} : ${this.awaitable(cx, depth - 1)})`;
			case 8:
				return a`(${argument()} && ${this.call(cx)})`;
			case 9:
				return a`(${argument()} || ${this.call(cx)})`;
			case 10:
				return a`(${random.pick(["null", "undefined", "3"])} ?? ${this.call(cx)})`;
			case 11:
				return a`(${this.log(cx, 0)}, ${this.call(cx)})`;
			case 12:
				return a`${random.pick(["nothing?.m", "box?.get", "box.get?.", "box?.missing?.", "nothing?.a.b.c", 'box["get"]', "box.inner?.get"])}(${argument()})`;
			case 13:
				return a`new Box(${argument()}).get(${argument()})`;
			case 14:
				return this.random.chance(0.2)
					? a`${random.pick(["missing.call", "nothing.m", "box.missing", "seven"])}(${argument()})`
					: a`box.get(${argument()})`;
			case 15:
				return a`${this.closure(cx, "immediate")}(${this.given(cx)}${argument()})`;
			case 16:
				return a`((${this.call(cx)}))`;
			case 17:
				// What is bare runs beside the other arguments: in a program to be cancelled these must not suspend.
				if (this.profile === "scopes") {
					return this.call(cx);
				}
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
				return a`${this.call(cx)}.${random.pick(["then((v) => v)", "then((v) => op(v))", "catch(() => 7)", `finally(() => { log(${this.mark()}); })`, "then(undefined, (error) => { throw error; })"])}`;
			case 24:
				return a`new Promise((resolve, reject) => ${random.chance(0.8) ? "resolve" : "reject"}(${this.number({ ...cx, asynchronous: false, generator: false }, depth - 1)}))`;
			default:
				return a`later(${random.below(3)}, ${argument()})`;
		}
	}

	call(cx) {
		const { random } = this;
		if (cx.method !== undefined && cx.inner === 0 && typeof cx.method === "object" && random.chance(0.4)) {
			const target = random.chance(0.5) ? cx.method.super : undefined;
			if (target !== undefined) {
				return a`super${random.chance(0.8) ? `.${target.key}` : `["${target.key}"]`}(${this.joined(target.args(cx))})`;
			}
		}
		const callable = random.pick(this.callables);
		const args = callable.args(cx);
		return callable.call(this.joined(args));
	}

	/** Several at once; in a race the losers run on. */
	together(cx) {
		const { random } = this;
		const one = () => a`hold(${this.call({ ...cx, starting: true })})`;
		if (random.chance(0.4)) {
			return a`Promise.all([${this.number(cx, 0)}, 2].map(${this.closure(cx, "kept")}))`;
		}
		return a`Promise.${random.pick(["all", "allSettled", "race", "any"])}([${one()}, ${one()}])`;
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
			return this.profile !== "structured" && random.chance(0.4)
				? e`(async (${parameter}) => ${this.number(inner, 2)})`
				: e`(async (${this.taking(parameter)}) => {${this.opening()}
${this.statements(inner, use === "immediate" ? 1 : 2, 1 + random.below(2))}
return ${this.number(inner, 1)}; })`;
		}
		return e`(async function ${random.chance(0.3) ? this.fresh("n") : ""}(${this.taking(parameter)}) {${this.opening()}
${this.statements(inner, use === "immediate" ? 1 : 2, 1 + random.below(2))}
return ${parameter}; })`;
	}
}
