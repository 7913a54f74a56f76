import { expect, test } from "vitest";
import { compile, logOf } from "../../test/compile.ts";
import { rejectionOf, virtually } from "../../test/virtually.ts";

test("to foreign callers a compiled function looks like an async function", async () => {
	const shell = compile<(a: number, b?: number) => Promise<number>>(`async function main(a, b = 2) { return a + b; }`);
	expect([shell.name, shell.length]).toEqual(["main", 1]);
	expect(Object.getPrototypeOf(shell)).toBe(Object.getPrototypeOf(async () => {}));
	expect(Object.keys(shell)).toEqual([]);
	const promise = shell(1);
	expect([promise instanceof Promise, promise.constructor]).toEqual([true, Promise]);
	expect(await promise).toBe(3);
});

test("errors of default parameters reject", async () => {
	const shell = compile<() => Promise<void>>(`async function main(a = (() => { throw new Error("default"); })()) {}`);
	expect((await rejectionOf(shell())) as Error).toMatchObject({ message: "default" });
	expect((await rejectionOf(virtually(shell))) as Error).toMatchObject({ message: "default" });
});

test("this, arguments and private methods reach the body", async () => {
	const lines = await logOf(`
		class Base { async m(x) { await checkpoint(); return "base " + x; } }
		class A extends Base {
			#secret = 7;
			async #hidden(y) { await checkpoint(); return this.#secret + y; }
			async m() { return [await this.#hidden(1), arguments.length, await super.m(arguments[0])].join(" "); }
			static async s() { return this === A; }
		}
		async function main() { log(await new A().m("x", "y")); log(await A.s()); log(await new A().m.call(new A(), "z")); }`);
	expect(lines).toEqual(["8 2 base x", "true", "8 1 base z"]);
});

test("awaiting what is no function is the engine's own error", async () => {
	const lines = await logOf(
		`async function main() { const o = {}; try { await o.missing(1); } catch (error) { log(error.message); } }`,
	);
	expect(lines).toEqual(["o.missing is not a function"]);
});

test("wrappers, proxies and bound functions are called as they are", async () => {
	const lines = await logOf(`
		async function f(x) { await checkpoint(); return x; }
		function wrap(fn) { const wrapper = (...args) => { log("wrapped"); return fn(...args); }; for (const key of Reflect.ownKeys(fn)) if (key !== "prototype") Object.defineProperty(wrapper, key, Object.getOwnPropertyDescriptor(fn, key)); return wrapper; }
		const proxied = new Proxy(f, { apply(target, self, args) { log("proxied"); return Reflect.apply(target, self, args); } });
		async function main() { log(await wrap(f)(1), await proxied(2), await f.bind(null, 3)()); }`);
	expect(lines).toEqual(["wrapped", "proxied", "1 2 3"]);
});

test("an awaited call is no task, a bare call is", async () => {
	const lines = await logOf(`
		async function whoAmI() { return currentTask().id; }
		async function main() { const id = currentTask().id; log(await whoAmI() === id); const other = whoAmI(); log((await other) === id); }`);
	expect(lines).toEqual(["true", "false"]);
});

test("100,000 nested awaits neither overflow, suspended or not, nor when they are cancelled", async () => {
	const lines = await logOf(`
		let unwound = 0;
		async function nest(depth, wait) { try { return depth === 0 ? await wait() : 1 + await nest(depth - 1, wait); } finally { unwound++; } }
		async function quick() { return 0; }
		async function slow() { await checkpoint(); return 0; }
		async function main() {
			log(await nest(100_000, quick), await nest(100_000, slow));
			unwound = 0;
			await moveOnAfter(5, async () => { await nest(100_000, sleepForever); });
			log(unwound);
		}`);
	expect(lines).toEqual(["100000 100000", "100001"]);
});

test("5,000 nested scopes and 5,000 nested bare calls do not overflow either", async () => {
	const lines = await logOf(`
		let unwound = 0;
		async function scopes(depth) { try { if (depth === 0) await sleepForever(); else await withTimeout(1_000, async () => { await scopes(depth - 1); }); } finally { unwound++; } }
		async function bare(depth) { try { if (depth === 0) await sleepForever(); else await withTimeout(1_000, () => bare(depth - 1)); } finally { unwound++; } }
		async function main() {
			for (const nest of [scopes, bare]) { unwound = 0; await moveOnAfter(5, () => nest(5_000)); log(unwound); }
		}`);
	expect(lines).toEqual(["5001", "5001"]);
});

test("an await that completes without suspending takes no tick; native ticks keep the engine's order", async () => {
	const source = `
		async function quick() {}
		async function main() { Promise.resolve().then(() => log("microtask")); await quick(); log("after the await"); await sleep(1); }`;
	expect(await logOf(source)).toEqual(["after the await", "microtask"]);
	expect(await logOf(source, { ticks: "native" })).toEqual(["microtask", "after the await"]);
});

test("with native ticks a cancellation is thrown at the await all the same", async () => {
	const lines = await logOf(
		`
		async function main() {
			await moveOnAfter(5, async () => { try { await sleepForever(); log("not reached"); } catch { log("caught"); } finally { await sleep(1); log("finally", now()); } });
			log("left", now());
		}`,
		{ ticks: "native" },
	);
	expect(lines).toEqual(["finally 6", "left 6"]);
});
