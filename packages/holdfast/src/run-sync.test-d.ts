import { expectTypeOf, test } from "vitest";
import { coroutine } from "./coroutine.ts";
import { operation } from "./operation.ts";
import { run } from "./run.ts";
import { runSync, sync } from "./run-sync.ts";
import { sleep } from "./sleep.ts";

const greet = coroutine(function* (name: string, milliseconds?: number) {
	yield* sleep(milliseconds ?? 0);
	return `hello ${name}`;
});
const pair = coroutine(function* <A>(first: A, second: number) {
	yield* sleep(second);
	return [first, second] as const;
});

test("runSync gives what main gives, without a promise", () => {
	expectTypeOf(runSync(() => 5)).toEqualTypeOf<number>();
	expectTypeOf(runSync(async () => "text" as string)).toEqualTypeOf<string>();
	expectTypeOf(runSync(greet, { args: ["you"] })).toEqualTypeOf<string>();
	expectTypeOf(runSync(() => greet("you"), { grace: 5, name: "main" })).toEqualTypeOf<string>();
	// @ts-expect-error pass the function, not its call
	runSync(greet("you"));
	// @ts-expect-error signals cannot arrive
	runSync(greet, { signals: true });
	// @ts-expect-error it has its own loop
	runSync(greet, { loop: undefined as never });
});

test("f.sync takes what f takes, and gives what the coroutine gives", () => {
	expectTypeOf(greet.sync("you", 5)).toEqualTypeOf<string>();
	// @ts-expect-error a string
	greet.sync(5);
	const read = operation({ async: async (path: string) => path.length, sync: (path) => path.length });
	expectTypeOf(read.sync("path")).toEqualTypeOf<number>();
	expectTypeOf(run(greet, { args: ["you"] })).toEqualTypeOf<Promise<string>>();
});

test("a function with type parameters keeps them; its synchronous face is sync(f)", () => {
	expectTypeOf(sync(pair)("a", 5)).toEqualTypeOf<readonly [string, number]>();
	// @ts-expect-error TypeScript keeps type parameters only where nothing stands beside the call
	pair.sync("a", 5);
});

test("sync keeps parameters and gives what is awaited", () => {
	async function load(path: string, size?: number): Promise<boolean> {
		return path.length === size;
	}
	expectTypeOf(sync(load)).toEqualTypeOf<(path: string, size?: number) => boolean>();
	expectTypeOf(
		sync(function* (x: number) {
			yield* sleep(x);
			return x;
		})(5),
	).toEqualTypeOf<number>();
	// @ts-expect-error pass the function, not its call
	sync(load("path"));
});
