import { expect, test } from "vitest";
import { compile, logOf } from "../../test/compile.ts";
import { virtually } from "../../test/virtually.ts";
import type { Report } from "../runner.ts";

const count = `
	async function* count(to) {
		try { for (let i = 1; i <= to; i++) { await sleep(1); yield i; } return "all"; }
		finally { await sleep(1); log("closed", now()); }
	}`;

test("for await takes every value; the generator ends by itself", async () => {
	const lines = await logOf(
		`${count} async function main() { for await (const x of count(3)) log(x, now()); log("end"); }`,
	);
	expect(lines).toEqual(["1 1", "2 2", "3 3", "closed 4", "end"]);
});

test("break, return and an error in the body close it before the loop is left", async () => {
	const lines = await logOf(`${count}
		async function returns() { for await (const x of count(3)) return x; }
		async function main() {
			for await (const x of count(3)) break;
			log("after break", now());
			log(await returns(), now());
			try { for await (const x of count(3)) throw new Error("boom"); } catch (error) { log(error.message, now()); }
		}`);
	expect(lines).toEqual(["closed 2", "after break 2", "closed 4", "1 4", "closed 6", "boom 6"]);
});

test("a cancelled consumer closes it, as cleanup", async () => {
	const lines = await logOf(`${count}
		async function main() {
			await moveOnAfter(10, async () => { for await (const x of count(3)) { log(x); await sleep(100); } });
			log("left", now());
		}`);
	expect(lines).toEqual(["1", "closed 11", "left 11"]);
});

test("a cancellation inside of the generator runs its finally and passes the loop", async () => {
	const lines = await logOf(`
		async function* stuck() { try { yield 1; await sleepForever(); } catch { log("not caught"); } finally { await sleep(1); log("closed", now()); } }
		async function main() {
			await moveOnAfter(10, async () => { for await (const x of stuck()) log(x); log("not reached"); });
			log("left", now());
		}`);
	expect(lines).toEqual(["1", "closed 11", "left 11"]);
});

test("a foreign iterator is closed too when its consumer is cancelled while it waits for the next value", async () => {
	const closed: string[] = [];
	const foreign = () => ({
		[Symbol.asyncIterator]() {
			return this;
		},
		next: () => new Promise(() => {}),
		async return() {
			closed.push("closed");
			return { done: true };
		},
	});
	const lines = await logOf(
		`async function main() {
			await moveOnAfter(5, async () => { for await (const x of foreign()) log(x); log("not reached"); });
			log("left", now());
		}`,
		{ scope: { foreign } },
	);
	expect([lines, closed]).toEqual([["left 5"], ["closed"]]);
});

test("requests at the same time are served one after the other, in order", async () => {
	const lines = await logOf(`${count}
		async function main() {
			const it = count(2);
			const results = await Promise.all([it.next(), it.next(), it.next(), it.next()]);
			log(JSON.stringify(results));
		}`);
	expect(lines).toEqual([
		"closed 3",
		JSON.stringify([
			{ value: 1, done: false },
			{ value: 2, done: false },
			{ value: "all", done: true },
			{ done: true },
		]),
	]);
});

test("return and throw queue behind a running next", async () => {
	const lines = await logOf(`${count}
		async function main() {
			const it = count(5);
			const next = it.next();
			const returned = it.return("early");
			log(JSON.stringify(await next), JSON.stringify(await returned), JSON.stringify(await it.next()));
			const other = count(5);
			const first = other.next();
			const thrown = other.throw(new Error("boom")).catch((error) => error.message);
			log(JSON.stringify(await first), await thrown, JSON.stringify(await other.next()));
		}`);
	expect(lines).toEqual([
		"closed 2",
		'{"value":1,"done":false} {"value":"early","done":true} {"done":true}',
		"closed 4",
		'{"value":1,"done":false} boom {"done":true}',
	]);
});

test("return before the first next runs nothing", async () => {
	const lines = await logOf(`${count}
		async function main() {
			const it = count(5);
			log(JSON.stringify(await it.return(Promise.resolve("value"))), JSON.stringify(await it.next()));
			const other = count(5);
			try { await other.throw(new Error("boom")); } catch (error) { log(error.message); }
		}`);
	expect(lines).toEqual(['{"value":"value","done":true} {"done":true}', "boom"]);
});

test("an error in finally is thrown by the loop that closes it", async () => {
	const lines = await logOf(`
		async function* bad() { try { yield 1; } finally { await sleep(1); throw new Error("in finally"); } }
		async function main() {
			try { for await (const x of bad()) break; } catch (error) { log(error.message); }
			try { for await (const x of bad()) throw new Error("body"); } catch (error) { log(error.message, suppressedErrors(error).map((it) => it.message)); }
		}`);
	expect(lines).toEqual(["in finally", "body in finally"]);
});

test("yield* passes next, throw and return on", async () => {
	const lines = await logOf(`${count}
		async function* outer() { const value = yield* count(2); log("inner gave", value); yield "own"; }
		async function main() {
			for await (const x of outer()) log(x);
			for await (const x of outer()) break;
			log("left", now());
		}`);
	expect(lines).toEqual(["1", "2", "closed 3", "inner gave all", "own", "closed 5", "left 5"]);
});

test("for await over a sync iterable awaits its values, and over promises too", async () => {
	const lines = await logOf(
		`async function main() { for await (const x of [1, Promise.resolve(2), sleep(5).then(() => 3)]) log(x, now()); }`,
	);
	expect(lines).toEqual(["1 0", "2 0", "3 5"]);
});

test("what is no async iterable is a TypeError", async () => {
	const lines = await logOf(`async function main() { for await (const x of 5) log(x); }`);
	expect(lines[0]).toMatch(/error TypeError: .*not async iterable/);
});

test("generators that still wait at a yield are closed newest first when the run ends; main's result stands", async () => {
	const reports: Report[] = [];
	const lines: string[] = [];
	const log = (...values: unknown[]) => void lines.push(values.join(" "));
	const main = compile<() => Promise<string>>(
		`
		async function* hold(name) { try { yield name; } finally { await sleep(1); log("closed", name); if (name === "b") throw new Error("late"); } }
		async function main() { for (const name of ["a", "b", "c"]) await hold(name).next(); return "result"; }`,
		{ log },
	);
	expect(await virtually(main, { onReport: (report) => reports.push(report) })).toBe("result");
	expect(lines).toEqual(["closed c", "closed b", "closed a"]);
	expect(reports.map(({ error, kind }) => [(error as Error).message, kind])).toEqual([["late", "generator"]]);
});

test("closing at the end of the run is bounded by the grace", async () => {
	const main = compile<() => Promise<string>>(`
		async function* hold() { try { yield 1; } finally { await sleepForever(); } }
		async function main() { await hold().next(); return "result"; }`);
	expect(await virtually(main, { grace: 50, onReport: () => {} })).toBe("result");
});

test("a generator's body shares context and cancellation with whoever asks", async () => {
	const lines = await logOf(`
		const variable = new ContextVar("variable", { default: "default" });
		async function* read() { for (;;) { yield variable.get(); await checkpoint(); } }
		async function main() {
			const it = read();
			log((await it.next()).value);
			variable.set("changed");
			log((await it.next()).value);
			await variable.with("inside", async () => { log((await it.next()).value); });
		}`);
	expect(lines).toEqual(["default", "changed", "inside"]);
});

test("outside of every run a compiled async generator is an ordinary one", async () => {
	const make = compile<() => AsyncGenerator<number>>(
		`async function* main() { yield 1; await checkpoint(); yield 2; }`,
	);
	const values: number[] = [];
	for await (const value of make()) values.push(value);
	expect(values).toEqual([1, 2]);
	expect(Object.prototype.toString.call(make())).toBe("[object AsyncGenerator]");
});
