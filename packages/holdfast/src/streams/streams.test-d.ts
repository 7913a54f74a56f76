import { expectTypeOf, test } from "vitest";
import type { Coroutine } from "../coroutine.ts";
import {
	batch,
	buffer,
	compose,
	debounce,
	type ForeignIterator,
	fromAsyncIterable,
	fromReadableStream,
	fromWritableStream,
	merge,
	pipe,
	type Sink,
	type Stream,
	tee,
	toAsyncIterable,
	toReadableStream,
	toWritableStream,
} from "../streams.ts";

declare const numbers: AsyncIterable<number>;
declare const bytes: ReadableStream<Uint8Array>;

test("operators give streams of what they are given", () => {
	expectTypeOf(merge([numbers, [1, 2]])).toEqualTypeOf<Stream<number>>();
	expectTypeOf(merge<number | string>([numbers, ["a"]])).toEqualTypeOf<Stream<number | string>>();
	expectTypeOf(buffer(bytes, 3)).toEqualTypeOf<Stream<Uint8Array>>();
	expectTypeOf(tee(numbers)).toEqualTypeOf<[Stream<number>, Stream<number>]>();
	expectTypeOf(tee(numbers, { capacity: 1 })).toEqualTypeOf<[Stream<number>, Stream<number>]>();
	expectTypeOf(tee(numbers, 3)).toEqualTypeOf<Stream<number>[]>();
	expectTypeOf(batch(numbers, { size: 3 })).toEqualTypeOf<Stream<number[]>>();
	expectTypeOf(debounce(numbers, 3)).toEqualTypeOf<Stream<number>>();
	expectTypeOf(fromAsyncIterable(numbers)).toEqualTypeOf<Stream<number>>();
	expectTypeOf(fromReadableStream(bytes)).toEqualTypeOf<Stream<Uint8Array>>();
	expectTypeOf(fromAsyncIterable(numbers).next()).toEqualTypeOf<Coroutine<IteratorResult<number, undefined>>>();
});

test("compose passes types from stage to stage", () => {
	const texts = async function* (input: Stream<number>): AsyncGenerator<string> {
		for await (const value of input) yield String(value);
	};
	expectTypeOf(compose(numbers, texts)).toEqualTypeOf<Stream<string>>();
	expectTypeOf(compose(numbers, texts, (input) => batch(input, { size: 2 }))).toEqualTypeOf<Stream<string[]>>();
	expectTypeOf(compose(numbers, new TransformStream<number, Date>())).toEqualTypeOf<Stream<Date>>();
	// @ts-expect-error a stage of texts cannot follow a source of bytes
	compose(bytes, texts);
	// @ts-expect-error an async function gives a promise, which is no stream
	compose(numbers, async (input) => input);
});

test("borders keep the type of the values", () => {
	expectTypeOf(toAsyncIterable(numbers)).toEqualTypeOf<ForeignIterator<number>>();
	expectTypeOf(toReadableStream(numbers)).toEqualTypeOf<ReadableStream<number>>();
	expectTypeOf(fromWritableStream(new WritableStream<string>())).toEqualTypeOf<Sink<string>>();
	expectTypeOf(pipe(["a"], fromWritableStream(new WritableStream<string>()))).toEqualTypeOf<Coroutine<void>>();
	expectTypeOf(toWritableStream(fromWritableStream(new WritableStream<string>()))).toEqualTypeOf<
		WritableStream<string>
	>();
	// @ts-expect-error numbers into a sink of texts
	pipe(numbers, fromWritableStream(new WritableStream<string>()));
	// @ts-expect-error a batch has a size
	batch(numbers, { within: 3 });
});
