import { describe } from "vitest";
import { same } from "../test/compare.ts";

const helpers = `
async function id<T>(x: T): Promise<T> { return x; }
async function later<T>(x: T): Promise<T> { await sleep(1); return x; }
async function fail(m: string): Promise<never> { await null; throw new Error(m); }
const fails = async (m: string): Promise<never> => { throw new RangeError(m); };
`;

const program = (body: string): string => `${helpers}\nasync function main() {\n${body}\n}`;

describe("await of a call", () => {
	same("gives its value", program(`log(await id(1)); log(await later(2)); return 5;`));
	same(
		"throws its error",
		program(`try { await fail("a"); } catch (e) { log(e); } try { await fails("b"); } catch (e) { log(e); }`),
	);
	same(
		"passes any number of arguments",
		program(`
const f = async (...a) => a.length + ":" + a.join();
log(await f()); log(await f(1)); log(await f(1, 2)); log(await f(1, 2, 3)); log(await f(1, 2, 3, 4)); log(await f(...[1, 2], 3));`),
	);
	same(
		"nests",
		program(
			`log(await id(await id(await later(await id(3))))); log((await id(1)) + (await later(2)) * (await id(3)));`,
		),
	);
	same(
		"of a method keeps this",
		program(`
const o = { v: 1, async m(a) { return [this === o, a]; }, n() { return Promise.resolve(this === o); }, s() { return this === o; } };
log(await o.m(1)); log(await o.n()); log(await o.s()); log(await o["m"](2)); const k = "m"; log(await o[k](3)); log(await (o.m)(4)); log(await (0, o.m)(5));`),
	);
	same(
		"of a detached method has no this",
		program(`const o = { async m() { return this; } }; const { m } = o; log(await m());`),
	);
	same(
		"of sync functions, values and thenables",
		program(`
log(await 1); log(await "x"); log(await undefined); log(await null); log(await (() => 7)());
log(await { then(ok) { ok(8); } }); try { await { then(_, no) { no(new Error("t")); } }; } catch (e) { log(e); }
log(await Promise.resolve(9)); log(await { x: 1 });`),
	);
	same(
		"words errors as the engine does",
		program(`
const o = { a: {} , n: null}; let u;
for (const f of [async () => await u(), async () => await o.b(), async () => await o.a.b(1), async () => await o["x"](), async () => await (1)(), async () => await o.n.x(), async () => await u.x.y()]) {
	try { await f(); } catch (e) { log(e); }
}`),
	);
	same(
		"evaluates callee, receiver and arguments in the language's order",
		program(`
const t = (n, v) => { log(n); return v; };
await t("f", id)(t("a", 1), await t("g", id)(t("b", 2)));
const o = { m: async (...a) => log("call", ...a) };
await t("o", o)[t("k", "m")](t("x", 1), t("y", 2));
let p = { async m() { log("old"); } };
await p.m(p = { async m() { log("new"); } });
let q: any = { async m() { log("first"); } };
await q.m(q.m = async () => log("second"));
try { let z: any; await z.m(log("never")); } catch (e) { log(e.name); }
try { let z: any = {}; await z.m(log("evaluated")); } catch (e) { log(e.name); }`),
	);
	same(
		"as an argument of a call that was looked up before",
		program(`
let o: any = { async m(x) { return "old" + x; } };
log(await o.m(await (async () => { o.m = async (x) => "new" + x; return 1; })()));`),
	);
	same(
		"through casts, ! and satisfies",
		program(`
const o: { m?: (x: number) => Promise<number> } = { m: async (x) => x };
log(await (id as any)(1)); log(await (id(2) as Promise<number>)); log(await id<number>(3)!); log(await o.m!(4)); log(await (o as any).m(5)); log(await (id(6) satisfies Promise<number>)); log(await (<any>id)(7));`),
	);
	same(
		"calls of calls",
		program(
			`const f = async (a) => async (b) => a + b; log(await (await f(1))(2)); const g = (a) => async (b) => a * b; log(await g(3)(4));`,
		),
	);
	same(
		"immediately called functions",
		program(
			`log(await (async () => { await null; return 1; })()); log(await (async function () { return 2; })()); log(await (() => id(3))());`,
		),
	);
	same(
		"new, tagged templates, import.meta-free members",
		program(`
class P { constructor(v) { this.v = v; } v; then(ok) { ok(this.v); } } log(await new P(3)); const tag = (s, ...v) => Promise.resolve(s.raw.join("|") + v.join()); log(await tag\`a\${1}b\`); log(await [1, 2][1]); log(await (class { static async f() { return 4; } }).f());`),
	);
	same(
		"arguments that are functions, objects and templates",
		program(`
const o = { async m(...a) { return a.map((x) => typeof x === "function" ? x() : x); } }; const v = 3;
log(await o.m(() => v, { a: v, ["b"]: [v] }, \`t\${v}\`, !v, -v, v > 2 ? "y" : "n", v ?? 0)); log(await o.m({ ...{ z: 1 } }, [...[1, 2]]));`),
	);
});

describe("await of an expression with calls in its arms", () => {
	same(
		"?:",
		program(
			`for (const c of [true, false]) { log(await (c ? id(1) : later(2))); log(await (c ? 3 : id(4))); log(await (c ? (c ? id(5) : id(6)) : id(7))); }`,
		),
	);
	same(
		"&&, ||, ??",
		program(`
for (const v of [0, 1, "", null, undefined, Promise.resolve(9)] as any[]) {
	log(await (v && id("and"))); log(await (v || id("or"))); log(await (v ?? later("nullish")));
}
log(await (id(0) || id("not taken"))); log(await ((null ?? undefined) ?? id(2))); log(await (1 && 2 && id(3)));`),
	);
	same(
		"comma",
		program(`log(await (log("first"), id(1))); log(await (id(2), 3)); log(await ((log("a"), log("b"), id(4))));`),
	);
	same(
		"mixed",
		program(
			`const o: any = { f: null }; log(await (o.f?.(1) ?? id(2))); log(await (o.g ? o.g() : o.f || (o.h && id(1)) || later(3)));`,
		),
	);
});

describe("optional chains", () => {
	same(
		"of every shape",
		`
const o: any = { m: async function (x) { return [this === o, x]; }, n: { async p(x) { return [this === o.n, x]; } }, z: undefined, g: null, async f() { return 7; }, k: () => ({ async l(x) { return x; } }) };
async function main() {
	const u: any = undefined; const f = async (x) => x; const nf: any = null;
	log(await o?.m(1)); log(await u?.m(1)); log(await o?.n.p(2)); log(await o.n?.p(3)); log(await o?.n?.p?.(4));
	log(await o.z?.(5)); log(await o.z?.p(6)); log(await o?.g?.p.q.r(7)); log(await u?.a.b.c(log("no")));
	log(await o.f?.()); log(await o["f"]?.()); log(await (o?.m)(8)); log(await o!.m!(9)); log(await f?.(10)); log(await nf?.(log("no")));
	log(await o.k().l(11)); log(await o?.k().l(12)); log(await o.k?.().l(13)); log(await o?.k?.()?.l?.(14)); log(await o.k?.()["l"]?.(15)); log(await nf?.()()); log(await o?.["n"]["p"](16));
	for (const g of [() => o?.z.p(1), () => o?.missing(1), () => u?.m(1), () => o?.n.p.q.r(2)]) { try { log(await g()); } catch (e) { log(e.name); } }
	try { await o?.z.p(1); } catch (e) { log(e); }
	try { await o?.missing(1); } catch (e) { log(e.name); }
	try { await o.n?.z(1); } catch (e) { log(e.name); }
}`,
	);
	same(
		"evaluates each part once",
		program(`
let n = 0; const o = () => { n++; return { p: { q: async (x) => x } }; };
log(await o()?.p?.q?.(n)); log(n); log(await o()?.p.q(n)); log(n); const a = [async (x) => x]; let i = 0; log(await a[i++]?.(5)); log(i); log(await a[i++]?.(log("no"))); log(i);`),
	);
	same(
		"keeps this through chains",
		program(`
const o = { v: 1, a: { v: 2, async f() { return this.v; }, g() { return this; } } };
log(await o?.a.f()); log(await o.a?.f()); log(await o.a.f?.()); log(await o?.a?.f?.()); log(await o.a?.g().f()); log(await o.a.g?.().f?.());`),
	);
});

describe("return", () => {
	same(
		"of a call is awaited",
		program(`
async function a() { return id(1); } async function b() { return later(2); } async function c() { return fail("c"); }
log(await a(), await b()); try { await c(); } catch (e) { log(e); }`),
	);
	same(
		"of arms",
		program(`
const f = async (n) => { return n === 0 ? id("z") : n === 1 ? "one" : n === 2 ? Promise.resolve("p") : (n && later("l")) || 5; };
for (let i = 0; i < 5; i++) log(await f(i)); const g = async (x) => { return x?.m?.(1); }; log(await g(null), await g({ m: async (y) => y + 1 }));`),
	);
	same(
		"of a call in try is awaited after finally",
		program(`
async function slow(l) { await sleep(15); log("slow " + l); return l; }
async function a() { try { return slow("a"); } finally { log("finally a"); } }
async function b() { try { return fail("b"); } catch (e) { log("never " + e); return 1; } finally { log("finally b"); } }
async function c() { try { throw 1; } catch { return slow("c"); } finally { await sleep(1); log("finally c"); } }
async function d() { for (const x of [1]) return slow("d"); }
async function e() { try { return x?.y(); } finally { log("e"); } } const x: any = null;
async function g() { try { return id(1) && slow("g"); } finally { log("g"); } }
log(await a()); try { await b(); } catch (e) { log(e); } log(await c()); log(await d()); log(await e()); log(await g());`),
	);
	same("of a thenable", program(`async function f() { return { then(ok) { ok("t"); } }; } log(await f());`));
	same(
		"in an expression body",
		program(
			`const f = (x) => async (y) => id(x + y); log(await (await f(1))(2)); const g = async () => ({ a: 1 }); log(await g()); const h = async () => (1, id(2)); log(await h()); const i = async () => void 0; log(await i());`,
		),
	);
	same(
		"inside for of closes the iterator first",
		program(`
function* gen() { try { yield 1; yield 2; } finally { log("closed"); } }
async function f() { for (const x of gen()) return later(x).then((v) => { log("called"); return v; }); }
async function g() { for (const x of gen()) { return (async () => { log("start"); await null; log("end"); return x; })(); } }
log(await f()); log(await g());`),
		{ order: "native" },
	);
	same(
		"keeps what stands on the next line",
		program(`
async function f() {
	return (
		// a comment
		id(
			1, // one
		)
	);
}
async function g() { return /* inline */ id(2) }
async function h() { return [
	await id(3) ] }
log(await f(), await g(), await h());`),
	);
});

describe("statements without semicolons", () => {
	same(
		"keep their meaning",
		`
async function id(x) { return x }
async function main() {
	let a = 1
	await id(a)
	const b = a
	await (a ? id(2) : id(3))
	log(a)
	await a
	;[1].forEach(x => log(x))
	if (a) await id(4)
	else await id(5)
	if (!a) await id(6); else await id(7)
	for (const x of [1]) await id(x)
	do await id(8)
	while (false)
	label: await id(9)
	const f = async () => log("f")
	await f()
	switch (a) { case 1: log("case")
		await id(10)
		break
	}
	return b
}`,
	);
});

describe("await in odd places", () => {
	same(
		"operators and literals",
		program(`
let x: any = 1; x += await id(2); log(x); x ||= await id(3); log(x); let o: any = {}; o[await id("k")] = await later(4); log(o);
log([await id(1), ...(await id([2, 3]))], { [await id("p")]: await id(5), ...(await id({ q: 6 })) }, \`\${await id("t")}\`, !(await id(0)), typeof (await id(1)), -(await id(2)), (await id(2)) ** 3);
const [y = await id(7), { z = await id(8) }] = [undefined, {}] as any; log(y, z); log(((await id(id)) as any).name, (await id({ a: { b: 1 } })).a.b, (await id([1]))[await id(0)]);
log((await id(1)) in { 1: 2 }, (await id({})) instanceof Object, void (await id(1)), await id(1) , (await id(2), await id(3)));
delete o[await id("k")]; log(o); x = (await id(5)) > (await id(4)) ? await id("yes") : await id("no"); log(x);`),
	);
	same(
		"control heads",
		program(`
if (await id(true)) log("if"); while (await id(false)) log("no"); for (let i = await id(0); i < (await id(2)); i += await id(1)) log(i);
switch (await id(2)) { case await id(1): log("one"); break; case await id(2): log("two"); break; default: log("d"); }
for (const k in await id({ a: 1, b: 2 })) log(k); for (const v of await id([1, 2])) log(v); do { log("once"); } while (await id(false));
try { throw await id(new Error("thrown")); } catch (e) { log(e); }`),
	);
	same(
		"classes in functions",
		program(`
class A extends (await id(class { b() { return 1; } })) { [await id("k")]() { return 2; } static [await id("s")] = 3; }
const a: any = new A(); log(a.b(), a.k(), (A as any).s);`),
	);
	same(
		"assignment evaluates the left side first",
		program(
			`let a = 1; const f = async () => { a = 10; return 5; }; a = a + (await f()); log(a); let o: any = { v: 1 }; const g = async () => { o = { v: 100 }; return 1; }; o.v = await g(); log(o); let n = 1; n += await f().then(() => { n = 50; return 1; }); log(n);`,
		),
	);
});

describe("order across tasks", () => {
	same(
		"in native ticks is the engine's",
		program(`
const out = []; const f = async (n, k) => { for (let i = 0; i < k; i++) { await null; log(n + i); } return n; };
const g = async () => { log(await f("a", 3)); return f("b", 2); };
const h = async () => { await Promise.resolve(); log("h1"); await { then(ok) { ok(); } }; log("h2"); return Promise.resolve("hp"); };
const i = async () => { await id(1); log("i1"); await id(2); log("i2"); };
const j = async () => { try { return f("j", 1); } finally { log("jf"); } };
const k = async () => { try { await Promise.reject(1); } catch { log("k"); } };
log(await Promise.all([f("x", 4), g(), h(), i(), j(), k(), f("y", 3), Promise.resolve().then(() => log("t1")).then(() => log("t2")).then(() => log("t3"))]));`),
		{ order: "native" },
	);
	same(
		"starts bare calls at once",
		program(
			`const f = async () => { log("in f"); await null; log("after"); return 1; }; const p = f(); log("called"); log(p instanceof Promise); log(await p);`,
		),
		{ order: "native" },
	);
	same(
		"combinators",
		program(`
log(await Promise.all([id(1), later(2), 3])); log(await Promise.race([later("slow").then((x) => sleep(3).then(() => x)), id("fast")])); log(await Promise.any([fail("x").catch((e) => { throw e; }), later("any")])); log((await Promise.allSettled([id(1), fails("r").catch((e) => e.message)])).map((r) => r.status));
const { all } = { all: (x) => Promise.all(x) }; log(await all([id(1)])); return Promise.all([id(4)]);`),
	);
	same(
		"then, catch and finally of a call",
		program(
			`log(await id(1).then((x) => x + 1)); log(await fails("q").catch((e) => e.name)); log(await later(1).finally(() => log("fin")));`,
		),
	);
});

describe("what is returned without an await is awaited", () => {
	same(
		"combinators of promises, calls of optional chains, and the arms of conditions",
		`
const o = { m: () => Promise.resolve(3) }; class A { m() { return Promise.resolve(5); } } class B extends A { async m() { return super.m(); } async k() { return (() => super.m())(); } }
async function main() {
	const all = async (w) => { return Promise.all(w); }; const race = async (w) => Promise.race(w); const either = async (x) => { return x ? Promise.all([1]) : Promise.race([2]); };
	const chain = async () => (o?.m)(); const optional = async () => Promise.all?.([4]); const inTry = async (x) => { try { return Promise.all([x]); } catch { return "no"; } finally { log("finally"); } };
	for (const value of [await all([1]), await race([2]), await either(1), await either(0), await chain(), await optional(), await new B().m(), await new B().k(), await inTry(6), await inTry(Promise.resolve(7))]) log(value instanceof Promise, value);
	try { await inTry(Promise.reject(new Error("rejected"))); } catch (error) { log(error.message); }
}`,
	);
});

describe("classes that functions before them use", () => {
	same(
		"are constructed, also by their members",
		`
async function main() {
	const make = () => new E("x"); const inner = () => new E.Inner(1).n; const wrapped = () => new (E)("y"); const late = () => new Late; const tag = () => E.t\`a\`; const call = () => E.t(["b"]);
	try { make(); } catch (error) { log(error.name); } await null;
	class E extends Error { static Inner = class { constructor(n) { this.n = n; } }; static t(s) { return s[0]; } } class Late { m = 1; }
	log(make() instanceof E, make().message, inner(), wrapped().message, late().m, tag(), call()); await null; log(make().message);
}`,
	);
});
