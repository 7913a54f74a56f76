import { describe } from "../invoke.ts";
import { IteratedStream, openIterable } from "./iterated.ts";
import { END, type Stream } from "./stream.ts";

/** What can be read as a stream: a stream, an async or sync iterable, a Web stream, a stream of Node. */
export type Source<T> = AsyncIterable<T> | Iterable<T | PromiseLike<T>> | ReadableStream<T>;

/**
 * Reads a Web stream: a body of a response, a file of the browser, the readable side of a transform. The stream is locked
 * from now on. Closed early, it is cancelled, which its source is told, and that is waited for.
 *
 * A `next()` that is cancelled takes nothing: the next one gets the chunk. (WHATWG Streams.)
 * @throws TypeError if it is no `ReadableStream`, or is locked already
 * @example
 * for await (const chunk of fromReadableStream(response.body)) count(chunk);
 */
export function fromReadableStream<T>(stream: ReadableStream<T>): Stream<T> {
	if (!isReadableStream(stream))
		throw new TypeError(
			`fromReadableStream: ${describe(stream)} is no ReadableStream; a response without a body has none.`,
		);
	if (stream.locked)
		throw new TypeError(
			"fromReadableStream: the stream is locked: somebody reads it already; tee() it before, or give that reader's values on.",
		);
	return new IteratedStream<T>("fromReadableStream", { [Symbol.asyncIterator]: () => readerOf(stream) }, false);
}

function readerOf<T>(stream: ReadableStream<T>): AsyncIterator<T, undefined> {
	const reader = stream.getReader();
	return {
		next: () => reader.read() as Promise<IteratorResult<T, undefined>>,
		async return() {
			await reader.cancel();
			return END;
		},
	};
}

export function isReadableStream(value: unknown): value is ReadableStream {
	return (
		typeof (value as ReadableStream | null | undefined)?.getReader === "function" &&
		typeof (value as ReadableStream).cancel === "function"
	);
}

/** Reads whatever can be read. @throws TypeError that names the caller */
export function openSource<T>(what: string, source: Source<T>): Stream<T> {
	return isReadableStream(source) ? fromReadableStream(source as ReadableStream<T>) : openIterable<T>(what, source);
}
