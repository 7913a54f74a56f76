import { expectTypeOf, test } from "vitest";
import { asCompleted } from "./as-completed.ts";
import { broadcast } from "./broadcast.ts";
import type { Coroutine } from "./coroutine.ts";
import { interval } from "./interval.ts";
import { type Memoized, memoize } from "./memoize.ts";
import { type Held, type Resource, resource } from "./resource.ts";
import { serviceGroup } from "./service-group.ts";
import { sleep } from "./sleep.ts";
import { throttle } from "./throttle.ts";

test("a memoized or throttled function has the parameters and the result of its function", () => {
	const load = memoize(async (id: number) => new Date(id));
	expectTypeOf(load).toEqualTypeOf<Memoized<[id: number], Date>>();
	expectTypeOf(load(1)).toEqualTypeOf<Coroutine<Date>>();
	expectTypeOf(load.forget).parameters.toEqualTypeOf<[id: number]>();
	memoize((a: number, b: string) => a + b.length, { key: (a, b) => `${a.toFixed()}${b.trim()}` });
	const limited = throttle(
		function* (text: string) {
			yield* sleep(1);
			return text.length;
		},
		{ limit: 1 },
	);
	expectTypeOf(limited).parameters.toEqualTypeOf<[text: string]>();
	expectTypeOf(limited("x")).toEqualTypeOf<Coroutine<number>>();
	// @ts-expect-error a number is wanted
	load("1");
});

test("a resource gives what acquire gives, to its release and its body too", () => {
	const date = resource(
		async () => new Date(),
		(value) => value.getTime(),
	);
	expectTypeOf(date).toEqualTypeOf<Resource<Date>>();
	expectTypeOf(date).toExtend<Coroutine<Date>>();
	expectTypeOf(date.with(async (value) => value.getTime())).toEqualTypeOf<Coroutine<number>>();
	expectTypeOf(date.hold()).toEqualTypeOf<Coroutine<Held<Date>>>();
});

test("asCompleted gives the union of what its entries give, interval numbers, a broadcast its values", async () => {
	for await (const value of asCompleted([async () => 1, Promise.resolve("text")]))
		expectTypeOf(value).toEqualTypeOf<number | string>();
	for await (const tick of interval(5)) expectTypeOf(tick).toEqualTypeOf<number>();
	for await (const date of broadcast<Date>(1).subscribe()) expectTypeOf(date).toEqualTypeOf<Date>();
});

test("serviceGroup gives what its body gives", () => {
	expectTypeOf(
		serviceGroup(async (services) => {
			expectTypeOf(await services.spawn(async (x: number) => String(x), 5)).toEqualTypeOf<string>();
			return new Date();
		}),
	).toEqualTypeOf<Coroutine<Date>>();
});
