import type { Overflow } from "../broadcast.ts";
import { checkCount } from "../check-count.ts";
import { type Coroutine, LazyCoroutine } from "../coroutine.ts";
import { LaggedError } from "../errors.ts";
import { Fifo } from "../fifo.ts";
import { type Begin, describe, runningTask } from "../invoke.ts";
import type { Code } from "../kernel/frame.ts";
import type { KernelTask, Operation } from "../kernel/task.ts";
import { checkOptions } from "../scopes.ts";
import { pass } from "../waiting-list.ts";
import { END, OwnedStream } from "./stream.ts";

/** How much may wait for whoever reads what cannot be made to wait. */
export interface PushOptions {
	/** How many values: a whole number from 1 (default 1,024), or Infinity. */
	capacity?: number;
	/** What happens when there is no room (default `"error"`). Nobody can be made to wait. */
	overflow?: Exclude<Overflow, "wait">;
}

const OVERFLOWS: readonly unknown[] = ["error", "drop-oldest", "drop-newest"];

/** A stream of what foreign code pushes. It keeps what nobody has read yet, up to its capacity. */
export abstract class PushedStream<T> extends OwnedStream<T> {
	readonly capacity: number;
	readonly #overflow: string;
	readonly #values: Fifo<T> = new Fifo();
	#dropped = 0;
	#outcome: { readonly thrown: boolean; readonly error: unknown } | null = null;
	#waiter: KernelTask | null = null;
	readonly #wait: Operation;

	constructor(what: string, options: PushOptions) {
		super(what);
		const { capacity = 1_024, overflow = "error" } = options;
		this.capacity = checkCount(`${what}: capacity`, capacity, 1);
		if (!OVERFLOWS.includes(overflow))
			throw new TypeError(`${what}: overflow is ${describe(overflow)}; it may be ${OVERFLOWS.join(", ")}.`);
		this.#overflow = overflow;
		this.#wait = { label: what, abort: () => this.#leave() !== null };
	}

	/** Begins to listen; called with the first `next()`. */
	protected open(): void {}

	/** Stops the source: it has ended, is too fast, or is no longer wanted. Called once. What it gives is waited for when the stream is closed. */
	protected abstract stop(): unknown;

	push(value: T): void {
		if (this.#outcome !== null || this.isClosed) return;
		const waiter = this.#leave();
		if (waiter !== null) {
			waiter.resume({ done: false, value });
			return;
		}
		if (this.#values.size < this.capacity) {
			this.#values.push(value);
			return;
		}
		if (this.#overflow === "error") {
			this.finish(true, this.lagged());
			return;
		}
		this.#dropped++;
		if (this.#overflow === "drop-newest") return;
		this.#values.shift();
		this.#values.push(value);
	}

	/** The source has come to its end, or is at an end. What it has given before comes first. */
	finish(thrown: boolean, error?: unknown): void {
		if (this.#outcome !== null || this.isClosed) return;
		this.#outcome = { thrown, error };
		const waiter = this.#leave();
		this.stop();
		if (waiter === null) return;
		if (thrown) waiter.resumeThrow(error);
		else waiter.resume(END);
	}

	protected lagged(): LaggedError {
		return new LaggedError(
			`${this.what}: ${this.capacity} values are waiting to be read, and the source does not wait: read faster, raise its capacity, or say by overflow what to drop.`,
		);
	}

	protected get isClosed(): boolean {
		return this.state !== "open";
	}

	/** Values that were pushed and thrown away, for there was no room. */
	protected override counts(): { buffered: number; dropped: number } {
		return { buffered: this.#values.size, dropped: this.#dropped };
	}

	protected override pull(): Coroutine<IteratorResult<T, undefined>> {
		return new LazyCoroutine<IteratorResult<T, undefined>>(PushedStream.#pull, PULL, this);
	}

	protected override shut(): Coroutine<unknown> {
		return new LazyCoroutine<unknown>(PushedStream.#shut, SHUT, this);
	}

	#leave(): KernelTask | null {
		const waiter = this.#waiter;
		this.#waiter = null;
		if (waiter !== null) waiter.runner.promises--;
		return waiter;
	}

	static readonly #pull: Begin = ({ a0 }) => {
		const stream = a0 as PushedStream<unknown>;
		const task = runningTask(stream.what);
		task.checkpoint();
		if (stream.#outcome === null) stream.open();
		// Readers that never wait let the others have their turn.
		if (stream.#values.size > 0) return pass(task, { done: false, value: stream.#values.shift() });
		const outcome = stream.#outcome as { readonly thrown: boolean; readonly error: unknown } | null;
		if (outcome !== null) {
			if (outcome.thrown) throw outcome.error;
			return END;
		}
		const { blocking } = task.runner;
		if (blocking !== null) return blocking.refuse(task, stream.what);
		const parked = task.park(stream.#wait);
		stream.#waiter = task;
		task.runner.promises++;
		return parked;
	};

	static readonly #shut: Begin = ({ a0 }) => {
		const stream = a0 as PushedStream<unknown>;
		const waiter = stream.#leave();
		stream.#values.clear();
		// The stream is closed: whoever waits is told that it has ended, and then why.
		waiter?.resume(END);
		return stream.#outcome === null ? stream.stop() : undefined;
	};
}

const PULL: Code = { name: "Stream.next", place: () => undefined };
const SHUT: Code = { name: "Stream.close", place: () => undefined };

export function checkPushOptions(what: string, options: object, more: readonly string[] = []): void {
	checkOptions(what, options, ["capacity", "overflow", ...more]);
}
