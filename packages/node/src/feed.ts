import type { Writable } from "node:stream";
import { Cancelled, type Coroutine, cleanup, coroutine, suspend, until } from "holdfast";
import type { ProcessInput } from "./exec-options.ts";
import { toBytes } from "./text.ts";

type Source = Iterator<string | Uint8Array> | AsyncIterator<string | Uint8Array>;

/**
 * Writes an input to a stream as fast as it is read, and ends the stream. If the other side closes it early, the rest is
 * not pulled, and the iterator is closed. That is no error.
 */
export const feed: (what: string, stream: Writable, input: ProcessInput) => Coroutine<void> = /* @__PURE__ */ coroutine(
	function* feed(what: string, stream: Writable, input: ProcessInput): Generator<never, void, unknown> {
		if (typeof input === "string" || input instanceof Uint8Array) {
			stream.end(toBytes(`${what}: the input`, input));
			return;
		}
		const source = input as Partial<AsyncIterable<string | Uint8Array>> & Partial<Iterable<string | Uint8Array>>;
		const open = (source[Symbol.asyncIterator] ?? source[Symbol.iterator]) as () => Source;
		const iterator = open.call(source);
		let over = false;
		try {
			while (stream.writable) {
				let pulled = iterator.next() as
					| IteratorResult<string | Uint8Array>
					| PromiseLike<IteratorResult<string | Uint8Array>>;
				if ("then" in pulled) pulled = yield* until(pulled);
				if (pulled.done) {
					over = true;
					break;
				}
				if (stream.writable && !stream.write(toBytes(`${what}: a part of the input`, pulled.value)))
					yield* room(stream);
			}
		} catch (error) {
			// An iterator that has thrown is over; one that gave something wrong, or was left, is not.
			if (!over && (error instanceof Cancelled || error instanceof TypeError)) yield* cleanup(() => closing(iterator));
			throw error;
		} finally {
			stream.end();
		}
		if (!over) yield* closing(iterator);
	},
);

function* closing(iterator: Source): Generator<never, void, unknown> {
	yield* until(iterator.return?.());
}

/** Waits until the stream takes more, or is over. */
function room(stream: Writable): Coroutine<void> {
	return suspend<void>(
		(resume) => {
			const done = (): void => {
				stop();
				resume();
			};
			const stop = (): void => {
				stream.off("drain", done).off("close", done).off("error", done);
			};
			if (!stream.writableNeedDrain) resume();
			else stream.on("drain", done).on("close", done).on("error", done);
			return stop;
		},
		{ label: "room in a program's standard input", outside: true },
	);
}
