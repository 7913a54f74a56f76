import { expect, test } from "vitest";
import { logOf } from "../../test/compile.ts";

const resource = `
	const resource = (name, error) => ({
		async [Symbol.asyncDispose]() { await sleep(1); log("dispose", name, now()); if (error) throw new Error(error); },
	});
	const plain = (name, error) => ({ [Symbol.dispose]() { log("dispose", name); if (error) throw new Error(error); } });
	const messages = (error) => [error.message, ...suppressedErrors(error).map((it) => it.message)].join(" + ");`;

test("resources are disposed of in reverse order, sync and async ones, on every way out", async () => {
	const lines = await logOf(`${resource}
		async function work(how) {
			await using a = resource("a");
			using b = plain("b");
			await using nothing = null;
			log(how);
			if (how === "throw") throw new Error("boom");
			return how;
		}
		async function main() {
			log(await work("return"));
			try { await work("throw"); } catch (error) { log(error.message); }
		}`);
	expect(lines).toEqual(["return", "dispose b", "dispose a 1", "return", "throw", "dispose b", "dispose a 2", "boom"]);
});

test("disposal is cleanup: it goes on although the scope is cancelled", async () => {
	const lines = await logOf(`${resource}
		async function main() { await moveOnAfter(5, async () => { await using a = resource("a"); await sleepForever(); }); }`);
	expect(lines).toEqual(["dispose a 6"]);
});

test("the first failure is thrown, the further ones are kept with it", async () => {
	const lines = await logOf(`${resource}
		async function main() {
			try { await using a = resource("a", "first disposed last"); await using b = resource("b", "second"); throw new Error("body"); } catch (error) { log(messages(error)); }
			try { await using a = resource("a", "later"); await using b = resource("b", "earlier"); } catch (error) { log(messages(error)); }
		}`);
	expect(lines.filter((line) => !line.startsWith("dispose"))).toEqual([
		"body + second + first disposed last",
		"earlier + later",
	]);
});

test("in native ticks two failures are a SuppressedError, as in the language; a cancellation is never inside one", async () => {
	const source = `${resource}
		const shape = (it) => it instanceof Error && "suppressed" in it ? [it.name, it.message, shape(it.error), shape(it.suppressed), Object.keys(it).length] : it instanceof Error ? it.message : it;
		function sync() { using a = plain("a", "third"); using b = plain("b", "second"); throw new Error("first"); }
		async function both() { await using a = resource("a", "third"); using b = plain("b", "second"); throw "first"; }
		async function nothing() { await using a = resource("a", "second"); throw undefined; }
		const same = { [Symbol.asyncDispose]() { throw undefined; } };
		async function twice() { await using a = same; await using b = same; }
		async function one() { await using a = resource("a", "only"); }
		async function stopped() { await using a = resource("a", "broken"); await using b = resource("b", "first"); await sleepForever(); }
		async function main() {
			for (const f of [sync, both, nothing, twice, one, () => moveOnAfter(5, stopped)])
				try { await f(); } catch (error) { log(JSON.stringify(shape(error)), suppressedErrors(error).length); }
		}`;
	const around = (error: unknown, suppressed: unknown): unknown[] => [
		"SuppressedError",
		"An error was suppressed during disposal",
		error,
		suppressed,
		0,
	];
	const expected = [
		around("third", around("second", "first")),
		around("third", around("second", "first")),
		around("second", null),
		around(null, null),
		"only",
		around("broken", "first"),
	].map((shape) => `${JSON.stringify(shape)} 0`);
	const check = async (): Promise<void> => {
		const lines = await logOf(source, { ticks: "native" });
		expect(lines.filter((line) => !line.startsWith("dispose"))).toEqual(expected);
	};
	await check();
	const host = globalThis as { SuppressedError?: unknown };
	const { SuppressedError } = host;
	try {
		// Hosts without `using` have no such class.
		delete host.SuppressedError;
		await check();
	} finally {
		if (SuppressedError !== undefined) host.SuppressedError = SuppressedError;
	}
});

test("an error of disposal wins over a bare cancellation", async () => {
	const lines = await logOf(`${resource}
		async function main() {
			try { await moveOnAfter(5, async () => { await using a = resource("a", "broken"); await sleepForever(); }); } catch (error) { log(messages(error)); }
		}`);
	expect(lines).toEqual(["dispose a 6", "broken"]);
});

test("what has no dispose method is a TypeError, and what was acquired before is disposed of", async () => {
	const lines = await logOf(`${resource}
		async function main() { await using a = resource("a"); await using b = {}; log("not reached"); }`);
	expect(lines).toEqual(["dispose a 1", "error TypeError: Symbol(Symbol.asyncDispose) is not a function"]);
});

test("a group that is used waits for its tasks at the end of its block", async () => {
	const lines = await logOf(`
		async function main() {
			{ await using group = openTaskGroup(); group.spawn(async () => { await sleep(10); log("task", now()); }); log("body"); }
			log("left", now());
		}`);
	expect(lines).toEqual(["body", "task 10", "left 10"]);
});

test("a group that is used is cancelled when its block is left by an error", async () => {
	const lines = await logOf(`
		async function main() {
			try {
				await using group = openTaskGroup();
				group.spawn(async () => { try { await sleepForever(); } finally { await sleep(1); log("cancelled", now()); } });
				await sleep(5);
				throw new Error("boom");
			} catch (error) { log(error.message); }
		}`);
	expect(lines).toEqual(["cancelled 6", "boom"]);
});

test("a failure of a task in a group that is used stops the block", async () => {
	const lines = await logOf(`
		async function main() {
			try {
				await using group = openTaskGroup();
				group.spawn(async () => { await sleep(1); throw new Error("task"); });
				await sleepForever();
			} catch (error) { log(error.message, now()); }
		}`);
	expect(lines).toEqual(["task 1"]);
});
