import { type Duplex, Writable } from "node:stream";
import { BrokenResourceError } from "holdfast";
import { fromWritableStream, type Sink, type Target, type TransformPair, toWritableStream } from "holdfast/streams";
import { checkCount, checkOptions, checkSwitch } from "../check-options.ts";
import { describe } from "../describe.ts";
import { emitsClose, iterateReadable } from "./readable.ts";

/**
 * Writes to a `Writable` of Node. `send` waits while its buffer is full; `close` ends it and waits until everything has been
 * written and it is closed; `abort`, and `close` in a cancelled scope, destroy it. An error of the writable is thrown by the
 * next call, the same object; one that was destroyed by others is a `BrokenResourceError`.
 *
 * The outputs of the process itself are not ended, and not destroyed, as by Node's own `pipe`: others print there, too. `close`
 * waits until what was sent has been handed over.
 *
 * @throws TypeError if it is no `Writable`
 * @example
 * await pipe(rows, fromNodeWritable(response));
 */
export function fromNodeWritable<T = Uint8Array | string>(writable: NodeJS.WritableStream): Sink<T> {
	return fromWritableStream<T>(webWritableOf<T>("fromNodeWritable", writable as Writable));
}

/**
 * A `Duplex` of Node as a stage of `compose`: what is written to it comes out changed, as with `zlib` and `crypto`.
 *
 * @throws TypeError if it is no `Duplex`
 * @example
 * const packed = compose(chunks, throughNode(createGzip()));
 */
export function throughNode<In = Uint8Array | string, Out = Uint8Array>(
	duplex: NodeJS.ReadWriteStream,
): TransformPair<In, Out> {
	const writable = webWritableOf<In>("throughNode", duplex as Duplex);
	const iterator = iterateReadable<Out>("throughNode", duplex);
	const readable = new ReadableStream<Out>(
		{
			async pull(controller) {
				const result = await iterator.next();
				if (result.done) controller.close();
				else controller.enqueue(result.value);
			},
			async cancel() {
				await iterator.return();
			},
		},
		{ highWaterMark: 0 },
	);
	return { readable, writable };
}

function webWritableOf<T>(what: string, writable: Writable): WritableStream<T> {
	if (
		typeof writable?.write !== "function" ||
		typeof writable.destroy !== "function" ||
		typeof writable.on !== "function"
	)
		throw new TypeError(`${what}: ${describe(writable)} is no Writable of Node.`);
	const broken = (): unknown =>
		writable.errored ?? new BrokenResourceError(`${what}: the stream was closed before everything was written.`);
	/** Waits for one of these events, or the end of the stream. */
	const until = (event: string, over: () => boolean): Promise<void> =>
		new Promise((resolve, reject) => {
			const look = (): void => {
				if (over()) resolve();
				else if (writable.destroyed) reject(broken());
				else return;
				for (const each of [event, "error", "close"]) writable.off(each, look);
			};
			for (const each of [event, "error", "close"]) writable.on(each, look);
			look();
		});
	const closed = async (): Promise<void> => {
		if (!writable.closed && emitsClose(writable)) await new Promise((resolve) => writable.once("close", resolve));
	};
	const isStandard = writable === process.stdout || writable === process.stderr;
	let forget = (): void => {};
	return new WritableStream<T>({
		start(controller) {
			const failed = (error: Error): void => {
				controller.error(error);
				forget();
			};
			// As long as it lives: an error of a stream to which nobody listens would end the process.
			writable.on("error", failed);
			if (isStandard) {
				// That is longer than it is used here.
				forget = () => writable.off("error", failed);
				return;
			}
			writable.once("close", () => {
				if (!writable.writableFinished) controller.error(broken());
			});
			if (writable.destroyed) controller.error(broken());
			// `abort` below is called when a write that is under way has ended, which may be never.
			controller.signal.addEventListener("abort", () => {
				const { reason } = controller.signal as { reason: unknown };
				writable.destroy(reason instanceof Error ? reason : undefined);
			});
		},
		async write(chunk) {
			if (!writable.write(chunk)) await until("drain", () => !writable.writableNeedDrain && !writable.destroyed);
		},
		async close() {
			if (isStandard) {
				await new Promise<void>((resolve, reject) =>
					writable.write("", (error) => (error ? reject(error) : resolve())),
				);
				return forget();
			}
			writable.end();
			await until("finish", () => writable.writableFinished);
			// The other side of a duplex has an end of its own.
			if (!(writable as Partial<Duplex>).readable && willClose(writable)) await closed();
		},
		abort: () => (isStandard ? forget() : closed()),
	});
}

function willClose(stream: Writable): boolean {
	return (
		stream.destroyed || (stream as { _writableState?: { autoDestroy?: boolean } })._writableState?.autoDestroy === true
	);
}

/** Options of `toNodeWritable`. */
export interface NodeWritableOptions {
	/** Whether it takes objects, one by one, instead of bytes and text (default: `true`). */
	objectMode?: boolean;
	/** How much may wait to be sent: objects, or bytes (default 1, or 16,384). */
	highWaterMark?: number;
}

/**
 * A `Writable` of Node whose chunks are sent to a sink, or into a channel: each when the target has taken the one before.
 * Sends run as tasks of the scope in which it was made; when that has ended, writing fails. Its end closes the target, and
 * `"finish"` comes after that; if it is destroyed, the target is aborted (a sender of a channel, which cannot be, is closed).
 *
 * @throws TypeError for what cannot be sent to
 * @example
 * const { sender, receiver } = createChannel<Uint8Array>(0);
 * request.pipe(toNodeWritable(sender, { objectMode: false }));
 */
export function toNodeWritable<T>(target: Target<T>, options: NodeWritableOptions = {}): Writable {
	checkOptions("toNodeWritable", options, ["objectMode", "highWaterMark"]);
	const { objectMode = true, highWaterMark = objectMode ? 1 : 16_384 } = options;
	checkSwitch("toNodeWritable: objectMode", options.objectMode);
	checkCount("toNodeWritable: highWaterMark", highWaterMark, 0);
	if (typeof target?.send !== "function" || typeof target.close !== "function")
		throw new TypeError(
			`toNodeWritable: ${describe(target)} cannot be sent to; pass a sink, or the sender of a channel.`,
		);
	const writer = toWritableStream(target).getWriter();
	// Who writes is told; there is nobody else.
	writer.closed.catch(() => {});
	writer.ready.catch(() => {});
	let finished = false;
	const tell = (promise: Promise<unknown>, done: (error?: Error | null) => void): void => {
		promise.then(
			() => done(),
			(error: Error) => done(error),
		);
	};
	return new Writable({
		objectMode,
		highWaterMark,
		write: (chunk: T, _encoding, done) => tell(writer.write(chunk), done),
		final(done) {
			finished = true;
			tell(writer.close(), done);
		},
		destroy(error, done) {
			if (finished) done(error);
			else tell(writer.abort(error ?? undefined), (second) => done(error ?? second ?? null));
		},
	});
}
