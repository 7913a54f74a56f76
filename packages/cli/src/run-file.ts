import { statSync } from "node:fs";
import { constants } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { registerCompiler } from "@holdfast/compiler/loader";
import { onOutputClosed } from "./closed-output.ts";
import { finish } from "./finish.ts";
import { type ErrorFormat, formatError } from "./format-error.ts";
import { type Library, type LoadedLibrary, loadLibrary } from "./library.ts";
import { onStandstill } from "./standstill.ts";
import { asUsageError, type RunCommand, UsageError } from "./usage.ts";

type Main = (args: readonly string[]) => unknown;

const EXTENSIONS = [".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"];
/** As for a top-level await that never settles in Node. */
const NEVER_SETTLES = 13;
/** As long as a run's cleanup may take by default, in milliseconds. */
const GRACE = 5_000;
/** Lines of the runtime are taken out of stacks, and should not crowd out those of the program. */
const STACK_LINES = 40;

/**
 * `holdfast run`: compiles and imports the file. If its default export is a function, it is the main function of a run
 * that ends on signals; otherwise the file itself was the program, and the process behaves as under Node.
 *
 * @throws UsageError if there is no such file
 */
export async function runFile({ file, args, reportOutliving }: RunCommand): Promise<void> {
	const path = findFile(file);
	const loaded = await loadLibrary(path);
	if (reportOutliving) process.env.HOLDFAST_OUTLIVING = "1";
	startCompiler();
	Error.stackTraceLimit = STACK_LINES;
	process.argv = [process.argv0, path, ...args];
	const program = new Program(file, path, loaded);
	let main: Main | undefined;
	try {
		main = mainOf(await program.load());
	} catch (error) {
		return program.fail(error);
	}
	if (main !== undefined) await program.run(main, args);
}

function findFile(file: string): string {
	const path = resolve(file);
	const stats = statSync(path, { throwIfNoEntry: false });
	if (stats === undefined) throw new UsageError(`${file} does not exist.${withExtension(path, file)}`);
	if (stats.isDirectory())
		throw new UsageError(`${file} is a directory. Name the file to run, for example ${join(file, "main.ts")}`);
	if (!EXTENSIONS.includes(extname(path)))
		throw new UsageError(`${file} is neither TypeScript nor JavaScript (${EXTENSIONS.join(" ")}).`);
	return path;
}

function withExtension(path: string, file: string): string {
	const found = EXTENSIONS.find((extension) => statSync(path + extension, { throwIfNoEntry: false })?.isFile());
	return found === undefined ? "" : ` Did you mean ${file}${found}?`;
}

function startCompiler(): void {
	try {
		registerCompiler();
	} catch (error) {
		throw asUsageError(error);
	}
	process.setSourceMapsEnabled(true);
}

/** The default export, if it can be called. CommonJS that was compiled from a module keeps it one level deeper. */
function mainOf(module: { default?: unknown }): Main | undefined {
	const exported = module.default as { __esModule?: unknown; default?: unknown } | undefined;
	const main = typeof exported === "object" && exported?.__esModule === true ? exported.default : exported;
	if (typeof main !== "function" || /^class\b/.test(Function.prototype.toString.call(main))) return undefined;
	return main as Main;
}

/** A running file: where its errors go, and what its end means for the process. */
class Program {
	/** As it was given. */
	readonly #file: string;
	readonly #path: string;
	readonly #library: Library;
	readonly #format: ErrorFormat;
	/** Cancels the run from outside: nobody reads its output, or something crashed beside it. */
	readonly #stop = new AbortController();
	#running = false;
	#crashed = false;
	#unread = false;
	#reported = false;

	constructor(file: string, path: string, { library, directories }: LoadedLibrary) {
		this.#file = file;
		this.#path = path;
		this.#library = library;
		const { suppressedErrors, taskPathOf } = library;
		this.#format = { color: hasColor(), hidden: directories, pathOf: taskPathOf, suppressed: suppressedErrors };
		process.on("uncaughtException", (error) => this.#crash(error));
		onOutputClosed(() => this.#outputClosed());
	}

	/** Imports the file. */
	async load(): Promise<{ default?: unknown }> {
		const release = onStandstill(() => {
			process.stderr.write(`holdfast: ${this.#file} waits at its top level for something that can never come.\n`);
			process.exitCode = NEVER_SETTLES;
		});
		try {
			return (await import(pathToFileURL(this.#path).href)) as { default?: unknown };
		} finally {
			release();
		}
	}

	async run(main: Main, args: readonly string[]): Promise<void> {
		const { run } = this.#library;
		const name = main.name === "" || main.name === "default" ? basename(this.#path, extname(this.#path)) : main.name;
		this.#running = true;
		try {
			const value = await run(main as (args: readonly string[]) => PromiseLike<unknown>, {
				args: [[...args]],
				name,
				signals: true,
				signal: this.#stop.signal,
				onReport: ({ error, kind, path, primary }) => {
					// What was thrown in its place is printed with all that it suppresses.
					if (Object(primary) !== primary) this.#report(error, kind, path);
				},
			});
			await this.#end(value);
		} catch (error) {
			await this.fail(error);
		} finally {
			this.#running = false;
		}
	}

	/** The end with an error. */
	async fail(error: unknown): Promise<void> {
		const { code } = Object(error) as { code?: unknown };
		const interrupted = code === "HOLDFAST_INTERRUPTED";
		if (code === "HOLDFAST_PARSE") process.stderr.write(`${(error as Error).message}\n`);
		else if (!interrupted && !this.#isStop(error)) this.#print(error);
		// Not printed itself, it still owes what it suppresses.
		else for (const other of this.#library.suppressedErrors(error)) this.#report(other, "suppressed", this.#file);
		await finish(this.#code(1));
	}

	/** The end with a value: as in Node, what else is open may go on, unless somebody asked for the end. */
	async #end(value: unknown): Promise<void> {
		const code = this.#code(Number.isInteger(value) ? toExitCode(value as number) : 0);
		if (this.#library.interruptedBy() !== undefined || this.#stop.signal.aborted) await finish(code);
		process.exitCode = code;
	}

	#code(code: number): number {
		// Only a signal that has cancelled the run: one that the program has waited for is its own affair.
		const signal = this.#library.interruptedBy();
		if (signal !== undefined) return 128 + constants.signals[signal];
		if (this.#crashed) return 1;
		if (this.#unread) return 0;
		return code === 0 && this.#reported ? 1 : code;
	}

	#isStop(error: unknown): boolean {
		return this.#stop.signal.aborted && error === this.#stop.signal.reason;
	}

	#report(error: unknown, kind: string, path: string): void {
		if (kind === "hint") {
			process.stderr.write(`holdfast: ${String(error)}\n`);
			return;
		}
		this.#reported = true;
		process.stderr.write(`holdfast: ${WHAT[kind] ?? kind}\n`);
		this.#print(error, path);
	}

	#print(error: unknown, path?: string): void {
		process.stderr.write(`${formatError(error, path === undefined ? this.#format : { ...this.#format, path })}\n`);
	}

	/** An error that no code can catch any more, thrown in a callback of Node: the run is cancelled, so that it cleans up. */
	#crash(error: unknown): void {
		if (process.listenerCount("uncaughtException") > 1) return;
		this.#print(error);
		if (this.#crashed) process.exit(1);
		this.#crashed = true;
		this.#stopRun(error instanceof Error ? error : new Error(String(error)), 1);
	}

	#outputClosed(): void {
		this.#unread = true;
		this.#stopRun(new Error("Nobody reads the output any more."), 0);
	}

	#stopRun(reason: Error, code: number): void {
		if (!this.#running) process.exit(code);
		process.exitCode = code;
		this.#stop.abort(reason);
		setTimeout(() => process.exit(code), GRACE).unref();
	}
}

const WHAT: Record<string, string> = {
	unobserved: "an error that nobody observed",
	suppressed: "a further error",
	"late-rejection": "a promise that was rejected after the wait for it had been cancelled",
	"never-awaited": "a coroutine that was never awaited",
	generator: "an error while an async generator was closed",
	hook: "an error thrown by onReport",
	instrument: "an error thrown by an instrument, which is taken out",
};

/** Exit codes have eight bits: a large count of errors must not wrap round to success. */
function toExitCode(value: number): number {
	return value > 255 ? 255 : value & 255;
}

function hasColor(): boolean {
	const { NO_COLOR, FORCE_COLOR } = process.env;
	if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
	return process.stderr.isTTY === true || (FORCE_COLOR !== undefined && FORCE_COLOR !== "0" && FORCE_COLOR !== "");
}
