import {
	MessageChannel,
	type MessagePort,
	receiveMessageOnPort,
	type Transferable,
	type Worker,
} from "node:worker_threads";
import {
	ClosedResourceError,
	type Coroutine,
	currentDeadline,
	currentTask,
	now,
	type Resume,
	reportError,
	suspend,
	type Task,
} from "holdfast";
import { follow, type Outcome } from "./follow.ts";
import type { Answer, Order, PackedTarget, RunOrder } from "./messages.ts";
import { notCloneable } from "./not-cloneable.ts";
import { unpackError } from "./packed-error.ts";
import { packContext } from "./shared-context.ts";
import { startWorker, type ThreadOptions } from "./start-worker.ts";
import { REMEMBERED } from "./target.ts";
import { WorkerDiedError } from "./worker-errors.ts";

/** What a thread is to do. */
export interface Job {
	readonly target: PackedTarget;
	readonly args: readonly unknown[];
	readonly transfer: readonly Transferable[];
	/** How many milliseconds it may go on after a cancellation, if that is less than the grace of the scope. */
	readonly grace: number;
}

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
	/** The targets that it knows, and their places in its table. */
	readonly #places: Map<PackedTarget, number> = new Map();
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
	/** On the clock of `performance.now()`. */
	idleSince = 0;

	constructor(options: ThreadOptions, onEnd: () => void) {
		this.#onEnd = onEnd;
		const { port1, port2 } = new MessageChannel();
		this.#port = port1;
		this.#worker = startWorker("worker-main", port2, options);
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
		const remaining = currentDeadline() - now();
		this.#task = currentTask();
		this.#outcome = undefined;
		this.hold(true);
		this.#start(target, args, packContext(), remaining, transfer);
		try {
			return yield* follow({
				where: `worker thread ${this.id} (${target.name})`,
				grace,
				remaining,
				outcome: () => this.#outcome,
				answer: () => this.#answer(target),
				cancel: (text) => this.#port.postMessage(text satisfies Order),
				isEnding: () => this.ending,
				abandon: () => this.terminate(),
			});
		} finally {
			this.#task = undefined;
			this.hold(false);
		}
	}

	#start(
		target: PackedTarget,
		args: RunOrder["args"],
		context: RunOrder["context"],
		remaining: number,
		transfer: readonly Transferable[],
	): void {
		const places = this.#places;
		const known = places.get(target);
		// The table is begun again when it is full.
		if (known === undefined && places.size === REMEMBERED) places.clear();
		const place = known ?? places.size;
		const order: Order =
			known !== undefined && context.length === 0 && remaining === Number.POSITIVE_INFINITY
				? [place, args]
				: [place, args, known === undefined ? target : undefined, context, remaining];
		try {
			if (transfer.length === 0) this.#port.postMessage(order);
			else this.#port.postMessage(order, transfer);
		} catch (error) {
			throw notCloneable("runInWorker", { kind: "run", target, args, context, remaining }, error);
		}
		places.set(target, place);
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

function messageOf(error: unknown): string {
	return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}
