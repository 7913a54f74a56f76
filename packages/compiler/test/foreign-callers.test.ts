// Functions of the language, of the host and of libraries that were not compiled call compiled ones, wrap them, look at
// them and copy them, and notice nothing.
import { EventEmitter, once } from "node:events";
import { createRequire } from "node:module";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { callbackify, inspect, promisify, types } from "node:util";
import { describe } from "vitest";
import { same } from "./compare.ts";

const require = createRequire(import.meta.url);
const modules = {
	host: {
		EventEmitter,
		once,
		promisify,
		callbackify,
		inspect,
		types,
		Readable,
		Transform,
		pipeline,
		AsyncLocalStorage: (require("node:async_hooks") as { AsyncLocalStorage: unknown }).AsyncLocalStorage,
	},
	lodash: require("lodash") as unknown,
	"@oxc-project/runtime/helpers/decorate": require("@oxc-project/runtime/helpers/decorate") as unknown,
};
const runtimes = ["real"] as const;
const options = { modules, runtimes, inRun: true };

describe("what a compiled function is", () => {
	same(
		"its constructor, prototype, name, length, tag, keys and promise are those of an async function",
		`
const { inspect } = require("host");
async function declared(a, b = 1, ...rest) { return this; } const expression = async function (x) { return x; }; const arrow = async (x, y) => x;
class C { async method(a) { return this; } static async fixed() {} async [Symbol.for("key")]() {} async *items() { yield 1; } }
const object = { async shorthand(a, b, c) { return arguments.length; }, ["computed" + 1]: async () => {} };
async function main() {
	const AsyncFunction = Object.getPrototypeOf(new Function("return async () => {}")()).constructor;
	for (const f of [declared, expression, arrow, new C().method, C.fixed, C.prototype[Symbol.for("key")], object.shorthand, object.computed1]) {
		log(f.constructor.name, f.constructor === AsyncFunction, f instanceof AsyncFunction, f instanceof Function, f[Symbol.toStringTag], Object.prototype.toString.call(f), f.name, f.length, Object.keys(f), typeof f);
		log(JSON.stringify(f), Object.isExtensible(f), Object.isFrozen(f));
		const p = f(); log(p instanceof Promise, p.constructor === Promise, Object.getPrototypeOf(p) === Promise.prototype, Object.keys(p), inspect(Promise.resolve(p) === p)); await p;
	}
	log(Object.getOwnPropertyDescriptor(C.prototype, "method").enumerable, Object.getOwnPropertyNames(C.prototype), Object.getOwnPropertyNames(C), Object.keys(object));
	log(new C().items.constructor.name, Object.prototype.toString.call(new C().items()), typeof new C().items()[Symbol.asyncIterator], inspect(new C().items()));
	log({ ...object }.shorthand === object.shorthand, object.shorthand === object.shorthand, new C().method === new C().method);
	log((await declared.call(1)) === 1, (await declared.call(undefined)) === undefined, (await declared.bind(object)()) === object, declared.bind(object, 1).length, declared.bind(object).name, await Reflect.apply(object.shorthand, null, [1, 2]));
}`,
		options,
	);
	same(
		"what is passed on by value: structured clone and messages refuse a function and a promise as they do natively",
		`
const { types } = require("host"); async function f() { return { nested: [1, new Map([["k", new Date(0)]])] }; } async function* g() { yield 1; } class C { async *#p() {} async *m() {} p() { return this.#p(); } }
async function main() {
	for (const value of [g(), new C().m(), new C().p()]) log(types.isGeneratorObject(value), types.isPromise(value), JSON.stringify(value), Reflect.ownKeys(value).filter((key) => typeof key === "string"));
	for (const value of [f, f(), { f }, g, g(), { g: g() }, new C().m(), new C().p()]) try { structuredClone(value); log("cloned"); } catch (error) { log(error.name, error.constructor.name); }
	log(structuredClone(await f()));
	log(JSON.stringify({ f, p: f() }));
	const { port1, port2 } = new MessageChannel(); const heard = new Promise((resolve) => { port2.onmessage = async ({ data }) => { await null; resolve(data); }; });
	port1.postMessage(await f()); log(await heard); port1.close(); port2.close();
	try { port1.postMessage(f); } catch (error) { log(error.name); }
}`,
		options,
	);
	same(
		"subclasses, mixins, and methods that are borrowed, replaced and spied upon",
		`
class Base { constructor(n) { this.n = n; } async get(x) { await null; return this.n + x; } async *all() { yield this.n; yield* this.more(); } async *more() { yield "base"; } }
const Mixin = (B) => class extends B { async get(x) { return "mixed " + (await super.get(x)); } async *more() { yield "mixin"; yield* super.more(); } };
class Final extends Mixin(Base) { async get(x) { return "final " + (await super.get(x)); } }
async function main() {
	const it = new Final(1); log(await it.get(2)); for await (const x of it.all()) log(x);
	const original = Base.prototype.get; const calls = [];
	Base.prototype.get = function (...args) { calls.push(args); return Reflect.apply(original, this, args); }; log(await it.get(3), calls); Base.prototype.get = original; log(await it.get(4), calls);
	log(await Base.prototype.get.call({ n: "borrowed " }, 5)); it.get = async () => "own"; log(await it.get(), Object.keys(it));
	function Old() {} Old.prototype.get = Base.prototype.get; const old = new Old(); old.n = 6; log(await old.get(1));
}`,
		options,
	);
});

describe("callers of the language", () => {
	same(
		"array methods, Promise statics, thenables, iteration helpers, JSON, getters, tagged templates and Reflect",
		`
const double = async (x) => { await sleep(1); return x * 2; };
async function main() {
	log([1, 2].map(double).every((p) => p instanceof Promise), await Promise.all([1, 2, 3].map(double)), await Promise.all(new Set([1, 2]).values().map?.(double) ?? [1, 2].map(double)));
	log([1, 2].filter(double), [3, 1, 2].some(double), [1].flatMap(async (x) => [x]).length, await [1, 2, 3].reduce(async (sum, x) => (await sum) + (await double(x)), Promise.resolve(0)));
	log(await Array.fromAsync([1, 2], double), await Promise.race([double(1), new Promise(() => {})]), await Promise.any([Promise.reject(new Error("no")), double(2)]), await Promise.allSettled([double(3), (async () => { throw new Error("settled"); })()]).then((r) => r.map((x) => x.value ?? x.reason.message)));
	log(await { then: async (resolve) => { await sleep(1); resolve("thenable"); } }, await new Promise(async (resolve) => { await sleep(1); resolve("executor"); }));
	log(await double(4).then(double).then(async (x) => { await null; throw new Error("chain " + x); }).catch(async (error) => error.message).finally(async () => { await sleep(1); log("finally"); }));
	const tag = async (strings, ...values) => { await null; return strings.raw.join("|") + values; }; log(await tag\`a\${1}b\${2}c\`);
	const holder = { get later() { return double(5); }, async *[Symbol.asyncIterator]() { yield* [double(1), double(2)]; } }; log(await holder.later); for await (const x of holder) log(x);
	log(await Reflect.apply(double, null, [6]), await double.call(null, 7), await double.apply(null, [8]), await (0, double)(9), await double?.(10));
	try { Reflect.construct(double, []); } catch (error) { log(error.name); } try { class X extends double {} } catch (error) { log(error.name); }
	const sorted = ["b", "a"]; log(sorted.toSorted?.(async () => 0) ?? sorted); queueMicrotask(async () => { await null; log("microtask"); }); setTimeout(async (a, b) => { await null; log("timeout", a, b); }, 1, "x", "y"); await sleep(10);
	const { promise, resolve } = Promise.withResolvers(); setTimeout(async () => { await null; resolve(double(11)); }); log(await promise, await Promise.resolve(double(12)), (await Promise.all([double(13), 14, undefined, null])).length);
}`,
		{ ...options, order: "native" },
	);
	same(
		"proxies, with and without traps, around functions, instances and promises' owners",
		`
async function f(a, b) { await null; return [this?.n, a, b]; } class C { #secret = 1; n = 2; async get() { return this.n; } async hidden() { return this.#secret; } }
async function main() {
	const seen = []; const traps = { apply(target, self, args) { seen.push("apply"); return Reflect.apply(target, self, args); }, get(target, key, receiver) { seen.push(String(key)); return Reflect.get(target, key, receiver); } };
	log(await new Proxy(f, {})(1, 2), await new Proxy(f, traps)(3, 4)); log(seen.includes("apply"), new Proxy(f, {}).name, new Proxy(f, {}).length);
	const proxied = new Proxy(new C(), { get(target, key) { seen.push("own " + String(key)); return target[key]; } }); log(await proxied.get()); try { log(await proxied.hidden()); } catch (error) { log(error.name); }
	const bound = new Proxy(new C(), { get(target, key) { const value = target[key]; return typeof value === "function" ? value.bind(target) : value; } }); log(await bound.hidden(), await bound.get());
	const rpc = new Proxy({}, { get: (_, method) => method === "then" ? undefined : async (...args) => { await sleep(1); return method + "(" + args + ")"; } }); log(await rpc.anything(1, 2), await rpc.other()); log(await rpc === rpc);
	const { proxy, revoke } = Proxy.revocable(f, {}); log(await proxy(5)); revoke(); try { await proxy(6); } catch (error) { log(error.name); }
	log(seen.filter((key) => key.startsWith("own")));
}`,
		options,
	);
});

describe("foreign callees", () => {
	same(
		"are called as the language calls them, whatever they answer to call, apply and bind",
		`
const client = (path = []) => new Proxy(function () {}, { get: (_, key) => typeof key === "string" && key !== "then" ? client([...path, key]) : undefined, apply: (_, self, args) => Promise.resolve(path.join(".") + "(" + args + ")") });
const odd = (f) => Object.assign(f, { call: () => "call of its own", apply: () => "apply of its own", bind: () => "bind of its own" });
async function main() {
	const api = client(); log(await api.users.$get(), await api.users.$get(1), await api.users[":id"].$post(1, 2), await api.a(1, 2, 3), await api.b(1, 2, 3, 4), await api.c(...[1, 2]), await api?.d?.(await 5), await api.call(1), await api.x.apply(2));
	const o = { zero: odd(() => "zero"), self: odd(function (a) { return [this === o, a]; }) }; log(await o.zero(), await o.self(1), await o.self(...[2]), await o["self"](await 3)); const { zero } = o; log(await zero(), await zero(...[]));
	const bare = Object.setPrototypeOf(function () { return this === holder; }, null); const holder = { bare }; log(await holder.bare(), await holder.bare(1), await holder.bare(1, 2), await holder.bare(1, 2, 3), await holder.bare(1, 2, 3, 4));
	const inTry = async () => { try { return api.tail(1); } finally { log("finally"); } }; log(await inTry(), await (async () => o.self("tail"))());
	const iterable = { [Symbol.asyncIterator]: odd(() => { let n = 0; return { next: odd(async () => ({ value: n++, done: n > 3 })), return: odd(async () => { log("closed"); return {}; }) }; }) }; for await (const x of iterable) { log(x); if (x === 1) break; } async function* all() { yield* iterable; } for await (const x of all()) { log(x); if (x === 1) break; }
	log(await { then: odd((resolve) => { resolve("thenable"); }) }); { await using d = { [Symbol.asyncDispose]: odd(async () => { log("disposed"); }) }; using e = { [Symbol.dispose]: odd(() => { log("disposed too"); }) }; }
}`,
		// Its generator stays suspended when it is left, because the inner `return` gives no `done`: a run would close it.
		{ ...options, inRun: false },
	);
});

describe("callers of the host", () => {
	same(
		"emitters, promisify, callbackify, streams and event targets",
		`
const { EventEmitter, once, promisify, callbackify, Readable, Transform, pipeline } = require("host");
async function main() {
	const emitter = new EventEmitter({ captureRejections: true }); const got = [];
	emitter.on("x", async function (value) { got.push(this === emitter, value); await sleep(1); got.push("later " + value); }); emitter.once("x", async () => { await null; got.push("once"); });
	log(emitter.emit("x", 1), emitter.emit("x", 2), emitter.listenerCount("x")); await sleep(10); log(got.sort());
	const failed = new Promise((resolve) => { emitter.on("error", async (error) => { await null; resolve(error.message); }); }); emitter.on("y", async () => { await sleep(1); throw new Error("listener"); }); emitter.emit("y"); log(await failed);
	const listener = async () => {}; emitter.on("z", listener); emitter.off("z", listener); log(emitter.listenerCount("z"), emitter.listeners("x").length);
	setTimeout(async () => { await null; emitter.emit("named", "value"); }, 1); log(await once(emitter, "named"));
	async function withCallback(x, callback) { await sleep(1); if (x < 0) callback(new Error("negative")); else callback(null, x + 1); } log(await promisify(withCallback)(1)); try { await promisify(withCallback)(-1); } catch (error) { log(error.message); }
	withCallback[promisify.custom] = async (x) => "custom " + x; log(await promisify(withCallback)(2));
	const called = (f, ...args) => new Promise((resolve) => callbackify(f)(...args, (...results) => resolve(results.map((r) => r?.message ?? r)))); log(await called(async (x) => x * 2, 4), await called(async () => { throw new Error("called back"); }), await called(async () => { throw null; }));
	const chunks = []; await pipeline(Readable.from((async function* () { for (const x of ["a", "b"]) { await sleep(1); yield x; } })()), new Transform({ async transform(chunk, _, done) { await sleep(1); done(null, String(chunk).toUpperCase()); }, async flush(done) { await null; done(null, "!"); } }), async function (source) { for await (const chunk of source) chunks.push(String(chunk)); }); log(chunks);
	log(await Readable.from([1, 2, 3]).map(async (x) => { await sleep(1); return x * 2; }, { concurrency: 2 }).filter(async (x) => x > 2).toArray()); try { await pipeline(Readable.from([1]), async function* (source) { for await (const x of source) { yield x; throw new Error("in the pipeline"); } }, async (source) => { for await (const _ of source); }); } catch (error) { log(error.message); }
	const target = new EventTarget(); const heard = new Promise((resolve) => target.addEventListener("e", async ({ type }) => { await null; resolve(type); }, { once: true })); target.dispatchEvent(new Event("e")); log(await heard);
	target.addEventListener("h", { async handleEvent(event) { log("object", event.type); } }); target.dispatchEvent(new Event("h"));
	const web = new ReadableStream({ async start(controller) { controller.enqueue(1); await sleep(1); }, async pull(controller) { await sleep(1); controller.enqueue(2); controller.close(); }, async cancel() {} }); const read = []; for await (const x of web) read.push(x); log(read);
	const cut = new ReadableStream({ async pull(controller) { await null; controller.enqueue(0); }, async cancel(reason) { await sleep(1); log("cancelled", reason); } }); const reader = cut.getReader(); await reader.read(); await reader.cancel("enough");
}`,
		options,
	);
	same(
		"AsyncLocalStorage holds across awaits, whoever runs them, and inside emitters and timers",
		`
const { AsyncLocalStorage, EventEmitter } = require("host");
async function main() {
	const store = new AsyncLocalStorage(); const seen = []; const note = (where) => seen.push(where + " " + store.getStore());
	const deep = async () => { await sleep(1); note("deep"); await null; note("deeper"); };
	await store.run("a", async () => { note("in"); await deep(); await Promise.all([store.run("b", async () => { await deep(); }), deep()]); setTimeout(async () => { await null; note("timer"); }); await sleep(10); note("end"); });
	note("outside"); const emitter = new EventEmitter(); emitter.on("x", async () => { await null; note("listener"); }); store.run("c", () => emitter.emit("x")); await sleep(1);
	const bound = store.run("d", () => AsyncLocalStorage.bind(async () => { await null; note("bound"); })); await bound(); const all = store.run("e", () => [1, 2].map(async (n) => { await sleep(n); note("map"); })); await Promise.all(all); log(seen.sort());
}`,
		options,
	);
});

describe("wrappers of libraries", () => {
	same(
		"copying keys: Object.assign, spread, descriptors, names; a wrapper is called, and not what it was made of",
		`
async function f(x) { await null; return "f" + x; } f.extra = 1;
async function main() {
	const wrap = (fn) => Object.assign((...args) => { log("wrapper"); return fn(...args); }, fn); log(await wrap(f)(1), wrap(f).extra);
	const full = (fn) => { const w = function (...args) { log("full"); return fn.apply(this, args); }; for (const key of Reflect.ownKeys(fn)) try { Object.defineProperty(w, key, Object.getOwnPropertyDescriptor(fn, key)); } catch {} Object.setPrototypeOf(w, Object.getPrototypeOf(fn)); return w; }; const g = full(f); log(await g(2), g.name, g.length, g.extra, Object.keys(g));
	const awaited = async (fn) => await fn(3); log(await awaited(g), await awaited(wrap(f)), await awaited(full(full(f)))); const object = { f: full(f) }; log(await object.f(4));
	const copy = Object.defineProperties(async () => "copy", Object.getOwnPropertyDescriptors(f)); log(await copy(), copy.extra);
	const inherits = Object.setPrototypeOf(() => "inherits", f); log(await inherits(), inherits.extra); const created = Object.create(f); log(typeof created, created.extra, created instanceof Function);
	const once = (fn) => { let result; return (...args) => (result ??= fn(...args)); }; const o = once(async () => { log("once"); return {}; }); log((await o()) === (await o()), o() === o());
}`,
		options,
	);
	same(
		"lodash: memoize, debounce, throttle, once, after, partial, curry, flow, wrap, negate, attempt, isFunction, cloneDeep",
		`
const _ = require("lodash");
async function main() {
	let calls = 0; const load = async (key, extra = "") => { calls++; await sleep(1); return key + extra; };
	const memo = _.memoize(load); log(await memo("a"), await memo("a"), calls, memo("a") === memo("a"), memo.cache.has("a")); const keyed = _.memoize(load, async (...all) => all.join()); log(await keyed("a", 1), await keyed("a", 2));
	calls = 0; const debounced = _.debounce(load, 5); debounced("x"); debounced("y"); await sleep(20); log(calls, await debounced.flush()); const leading = _.debounce(load, 5, { leading: true, trailing: false }); log(await leading("l"), await leading("m")); const throttled = _.throttle(load, 50); log(await throttled("t"), (await throttled("u")) === "t"); throttled.cancel();
	calls = 0; const once = _.once(load); log(await once("o"), await once("p"), calls); log(await _.partial(load, "p")("q"), await _.curry(load, 2)("c")("d"), await _.wrap(load, async (f, x) => "<" + (await f(x)) + ">")("w"), await _.flow([load, async (p) => (await p) + "!"])("f"), await _.spread(load)(["s", "t"]), await _.flip(load)("1", "2"), await _.ary(load, 1)("one", "two"), await _.unary(load)("u"));
	log(_.isFunction(load), _.isNative(load), _.isObject(load), _.isPlainObject(load), _.isError(_.attempt(() => { throw new Error("e"); })), await _.attempt(load, "attempt"), _.invokeMap([1], async function () { return this; }).length, _.functions({ load, x: 1 }), _.cloneDeep({ load }).load === undefined || typeof _.cloneDeep({ load }).load, _.isEqual(load, load), _.toString(1));
	log(await Promise.all(_.map([1, 2], async (x) => load(x))), await Promise.all(_.times(2, load)), _.bindAll({ async who() { return this; } }, ["who"]) !== undefined, await _.bind(async function (x) { return this.n + x; }, { n: 1 })(2), _.defaults({}, { load }).load === load, _.merge({}, { load }).load === load, await _.result({ load: async () => "result" }, "load"));
}`,
		options,
	);
	same(
		"decorators of libraries: of the standard and of TypeScript, that replace, wrap, bind, register and time methods",
		`
const registered = []; const timings = [];
function register(value, context) { registered.push([context?.kind, String(context?.name ?? ""), value.name, value.length, value.constructor.name]); }
function timed(target, key, descriptor) { const original = descriptor.value; descriptor.value = async function (...args) { try { return await original.apply(this, args); } finally { timings.push(key); } }; return descriptor; }
function retry(times) { return (target, key, descriptor) => { const original = descriptor.value; descriptor.value = function (...args) { let left = times; const attempt = () => original.apply(this, args).catch((error) => { if (left-- > 0) return attempt(); throw error; }); return attempt(); }; Object.defineProperty(descriptor.value, "name", { value: original.name }); return descriptor; }; }
function bound(target, key, { value }) { return { configurable: true, get() { const f = value.bind(this); Object.defineProperty(this, key, { value: f, configurable: true }); return f; } }; }
function cached(target, key, descriptor) { const cache = new Map(); const original = descriptor.value; descriptor.value = function (x) { if (!cache.has(x)) cache.set(x, original.call(this, x)); return cache.get(x); }; }
class Service {
	calls = 0; name = "service";
	@timed async work(x) { await sleep(1); return this.name + x; }
	@retry(2) async flaky() { await null; if (this.calls++ < 2) throw new Error("flaky " + this.calls); return this.calls; }
	@retry(0) async hopeless() { throw new Error("hopeless"); }
	@bound async own() { await null; return this.name; }
	@cached async load(x) { await sleep(1); return { x }; }
	@timed static async make() { return new this(); }
}
async function main() {
	const service = await Service.make(); log(await service.work(1), await service.flaky(), service.flaky.name); try { await service.hopeless(); } catch (error) { log(error.message); }
	const { own } = service; log(await own(), (await service.load(1)) === (await service.load(1)), timings);
	class Late { async m(a, b) { return a + b; } } register(Late.prototype.m, { kind: "method", name: "m" }); log(registered); log(await new Late().m(1, 2));
}`,
		options,
	);
});
