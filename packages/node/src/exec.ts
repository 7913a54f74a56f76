import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CannotBlockError, type Coroutine, coroutine, currentDeadline, operation } from "holdfast";
import { checkExec, type ExecOptions, type ExecResult, type ExecSpecification } from "./exec-options.ts";
import { commandLine, type ExitStatus, exitError } from "./process-errors.ts";
import { startError } from "./process-options.ts";
import { runStages, tooMuch } from "./run-stages.ts";
import { decode, decodeLeniently, toBytes } from "./text.ts";
import { helped } from "./workers/helper.ts";

/** `exec` with both of its results, and its synchronous face. */
export interface Exec extends ExecCall<"async"> {
	/** The same, holding up the thread: nothing but a deadline ends the program then, and its input cannot be asynchronous. */
	readonly sync: ExecCall<"sync">;
}

interface ExecCall<Colour extends "async" | "sync"> {
	(
		command: string,
		args: readonly string[] | undefined,
		options: ExecOptions & { readonly encoding: "buffer" },
	): Given<Colour, ExecResult<Uint8Array>>;
	(command: string, args?: readonly string[], options?: ExecOptions): Given<Colour, ExecResult>;
}

type Given<Colour extends "async" | "sync", T> = Colour extends "async" ? Coroutine<T> : T;

/**
 * Runs a program to its end and gives what it has printed. No shell is involved unless asked for: each argument arrives
 * as it is, whatever it holds. Its standard input is `input`, or empty; it is fed while both outputs are read, so that nothing
 * can stand still.
 *
 * It leads a process group of its own (on POSIX; see `ownGroup`). When it has ended, what it has left behind in that group is ended
 * like a cancelled one, as service managers do: nothing outlives the call. To let something run on, start it in a session of its own.
 *
 * Cancelled: the whole group gets SIGTERM (`stopSignal`), and after the grace SIGKILL; the call ends when all of it is
 * gone. If this process exits or dies of a signal first, the group is ended with it. Windows has no such signals: there the
 * program and what it has started are ended at once.
 *
 * In a synchronous run it holds up the thread until the program has ended, in this process's group. Where there is a
 * deadline the helper thread runs it (see `callByName`), as in any run: then the deadline ends it, and other tasks go on beside it.
 *
 * @throws ProcessStartError if it could not be started
 * @throws ProcessExitError if it has ended with an exit code other than 0, or by a signal, unless `check` is false
 * @throws LimitExceededError if it prints more than `maxOutput` bytes; it is ended then
 * @throws InvalidTextError if its output is no UTF-8 and no other encoding was asked for
 * @example
 * const { stdout } = await exec("git", ["log", "-1", "--format=%H"]);
 * const sorted = await exec("sort", ["-u"], { input: lines.join("\n") });
 */
export const exec: Exec = /* @__PURE__ */ operation({
	async: coroutine(execAsync),
	sync: execSync,
}) as unknown as Exec;

function* execAsync(
	command: string,
	args?: readonly string[],
	options?: ExecOptions,
): Generator<never, ExecResult<string | Uint8Array>, unknown> {
	const specification = checkExec("exec", command, args, options);
	const { stdout, statuses, stderrs } = yield* runStages({ ...specification, commands: [specification.command] });
	return resultOf(specification, statuses[0] as ExitStatus, stdout, stderrs[0] as Uint8Array);
}

type Result = ExecResult<string | Uint8Array>;

function execSync(command: string, args?: readonly string[], options?: ExecOptions): Result | Coroutine<Result> {
	const specification = checkExec("exec", command, args, options);
	if (currentDeadline() !== Number.POSITIVE_INFINITY)
		return helped("exec", "exec", [command, args, sendable(options)]) as Coroutine<Result>;
	const { command: checked, input, stdin, stdout, stderr, maxOutput } = specification;
	const { shell = false, uid, gid, stopSignal } = checked.options;
	// It stays in this process's group: nobody could pass Ctrl-C on while the thread is held up.
	const ended = spawnSync(checked.command, [...checked.args], {
		cwd: checked.cwd,
		env: checked.env,
		shell,
		windowsHide: true,
		stdio: [stdin, stdout, stderr],
		maxBuffer: maxOutput,
		...(input === undefined ? {} : { input: wholeInput(input) }),
		...(stopSignal === undefined ? {} : { killSignal: stopSignal }),
		...(uid === undefined ? {} : { uid }),
		...(gid === undefined ? {} : { gid }),
	});
	if (ended.error !== undefined) {
		if ((ended.error as { code?: string }).code === "ENOBUFS") throw tooMuch([checked], maxOutput);
		throw startError(checked, ended.error);
	}
	const none = new Uint8Array();
	const status = { exitCode: ended.status, signal: ended.signal };
	return resultOf(specification, status, ended.stdout ?? none, ended.stderr ?? none);
}

/** Options for the helper thread, into which nothing can be pulled. */
export function sendable<Options extends Pick<ExecOptions, "cwd" | "input">>(options: Options | undefined): unknown {
	if (options === undefined) return undefined;
	const { cwd, input } = options;
	return {
		...options,
		...(cwd instanceof URL && { cwd: fileURLToPath(cwd) }),
		...(input !== undefined && typeof input !== "string" && { input: wholeInput(input) }),
	};
}

function wholeInput(input: NonNullable<ExecOptions["input"]>): Uint8Array {
	const what = "exec: the input";
	if (typeof input === "string" || input instanceof Uint8Array) return toBytes(what, input);
	if (!(Symbol.iterator in input))
		throw new CannotBlockError(
			`${what} is an async iterable, and this run is synchronous: collect it first, or use run().`,
		);
	return Buffer.concat(Array.from(input, (part) => toBytes(what, part)));
}

function resultOf(
	{ command: { command, args }, encoding, check }: ExecSpecification,
	{ exitCode, signal }: ExitStatus,
	stdout: Uint8Array,
	stderr: Uint8Array,
): ExecResult<string | Uint8Array> {
	// A message for people, which may hold what it likes.
	const errors = decodeLeniently(stderr, encoding);
	const failed = exitCode !== 0;
	if (check && failed) {
		const output = decodeLeniently(stdout, encoding);
		throw exitError({ command, args, exitCode, signal, stdout: output, stderr: errors });
	}
	const output = decode(`The output of ${commandLine(command, args)}`, stdout, encoding);
	return { exitCode, signal, stdout: output, stderr: errors };
}
