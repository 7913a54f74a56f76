import { iterate } from "./to-async-iterable.ts";
import type { Source } from "./web.ts";

/**
 * A Web stream of what a source gives: for a `Response`, an upload, a worker. Nothing is read before the consumer asks, unless
 * `strategy` says how much may wait in the stream (its `highWaterMark` is 0 by default).
 *
 * Reads run as tasks of the scope in which it was made (the nearest scope or task, not the function, which may return the
 * stream). When that is cancelled or ends, the stream fails. An error of the source is the stream's error, the same object;
 * a consumer that cancels the stream closes the source, and waits for that.
 *
 * @throws TypeError for what cannot be read
 * @example
 * return new Response(toReadableStream(compose(rows, toCsv, encode)));
 */
export function toReadableStream<T>(source: Source<T>, strategy: QueuingStrategy<T> = {}): ReadableStream<T> {
	const iterator = iterate("toReadableStream", source);
	return new ReadableStream<T>(
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
		{ highWaterMark: 0, ...strategy },
	);
}
