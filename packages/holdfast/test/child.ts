import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { transform } from "@holdfast/compiler";

/** How a child process has ended, and what it has printed. */
export interface Ended {
	readonly code: number | null;
	readonly signal: string | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** How a program is run. */
export interface ChildOptions {
	/** Options of Node. */
	readonly execArgv?: readonly string[];
	/** Compiles the program, structured. */
	readonly compiled?: boolean;
	/** Called with all output so far, whenever there is more. */
	readonly onOutput?: (output: string, child: ChildProcess) => void;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs the text of a module, which may import `holdfast`, in a process of its own. */
export function runChild(source: string, options: ChildOptions = {}): Promise<Ended> {
	const { execArgv = [], compiled = false, onOutput } = options;
	const code = compiled
		? transform(source, { filename: "program.mjs", format: "module", structure: "function" }).code
		: source;
	const args = [...execArgv, "--conditions=@holdfast/source", "--input-type=module", "--eval", code];
	const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, NODE_OPTIONS: "" } });
	let [stdout, stderr] = ["", ""];
	child.stdout.on("data", (data) => {
		stdout += data;
		onOutput?.(stdout, child);
	});
	child.stderr.on("data", (data) => {
		stderr += data;
	});
	return new Promise((resolve, reject) => {
		const killer = setTimeout(() => child.kill("SIGKILL"), 30_000);
		child.on("error", reject);
		child.on("close", (code, signal) => {
			clearTimeout(killer);
			resolve({ code, signal, stdout, stderr });
		});
	});
}
