import { describe } from "vitest";
import { same } from "../test/compare.ts";

const helpers = `
async function id(x?) { return x; } async function fail(m) { await null; throw new Error(m); } const all = async (it) => { const out = []; for await (const x of it) out.push(x); return out; };
`;
const program = (body: string): string => `${helpers}\nasync function main() {\n${body}\n}`;

describe("async generators", () => {
	same(
		"of every shape",
		`${helpers}
async function* decl(n) { for (let i = 0; i < n; i++) { await null; yield i; } return "r"; } const expr = async function* (a = 1) { yield a; }; const named = async function* me(n) { if (n) { yield n; yield* me(n - 1); } }; const o = { async *m() { yield this.v; }, v: 3, async *["c" + 1]() { yield 4; }, async *[Symbol.asyncIterator]() { yield* [1, 2]; } } as any; class A { v = 5; async *m() { yield this.v; } static async *s() { yield this.name; } async *#p() { yield this.v; } p() { return this.#p(); } async *[Symbol.asyncIterator]() { yield* this.#p(); } }
async function main() { log(await all(decl(3)), await all(expr()), await all(named(3)), await all(o.m()), await all(o.c1()), await all(o), await all(new A().m()), await all(A.s()), await all(new A().p()), await all(new A()));
 const AGF = (async function* () {}).constructor; for (const f of [decl, expr, named, o.m, new A().m, A.s]) log(f.name, f.length, Object.prototype.toString.call(f), f instanceof AGF, typeof f.prototype); const g = decl(1); log(Object.prototype.toString.call(g), g[Symbol.asyncIterator]() === g, g instanceof decl, typeof g.next, typeof g.return, typeof g.throw); log(await decl(0).next()); try { new (expr as any)(); } catch (e) { log(e.name); } }`,
	);
	same(
		"start lazily, throw parameter errors at once",
		program(
			`async function* g(a = t()) { log("started"); yield a; } function t() { throw new Error("param"); } try { g(); } catch (e) { log("thrown", e); } const h = g(1); log("made"); log(await h.next());`,
		),
	);
	same(
		"take values, errors and returns",
		program(`
async function* g() { try { const a = yield 1; log("got", a); try { yield 2; } catch (e) { log("caught", e); yield "after"; } const b = yield; log("b", b); } finally { log("finally"); await null; log("finally 2"); } }
let i = g(); log(await i.next("ignored")); log(await i.next("A")); log(await i.throw(new Error("in"))); log(await i.next()); log(await i.next("B")); log(await i.next()); i = g(); log(await i.return(5)); log(await i.next()); i = g(); await i.next(); log(await i.return(Promise.resolve(6))); i = g(); try { await i.throw(new Error("early")); } catch (e) { log(e); } log(await i.next()); i = g(); await i.next(); try { await i.throw(new Error("out")); } catch (e) { log(e); } i = g(); await i.next(); try { log(await i.return(Promise.reject(new Error("rejected return")))); } catch (e) { log(e); }`),
	);
	same(
		"await what they yield and return",
		program(
			`async function* g() { yield Promise.resolve(1); yield id(2); const x = yield await id(3); log(x); try { yield fail("y"); } catch (e) { log(e); } return Promise.resolve("ret"); } const i = g(); for (let n = 0; n < 6; n++) log(await i.next(n)); async function* r() { try { return fail("r"); } catch (e) { log("in place", e); return id("ok"); } } log(await r().next()); async function* c() { yield (true ? id("t") : 0); yield* (await id([1, 2])); } log(await all(c()));`,
		),
	);
	same(
		"yield in finally overrides return",
		program(
			`async function* g() { try { yield 1; } finally { yield "f1"; yield "f2"; } } const i = g(); log(await i.next(), await i.return("x"), await i.next(), await i.next(), await i.next()); async function* h() { try { yield 1; } finally { return "over"; } } const j = h(); log(await j.next(), await j.return("x")); async function* k() { for (;;) { try { yield 1; } finally { break; } } yield "went on"; } const l = k(); log(await l.next(), await l.return("x"), await l.next());`,
		),
	);
	same(
		"delegate to every kind of iterable",
		program(`
async function* inner() { try { const a = yield "i1"; log("inner got", a); yield "i2"; return "inner result"; } catch (e) { log("inner caught", e); yield "recovered"; return "rec"; } finally { log("inner finally"); } } async function* outer() { const r = yield* inner(); log("r", r); const s = yield* [Promise.resolve("s1"), "s2"]; log("s", s); const t = yield* (function* () { yield "t1"; return "tr"; })(); log("t", t); return "done"; }
let i = outer(); for (let n = 0; n < 8; n++) log(await i.next(n)); i = outer(); await i.next(); log(await i.throw(new Error("thrown in"))); log(await i.next()); i = outer(); await i.next(); log(await i.return("R")); log(await i.next()); const none = { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 1, done: false }) }) }; async function* d() { yield* none as any; } let j = d(); await j.next(); log(await j.return("no return")); j = d(); await j.next(); try { await j.throw(new Error("no throw")); } catch (e) { log(e.name); } try { await (async function* () { yield* 5 as any; })().next(); } catch (e) { log(e.name); }`),
	);
	same(
		"queue requests",
		program(
			`async function* g() { log("a"); yield 1; await null; log("b"); yield 2; log("c"); } const i = g(); const ps = [i.next(), i.next(), i.next(), i.next()]; log("asked"); for (const p of ps) log(await p); const j = g(); log((await Promise.all([j.next(), j.return("x"), j.next()])));`,
		),
		{ order: "native" },
	);
	same(
		"order of ticks",
		program(
			`const tick = (n, k) => { let p = Promise.resolve(); for (let x = 0; x < k; x++) p = p.then(() => { log("t" + n + x); }); return p; }; async function* g() { log("g0"); yield 1; log("g1"); yield Promise.resolve(2); log("g2"); await null; log("g3"); return 4; } tick("a", 14); for await (const x of g()) log("v" + x); tick("b", 8); const i = g(); await i.next(); log("n1"); await i.return(9); log("ret"); async function* d() { yield* g(); } tick("c", 25); for await (const x of d()) log("d" + x); tick("e", 12); for await (const x of [1, Promise.resolve(2)]) log("s" + x); await sleep(10);`,
		),
		{ order: "native" },
	);
	same(
		"arrows, this and arguments inside",
		program(
			`async function* g() { const f = async () => arguments.length; yield await f(); yield (() => arguments[0])(); yield await (async () => this)(); } log(await all(g.call("t" as any, 1, 2)));`,
		),
	);
	same(
		"sync generators are left alone",
		program(
			`function* s() { const x = yield 1; log(x); yield* [2]; } const i = s(); log(i.next(), i.next("v"), i.next()); const o = { *g() { yield async () => 1; } }; log(await [...o.g()][0]());`,
		),
	);
	same(
		"prototype can be changed",
		`async function* g() { yield 1; } async function main() { g.prototype.extra = "e"; log((g() as any).extra); const h = async function* () {}; (h as any).prototype = null; log(typeof h().next); }`,
	);
	same(
		"yield as an operand",
		program(`async function* g() { const a = (yield 1) + (yield 2); log(a); const b = [yield 3, yield]; log(b); const o = { p: yield 4, [yield "k"]: 1 }; log(o); return yield yield 5; } const i = g(); for (let n = 0; n < 10; n++) log(await i.next(n)); const f = async function* () { yield
	yield 2 }; log(await all(f()));`),
	);
	same(
		"with break inside destructuring and spread",
		program(
			`async function* g() { try { yield [1, 2]; yield [3, 4]; } finally { log("closed"); } } for await (const [a, b] of g()) { log(a, b); if (a === 1) break; } for await (const [a] of g()) { if (a === 1) continue; log(a); }`,
		),
	);
});
