import { describe } from "vitest";
import { same } from "../test/compare.ts";

describe("class methods", () => {
	same(
		"of a name that means something else inside",
		`const get = async (x) => x + 1, get$1 = async (x) => x + 2, $ = (x) => x + 3;
class A { async get(x) { return await get(x); } async get$1(x) { return await get$1(x); } async $(x) { await null; return $(x); } async g(x) { return await this.get(x); } }
async function main() { const a = new A(); log(await a.get(1), await a.get$1(1), await a.$(1), await a.g(1), a.get.name, a.get$1.name, a.$.name); }`,
	);
	same(
		"a super method that is missing, called without await",
		`class A {} class B extends A { async m(x) { try { (super.nope as any)(log("argument")); } catch (e) { return e.message; } } async n(...a) { return [super.toString.call(this, ...a), super.hasOwnProperty("m")]; } }
async function main() { log(await new B().m(1), await new B().n()); }`,
	);
	same(
		"a super method called without await",
		`class A { m(...a) { return [this.k, ...a]; } } class B extends A { k = 7; async f() { const r = [super.m(1, ...[2, 3]), (super.m as any)(4), (super.m)(5)]; try { super.nope(log("argument")); } catch (e) { log(e.message); } return r; } }
async function main() { log(await new B().f()); }`,
	);
	same(
		"public, static, computed, symbols",
		`
let n = 0; const k = { toString() { n++; return "dyn"; } };
class A { v = 1; async m(a) { await null; return this.v + a; } static async s() { return this.name; } async [k as any]() { return "d"; } async [Symbol.for("z")]() { return "sym"; } async 12() { return 12; } async "a b"() { return "ab"; } async ["lit"]() { return "lit"; } async get() { return "get"; } async static() { return "st"; } async async() { return "as"; } async constructor2() { return "c"; } static async ["s" + 1]() { return this === A; } }
async function main() { const a = new A() as any; log(await a.m(1), await A.s(), await a.dyn(), await a[Symbol.for("z")](), await a[12](), await a["a b"](), await a.lit(), await a.get(), await a.static(), await a.async(), await (A as any).s1(), n);
	for (const key of Reflect.ownKeys(A.prototype)) { const d = Object.getOwnPropertyDescriptor(A.prototype, key)!; log(String(key), d.enumerable, d.writable, d.configurable, d.value.name, d.value.length, "prototype" in d.value); } log(Object.keys(a)); try { new a.m(); } catch (e) { log(e.name); } }`,
	);
	same(
		"replace each other by name",
		`class A { async f() { return 1; } f() { return 2; } async g() { return 3; } async g() { return 4; } static async h() { return 5; } static h = 6; get i() { return 7; } async i() { return 8; } } async function main() { const a = new A() as any; log(a.f(), await a.g(), A.h, await a.i()); }`,
		{ filename: "program.js" },
	);
	same(
		"of classes in loops and functions",
		`async function main() { const made = []; for (let i = 0; i < 3; i++) made.push(class { async m() { return i; } static async s() { return i * 10; } async ["c" + i]() { return "c" + i; } }); for (let i = 0; i < 3; i++) log(await new made[i]().m(), await made[i].s(), await (new made[i]() as any)["c" + i]()); const mk = (x) => class { async m() { return x; } async [x]() { return 1; } }; log(await new (mk("a"))().m(), await (new (mk("b"))() as any).b()); }`,
	);
	same(
		"can be borrowed and overridden",
		`class A { x = 1; async m() { return this?.x; } } class B extends A { x = 2; async m() { return "b" + (await super.m()); } } class C extends B { m() { return super.m().then((v) => "c" + v); } } async function main() { log(await new B().m(), await new C().m(), await A.prototype.m.call({ x: 9 })); const { m } = new A(); log(await m()); new A().m = null as any; A.prototype.m = async () => "patched" as any; log(await new A().m()); }`,
	);
	same(
		"anonymous and named class expressions",
		`const A = class { async m() { return A.name; } static async s() { return this.name; } }; const B = class Inner { async m() { return Inner.name; } }; async function main() { log(await new A().m(), await A.s(), await new B().m(), await new (class { async m() { return 1; } })().m()); }`,
	);
	same(
		"with defaults that use this and super",
		`class A { v = 1; base() { return 10; } } class B extends A { async m(a = this.v, b = super.base(), c = () => super.base() + this.v) { return [a, b, c()]; } } async function main() { log(await new B().m()); log(new B().m.length); }`,
	);
	same(
		"accessors and generators beside them",
		`class A { #v = 1; get v() { return this.#v; } set v(x) { this.#v = x; } *g() { yield 1; } async m() { this.v = 5; return [this.v, ...this.g()]; } } async function main() { log(await new A().m()); }`,
	);
	same(
		"see private names and nested classes",
		`class A { #x = 1; static #count = 0; #pm() { return "pm"; } async m(o) { A.#count++; return [this.#x, #x in o, this.#pm(), A.#count, (() => this.#x)(), await (async () => this.#x++)(), this.#x]; } async n() { const self = this; class B { #x = 2; async k() { return [this.#x, self.#y]; } } return new B().k(); } #y = 3; } async function main() { log(await new A().m(new A())); log(await new A().m({})); log(await new A().n()); }`,
	);
	same(
		"that use arguments",
		`class A { async m(a) { return [arguments.length, a, ...arguments]; } static async s() { return arguments[1]; } } async function main() { log(await new A().m(1, 2), await A.s(1, 2)); }`,
	);
});

describe("private methods", () => {
	same(
		"of every kind",
		`
class A { #v = 1; async #f(a = 1, ...r) { await null; return this.#v + a + r.length; } static async #s(x) { return x; } async *#g(n) { for (let i = 0; i < n; i++) yield i; } static async t() { return [await this.#s(1), await A.#s(2), await A?.#s(3)]; }
	async m() { const f = this.#f; let r: any = [await this.#f(), await this.#f(2, 3, 4), await this["#f" as any], f.name, f.length]; for await (const x of this.#g(3)) r.push(x); return r; }
	async n(o: A) { return [await o.#f(5), await o?.#f(6), this.#f === o.#f]; } async bare() { const p = this.#f(1); return [p instanceof Promise, await p]; } async brand() { try { await (A.prototype as any).n.call(new A(), {}); } catch (e) { return e.name; } } async tail() { return this.#f(7); } async guarded() { try { return this.#f(8); } finally { log("finally"); } } async evals() { let n = 0; const o = () => { n++; return this; }; await o().#f(); await o().#f(n); return n; } }
async function main() { const a = new A(); log(await A.t()); log(await a.m()); log(await a.n(new A())); log(await a.bare()); log(await a.brand()); log(await a.tail(), await a.guarded(), await a.evals()); }`,
	);
	same(
		"with super",
		`class B { async f() { return "b"; } } class A extends B { async #f() { return "p" + (await super.f()); } async f() { return this.#f(); } } async function main() { log(await new A().f()); }`,
	);
	same(
		"fields that hold functions",
		`class A { #f = async (x) => x; #o = { async m() { return 1; } }; async m() { return [await this.#f(1), await this.#o.m()]; } } async function main() { log(await new A().m()); }`,
	);
});

describe("super", () => {
	same(
		"in every form that can be moved",
		`
class B { v = 0; get p() { return "p" + this.v; } set p(x) { this.v = x as any; } async m(x) { return "m" + x + this.v; } s() { return "s" + this.v; } static async st() { return "st" + this.name; } static sv = 4; n = 1; }
class A extends B { v = 5; async a() { return [super.p, super["s"](), await super.m(1), await super["m"](2), super.s(), super.s.name]; } async b() { super.p = 7; return [this.v, (super.p = 8), this.v]; } async c() { (super.q as any) = 1; return Object.keys(this); } static async st() { return [await super.st(), super.sv, (() => super.sv)()]; }
	async d() { const f = async () => { await null; return super.p; }; const g = () => super.s(); return [await f(), g(), await (async (x = super.s()) => x)()]; } async e() { return super.m(3); } async f() { try { return super.m(4); } finally { log("f"); } } async g() { (super.k as any) = "a"; return [(this as any).k]; } async h() { return super.missing?.(1); } async i() { try { await super.missing(1); } catch (e) { return e; } } async j() { super.p += "x"; return this.v; } }
async function main() { const a = new A() as any; log(await a.a()); log(await a.b()); log(await a.c()); log(await (A as any).st()); log(await a.d()); log(await a.e(), await a.f(), await a.g(), await a.h(), await a.i(), await a.j()); }`,
	);
	same(
		"in arrows of plain methods, constructors, fields and objects",
		`
class B { m(x) { return "b" + x + (this as any).v; } get p() { return "p"; } set p(x) { (this as any).got = x; } }
class A extends B { v = 1; f = async (x) => super.m(x); static g = async () => super.name; plain() { return async () => { await null; return [super.m(1), super.p, (super.p = 4), (this as any).got]; }; } get acc() { return async () => super.m(2); } constructor() { super(); (this as any).c = async () => super.m(3); } deep() { return () => async () => () => super.m(4); } }
const o = { __proto__: { m() { return "om" + this.v; } }, v: 6, plain() { return async () => super.m(); }, async direct() { return super.m(); }, async inArrow() { return (async () => super.m())(); } } as any;
async function main() { const a = new A() as any; log(await a.f(0), await a.plain()(), await a.acc(), await a.c(), (await a.deep()())()); log(typeof (await A.g())); log(await o.plain()(), await o.direct(), await o.inArrow()); }`,
	);
	same(
		"in forms that stay native",
		`class B { n = 1; } (B.prototype as any).c = 1; class A extends B { async a() { super.c++; return (this as any).c; } async b() { [super.x] = [3] as any; return (this as any).x; } async d() { super.y ??= 4 as any; return (this as any).y; } plain() { return async () => { super.c++; return (this as any).c; }; } } async function main() { const a = new A() as any; log(await a.a(), await a.b(), await a.d(), await new (A as any)().plain()()); }`,
	);
});

describe("fields and static blocks", () => {
	same(
		"hold async arrows",
		`class A { v = 1; f = async (x = this.v) => [this.v, x]; static s = async () => this.name; #p = async () => this.v; ["c" + 1] = async () => this.v; p() { return this.#p(); } static { this.t = async () => this.name; } static t; g = (() => async () => this)(); } async function main() { const a = new A() as any; log(await a.f(), await A.s(), await a.p(), await a.c1(), await (A as any).t?.(), (await a.g()) === a); }`,
	);
	same(
		"static blocks with functions",
		`class A { static v = 1; static f; static { async function inner() { return 5; } this.f = inner; const k = "x"; this.o = { async [k + 1]() { return 6; } }; } static o; } async function main() { log(await A.f(), await A.o.x1()); }`,
	);
	same(
		"run in order",
		`const order = []; class A { static a = order.push("a"); async m() {} static { order.push("block"); } static b = order.push("b"); static [(order.push("key"), "k")] = 1; async [(order.push("mkey"), "mk")]() {} } async function main() { log(order); }`,
	);
	same(
		"fields without semicolons before methods",
		`class A {
	x = 1
	async m() { return this.x }
	y
	static async s() { return 2 }
	'z' = 3
	async *g() { yield this.z }
	async #p() { return 4 }
	p() { return this.#p() }
}
async function main() { const a = new A(); log(await a.m(), await A.s(), await a.p()); for await (const v of a.g()) log(v) }`,
	);
});

describe("object literals", () => {
	same(
		"with async methods",
		`let n = 0; const key = () => "k" + n++; const o = { v: 1, async m(a) { return this.v + a; }, async [key()]() { return "c0"; }, [key()]: async () => "c1", async *g() { yield this.v; }, get p() { return 1; }, async get() { return "g"; }, async async() { return "a"; }, async __proto__() { return "own"; }, ...{ async s() { return "s"; } } } as any;
async function main() { log(await o.m(1), await o.k0(), await o.k1(), n, await o.get(), await o.async(), await o.__proto__(), Object.keys(o), await o.s()); for await (const x of o.g()) log(x); const d = Object.getOwnPropertyDescriptor(o, "m")!; log(d.enumerable, d.writable); }`,
	);
	same(
		"with computed keys in parameter lists",
		`async function f(o = { async ["a" + 1]() { return 1; }, ["b"]: async () => 2 }) { return [await o.a1(), await o.b(), o.a1.name]; } const g = (k) => ({ async [k]() { return k; } }); async function main() { log(await f()); log(await g("z").z(), g("z").z.name); }`,
	);
});
