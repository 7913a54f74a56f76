import { createChannel, type Receiver, type Sender } from "../channel.ts";
import { checkCount } from "../check-count.ts";
import type { Coroutine } from "../coroutine.ts";
import { withTaskGroup } from "../group.ts";
import { describe } from "../invoke.ts";
import { checkDuration, checkOptions, moveOnAt } from "../scopes.ts";
import { now } from "../sleep.ts";
import { forward, PumpedStream } from "./pumped-stream.ts";
import type { Stream } from "./stream.ts";
import { openSource, type Source } from "./web.ts";

/** Options of `batch`. */
export interface BatchOptions {
	/** The most values of a batch: a whole number from 1. */
	size: number;
	/** For how many milliseconds, from its first value on, a batch waits for more (default: `Infinity`). */
	within?: number;
}

/**
 * The values in arrays: each is given when it is full, or when its time is over. What is left at the end of the source, or
 * before an error, is a batch of its own. While a batch waits for the consumer, one value more is read, and no further.
 *
 * @throws TypeError for what cannot be read
 * @throws RangeError for a size or time that makes no sense
 * @example
 * for await (const rows of batch(source, { size: 500, within: 1_000 })) await insert(rows);
 */
export function batch<T>(source: Source<T>, options: BatchOptions): Stream<T[]> {
	checkOptions("batch", options, ["size", "within"]);
	const { size, within = Number.POSITIVE_INFINITY } = options;
	checkCount("batch: size", size, 1, false);
	checkDuration("batch: within", within);
	return timed<T, T[]>("batch", source, function* (input, sender) {
		for (let first = yield* nextOf(input); !first.done; first = yield* nextOf(input)) {
			const values = [first.value];
			const end = now() + within;
			let next: IteratorResult<T, undefined> | undefined = first;
			while (values.length < size) {
				next = yield* nextUntil(input, end);
				if (next === undefined || next.done) break;
				values.push(next.value);
			}
			yield* sender.send(values);
			if (next?.done) return;
		}
	});
}

/**
 * Gives a value when for so many milliseconds no other has come: of several in quick succession the last one. At the end of
 * the source, and before an error, the last value is given at once. While a value waits for the consumer, one more is read,
 * and no further: a slow consumer makes the source wait. (As Kotlin's `debounce`.)
 *
 * @throws TypeError for what cannot be read
 * @throws RangeError for a time that makes no sense
 * @example
 * for await (const text of debounce(inputs, 300)) await search(text);
 */
export function debounce<T>(source: Source<T>, milliseconds: number): Stream<T> {
	if (typeof milliseconds !== "number" || !(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY))
		throw new RangeError(`debounce: ${describe(milliseconds)} is not a finite number of milliseconds, zero or more.`);
	return timed<T, T>("debounce", source, function* (input, sender) {
		for (let first = yield* nextOf(input); !first.done; first = yield* nextOf(input)) {
			let { value } = first;
			let next: IteratorResult<T, undefined> | undefined;
			for (;;) {
				next = yield* nextUntil(input, now() + milliseconds);
				if (next === undefined || next.done) break;
				value = next.value;
			}
			yield* sender.send(value);
			if (next?.done) return;
		}
	});
}

/**
 * A stream made by code that waits for values with a time limit. The source is read by a task of its own: cancelling a read
 * could stop it half way.
 */
function timed<T, R>(
	what: string,
	source: Source<T>,
	work: (input: Receiver<T>, sender: Sender<R>) => Generator<never, void, unknown>,
): Stream<R> {
	const stream = openSource(what, source);
	return new PumpedStream<R>(what, [stream], 0, function* (sender) {
		const { sender: feed, receiver: input } = createChannel<T>(0);
		let failure: { readonly error: unknown } | undefined;
		yield* withTaskGroup(function* (group) {
			group.spawn(function* read(): Generator<never, void, unknown> {
				try {
					yield* forward(stream, (value) => feed.send(value));
				} catch (error) {
					if (stream.statistics().state !== "ended") throw error;
					// An error of the source itself: what came before it is given first.
					failure = { error };
				} finally {
					feed.close();
				}
			});
			yield* work(input, sender);
		});
		if (failure !== undefined) throw failure.error;
	});
}

function nextOf<T>(input: Receiver<T>): Coroutine<IteratorResult<T, undefined>> {
	// What it gives is a coroutine: a channel's iterator is the library's own.
	return input[Symbol.asyncIterator]().next() as unknown as Coroutine<IteratorResult<T, undefined>>;
}

/** The next result; `undefined` if there is none in time. */
function* nextUntil<T>(
	input: Receiver<T>,
	end: number,
): Generator<never, IteratorResult<T, undefined> | undefined, unknown> {
	if (end === Number.POSITIVE_INFINITY) return yield* nextOf(input);
	return yield* moveOnAt(end, () => nextOf(input));
}
