/**
 * What a call of `runInWorker` costs beside piscina's: `node --conditions=production bench/workers.mjs [--rounds 12] [--calls 500]`. One
 * thread, a function of a module that adds one, one call after the other. Both pools are in this process and take turns; the
 * figures are medians of their rounds, by the clock and of processor time (all threads of the process). "a message" is the
 * same over a bare `MessagePort`, there and back. It wants piscina: `npm install --no-save piscina@5.3.2` in this folder.
 */
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { median } from "./harness.mjs";

export default function job({ a }) {
	return a + 1;
}

if (isMainThread) await main();
else parentPort?.on("message", (order) => typeof order?.a === "number" && parentPort.postMessage(job(order)));

async function main() {
	const { values } = parseArgs({
		options: { rounds: { type: "string", default: "12" }, calls: { type: "string", default: "500" } },
	});
	const n = Number(values.calls);
	const contestants = {
		piscina: await piscina({}),
		"piscina, without Atomics": await piscina({ atomics: "disabled" }),
		"a message": message(),
		runInWorker: await holdfast(),
	};
	const entries = Object.entries(contestants).map(([name, call]) => ({ name, call, clock: [], processor: [] }));
	for (const { call } of entries) await call(2_000);
	for (let round = 0; round < Number(values.rounds); round++)
		for (let turn = 0; turn < entries.length; turn++) {
			const { call, clock, processor } = entries[(turn + round) % entries.length];
			const usage = process.cpuUsage();
			const start = performance.now();
			await call(n);
			clock.push((1e3 * (performance.now() - start)) / n);
			const { user, system } = process.cpuUsage(usage);
			processor.push((user + system) / n);
			// A thread that waits for its next order would count as a part of the next one's time.
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
	const [first] = entries;
	for (const { name, clock, processor } of entries) {
		const [byClock, byProcessor] = [
			[clock, first.clock],
			[processor, first.processor],
		].map(([own, firsts]) => median(own.map((figure, round) => figure / firsts[round])).toFixed(2));
		const figures = `${median(clock).toFixed(1)} us x${byClock}  processor ${median(processor).toFixed(1)} us x${byProcessor}`;
		console.log(`${name.padEnd(26)} ${figures}`);
	}
	process.exit(0);
}

async function piscina(options) {
	const { Piscina } = await import("piscina");
	const pool = new Piscina({ filename: import.meta.url, minThreads: 1, maxThreads: 1, ...options });
	return async (n) => {
		for (let a = 0; a < n; a++) if ((await pool.run({ a })) !== a + 1) throw new Error("a wrong answer");
	};
}

function message() {
	const worker = new Worker(new URL(import.meta.url));
	return async (n) => {
		for (let a = 0; a < n; a++)
			await new Promise((resolve) => {
				worker.once("message", resolve);
				worker.postMessage({ a });
			});
	};
}

async function holdfast() {
	const { CapacityLimiter, coroutine, run, until } = await import("holdfast");
	const { runInWorker } = await import("@holdfast/node");
	let ask;
	const serve = coroutine(function* () {
		const limiter = new CapacityLimiter(1);
		const target = { module: import.meta.url, export: "default" };
		for (;;) {
			const order = new Promise((resolve) => {
				ask = (n) => new Promise((done) => resolve({ n, done }));
			});
			const { n, done } = yield* until(order);
			for (let a = 0; a < n; a++)
				if ((yield* runInWorker(target, [{ a }], { limiter })) !== a + 1) throw new Error("a wrong answer");
			done();
		}
	});
	void run(serve);
	await new Promise((resolve) => setImmediate(resolve));
	return async (n) => {
		await ask(n);
		await new Promise((resolve) => setImmediate(resolve));
	};
}
