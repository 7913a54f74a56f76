import { expectTypeOf, test } from "vitest";
import type { Coroutine } from "./coroutine.ts";
import { migrating } from "./migrating.ts";

const read = migrating({
	sync: (path: string, size?: number): boolean => path.length === size,
	async: async (path: string, size?: number) => path.length === size,
	since: "2.0",
});

test("a call has the type of the synchronous face, which `await` does not change", async () => {
	expectTypeOf(read("path")).toEqualTypeOf<boolean>();
	expectTypeOf(await read("path", 5)).toEqualTypeOf<boolean>();
	expectTypeOf(read.sync("path")).toEqualTypeOf<boolean>();
	expectTypeOf(read.async("path")).toEqualTypeOf<Coroutine<boolean>>();
	// @ts-expect-error a string
	read(5);
});

test("the faces take and give the same", () => {
	// @ts-expect-error a number is no string
	migrating({ sync: (x: number) => String(x), async: async (x: number) => x, since: "1" });
	// @ts-expect-error since when?
	migrating({ sync: () => 5, async: async () => 5 });
});

test("on the way back a call gives a promise, and sync the value", () => {
	const read = migrating({
		sync: (path: string) => path.length,
		async: async (path: string) => path.length,
		since: "4",
		to: "sync",
	});
	expectTypeOf(read).parameters.toEqualTypeOf<[path: string]>();
	expectTypeOf(read("a")).toEqualTypeOf<Promise<number>>();
	expectTypeOf(read.sync("a")).toEqualTypeOf<number>();
	expectTypeOf(read.async("a")).toEqualTypeOf<Coroutine<number>>();
});
