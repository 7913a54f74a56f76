import { describe } from "vitest";
import { same } from "../test/compare.ts";

const helpers = `
const res = (n, async_ = true) => ({ n, ...(async_ ? { async [Symbol.asyncDispose]() { log("dispose " + n); await sleep(1); log("disposed " + n); } } : {}), [Symbol.dispose]() { log("sync dispose " + n); } });
const bad = (n) => ({ async [Symbol.asyncDispose]() { await null; throw new Error("dispose " + n); }, [Symbol.dispose]() { throw new Error("dispose " + n); } });
async function id(x?) { return x; } async function fail(m) { await null; throw new Error(m); }
`;
const program = (body: string): string => `${helpers}\nasync function main() {\n${body}\n}`;

describe("await using", () => {
	same(
		"disposes at the end of its block, newest first",
		program(
			`{ await using a = res("a"), b = res("b"); await using c = res("c", false); log("body", a.n, b.n, c.n); } log("after"); const f = async () => { await using x = res("x"); return x.n; }; log(await f());`,
		),
	);
	same(
		"disposes on every way out",
		program(
			`const f = async (how) => { for (const i of [0, 1]) { await using a = res(how + i); if (how === "break") break; if (how === "continue") continue; if (how === "return") return id("r"); if (how === "throw") await fail("t"); } return "end"; }; for (const h of ["break", "continue", "return", "throw", "none"]) try { log(await f(h)); } catch (e) { log(e); }`,
		),
	);
	same(
		"throws what disposal throws",
		program(
			`try { await using a = bad("a"); log("body"); } catch (e) { log(e); } try { await using a = res("ok"); await fail("body"); } catch (e) { log(e); } try { using a = bad("s"); } catch (e) { log(e); }`,
		),
	);
	same(
		"takes null and undefined, refuses others",
		program(
			`{ await using a = null; await using b = undefined; using c = null; log(a, b, c); } try { await using x = {} as any; } catch (e) { log(e.name); } try { using x = 5 as any; } catch (e) { log(e.name); }`,
		),
	);
	same(
		"keeps hoisting and closures",
		program(
			`{ log(typeof early); using a = res("a"); const v = 1; function early() { return v + 1; } log(early(), await later()); async function later() { return v + a.n; } } { const get = () => r.n; using r = res("late"); log(get()); }`,
		),
	);
	same(
		"in try, switch blocks, loops and labels",
		program(
			`try { using a = res("t"); throw new Error("x"); } catch (e) { log(e); } finally { using f = res("f"); log("fin"); } switch (1) { case 1: { using s = res("s"); break; } } l: { using q = res("q"); break l; } for (let i = 0; i < 2; i++) { using r = res("r" + i); if (i === 0) continue; await null; } if (true) { await using z = res("z"); }`,
		),
	);
	same(
		"in heads of loops",
		program(
			`for (using a = res("h"); ;) { log("once"); break; } for (using b of [res("b1"), res("b2")]) { log(b.n); await null; } for (await using c of [res("c1"), res("c2")]) log(c.n); async function* g() { yield res("g1"); yield res("g2"); } for await (using d of g()) { log(d.n); } o: for (using e of [res("e1"), res("e2")]) { for (;;) continue o; } for await (await using f of g()) { log(f.n); break; } for (await using i = res("i"), j = res("j"); ;) { break; }`,
		),
	);
	same(
		"in async generators",
		program(
			`async function* g() { await using a = res("a"); yield 1; using b = res("b"); yield 2; } for await (const x of g()) log(x); for await (const x of g()) { log(x); break; } const it = g(); await it.next(); try { await it.throw(new Error("in")); } catch (e) { log(e); }`,
		),
	);
});

describe("resources without a name", () => {
	same(
		"anonymous functions and classes take the declaration's",
		program(
			`const d = Function.prototype as any; d[Symbol.dispose] = () => {}; { using a = () => {}, b = async () => {}, c = function () {}, e = class {}, f = (() => {}) as any; log(a.name, b.name, c.name, e.name, f.name); } { await using a = () => {}, b = async () => {}, c = function* () {}, e = class {}, f = (class {}) as any; const later = () => c.name; await null; log(a.name, b.name, later(), e.name, f.name); } { let f: any = () => {}, g: any = class { static k = 1; }, h = await null; const set = () => { f = g; g = f; }; log(f.name, g.name, h); await null; set(); log(f.name); } delete d[Symbol.dispose];`,
		),
	);
});

describe("using in functions that are not async", () => {
	same(
		"sync functions, methods, arrows, generators, getters",
		`${helpers}
function f() { using a = res("f"); log("body"); return 1; } const g = (x) => { using a = res("g"); if (x) throw new Error("g"); return 2; }; class C { m() { using a = res("m"); return this; } static { using s = res("static"); log("block"); } get p() { using a = res("p"); return 3; } constructor() { using a = res("ctor"); } } function* gen() { using a = res("gen"); yield 1; yield 2; }
async function main() { log(f()); log(g(0)); try { g(1); } catch (e) { log(e); } const c = new C(); log(c.m() === c, c.p); for (const x of gen()) { log(x); break; } log([...gen()]); try { (() => { using a = bad("d"); })(); } catch (e) { log(e); } for (using q of [res("q")]) log("loop"); }`,
	);
});
