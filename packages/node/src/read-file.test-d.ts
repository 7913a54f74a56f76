import type { Dirent } from "node:fs";
import type { Coroutine, Resource } from "holdfast";
import { expectTypeOf, test } from "vitest";
import {
	open,
	readdir,
	readFile,
	temporaryDirectory,
	type WalkEntry,
	walk,
	writeFile,
	writeFileAtomic,
} from "./index.ts";
import type { OpenFile } from "./open-file.ts";

test("readFile gives bytes, and text with an encoding", () => {
	expectTypeOf(readFile("a")).toEqualTypeOf<Coroutine<Uint8Array>>();
	expectTypeOf(readFile("a", { limit: 5 })).toEqualTypeOf<Coroutine<Uint8Array>>();
	expectTypeOf(readFile("a", "buffer")).toEqualTypeOf<Coroutine<Uint8Array>>();
	expectTypeOf(readFile("a", "utf8")).toEqualTypeOf<Coroutine<string>>();
	expectTypeOf(readFile(new URL("file:///a"), { encoding: "latin1" })).toEqualTypeOf<Coroutine<string>>();
	expectTypeOf(readFile.sync("a")).toEqualTypeOf<Uint8Array>();
	expectTypeOf(readFile.sync("a", "utf8")).toEqualTypeOf<string>();
	// @ts-expect-error no such encoding
	readFile("a", "utf9");
	// @ts-expect-error cancellation comes from the scope
	readFile("a", { signal: new AbortController().signal });
});

test("the others have synchronous faces with the same parameters", () => {
	expectTypeOf(writeFile.sync).parameters.toEqualTypeOf<Parameters<typeof writeFile>>();
	expectTypeOf(writeFileAtomic("a", "text", { flush: false })).toEqualTypeOf<Coroutine<void>>();
	expectTypeOf(readdir.sync("a")).toEqualTypeOf<Dirent[]>();
	// @ts-expect-error objects are no data
	writeFile("a", { a: 1 });
});

test("what is open or temporary is a resource", () => {
	expectTypeOf(open("a", "w+")).toEqualTypeOf<Resource<OpenFile>>();
	expectTypeOf(temporaryDirectory()).toEqualTypeOf<Resource<string>>();
});

test("walk gives entries", async () => {
	for await (const entry of walk("a")) expectTypeOf(entry).toEqualTypeOf<WalkEntry>();
});
