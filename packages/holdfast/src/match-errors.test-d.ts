import { expectTypeOf, test } from "vitest";
import type { Coroutine } from "./coroutine.ts";
import { TaskGroupError, TimeoutError } from "./errors.ts";
import { matchErrors } from "./match-errors.ts";

class NotFound extends Error {
	readonly page = "";
}

test("handlers by name get errors, handlers by class that class", () => {
	expectTypeOf(
		matchErrors(0, {
			NotFound: (errors) => expectTypeOf(errors).toEqualTypeOf<readonly Error[]>(),
		}),
	).toEqualTypeOf<Coroutine<void>>();
	expectTypeOf(
		matchErrors(0, [
			[NotFound, (errors) => expectTypeOf(errors).toEqualTypeOf<readonly NotFound[]>()],
			[TimeoutError, async (errors) => expectTypeOf(errors).toEqualTypeOf<readonly TimeoutError[]>()],
		]),
	).toEqualTypeOf<Coroutine<void>>();
});

test("split gives the two halves", () => {
	const error = new TaskGroupError([]);
	type Halves = [TaskGroupError | undefined, TaskGroupError | undefined];
	expectTypeOf(error.split(NotFound)).toEqualTypeOf<Halves>();
	expectTypeOf(error.split([NotFound, TimeoutError])).toEqualTypeOf<Halves>();
	expectTypeOf(error.split((each) => each === 1)).toEqualTypeOf<Halves>();
	expectTypeOf(error.leaves()).toEqualTypeOf<unknown[]>();
});
