import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	BusyResourceError,
	ClosedResourceError,
	type Coroutine,
	MisuseError,
	moveOnAfter,
	run,
	runSync,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { afterAll, describe, expect, test } from "vitest";
import { checked, eventually, rejectionOf } from "../test/processes.ts";
import { DiskFullError, FileExistsError, FileNotFoundError } from "./file-errors.ts";
import { type OpenFile, open } from "./open-file.ts";
import { temporaryDirectory, temporaryFile } from "./temporary.ts";
import { writeFile } from "./write-file.ts";

const folder = fs.mkdtempSync(join(tmpdir(), "holdfast-open-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
let count = 0;
const fresh = (text?: string | Buffer): string => {
	const path = join(folder, String(count++));
	if (text !== undefined) fs.writeFileSync(path, text);
	return path;
};
function* thrownBy(call: () => Coroutine<unknown>): Generator<never, unknown, unknown> {
	try {
		yield* call();
	} catch (error) {
		return error;
	}
	return undefined;
}
const openFiles = (): number => fs.readdirSync("/proc/self/fd").length;
const isLinux = process.platform === "linux";

describe("an open file", () => {
	test("is a stream of bytes and of lines", async () => {
		const path = fresh(`one\r\ntwo\n${"x".repeat(100_000)}`);
		await checked(() =>
			open(path).with(function* (file) {
				expect(yield* file.readLine()).toBe("one");
				expect(yield* file.readLine()).toBe("two");
				expect(file.position).toBe(9);
				expect((yield* file.readAll()).length).toBe(100_000);
				expect(yield* file.read()).toBe(undefined);
				file.position = 0;
				expect(Buffer.from(yield* file.readExactly(3)).toString()).toBe("one");
			}),
		);
	});

	test("is written to, in order and anywhere", async () => {
		const path = fresh();
		await checked(() =>
			open(path, "w+").with(function* (file) {
				yield* file.write("hello ");
				yield* file.write(Buffer.from("world"));
				yield* file.writeAt(0, "J");
				expect(Buffer.from(yield* file.readAt(4, 100)).toString()).toBe("o world");
				file.position = 0;
				expect(Buffer.from(yield* file.readExactly(5)).toString()).toBe("Jello");
				// What was read ahead was not read: the write goes on where the reads stand.
				yield* file.write("!");
				yield* file.truncate(8);
				yield* file.flush();
				expect((yield* file.stat()).size).toBe(8);
			}),
		);
		expect(fs.readFileSync(path, "utf8")).toBe("Jello!wo");
	});

	test("opened to append writes at the end, whoever else does", async () => {
		const path = fresh("a");
		await checked(() =>
			open(path, "a+").with(function* (file) {
				yield* file.write("b");
				fs.appendFileSync(path, "c");
				yield* file.write("d");
				expect(Buffer.from(yield* file.readAll()).toString()).toBe("abcd");
			}),
		);
	});

	test("can be read on when it has grown", async () => {
		const path = fresh("one\n");
		await checked(() =>
			open(path).with(function* (file) {
				expect(yield* file.readLine()).toBe("one");
				expect(yield* file.readLine()).toBe(undefined);
				fs.appendFileSync(path, "two\n");
				expect(yield* file.readLine()).toBe(undefined);
				file.position += 0;
				expect(yield* file.readLine()).toBe("two");
			}),
		);
	});

	test("is read and written by one task at a time, and anywhere by many", async () => {
		const path = fresh("0123456789");
		await checked(() =>
			open(path, "r+").with(function* (file) {
				const twice = withTaskGroup(function* (group) {
					group.spawn(() => file.read());
					group.spawn(() => file.read());
				});
				expect(yield* thrownBy(() => twice)).toBeInstanceOf(BusyResourceError);
				const parts = yield* withTaskGroup(function* (group) {
					const tasks = Array.from({ length: 1_000 }, (_, index) => group.spawn(() => file.readAt(index % 10, 1)));
					const bytes: number[] = [];
					for (const task of tasks) bytes.push((yield* task)[0] as number);
					return bytes;
				});
				expect(Buffer.from(parts).toString()).toBe("0123456789".repeat(100));
			}),
		);
	});

	test("is closed with its scope; after that it says so", async () => {
		const path = fresh("x");
		let file: OpenFile | undefined;
		const before = isLinux ? openFiles() : 0;
		await checked(() =>
			open(path, "r+").with((it) => {
				file = it;
			}),
		);
		if (isLinux) expect(openFiles()).toBe(before);
		for (const call of [
			() => file?.read(),
			() => file?.write("x"),
			() => file?.readAt(0, 1),
			() => file?.writeAt(0, "x"),
			() => file?.stat(),
			() => file?.flush(),
		]) {
			const error = await rejectionOf(run(call as () => PromiseLike<unknown>));
			expect(error).toBeInstanceOf(ClosedResourceError);
			expect(error.message).toContain("was closed on this side");
		}
		await checked(() => (file as OpenFile).close());
	});

	test("is closed in a scope without any grace", async () => {
		const path = fresh("x");
		const before = isLinux ? openFiles() : 0;
		await checked(() =>
			withCancelScope({ grace: 0 }, function* (scope) {
				yield* open(path);
				scope.cancel();
				yield* open(path);
			}),
		);
		if (isLinux) await eventually(() => openFiles() === before);
	});

	test("that is missing, or there already, is a named error", async () => {
		const missing = join(folder, "missing");
		expect(await rejectionOf(checked(() => open(missing).with(() => {})))).toMatchObject({
			name: "FileNotFoundError",
			code: "ENOENT",
			path: missing,
			operation: "open",
		});
		expect(await rejectionOf(checked(() => open(fresh("x"), "wx").with(() => {})))).toBeInstanceOf(FileExistsError);
		expect(() => open("")).toThrow('the path is ""');
		expect(() => open("x", 5 as never)).toThrow("the flags are 5");
		expect(() => open("x", "r", { modes: 1 } as never)).toThrow('unknown option "modes"');
	});

	test.runIf(fs.existsSync("/dev/full"))("on a full disk throws DiskFullError, and can be closed", async () => {
		const error = await rejectionOf(checked(() => open("/dev/full", "w").with((file) => file.write("x"))));
		expect(error).toBeInstanceOf(DiskFullError);
	});

	test("works in synchronous runs", () => {
		const path = fresh();
		const lines = runSync(() =>
			open(path, "w+").with(function* (file) {
				yield* file.write("one\ntwo\n");
				file.position = 0;
				return [yield* file.readLine(), yield* file.readLine(), yield* file.readLine()];
			}),
		);
		expect(lines).toEqual(["one", "two", undefined]);
	});

	test("without positions says so", async () => {
		await checked(() =>
			open("/dev/zero").with(function* (file) {
				expect(file.isSeekable).toBe(false);
				expect(() => {
					file.position = 5;
				}).toThrow(MisuseError);
				expect((yield* file.readExactly(10)).length).toBe(10);
			}),
		);
	});
});

describe.runIf(isLinux)("what the system does not let go of", () => {
	test("a read that waits for a writer can be cancelled; its bytes are the next ones", async () => {
		const path = fresh();
		spawnSync("mkfifo", [path]);
		const writer = fs.openSync(path, fs.constants.O_RDWR);
		try {
			await checked(() =>
				open(path, "r").with(function* (file) {
					expect(yield* moveOnAfter(5, () => file.read())).toBe(undefined);
					fs.writeSync(writer, "hello");
					expect(Buffer.from((yield* file.read()) ?? []).toString()).toBe("hello");
					expect(yield* moveOnAfter(5, () => file.read())).toBe(undefined);
					fs.writeSync(writer, "for the thread that still reads");
				}),
			);
		} finally {
			fs.closeSync(writer);
		}
	});

	test("an open that waits for a writer can be cancelled; what comes late is closed", async () => {
		const path = fresh();
		spawnSync("mkfifo", [path]);
		const before = openFiles();
		await run(() => moveOnAfter(5, () => open(path).with(() => {})));
		fs.closeSync(fs.openSync(path, "w"));
		await eventually(() => openFiles() === before);
	});

	test("closing while a read waits: the reader is told at once, the file is closed when the system lets go", async () => {
		const path = fresh();
		spawnSync("mkfifo", [path]);
		const writer = fs.openSync(path, fs.constants.O_RDWR);
		const before = openFiles();
		const error = await rejectionOf(
			run(() =>
				open(path, "r").with(function* (file) {
					yield* withTaskGroup(function* (group) {
						group.spawn(() => file.read());
						yield* moveOnAfter(5, () => new Promise(() => {}));
						yield* file.close();
					});
				}),
			),
		);
		expect(error).toBeInstanceOf(ClosedResourceError);
		fs.writeSync(writer, "x");
		await eventually(() => openFiles() === before);
		fs.closeSync(writer);
	});
});

describe("temporary folders and files", () => {
	test("are there for their owner, and gone after it", async () => {
		let path = "";
		await checked(() =>
			temporaryDirectory({ parent: folder, prefix: "work-" }).with(function* (directory) {
				path = directory;
				expect(path.startsWith(join(folder, "work-"))).toBe(true);
				expect(fs.statSync(path).mode & 0o777).toBe(0o700);
				fs.mkdirSync(join(path, "a/b"), { recursive: true });
				yield* writeFile(join(path, "a/b/c"), "x");
			}),
		);
		expect(fs.existsSync(path)).toBe(false);
		await checked(() =>
			temporaryFile({ suffix: ".txt", parent: folder }).with(function* (file) {
				path = file.path;
				expect(path.endsWith(".txt")).toBe(true);
				expect(fs.statSync(path).mode & 0o777).toBe(0o600);
				yield* file.write("text");
				file.position = 0;
				expect(Buffer.from(yield* file.readAll()).toString()).toBe("text");
			}),
		);
		expect(fs.existsSync(path)).toBe(false);
	});

	test("that were removed or moved meanwhile are no error", async () => {
		const kept = fresh();
		await checked(() => temporaryDirectory({ parent: folder }).with((path) => fs.rmdirSync(path)));
		await checked(() =>
			temporaryFile({ parent: folder }).with(function* (file) {
				yield* file.write("kept");
				fs.renameSync(file.path, kept);
			}),
		);
		expect(fs.readFileSync(kept, "utf8")).toBe("kept");
	});

	test("are removed when the owner is cancelled, also without any grace", async () => {
		const parent = fresh();
		fs.mkdirSync(parent);
		for (const grace of [5_000, 0])
			await checked(() =>
				withCancelScope({ grace }, function* (scope) {
					const directory = yield* temporaryDirectory({ parent });
					yield* writeFile(join(directory, "x"), "x");
					yield* temporaryFile({ parent });
					scope.cancel();
				}),
			);
		await eventually(() => fs.readdirSync(parent).length === 0);
	});

	test("cancelled at any moment leave nothing", async () => {
		const parent = fresh();
		fs.mkdirSync(parent);
		for (let turns = 0; turns < 12; turns++) {
			await checked(() =>
				withCancelScope(function* (scope) {
					yield* withTaskGroup(function* (group) {
						group.spawn(() => temporaryFile({ parent }).with(() => {}));
						group.spawn(() => temporaryDirectory({ parent }).with(() => {}));
						for (let turn = 0; turn < turns; turn++) yield* writeFile(join(folder, "turn"), "");
						scope.cancel();
					});
				}),
			);
			expect(fs.readdirSync(parent)).toEqual([]);
		}
	});

	test("work in synchronous runs", () => {
		let path = "";
		runSync(() =>
			temporaryDirectory({ parent: folder }).with(function* (directory) {
				path = directory;
				yield* writeFile(join(directory, "x"), "x");
			}),
		);
		expect(fs.existsSync(path)).toBe(false);
	});

	test("have names that are names", () => {
		expect(() => temporaryDirectory({ prefix: "../x" })).toThrow("prefix");
		expect(() => temporaryFile({ suffix: "/x" })).toThrow("suffix");
		expect(() => temporaryFile({ dir: "x" } as never)).toThrow('unknown option "dir"');
	});

	test("without a parent are a named error", async () => {
		const parent = join(folder, "missing");
		for (const resource of [temporaryDirectory, temporaryFile])
			expect(await rejectionOf(checked(() => resource({ parent }).with(() => {})))).toBeInstanceOf(FileNotFoundError);
	});
});
