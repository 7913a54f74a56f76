import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkDuration, checkOptions, checkSwitch } from "./check-options.ts";
import { describe } from "./describe.ts";
import { commandLine, ProcessStartError } from "./process-errors.ts";
import { checkSignal } from "./signal-names.ts";

/** How a program is started, and how it is ended. */
export interface ProcessOptions {
	/** The folder in which it runs (default: that of this process). */
	cwd?: string | URL;
	/** Variables of its environment, besides those of this process; `undefined` takes one away. */
	env?: Readonly<Record<string, string | undefined>>;
	/** Whether it gets the environment of this process too (default `true`). */
	inheritEnv?: boolean;
	/**
	 * Has a shell read `command`, which then may hold pipes, redirections and variables: `true` for `/bin/sh` (`cmd.exe` on
	 * Windows), or the path of one (default `false`). Arguments are refused then: nothing would keep the shell from reading
	 * them as code. Never put what others have written into such a command.
	 */
	shell?: boolean | string;
	/**
	 * Whether it leads a process group of its own (a session, on POSIX), so that what it has started itself can be ended with
	 * it. Default: `true`, unless its standard input is this process's (`"inherit"`): a program that talks to the terminal
	 * must be in the terminal's group, where Ctrl-C reaches it directly. No effect on Windows, which has no such groups.
	 */
	ownGroup?: boolean;
	/** What asks it to end (default `"SIGTERM"`). Windows ends it at once whatever it is. */
	stopSignal?: NodeJS.Signals;
	/**
	 * For how many milliseconds it may clean up after `stopSignal`, before SIGKILL (default 5,000). The grace of the scope
	 * that is being cancelled counts too: the shorter one holds.
	 */
	grace?: number;
	/** The user and group as which it runs (POSIX, and only for a program that may). */
	uid?: number;
	gid?: number;
}

export const PROCESS_OPTIONS: readonly string[] = [
	"cwd",
	"env",
	"inheritEnv",
	"shell",
	"ownGroup",
	"stopSignal",
	"grace",
	"uid",
	"gid",
];

/** A command and its options, checked. */
export interface Command {
	/** The public function that runs it. */
	readonly what: string;
	readonly command: string;
	readonly args: readonly string[];
	readonly options: ProcessOptions;
	readonly cwd: string | undefined;
	readonly env: Record<string, string | undefined>;
}

export const GRACE = 5_000;

/** @throws TypeError, RangeError for what cannot be meant */
export function checkCommand(
	what: string,
	command: string,
	args: readonly string[],
	options: ProcessOptions,
	known: readonly string[],
): Command {
	if (typeof command !== "string" || command.trim() === "" || command.includes("\0"))
		throw new TypeError(`${what}: the command is ${describe(command)}; pass the name or path of a program.`);
	if (!Array.isArray(args)) {
		const mend =
			typeof args === "string"
				? `each word by itself: ["${String(args).split(" ").join('", "')}"]`
				: "an array of strings";
		throw new TypeError(`${what}: the arguments are ${describe(args)}; pass ${mend}.`);
	}
	for (const [index, arg] of args.entries())
		if (typeof arg !== "string" || arg.includes("\0"))
			throw new TypeError(`${what}: argument ${index} of ${command} is ${describe(arg)}; pass a string without NUL.`);
	checkOptions(what, options, known);
	const own = ownOptions(options);
	const { cwd, env, inheritEnv, shell, ownGroup, stopSignal, grace } = own;
	if (cwd !== undefined && typeof cwd !== "string" && !(cwd instanceof URL))
		throw new TypeError(`${what}: cwd is ${describe(cwd)}; pass a path or a file: URL.`);
	for (const [name, value] of Object.entries(env ?? {}))
		if (value !== undefined && typeof value !== "string")
			throw new TypeError(`${what}: the variable ${name} in env is ${describe(value)}; pass a string, or undefined.`);
	checkSwitch(`${what}: inheritEnv`, inheritEnv);
	checkSwitch(`${what}: ownGroup`, ownGroup);
	if (shell !== undefined && typeof shell !== "boolean" && typeof shell !== "string")
		throw new TypeError(`${what}: shell is ${describe(shell)}; it may be true, false, or the path of a shell.`);
	if (shell && args.length > 0)
		throw new TypeError(
			`${what}: a shell reads the command, so it takes no arguments: put all of it into the command, quoted, or leave shell out.`,
		);
	if (stopSignal !== undefined) checkSignal(`${what}: stopSignal`, stopSignal);
	if (grace !== undefined) checkDuration(`${what}: grace`, grace);
	return {
		what,
		command,
		args: [...args],
		options: own,
		cwd: cwd instanceof URL ? fileURLToPath(cwd) : cwd,
		env: inheritEnv === false ? { ...env } : { ...process.env, ...env },
	};
}

/** The options without what they inherit: nobody gets a shell by what somebody has put into `Object.prototype`. */
export function ownOptions<Options extends object>(options: Options): Options {
	return { __proto__: null, ...options } as Options;
}

/** Why a program could not be started, in words. */
export function startError({ what, command, args, cwd }: Command, error: unknown): unknown {
	const { code } = error as { code?: string };
	if (typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) return error;
	const line = commandLine(command, args);
	return new ProcessStartError(
		`${what}: ${line} could not be started: ${reasonOf(code, command, cwd)} (${code}).`,
		code,
		command,
		args,
		error,
	);
}

function reasonOf(code: string, command: string, cwd: string | undefined): string {
	// The host says ENOENT of the folder as of the program.
	if (cwd !== undefined && (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES") && !isFolder(cwd))
		return `its folder (cwd) ${JSON.stringify(cwd)} is no folder that can be entered`;
	switch (code) {
		case "ENOENT":
			return /[/\\]/.test(command)
				? "there is no such program, or not the interpreter that its first line names"
				: "there is no such program in the folders of PATH";
		case "EACCES":
			return "it is no file that may be executed";
		case "E2BIG":
			return "the arguments and the environment are too long for the system; pass them as input or in a file";
		case "EAGAIN":
			return "the system allows no more processes now";
		case "EMFILE":
		case "ENFILE":
			return "too many files are open; run fewer at once";
		case "ENOMEM":
			return "the system has no memory for it";
		case "EPERM":
			return "the system does not permit it";
		default:
			return "the system refused";
	}
}

function isFolder(path: string): boolean {
	try {
		return statSync(path).isDirectory();
	} catch {
		return false;
	}
}
