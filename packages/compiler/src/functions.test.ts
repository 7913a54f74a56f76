import { describe, expect, test } from "vitest";
import { same } from "../test/compare.ts";
import { transform } from "./transform.ts";

describe("function declarations", () => {
	same(
		"are hoisted",
		`log(typeof early, early.name, early.length); async function main() { log(await early(1)); return inner(); async function inner() { return 2; } } async function early(a, b) { return a; }`,
	);
	same(
		"look like async functions",
		`
async function f(a, b = 1, ...c) {} const g = async (x) => x; const o = { async m(q, r) {} }; class C { async k(z) {} static async s() {} }
const AF = (async () => {}).constructor;
async function main() {
	for (const x of [f, g, o.m, new C().k, C.s]) log(x.name, x.length, Object.prototype.toString.call(x), Object.getPrototypeOf(x) === AF.prototype, x instanceof AF, typeof x);
	log(Object.getOwnPropertyNames(g).sort(), Object.getOwnPropertyDescriptor(g, "name"), Object.getOwnPropertyDescriptor(g, "length"));
	try { new (g as any)(); } catch (e) { log(e.name); }
	log(f() instanceof Promise, Object.getPrototypeOf(f()) === Promise.prototype);
}`,
	);
	same(
		"of one name: the last counts",
		`async function main() { async function f() { return 1; } async function f() { return 2; } log(await f()); function g() { return 1; } async function g() { return 2; } log(await g()); async function h() { return 1; } function h() { return 2; } log(h()); }`,
		{ sloppy: true },
	);
	same(
		"in blocks",
		`async function main() { { log(await f()); async function f() { return 1; } } const fs = []; for (let i = 0; i < 3; i++) { fs.push(g); async function g() { return i; } } for (const f of fs) log(await f()); log(typeof f); if (true) { async function h() { return h.name; } log(await h()); } }`,
	);
	same(
		"in blocks of sloppy code",
		`async function main() { { log(await f()); async function f() { return 1; } } const fs = []; for (let i = 0; i < 3; i++) { fs.push(g); async function g() { return i; } } for (const f of fs) log(await f()); log(typeof f); }`,
		{ sloppy: true },
	);
	same(
		"in blocks of sloppy code, called behind them after an await",
		`async function main() { let n = 0; { let v = 1; const c = () => v; function add() { v += 1; return v; } log(c()); } for (let i = 0; i < 2; i++) n += await f(add());
			switch (n) { case 5: let w = 2; log((() => w)()); function times(x) { w *= x; return w; } case 6: w = 9; } log(await f(times(2)), times(3)); log(await f(1), typeof never); if (n < 0) { function never() {} } }
		async function f(x) { await null; return x; }`,
		{ sloppy: true },
	);
	same(
		"whose name is a parameter's",
		`async function f(f) { return f; } async function main() { log(await f(3)); log(await g(1)); async function g(x) { var x = x + 1; return x; } }`,
	);
	same(
		"reassigned",
		`async function f() { return 1; } async function main() { log(await f()); f = async () => 2; log(await f()); }`,
		{ sloppy: true },
	);
	same(
		"recursive",
		`async function fib(n) { return n < 2 ? n : (await fib(n - 1)) + (await fib(n - 2)); } async function even(n) { return n === 0 ? true : odd(n - 1); } async function odd(n) { return n === 0 ? false : even(n - 1); } async function main() { return [await fib(12), await even(50)]; }`,
	);
	same(
		"in switch cases",
		`async function main() { for (const k of [1, 2]) switch (k) { case 1: log(await f()); break; case 2: async function f() { return "f" + k; } log(await f()); } }`,
	);
	same(
		"with properties",
		`async function f() { return f.count++; } f.count = 5; async function main() { await f(); log(f.count); log(f.hasOwnProperty("prototype") || true); }`,
	);
});

describe("function expressions and arrows", () => {
	same(
		"know their own name",
		`const a = async function rec(n) { return n ? rec(n - 1) : "end"; }; async function main() { log(await a(3), a.name); const b = async function self() { return self === b; }; log(await b()); const c = async function gone() { return 1; }; log(typeof gone, await c()); const d = async function p(p) { return p; }; log(await d(4)); }`,
	);
	same(
		"cannot assign their own name",
		`const a = async function rec() { try { rec = 1; } catch (e) { return e.name; } return "no"; }; async function main() { log(await a()); }`,
	);
	same(
		"cannot assign their own name in sloppy code either",
		`const a = async function rec() { rec = 1; return typeof rec; }; async function main() { log(await a()); }`,
		{ sloppy: true },
	);
	same(
		"are named as the language names them",
		`
const a = async () => {}; let b = async function () {}; var c; c = async () => {}; const { d = async () => {} } = {}; const [e = async function () {}] = []; const o = { f: async () => {}, "g h": async () => {}, 1: async () => {}, ["i" + 1]: async () => {}, [Symbol("j")]: async () => {}, [Symbol()]: async function () {}, async k() {}, async ["l" + 2]() {}, async [Symbol("m")]() {}, async 2() {}, async "n o"() {}, __proto__: async () => {} };
class C { x = async () => {}; #y = async () => {}; static z = async function () {}; get y() { return this.#y; } "q r" = async () => {}; }
function def(p = async () => {}) { return p; } c ??= async () => {}; let n; n ||= async () => {}; n &&= async () => {}; let paren = (async () => {}); const cast = (async () => {}) as any; const anon = [async () => {}, async function () {}];
async function main() { log(a, b, c, d, e, def(), n, paren, cast, ...anon); for (const k of Reflect.ownKeys(o)) log(String(k), JSON.stringify(o[k].name)); log(Object.getPrototypeOf(o).name); const i = new C(); log(i.x, i.y, C.z, i["q r"]); (a as any).b = async () => {}; log(JSON.stringify((a as any).b.name)); log((() => async () => {})()); }`,
	);
	same(
		"give their length",
		`async function main() { log((async () => {}).length, (async (a) => {}).length, (async (a, b = 1, c) => {}).length, (async (...r) => {}).length, (async ({ a }, [b]) => {}).length, (async function (a, b) {}).length); }`,
	);
	same(
		"take this from around them",
		`
function F() { this.v = 1; this.a = async () => this.v; this.b = async () => (async () => this.v)(); } const o = { v: 2, m() { return [async () => this.v, async (x = this.v) => x, () => async () => this?.v]; }, async n() { return (async () => { await null; return this.v; })(); } };
async function main() { const f = new F(); log(await f.a(), await f.b(), await f.a.call({ v: 9 })); const [x, y, z] = o.m(); log(await x(), await y(), await z()(), await o.n()); log(await (async () => this)()); }`,
	);
	same(
		"take arguments from around them",
		`
function f() { return (async () => arguments.length + arguments[0])(); } function g(a) { const h = async () => { await null; return (() => [...arguments, a])(); }; return h(9); } const o = { m() { return async () => ({ arguments }); }, get p() { return async () => arguments.length; } }; class C { constructor() { this.a = async () => [...arguments]; } a; static s() { return async (x) => arguments[x]; } async k() { return (async () => arguments[1])(5); } }
async function main() { log(await f(1, 2), await g(3, 4), (await o.m(5)()).arguments.length, await o.p(), await new C(6, 7).a(), await C.s(8)(0), await new C().k(1, 2)); const self = async function () { return (async () => arguments[0])(); }; log(await self(3)); }`,
	);
	same(
		"take sloppy arguments from around them",
		`function f(a) { const g = async () => { a = 5; return arguments[0]; }; return g(); } async function h(a) { arguments[0] = 7; return a; } async function main() { log(await f(1), await h(1)); }`,
		{ sloppy: true },
	);
	same(
		"take new.target from around them",
		`function F() { this.t = async () => new.target === F; } function G() { return async () => new.target; } async function main() { log(await new F().t(), await G()()); class D { constructor() { this.t = async () => { await null; return new.target.name; }; } t; } log(await new D().t()); log(await (async function () { return new.target; })()); }`,
	);
	same(
		"in derived constructors",
		`class B { v = 1; } class D extends B { constructor() { const early = async () => this.v; super(); this.e = early; this.l = async () => this.v; } e; l; } class E extends B { constructor() { const s = async () => { super(); }; s(); this.x = 3; } x; } async function main() { const d = new D(); log(await d.e(), await d.l()); log(new E().x); }`,
	);
});

describe("parameters", () => {
	same(
		"reject instead of throwing",
		`
async function f(a = t()) {} const g = async ({ x }) => x; const o = { async m([a]) {} }; class C { async k(a = t()) {} } function t() { throw new Error("param"); }
async function main() { for (const h of [f, g, o.m, new C().k]) { let p; try { p = h(); log("returned"); } catch (e) { log("thrown", e); continue; } try { await p; } catch (e) { log(e.message.slice(0, 20)); } } }`,
	);
	same(
		"see each other and this",
		`async function f(a, b = a + 1, { c = b, ...r } = {}, [d = c] = [], ...e) { return [a, b, c, d, e, r]; } const o = { v: 3, async m(a = this.v, g = () => this.v) { return [a, g()]; } }; async function main() { log(await f(1)); log(await f(1, 2, { c: 3, z: 1 }, [4], 5, 6)); log(await o.m()); const g = async (a, b = async () => a) => b(); log(await g(1)); }`,
	);
	same(
		"are shadowed by var",
		`async function f(a, b = () => a) { var a; log(a); a = 2; return [a, b()]; } async function g(x = 1) { var x = x; { var x = x + 1; } return x; } async function h(a) { var a; return a; } async function i(arguments_) { var arguments; return typeof arguments; } async function main() { log(await f(1), await g(), await h(5)); }`,
		{ sloppy: true },
	);
	same(
		"with arguments",
		`async function f(a) { arguments[0] = 9; return [a, arguments.length, arguments[1]]; } const o = { async m() { return [...arguments]; } }; async function main() { log(await f(1, 2)); log(await o.m(1, 2, 3)); log(await (async function (...r) { return arguments.length === r.length; })(1, 2)); }`,
	);
	same(
		"of missing and extra arguments",
		`async function f(a, b) { return [a, b, arguments.length]; } const g = async (a, b) => [a, b]; async function main() { log(await f(1), await f(1, 2, 3), await g(1), await g(1, 2, 3)); }`,
	);
	same(
		"TypeScript's this",
		`async function f(this: { v: number }, a: number) { return this.v + a; } async function main() { log(f.length, await f.call({ v: 1 }, 2)); const o = { v: 5, f }; log(await o.f(1)); }`,
	);
});

describe("this in sloppy code", () => {
	same(
		"is the global object or boxed",
		`async function f() { return this === globalThis; } async function g() { return typeof this; } const h = async function () { return this === globalThis; }; const o = { async m() { return typeof this; } }; async function main() { log(await f(), await g.call(5), await h(), await o.m.call("s"), await f.call(null)); }`,
		{ sloppy: true },
	);
	same(
		"is as given under use strict",
		`async function f() { "use strict"; return this; } async function g() { "use strict"; return typeof this; } const h = async function () { "use strict"; return this; }; async function main() { log(await f(), await g.call(5), await h(), await f.call(null)); }`,
		{ sloppy: true },
	);
	same(
		"strict functions refuse undeclared names",
		`async function f() { "use strict"; try { undeclared = 1; } catch (e) { return e.name; } } async function main() { return f(); }`,
		{ sloppy: true },
	);
});

describe("closures", () => {
	same(
		"see the same variables after a suspension",
		`async function main() { let n = 0; const inc = () => ++n; await sleep(1); inc(); await null; n += 10; log(inc(), n); const fs = []; for (let i = 0; i < 3; i++) { await null; fs.push(async () => { await null; return i++; }); } for (const f of fs) log(await f(), await f()); }`,
	);
	same(
		"hold on to functions inside functions",
		`async function outer(a) { async function mid(b) { const inner = async (c) => { await sleep(1); return a + b + c; }; return inner; } return mid; } async function main() { log(await (await (await outer(1))(2))(3)); }`,
	);
	same(
		"with TDZ and var",
		`async function main() { try { await null; x; let x = 1; } catch (e) { log(e.name); } log(v); await null; var v = 1; log(v); }`,
	);
});

describe("native functions", () => {
	same(
		"with direct eval",
		`async function f(x) { return eval("x + 1"); } const g = async () => { var q = 2; await null; return (() => eval("q"))(); }; async function h(y) { const k = async (z) => z; return k(y); } async function main() { log(await f(1), await g(), await h(3)); }`,
	);
	same(
		"with with",
		`async function f(o) { with (o) { await null; return v; } } const o = { async m() { return this === o; } }; function g() { with (o) { return async () => await m(); } } async function main() { log(await f({ v: 3 }), await g()()); }`,
		{ sloppy: true, filename: "program.js" },
	);
	same(
		"with yield as a name",
		`async function f() { var yield = 3; return yield; } async function g() { return 1; } async function main() { log(await f(), await g()); }`,
		{ sloppy: true },
	);
	same(
		"by directive",
		`async function f() { "use native"; await null; return f.toString().startsWith("async"); } async function g() { return 1; } async function main() { log(await f(), await g()); }`,
	);
});

describe("names of the compiler", () => {
	same(
		"keep away from the program's",
		`const $k = 1, $m = 2, $s = 3, $t = 4, $e_f = 5, $f = 6, $error = 7, $depth = 8, $o = 9, $p0 = 10; async function f(a) { let $c = 1; try { await (f2 as any)?.(a); } catch ($x) {} finally { await null; } return [$k, $m, $s, $t, $e_f, $f, $error, $depth, $o, $p0, $c, a]; } const f2 = async () => {}; async function main() { log(await f(1)); class C { async #f() { return 1; } #f$g = 2; async k() { return [await this.#f(), this.#f$g]; } } log(await new C().k()); }`,
	);
});

test("bodies bear the names of their functions, and hide nothing by them", () => {
	/** The names of the bodies in a program. */
	const namesIn = (source: string, bodies: "plain" | "generators" = "plain"): string[] => {
		const names: string[] = [];
		const note = (...values: unknown[]): void => {
			names.push((values.findLast((value) => typeof value === "function") as { name: string }).name);
		};
		const kernel = { module() {}, arrow: note, fn: note, method: note };
		const { code } = transform(source, { filename: "a.cjs", format: "commonjs", bodies });
		new Function("require", code)(() => ({ kernel }));
		return names;
	};
	for (const [source, name = "load"] of [
		["const load = async () => { await 1; };"],
		["const load = async function () { await 1; };"],
		["const load = async function () { await load(); };"],
		["const x = async function load() { await 1; };"],
		["const x = { load: async () => { await load; } };"],
		["class A { async load() { await 1; } }"],
		["class A { static async load() { await load(); } }"],
		["class A { async delete() { await 1; } }", "delete"],
		["const async = async () => { await 1; };", "async"],
	] as const) {
		expect(namesIn(source), source).toEqual([name]);
		expect(namesIn(source, "generators"), source).toEqual([name]);
	}
	expect(namesIn("class A { async __proto__() { await 1; } }")).toEqual(["$__proto__"]);
	expect(namesIn("const o = { async 'a b'() { await 1; } };")).toEqual(["$anonymous"]);
});
