import { describe } from "vitest";
import { same } from "../test/compare.ts";

describe("TypeScript", () => {
	same(
		"types everywhere",
		`
interface Box<T> { v: T } type F<T> = (x: T) => Promise<T>; declare const ambient: number; declare function amb(x: number): Promise<void>;
async function gen<T, U extends T = T>(this: void, a: T, b?: U, ...rest: Array<T>): Promise<[T, number]> { const f = async <V,>(v: V): Promise<V> => v; const g = async function <V extends object>(v: V): Promise<keyof V | undefined> { return undefined; }; return [await f<T>(a), rest.length + (await g({})! ?? 0)] as [T, number]; }
async function over(a: string): Promise<string>; async function over(a: number): Promise<number>; async function over(a: any): Promise<any> { return a; }
abstract class Base<T> { abstract m(x: T): Promise<T>; protected readonly p: T; constructor(p: T) { this.p = p; } public async get(this: Base<T>): Promise<T> { return this.p; } async opt?(): Promise<void>; }
class Derived extends Base<number> implements Box<number> { v!: number; declare z: string; constructor(private a: number, public readonly b = 2) { super(a); this.v = a; } override async m(x: number): Promise<number> { return x + this.a + this.b; } private async hidden<K extends keyof this>(k: K): Promise<this[K]> { return this[k]; } static async make(this: typeof Derived, n = 1): Promise<Derived> { return new this(n); } async ovl(a: string): Promise<1>; async ovl(a: number): Promise<2>; async ovl(a: any): Promise<any> { return a; } async call() { return this.hidden("v"); } }
enum E { A = 1, B = E.A + 1 } const enum CE { X = "x" } namespace N { export async function f(): Promise<number> { return g(); } async function g() { return 7; } export const h = async () => f(); export namespace M { export async function deep() { return 8; } } }
const sat = { async m(a: number) { return a; } } satisfies Record<string, F<number>>; let def!: number; const as = (async (x: number) => x) as F<number>; const non = (await_?: F<number>) => await_!(1); const ang = <F<number>>(async (x) => x);
async function assertish(x: unknown): Promise<void> { const y = x as unknown as number; def = y; } async function tuple(...[a, b]: [number, string?]): Promise<string> { return a + (b ?? ""); } async function pred({ a, b }: { a: number; b?: string } = { a: 1 }): Promise<number> { return a; } const idx = async (o: Record<string, F<number>>, k: string) => await o[k]!(3); const ret = async (a: number): Promise<{ n: number }> => ({ n: a }); const fnType = async (cb: (x: number) => Promise<void>): Promise<void> => { await cb(1); };
async function main(): Promise<void> { log(await gen<string>("a", undefined, "b")); log(await over("s"), await over(1)); const d = await Derived.make(3); log(await d.m(1), await d.get(), await d.call(), await d.ovl("x")); log(E.B, CE.X, await N.f(), await N.h(), await N.M.deep()); log(await sat.m(1), await as(2), await non(as), await ang(4)); await assertish(9); log(def); log(await tuple(1, "t"), await pred(), await idx({ k: async (n: number) => n }, "k"), await ret(5)); await fnType(async (x): Promise<void> => { log(x); }); let u: unknown = await (ret(6) as Promise<unknown>); log(u); for (const k of [1] as const) log(await (<any>as)(k)); try { await (null as any)!.x(); } catch (e: any) { log(e.name); } }`,
	);
	same(
		"TSX",
		`
const h = (t: any, p: any, ...c: any[]) => typeof t === "function" ? t({ ...p, c }) : { t, p, c }; const Fragment = "frag"; const Comp = (p: { on: () => Promise<number> }) => p.on; const load = async <T,>(x: T): Promise<T> => x;
async function main() { const el: any = <div a={await load(1)} onClick={async () => { await null; return 2; }} {...await load({ s: 3 })}>{await load("text")} {[1, 2].map((x) => <b>{x}</b>)}</div>; log(JSON.stringify(el)); log(await el.p.onClick()); const c = <Comp on={async () => await load(4)} />; log(await (c as any)()); log(<>{await load(5)}</>); }`,
		{ filename: "program.tsx" },
	);
	same(
		"JSX in JavaScript",
		`const h = (t, p, ...c) => ({ t, p, c }); const Fragment = "f"; async function f(x) { return x; } async function main() { log(<a b={await f(1)}>{await f(2)}</a>); }`,
		{ filename: "program.jsx" },
	);
	same(
		"JavaScript with Flow-free generics-like comparisons",
		`async function f(a, b) { return a < b; } async function main() { const x = 1; log(await f(x < 2, 3 > 1), await (x < 5)); }`,
		{ filename: "program.js" },
	);
	same(
		"comments in odd places",
		`
async /* a */ function /* b */ f /* c */ (/* d */ a /* e */, /* f */) /* g */ { /* h */ return /* i */ a /* j */; /* k */ }
const g = async /* l */ (/* m */ x /* => */) /* n */ => /* o */ x; const h = async /* p */ y /* q */ => /* r */ { return y }; class A { /* s */ async /* t */ m /* u */ (/* v */) { } static /* w */ async /* x */ * /* y */ g /* z */ () { yield 1; } async // line
n() { return 1; } } const o = { /* a */ async /* b */ k /* c */ () { return 2; }, async /* d */ * [/* e */ "l" /* f */] () { yield 3; } };
async function main() { log(await /* 1 */ f /* 2 */ (/* 3 */ 1 /* 4 */), await g(2), await h(3), await new A().n(), await o.k()); for /* 5 */ await /* 6 */ (/* 7 */ const /* 8 */ x /* 9 */ of /* 10 */ o.l() /* 11 */) /* 12 */ log(x); try { throw 1; } /* a */ catch /* b */ (/* c */ e /* d */) /* e */ { log(e); } /* f */ finally /* g */ { /* h */ await null; } return /* last */ await /* q */ f(4) // end
}`,
	);
	same(
		"odd line breaks and unicode",
		`
async function f(x) { return x }
async function main() {
	const ключ = await f("значение")
	const 名 = async () => ключ
	const \\u0061bc = await f(1)
	log(await 名(), abc, "😀" + await f("𝒳"))
	const r = await f(/a\\/b[/]/g.test("a/b")) / 2
	const t = \`\${await f(\`in \${await f("ner")}\`)}\`
	log(r, t)
	return await
		f(
			5
		)
}`,
	);
});
