import {
	MessageChannel,
	type MessagePort,
	receiveMessageOnPort,
	type Transferable,
	Worker,
	type WorkerOptions,
} from "node:worker_threads";
import {
	Cancelled,
	ClosedResourceError,
	type Coroutine,
	checkpoint,
	cleanup,
	coroutine,
	currentDeadline,
	currentTask,
	moveOnAfter,
	now,
	type Resume,
	reportError,
	shield,
	sleepUntil,
	suspend,
	type Task,
} from "holdfast";
import type { Answer, Order, PackedTarget } from "./messages.ts";
import { unpackError } from "./packed-error.ts";
import { packContext } from "./shared-context.ts";
import { WorkerDataError, WorkerDiedError } from "./worker-errors.ts";

/** What a thread is to do. */
export interface Job {
	readonly target: PackedTarget;
	readonly args: readonly unknown[];
	readonly transfer: readonly Transferable[];
	/** How many milliseconds it may go on after a cancellation, if that is less than the grace of the scope. */
	readonly grace: number;
}

/** How threads are started. */
export interface ThreadOptions {
	readonly name?: string | undefined;
	readonly setup?: string | undefined;
	readonly execArgv?: readonly string[] | undefined;
	readonly env?: WorkerOptions["env"];
	readonly resourceLimits?: WorkerOptions["resourceLimits"];
}

type Outcome = Exclude<Answer, { kind: "report" }> | { readonly kind: "died"; readonly error: Error };

/**
 * One worker thread.
 *
 * ```
 *            run            answer
 *   idle ───────────▶ busy ────────▶ idle
 *     ╰─── terminate ──┴── dies, grace over ──▶ ended
 * ```
 */
export class Thread {
	readonly #worker: Worker;
	readonly #port: MessagePort;
	/** Of the work that runs. */
	#outcome: Outcome | undefined;
	#wake: Resume<void> | undefined;
	#task: Task | undefined;
	/** What nothing in it has caught. */
	#failure: { readonly error: unknown } | undefined;
	readonly #waiters: Set<Resume<void>> = new Set();
	#onEnd: () => void;
	ended = false;
	/** Asked to end. */
	ending = false;
	/** Told by its pool: nobody's work is on it. */
	idle = false;

	constructor(options: ThreadOptions, onEnd: () => void) {
		this.#onEnd = onEnd;
		const { port1, port2 } = new MessageChannel();
		this.#port = port1;
		this.#worker = startWorker(options, port2);
		port1.on("message", (answer: Answer) => this.#hear(answer));
		port1.on("messageerror", (error) => this.#hear({ kind: "died", error }));
		this.#worker.on("error", (error) => {
			this.#failure = { error };
		});
		this.#worker.on("exit", (code) => this.#exited(code));
	}

	get id(): number {
		return this.#worker.threadId;
	}

	run(job: Job): Coroutine<unknown> {
		return runJob(this, job);
	}

	/** Keeps the process alive, or does not. */
	hold(on: boolean): void {
		if (this.ended) return;
		if (on) this.#worker.ref();
		else this.#worker.unref();
		if (on) this.#port.ref();
		else this.#port.unref();
	}

	/** Ends it, whatever it does: JavaScript is stopped at once, native code at its end. */
	end(): void {
		if (this.ending || this.ended) return;
		this.ending = true;
		void this.#worker.terminate();
	}

	/** The same, and waits until it is gone. */
	*terminate(): Generator<never, void, unknown> {
		this.end();
		yield* this.gone();
	}

	/** Waits until it is gone. */
	gone(): Coroutine<void> {
		return suspend<void>(
			(resume) => {
				if (this.ended) resume();
				else this.#worker.ref();
				this.#waiters.add(resume);
				return () => {
					this.#waiters.delete(resume);
				};
			},
			{ label: "the end of a worker thread", outside: true },
		);
	}

	/** Its pool was closed: whoever waits for work here is told. */
	close(): void {
		this.#hear({
			kind: "died",
			error: new ClosedResourceError("The worker pool was closed while this work was running in it."),
		});
	}

	*running({ target, args, transfer, grace }: Job): Generator<never, unknown, unknown> {
		const where = `worker thread ${this.id} (${target.name})`;
		const remaining = currentDeadline() - now();
		this.#task = currentTask();
		this.#outcome = undefined;
		this.hold(true);
		this.#start(target, { kind: "run", target, args, context: packContext(), remaining }, transfer);
		try {
			if (this.#outcome === undefined) yield* this.#answer(target);
		} catch (error) {
			// Nobody else throws here.
			const text = (error as Error).message;
			this.#port.postMessage({ kind: "cancel", text } satisfies Order);
			try {
				yield* cleanup(() => moveOnAfter(grace, () => this.#answer(target)));
			} catch (late) {
				if (!(late instanceof Cancelled)) throw late;
			} finally {
				if (this.#outcome === undefined) yield* shield(() => this.terminate());
			}
			// An error of its cleanup wins over the cancellation.
			const outcome = this.#outcome as Outcome | undefined;
			if (outcome?.kind === "failed") throw unpackError(outcome.error, where);
			if (outcome?.kind === "died" && !this.ending) throw outcome.error;
			throw error;
		} finally {
			this.#task = undefined;
			this.hold(false);
		}
		const outcome = this.#outcome as Outcome | undefined;
		switch (outcome?.kind) {
			case "done":
				return outcome.value;
			case "failed":
				throw unpackError(outcome.error, where);
			case "died":
				throw outcome.error;
			default:
				// Its clock was a little ahead: the deadline here is the same.
				if (remaining !== Number.POSITIVE_INFINITY) {
					yield* sleepUntil(Math.max(currentDeadline(), now()));
					yield* checkpoint();
				}
				return undefined;
		}
	}

	#start(target: PackedTarget, order: Order & { kind: "run" }, transfer: readonly Transferable[]): void {
		try {
			this.#port.postMessage(order, transfer);
		} catch (error) {
			throw new WorkerDataError(
				`runInWorker: ${culprit(order)} for ${target.name} cannot be brought into another thread: ${(error as Error).message}`,
				{
					cause: error,
				},
			);
		}
	}

	#answer({ name }: PackedTarget): Coroutine<void> {
		return suspend<void>(
			(resume) => {
				if (this.#outcome !== undefined) resume();
				this.#wake = resume;
				return () => {
					this.#wake = undefined;
				};
			},
			{ label: `runInWorker ${name}`, outside: true },
		);
	}

	#hear(answer: Answer | Outcome): void {
		if (answer.kind === "report") {
			reportError(unpackError(answer.error, `worker thread ${this.id}`), this.#task);
			return;
		}
		this.#outcome ??= answer;
		this.#wake?.();
		this.#wake = undefined;
	}

	#exited(code: number): void {
		// What it has said before it went counts.
		for (let entry = receiveMessageOnPort(this.#port); entry !== undefined; entry = receiveMessageOnPort(this.#port))
			this.#hear(entry.message as Answer);
		this.ended = true;
		this.#port.close();
		if (this.#task !== undefined) this.#hear({ kind: "died", error: this.#died(code) });
		this.#onEnd();
		for (const resume of this.#waiters) resume();
		this.#waiters.clear();
	}

	#died(code: number): Error {
		const failure = this.#failure;
		if (failure === undefined)
			return new WorkerDiedError(
				`The worker thread has ended in the middle of its work, with exit code ${code}: something in it has called process.exit().`,
				code,
			);
		const { error } = failure;
		const memory = (error as NodeJS.ErrnoException | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY";
		const why = memory ? "it ran out of memory" : `an error that nothing in it has caught: ${messageOf(error)}`;
		return new WorkerDiedError(`The worker thread has died in the middle of its work: ${why}.`, code, error);
	}
}

const runJob = /* @__PURE__ */ coroutine(function* runInWorker(
	thread: Thread,
	job: Job,
): Generator<never, unknown, unknown> {
	return yield* thread.running(job);
});

function messageOf(error: unknown): string {
	return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}

/** Which part of an order cannot be cloned. */
function culprit({ args, context }: Order & { kind: "run" }): string {
	const refused = (value: unknown): boolean => {
		try {
			structuredClone(value);
			return false;
		} catch {
			return true;
		}
	};
	const index = args.findIndex(refused);
	if (index >= 0) return `argument ${index + 1}`;
	const variable = context.find(([, value]) => refused(value));
	return variable === undefined ? "what is transferred" : `the context variable ${variable[0]}`;
}

/** Set by the compiler's loader: what a thread imports to compile its modules too. */
const compiler = Symbol.for("holdfast.compiler.registered");

function startWorker({ name, setup, execArgv, env, resourceLimits }: ThreadOptions, port: MessagePort): Worker {
	const isSource = import.meta.url.endsWith(".ts");
	const options: WorkerOptions = {
		workerData: { port, setup },
		transferList: [port],
		...(name !== undefined && { name }),
		...(env !== undefined && { env }),
		...(resourceLimits !== undefined && { resourceLimits }),
	};
	const register = (process as { [compiler]?: unknown })[compiler];
	const extra = [
		...(typeof register === "string" ? ["--import", register] : []),
		...(isSource ? ["--conditions=@holdfast/source"] : []),
	];
	const start = (flags: readonly string[] | undefined): Worker => {
		const all = flags === undefined ? options : { ...options, execArgv: [...flags] };
		return isSource
			? new Worker(new URL("./worker-main.ts", import.meta.url), all)
			: new Worker(new URL("./worker-main.js", import.meta.url), all);
	};
	if (execArgv !== undefined) return start([...execArgv, ...extra]);
	// Without any, those of this thread are inherited.
	if (extra.length === 0) return start(undefined);
	const inherited = inheritedFlags();
	try {
		return start([...inherited, ...extra]);
	} catch (error) {
		// Flags of the engine and of the process as a whole hold in all threads, but cannot be given to one.
		const refused = /flags: (.*)$/.exec((error as Error).message)?.[1]?.split(", ") ?? [];
		return start([...inherited.filter((flag) => !refused.includes(flag)), ...extra]);
	}
}

/** The flags of this process, without the program that may stand among them. */
function inheritedFlags(): string[] {
	const flags = [...process.execArgv];
	for (let index = 0; index < flags.length; )
		if (/^(?:-e|-p|-pe|--eval|--print)$/.test(flags[index] as string)) flags.splice(index, 2);
		else if (/^--(?:eval|print|input-type|watch|test|inspect)/.test(flags[index] as string)) flags.splice(index, 1);
		else index++;
	return flags;
}
