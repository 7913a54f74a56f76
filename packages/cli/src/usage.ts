import type { DoctorCommand } from "./doctor/command.ts";

/** The command was written wrongly: one line that names the mend, and exit code 2. */
export class UsageError extends Error {
	override readonly name: string = "UsageError";
}

/** What the compiler says about its options and its configuration file is wrong use, too. */
export function asUsageError(error: unknown): unknown {
	const { code, message } = Object(error) as { code?: unknown; message?: string };
	return code === "HOLDFAST_OPTION" || code === "HOLDFAST_PARSE" ? new UsageError(message) : error;
}

export type Command = { readonly kind: "help" } | { readonly kind: "version" } | RunCommand | DoctorCommand;

/** What `holdfast run` is asked for. */
export interface RunCommand {
	readonly kind: "run";
	readonly file: string;
	readonly args: readonly string[];
}

export const help = `holdfast runs TypeScript and JavaScript as structured concurrency.

  holdfast run <file> [arguments]   compiles the file and what it imports on the fly, and runs it
  holdfast doctor [folder]          tells what compiles a project, and what is wrong with that
      --stats                       how many functions took which form, and why
      --outliving                   functions whose tasks may outlive them, before a move to structure: "function"
      --json                        all of it, for other programs
  holdfast --help                   this text
  holdfast --version                the version

The file's default export, if it is a function, is called with the array of arguments; an integer that it returns
is the exit code. A file without one is a program by itself.

Ctrl-C cancels the program: it stops and cleans up. A second one quits at once.

Exit codes: 0, or the integer that main returned; 1 for an error, or a problem that doctor has found; 2 for wrong use of this command;
128 + n when signal n ended the program (130 for Ctrl-C).

Environment:
  HOLDFAST_STRUCTURE   "function" or "scope": who owns a call without await, where no directive says so
  HOLDFAST_TICKS       "default" or "native": the order of awaits that need not wait
  HOLDFAST_INCLUDE     globs of files to compile, with commas
  HOLDFAST_EXCLUDE     globs of files to leave alone
  NO_COLOR             no colours in error messages
`;

/** @throws UsageError */
export function parseCommand(words: readonly string[]): Command {
	const [first, ...rest] = words;
	if (first === undefined)
		throw new UsageError("no command given. Write: holdfast run <file> (holdfast --help tells more).");
	if (first === "--help" || first === "-h" || first === "help") return { kind: "help" };
	if (first === "--version" || first === "-v") return { kind: "version" };
	if (first === "run") return parseRun(rest);
	if (first === "doctor") return parseDoctor(rest);
	if (first.startsWith("-")) throw new UsageError(`unknown option ${first}. The options are --help and --version.`);
	if (/\.[cm]?[jt]sx?$/.test(first))
		throw new UsageError(`unknown command "${first}". To run a file write: holdfast run ${first}`);
	throw new UsageError(`unknown command "${first}". The commands are: run, doctor.`);
}

/** What stands after the file belongs to the program, options included. */
function parseRun(words: readonly string[]): Command {
	const [first, ...rest] = words;
	if (first === "--help" || first === "-h") return { kind: "help" };
	if (first === "--") return parseFile(rest);
	if (first?.startsWith("-") === true)
		throw new UsageError(
			`unknown option ${first}. "holdfast run" has none; options of the program stand after the file.`,
		);
	return parseFile(words);
}

function parseFile([file, ...args]: readonly string[]): Command {
	if (file === undefined || file === "") throw new UsageError("no file given. Write: holdfast run <file> [arguments]");
	return { kind: "run", file, args };
}

function parseDoctor(words: readonly string[]): Command {
	const names = ["--json", "--stats", "--outliving"];
	if (words.includes("--help") || words.includes("-h")) return { kind: "help" };
	const wrong = words.find((word) => word.startsWith("-") && !names.includes(word));
	if (wrong !== undefined)
		throw new UsageError(`unknown option ${wrong}. The options of "holdfast doctor" are ${names.join(", ")}.`);
	const folders = words.filter((word) => !word.startsWith("-"));
	if (folders.length > 1) throw new UsageError(`more than one folder given. Write: holdfast doctor [folder]`);
	return {
		kind: "doctor",
		folder: folders[0] ?? ".",
		json: words.includes("--json"),
		stats: words.includes("--stats"),
		outliving: words.includes("--outliving"),
	};
}
