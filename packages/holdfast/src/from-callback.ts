import { call } from "./call.ts";
import { type Coroutine, coroutine, LazyCoroutine } from "./coroutine.ts";
import { isQuiet, reportLate } from "./foreign.ts";
import { describe, runningTask } from "./invoke.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import type { Code } from "./kernel/frame.ts";
import type { KernelTask, Operation } from "./kernel/task.ts";
import { checkBody, cleanup } from "./scopes.ts";

/** What foreign code answers by: `done(null, value)`, or `done(error)`. */
export type Done<T> = (error?: unknown, value?: T) => void;

/**
 * Stops what was started, as cleanup: what it gives is waited for, within the grace. `false` says that the answer comes when it
 * has stopped: then that is waited for.
 */
export type Stop = () => unknown;

/** What `fromCallback` calls. */
// biome-ignore lint/suspicious/noConfusingVoidType: a start that returns nothing cannot be stopped
export type CallbackStart<T> = (done: Done<T>, signal: AbortSignal) => Stop | void;

/**
 * Waits for a function that answers by a callback, in Node's manner: `done(error)`, or `done(null, value)`. Only the first
 * answer counts; an error that comes after it is reported.
 *
 * Cancelled: `start` says how to stop. It returns a function, which runs as cleanup; or it takes a second parameter, an
 * `AbortSignal`, and then its answer is waited for. Without either nothing is stopped: the wait ends at once, and an error that
 * comes later is reported. An error of stopping is thrown.
 *
 * @throws CannotBlockError in a synchronous run, unless the answer is there at once
 * @example
 * const text = await fromCallback<string>((done, signal) => fs.readFile(path, { encoding: "utf8", signal }, done));
 */
export function fromCallback<T>(start: CallbackStart<T>): Coroutine<T> {
	checkBody("fromCallback", start);
	return waitFor(new Answer(start as CallbackStart<unknown>)) as Coroutine<T>;
}

const waitFor = /* @__PURE__ */ coroutine(function* fromCallback(answer: Answer): Generator<never, unknown, unknown> {
	try {
		return yield* answer.wait();
	} catch (error) {
		if (error instanceof Cancelled) yield* answer.stop();
		throw error;
	}
}) as (answer: Answer) => Coroutine<unknown>;

/** What is to come from foreign code. */
class Answer implements Operation {
	readonly label = "a callback";
	readonly #start: CallbackStart<unknown>;
	#started: KernelTask | null = null;
	#stop: Stop | undefined;
	#waiter: KernelTask | null = null;
	#isThere = false;
	#value: unknown;
	#thrown = false;
	/** Nobody waits for it any more. */
	#abandoned = false;

	constructor(start: CallbackStart<unknown>) {
		this.#start = start;
	}

	wait(): Coroutine<unknown> {
		return new LazyCoroutine(Answer.#begin, WAIT, this);
	}

	/** Stops it, and waits for that. Throws what is wrong with stopping. */
	*stop(): Generator<never, void, unknown> {
		const task = this.#started;
		const stop = this.#stop;
		let answers = false;
		try {
			if (task === null || stop === undefined || this.#isThere) return;
			answers = (yield* cleanup(() => call(stop))) === false;
			if (answers && !this.#isThere) yield* cleanup(() => this.#end());
		} finally {
			this.#abandoned = true;
		}
		if (!this.#isThere || !this.#thrown) return;
		if (!answers) reportLate(task, this.#value);
		else if (!isQuiet(this.#value)) throw this.#value;
	}

	/** Waits for the answer, whatever it is. */
	*#end(): Generator<never, void, unknown> {
		try {
			yield* this.wait();
		} catch (error) {
			if (error instanceof Cancelled) throw error;
		}
	}

	abort(task: KernelTask): boolean {
		task.runner.promises--;
		this.#waiter = null;
		return true;
	}

	#settle(value: unknown, thrown: boolean): void {
		const task = this.#started as KernelTask;
		if (this.#isThere || this.#abandoned) {
			if (thrown) reportLate(task, value);
			return;
		}
		this.#isThere = true;
		this.#value = value;
		this.#thrown = thrown;
		const waiter = this.#waiter;
		if (waiter === null) return;
		this.#waiter = null;
		waiter.runner.promises--;
		waiter.resume(value, thrown);
	}

	#call(task: KernelTask): void {
		this.#started = task;
		const start = this.#start;
		const done: Done<unknown> = (error, value) =>
			error === null || error === undefined ? this.#settle(value, false) : this.#settle(error, true);
		if (start.length < 2) this.#keep(start(done, undefined as never));
		else {
			const controller = new AbortController();
			start(done, controller.signal);
			this.#keep(() => {
				controller.abort();
				return false;
			});
		}
	}

	#keep(stop: unknown): void {
		if (typeof stop === "function") this.#stop = stop as Stop;
		else if (stop !== undefined)
			throw new TypeError(
				`fromCallback: start returned ${describe(stop)}; return a function that stops it, or nothing: write (done) => { … }.`,
			);
	}

	static readonly #begin = ({ a0 }: { a0: unknown }): unknown => {
		const answer = a0 as Answer;
		const task = runningTask("fromCallback");
		task.checkpoint();
		if (answer.#started === null)
			try {
				answer.#call(task);
			} catch (error) {
				answer.#settle(error, true);
			}
		if (answer.#isThere) {
			if (answer.#thrown) throw answer.#value;
			return answer.#value;
		}
		const { blocking } = task.runner;
		if (blocking !== null) return blocking.refuse(task, "fromCallback");
		const parked = task.park(answer);
		answer.#waiter = task;
		task.runner.promises++;
		return parked;
	};
}

const WAIT: Code = { name: "fromCallback", place: () => undefined };
