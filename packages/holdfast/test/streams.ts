import { coroutine } from "../src/coroutine.ts";
import { now, sleep, sleepUntil } from "../src/sleep.ts";
import type { Stream } from "../src/streams/stream.ts";

/** Reads everything. */
export function* drain<T>(stream: Stream<T>): Generator<never, T[], unknown> {
	const values: T[] = [];
	for (let result = yield* stream.next(); !result.done; result = yield* stream.next()) values.push(result.value);
	return values;
}

/** An iterator that is told by hand what to give, and notes what it was asked. */
export function byHand(log: string[]): AsyncIterable<number> & { give(value: number): void; fail(error: Error): void } {
	let resolve: (result: IteratorResult<number>) => void = () => {};
	let reject: (error: Error) => void = () => {};
	return {
		give: (value) => resolve({ done: false, value }),
		fail: (error) => reject(error),
		[Symbol.asyncIterator]: () => ({
			next: () => {
				log.push("next");
				return new Promise((onResult, onError) => {
					resolve = onResult;
					reject = onError;
				});
			},
			return: async () => {
				log.push("return");
				return { done: true, value: undefined };
			},
		}),
	};
}

/** The error that a call throws. */
export function* caught(call: () => Iterable<never>): Generator<never, unknown, unknown> {
	try {
		yield* call() as Generator<never, unknown, unknown>;
	} catch (error) {
		return error;
	}
	throw new Error("Nothing was thrown.");
}

/** A source that gives values at times of the run's clock, in milliseconds, and tells when it is closed. */
export function timed<T>(
	log: unknown[],
	entries: readonly (readonly [at: number, value: T | Error])[],
	name = "source",
): AsyncIterable<T> {
	let index = 0;
	const next = coroutine(function* (): Generator<never, IteratorResult<T, undefined>, unknown> {
		const entry = entries[index];
		if (entry === undefined) return { done: true, value: undefined };
		index++;
		yield* sleepUntil(entry[0]);
		if (entry[1] instanceof Error) throw entry[1];
		return { done: false, value: entry[1] };
	});
	const close = coroutine(function* (): Generator<never, IteratorResult<T, undefined>, unknown> {
		yield* sleep(1);
		log.push(`${name} closed at ${now()}`);
		return { done: true, value: undefined };
	});
	// `for await` and streams await whatever an iterator gives: a coroutine is a call.
	return { [Symbol.asyncIterator]: () => ({ next, return: close }) as never };
}

/** Endless numbers from 1, and how many were taken. */
export function counting(log: unknown[] = [], name = "source"): AsyncIterable<number> & { taken: number } {
	const source = {
		taken: 0,
		[Symbol.asyncIterator]: () =>
			({
				next: () => ({ done: false, value: ++source.taken }),
				return: () => {
					log.push(`${name} closed`);
					return { done: true, value: undefined };
				},
			}) as never,
	};
	return source;
}
