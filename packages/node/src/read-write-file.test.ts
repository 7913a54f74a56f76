import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { run, runSync, withCancelScope, withTaskGroup } from "holdfast";
import { afterAll, describe, expect, test } from "vitest";
import { checked, rejectionOf } from "../test/processes.ts";
import { InvalidTextError, LimitExceededError } from "./errors.ts";
import {
	DirectoryNotEmptyError,
	DiskFullError,
	FileExistsError,
	FileNotFoundError,
	FileSystemError,
	IsDirectoryError,
	NotDirectoryError,
} from "./file-errors.ts";
import {
	chmod,
	copyFile,
	exists,
	lstat,
	mkdir,
	readdir,
	readlink,
	realpath,
	rename,
	rm,
	stat,
	symlink,
	unlink,
} from "./file-operations.ts";
import { readFile } from "./read-file.ts";
import { appendFile, writeFile } from "./write-file.ts";
import { writeFileAtomic } from "./write-file-atomic.ts";

const folder = fs.mkdtempSync(join(tmpdir(), "holdfast-files-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
let count = 0;
/** A name that is not used yet. */
const fresh = (): string => join(folder, String(count++));
const missing = join(folder, "missing");
const hasFullDisk = fs.existsSync("/dev/full");

describe("readFile", () => {
	test("gives bytes, or text with an encoding", async () => {
		const path = fresh();
		fs.writeFileSync(path, "é");
		expect(await checked(() => readFile(path))).toEqual(Uint8Array.from([0xc3, 0xa9]));
		expect(await checked(() => readFile(path, "utf8"))).toBe("é");
		expect(await checked(() => readFile(pathToFileURL(path), { encoding: "latin1" }))).toBe("Ã©");
	});

	test("reads what is larger than one part, and what does not know its size", async () => {
		const path = fresh();
		fs.writeFileSync(path, Buffer.alloc(2_000_000, "abc"));
		expect(Buffer.from(await checked(() => readFile(path))).equals(fs.readFileSync(path))).toBe(true);
		if (process.platform === "linux")
			expect(await checked(() => readFile("/proc/self/status", "utf8"))).toContain(`Pid:\t${process.pid}\n`);
	});

	test("is limited, also where there is no end", async () => {
		const path = fresh();
		fs.writeFileSync(path, "12345");
		expect(await checked(() => readFile(path, { limit: 5, encoding: "utf8" }))).toBe("12345");
		for (const [name, limit] of [
			[path, 4],
			["/dev/zero", 100_000],
		] as const) {
			const error = await rejectionOf<LimitExceededError>(checked(() => readFile(name, { limit })));
			expect(error).toBeInstanceOf(LimitExceededError);
			expect(error.limit).toBe(limit);
		}
	});

	test("throws named errors that keep code and path", async () => {
		const error = await rejectionOf<FileNotFoundError>(checked(() => readFile(missing)));
		expect(error).toBeInstanceOf(FileNotFoundError);
		expect(error).toBeInstanceOf(FileSystemError);
		expect(error).toMatchObject({ name: "FileNotFoundError", code: "ENOENT", path: missing, operation: "readFile" });
		expect(error.message).toBe(`readFile: ${JSON.stringify(missing)} does not exist (ENOENT).`);
		expect(error.cause).toMatchObject({ code: "ENOENT", syscall: "open" });
		expect(await rejectionOf(checked(() => readFile(folder)))).toBeInstanceOf(IsDirectoryError);
		const path = fresh();
		fs.writeFileSync(path, Buffer.from([0xff]));
		expect(await rejectionOf(checked(() => readFile(path, "utf8")))).toBeInstanceOf(InvalidTextError);
		expect(await rejectionOf(checked(() => readFile(join(path, "x"))))).toBeInstanceOf(NotDirectoryError);
	});

	test("in a cancelled scope does nothing; cancelled on its way it closes the file", async () => {
		const path = fresh();
		fs.writeFileSync(path, Buffer.alloc(20_000_000));
		const before = process.platform === "linux" ? fs.readdirSync("/proc/self/fd").length : 0;
		for (const batches of [0, 1, 2, 3])
			await checked(() =>
				withCancelScope(function* (scope) {
					yield* withTaskGroup(function* (group) {
						group.spawn(function* () {
							yield* readFile(path);
							throw new Error("was not cancelled");
						});
						for (let batch = 0; batch < batches; batch++)
							yield* (function* () {
								yield* exists(path);
							})();
						scope.cancel();
					});
				}),
			);
		if (process.platform === "linux") expect(fs.readdirSync("/proc/self/fd").length).toBe(before);
	});

	test.each<[args: unknown[], message: string]>([
		[[""], 'the path is ""'],
		[[5], "the path is 5"],
		[["a\0b"], "the path is"],
		[[missing, "utf9"], 'the encoding is "utf9"'],
		[[missing, { signal: 1 }], 'unknown option "signal"'],
		[[missing, { limit: -1 }], "limit is -1"],
		[[new URL("http://localhost/")], "URL must be of scheme file"],
	])("%j is refused: %s", async (args, message) => {
		const error = await rejectionOf(run(() => (readFile as (...args: unknown[]) => PromiseLike<unknown>)(...args)));
		expect(error.message).toContain(message);
	});

	test("has a synchronous face", () => {
		const path = fresh();
		fs.writeFileSync(path, "text");
		expect(readFile.sync(path, "utf8")).toBe("text");
		expect(runSync(() => readFile(path))).toEqual(Uint8Array.from(Buffer.from("text")));
		expect(() => readFile.sync(missing)).toThrow(FileNotFoundError);
		expect(() => readFile.sync("/dev/zero", { limit: 10 })).toThrow(LimitExceededError);
	});
});

describe("writeFile and appendFile", () => {
	test("write text and bytes, in one go or behind what is there", async () => {
		const path = fresh();
		await checked(() => writeFile(path, "é", "latin1"));
		expect([...fs.readFileSync(path)]).toEqual([0xe9]);
		await checked(() => appendFile(path, Uint8Array.from([1, 2])));
		expect([...fs.readFileSync(path)]).toEqual([0xe9, 1, 2]);
		await checked(() => writeFile(path, "", { mode: 0o600, flush: true }));
		expect(fs.readFileSync(path).length).toBe(0);
		const large = Buffer.alloc(3_000_001, "xyz");
		await checked(() => writeFile(path, large));
		expect(fs.readFileSync(path).equals(large)).toBe(true);
	});

	test.runIf(hasFullDisk)("a full disk is a DiskFullError", async () => {
		for (const write of [writeFile, appendFile]) {
			const error = await rejectionOf<DiskFullError>(checked(() => write("/dev/full", "text")));
			expect(error).toBeInstanceOf(DiskFullError);
			expect(error).toMatchObject({ code: "ENOSPC", path: "/dev/full" });
			expect(error.message).toContain("the disk is full");
			expect(() => write.sync("/dev/full", "text")).toThrow(DiskFullError);
		}
	});

	test("have synchronous faces", () => {
		const path = fresh();
		writeFile.sync(path, "a");
		appendFile.sync(path, "b");
		expect(fs.readFileSync(path, "utf8")).toBe("ab");
		expect(() => writeFile.sync(join(missing, "x"), "a")).toThrow(FileNotFoundError);
	});

	test("refuse what is no text and no bytes", async () => {
		const error = await rejectionOf(run(() => writeFile(fresh(), { a: 1 } as never)));
		expect(error.message).toContain("the data is an object; pass a string or a Uint8Array");
	});
});

describe("writeFileAtomic", () => {
	const left = (path: string): string[] => fs.readdirSync(path);

	test("makes and replaces a file, and leaves nothing else", async () => {
		const place = fresh();
		fs.mkdirSync(place);
		const path = join(place, "state");
		await checked(() => writeFileAtomic(path, "one"));
		await checked(() => writeFileAtomic(path, "two"));
		writeFileAtomic.sync(path, "three");
		expect(fs.readFileSync(path, "utf8")).toBe("three");
		expect(left(place)).toEqual(["state"]);
	});

	test("keeps the permissions of what it replaces, unless others are given", async () => {
		const path = fresh();
		fs.writeFileSync(path, "old");
		fs.chmodSync(path, 0o640);
		await checked(() => writeFileAtomic(path, "new"));
		expect(fs.statSync(path).mode & 0o777).toBe(0o640);
		await checked(() => writeFileAtomic(path, "new", { mode: 0o600 }));
		expect(fs.statSync(path).mode & 0o777).toBe(0o600);
	});

	test.runIf(process.getuid?.() === 0)("keeps the owner, where it may", async () => {
		const path = fresh();
		fs.writeFileSync(path, "old");
		fs.chownSync(path, 1234, 1235);
		await checked(() => writeFileAtomic(path, "new"));
		expect(fs.statSync(path)).toMatchObject({ uid: 1234, gid: 1235 });
	});

	test("replaces what a symbolic link leads to, and keeps the link", async () => {
		const [target, link] = [fresh(), fresh()];
		fs.writeFileSync(target, "old");
		fs.symlinkSync(target, link);
		await checked(() => writeFileAtomic(link, "new"));
		expect(fs.readlinkSync(link)).toBe(target);
		expect(fs.readFileSync(target, "utf8")).toBe("new");
	});

	test("that fails leaves the old file, and nothing else", async () => {
		const place = fresh();
		fs.mkdirSync(join(place, "state"), { recursive: true });
		const error = await rejectionOf(checked(() => writeFileAtomic(join(place, "state"), "text")));
		expect(error).toBeInstanceOf(FileSystemError);
		expect(left(place)).toEqual(["state"]);
		expect(await rejectionOf(checked(() => writeFileAtomic(join(missing, "x"), "text")))).toBeInstanceOf(
			FileNotFoundError,
		);
	});

	test("cancelled at any moment leaves the old file or the new one, and nothing else", async () => {
		const place = fresh();
		fs.mkdirSync(place);
		const path = join(place, "state");
		fs.writeFileSync(path, "old");
		const seen = new Set<string>();
		for (let turns = 0; turns < 40; turns++) {
			await checked(() =>
				withCancelScope(function* (scope) {
					yield* withTaskGroup(function* (group) {
						group.spawn(() => writeFileAtomic(path, "new", { flush: false }));
						for (let turn = 0; turn < turns; turn++) yield* exists(path);
						scope.cancel();
					});
				}),
			);
			seen.add(fs.readFileSync(path, "utf8"));
			expect(left(place)).toEqual(["state"]);
			fs.writeFileSync(path, "old");
		}
		expect(seen).toEqual(new Set(["old", "new"]));
	});
});

describe("what is done to files and folders", () => {
	test("in the order of a day", async () => {
		const place = fresh();
		await checked(function* () {
			expect(yield* mkdir(join(place, "a/b"), { recursive: true })).toBe(place);
			expect(yield* mkdir(join(place, "a/b"), { recursive: true })).toBe(undefined);
			yield* writeFile(join(place, "a/b/file"), "text");
			expect((yield* stat(join(place, "a/b/file"))).size).toBe(4);
			yield* copyFile(join(place, "a/b/file"), join(place, "copy"));
			yield* rename(join(place, "copy"), join(place, "moved"));
			yield* chmod(join(place, "moved"), 0o400);
			yield* symlink("moved", join(place, "link"));
			expect(yield* readlink(join(place, "link"))).toBe("moved");
			expect((yield* lstat(join(place, "link"))).isSymbolicLink()).toBe(true);
			expect(yield* realpath(join(place, "link"))).toBe(fs.realpathSync(join(place, "moved")));
			expect((yield* readdir(place)).map(({ name }) => name)).toEqual(["a", "link", "moved"]);
			expect(yield* exists(join(place, "link"))).toBe(true);
			yield* unlink(join(place, "moved"));
			expect(yield* exists(join(place, "link"))).toBe(false);
			expect(yield* exists(join(place, "a/b/file/x"))).toBe(false);
			yield* rm(place, { recursive: true });
			yield* rm(place, { force: true });
		});
		expect(fs.existsSync(place)).toBe(false);
	});

	test("refusals are named errors", async () => {
		const place = fresh();
		fs.mkdirSync(place);
		fs.writeFileSync(join(place, "file"), "");
		const thrownBy = (call: () => PromiseLike<unknown>): Promise<Error> => rejectionOf(checked(call));
		expect(await thrownBy(() => mkdir(place))).toBeInstanceOf(FileExistsError);
		expect(await thrownBy(() => rm(place))).toBeInstanceOf(IsDirectoryError);
		expect(await thrownBy(() => rm(missing))).toBeInstanceOf(FileNotFoundError);
		expect(await thrownBy(() => readdir(join(place, "file")))).toBeInstanceOf(NotDirectoryError);
		const copied = await thrownBy(() => copyFile(join(place, "file"), join(place, "file"), { overwrite: false }));
		expect(copied).toBeInstanceOf(FileExistsError);
		expect(copied).toMatchObject({ destination: join(place, "file") });
		const moved = await thrownBy(() => rename(join(place, "file"), join(missing, "x")));
		expect(moved).toMatchObject({ name: "FileNotFoundError", destination: join(missing, "x") });
		fs.mkdirSync(join(place, "empty"));
		fs.mkdirSync(join(place, "full/x"), { recursive: true });
		expect(await thrownBy(() => rename(join(place, "empty"), join(place, "full")))).toBeInstanceOf(
			DirectoryNotEmptyError,
		);
		expect(await thrownBy(() => readlink(join(place, "file")))).toMatchObject({
			name: "FileSystemError",
			code: "EINVAL",
		});
	});

	test("have synchronous faces", () => {
		const place = fresh();
		mkdir.sync(place);
		expect(exists.sync(join(place, "x"))).toBe(false);
		symlink.sync("x", join(place, "link"));
		expect(readdir.sync(place).map(({ name }) => name)).toEqual(["link"]);
		rm.sync(place, { recursive: true });
		expect(() => stat.sync(place)).toThrow(FileNotFoundError);
	});
});
