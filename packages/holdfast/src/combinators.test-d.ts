import { expectTypeOf, test } from "vitest";
import { all } from "./all.ts";
import { allSettled } from "./all-settled.ts";
import { any } from "./any.ts";
import { createChannel } from "./channel.ts";
import type { Coroutine } from "./coroutine.ts";
import type { TaskGroup } from "./group.ts";
import { map } from "./map.ts";
import { race } from "./race.ts";
import { sleep } from "./sleep.ts";

declare const group: TaskGroup;
declare const later: Coroutine<RegExp>;

test("all gives a tuple for a tuple, of what each entry gives", () => {
	const task = group.spawn(async () => new Date());
	expectTypeOf(
		all([
			async () => 1,
			() => String(1),
			function* () {
				yield* sleep(1);
				return true;
			},
			later,
			task,
			Promise.resolve(null),
			undefined,
		]),
	).toEqualTypeOf<Coroutine<[number, string, boolean, RegExp, Date, null, undefined]>>();
	expectTypeOf(all([])).toEqualTypeOf<Coroutine<[]>>();
});

test("all gives an array for any other iterable", () => {
	const calls: (() => Promise<number>)[] = [];
	expectTypeOf(all(calls)).toEqualTypeOf<Coroutine<number[]>>();
	expectTypeOf(all(new Set(calls))).toEqualTypeOf<Coroutine<number[]>>();
	expectTypeOf(all(new Map<string, Promise<Date>>().values())).toEqualTypeOf<Coroutine<Date[]>>();
});

test("race and any give the union", () => {
	expectTypeOf(race([async () => 1, () => String(1)])).toEqualTypeOf<Coroutine<number | string>>();
	expectTypeOf(any([later, Promise.resolve(new Date())])).toEqualTypeOf<Coroutine<RegExp | Date>>();
});

test("allSettled gives the outcome of each", () => {
	expectTypeOf(allSettled([async () => 1, Promise.resolve("text")])).toEqualTypeOf<
		Coroutine<[PromiseSettledResult<number>, PromiseSettledResult<string>]>
	>();
});

test("map infers items and results, from sync and async sources", () => {
	expectTypeOf(map([1, 2], (item, index) => `${item.toFixed(index)}`)).toEqualTypeOf<Coroutine<string[]>>();
	const { receiver } = createChannel<Date>(1);
	expectTypeOf(map(receiver, async (date) => date.getTime())).toEqualTypeOf<Coroutine<number[]>>();
	expectTypeOf(
		map([1], function* (item) {
			yield* sleep(item);
			return item > 1;
		}),
	).toEqualTypeOf<Coroutine<boolean[]>>();
});

test("a combinator takes one iterable", () => {
	// @ts-expect-error an entry is no iterable
	expectTypeOf(race).toBeCallableWith(async () => 1);
	// @ts-expect-error
	expectTypeOf(all).toBeCallableWith(Promise.resolve(1), Promise.resolve(2));
});
