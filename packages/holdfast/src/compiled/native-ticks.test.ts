// With native ticks, compiled code does everything in the engine's own order, and stays what it is by default.
import { transform } from "@holdfast/compiler";
import { describe, expect, test } from "vitest";
import { compile, logOf } from "../../test/compile.ts";
import { kernel } from "../compiled.ts";
import { run } from "../run.ts";

/** Programs with an `a` that runs beside a clock. */
const beside: Record<string, string> = {
	"a rejection": `async function op(x){ await null; return x; } async function bad(x){ await op(x); throw 1; } async function a(){ try { await bad(1); } catch { log("a caught"); } }`,
	"nested calls": `async function op(x){ await null; return x; } async function mid(x){ return await op(x); } async function a(){ await mid(1); log("a"); }`,
	"return of a call that suspends": `async function op(x){ await null; return x; } async function mid(x){ return op(x); } async function a(){ await mid(1); log("a"); }`,
	"the same in an expression body": `async function op(x){ await null; return x; } const mid = async (x) => op(x); async function a(){ await mid(1); log("a"); }`,
	"return of a call that does not suspend": `async function op(x){ return x; } async function mid(x){ return op(x); } async function a(){ await mid(1); log("a"); }`,
	"return of a thenable": `async function mid(x){ return { then(r) { log("then"); r(1); } }; } async function a(){ await mid(1); log("a"); }`,
	"await of a thenable": `async function a(){ await { then(r) { log("then"); r(1); } }; log("a"); }`,
	"await of a native async function": `async function a(){ await nat(); log("a"); }`,
	"for await": `async function* g(){ log("g1"); yield 1; log("g2"); yield 2; } async function a(){ for await (const x of g()) log("x"+x); log("done"); }`,
	"break in for await": `async function* g(){ try { yield 1; yield 2; } finally { log("f"); await null; log("f2"); } } async function a(){ for await (const x of g()) { log("x"+x); break; } log("done"); }`,
	"for await over an array": `async function a(){ for await (const x of [1, Promise.resolve(2)]) log("x"+x); log("done"); }`,
	"yield*": `async function* h(){ yield 1; yield 2; return 3; } async function* g(){ const r = yield* h(); log("r"+r); } async function a(){ for await (const x of g()) log("x"+x); log("done"); }`,
	"return in an async generator": `async function* g(){ return Promise.resolve(5); } async function a(){ log((await g().next()).value); }`,
	"requests to an async generator": `async function* g(){ const a = yield 1; log("got"+a); } async function a(){ const it=g(); log((await it.next()).value); log((await it.next(7)).done); log((await it.next()).done); log((await it.return(4)).value); }`,
	"return of a call inside try": `async function op(x){ await null; return x; } async function mid(){ try { return op(1); } finally { log("f"); } } async function a(){ await mid(); log("a"); }`,
	"return of a call that returns out of a try": `async function op(x){ await null; return x; } async function bad(){ throw 1; } async function mid(n){ try { if (n) return op(1); throw 2; } finally { log("f"); if (!n) return bad(); } } async function outer(n){ return mid(n); } async function a(){ await outer(true); log("a"); try { await outer(false); } catch (e) { log(e); } }`,
	"a method": `const o={ async m(){ await null; return 1; } }; async function a(){ await o.m(); log("a"); }`,
	"an optional call of nothing": `const n=null; async function a(){ await n?.m(); log("a"); }`,
	"a call in ||": `async function op(x){ await null; return x; } async function a(){ await (log("c") || op(1)); log("a"); }`,
	"a default parameter that throws": `async function op(x = boom()){ } async function a(){ try { await op(); } catch { log("a"); } }`,
	"return; and no return in an async generator": `async function* g() { return; } async function* h() {} async function a() { await g().next(); log("g"); await h().next(); log("h"); }`,
	"yield of nothing and of a call": `async function op() { await null; return 1; } async function* g() { yield; yield op(); yield Promise.resolve(2); } async function a() { for await (const x of g()) log(x); }`,
	"return of a suspended async generator": `async function* g() { try { yield 1; } finally { log("f"); await null; } } async function a() { const it = g(); await it.next(); log("n"); log((await it.return(Promise.resolve(5))).value); }`,
	"return and throw before the first request": `async function* g() { yield 1; } async function a() { log((await g().return(5)).value); try { await g().throw(6); } catch (e) { log(e); } try { await g().return(Promise.reject(7)); } catch (e) { log(e); } }`,
	"a queue with return and throw": `async function* g() { try { yield 1; await null; yield 2; } finally { log("f"); } } async function a() { const it = g(); const all = [it.next(), it.return(5), it.next(), it.throw(6), it.return(7), it.next()]; await Promise.allSettled(all.map((p, i) => p.then((r) => log(i, r.value, r.done), (e) => log(i, e)))); }`,
	"a queue that was bare and awaited": `async function* g() { yield 1; yield 2; yield 3; } const it = g(); async function b() { log("b", (await it.next()).value); log("b", (await it.next()).value); } async function a() { const p = b(); it.next().then((r) => log("p", r.value)); log("a", (await it.next()).value); await p; }`,
	"return into yield*": `const inner = { [Symbol.asyncIterator]() { return this; }, async next() { return { value: 1, done: false }; }, async return(v) { log("ir"); return { value: v, done: true }; } }; async function* g() { try { yield* inner; } finally { log("f"); } } async function a() { const it = g(); await it.next(); log("n"); log((await it.return(5)).value); }`,
	"return into yield* that goes on": `let n = 0; const inner = { [Symbol.asyncIterator]() { return this; }, async next() { return { value: 1, done: false }; }, async return(v) { return { value: v, done: n++ > 0 }; } }; async function* g() { try { yield* inner; } finally { log("f"); } } async function a() { const it = g(); await it.next(); log((await it.return(5)).done); log((await it.return(6)).done); }`,
	"return into yield* of what cannot return": `const inner = { [Symbol.asyncIterator]() { return this; }, async next() { return { value: 1, done: false }; } }; async function* g() { try { yield* inner; } finally { log("f"); } } async function a() { const it = g(); await it.next(); log((await it.return(5)).value); }`,
	"a failing return of yield* does not reach throw": `const inner = { [Symbol.asyncIterator]() { return this; }, async next() { return { value: 1, done: false }; }, return() { throw new Error("r"); }, throw() { log("not reached"); return {}; } }; async function* g() { try { yield* inner; } catch (e) { log(e.message); } } async function a() { const it = g(); await it.next(); await it.return(5); log("x"); }`,
	"throw into yield*": `async function* h() { try { yield 1; } catch (e) { log("h", e); yield 2; } } async function* g() { yield* h(); log("g"); } async function a() { const it = g(); await it.next(); log((await it.throw(5)).value); log((await it.next()).done); }`,
	"throw into yield* of what cannot throw": `const inner = { [Symbol.asyncIterator]() { return this; }, async next() { return { value: 1, done: false }; }, async return() { log("ir"); return {}; } }; async function* g() { try { yield* inner; } catch (e) { log(e.name); } } async function a() { const it = g(); await it.next(); await it.throw(5); log("x"); }`,
	"yield* of an array": `async function* g() { yield* [1, Promise.resolve(2)]; log("g"); } async function a() { for await (const x of g()) log(x); }`,
	"return and throw into yield* of a sync iterator": `function* s() { try { yield 1; yield 2; } catch (e) { log("s", e); yield 3; } finally { log("sf"); } } async function* g() { try { yield* s(); } finally { log("f"); } } async function* h() { try { yield* [1]; } finally { log("hf"); } } async function a() { let it = g(); await it.next(); log((await it.return(5)).value); it = g(); await it.next(); log((await it.throw(5)).value); await it.return(); it = h(); await it.next(); log((await it.return(5)).value); }`,
	"break in for await over sync iterators": `function* s() { try { yield 1; } finally { log("sf"); } } async function a() { for await (const x of s()) { log(x); break; } for await (const x of [1]) { log(x); break; } log("x"); }`,
	"for await over a sync iterator that throws": `function* s() { throw new Error("s"); } async function a() { try { for await (const x of s()) log(x); } catch (e) { log(e.message); } }`,
	"closing fails": `const it = (close) => ({ [Symbol.asyncIterator]() { return this; }, next() { return { value: 1, done: false }; }, return: close }); async function a() { for (const close of [() => { throw new Error("close"); }, async () => { throw new Error("later"); }, () => 1, undefined]) try { for await (const x of it(close)) break; log("left"); } catch (e) { log(e.name); } }`,
	"closing after an error": `const it = (close) => ({ [Symbol.asyncIterator]() { return this; }, next() { return { value: 1, done: false }; }, return: close }); async function a() { for (const close of [() => { throw new Error("close"); }, async () => { await null; }, undefined]) try { for await (const x of it(close)) throw new Error("body"); } catch (e) { log(e.message); } }`,
	"results that are no objects": `async function a() { for (const of of [{ [Symbol.asyncIterator]: () => ({ next: () => 1 }) }, { [Symbol.iterator]: () => ({ next: () => 1 }) }]) try { for await (const x of of) log(x); } catch (e) { log(e.name); } }`,
	"private methods": `class C { async #m(x) { await null; return x; } async #n(x) { return x; } async a() { log(await this.#m(1)); log(await this.#n(2)); return this.#m(3); } async b() { try { return this.#m(4); } finally { log("f"); } } } async function a() { log(await new C().a()); log(await new C().b()); }`,
	"super and computed methods": `class A { async m(x) { await null; return x; } } class B extends A { async m(x) { log(await super.m(x)); return super.m(x + 1); } } async function a() { log(await new B()["m"](1)); }`,
	"return of a rejected promise": `async function bad() { return Promise.reject(1); } async function worse() { throw 2; } async function both() { return worse(); } async function a() { try { await bad(); } catch (e) { log(e); } try { await both(); } catch (e) { log(e); } }`,
	"return of a thenable of a thenable": `async function f() { return { then(ok) { log("one"); ok({ then(yes) { log("two"); yes(1); } }); } }; } async function a() { log(await f()); f().then(log); await null; }`,
	"return of a promise to a bare caller": `async function f() { await null; return Promise.resolve(1); } async function a() { const p = f(); p.then(log); for (let i = 0; i < 6; i++) { log(i); await null; } }`,
	"promise.constructor is read as often as by the engine": `const seen = (value) => Object.defineProperty(Promise.resolve(value), "constructor", { get() { log("constructor", value); return Promise; } }); async function* g() { log(yield seen("yield")); return seen("return"); } async function f() { try { return seen("tail"); } finally { log("f"); } } async function a() { log(await seen("await")); for await (const x of [seen("sync")]) log(x); let n = 0; for await (const x of { [Symbol.asyncIterator]: () => ({ next: () => Object.defineProperty(Promise.resolve({ value: n, done: n++ > 0 }), "constructor", { get() { log("next"); return Promise; } }) }) }) log(x); for await (const x of g()) log(x); log(await f()); }`,
	"a constructor or a then that throws": `const bad = (key) => Object.defineProperty(key === "then" ? {} : Promise.resolve(1), key, { get() { log("read", key); throw new Error(key); } }); async function a() { for (const key of ["constructor", "then"]) { Promise.resolve().then(() => log("tick", key)); try { await bad(key); } catch (e) { log(e.message); } try { for await (const x of [bad(key)]) log(x); } catch (e) { log(e.message); } } }`,
	"several that race": `async function f(n, k) { for (let i = 0; i < k; i++) { log(n, i); await null; } return n; } async function a() { log(await Promise.race([f("x", 3), f("y", 2)])); log(await Promise.all([f("p", 2), f("q", 1), { then(ok) { log("t"); ok(3); } }])); }`,
	"an iterable that starts as it goes": `async function f(n) { log(n); await null; return n; } async function a() { log(await Promise.race((function* () { yield f(1); log("between"); yield { then(ok) { log("then"); ok(2); } }; })())); }`,
};

/** Programs with a `main` of their own. */
const alone: Record<string, string> = {
	"await of what is no function": `const each = 5; async function a(){ try { await each(1); } catch { log("a caught"); } } async function main(){ const p=a(); log("m1"); await p; log("m2"); }`,
	"a bare call": `async function op(){ await null; log("op"); return 1; } async function main(){ const p=op(); p.then(()=>log("then")); for (let i=0;i<8;i++){ log("m"+i); await null; } await p; }`,
	"a bare call that fails": `async function op(){ await null; log("op"); throw 1; } async function main(){ const p=op(); p.catch(()=>log("catch")); for (let i=0;i<8;i++){ log("m"+i); await null; } }`,
	"a bare call that does not suspend": `async function op(){ log("op"); return 1; } async function main(){ const p=op(); p.then(()=>log("then")); for (let i=0;i<8;i++){ log("m"+i); await null; } await p; }`,
	"a call by a native function": `async function op(){ await null; log("op"); return 1; } async function main(){ const p=via(op).then(()=>log("via")); for (let i=0;i<8;i++){ log("m"+i); await null; } await p; }`,
	"queued requests": `async function* g(){ yield 1; yield 2; } async function main(){ const it=g(); const ps=[it.next(),it.next(),it.next(),it.return(3)].map((p,i)=>p.then(v=>log(i+":"+v.value))); for (let i=0;i<14;i++){ log("m"+i); await null; } await Promise.all(ps); }`,
};

/** Programs beside a clock, for engines that know `await using`, and what else the language has changed since. */
const recent: Record<string, string> = {
	"throw into yield* of a sync iterator that cannot throw": `async function* g() { try { yield* [1]; } catch (e) { log(e.name); } finally { log("f"); } } async function a() { const it = g(); await it.next(); log((await it.throw(5)).done); }`,
	"a sync iterator is closed when its value is rejected": `function* s() { try { yield Promise.reject(5); } finally { log("sf"); } } async function a() { try { for await (const x of s()) log(x); } catch (e) { log(e); } }`,
	"a sync iterator is closed when its value cannot be looked at": `const bad = (key) => Object.defineProperty(key === "then" ? {} : Promise.resolve(1), key, { get() { log("read", key); throw new Error(key); } }); async function a() { for (const key of ["constructor", "then"]) { try { for await (const x of { [Symbol.iterator]: () => ({ next: () => ({ value: bad(key), done: false }), return() { log("closed"); } }) }) log(x); } catch (e) { log(e.message); } } }`,
	"await using": `const r = (n, k) => ({ async [Symbol.asyncDispose]() { log("d" + n); for (let i = 0; i < k; i++) await null; } }); async function a() { { await using x = r(1, 0), y = r(2, 2); log("b"); } log("x"); }`,
	"await using of nothing": `async function a() { { await using x = null; log("b"); } log("x"); { await using x = null, y = { async [Symbol.asyncDispose]() { log("d"); } }; } log("y"); }`,
	"await using of a sync resource": `const r = (f) => ({ [Symbol.dispose]: f }); async function a() { { await using x = r(() => { log("d"); return new Promise(() => {}); }); log("b"); } log("x"); try { await using x = r(() => { throw 1; }); } catch (e) { log(e); } }`,
	"await using among using": `const s = (n) => ({ [Symbol.dispose]() { log("s" + n); } }); const r = (n) => ({ async [Symbol.asyncDispose]() { log("r" + n); } }); async function a() { { using a = s(1); await using b = r(1); using c = s(2); await using d = null; using e = s(3); } log("x"); { using a = s(4); await using b = null; using c = s(5); } log("y"); }`,
	"await using that fails": `async function a() { try { await using x = { [Symbol.asyncDispose]() { throw 1; } }; } catch (e) { log(e); } try { await using x = { async [Symbol.asyncDispose]() {} }; throw 2; } catch (e) { log(e); } }`,
};

/** Shows in which job things happen. */
const CLOCK = `async function main() { const p = a(); for (let i = 0; i < 40; i++) { log("m" + i); await null; } await p; }`;

const SCOPE = ["log", "nat", "via", "boom"];

/** What a program logs, natively or compiled. */
async function observe(
	code: string,
	start: (main: () => Promise<unknown>) => Promise<unknown>,
): Promise<readonly string[]> {
	const lines: string[] = [];
	const scope = [
		(...values: unknown[]) => void lines.push(values.map(String).join(" ")),
		async () => {
			await null;
			return 1;
		},
		async (fn: () => Promise<unknown>) => await fn(),
		() => {
			throw new Error("boom");
		},
	];
	const main = new Function("require", ...SCOPE, `${code};return main;`)(() => ({ kernel }), ...scope);
	try {
		lines.push(`value ${String(await start(main))}`);
	} catch (error) {
		lines.push(`error ${String(error)}`);
	}
	return lines;
}

const starts = {
	"in a run": (main: () => Promise<unknown>) => run(main),
	"outside of a run": (main: () => Promise<unknown>) => main(),
};

function sameOrder(title: string, source: string): void {
	const code = `"use strict";\n${source}`;
	for (const structure of ["scope", "function"] as const)
		for (const [where, start] of Object.entries(starts))
			test(`${title} (${where}, structure ${structure})`, async () => {
				const compiled = transform(code, {
					filename: "program.cjs",
					format: "commonjs",
					structure,
					ticks: "native",
				}).code;
				expect(await observe(compiled, start)).toEqual(await observe(code, (main) => main()));
			});
}

describe("the engine's order", () => {
	for (const [title, code] of Object.entries(beside)) sameOrder(title, `${code}\n${CLOCK}`);
	for (const [title, code] of Object.entries(alone)) sameOrder(title, code);
});

describe.skipIf(!knows("async () => { await using x = null; }"))("the order of an engine of today", () => {
	for (const [title, code] of Object.entries(recent)) sameOrder(title, `${code}\n${CLOCK}`);
});

function knows(syntax: string): boolean {
	try {
		new Function(syntax);
		return true;
	} catch {
		return false;
	}
}

describe("what stays as it is by default", () => {
	const native = (source: string, options: Parameters<typeof logOf>[1] = {}): Promise<string[]> =>
		logOf(source, { ticks: "native", ...options });

	test("a cancelled scope interrupts what waits; catch never sees it, finally may wait", async () => {
		for (const wait of [
			"await new Promise(() => {});",
			"await { then() {} };",
			"await (async () => { return new Promise(() => {}); })();",
			"await (async () => forever())();",
			"await (async () => { try { return forever(); } finally { } })();",
			"for await (const x of never()) log(x);",
			"for await (const x of [new Promise(() => {})]) log(x);",
			"await relay(never()).next();",
			"await using x = { async [Symbol.asyncDispose]() {} }; await forever();",
			"await new (class { async #m() { await forever(); } async m() { await this.#m(); } })().m();",
		]) {
			if (wait.startsWith("await using") && !knows(`async () => { ${wait} }`)) continue;
			const lines = await native(`
				async function forever() { await new Promise(() => {}); }
				async function* never() { await forever(); yield 1; }
				async function* relay(inner) { yield* inner; }
				async function work() {
					try { ${wait} }
					catch { log("caught"); }
					finally { await sleep(5); log("finally", now()); }
				}
				async function main() {
					await moveOnAfter(10, async () => { await work(); log("not reached"); });
					log("left", now());
				}`);
			expect(lines, wait).toEqual(["finally 15", "left 15"]);
		}
	});

	test("an iterator whose next was waited for in vain is closed", async () => {
		const lines = await native(`
			const source = { [Symbol.asyncIterator]() { return this; }, next: () => new Promise(() => {}), async return() { await sleep(3); log("closed", now()); return {}; } };
			async function main() {
				await moveOnAfter(10, async () => { for await (const x of source) log(x); });
				log("left", now());
			}`);
		expect(lines).toEqual(["closed 13", "left 13"]);
	});

	test("calls that never suspend end with their scope", async () => {
		const lines = await native(`
			async function op() { return 1; }
			async function main() {
				await withCancelScope(async (scope) => {
					let turns = 0;
					try { while (true) if (await op() && ++turns === 3) scope.cancel(); }
					finally { log(turns); }
				});
				log("left");
			}`);
		expect(lines).toEqual(["3", "left"]);
	});

	test("what was delivered is not lost to a cancellation that comes in the same tick", async () => {
		const lines = await native(`
			async function main() {
				const lock = new Lock();
				let inner;
				await withTaskGroup(async (group) => {
					await lock.acquire();
					group.spawn(async () => {
						await withCancelScope(async (scope) => {
							inner = scope;
							await lock.acquire();
							try { log("got it"); await sleep(1); log("not reached"); } finally { lock.release(); }
						});
					});
					await sleep(10);
					lock.release();
					inner.cancel();
				});
				log(lock.tryAcquire());
			}`);
		expect(lines).toEqual(["got it", "true"]);
	});

	test("an error of cleanup goes on at once", async () => {
		const lines = await native(`
			async function op() { try { await sleepForever(); } finally { throw new Error("cleanup"); } }
			async function main() {
				try { await moveOnAfter(10, async () => { try { await op(); } finally { log("finally"); } }); }
				catch (error) { log(error.message, now()); }
			}`);
		expect(lines).toEqual(["finally", "cleanup 10"]);
	});

	test("a rejection that comes after the wait is reported", async () => {
		const reports: string[] = [];
		for (const wait of ["await late;", "return late;", "for await (const x of [late]) log(x);"]) {
			await native(
				`
				async function main() {
					let reject;
					const late = new Promise((_, no) => { reject = no; });
					await moveOnAfter(10, async () => { ${wait} });
					reject(new Error("late"));
					await sleep(1);
				}`,
				{ run: { onReport: ({ kind, error }) => void reports.push(`${kind} ${String(error)}`) } },
			);
		}
		expect(reports).toEqual(["late-rejection Error: late", "late-rejection Error: late", "late-rejection Error: late"]);
	});

	test("a function does not end before the tasks that it started", async () => {
		const lines = await native(`
			async function child() { await sleep(10); log("child", now()); }
			async function work() { child(); return Promise.resolve("value"); }
			async function main() { log(await work(), now()); }`);
		expect(lines).toEqual(["child 10", "value 10"]);
	});

	test("return of a call shares the context; so do private methods, which are no bare calls", async () => {
		const lines = await native(
			`
			const name = new ContextVar("name", { default: "nobody" });
			async function set(value) { await null; name.set(value); }
			async function passes(value) { return set(value); }
			class C { async #set(value) { await set(value); } async set(value) { await this.#set(value); } async tail(value) { return this.#set(value); } }
			async function main() {
				await passes("a"); log(name.get());
				await new C().set("b"); log(name.get());
				await new C().tail("c"); log(name.get());
			}`,
			{ run: { bareCalls: "forbid" } },
		);
		expect(lines).toEqual(["a", "b", "c"]);
	});

	test("default and native ticks call each other and get values, never thenables", async () => {
		const callees = `
			const thenable = { then(ok) { ok("value"); } };
			const calls = [
				async () => thenable, async () => Promise.resolve("value"), async () => { await null; return thenable; },
				async () => calls[0](), async () => { try { return calls[0](); } finally { } },
				async () => { for await (const x of (async function* () { yield thenable; })()) return x; },
			];
			function main() { return calls; }`;
		const callers = `
			async function main() {
				for (const call of calls) {
					log(await call(), await Promise.all([call()]), await tail(call));
					const caught = await withTimeout(10, call); log(caught);
				}
			}
			async function tail(call) { return call(); }`;
		for (const ticks of ["default", "native"] as const) {
			const calls = compile<() => unknown>(callees, {}, { ticks: ticks === "native" ? "default" : "native" })();
			const lines = await logOf(callers, { ticks, scope: { calls } });
			expect(lines).toEqual(Array.from({ length: 6 }, () => ["value value value", "value"]).flat());
		}
	});

	test("a thenable that answers at once does not run its default awaiter inside of itself", async () => {
		const f = compile<() => Promise<unknown>>(
			`async function main() { return { then(ok) { ok("value"); log("answered"); } }; }`,
			{ log: (line: string) => void said.push(line) },
			{ ticks: "native" },
		);
		const said: string[] = [];
		await logOf("async function main() { said.push(await f()); }", { scope: { f, said } });
		expect(said).toEqual(["answered", "value"]);
	});

	test("a thenable that is raced is called once", async () => {
		for (const ticks of ["default", "native"] as const) {
			const lines = await logOf(
				`async function op() { await null; } async function main() { await Promise.all([op(), { then(ok) { log("called"); ok(); } }]); }`,
				{ ticks },
			);
			expect(lines).toEqual(["called"]);
		}
	});
});
