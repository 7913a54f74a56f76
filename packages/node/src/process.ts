import type { Readable, Writable } from "node:stream";
import { type Coroutine, cleanup, coroutine, MisuseError, type Resource, resource } from "holdfast";
import type { ByteStream, ReceiveStream, SendStream } from "./byte-stream.ts";
import { describe } from "./describe.ts";
import { receiveStreamOf, sendStreamOf } from "./node-stream.ts";
import { commandLine, type ExitStatus } from "./process-errors.ts";
import { endAll, ProcessLifetime } from "./process-lifetime.ts";
import { type Command, checkCommand, PROCESS_OPTIONS, type ProcessOptions } from "./process-options.ts";
import { checkSignal } from "./signal-names.ts";

/** `"pipe"`: a stream; `"inherit"`: that of this process; `"ignore"`: nothing; a number: an open file of the system. */
export type ProcessStdio = "pipe" | "inherit" | "ignore" | number;

/** Options of `spawnProcess`. */
export interface SpawnProcessOptions extends ProcessOptions {
	/** Its standard input (default `"pipe"`). */
	stdin?: ProcessStdio;
	/** Its standard output (default `"pipe"`). */
	stdout?: ProcessStdio;
	/** Its standard error (default `"inherit"`). */
	stderr?: ProcessStdio;
}

/**
 * Starts a program and gives the process, until the end of the owner, or for `spawnProcess(…).with(body)`. Then it is ended if it
 * has not ended by itself: it and everything in its group gets SIGTERM (`stopSignal`), and after the grace SIGKILL. The owner ends
 * when all of it is gone.
 *
 * Arguments arrive as they are; no shell is involved unless asked for. To run a program to its end and have its output, `exec` is
 * simpler. Its standard error goes where that of this process goes, unless it is to be a `"pipe"`, which then must be
 * read: a full pipe makes the program wait. If this process exits or dies of a signal, the process is ended with it.
 *
 * Cancelled before it has started: nothing is started.
 * @throws ProcessStartError if it could not be started
 * @example
 * const server = await spawnProcess("redis-server", ["--port", "7000"]);
 * for await (const line of server.stdout.lines()) if (line.includes("Ready")) break;
 */
export function spawnProcess(
	command: string,
	args: readonly string[] = [],
	options: SpawnProcessOptions = {},
): Resource<Process> {
	const checked = checkCommand("spawnProcess", command, args, options, [
		...PROCESS_OPTIONS,
		"stdin",
		"stdout",
		"stderr",
	]);
	const stdio = [
		stdioOf("stdin", options.stdin ?? "pipe"),
		stdioOf("stdout", options.stdout ?? "pipe"),
		stdioOf("stderr", options.stderr ?? "inherit"),
	] as const;
	return resource(
		function* (): Generator<never, Process, unknown> {
			return new Process(checked, stdio, yield* ProcessLifetime.start(checked, stdio));
		},
		(process) => process.close(),
	);
}

function stdioOf(name: string, given: ProcessStdio): ProcessStdio {
	if (given === "pipe" || given === "inherit" || given === "ignore") return given;
	if (Number.isSafeInteger(given) && (given as number) >= 0) return given;
	throw new TypeError(
		`spawnProcess: ${name} is ${describe(given)}; it may be "pipe", "inherit", "ignore", or the number of an open file.`,
	);
}

/** A process that `spawnProcess` has started. */
export class Process implements AsyncDisposable {
	readonly command: string;
	readonly args: readonly string[];
	/** Its number in the system. */
	readonly pid: number;
	readonly #lifetime: ProcessLifetime;
	readonly #stdio: readonly ProcessStdio[];
	readonly #stdin: (SendStream & Pick<ByteStream, "end">) | undefined;
	readonly #stdout: ReceiveStream | undefined;
	readonly #stderr: ReceiveStream | undefined;

	/** @internal */
	constructor({ command, args }: Command, stdio: readonly ProcessStdio[], lifetime: ProcessLifetime) {
		this.command = command;
		this.args = args;
		this.pid = lifetime.pid;
		this.#lifetime = lifetime;
		this.#stdio = stdio;
		const { stdin, stdout, stderr } = lifetime.child;
		const of = `${commandLine(command, args)} (process ${this.pid})`;
		this.#stdin = stdin === null ? undefined : sendStreamOf(stdin as Writable, `the standard input of ${of}`);
		this.#stdout = stdout === null ? undefined : receiveStreamOf(stdout as Readable, `the standard output of ${of}`);
		this.#stderr = stderr === null ? undefined : receiveStreamOf(stderr as Readable, `the standard error of ${of}`);
	}

	/**
	 * What it reads. `end()` or `close()` tells it that there is no more. When it does not read any more, a write throws
	 * `BrokenResourceError`.
	 * @throws MisuseError unless it is a pipe
	 */
	get stdin(): SendStream & Pick<ByteStream, "end"> {
		return this.#stdin ?? this.#noPipe(0, "stdin");
	}

	/**
	 * What it prints. It has to wait while nobody reads; what it has printed can be read after its end.
	 * @throws MisuseError unless it is a pipe
	 */
	get stdout(): ReceiveStream {
		return this.#stdout ?? this.#noPipe(1, "stdout");
	}

	/**
	 * What it says about errors.
	 * @throws MisuseError unless it is a pipe
	 */
	get stderr(): ReceiveStream {
		return this.#stderr ?? this.#noPipe(2, "stderr");
	}

	/** How it has ended; `undefined` while it runs. */
	get status(): ExitStatus | undefined {
		return this.#lifetime.status;
	}

	/**
	 * Waits until it has ended, and tells how. Many tasks may wait. What it has printed may still be unread, and what it has
	 * started itself may run on until the end of the owner.
	 *
	 * Cancelled: throws `Cancelled`; the process runs on.
	 * @example
	 * const { exitCode } = await server.wait();
	 */
	wait(): Coroutine<ExitStatus> {
		return waitFor(this.#lifetime);
	}

	/**
	 * Sends a signal to it and its group (default `"SIGTERM"`). Tells whether there was anybody to get it. Does not wait: see
	 * `wait` and `close`.
	 * @throws TypeError for what is no signal of this system
	 */
	kill(signal: NodeJS.Signals = "SIGTERM"): boolean {
		checkSignal("kill: the signal", signal);
		return this.#lifetime.signal(signal);
	}

	/**
	 * Ends it and everything in its group, as the end of the owner would: `stopSignal`, the grace, SIGKILL. Returns when all
	 * of it is gone and its streams are closed. What it has printed and nobody has read is dropped. Closing again waits for the same.
	 *
	 * In a cancelled scope the scope's grace holds if it is shorter.
	 * @throws BrokenResourceError if not even SIGKILL has ended it, since it runs as another user, or the system holds it
	 */
	close(): Coroutine<void> {
		return close(this.#lifetime, [this.#stdin, this.#stdout, this.#stderr]);
	}

	[Symbol.asyncDispose](): Promise<void> {
		// The language's type asks for a promise; `await using` awaits whatever it gets.
		return this.close() as unknown as Promise<void>;
	}

	#noPipe(index: number, name: string): never {
		throw new MisuseError(
			`Process: ${name} of ${commandLine(this.command, this.args)} is ${describe(this.#stdio[index])}, and no stream: spawnProcess(…, { ${name}: "pipe" }).`,
		);
	}
}

const waitFor = /* @__PURE__ */ coroutine(function* wait(
	lifetime: ProcessLifetime,
): Generator<never, ExitStatus, unknown> {
	yield* lifetime.exited();
	return lifetime.status as ExitStatus;
});

const close = /* @__PURE__ */ coroutine(function* close(
	lifetime: ProcessLifetime,
	streams: readonly (SendStream | ReceiveStream | undefined)[],
): Generator<never, void, unknown> {
	try {
		yield* endAll([lifetime]);
	} finally {
		const { stdin, stdout, stderr } = lifetime.child;
		// Nobody is there to take or give anything any more.
		for (const stream of [stdin, stdout, stderr]) stream?.destroy();
		for (const stream of streams) if (stream !== undefined) yield* cleanup(() => stream.close());
	}
});
