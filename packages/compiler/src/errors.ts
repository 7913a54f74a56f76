import { codeFrame } from "./code-frame.ts";

/**
 * A file could not be parsed, so nothing was compiled.
 *
 * `file`, `line` and `column` (both counted from 1) say where; the message holds a frame of the code around it.
 *
 * @example
 * ```ts
 * try {
 *   transform("async function (", { filename: "app.ts" });
 * } catch (error) {
 *   if (error instanceof CompileError) console.error(error.file, error.line, error.column);
 * }
 * ```
 */
export class CompileError extends Error {
	override readonly name: string = "CompileError";
	/** Always `"HOLDFAST_PARSE"`. */
	readonly code: string = "HOLDFAST_PARSE";
	/** What the parser says, in one line. */
	readonly reason: string;
	/** The file name as it was given. */
	readonly file: string;
	/** The line of the error, counted from 1. */
	readonly line: number;
	/** The column of the error, counted from 1. */
	readonly column: number;

	/** @param reason what the parser says, in one line */
	constructor(reason: string, file: string, code: string, line: number, column: number) {
		super(`${file}:${line}:${column}: ${reason}\n\n${codeFrame(code, line, column)}`);
		this.reason = reason;
		this.file = file;
		this.line = line;
		this.column = column;
		// Where the compiler noticed is of no use to the reader: the message says where the mistake is.
		this.stack = `${this.name}: ${this.message}`;
	}
}

/**
 * An option of the compiler has a name or a value that does not exist.
 *
 * The message names the option and what it may be.
 */
export class OptionError extends TypeError {
	override readonly name: string = "OptionError";
	/** Always `"HOLDFAST_OPTION"`. */
	readonly code: string = "HOLDFAST_OPTION";
}
