// A call without `await` gives control back at the first await that it reaches, also where that need not suspend: its
// caller has not stored the promise yet, and has attached no listeners. Found by the tests of p-map.
import { describe } from "vitest";
import { same } from "./compare.ts";

const runtimes = ["real"] as const;

describe("a call without await goes on only after its caller", () => {
	same(
		"at an await of a value, of a compiled function that does not suspend, and of a method",
		`
const list = []; const value = async () => "value"; const nested = async (n) => n === 0 ? "deep" : await nested(n - 1); class C { async m(x) { list.push("m" + x); return x; } async #p() { list.push("p"); } async private() { await this.#p(); list.push("after p"); } }
const settled = async () => { await sleep(1); log(list.splice(0)); };
async function main() {
	const start = (call) => { const p = call(); list.push("caller"); return p; };
	await start(async () => { list.push("in"); await 1; list.push("out"); });
	await start(async () => { list.push(await value()); });
	await start(async () => { list.push(await nested(3)); list.push(await nested(3)); });
	await start(async () => { const c = new C(); await c.m(1); list.push("after m"); await c.m(2, 3, 4, 5); });
	await start(async () => { await new C().private(); });
	await start(async () => { await value(...[1, 2]); list.push("spread"); await (async function () { list.push("inner"); })(); list.push("done"); });
	await settled();
	function spawn(n) { const p = (async () => { await n; if (n > 0) spawn(n - 1); })(); list.push(n); return p; } await spawn(3); await settled();
}`,
		{ runtimes },
	);
	same(
		"the promise of the call can be used in the call",
		`
async function main() {
	const promise = (async () => { await null; return promise instanceof Promise; })(); log(await promise);
	let resolveLater; const waiting = []; const pump = async (items) => { for (const item of items) { const entry = (async () => { const { value } = await { value: item }; const index = waiting.indexOf(entry); return [value, index]; })(); waiting.push(entry); } return Promise.all(waiting); }; log(await pump(["a", "b", "c"]));
	class Connection { constructor() { this.ready = this.open(); this.state = "constructed"; } async open() { await this.prepare(); this.state += " opened"; } async prepare() { return 1; } } const c = new Connection(); log(c.state); await c.ready; log(c.state);
}`,
		{ runtimes },
	);
	same(
		"failures are caught, and cleanup runs, after the caller too",
		`
const list = []; const fail = async (x) => { throw new Error(x); };
async function main() {
	const start = async (call) => { const p = call(); list.push("caller"); try { await p; } catch (error) { list.push("rejected " + error.message); } log(list.splice(0)); };
	await start(async () => { try { await fail("a"); } catch (error) { list.push("caught " + error.message); } });
	await start(async () => { try { await fail("b"); } finally { list.push("finally"); } });
	await start(async () => { try { return fail("c"); } finally { list.push("finally"); } });
	await start(async () => { try { return (async () => { await 1; list.push("tail"); })(); } finally { list.push("finally"); } });
	await start(async () => { try { throw new Error("d"); } catch (error) { list.push("at once"); await 1; list.push("later"); } });
	await start(async () => { try { await { get then() { throw new Error("getter"); } }; } catch (error) { list.push("caught " + error.message); } });
	await start(async () => { try { await (() => { throw new Error("sync"); })(); } catch (error) { list.push("caught " + error.message); } });
	await start(async () => { try { await undefined.missing(); } catch (error) { list.push("caught " + error.name); } });
}`,
		{ runtimes },
	);
	same(
		"in for await, yield*, await using, and in what asks a generator",
		`
const list = []; const things = async function* () { list.push("begin"); await 1; list.push("first"); yield 1; list.push("between"); yield 2; };
async function main() {
	const start = async (call) => { const p = call(); list.push("caller"); await p; await sleep(1); log(list.splice(0)); };
	await start(async () => { for await (const x of [1, 2]) list.push(x); });
	await start(async () => { for await (const x of things()) list.push(x); });
	await start(async () => { for await (const x of { [Symbol.asyncIterator]: () => ({ next: () => ({ done: true }) }) }) list.push(x); list.push("empty"); });
	await start(async () => { { await using x = { [Symbol.asyncDispose]: async () => { list.push("disposed"); } }; list.push("used"); } list.push("out"); });
	await start(async () => { { await using x = null; list.push("used"); } list.push("out"); });
	await start(async () => { outer: { using y = { [Symbol.dispose]() { list.push("disposed"); } }; if (list.length === 0) break outer; await using x = null; } list.push("no await"); });
	await start(() => things().next());
	await start(() => { const g = (async function* () { list.push("outer"); yield* [1]; list.push("not asked for"); })(); return g.next(); });
	await start(() => { const g = (async function* () { try { yield 1; } finally { list.push("closing"); await 1; list.push("closed"); } })(); return g.next().then(() => { const p = g.return(); list.push("asked"); return p; }); });
}`,
		{ runtimes },
	);
	same(
		"a function that reaches no await is done when it returns, and later awaits go on at once",
		`
const list = [];
async function main() {
	const start = async (call) => { const p = call(); list.push("caller"); await p; await sleep(1); log(list.splice(0)); };
	await start(async () => { list.push("only"); });
	await start(async () => { for (let i = 0; i < 3; i++) await (async () => { list.push(i); })(); });
	await start(async () => { const inner = (async () => { list.push("inner"); await 1; list.push("inner goes on"); })(); list.push("middle"); await inner; });
	await Promise.all([1, 2].map((n) => start(async () => { await null; })).concat(start(() => Promise.resolve())));
}`,
		{ runtimes, order: "native" },
	);
});
