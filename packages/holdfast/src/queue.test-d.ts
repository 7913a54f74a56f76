import { expectTypeOf, test } from "vitest";
import type { Coroutine } from "./coroutine.ts";
import { PriorityQueue } from "./priority-queue.ts";
import { Queue } from "./queue.ts";

declare const queue: Queue<number>;

test("what is put is what is got", () => {
	expectTypeOf(queue.get()).toEqualTypeOf<Coroutine<number>>();
	expectTypeOf(queue.tryGet()).toEqualTypeOf<{ value: number } | undefined>();
	expectTypeOf(queue.put(1)).toEqualTypeOf<Coroutine<void>>();
	expectTypeOf(queue.tryPut(1)).toEqualTypeOf<boolean>();
	expectTypeOf(queue).toExtend<AsyncIterable<number>>();
	// @ts-expect-error: not a number
	queue.put("1");
});

test("a priority queue is a queue, and takes its type from compare", () => {
	const dates = new PriorityQueue((a: Date, b: Date) => a.getTime() - b.getTime());
	expectTypeOf(dates).toEqualTypeOf<PriorityQueue<Date>>();
	expectTypeOf(dates).toExtend<Queue<Date>>();
	// @ts-expect-error: the order comes first
	new PriorityQueue<number>(10);
	// @ts-expect-error: a comparison gives a number
	new PriorityQueue<number>((a, b) => a < b);
});

test("a queue is shut down with known options", () => {
	queue.shutdown({ immediate: true });
	// @ts-expect-error: unknown option
	queue.shutdown({ now: true });
	// @ts-expect-error: the capacity is a number
	new Queue("10");
});
