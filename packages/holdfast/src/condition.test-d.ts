import { expectTypeOf, test } from "vitest";
import { Condition } from "./condition.ts";
import type { Coroutine } from "./coroutine.ts";
import { Lock } from "./lock.ts";
import { ReadWriteLock } from "./read-write-lock.ts";

declare const condition: Condition;

test("waitFor gives what its predicate gives when it counts as true", () => {
	const jobs: RegExp[] = [];
	expectTypeOf(condition.waitFor(() => jobs.shift())).toEqualTypeOf<Coroutine<RegExp>>();
	expectTypeOf(condition.waitFor(() => jobs.length > 0)).toEqualTypeOf<Coroutine<true>>();
	expectTypeOf(condition.wait()).toEqualTypeOf<Coroutine<void>>();
});

test("the lock is a Lock, not something that looks like one", () => {
	expectTypeOf(condition.lock).toEqualTypeOf<Lock>();
	new Condition(new Lock());
	// @ts-expect-error: the face of a ReadWriteLock is no Lock
	new Condition(new ReadWriteLock().write);
	// @ts-expect-error: a function is needed, to be called again
	condition.waitFor(true);
});
