import { describe } from "vitest";
import { marks } from "../../test/find.ts";

describe("async-executor", () => {
	marks(
		"async-executor",
		"an async executor, written there or named",
		`const load = async () => {};
new Promise(async (resolve) => {}); // !
new Promise(load); // !
new Promise(async function (resolve) {}); // !
new Promise((resolve) => {});
new Promise((resolve) => { load(); });
function f(Promise) { new Promise(async () => {}); }
new Other(async () => {});`,
	);
});

describe("swallowed-error", () => {
	const rule = "swallowed-error";

	marks(
		rule,
		"an empty catch around an await, without a word why",
		`async function f() {
	try { await g(); } catch {} // !
	try { await g(); } catch (error) {} // !
	try { for await (const x of y) x; } catch {} // !
	try { await g(); } catch { /* nothing there */ }
	try { await g(); } catch (error) { log(error); }
	try { JSON.parse(x); } catch {}
	try { later(async () => { await g(); }); } catch {}
	try { await g(); } finally {}
}
try { await g(); } catch {} // !`,
	);

	marks(
		rule,
		"an empty handler on a call",
		`async function f(promise) {
	await g().catch(() => {}); // !
	g().catch(() => {}); // !
	void g().catch(() => undefined); // !
	g().then(undefined, () => {}); // !
	g().catch(function () {}); // !
	g().catch(() => { /* best effort */ });
	g().catch(report);
	const value = await g().catch(() => undefined);
	promise.catch(() => {});
	g().then(() => {});
}
process.on("unhandledRejection", () => {}); // !
process.on("exit", () => {});
emitter.on("unhandledRejection", () => {});`,
	);
});

describe("swallowed-cancellation", () => {
	const rule = "swallowed-cancellation";
	const head = 'import { coroutine, run, sleep, Cancelled, cleanup } from "holdfast";\n';

	marks(
		rule,
		"a catch of a coroutine that neither throws nor asks",
		`${head}
const f = coroutine(function* () {
	try { yield* sleep(1); } catch (error) { log(error); } // !
	try { yield* other(); } catch { return; } // !
	try { yield* sleep(1); } catch (error) { if (error instanceof Cancelled) throw error; log(error); }
	try { yield* sleep(1); } catch (error) { throw new Error("x", { cause: error }); }
	try { yield* sleep(1); } catch (error) { log(error); function x() { throw 1; } } // !
	try { work(); } catch (error) { log(error); }
});
function* plain() { try { yield* sleep(1); } catch {} } // !
function* numbers() { try { yield* [1, 2]; } catch (error) { log(error); } }`,
	);

	marks(
		rule,
		"compiled functions never see it, native ones do",
		`${head}
async function f() { try { await sleep(1); } catch (error) { log(error); } }
async function g() { "use native"; try { await sleep(1); } catch (error) { log(error); } } // !
async function h() { "use native"; try { await other(); } catch (error) { log(error); } }`,
	);

	marks(
		rule,
		"all of a file that stays native",
		`${head}const f = async () => { try { await sleep(1); } catch {} }; // !`,
		{
			mode: "native",
		},
	);
});

describe("unprotected-cleanup", () => {
	marks(
		"unprotected-cleanup",
		"a wait in a finally that is not in a cleanup region",
		`import { coroutine, run, sleep, cleanup, shield } from "holdfast";
run(function* () {
	try { yield* sleep(1); } finally { yield* sleep(1); } // !
	try { yield* sleep(1); } finally { yield* cleanup(() => sleep(1)); }
	try { yield* sleep(1); } finally { yield* shield(() => sleep(1)); }
	try { yield* sleep(1); } finally { close(); }
});
async function f() { try { await sleep(1); } finally { await sleep(1); } }
async function g() { "use native"; try { await sleep(1); } finally { await sleep(1); } } // !
function* numbers() { try { yield 1; } finally { yield* [2]; } }`,
	);
});

describe("unsafe-finally", () => {
	marks(
		"unsafe-finally",
		"a jump out of a finally",
		`import { sleep } from "holdfast";
async function f() {
	try { await g(); } finally { return 1; } // !
	for (const x of y) try { await g(); } finally { break; } // !
	outer: for (const x of y) try { await g(); } finally { for (;;) { continue outer; } } // !
	try { await g(); } finally { for (const x of y) { if (x) break; else continue; } }
	try { await g(); } finally { later(() => { return 1; }); }
	try { await g(); } finally { inner: { break inner; } }
}
function* h() { try { yield* sleep(1); } finally { return 2; } } // !
function* numbers() { try { yield 1; } finally { return 2; } }
function plain() { try { g(); } finally { return 1; } }`,
	);
});

describe("race-for-timeout", () => {
	marks(
		"race-for-timeout",
		"one entry is a timer",
		`import { race, sleep } from "holdfast";
import { setTimeout as delay } from "node:timers/promises";
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
function timeout(ms) { return new Promise((_, reject) => { setTimeout(() => reject(new Error("late")), ms); }); }
async function f(work, event) {
	await Promise.race([work(), sleep(10)]); // !
	await Promise.race([work(), delay(10)]); // !
	await Promise.race([work(), wait(10)]); // !
	await Promise.race([work(), timeout(10)]); // !
	await Promise.race([work(), new Promise((resolve) => { const timer = setTimeout(resolve, 10); })]); // !
	await race([() => work(), () => sleep(10)]); // !
	await Promise.race([work(), event()]);
	await Promise.race([sleep(1), sleep(2)]);
	await Promise.race(work);
	await Promise.all([work(), sleep(10)]);
}
function g(Promise) { return Promise.race([work(), sleep(10)]); }`,
	);
});

describe("busy-loop", () => {
	marks(
		"busy-loop",
		"a loop that never waits and cannot end",
		`async function f(signal, scope) {
	while (true) { work(); } // !
	for (;;) work(); // !
	do { work(); } while (true); // !
	while (!signal.aborted) { work(); } // !
	while (!scope.cancelCalled) work(); // !
	own: while (true) { continue own; } // !
	while (true) { await work(); }
	while (true) { if (work()) break; }
	while (true) { if (work()) return; }
	while (true) { for (;;) { break; } } // !
	outer: while (true) { for (;;) { break outer; } }
	while (true) { for await (const x of y) work(x); }
	while (true) { if (work()) throw new Error(); }
	while (true) process.exit(1);
	while (more()) work();
	while (!done) work();
}
function* coroutine() { while (true) { yield 1; } }
function sync() { while (true) { work(); } }`,
	);
});

describe("not-disposable", () => {
	marks(
		"not-disposable",
		"a coroutine, a promise or a plain value",
		`import { Lock, openTaskGroup, resource } from "holdfast";
const lock = new Lock();
const open = async () => ({});
async function f() {
	using a = lock.acquire(); // !
	using b = await lock.acquire();
	await using c = open(); // !
	await using d = await open();
	await using e = openTaskGroup();
	using g = unknown();
	using h = null;
	using i = []; // !
	using j = { close() {} }; // !
	using k = { [Symbol.dispose]() {} };
	using l = { ...base };
	using m = () => {}; // !
	using n = "x"; // !
}`,
	);
});
