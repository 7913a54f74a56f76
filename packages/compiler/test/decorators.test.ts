// Decorators of both kinds are lowered by other tools after the compiler; what they see and put in place is as natively.

import { transformSync as lowerStandard } from "esbuild";
import { kernel } from "holdfast/compiled";
import { transformSync as lowerLegacy } from "oxc-transform";
import { describe, expect, test } from "vitest";
import { transform } from "../src/index.ts";

type Decorate = (
	decorators: ((...args: unknown[]) => unknown)[],
	target: object,
	key?: string,
	given?: unknown,
) => unknown;

/** As TypeScript's own helper. */
const decorate: Decorate = (decorators, target, key, given) => {
	let result = key === undefined ? target : given === null ? Object.getOwnPropertyDescriptor(target, key) : given;
	for (const decorator of [...decorators].reverse())
		result = (key === undefined ? decorator(result) : decorator(target, key, result)) ?? result;
	if (key !== undefined && result) Object.defineProperty(target, key, result);
	return result;
};

const lower = {
	standard: (code: string) => lowerStandard(code, { loader: "ts", target: "es2022" }).code,
	legacy: (code: string) => {
		const options = { decorator: { legacy: true }, sourceType: "commonjs", helpers: { mode: "External" } };
		const { code: lowered, errors } = lowerLegacy("a.ts", code, options as Parameters<typeof lowerLegacy>[2]);
		expect(errors).toEqual([]);
		return lowered;
	},
};

type Kind = keyof typeof lower;

function outcome(code: string, kind: Kind): Promise<unknown> {
	const evaluate = new Function("require", "babelHelpers", `${lower[kind](code)}\n;return main();`);
	return evaluate(() => ({ kernel }), { decorate }) as Promise<unknown>;
}

function sameDecorated(name: string, source: string, kinds: readonly Kind[] = ["standard", "legacy"]): void {
	test.each(kinds)(`${name}: %s decorators`, async (kind) => {
		const code = `"use strict";\n${source}`;
		const expected = JSON.stringify(await outcome(code, kind));
		for (const bodies of ["plain", "generators"] as const) {
			const compiled = transform(code, { filename: "a.ts", format: "commonjs", bodies });
			expect(compiled.changed).toBe(true);
			expect(JSON.stringify(await outcome(compiled.code, kind)), compiled.code).toBe(expected);
		}
	});
}

describe("a decorated class", () => {
	sameDecorated(
		"that stays what it is",
		`const seen = []; const note = (C) => { seen.push(C.name, Object.getOwnPropertyNames(C.prototype)); };
		@note class Service { #p = 1; async m(x) { await null; return [this.#p, x, Service.name]; } static async s() { await null; return new this().m(2); } async *all() { yield 1; yield* [await 2]; } }
		async function main() { const all = []; for await (const x of new Service().all()) all.push(x); return [await new Service().m(1), await Service.s(), all, seen]; }`,
	);
	sameDecorated(
		"in whose place a subclass is put that has methods of its own",
		`const sub = (C) => class extends C { extra = 1; async m(x) { return ["own", await super.m(x), this.extra]; } };
		class Base { async hello() { return "base"; } static async s() { return "static base"; } }
		@sub class Service extends Base { #p = 5; async m(x) { await null; return [x, this.#p]; } async other() { await null; return this.m(7); } async hello() { await null; return "hello " + (await super.hello()); } static async s() { return "static " + (await super.s()); } }
		async function main() { const s = new Service(); return [await s.m(1), await s.other(), await s.hello(), await Service.s(), Object.getOwnPropertyNames(Service.prototype)]; }`,
	);
	sameDecorated(
		"in whose place something else is put that keeps an instance, or the class",
		`const kept = []; const single = (C) => { const one = new C(); return function Other() { return one; }; }; const keep = (C) => { kept.push(C); return class { async m() { return "not the same"; } }; };
		@single class Service { n = 0; async next() { await null; return ++this.n; } }
		@keep class Kept { async m() { await null; return "kept"; } }
		async function main() { const s = new Service(); return [await s.next(), await new Service().next(), await new kept[0]().m(), await new Kept().m()]; }`,
	);
	sameDecorated(
		"that is made anew in each turn of a loop and each call",
		`const sub = (C) => class extends C { x() { return [super.x(), "sub"]; } };
		function make(n) { const list = []; for (let i = 0; i < 2; i++) { @sub class D { x() { return n; } async m() { await null; return [this.x(), i]; } } list.push(D); } return list; }
		async function main() { const r = []; for (const D of [...make(1), ...make(2)]) r.push(await new D().m()); return r; }`,
	);
});

test.each([
	"@d export class A { async m() {} }",
	"export @d class A { async m() {} }",
	"@d export default class { async m() {} }",
])("%s: the class is kept by a decorator that stands behind the others", (source) => {
	const { code } = transform(source, { filename: "a.ts", format: "module" });
	expect(code).toMatch(
		/@d +@\(\$class = void 0, \(\$value, \$context\) => \{ if \(\$context\) \$class = \$value; \}\) /,
	);
	expect(() => lower.standard(code)).not.toThrow();
});

describe("decorated methods", () => {
	sameDecorated(
		"are replaced, bound and registered",
		`const seen = [];
		const logged = (value, { kind, name, static: isStatic }) => { seen.push(kind, String(name), isStatic, value.name, value.length); return async function (...args) { seen.push("before"); try { return await value.apply(this, args); } finally { seen.push("after"); } }; };
		const bound = (value, { name, addInitializer }) => { addInitializer(function () { this[name] = value.bind(this); }); };
		const counted = (_, { name }) => function (initial) { seen.push("field " + String(name)); return initial; };
		class Service {
			n = 1; #secret = 5;
			@logged async work(a, b = 2) { await null; return [this.n, a, b, this.#secret]; }
			@bound async own() { await null; return this.n; }
			@logged static async make(x) { await null; return new this(); }
			@counted handler = async () => { await null; return this.n; };
			@logged async #hidden() { await null; return this.#secret; }
			async reveal() { return await this.#hidden(); }
			async plain() { await null; return this.n + Service.name; }
		}
		async function main() { const s = await Service.make(); const { own } = s; return [await s.work(3), await own(), await s.handler(), await s.reveal(), await s.plain(), seen]; }`,
		["standard"],
	);
	sameDecorated(
		"of a decorated class in whose place a subclass is put",
		`const twice = (value) => async function (...args) { return [await value.apply(this, args), await value.apply(this, args)]; };
		const sub = (C) => class extends C { extra = 1; };
		@sub class Service { #p = 1; @twice async work(x) { await null; return [x, this.#p++, this.extra]; } @twice static async make() { await null; return this.name; } async m() { await null; return this.#p; } }
		async function main() { const s = new Service(); return [await s.work(1), await s.m(), (await Service.make()).length]; }`,
		["standard"],
	);
});
