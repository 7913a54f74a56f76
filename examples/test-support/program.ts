/** Runs an example as its reader does: `holdfast run`, in a process of its own, and talks to it. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "packages/cli/dist/bin.js");
/** Runs a command in a terminal of its own, by python3. */
const terminalScript = join(root, "packages/cli/test-support/terminal.py");

/** What Ctrl-C types. */
export const CTRL_C = "\x03";

/** Whether there is a terminal to be had. In CI it is taken for granted, so that nothing is skipped there. */
export const hasTerminal: boolean =
	process.env.HOLDFAST_CI !== undefined || spawnSync("python3", ["-c", "import pty, termios, fcntl"]).status === 0;

export interface Ended {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface StartOptions {
	readonly env?: Readonly<Record<string, string>>;
	readonly cwd?: string;
	/** Options of Node. */
	readonly node?: readonly string[];
	/** Starts it in a terminal of its own, by python3; both outputs arrive as `stdout`. */
	readonly terminal?: boolean;
}

/** A running example, and what it has printed so far. Held with `await using`, it is gone at the end of the test, whatever happens. */
export class Program {
	readonly pid: number;
	readonly ended: Promise<Ended>;
	readonly #child: ReturnType<typeof spawn>;
	readonly #watchers: Set<() => void> = new Set();
	#stdout = "";
	#stderr = "";
	#over = false;

	/** @param file below `examples/` */
	constructor(
		file: string,
		args: readonly string[] = [],
		{ env = {}, cwd = root, node = [], terminal = false }: StartOptions = {},
	) {
		const { NODE_OPTIONS: _, FORCE_COLOR: __, ...rest } = process.env;
		const words = [...node, bin, "run", join(root, "examples", file), ...args];
		const options = { cwd, env: { ...rest, NO_COLOR: "1", ...env } };
		const child = terminal
			? spawn("python3", [terminalScript, process.execPath, ...words], { ...options, stdio: "pipe" })
			: spawn(process.execPath, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
		this.#child = child;
		this.pid = child.pid as number;
		child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
			// A terminal ends lines in its own way.
			this.#stdout += terminal ? chunk.replaceAll("\r", "") : chunk;
			this.#look();
		});
		child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
			this.#stderr += chunk;
			this.#look();
		});
		this.ended = new Promise((resolve, reject) => {
			child.once("error", reject);
			child.once("close", (code, signal) => {
				this.#over = true;
				resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
				this.#look();
			});
		});
	}

	/** Waits until it has printed this; fails if it ends without. */
	async printed(pattern: RegExp): Promise<RegExpExecArray> {
		for (;;) {
			const match = pattern.exec(this.#stdout);
			if (match !== null) return match;
			if (this.#over) throw new Error(`It has ended without printing ${pattern}:\n${this.#stdout}${this.#stderr}`);
			await new Promise<void>((resolve) => this.#watchers.add(resolve));
		}
	}

	/** Sends a signal, and waits for its end. */
	async stop(signal: NodeJS.Signals): Promise<Ended> {
		this.signal(signal);
		return await this.ended;
	}

	signal(signal: NodeJS.Signals): void {
		this.#child.kill(signal);
	}

	/** Types into its terminal. */
	type(text: string): void {
		this.#child.stdin?.write(text);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		if (!this.#over) this.#child.kill("SIGKILL");
		await this.ended;
	}

	#look(): void {
		for (const wake of this.#watchers) wake();
		this.#watchers.clear();
	}
}

/** Looks again and again whether something is so, without waiting for a certain time. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
	while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Whether there is a process of that number that has not ended; one that waits to be taken off the list has. */
export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
	} catch {
		return false;
	}
}
