// Stands in for packages/holdfast/test/child.ts: runs programs in processes where the host has some, else in this very
// isolate, with a console of their own; what only a process can tell is then `Needs`.
import * as compiledApi from "../../../packages/holdfast/src/compiled.ts";
import * as api from "../../../packages/holdfast/src/index.ts";
import * as loops from "../../../packages/holdfast/src/loops.ts";
import { hasProcesses, isNode, Needs } from "./host.mjs";
import { asyncProgram, transform } from "./programs.mjs";

const modules = { holdfast: api, "holdfast/loops": loops, "holdfast/compiled": compiledApi };
const recording = globalThis.holdfastRecorder !== undefined;

export async function runChild(source, options = {}) {
	const code = options.compiled
		? transform(source, { filename: "program.mjs", format: "module", structure: "function" }).code
		: source;
	if (!hasProcesses) return runInside(code, options);
	if (recording && isPortable(code, options)) asyncProgram("modules", "console", inside(code));
	return runProcess(code, options);
}

/** Whether the program asks for nothing but what every host has. */
function isPortable(code, { execArgv, onOutput }) {
	return execArgv === undefined && onOutput === undefined && !/\bprocess\b|\bsignals: true|\bgc\(|\bnode:/.test(code);
}

const inside = (code) =>
	`"use strict";${code.replace(/\bimport \{([^}]*)\} from "([^"]+)";?/g, (_, names, module) => `const {${names.replaceAll(" as ", ": ")}} = modules[${JSON.stringify(module)}];`)}`;

async function runInside(code, options) {
	if (!isPortable(code, options)) throw new Needs("a process of its own");
	let [stdout, stderr] = ["", ""];
	const text = (values) => `${values.map(String).join(" ")}\n`;
	const console = {
		log: (...values) => {
			stdout += text(values);
		},
		error: (...values) => {
			stderr += text(values);
		},
	};
	await asyncProgram("modules", "console", inside(code))(modules, console);
	return {
		stdout,
		stderr,
		get code() {
			throw new Needs("the exit code of a process");
		},
		get signal() {
			throw new Needs("the signal that ended a process");
		},
	};
}

let files = 0;

async function runProcess(code, { execArgv = [], onOutput }) {
	const { spawn } = await import("node:child_process");
	const { writeFileSync, rmSync } = await import("node:fs");
	const { tmpdir } = await import("node:os");
	const { process } = globalThis;
	if (execArgv.length > 0 && !isNode) throw new Needs(`a process with ${execArgv.join(" ")}`);
	const { dist } = globalThis.holdfastHost;
	const linked = code.replace(/(\bfrom |\bimport\()"holdfast(?:\/(\w+))?"/g, (_, before, part = "index") => {
		return `${before}${JSON.stringify(`${dist}${part}.js`)}`;
	});
	const file = `${tmpdir()}/holdfast-program-${process.pid}-${++files}.mjs`;
	writeFileSync(file, linked);
	const child = spawn(process.execPath, [...execArgv, ...globalThis.holdfastHost.flags, file], {
		env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" },
	});
	// Deno calls the end of every process that `child.kill` was called on the signal's.
	child.kill = (signal) => process.kill(child.pid, signal);
	let [stdout, stderr] = ["", ""];
	child.stdout.on("data", (data) => {
		stdout += data;
		onOutput?.(stdout, child);
	});
	child.stderr.on("data", (data) => {
		stderr += data;
	});
	return await new Promise((resolve, reject) => {
		const killer = setTimeout(() => child.kill("SIGKILL"), 50_000);
		child.on("error", reject);
		child.on("close", (code, signal) => {
			clearTimeout(killer);
			rmSync(file, { force: true });
			resolve({ code, signal, stdout, stderr });
		});
	});
}
