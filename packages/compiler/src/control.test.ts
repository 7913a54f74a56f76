import { describe } from "vitest";
import { same } from "../test/compare.ts";

const helpers = `
async function id(x?) { return x; } async function later(x?) { await sleep(1); return x; } async function fail(m) { await null; throw new Error(m); }
`;
const program = (body: string): string => `${helpers}\nasync function main() {\n${body}\n}`;

describe("try", () => {
	same(
		"catch of every kind of parameter",
		program(`
try { await fail("a"); } catch (e) { log(e); } try { await fail("b"); } catch { log("none"); } try { await fail("c"); } catch ({ message, ...r }) { log(message, r); } try { throw [1, 2]; } catch ([a, b = a]) { log(a, b); }
try { throw { x: undefined }; } catch ({ x = await id(5) }) { log(x); } try { throw 1; } catch (e) { e = 2; log(e); } try { await fail("d"); } catch (e: unknown) { log(e); }`),
	);
	same(
		"catch keeps its scopes",
		program(`
const b = "outer"; try { throw {}; } catch ({ a = b }) { let b = "inner"; log(a, b); } try { throw 1; } catch (e) { var e; log(e); } var m = 1; try { throw { m: 2 }; } catch ({ m }) { log(m); m = 3; } log(m); const fs = []; try { throw { v: 1 }; } catch ({ v }) { fs.push(() => v++); await null; log(v); fs[0](); log(v); } try { throw 1; } catch (x) { function x2() { return x; } log(x2()); }`),
		{ sloppy: true },
	);
	same(
		"catch of a pattern that fails",
		program(`try { try { throw null; } catch ({ a }) { log(a); } } catch (e) { log(e.name); }`),
	);
	same(
		"finally after every way out",
		program(`
const f = async (how) => { const out = []; l: for (let i = 0; i < 2; i++) { try { await null; if (how === "return") return out.concat("r"); if (how === "throw") throw new Error("t" + out); if (how === "break") break; if (how === "continue") continue; if (how === "label") break l; out.push("end"); } catch (e) { out.push("c"); throw e; } finally { out.push("f" + i); await later(); log(how, i); } } return out; };
for (const how of ["return", "throw", "break", "continue", "label", "none"]) try { log(await f(how)); } catch (e) { log(e); }`),
	);
	same(
		"finally that throws or awaits a failure",
		program(
			`try { try { await fail("first"); } finally { await fail("second"); } } catch (e) { log(e); } try { try { await fail("a"); } finally { log("x"); } } catch (e) { log(e); } try { try { return 1; } finally { await fail("z"); } } catch (e) { log(e); }`,
		),
	);
	same(
		"finally that leaves",
		program(`
const r = async () => { try { await null; return 1; } finally { return 2; } }; const t = async () => { try { await fail("x"); } finally { return await id("kept"); } }; const b = async () => { for (;;) { try { await fail("x"); } finally { break; } } return "broke"; }; const c = async () => { let n = 0; while (n++ < 3) { try { await fail("x"); } finally { continue; } } return n; };
const l = async () => { o: for (const x of [1, 2]) { try { await fail("x"); } finally { await later(); continue o; } } k: { try { await fail("y"); } finally { break k; } } return "l"; }; const tc = async () => { try { await fail("q"); } catch (e) { log(e); throw new Error("again"); } finally { return "tc"; } }; const n = async () => { try { return await id(1); } finally { for (const x of [1, 2]) { if (x === 1) continue; break; } switch (1) { case 1: break; } q: { break q; } (() => { return 1; })(); log("inner only"); } };
log(await r(), await t(), await b(), await c(), await l(), await tc(), await n()); const lab = async () => { l1: try { await fail("z"); } finally { break l1; } return "lab"; }; log(await lab());`),
	);
	same(
		"nested",
		program(
			`try { try { try { await fail("deep"); } finally { log(1); await later(); } } catch (e) { log(e); try { await fail("two"); } catch (e) { log(e); } finally { log(2); } throw new TypeError("three"); } finally { log(3); } } catch (e) { log(e); } finally { await null; log(4); }`,
		),
	);
	same(
		"in sync functions is left alone",
		program(
			`const s = () => { try { throw new Error("s"); } catch (e) { return e.message; } finally { log("sf"); } }; log(s()); const arr = [1, 2].map((x) => { try { return x; } finally { log(x); } }); log(arr);`,
		),
	);
	same(
		"errors thrown before any await",
		program(
			`const f = async () => { throw new Error("sync"); }; let p; try { p = f(); log("ok"); } catch (e) { log("thrown"); } try { await p; } catch (e) { log(e); } const g = async () => { null.x; }; try { await g(); } catch (e) { log(e.name); }`,
		),
	);
	same(
		"rejections that are not errors",
		program(
			`for (const v of [undefined, null, 0, "s", { a: 1 }]) { try { await Promise.reject(v); } catch (e) { log(e); } try { await (async () => { throw v; })(); } catch (e) { log(e); } }`,
		),
	);
	same(
		"unawaited failures can be observed later in the same tick",
		program(
			`const p = fail("late"); await null; try { await p; } catch (e) { log(e); } const q = Promise.all([fail("a"), fail("b")]); try { await q; } catch (e) { log(e); }`,
		),
		{ order: "native" },
	);
});

describe("loops", () => {
	same(
		"for, while, do, for of, for in",
		program(`
for (let i = 0; i < 3; i++) { if (i === 1) continue; log(await id(i)); } let n = 0; while (n < 5) { n++; if (n === 2) continue; if (n === 4) break; log(await later(n)); } do { n--; await null; } while (n > 2); log(n);
for (const k in { a: 1, b: 2 }) log(await id(k)); for (const [a, { b }] of [[1, { b: 2 }]] as any) log(a, b, await id(a + b)); for await (const x of [1, Promise.resolve(2), later(3)]) log(x); for (;;) { await null; break; } for (const x of [1, 2]) await id(log(x)); while (n-- > 0) await null; log(n);`),
	);
	same(
		"labels",
		program(`
a: for (let i = 0; i < 3; i++) { b: for (let j = 0; j < 3; j++) { await null; if (j === 1) continue a; if (i === 2) break a; log(i, j); continue b; } } c: { await null; if (1) break c; log("never"); } d: while (true) { switch (await id(1)) { case 1: break d; } } e: f: for (const x of [1, 2, 3]) { await null; if (x === 2) continue e; if (x === 3) break f; log(x); } g: await id(1); h: do { await null; continue h; } while (false); log("end");`),
	);
	same(
		"closures of each iteration",
		program(
			`const fs = []; for (let i = 0; i < 3; i++) { await null; fs.push(() => i); i += 0; } for (const x of [1, 2]) { await null; fs.push(async () => x); } for (const k in { p: 1, q: 2 }) { fs.push(() => k); await null; } log(await Promise.all(fs.map((f) => f()))); for (var v = 0; v < 2; v++) { await null; fs.push(() => v); } log(fs.at(-1)());`,
		),
	);
	same(
		"bodies of one statement",
		program(
			`let i = 0; for (const x of [1, 2]) if (x) await id(log("a" + x)); else log("no"); while (i < 2) i = await id(i + 1); do i = await id(i - 1); while (i > 0); log(i); for (let j = 0; j < 2; j++) for (let k = 0; k < 2; k++) await log(j, k); for (const x of [1]) try { await fail("t"); } catch (e) { log(e); }`,
		),
	);
	same(
		"iterators of for of are closed",
		program(
			`function* g() { try { yield 1; yield 2; } finally { log("closed"); } } for (const x of g()) { await null; log(x); break; } try { for (const x of g()) { await fail("in loop"); } } catch (e) { log(e); } const f = async () => { for (const x of g()) { return await id(x); } }; log(await f());`,
		),
	);
	same(
		"switch",
		program(
			`for (const v of [1, 2, 3, 4]) { switch (v) { case 1: log(await id("one")); case 2: { log(await later("two")); break; } default: await null; log("d" + v); case 3: log("three"); } } const f = async (x) => { switch (x) { case "a": return id(1); case "b": throw new Error("b"); } return "none"; }; log(await f("a"), await f("z")); try { await f("b"); } catch (e) { log(e); } switch (await id(1)) { case 1: let z = await id(2); log(z); }`,
		),
	);
});

describe("for await", () => {
	const sources = `
const make = (n, opts: any = {}) => { let i = 0; return { [Symbol.asyncIterator]() { return { async next() { log("next", i); if (opts.fail === i) throw new Error("next " + i); return i < n ? { value: i++, done: false } : { value: "end", done: true }; }, ...(opts.noReturn ? {} : { async return(v) { log("return", v); if (opts.failReturn) throw new Error("return"); return opts.badReturn ? 1 : { done: true }; } }) }; } }; };
async function* gen(n) { try { for (let i = 0; i < n; i++) yield i; } finally { log("gen closed"); } }
`;
	const loop = (body: string): string => `${sources}${program(body)}`;
	same(
		"to its end",
		loop(
			`for await (const x of make(3)) log(x); for await (const x of gen(2)) log(x); for await (const x of [1, later(2)]) log(x); for await (const x of new Set([id(1)])) log(x);`,
		),
	);
	same(
		"left by break, return, throw and labels",
		loop(`
for await (const x of make(3)) { log(x); break; } const r = async () => { for await (const x of make(3)) return id(x); }; log(await r()); try { for await (const x of make(3)) throw new Error("body"); } catch (e) { log(e); } try { for await (const x of make(3)) await fail("awaited"); } catch (e) { log(e); }
o: for (const a of [1, 2]) { for await (const x of make(2)) { if (x === 1) continue o; log(a, x); } } p: for await (const x of make(3)) { for (const y of [1]) { if (x === 0) continue p; break p; } } q: r2: for await (const x of gen(3)) { if (x === 1) continue q; if (x === 2) break r2; log(x); }`),
	);
	same(
		"with errors of the iterator",
		loop(`for (const o of [{ fail: 1 }, { failReturn: true }, { badReturn: true }, { noReturn: true }]) { try { for await (const x of make(3, o)) { log(x); if (x === 1) break; } } catch (e) { log(e.name); } try { for await (const x of make(3, o)) { throw new Error("body"); } } catch (e) { log(e.message.slice(0, 8)); } }
for (const bad of [null, undefined, 1, {}, { [Symbol.asyncIterator]: () => 1 }, { [Symbol.asyncIterator]: () => ({ next: () => 1 }) }] as any[]) try { for await (const x of bad) log(x); } catch (e) { log(e.name); } try { for await (const x of [1, Promise.reject(new Error("sync iterable")), 2]) log(x); } catch (e) { log(e); }`),
	);
	same(
		"over sync iterators whose return() gives no object, or a promise",
		loop(`for (const closed of [undefined, 1, {}, { value: Promise.reject(new Error("closing")) }, { value: later(1) }]) {
try { for await (const x of { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return: () => { log("return"); return closed; } }) } as any) { log(x); break; } log("left"); } catch (e) { log(e); } }`),
	);
	same(
		"binds every kind of target",
		loop(
			`let x; for await (x of gen(2)); log(x); const o: any = {}; for await (o.p of gen(3)); log(o); for await (const [a, b = 2] of [[1], [3, 4]] as any) log(a, b); for await (const { a: { b } } of [{ a: { b: 5 } }]) log(b); for await (let i of gen(2)) { i += 10; log(i); } for await (var v of gen(2)) {} log(v); for await ([x, o.q] of [[7, 8]] as any); log(x, o.q); for await (o[await id("k")] of gen(1)); log(o.k); try { for await (const { z } of [null] as any) log(z); } catch (e) { log(e.name); }`,
		),
	);
	same(
		"shadowing in the body",
		loop(
			`for await (const x of gen(2)) { const x = "inner"; log(x); } const fs = []; for await (const x of gen(3)) fs.push(() => x); log(fs.map((f) => f()));`,
		),
	);
	same(
		"in async generators, nested and in try",
		loop(
			`async function* outer() { for await (const x of gen(2)) { yield x; for await (const y of gen(1)) yield [x, y]; } } for await (const v of outer()) log(v); for await (const v of outer()) { log(v); break; } try { for await (const x of gen(2)) { try { await fail("i"); } finally { log("fin"); } } } catch (e) { log(e); }`,
		),
	);
	same(
		"of streams of values that are promises",
		loop(
			`async function* p() { yield later(1); yield id(2); } for await (const x of p()) log(x); const it = { [Symbol.asyncIterator]: () => ({ next: () => ({ value: 1, done: n++ > 1 }) }) }; let n = 0; for await (const x of it as any) log(x);`,
		),
	);
	same(
		"in arrows of one statement",
		loop(
			`const f = async () => { for await (const x of gen(2)) await id(log(x)); }; await f(); if (true) for await (const x of gen(1)) log("if", x); else log("no");`,
		),
	);
});
