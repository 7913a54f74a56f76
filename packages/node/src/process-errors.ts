import { HoldfastError } from "holdfast";

/** How a process has ended: by itself, with an exit code, or by a signal. One of both is `null`. */
export interface ExitStatus {
	readonly exitCode: number | null;
	readonly signal: NodeJS.Signals | null;
}

/**
 * A program could not be started. `code` is the host's own, such as `"ENOENT"` (there is no such program) or `"EACCES"` (it may
 * not be executed), and `cause` the host's error.
 */
export class ProcessStartError extends HoldfastError {
	override readonly name: string = "ProcessStartError";
	readonly code: string;
	readonly command: string;
	readonly args: readonly string[];

	constructor(
		message: string,
		code: string = "ENOENT",
		command: string = "",
		args: readonly string[] = [],
		cause?: unknown,
	) {
		super(message, { cause });
		this.code = code;
		this.command = command;
		this.args = args;
	}
}

/** A program that has ended, and what it has printed. */
export interface EndedProcess extends ExitStatus {
	readonly command: string;
	readonly args: readonly string[];
	readonly stdout: string | Uint8Array;
	readonly stderr: string | Uint8Array;
}

/** A program has ended with an exit code other than 0, or by a signal. The message shows the end of its standard error. */
export class ProcessExitError extends HoldfastError implements EndedProcess {
	override readonly name: string = "ProcessExitError";
	readonly code: string = "HOLDFAST_PROCESS_EXIT";
	readonly command: string;
	readonly args: readonly string[];
	readonly exitCode: number | null;
	readonly signal: NodeJS.Signals | null;
	/** What was collected, as it would have been given. */
	readonly stdout: string | Uint8Array;
	readonly stderr: string | Uint8Array;

	constructor(message: string, ended: Partial<EndedProcess> = {}) {
		super(message);
		this.command = ended.command ?? "";
		this.args = ended.args ?? [];
		this.exitCode = ended.exitCode ?? null;
		this.signal = ended.signal ?? null;
		this.stdout = ended.stdout ?? "";
		this.stderr = ended.stderr ?? "";
	}
}

/** The error of a program that has failed. */
export function exitError(ended: EndedProcess): ProcessExitError {
	const { command, args, exitCode, signal, stderr } = ended;
	const how = signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
	const tail = tailOf(stderr);
	const message = `${commandLine(command, args)} ${how}${tail === "" ? "." : `; the end of its standard error:\n${tail}`}`;
	return new ProcessExitError(message, ended);
}

const TAIL_LINES = 20;
const TAIL_LENGTH = 2_000;

/** The last lines, indented. */
function tailOf(output: string | Uint8Array): string {
	const text = typeof output === "string" ? output : new TextDecoder().decode(output.subarray(-4 * TAIL_LENGTH));
	const lines = text.trimEnd().slice(-TAIL_LENGTH).split(/\r?\n/).slice(-TAIL_LINES);
	// Escape sequences of the program's colours would colour the log; other control characters could rewrite it.
	const plain = lines.map((line) => line.replace(/\p{Cc}\[[0-9;]*[A-Za-z]/gu, "").replace(/(?!\t)\p{Cc}/gu, "?"));
	return plain.join("").trim() === "" ? "" : plain.map((line) => `  ${line}`.trimEnd()).join("\n");
}

/** A command as one could type it, cut where it is long. */
export function commandLine(command: string, args: readonly string[]): string {
	const words = [command, ...args].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)));
	const line = words.join(" ");
	return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
