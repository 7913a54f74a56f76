import { type Coroutine, coroutine, LazyCoroutine } from "../coroutine.ts";
import { ClosedResourceError } from "../errors.ts";
import { describe, runningTask } from "../invoke.ts";
import { Cancelled } from "../kernel/cancelled.ts";
import type { Code } from "../kernel/frame.ts";
import type { Scope } from "../kernel/scope.ts";
import { keep } from "../kernel/suppressed.ts";
import type { KernelTask } from "../kernel/task.ts";
import { cleanup } from "../scopes.ts";
import { until } from "../suspend.ts";
import { Belonging } from "./belonging.ts";
import { forward } from "./pumped-stream.ts";
import { openSource, type Source } from "./web.ts";

/**
 * What values are sent to, one after another. A sink that nobody closes is closed at the end of the scope in which it was
 * made, or aborted if that is cancelled or ends by an error, which the other side then gets (as `pipeTo` of the Web does).
 */
export interface Sink<T> extends AsyncDisposable {
	/**
	 * Gives a value, and waits until there is room for the next one. It need not have been dealt with then: an error of an
	 * earlier value is thrown by a later `send`, or by `close`.
	 *
	 * Cancelled while it waits for room: throws `Cancelled`, and the value was not given.
	 * @throws ClosedResourceError if it was closed or aborted
	 */
	send(value: T): Coroutine<void>;
	/** Ends it: returns when everything has been dealt with. Closing twice is fine. It is cleanup. */
	close(): Coroutine<void>;
	/** Ends it at once; what has not been dealt with is dropped. The other side gets `reason`. It is cleanup. */
	abort(reason?: unknown): Coroutine<void>;
}

/** What `pipe` needs of the place where values go: a `Sink`, or the sender of a channel. */
export interface Target<T> {
	send(value: T): PromiseLike<unknown>;
	close(): unknown;
	abort?(reason?: unknown): PromiseLike<unknown>;
}

/**
 * Writes to a Web stream, which is locked from now on.
 *
 * @throws TypeError if it is no `WritableStream`, or is locked already
 * @example
 * await using sink = fromWritableStream(file.writable);
 * for (const line of lines) await sink.send(line);
 */
export function fromWritableStream<T>(stream: WritableStream<T>): Sink<T> {
	if (typeof stream?.getWriter !== "function")
		throw new TypeError(`fromWritableStream: ${describe(stream)} is no WritableStream.`);
	if (stream.locked) throw new TypeError("fromWritableStream: the stream is locked: somebody writes to it already.");
	return new WebSink<T>(stream.getWriter());
}

export class WebSink<T> implements Sink<T> {
	readonly #writer: WritableStreamDefaultWriter<T>;
	readonly #belonging: Belonging = new Belonging(() => this.close() as LazyCoroutine<void>);
	/** Of the latest value: settles when that has been dealt with. */
	written: Promise<void> = Promise.resolve();
	/** Of its end, once that was asked for. */
	#ended: Promise<void> | null = null;

	constructor(writer: WritableStreamDefaultWriter<T>) {
		this.#writer = writer;
		// Whoever sends is told; if nobody does any more, whoever closes.
		writer.closed.catch(() => {});
		writer.ready.catch(() => {});
	}

	send(value: T): Coroutine<void> {
		// Not as a method: calls without a receiver are cheaper to describe.
		const send = WebSink.#send;
		return send(this, value);
	}

	close(): Coroutine<void> {
		return new LazyCoroutine<void>(() => {
			// In a cancelled scope what is left is not waited for.
			const stopped = stoppedBy(runningTask("Sink.close"));
			return (
				(stopped === null
					? cleanup(() => until(this.#end(() => this.#finish())))
					: this.abort(stopped.reason?.error ?? cancelledError())) as LazyCoroutine<void>
			).begin();
		}, CLOSE);
	}

	abort(reason?: unknown): Coroutine<void> {
		return cleanup(() => until(this.#end(() => this.#writer.abort(reason)))) as Coroutine<void>;
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close() as unknown as Promise<void>;
	}

	#end(how: () => Promise<void>): Promise<void> {
		if (this.#ended === null) {
			this.#belonging.release();
			this.#ended = how();
			this.#ended.catch(() => {});
		}
		return this.#ended;
	}

	#finish(): Promise<void> {
		const writer = this.#writer;
		// Of one that has failed `close` says only that it has; `closed` says why.
		return writer.desiredSize === null ? writer.closed : writer.close();
	}

	static readonly #send = /* @__PURE__ */ coroutine(function* send(
		sink: WebSink<unknown>,
		value: unknown,
	): Generator<never, void, unknown> {
		const task = runningTask("Sink.send");
		task.checkpoint();
		sink.#belonging.home(task);
		const writer = sink.#writer;
		// After an error, too: it is what `ready` is rejected with.
		if (sink.#ended === null && !((writer.desiredSize ?? 0) > 0))
			try {
				yield* until(writer.ready);
			} catch (error) {
				// It has failed, and the one who uses it knows.
				if (!(error instanceof Cancelled)) sink.#belonging.release();
				throw error;
			}
		if (sink.#ended !== null)
			throw new ClosedResourceError("Sink.send: the sink is closed; whoever closes it has to be done with it.");
		sink.written = writer.write(value);
		sink.written.catch(() => {});
	});
}

const CLOSE: Code = { name: "Sink.close", place: () => undefined };

/** The cancelled scope because of which the code around ends, be it in cleanup. */
function stoppedBy(task: KernelTask): Scope | null {
	for (let scope: Scope | null = task.scope; scope !== null; scope = scope.parent) {
		if (scope.soft !== null) return scope.soft;
		if (!scope.insideCleanup || scope.shield) return null;
	}
	return null;
}

/** What the other side of something is told that was stopped by a cancellation: never the `Cancelled` itself. */
export function cancelledError(): Error {
	return new DOMException("The operation was cancelled.", "AbortError");
}

/**
 * Sends everything that a source gives, then closes the target. An error of either side closes the source and aborts the
 * target with that error, and is thrown; a cancellation does the same.
 *
 * @throws TypeError for what cannot be read, or sent to
 * @example
 * await pipe(compose(file, new CompressionStream("gzip")), fromWritableStream(upload.writable));
 */
export function pipe<T>(source: Source<T>, target: Target<T>): Coroutine<void> {
	if (typeof target?.send !== "function" || typeof target.close !== "function")
		throw new TypeError(
			`pipe: ${describe(target)} cannot be sent to; pass a sink, such as fromWritableStream(stream), or the sender of a channel.`,
		);
	return piped(source, target);
}

const piped = /* @__PURE__ */ coroutine(function* pipe(
	source: Source<unknown>,
	target: Target<unknown>,
): Generator<never, void, unknown> {
	try {
		yield* forward(openSource("pipe", source), (value) => until(target.send(value)));
	} catch (error) {
		try {
			yield* cleanup(() => (target.abort === undefined ? target.close() : target.abort(reasonOf(error))));
		} catch (second) {
			if (error instanceof Cancelled || second instanceof Cancelled) throw second;
			keep(error, second, runningTask("pipe"));
		}
		throw error;
	}
	yield* cleanup(() => target.close());
});

function reasonOf(error: unknown): unknown {
	return error instanceof Cancelled ? cancelledError() : error;
}

/**
 * A Web stream whose chunks are sent to a sink, or into a channel. Each write waits until the target has taken the chunk;
 * writes run as tasks of the scope in which it was made, and fail when that has ended. An abort closes a target that has no
 * `abort`, such as the sender of a channel: whoever receives sees the end.
 *
 * @throws TypeError for what cannot be sent to
 * @example
 * const { sender, receiver } = createChannel<Uint8Array>(0);
 * group.spawn(() => response.body.pipeTo(toWritableStream(sender)));
 */
export function toWritableStream<T>(target: Target<T>, strategy?: QueuingStrategy<T>): WritableStream<T> {
	if (typeof target?.send !== "function" || typeof target.close !== "function")
		throw new TypeError(
			`toWritableStream: ${describe(target)} cannot be sent to; pass a sink, or the sender of a channel.`,
		);
	const what = "toWritableStream";
	const end = (how: () => unknown): LazyCoroutine<unknown> => cleanup(how) as LazyCoroutine<unknown>;
	const belonging = new Belonging(() => end(() => target.close()));
	const finish = (how: () => unknown): Promise<unknown> => {
		const ended = belonging.start(what, () => end(how));
		belonging.release();
		return ended;
	};
	return new WritableStream<T>(
		{
			write: async (value) =>
				void (await belonging.start(what, () => until(target.send(value)) as LazyCoroutine<unknown>)),
			close: async () => void (await finish(() => target.close())),
			abort: async (reason) =>
				void (await finish(() => (target.abort === undefined ? target.close() : target.abort(reason)))),
		},
		strategy,
	);
}
