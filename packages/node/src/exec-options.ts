import { checkCount, checkSwitch } from "./check-options.ts";
import { describe } from "./describe.ts";
import type { ExitStatus } from "./process-errors.ts";
import { type Command, checkCommand, ownOptions, PROCESS_OPTIONS, type ProcessOptions } from "./process-options.ts";
import { checkEncoding, type TextEncoding } from "./text.ts";

/** What can be fed to a program's standard input. */
export type ProcessInput = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** Options of `exec` and `execPipeline`. */
export interface ExecOptions extends ProcessOptions {
	/**
	 * What it gets as its standard input, and then the end of it. An iterable is pulled as the program reads. Not all of it has to
	 * be read: that is no error. Without it the standard input is empty.
	 */
	input?: ProcessInput;
	/** `"inherit"`: that of this process, such as the terminal (default: `input`, or empty). */
	stdin?: "inherit";
	/** `"collect"` (default), `"inherit"`: it goes where that of this process goes, or `"ignore"`. */
	stdout?: "collect" | "inherit" | "ignore";
	/** The same for the standard error. */
	stderr?: "collect" | "inherit" | "ignore";
	/** How the outputs are read: `"utf8"` (default), another encoding, or `"buffer"` for bytes. */
	encoding?: TextEncoding;
	/** How many bytes of each output may be collected (default 64 MiB). With more the program is ended. */
	maxOutput?: number;
	/** Whether an exit code other than 0, or an end by a signal, is an error (default `true`). */
	check?: boolean;
}

/** What a program has printed, and how it has ended. */
export interface ExecResult<Output extends string | Uint8Array = string> extends ExitStatus {
	/** Empty if it was not collected. */
	readonly stdout: Output;
	readonly stderr: Output;
}

export const EXEC_OPTIONS: readonly string[] = [
	...PROCESS_OPTIONS,
	"input",
	"stdin",
	"stdout",
	"stderr",
	"encoding",
	"maxOutput",
	"check",
];

const MEBIBYTE = 2 ** 20;

/** What `exec` is to do, checked. */
export interface ExecSpecification {
	readonly command: Command;
	readonly input: ProcessInput | undefined;
	readonly stdin: "pipe" | "inherit" | "ignore";
	readonly stdout: "pipe" | "inherit" | "ignore";
	readonly stderr: "pipe" | "inherit" | "ignore";
	readonly encoding: TextEncoding;
	readonly maxOutput: number;
	readonly check: boolean;
}

/** @throws TypeError, RangeError for what cannot be meant */
export function checkExec(
	what: string,
	command: string,
	args: readonly string[] = [],
	given: ExecOptions = {},
): ExecSpecification {
	const checked = checkCommand(what, command, args, given, EXEC_OPTIONS);
	const options = ownOptions(given);
	const { input, stdin, stdout, stderr, encoding = "utf8", maxOutput = 64 * MEBIBYTE, check = true } = options;
	if (stdin !== undefined && stdin !== "inherit")
		throw new TypeError(`${what}: stdin is ${describe(stdin)}; it may be "inherit"; for text or bytes use input.`);
	if (stdin !== undefined && input !== undefined)
		throw new TypeError(`${what}: both input and stdin are given; the program has one standard input.`);
	checkInput(what, input);
	checkEncoding(what, encoding);
	checkCount(`${what}: maxOutput`, maxOutput, 0);
	checkSwitch(`${what}: check`, check);
	return {
		command: checked,
		input,
		stdin: stdin ?? (input === undefined ? "ignore" : "pipe"),
		stdout: outputOf(what, "stdout", stdout),
		stderr: outputOf(what, "stderr", stderr),
		encoding,
		maxOutput,
		check,
	};
}

function outputOf(what: string, name: string, given: unknown = "collect"): "pipe" | "inherit" | "ignore" {
	if (given === "collect") return "pipe";
	if (given === "inherit" || given === "ignore") return given;
	throw new TypeError(`${what}: ${name} is ${describe(given)}; it may be "collect", "inherit" or "ignore".`);
}

function checkInput(what: string, input: unknown): void {
	if (input === undefined || typeof input === "string" || input instanceof Uint8Array) return;
	const source = input as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null;
	if (typeof source?.[Symbol.asyncIterator] === "function" || typeof source?.[Symbol.iterator] === "function") return;
	throw new TypeError(`${what}: the input is ${describe(input)}; pass a string, a Uint8Array, or an iterable of them.`);
}
