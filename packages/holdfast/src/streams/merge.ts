import { checkCount } from "../check-count.ts";
import { withTaskGroup } from "../group.ts";
import { describe } from "../invoke.ts";
import { checkOptions } from "../scopes.ts";
import { forward, PumpedStream } from "./pumped-stream.ts";
import type { Stream } from "./stream.ts";
import { openSource, type Source } from "./web.ts";

/** Options of `merge`. */
export interface MergeOptions {
	/** How many values may be read ahead, besides one of each source: a whole number from 0 (default 0), or Infinity. */
	capacity?: number;
}

/**
 * One stream of the values of several, in the order in which they come; it ends when all have ended. All sources are read at
 * once, each waits until its value is taken. The first error closes the other sources and is thrown, after the values that
 * came before it. Closed early, it closes all sources.
 *
 * @throws TypeError for what cannot be read
 * @throws RangeError for a capacity that is none
 * @example
 * for await (const event of merge([clicks, messages])) handle(event);
 */
export function merge<T>(sources: Iterable<Source<T>>, options: MergeOptions = {}): Stream<T> {
	checkOptions("merge", options, ["capacity"]);
	const { capacity = 0 } = options;
	checkCount("merge: capacity", capacity, 0);
	if (typeof sources !== "object" || typeof sources?.[Symbol.iterator] !== "function")
		throw new TypeError(`merge: the sources are ${describe(sources)}; pass one iterable: merge([a, b]).`);
	const streams = [...sources].map((source) => openSource("merge", source));
	return new PumpedStream<T>("merge", streams, capacity, function* (sender) {
		yield* withTaskGroup(function* (group) {
			for (const stream of streams) group.spawn(forward, stream, (value: unknown) => sender.send(value as T));
		});
	});
}
