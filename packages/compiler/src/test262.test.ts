// A small program for every class of failure that test262 has shown; see docs/internals/test262.md.
import { describe } from "vitest";
import { same } from "../test/compare.ts";

const main = (body: string): string => `async function main() {\n${body}\n}`;
const runtimes = ["real"] as const;

describe("found by test262", () => {
	same(
		"Promise.all and its like reject with what the getter of an iterator throws, and read it once",
		main(`
	let reads = 0; const poisoned = { get [Symbol.iterator]() { reads++; throw new Error("poisoned"); } } as any;
	for (const given of [poisoned, Object.defineProperty([], Symbol.iterator, { get() { reads++; throw new Error("array"); } })])
		for (const combine of [(it) => Promise.all(it), (it) => Promise.race(it), (it) => Promise.any(it)]) {
			try { await combine(given); } catch (error) { log(reads, error); }
		}
	const { resolve } = Promise; (Promise as any).resolve = "not callable";
	try { Promise.all(poisoned).then(null, (error) => log(reads, error.name)); } catch (error) { log("thrown", error); } finally { Promise.resolve = resolve; }
	for (const no of [undefined, null, 5, {}] as any[]) try { await Promise.all(no); } catch (error) { log(error.name); }
	const own = [1]; own[Symbol.iterator] = function* () { yield 2; yield 3; }; log(await Promise.all(own));`),
		{ runtimes },
	);
	same(
		"yield* of a sync iterator closes it when a value fails, and awaits the value that it returns",
		main(`
	const iterable = (methods) => ({ [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), ...methods }) });
	async function* over(it) { try { return yield* it; } catch (error) { log("in the body", error); throw error; } }
	const show = async (promise) => { try { const { value, done } = await promise; log(value, done); } catch (error) { log("rejected", error); } };
	const close = { return() { log("closed"); return {}; } };
	await show(over(iterable({ next: () => ({ value: Promise.reject(new Error("value")), done: false }), ...close })).next());
	const poisoned = () => Object.defineProperty(Promise.resolve(0), "constructor", { get() { throw new Error("constructor"); } });
	await show(over(iterable({ next: () => ({ value: poisoned(), done: false }), ...close })).next());
	let g = over(iterable({ throw: () => ({ value: Promise.reject(new Error("thrown value")), done: false }), ...close })); await g.next(); await show(g.throw(0)); await show(g.next());
	g = over(iterable({ return: () => ({ value: Promise.resolve(42), done: true }) })); await g.next(); await show(g.return(0)); await show(g.next());
	g = over(iterable({ return: () => ({ get done() { throw new Error("done"); }, value: 1 }) })); await g.next(); await show(g.return(0)); await show(g.next());
	g = over(iterable({ return: () => ({ done: true, get value() { throw new Error("value getter"); } }) })); await g.next(); await show(g.return(0)); await show(g.next());`),
		{ runtimes },
	);
	same(
		"yield* asks a result whether it is done before it reads the value",
		main(`
	const result = (n) => ({ get value() { log("value", n); return n; }, get done() { log("done", n); return n > 1; } });
	for (const key of [Symbol.iterator, Symbol.asyncIterator]) {
		let n = 0; const it = { [key]: () => ({ next: () => result(n++) }) } as any;
		async function* g() { return yield* it; } const i = g(); for (let k = 0; k < 4; k++) log(await i.next());
	}
	const failing = { [Symbol.asyncIterator]: () => ({ next: () => ({ done: false }), return: () => ({ done: false, get value() { throw "token"; } }) }) } as any;
	async function* g() { try { yield* failing; } catch (error) { log("caught", error); return "went on"; } } const i = g(); await i.next(); log(await i.return(0)); log(await i.next());`),
		{ runtimes },
	);
	same(
		"await using does not await what a sync method gives",
		main(
			`{ await using x = { [Symbol.dispose]: () => { log("disposed"); return new Promise(() => {}); } } as any; log("used"); } log("went on");`,
		),
		{ runtimes },
	);
	same(
		"a using in the head of a loop hides the name from what stands on the right",
		main(`
	const x = { [Symbol.dispose]() { log("outer"); } } as any; const y = { async [Symbol.asyncDispose]() { log("outer"); } } as any;
	try { for (using x of [x]) log("not reached"); } catch (error) { log(error.name); }
	try { for (await using y of [y]) log("not reached"); } catch (error) { log(error.name); }
	const later: any[] = []; for (using z of [1, 2].map((n) => ({ n, [Symbol.dispose]() { log("disposed", n); } }))) { later.push(() => z.n); log("body", z.n); } log(later.map((f) => f()));
	for (using z of [null]) { const z = "inner"; log(z); }`),
		{ runtimes },
	);
	same(
		"async generators inherit from the prototype that the engine's own have",
		main(`
	async function* decl() { yield 1; } const expr = async function* () { yield 2; }; class C { async *m() { yield 3; } static #p = class { async *q() { yield 4; } }; static q() { return new C.#p().q(); } }
	const engine = Object.getPrototypeOf(new Function("return async function* () {}")().prototype);
	for (const f of [decl, expr, new C().m] as any[]) {
		log(Object.getPrototypeOf(f.prototype) === engine, Object.getPrototypeOf(f()) === f.prototype, f() instanceof f);
		f.prototype = undefined;
		log(Object.getPrototypeOf(f()) === engine, await f().next());
	}
	class D { async *#p() { yield 5; } p() { return this.#p(); } } log(await new D().p().next(), await C.q().next());
	const generator = (async function* () { try { yield 1; } finally { log("closed"); } })() as any; log(await generator.next()); await generator[Symbol.asyncDispose]?.(); await generator.return();`),
		{ runtimes },
	);
	same(
		"a declaration of sloppy code has no caller or arguments of its own, and its body is given the global object",
		`async function f() { return this === globalThis; } async function s() { "use strict"; return this; } async function* g() { yield this === globalThis; }
async function main() { for (const it of [f, s, g]) log(Object.getOwnPropertyNames(it).filter((key) => key === "caller" || key === "arguments")); log(await f(), await f.call(1), await f.call(undefined), await s(), await s.call(1), (await g().next()).value); log(f(), s()); log(await f()); }`,
		{ filename: "program.js", sloppy: true, runtimes },
	);
	same(
		"an async function is no constructor, however it is written",
		`async function decl() { return 1; } const expr = async function () {}; const arrow = async () => {}; class C { async m() {} }
async function main() { for (const f of [decl, expr, arrow, new C().m] as any[]) try { new f(); log("constructed"); } catch (error) { log(error.name); } log(await decl.call({}), await decl.call(decl), await decl.call(Object.create(null)), await decl.call(null)); }`,
		{ runtimes },
	);
});
