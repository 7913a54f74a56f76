import { inspect } from "node:util";
import { MessageChannel, type MessagePort, receiveMessageOnPort, SHARE_ENV, type Worker } from "node:worker_threads";
import {
	CannotBlockError,
	type Coroutine,
	coroutine,
	currentDeadline,
	currentTask,
	moveOnAfter,
	now,
	type Resume,
	reportError,
	suspend,
	type Task,
} from "holdfast";
import { currentLoop } from "holdfast/inspect";
import type { BlockingLoop } from "holdfast/loops";
import { follow, type Outcome } from "./follow.ts";
import type { HelperAnswer, HelperOrder } from "./messages.ts";
import { notCloneable } from "./not-cloneable.ts";
import { unpackError } from "./packed-error.ts";
import { packContext } from "./shared-context.ts";
import { startWorker } from "./start-worker.ts";
import type { Job } from "./thread.ts";
import { WorkerDiedError } from "./worker-errors.ts";

/** Without a call for so many milliseconds of the host's time the thread is ended. */
const IDLE = 5_000;
/** A thread that has run out of memory cannot ring: it is looked after once in so many milliseconds. */
const LOOK = 1_000;

interface Call {
	readonly name: string;
	readonly task: Task;
	outcome: Outcome | undefined;
	wake: Resume<void> | undefined;
}

/**
 * The thread that does for synchronous runs of this one what only an event loop that turns can do. The caller sleeps on
 * the bell of its loop; the helper sends an answer and rings. There is one for all, since this thread can wait for only one run.
 */
class Helper {
	static #current: Helper | undefined;
	readonly #worker: Worker;
	readonly #port: MessagePort;
	readonly #calls: Map<number, Call> = new Map();
	#lastId = 0;
	/** It has said something. */
	#started = false;
	#ended = false;
	#idle: NodeJS.Timeout | undefined;

	static get(what: string): Helper {
		if (Helper.#current === undefined || Helper.#current.#ended) Helper.#current = new Helper(what);
		return Helper.#current;
	}

	private constructor(what: string) {
		const { port1, port2 } = new MessageChannel();
		this.#port = port1;
		try {
			this.#worker = startWorker("helper-main", port2, { name: "holdfast helper", env: SHARE_ENV });
		} catch (error) {
			port1.close();
			throw new CannotBlockError(
				`${what} needs a helper thread in a synchronous run, and this host allows none: use run(). (${(error as Error).message})`,
				{ cause: error },
			);
		}
		this.#worker.unref();
		port1.unref();
		// Told to whoever waits, by itself; without a listener it would end the process.
		this.#worker.on("error", () => {});
		this.#worker.on("exit", () => this.#end());
	}

	*perform(what: string, { target, args, transfer, grace }: Job): Generator<never, unknown, unknown> {
		const loop = currentLoop() as Partial<BlockingLoop>;
		// Perhaps that of another copy of the library.
		const { bell } = loop;
		if (bell == null || loop.listen === undefined)
			throw new CannotBlockError(
				`${what} would have to wait for a helper thread, and this thread may not be put to sleep (no Atomics.wait here): use run(), or a worker.`,
			);
		const remaining = currentDeadline() - now();
		const id = ++this.#lastId;
		const call: Call = { name: target.name, task: currentTask(), outcome: undefined, wake: undefined };
		const order: HelperOrder = { kind: "run", id, bell, target, args, context: packContext(), remaining };
		try {
			this.#port.postMessage(order, transfer);
		} catch (error) {
			throw notCloneable(what, order, error);
		}
		clearTimeout(this.#idle);
		this.#calls.set(id, call);
		const stop = loop.listen(() => this.#hear());
		try {
			return yield* follow({
				where: `the helper thread (${target.name})`,
				grace,
				remaining,
				outcome: () => call.outcome,
				answer: () => this.#answer(call),
				cancel: (text) => this.#port.postMessage({ kind: "cancel", id, text } satisfies HelperOrder),
				isEnding: () => this.#ended,
				// A thread that does not listen cannot do one thing less.
				abandon: () => this.#terminate(),
			});
		} finally {
			stop();
			this.#calls.delete(id);
			if (this.#calls.size === 0 && !this.#ended) this.#idle = setTimeout(() => this.#terminate(), IDLE).unref();
		}
	}

	#answer(call: Call): Coroutine<void> {
		return waitForAnswer(call, () => this.#isAlive());
	}

	#hear(): void {
		for (let entry = receiveMessageOnPort(this.#port); entry !== undefined; entry = receiveMessageOnPort(this.#port)) {
			this.#started = true;
			const { id, answer } = entry.message as HelperAnswer;
			const call = this.#calls.get(id);
			if (answer === undefined) continue;
			if (answer.kind === "report") reportError(unpackError(answer.error, "the helper thread"), call?.task);
			else if (call === undefined) continue;
			else if (answer.kind === "died") {
				const error = answer.error === undefined ? undefined : unpackError(answer.error, "the helper thread");
				settle(call, { kind: "died", error: died(call.name, answer.exitCode, error) });
				this.#end();
			} else settle(call, answer);
		}
	}

	/** Whether it runs, or has not begun to. The host's `exit` event would come too late, when this thread waits no more. */
	#isAlive(): boolean {
		this.#hear();
		// A thread that has ended has no statistics, which the host says at once; Node 20 has none of any.
		const asked = this.#started ? (this.#worker as Partial<Worker>).getHeapStatistics?.call(this.#worker) : undefined;
		asked?.catch(() => {});
		if (asked !== undefined && /^Promise \{\s*<rejected>/.test(inspect(asked, { depth: 0 }))) this.#end();
		return !this.#ended;
	}

	#terminate(): void {
		this.#end();
		void this.#worker.terminate();
	}

	/** Whoever waits for it is told; the next call gets a new one. */
	#end(): void {
		if (this.#ended) return;
		this.#ended = true;
		clearTimeout(this.#idle);
		this.#hear();
		for (const call of this.#calls.values())
			if (call.outcome === undefined) settle(call, { kind: "died", error: died(call.name, 1, undefined) });
	}
}

function settle(call: Call, outcome: Outcome): void {
	call.outcome ??= outcome;
	call.wake?.();
	call.wake = undefined;
}

function died(name: string, exitCode: number, error: unknown): WorkerDiedError {
	const why =
		error === undefined
			? "something in it has called process.exit(), it ran out of memory, or another call in it did not end in time after its cancellation"
			: `an error that nothing in it has caught: ${error instanceof Error ? error.message : String(error)}`;
	return new WorkerDiedError(`The helper thread has ended in the middle of ${name}: ${why}.`, exitCode, error);
}

const waitForAnswer = /* @__PURE__ */ coroutine(function* answer(
	call: Call,
	isAlive: () => boolean,
): Generator<never, void, unknown> {
	const heard = (): Coroutine<void> =>
		suspend<void>(
			(resume) => {
				if (call.outcome !== undefined) resume();
				call.wake = resume;
				return () => {
					call.wake = undefined;
				};
			},
			{ label: `the helper thread: ${call.name}` },
		);
	while (call.outcome === undefined && isAlive()) yield* moveOnAfter(LOOK, heard);
});

/**
 * Does a job of a synchronous run in the helper thread. Cancelled: the job is cancelled there, and its cleanup waited for, within the
 * grace; then the thread is ended, with all that it does.
 */
export const performInHelper: (what: string, job: Job) => Coroutine<unknown> = /* @__PURE__ */ coroutine(
	function* performInHelper(what: string, job: Job): Generator<never, unknown, unknown> {
		return yield* Helper.get(what).perform(what, job);
	},
);

/** The same for what the helper thread has itself. */
export function helped(what: string, builtin: string, args: readonly unknown[]): Coroutine<unknown> {
	return performInHelper(what, {
		target: { builtin, name: what },
		args,
		transfer: [],
		grace: Number.POSITIVE_INFINITY,
	});
}
