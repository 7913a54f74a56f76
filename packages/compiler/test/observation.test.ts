// Who hears of a failure: exactly those who would natively, and in a run nobody twice.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Structure, transform } from "../src/index.ts";

const directory = fileURLToPath(new URL("..", import.meta.url));

/** The lines that a module prints in a process of its own. The test runner's listeners would hear of failures too. */
function printed(source: string, structure?: Structure): Promise<string[]> {
	const options = { filename: "program.mjs", format: "module" } as const;
	const code = structure === undefined ? source : transform(source, { ...options, structure }).code;
	const args = ["--conditions=@holdfast/source", "--input-type=module", "--eval", code];
	const child = spawn(process.execPath, args, { cwd: directory, env: { ...process.env, NODE_OPTIONS: "" } });
	let output = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (data) => {
			output += data;
		});
	return new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", () => resolve(output.split("\n").filter((line) => line !== "")));
	});
}

const helpers = `
	import { EventEmitter, once } from "node:events";
	import { Readable } from "node:stream";
	import { pipeline } from "node:stream/promises";
	import { callbackify } from "node:util";
	const log = (...values) => console.log(...values.map(String));
	const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
	const turns = async () => { for (let i = 0; i < 20; i++) await new Promise(setImmediate); };
	async function fail(wait = 1) { if (wait > 0) await pause(wait); throw new Error("boom"); }
	async function* failing() { yield 1; await pause(1); throw new Error("boom"); }
`;

/** Ways in which foreign code takes a promise that will fail; `heard` is called with what it hears. */
const observers: Record<string, string> = {
	catch: `fail().catch(heard)`,
	"catch of a failure at once": `fail(0).catch(heard)`,
	"Promise.resolve": `Promise.resolve(fail()).catch(heard)`,
	"new Promise": `new Promise((resolve) => resolve(fail())).catch(heard)`,
	"the end of a chain": `fail().then(() => 1).finally(() => {}).then(() => 2, heard)`,
	"two listeners of one promise": `{ const p = fail(); p.catch(heard); p.catch(heard); }`,
	"Promise.all of several": `Promise.all([fail(), fail(2), pause(3)]).catch(heard)`,
	"Promise.race and the promise itself": `{ const p = fail(); Promise.race([p, pause(5)]).catch(heard); p.catch(heard); }`,
	"Promise.any": `Promise.any([fail(), fail()]).catch((error) => heard(error.errors[0]))`,
	"Promise.allSettled": `Promise.allSettled([fail()]).then(([{ reason }]) => heard(reason))`,
	"a thenable's resolve": `Promise.resolve({ then: (resolve) => resolve(fail()) }).catch(heard)`,
	"a handler in a later microtask": `{ const p = fail(0); queueMicrotask(() => p.catch(heard)); }`,
	callbackify: `callbackify(fail)(1, heard)`,
	"an emitter that captures rejections": `{ const e = new EventEmitter({ captureRejections: true }); e.on("error", heard); e.on("x", () => fail()); e.emit("x"); }`,
	"an iterator's consumer": `{ const i = failing(); i.next().then(() => i.next()).catch(heard); }`,
	"a stream": `Readable.from(failing()).on("error", heard).resume()`,
	"a pipeline": `pipeline(Readable.from([1]), async function (source) { for await (const _ of source) await fail(); }).catch(heard)`,
	"a timer's promise": `once(Object.assign(new EventEmitter(), {}), "never", { signal: AbortSignal.abort() }).catch(() => fail()).catch(heard)`,
};

/** Ways in which a failure is lost to all but the host. */
const leaks: Record<string, string> = {
	"a bare call": `fail()`,
	"a bare call that fails at once": `fail(0)`,
	"a derived promise": `fail().then(() => 1)`,
	finally: `fail().finally(() => {})`,
	"Promise.all": `Promise.all([fail()])`,
	"Promise.resolve": `Promise.resolve(fail())`,
	"a handler that fails": `fail().catch((error) => { throw error; })`,
	"a listener": `{ const e = new EventEmitter(); e.on("x", async () => { await fail(); }); e.emit("x"); }`,
	"a timer's callback": `setTimeout(async () => { await fail(); }, 1)`,
	"an array's callback": `[1].forEach(async () => { await fail(); })`,
	"a promise's executor": `new Promise(async () => { await fail(); })`,
	"one of two derived promises": `{ const p = fail(); p.catch(() => {}); p.then(() => 1); }`,
	"an iterator's step": `{ const i = failing(); i.next(); i.next(); }`,
};

describe("outside of every run the host hears what it hears natively, as often", () => {
	const program = `${helpers}
		const heard = [];
		process.on("unhandledRejection", (error, promise) => { heard.push("unhandled " + error.message + " " + (promise instanceof Promise)); });
		process.on("rejectionHandled", () => { heard.push("handled after all"); });
		process.on("uncaughtException", (error) => { heard.push("uncaught " + error.message); });
		const show = async (name, start) => { heard.length = 0; start((error) => { heard.push("heard " + error.message); }); await pause(30); while (heard.length === 0) await pause(5); await turns(); log(name + ": " + heard.join(", ")); };
		${[...Object.entries(observers), ...Object.entries(leaks)]
			.map(([name, code]) => `await show(${JSON.stringify(name)}, (heard) => { ${code} });`)
			.join("\n")}
		await show("handled late", () => { const p = fail(); setTimeout(() => p.catch(() => {}), 10); });
	`;
	for (const structure of ["scope", "function"] as const)
		test(structure, async () => {
			const natively = await printed(program);
			expect(natively.length).toBe(Object.keys(observers).length + Object.keys(leaks).length + 1);
			expect(natively.filter((line) => line.endsWith("unhandled boom true")).length).toBe(Object.keys(leaks).length);
			expect(await printed(program, structure)).toEqual(natively);
		});
});

/** Runs each piece as the body of an owner in a run of its own, beside a sibling that must be left in peace, or not. */
const inRuns = (pieces: Record<string, string>): string => `${helpers}
	import { run, sleep } from "holdfast";
	process.on("unhandledRejection", (error) => log("unhandled", error.message));
	process.on("uncaughtException", (error) => log("uncaught", error.message));
	async function owner(start, heard) {
		try { start(heard); await sleep(30); await turns(); heard("went on"); } finally { heard("finally"); }
	}
	for (const [name, start] of [${Object.entries(pieces)
		.map(([name, code]) => `[${JSON.stringify(name)}, (heard) => { ${code} }]`)
		.join(",\n")}]) {
		const events = [];
		const onReport = ({ error, kind }) => { events.push("report " + kind + " " + error.message); };
		const note = (event) => { events.push(event instanceof Error ? "heard " + event.message : event); };
		try { await run(async () => { await owner(start, note); }, { onReport }); events.push("run done"); }
		catch (error) { events.push("run failed " + error.message); }
		await pause(5);
		log(name + ": " + events.join(", "));
	}
`;

describe("in a run", () => {
	const isTwice = (name: string): boolean => name.startsWith("two") || name.startsWith("Promise.race");
	for (const structure of ["scope", "function"] as const) {
		test(`${structure}: a failure that foreign code handles is not reported and cancels nothing`, async () => {
			const expected = Object.keys(observers).map(
				(name) => `${name}: ${isTwice(name) ? "heard boom, heard boom" : "heard boom"}, went on, finally, run done`,
			);
			expect(await printed(inRuns(observers), structure)).toEqual(expected);
		});

		test(`${structure}: a failure that nobody handles fails the owner, once, and nobody else hears of it`, async () => {
			const lines = await printed(inRuns(leaks), structure);
			const events = lines.filter((line) => !line.startsWith("unhandled"));
			expect(events).toEqual(Object.keys(leaks).map((name) => `${name}: finally, run failed boom`));
			// The other listener of the process is told by the host, which asks nobody: once per failure.
			expect(lines.length - events.length).toBe(Object.keys(leaks).length);
		});
	}

	test("the failure of a request is that of Express's own handler, and the server in the same run goes on", async () => {
		const lines = await printed(
			`${helpers}
			import express from "express"; import express4 from "express4";
			import { run, sleep } from "holdfast";
			process.on("unhandledRejection", (error) => log("unhandled", error.message));
			async function serve(make, name) {
				const app = make();
				app.get("/fail", async (request, response, next) => { try { await fail(); } catch (error) { if (name === "4") return next(error); throw error; } });
				app.get("/once", async (request, response) => { await sleep(1); response.send("fine"); });
				app.use((error, request, response, next) => { log(name, "handled", error.message); response.status(500).send(error.message); });
				const server = app.listen(0, "127.0.0.1"); await once(server, "listening");
				for (const path of ["/fail", "/once", "/fail"]) { const response = await fetch("http://127.0.0.1:" + server.address().port + path, { headers: { connection: "close" } }); log(name, response.status, await response.text()); }
				server.close(); await once(server, "close");
			}
			await run(async () => { await serve(express, "5"); await serve(express4, "4"); }, { onReport: ({ kind, error }) => log("report", kind, error.message) });
			log("done");`,
			"scope",
		);
		const answers = (name: string): string[] => [
			`${name} handled boom`,
			`${name} 500 boom`,
			`${name} 200 fine`,
			`${name} handled boom`,
			`${name} 500 boom`,
		];
		expect(lines).toEqual([...answers("5"), ...answers("4"), "done"]);
	});
});
