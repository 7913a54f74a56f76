import { expression as e } from "../tree.mjs";
import { Base } from "./base.mjs";

/** Expressions whose value is a number most of the time; any of them may await. */
export class Expressions extends Base {
	/** A number, or now and then something else. May await. */
	number(cx, depth) {
		const { random } = this;
		if (depth <= 0 || this.budget <= 0 || random.chance(0.3)) {
			const choice = random.below(6);
			if (choice === 0 && cx.method !== undefined && cx.inner === 0 && typeof cx.method === "object") {
				return e`this.field`;
			}
			if (choice === 1 && cx.callees.length > 0 && random.chance(0.7)) {
				return e`${random.pick(cx.callees)}(${random.below(9)})`;
			}
			return choice < 4 ? e`${random.pick(cx.names.length > 0 ? cx.names : ["0"])}` : e`${random.below(30)}`;
		}
		switch (random.below(cx.quiet ? 8 : 26)) {
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
			case 18:
				return cx.callees.length > 0
					? e`${random.pick(cx.callees)}(${this.number(cx, depth - 1)})`
					: e`((${this.fresh("z")}) => ${this.synchronous(cx, depth - 1)})(${this.number(cx, depth - 1)})`;
			case 19:
			case 20:
			case 21:
				return this.ordered(cx, depth - 1);
			default:
				return cx.asynchronous ? this.awaiting(cx, depth - 1) : e`${random.below(9)}`;
		}
	}

	/** A number inside a synchronous function. */
	synchronous(cx, depth) {
		return this.number({ ...cx, asynchronous: false, generator: false }, depth);
	}

	/** What is read before and after something that may suspend, be written meanwhile, or be logged. */
	ordered(cx, depth) {
		const { random } = this;
		const value = () => this.number(cx, depth - 1);
		const later = () => (cx.asynchronous ? this.awaiting(cx, depth - 1) : this.number(cx, depth - 1));
		const name = random.pick(cx.writable.length > 0 ? cx.writable : ["box.value"]);
		const read = random.pick(cx.names.length > 0 ? cx.names : ["acc"]);
		const assign = random.pick(["=", "+=", "-=", "*=", "??=", "||=", "&&="]);
		switch (random.below(17)) {
			case 0:
				return e`(${name} + (${name} ${assign} ${later()}) + ${name})`;
			case 1:
				return e`add(${name}, ${name}++, ${later()}, --${name}, ${value()})`;
			case 2:
				return e`(${read} + ${later()} * ${read})`;
			case 3:
				return e`[${read}, ${name} ${assign} ${later()}, ${read}][${value()} & 1]`;
			case 4:
				return e`(\`\${${read}}-\${${later()}}-\${${read}}\`.length)`;
			case 5:
				return e`(spy(${this.mark()}).a ${assign} ${later()})`;
			case 6:
				return e`(spy(${this.mark()})[${this.log(cx, 0)}] ${assign} ${later()})`;
			case 7:
				return e`(delete spy(${this.mark()})[${later()}] ? ${value()} : 0)`;
			case 8:
				return e`spy(${this.mark()}).o.b(${value()}, ${later()}).c`;
			case 9:
				return e`add(spy(${this.mark()}).a, ${later()}, spy(${this.mark()})?.[${later()}] ?? 1)`;
			case 10:
				return e`(([${name}, spy(${this.mark()})[${value()}] = ${later()}] = [${value()}]), ${name})`;
			case 11:
				return e`(({ a: spy(${this.mark()}).a, b: ${name} = ${later()}, ...spy(${this.mark()}).rest } = { a: ${value()}, c: 1 }), ${name})`;
			case 12:
				return e`({ a: ${value()}, get b() { return ${this.synchronous(cx, depth - 1)}; }, [${this.log(cx, 0)}]: ${later()}, ...{ c: ${later()} } }).b`;
			case 13:
				return e`(${later()} < ${read} !== ${later()} > ${read} ? ${value()} : ${later()})`;
			case 14:
				return e`(spy(${this.mark()}).a${random.pick(["++", "--"])} + ${later()})`;
			case 15:
				return e`[...counted(${this.mark()}, ${later()} & 1), ${read}, ...[${later()}]].at(-1)`;
			default:
				return e`(${read} in spy(${this.mark()}) ? ${later()} : ${value()})`;
		}
	}

	/** Awaits in the corners of the grammar. */
	odd(cx, depth) {
		const { random } = this;
		const value = () => this.number(cx, depth - 1);
		const awaited = () => this.awaiting(cx, depth - 1);
		switch (random.below(24)) {
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
			case 17:
				return e`(class extends (await maybe(Box)) { static s = ${this.synchronous(cx, depth - 1)}; async [await maybe("k")]() {} }).s`;
			case 18:
				return e`(() => { let z = ${this.synchronous(cx, depth - 1)}; return { next: () => ++z, z }; })()[${awaited()} & 1 ? "z" : "next"]`;
			case 19:
				return e`[...(function* () { yield ${this.synchronous(cx, depth - 1)}; yield ${this.synchronous(cx, 0)}; })(), ${awaited()}].length`;
			case 20:
				return e`((await maybe(box))?.inner?.[${awaited()}]?.(${awaited()}) ?? ${value()})`;
			case 21:
				return e`(await maybe(add))?.(${awaited()}, ${value()})`;
			case 22:
				return e`(await (await maybe(op))(${awaited()}))`;
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

	yielding(cx, depth) {
		const { random } = this;
		return random.chance(0.7)
			? e`(yield ${this.number(cx, depth)})`
			: e`(yield ${cx.asynchronous ? this.awaiting(cx, depth) : this.number(cx, depth)})`;
	}
}
