import { expectTypeOf, test } from "vitest";
import { type Coroutine, coroutine } from "./coroutine.ts";
import {
	type CancelScope,
	cleanup,
	moveOnAfter,
	moveOnAt,
	onExit,
	shield,
	withCancelScope,
	withDeadline,
	withSignal,
	withTimeout,
} from "./scopes.ts";
import { sleep } from "./sleep.ts";

const work = coroutine(function* () {
	yield* sleep(1);
	return 5;
});

async function load(): Promise<string> {
	return "text";
}

test("a scope that can end without a result says so", () => {
	expectTypeOf(withCancelScope({ grace: 5 }, load)).toEqualTypeOf<Coroutine<string | undefined>>();
	expectTypeOf(moveOnAfter(5, work)).toEqualTypeOf<Coroutine<number | undefined>>();
	expectTypeOf(moveOnAt(5, load)).toEqualTypeOf<Coroutine<string | undefined>>();
});

test("a scope that throws instead gives the body's result", () => {
	expectTypeOf(withTimeout(5, load)).toEqualTypeOf<Coroutine<string>>();
	expectTypeOf(withDeadline(5, work)).toEqualTypeOf<Coroutine<number>>();
	expectTypeOf(withCancelScope(work)).toEqualTypeOf<Coroutine<number>>();
	expectTypeOf(withSignal(new AbortController().signal, load)).toEqualTypeOf<Coroutine<string>>();
	expectTypeOf(shield(work)).toEqualTypeOf<Coroutine<number>>();
	expectTypeOf(cleanup(() => true as boolean)).toEqualTypeOf<Coroutine<boolean>>();
});

test("a body that takes its scope, and so may cancel it, gives undefined too", () => {
	expectTypeOf(withCancelScope((scope: CancelScope) => scope.deadline)).toEqualTypeOf<Coroutine<number | undefined>>();
	withCancelScope(function* (scope) {
		expectTypeOf(scope).toEqualTypeOf<CancelScope>();
		yield* work();
	});
	withTimeout(5, async (scope) => expectTypeOf(scope).toEqualTypeOf<CancelScope>());
	expectTypeOf(withTimeout(5, (scope: CancelScope) => scope.deadline)).toEqualTypeOf<Coroutine<number | undefined>>();
	expectTypeOf(withDeadline(5, (scope: CancelScope) => scope.deadline)).toEqualTypeOf<Coroutine<number | undefined>>();
});

test("results keep their types through await and yield*", async () => {
	expectTypeOf(await withTimeout(5, load)).toEqualTypeOf<string>();
	coroutine(function* () {
		expectTypeOf(yield* withTimeout(5, work)).toEqualTypeOf<number>();
		expectTypeOf(yield* moveOnAfter(5, load)).toEqualTypeOf<string | undefined>();
		expectTypeOf(yield* withTimeout(5, () => moveOnAfter(5, load))).toEqualTypeOf<string | undefined>();
	});
});

test("wrong times, options and bodies are type errors", () => {
	// @ts-expect-error milliseconds are a number
	withTimeout("5", work);
	// @ts-expect-error milliseconds are a number
	moveOnAfter(new Date(), work);
	// @ts-expect-error an instant is a number
	withDeadline(new Date(), work);
	// @ts-expect-error pass the function, not its call
	withTimeout(5, work());
	// @ts-expect-error pass the function, not its call
	withTimeout(5, load());
	// @ts-expect-error pass the function, not its call
	shield(load());
	// @ts-expect-error pass the function, not its call
	cleanup(work());
	// @ts-expect-error pass the function, not its call
	onExit(load());
	// @ts-expect-error timeuot
	withCancelScope({ timeuot: 5 }, work);
	// @ts-expect-error the order is options, body
	withCancelScope(work, { timeout: 5 });
	// @ts-expect-error sleep takes a number
	sleep("5");
});
