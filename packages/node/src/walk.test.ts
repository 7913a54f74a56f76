import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BusyResourceError, type Coroutine, run, runSync, withCancelScope, withTaskGroup } from "holdfast";
import { afterAll, describe, expect, test } from "vitest";
import { checked, rejectionOf } from "../test/processes.ts";
import { FileNotFoundError, NotDirectoryError, PermissionError } from "./file-errors.ts";
import { type Walk, type WalkEntry, walk } from "./walk.ts";

const folder = fs.mkdtempSync(join(tmpdir(), "holdfast-walk-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
let count = 0;

/** Makes a folder with these files; a name that ends with a slash is an empty folder. */
function tree(...names: string[]): string {
	const root = join(folder, String(count++));
	fs.mkdirSync(root);
	for (const name of names) {
		if (name.endsWith("/")) {
			fs.mkdirSync(join(root, name), { recursive: true });
			continue;
		}
		fs.mkdirSync(join(root, name, ".."), { recursive: true });
		fs.writeFileSync(join(root, name), "");
	}
	return root;
}

/** The paths below the root, in order. */
function* collect(root: string, entries: Walk): Generator<never, string[], unknown> {
	const paths: string[] = [];
	for (;;) {
		const { done, value } = yield* entries.next() as Coroutine<IteratorResult<WalkEntry, undefined>>;
		if (done) return paths;
		paths.push(value.path.slice(root.length + 1));
	}
}

describe("walk", () => {
	const names = ["a/b/c", "a/b/d", "a/e/f", "g", "h/i/", "h/j"];
	const expected = ["a", "a/b", "a/b/c", "a/b/d", "a/e", "a/e/f", "g", "h", "h/i", "h/j"];

	test.each([1, 2, 8, Number.POSITIVE_INFINITY])(
		"gives each folder before what is in it, by name, whatever is read ahead: %d",
		async (concurrency) => {
			const root = tree(...names);
			expect(await checked(() => collect(root, walk(root, { concurrency })))).toEqual(expected);
		},
	);

	test("tells kinds and depths", async () => {
		const root = tree("a/file");
		fs.symlinkSync("a", join(root, "link"));
		await checked(function* () {
			const entries = walk(root);
			expect((yield* entries.next()).value).toEqual({ path: join(root, "a"), name: "a", kind: "directory", depth: 1 });
			expect((yield* entries.next()).value).toMatchObject({ name: "file", kind: "file", depth: 2 });
			expect((yield* entries.next()).value).toMatchObject({ name: "link", kind: "symlink", depth: 1 });
			expect(yield* entries.next()).toEqual({ done: true, value: undefined });
			expect(yield* entries.next()).toEqual({ done: true, value: undefined });
		});
	});

	test("goes as deep as it may, and enters what it may", async () => {
		const root = tree(...names);
		expect(await checked(() => collect(root, walk(root, { maxDepth: 1 })))).toEqual(["a", "g", "h"]);
		const enter = ({ name }: WalkEntry): boolean => name !== "b";
		expect(await checked(() => collect(root, walk(root, { enter })))).toEqual(
			expected.filter((path) => !path.startsWith("a/b/")),
		);
	});

	test("enters links to folders if it is to, each folder once, so that loops end", async () => {
		const root = tree("a/file");
		fs.symlinkSync("..", join(root, "a/up"));
		fs.symlinkSync("a", join(root, "b"));
		fs.symlinkSync("nowhere", join(root, "c"));
		fs.symlinkSync("a/file", join(root, "d"));
		fs.symlinkSync("self", join(root, "self"));
		expect(await checked(() => collect(root, walk(root)))).toEqual(["a", "a/file", "a/up", "b", "c", "d", "self"]);
		// A link that leads to itself cannot be followed: the system says so.
		const errors: Error[] = [];
		const options = { followSymlinks: true, onError: (error: Error) => errors.push(error) };
		expect(await checked(() => collect(root, walk(root, options)))).toEqual([
			"a",
			"a/file",
			"a/up",
			"b",
			"c",
			"d",
			"self",
		]);
		expect(errors).toMatchObject([{ code: "ELOOP" }]);
		expect(runSync(() => collect(root, walk(root, options))).length).toBe(7);
	});

	test("many links to many folders are no explosion", async () => {
		const root = tree(...Array.from({ length: 12 }, (_, index) => `${index}/`));
		for (let from = 0; from < 12; from++)
			for (let to = 0; to < 12; to++) fs.symlinkSync(`../${to}`, join(root, String(from), `to-${to}`));
		expect((await checked(() => collect(root, walk(root, { followSymlinks: true })))).length).toBe(12 + 12 * 12);
	});

	test("what vanishes meanwhile is no error", async () => {
		const root = tree("a/x", "b/x", "c/x");
		await checked(function* () {
			const entries = walk(root, { concurrency: 1 });
			expect((yield* entries.next()).value?.name).toBe("a");
			fs.rmSync(join(root, "b"), { recursive: true });
			fs.rmSync(join(root, "c"), { recursive: true });
			fs.writeFileSync(join(root, "c"), "");
			expect(yield* collect(root, entries)).toEqual(["a/x", "b", "c"]);
		});
	});

	test("the folder itself must be there, and be one", async () => {
		const root = tree("file");
		expect(await rejectionOf(checked(() => walk(join(root, "missing")).next()))).toBeInstanceOf(FileNotFoundError);
		expect(await rejectionOf(checked(() => walk(join(root, "file")).next()))).toBeInstanceOf(NotDirectoryError);
	});

	test.skipIf(process.getuid?.() === 0)("what cannot be read is thrown, or told, and the walk goes on", async () => {
		const root = tree("a/x", "b/x");
		fs.chmodSync(join(root, "a"), 0);
		expect(await rejectionOf(checked(() => collect(root, walk(root))))).toBeInstanceOf(PermissionError);
		const errors: Error[] = [];
		expect(await checked(() => collect(root, walk(root, { onError: (error) => errors.push(error) })))).toEqual([
			"a",
			"b",
			"b/x",
		]);
		expect(errors).toMatchObject([{ name: "PermissionError", path: join(root, "a") }]);
		fs.chmodSync(join(root, "a"), 0o700);
	});

	test("an error that enter throws comes out, and the walk is over or goes on as the caller likes", async () => {
		const root = tree("a/x");
		const failure = new Error("not this one");
		const enter = (): never => {
			throw failure;
		};
		expect(await rejectionOf(checked(() => walk(root, { enter }).next()))).toBe(failure);
	});

	test("is for one consumer, and ends when it is left", async () => {
		const root = tree(...names);
		const error = await rejectionOf(
			checked(() =>
				withTaskGroup(function* (group) {
					const entries = walk(root);
					group.spawn(() => entries.next());
					group.spawn(() => entries.next());
				}),
			),
		);
		expect(error).toBeInstanceOf(BusyResourceError);
		await checked(async () => {
			for await (const { name } of walk(root)) {
				expect(name).toBe("a");
				break;
			}
		});
	});

	test("cancelled, it loses no entry", async () => {
		const root = tree(...names);
		const entries = walk(root);
		await checked(() =>
			withCancelScope(function* (scope) {
				scope.cancel();
				yield* entries.next();
			}),
		);
		expect(await checked(() => collect(root, entries))).toEqual(expected);
	});

	test("a wide tree stays in order, and is the same synchronously", async () => {
		const wide = Array.from({ length: 300 }, (_, index) => `${String(index).padStart(3, "0")}/x/y`);
		const root = tree(...wide);
		const found = await checked(() => collect(root, walk(root)));
		expect(found.length).toBe(900);
		expect(found).toEqual([...found].sort());
		expect(runSync(() => collect(root, walk(root)))).toEqual(found);
	});

	test.each<[options: object, message: string]>([
		[{ concurrency: 0 }, "concurrency is 0"],
		[{ maxDepth: 0.5 }, "maxDepth is 0.5"],
		[{ enter: true }, "enter is true"],
		[{ followSymlinks: 1 }, "followSymlinks is 1"],
		[{ depth: 1 }, 'unknown option "depth"'],
	])("%j is refused", (options, message) => {
		expect(() => walk(".", options)).toThrow(message);
	});

	test("in a run that is over the entries that are there can still be had", async () => {
		const root = tree("a", "b");
		const entries = walk(root);
		await run(() => entries.next());
		expect((await run(() => entries.next())).value?.name).toBe("b");
	});
});
