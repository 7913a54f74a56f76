import { expectTypeOf, test } from "vitest";
import { coroutine } from "./coroutine.ts";
import { run } from "./run.ts";
import { sleep } from "./sleep.ts";

const greet = coroutine(function* (name: string) {
	yield* sleep(1);
	return `hello ${name}`;
});

async function main(): Promise<number> {
	return 5;
}

test("run gives what main gives, of whatever kind main is", () => {
	expectTypeOf(run(main)).toEqualTypeOf<Promise<number>>();
	expectTypeOf(run(() => greet("you"))).toEqualTypeOf<Promise<string>>();
	expectTypeOf(run(greet, { args: ["you"] })).toEqualTypeOf<Promise<string>>();
	expectTypeOf(run(() => true as boolean)).toEqualTypeOf<Promise<boolean>>();
	expectTypeOf(
		run(function* () {
			yield* sleep(1);
			return { port: 80 };
		}),
	).toEqualTypeOf<Promise<{ port: number }>>();
	expectTypeOf(run(function* () {})).toEqualTypeOf<Promise<void>>();
});

test("a call instead of a function is a type error", () => {
	// @ts-expect-error pass the function, not its call
	run(main());
	// @ts-expect-error pass the function, not its call
	run(greet("you"));
	// @ts-expect-error pass the function, not its call
	run(sleep(5));
	// @ts-expect-error no function at all
	run(5);
});

test("unknown options and wrong values are type errors", () => {
	// @ts-expect-error sginal
	run(main, { sginal: new AbortController().signal });
	// @ts-expect-error neither "task" nor "forbid"
	run(main, { bareCalls: "never" });
	// @ts-expect-error milliseconds are a number
	run(main, { grace: "5s" });
	run(main, { bareCalls: ({ coroutine, name, owner }) => [coroutine, name.length, owner.length] });
	run(main, { onReport: ({ error, kind, path }) => void [error, kind, path.length] });
});
