// Debuggers, profilers and V8's coverage, seen through the transform; the program is debugged/work.ts.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generatedPositionFor, LEAST_UPPER_BOUND, originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { afterEach, expect, test } from "vitest";
import { Positions } from "../src/positions.ts";

const folder = fileURLToPath(new URL("./debugged/", import.meta.url));
const source = readFileSync(`${folder}work.ts`, "utf8");
const register = ["--conditions=@holdfast/source", "--import", "@holdfast/compiler/register"];

const children: ChildProcess[] = [];
afterEach(() => {
	for (const child of children.splice(0)) child.kill("SIGKILL");
});

function start(...args: string[]): ChildProcess {
	const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
	const child = spawn(process.execPath, args, { cwd: folder, env: { ...env, HOLDFAST_STRUCTURE: "function" } });
	children.push(child);
	return child;
}

/** The line of the source, counted from 1, that begins with a text. */
function lineOf(text: string): number {
	const index = source.split("\n").findIndex((line) => line.trim().startsWith(text));
	expect(index, text).toBeGreaterThan(-1);
	return index + 1;
}

function mapOf(url: string): TraceMap {
	const encoded = url.slice(url.indexOf(",") + 1);
	return new TraceMap(JSON.parse(Buffer.from(encoded, "base64").toString()));
}

interface Message {
	readonly id?: number;
	readonly method?: string;
	// biome-ignore lint/suspicious/noExplicitAny: the protocol has its own types
	readonly params: any;
	// biome-ignore lint/suspicious/noExplicitAny: the protocol has its own types
	readonly result: any;
	readonly error?: { readonly message: string };
}

/** A debugger that is connected to a process. */
class Debugger {
	readonly #socket: WebSocket;
	readonly #answers = new Map<number, (message: Message) => void>();
	readonly #events: Message[] = [];
	#waiting: (() => void) | undefined;
	#last = 0;

	constructor(socket: WebSocket) {
		this.#socket = socket;
		socket.onmessage = ({ data }) => {
			const message = JSON.parse(String(data)) as Message;
			if (message.id !== undefined) this.#answers.get(message.id)?.(message);
			else this.#events.push(message);
			this.#waiting?.();
		};
	}

	static async attach(child: ChildProcess): Promise<Debugger> {
		const url = await new Promise<string>((resolve) => {
			let text = "";
			child.stderr?.on("data", (data) => {
				text += data;
				const found = /ws:\/\/\S+/.exec(text);
				if (found !== null) resolve(found[0]);
			});
		});
		const socket = new WebSocket(url);
		await new Promise((resolve) => {
			socket.onopen = resolve;
		});
		return new Debugger(socket);
	}

	async send(method: string, params: object = {}): Promise<Message["result"]> {
		const id = ++this.#last;
		const answered = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
		this.#socket.send(JSON.stringify({ id, method, params }));
		const { result, error } = await answered;
		if (error !== undefined) throw new Error(`${method}: ${error.message}`);
		return result;
	}

	/** The next event; each is given once. */
	async next(): Promise<Message> {
		for (;;) {
			const event = this.#events.shift();
			if (event !== undefined) return event;
			await new Promise<void>((resolve) => {
				this.#waiting = resolve;
			});
		}
	}
}

test("breakpoints in lines of the source hold before and after a suspension; locals are there; a step over an await goes to the next line", async () => {
	const child = start("--inspect-brk=127.0.0.1:0", ...register, "work.ts");
	const target = await Debugger.attach(child);
	await target.send("Debugger.enable");
	await target.send("Debugger.setInstrumentationBreakpoint", { instrumentation: "beforeScriptWithSourceMapExecution" });
	await target.send("Runtime.runIfWaitingForDebugger");
	// Paused before the first line of a script with a source map, as debuggers do to place breakpoints.
	let script = "";
	let map: TraceMap | undefined;
	for (let stopped = false; map === undefined || !stopped; ) {
		const { method, params } = await target.next();
		if (method === "Debugger.scriptParsed" && /work\.ts$/.test(params.url) && params.sourceMapURL.startsWith("data:")) {
			script = params.scriptId;
			map = mapOf(params.sourceMapURL);
		} else if (method === "Debugger.paused") {
			stopped = map !== undefined;
			if (!stopped) await target.send("Debugger.resume");
		}
	}
	const found = map;
	const breakAt = async (text: string): Promise<void> => {
		const line = lineOf(text);
		const column = (source.split("\n")[line - 1] as string).search(/\S/);
		const generated = generatedPositionFor(found, {
			source: found.sources[0] as string,
			line,
			column,
			bias: LEAST_UPPER_BOUND,
		});
		expect(generated.line, text).not.toBeNull();
		await target.send("Debugger.setBreakpoint", {
			location: { scriptId: script, lineNumber: (generated.line as number) - 1, columnNumber: generated.column },
		});
	};
	/** The place in the source at which the program pauses next. */
	const pause = async (): Promise<{ line: number | null; frame: { callFrameId: string; functionName: string } }> => {
		let [frame]: Message["params"][] = [];
		while (frame?.location.scriptId !== script) {
			const { method, params } = await target.next();
			if (method !== "Debugger.paused") continue;
			[frame] = params.callFrames;
			if (frame.location.scriptId !== script) await target.send("Debugger.stepOut");
		}
		const { lineNumber, columnNumber } = frame.location;
		return { line: originalPositionFor(found, { line: lineNumber + 1, column: columnNumber }).line, frame };
	};
	const valueOf = async (callFrameId: string, expression: string): Promise<unknown> =>
		(await target.send("Debugger.evaluateOnCallFrame", { callFrameId, expression, returnByValue: true })).result.value;

	await breakAt("const first");
	await breakAt("const sum");
	await target.send("Debugger.resume");
	let paused = await pause();
	while (paused.line !== lineOf("const first")) {
		await target.send("Debugger.resume");
		paused = await pause();
	}
	expect(await valueOf(paused.frame.callFrameId, "kept")).toBe(40);
	expect(paused.frame.functionName).toBe("work");
	// Several statements have been made of one: a debugger steps on while the place in the source stays.
	while (paused.line === lineOf("const first") || paused.line === null) {
		await target.send("Debugger.stepOver");
		paused = await pause();
	}
	expect(paused.line).toBe(lineOf("const second"));
	expect(await valueOf(paused.frame.callFrameId, "first")).toBe(41);

	await target.send("Debugger.resume");
	paused = await pause();
	expect(paused.line).toBe(lineOf("const sum"));
	expect(await valueOf(paused.frame.callFrameId, "[kept, second].join()")).toBe("40,42");
	// Only what is still needed is kept in the frame.
	expect(await valueOf(paused.frame.callFrameId, "first")).toBeUndefined();
	await target.send("Debugger.resume");
});

test("V8's coverage is of the source's lines, and functions have the names of the source", async () => {
	const child = start(...register, "coverage.mjs");
	let output = "";
	child.stdout?.on("data", (data) => {
		output += data;
	});
	await new Promise((resolve) => child.on("close", resolve));
	const json = output.split("\n").find((line) => line.startsWith('{"functions"')) as string;
	const { functions, source: generated } = JSON.parse(json) as {
		functions: { functionName: string; ranges: { startOffset: number; endOffset: number; count: number }[] }[];
		source: string;
	};
	const names = functions.map(({ functionName }) => functionName);
	for (const name of ["quick", "slow", "work", "main"]) expect(names).toContain(name);

	const url = /\/\/# sourceMappingURL=(\S+)/.exec(generated)?.[1] as string;
	const map = mapOf(url);
	const positions = new Positions(generated);
	const counts = new Array<number>(generated.length).fill(-1);
	for (const { ranges } of functions)
		for (const { startOffset, endOffset, count } of ranges) counts.fill(count, startOffset, endOffset);
	/** The lines of the source of whose text some has run, and some has not. */
	const [ran, missed] = [new Set<number>(), new Set<number>()];
	for (let offset = 0; offset < generated.length; offset++) {
		if (!/\w/.test(generated[offset] as string)) continue;
		const { line, column } = positions.at(offset);
		const origin = originalPositionFor(map, { line, column: column - 1 });
		if (origin.line !== null) (counts[offset] === 0 ? missed : ran).add(origin.line);
	}
	for (const line of ran) missed.delete(line);
	expect([...missed].sort((a, b) => a - b)).toEqual([lineOf("await quick(sum)"), lineOf('throw new Error("never")')]);
});

test("a sampled profile has the names of the source's functions, and where they stand in the source, to the line", async () => {
	const child = start(...register, "profile.mjs");
	let output = "";
	child.stdout?.on("data", (data) => {
		output += data;
	});
	await new Promise((resolve) => child.on("close", resolve));
	const json = output.split("\n").find((line) => line.startsWith('{"nodes"')) as string;
	const { nodes, source: generated } = JSON.parse(json) as {
		nodes: { functionName: string; lineNumber: number; columnNumber: number; hits: readonly number[] }[];
		source: string;
	};
	const map = mapOf(/\/\/# sourceMappingURL=(\S+)/.exec(generated)?.[1] as string);
	const lines = readFileSync(`${folder}busy.ts`, "utf8").split("\n");
	const lengths = generated.split("\n").map(({ length }) => length);
	/** The lines of the source whose text a line of the output holds. */
	const originsOf = (line: number): Set<number | null> =>
		new Set(
			Array.from(
				{ length: lengths[line - 1] as number },
				(_, column) => originalPositionFor(map, { line, column }).line,
			),
		);
	for (const name of ["declared", "arrow", "expression", "method", "fixed", "shorthand", "generator", "field"]) {
		const line = lines.findIndex((each) => each.endsWith(`// ${name}`)) + 1;
		const head = lines.findLastIndex((each, index) => index < line && /\basync\b/.test(each)) + 1;
		const busy = nodes.filter(({ hits }) => hits.some((hit) => originsOf(hit).has(line)));
		expect([...new Set(busy.map(({ functionName }) => functionName))], name).toEqual([name]);
		for (const { lineNumber, columnNumber } of busy)
			expect(originalPositionFor(map, { line: lineNumber + 1, column: columnNumber }).line, name).toBe(head);
	}
});
