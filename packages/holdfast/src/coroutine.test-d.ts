import { expectTypeOf, test } from "vitest";
import { ContextVar } from "./context-var.ts";
import { type Coroutine, coroutine } from "./coroutine.ts";
import { sleepForever } from "./sleep.ts";
import { suspend, until } from "./suspend.ts";
import { currentTask, type Task, taskOf } from "./task.ts";

const pair = coroutine(function* <A>(first: A, second = 5) {
	yield* until(Promise.resolve());
	return [first, second] as const;
});

test("a coroutine function keeps parameters, type parameters and result", async () => {
	expectTypeOf(pair("a")).toEqualTypeOf<Coroutine<readonly [string, number]>>();
	expectTypeOf(await pair(true as boolean, 2)).toEqualTypeOf<readonly [boolean, number]>();
	expectTypeOf(await pair("a").then(([first]) => first)).toEqualTypeOf<string>();
	// @ts-expect-error the second one is a number
	pair("a", "b");
	// @ts-expect-error the first one is missing
	pair();
	// @ts-expect-error no generator function
	coroutine(async () => 5);
});

test("until gives what the promise gives, suspend what it is resumed with", () => {
	coroutine(function* () {
		expectTypeOf(yield* until(Promise.resolve(5))).toEqualTypeOf<number>();
		expectTypeOf(yield* until("text" as string)).toEqualTypeOf<string>();
		expectTypeOf(
			yield* suspend<Date>((resume) => {
				resume(new Date());
				// @ts-expect-error a Date
				resume(5);
				resume.throw("anything");
				return () => false;
			}),
		).toEqualTypeOf<Date>();
	});
	// @ts-expect-error start returns a function that aborts, or nothing
	suspend(() => 5);
	// @ts-expect-error an abort may only refuse
	suspend(() => () => "no");
});

test("what follows a wait without end is not reached", () => {
	expectTypeOf(sleepForever()).toEqualTypeOf<Coroutine<never>>();
});

test("taskOf keeps the type of the promise", () => {
	expectTypeOf(taskOf(Promise.resolve(5))).toEqualTypeOf<Task<number> | undefined>();
	expectTypeOf(currentTask()).toEqualTypeOf<Task>();
});

test("a context variable has one type", () => {
	const variable = new ContextVar<number>("variable");
	expectTypeOf(variable.get()).toEqualTypeOf<number>();
	expectTypeOf(variable.with(5, () => "text" as string)).toEqualTypeOf<Coroutine<string>>();
	// @ts-expect-error a number
	variable.set("5");
	// @ts-expect-error the token is another variable's
	variable.reset(new ContextVar<string>("other").set("text"));
	// @ts-expect-error pass the function, not its call
	variable.with(5, pair("a"));
	// @ts-expect-error a name comes first
	new ContextVar({ default: 5 });
});
