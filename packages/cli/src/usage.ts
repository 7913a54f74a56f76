import type { DoctorCommand } from "./doctor/command.ts";
import type { InitCommand } from "./init/command.ts";

/** The command was written wrongly: one line that names the mend, and exit code 2. */
export class UsageError extends Error {
	override readonly name: string = "UsageError";
}

/** What the compiler says about its options and its configuration file is wrong use, too. */
export function asUsageError(error: unknown): unknown {
	const { code, message } = Object(error) as { code?: unknown; message?: string };
	return code === "HOLDFAST_OPTION" || code === "HOLDFAST_PARSE" ? new UsageError(message) : error;
}

export type Command =
	| { readonly kind: "help" }
	| { readonly kind: "version" }
	| RunCommand
	| InitCommand
	| DoctorCommand;

/** What `holdfast run` is asked for. */
export interface RunCommand {
	readonly kind: "run";
	readonly file: string;
	readonly args: readonly string[];
	/** Note which tasks outlive the function that started them. */
	readonly reportOutliving: boolean;
}

export const help = `holdfast runs TypeScript and JavaScript as structured concurrency.

  holdfast run <file> [arguments]   compiles the file and what it imports on the fly, and runs it
      --report-outliving            before the file: at the end, tasks that have outlived the function that started them
  holdfast init [folder]            sets a project up: packages, configuration, plugin; changes nothing that is there
      --dry-run                     tells what it would do
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

Settings stand in holdfast.config.ts (.mts .js .mjs .json), or under the key "holdfast" of package.json.

Environment, which wins over them:
  HOLDFAST_STRUCTURE   "function" or "scope": who owns a call without await, where no directive says so
  HOLDFAST_TICKS       "default" or "native": the order of awaits that need not wait
  HOLDFAST_INCLUDE     globs of files to compile, with commas
  HOLDFAST_EXCLUDE     globs of files to leave alone
  HOLDFAST_OUTLIVING   1: as --report-outliving, for everything that is compiled; or a file to which it is added
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
	if (first === "init") return parseInit(rest);
	if (first === "doctor") return parseDoctor(rest);
	if (first.startsWith("-")) throw new UsageError(`unknown option ${first}. The options are --help and --version.`);
	if (/\.[cm]?[jt]sx?$/.test(first))
		throw new UsageError(`unknown command "${first}". To run a file write: holdfast run ${first}`);
	throw new UsageError(`unknown command "${first}". The commands are: run, init, doctor.`);
}

/** What stands after the file belongs to the program, options included. */
function parseRun(words: readonly string[], reportOutliving = false): Command {
	const [first, ...rest] = words;
	if (first === "--help" || first === "-h") return { kind: "help" };
	if (first === "--report-outliving") return parseRun(rest, true);
	if (first === "--") return parseFile(rest, reportOutliving);
	if (first?.startsWith("-") === true)
		throw new UsageError(
			`unknown option ${first}. The option of "holdfast run" is --report-outliving; options of the program stand after the file.`,
		);
	return parseFile(words, reportOutliving);
}

function parseFile([file, ...args]: readonly string[], reportOutliving: boolean): Command {
	if (file === undefined || file === "") throw new UsageError("no file given. Write: holdfast run <file> [arguments]");
	return { kind: "run", file, args, reportOutliving };
}

function parseInit(words: readonly string[]): Command {
	// It asks nothing anyway; whoever is used to saying so may.
	const { folder, options } = parseFolder("init", words, ["--dry-run", "--yes", "-y"]);
	return options === undefined ? { kind: "help" } : { kind: "init", folder, dryRun: options.includes("--dry-run") };
}

function parseDoctor(words: readonly string[]): Command {
	const { folder, options } = parseFolder("doctor", words, ["--json", "--stats", "--outliving"]);
	if (options === undefined) return { kind: "help" };
	const [json, stats, outliving] = ["--json", "--stats", "--outliving"].map((name) => options.includes(name));
	return { kind: "doctor", folder, json: json === true, stats: stats === true, outliving: outliving === true };
}

/** A folder, by default this one, and options in any order; none of them if help is asked for. */
function parseFolder(
	command: string,
	words: readonly string[],
	known: readonly string[],
): { folder: string; options: readonly string[] | undefined } {
	const options = words.filter((word) => word.startsWith("-"));
	const folders = words.filter((word) => !word.startsWith("-"));
	if (options.includes("--help") || options.includes("-h")) return { folder: ".", options: undefined };
	const wrong = options.find((option) => !known.includes(option));
	if (wrong !== undefined)
		throw new UsageError(`unknown option ${wrong}. The options of "holdfast ${command}" are ${known.join(", ")}.`);
	if (folders.length > 1) throw new UsageError(`more than one folder given. Write: holdfast ${command} [folder]`);
	return { folder: folders[0] ?? ".", options };
}
