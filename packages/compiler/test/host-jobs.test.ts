// A task that waits for a promise goes on in the job that the host makes for it, not in a later one. Found by the tests of
// hono.
import { describe } from "vitest";
import { same } from "./compare.ts";

describe("what a promise brings", () => {
	same(
		"is seen before its source can change it: a stream that fills its buffer again",
		`
async function main() {
	const scratch = new Uint8Array(2); let n = 0; const copies = [];
	const stream = new ReadableStream({ pull(controller) { scratch.fill(++n); controller.enqueue(scratch); if (n === 3) controller.close(); } });
	const reader = stream.getReader(); for (;;) { const { value, done } = await reader.read(); if (done) break; copies.push([...value]); } log(copies);
}`,
		{ runtimes: ["real"] },
	);
	same(
		"is seen in the turn of the host in which it settles, however often that happens",
		`
async function main() {
	const late = [];
	for (let i = 0; i < 300; i++) { let isNext = false; await new Promise((resolve) => { setImmediate(() => { resolve(); setImmediate(() => { isNext = true; }); }); }); if (isNext) late.push(i); }
	log(late);
}`,
		{ runtimes: ["real"] },
	);
	same(
		"is seen in the order in which its listeners were attached, before what they do next",
		`
async function main() {
	let resolve; const promise = new Promise((r) => { resolve = r; }); promise.then(() => log("before")).then(() => log("next")); setTimeout(() => { resolve("value"); log("resolved"); }, 1);
	log(await promise); await null; const failing = sleep(1).then(() => { throw new Error("late"); }); failing.catch(() => log("caught before")).then(() => log("next")); try { await failing; } catch (error) { log(error.message); }
}`,
		{ runtimes: ["real"] },
	);
	same(
		"is heard of later where a function returns the promise: its source has had a microtask in between",
		`
const later = async (x) => new Promise((resolve, reject) => { setTimeout(() => { if (x === "no") reject(new Error("no")); else resolve(x); queueMicrotask(() => log("microtask")); }, 1); });
const outer = async (x) => { const promise = later(x); return promise; };
async function main() { log(await later("a")); log(await outer("b")); try { await later("no"); } catch (error) { log(error.message); } const p = later("c"); log(await p); }`,
		{ runtimes: ["real"] },
	);
});
