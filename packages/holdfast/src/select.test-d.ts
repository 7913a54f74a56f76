import { expectTypeOf, test } from "vitest";
import { createChannel } from "./channel.ts";
import type { Coroutine } from "./coroutine.ts";
import { select, trySelect } from "./select.ts";

const { sender, receiver } = createChannel<number>(1);
const { receiver: texts } = createChannel<string>(1);

test("the key tells which value it is", () => {
	const won = select({ number: receiver.receive(), text: texts.receive(), sent: sender.send(1) });
	expectTypeOf(won).toEqualTypeOf<
		Coroutine<
			| { readonly key: "number"; readonly value: number }
			| { readonly key: "text"; readonly value: string }
			// biome-ignore lint/suspicious/noConfusingVoidType: what send gives
			| { readonly key: "sent"; readonly value: void }
		>
	>();
	expectTypeOf(trySelect({ text: texts.receive() })).toEqualTypeOf<
		{ readonly key: "text"; readonly value: string } | undefined
	>();
});

test("of an array the key is an index", () => {
	expectTypeOf(select([receiver.receive(), texts.receive()])).toEqualTypeOf<
		Coroutine<{ readonly key: 0; readonly value: number } | { readonly key: 1; readonly value: string }>
	>();
	const many = [receiver].map((it) => it.receive());
	expectTypeOf(select(many)).toEqualTypeOf<Coroutine<{ readonly key: number; readonly value: number }>>();
});

test("an iterator's next gives its result", () => {
	const steps = receiver[Symbol.asyncIterator]();
	expectTypeOf(select({ step: steps.next() })).toEqualTypeOf<
		Coroutine<{ readonly key: "step"; readonly value: IteratorResult<number, undefined> }>
	>();
});

test("what is no operation is refused", () => {
	// @ts-expect-error a channel end, not a call
	expectTypeOf(select).toBeCallableWith({ receiver });
	// @ts-expect-error a function
	expectTypeOf(select).toBeCallableWith([() => receiver.receive()]);
});
