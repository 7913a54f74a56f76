// Runs the command in real processes, with pipes or in a terminal.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bin = join(root, "packages/cli/bin/holdfast.js");
/** The Node under test is the one that runs npm. */
const node = process.env.npm_node_execpath ?? process.execPath;

export interface Ended {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** A folder outside of the checkout in which programs find the packages. */
export class Project {
	readonly directory: string = mkdtempSync(join(tmpdir(), "holdfast-cli-"));

	constructor() {
		symlinkSync(join(root, "node_modules"), join(this.directory, "node_modules"), "junction");
		this.write("package.json", JSON.stringify({ name: "project", type: "module" }));
	}

	write(name: string, text: string): string {
		const path = join(this.directory, name);
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, text);
		return name;
	}

	/** Runs `holdfast` with these words to its end. */
	holdfast(...words: string[]): Promise<Ended> {
		return new Running(this.#spawn(words)).ended;
	}

	/** Writes `main.ts` and runs it to its end. */
	program(text: string, ...args: string[]): Promise<Ended> {
		return this.holdfast("run", this.write("main.ts", text), ...args);
	}

	/** Writes `main.ts` and starts it. */
	start(text: string, environment: Record<string, string> = {}): Running {
		return new Running(this.#spawn(["run", this.write("main.ts", text)], environment));
	}

	/** Starts it in a terminal of its own; both outputs arrive as `stdout`. A plain program is run by Node alone. */
	startInTerminal(text: string, plain: boolean = false): Running {
		const command = plain ? [node, this.write("main.mjs", text)] : [node, bin, "run", this.write("main.ts", text)];
		const child = spawn("python3", [terminal, ...command], {
			cwd: this.directory,
			env: { ...process.env, NO_COLOR: "1" },
		});
		return new Running(child);
	}

	remove(): void {
		rmSync(this.directory, { recursive: true });
	}

	#spawn(words: string[], environment: Record<string, string> = {}): ChildProcess {
		const env = { ...process.env, ...environment };
		for (const name of ["NODE_OPTIONS", "FORCE_COLOR"]) if (!(name in environment)) delete env[name];
		return spawn(node, [bin, ...words], { cwd: this.directory, env });
	}
}

/** A process, and what it has printed so far. */
export class Running {
	readonly child: ChildProcess;
	readonly ended: Promise<Ended>;
	#stdout = "";
	#stderr = "";
	readonly #watchers: Set<() => void> = new Set();

	constructor(child: ChildProcess) {
		this.child = child;
		child.stdout?.on("data", (chunk) => {
			this.#stdout += chunk;
			for (const watch of this.#watchers) watch();
		});
		child.stderr?.on("data", (chunk) => {
			this.#stderr += chunk;
			for (const watch of this.#watchers) watch();
		});
		this.ended = new Promise((resolve, reject) => {
			child.on("error", reject);
			child.on("close", (code, signal) => {
				resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
			});
		});
	}

	/** Waits until the process has printed this, on either output. */
	async printed(text: string): Promise<void> {
		let watch = (): void => {};
		const seen = new Promise<void>((resolve) => {
			watch = () => {
				if (`${this.#stdout}\n${this.#stderr}`.includes(text)) resolve();
			};
		});
		this.#watchers.add(watch);
		watch();
		const early = this.ended.then((ended) => {
			if (!`${ended.stdout}\n${ended.stderr}`.includes(text))
				throw new Error(`ended without printing ${JSON.stringify(text)}: ${JSON.stringify(ended)}`);
		});
		await Promise.race([seen, early]);
		this.#watchers.delete(watch);
	}

	signal(name: NodeJS.Signals): void {
		this.child.kill(name);
	}

	/** Types into the terminal. */
	type(text: string): void {
		this.child.stdin?.write(text);
	}
}

export const CTRL_C = "\x03";

/** In CI it is taken for granted, so that nothing is skipped there. */
export const hasTerminal: boolean =
	process.env.HOLDFAST_CI !== undefined || spawnSync("python3", ["-c", "import pty, termios, fcntl"]).status === 0;

/** Runs a command in a terminal of its own, by python3. */
const terminal = fileURLToPath(new URL("terminal.py", import.meta.url));
