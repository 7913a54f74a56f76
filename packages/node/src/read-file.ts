import * as fs from "node:fs";
import { type Coroutine, cleanup, coroutine } from "holdfast";
import { checkCount, checkOptions } from "./check-options.ts";
import { checkPath, type FilePath } from "./check-path.ts";
import { describe } from "./describe.ts";
import { type Descriptor, openDescriptor } from "./descriptor.ts";
import { LimitExceededError } from "./errors.ts";
import { checkEncoding, decode, type TextEncoding } from "./text.ts";

/** Options of `readFile`. */
export interface ReadFileOptions {
	/** Gives a string: `"utf8"` or another encoding (default `"buffer"`: bytes). */
	encoding?: TextEncoding;
	/** How many bytes the file may have (default 512 MiB). */
	limit?: number;
}

/** `readFile` with its results, and its synchronous face. */
export interface ReadFile {
	(path: FilePath, encoding: BufferEncoding): Coroutine<string>;
	(path: FilePath, options: ReadFileOptions & { readonly encoding: BufferEncoding }): Coroutine<string>;
	(path: FilePath, options?: "buffer" | (ReadFileOptions & { readonly encoding?: "buffer" })): Coroutine<Uint8Array>;
	/** The same, holding up the thread. */
	readonly sync: {
		(path: FilePath, encoding: BufferEncoding): string;
		(path: FilePath, options: ReadFileOptions & { readonly encoding: BufferEncoding }): string;
		(path: FilePath, options?: "buffer" | (ReadFileOptions & { readonly encoding?: "buffer" })): Uint8Array;
	};
}

const LIMIT = 512 * 2 ** 20;
const CHUNK = 512 * 1024;
/** For what does not know its size, such as the files in /proc. */
const SMALL_CHUNK = 16 * 1024;

/**
 * Reads a whole file: as a string with an encoding, else as bytes.
 *
 * Cancelled: stops after the part that the system is reading, and closes the file.
 * @throws FileNotFoundError, PermissionError, IsDirectoryError and their like
 * @throws LimitExceededError if it has more than `limit` bytes
 * @throws InvalidTextError if it is to be UTF-8 and is not
 * @example
 * const config = JSON.parse(await readFile("config.json", "utf8"));
 */
export const readFile: ReadFile = /* @__PURE__ */ coroutine(function* readFile(
	path: FilePath,
	options?: BufferEncoding | "buffer" | ReadFileOptions,
): Generator<never, string | Uint8Array, unknown> {
	const at = checkPath("readFile", path);
	const given = typeof options === "string" ? { encoding: options } : (options ?? {});
	checkOptions("readFile", given, ["encoding", "limit"]);
	const { encoding = "buffer", limit = LIMIT } = given;
	checkEncoding("readFile", encoding);
	checkCount("readFile: limit", limit, 0);
	const descriptor = yield* openDescriptor("readFile", at, "r", 0o666);
	try {
		return decode(`readFile: ${describe(at)}`, yield* readWhole(descriptor, limit), encoding);
	} finally {
		yield* cleanup(() => descriptor.close());
	}
}) as unknown as ReadFile;

function* readWhole(descriptor: Descriptor, limit: number): Generator<never, Uint8Array, unknown> {
	const expected = descriptor.isRegular ? descriptor.size : 0;
	if (expected > limit) throw tooLarge(descriptor, limit);
	const chunks: Buffer[] = [];
	let size = 0;
	for (;;) {
		const length = expected > size ? Math.min(CHUNK, expected - size) : SMALL_CHUNK;
		const chunk = Buffer.allocUnsafeSlow(length);
		const count = yield* descriptor.call<number>({
			operation: "readFile",
			start: (number, done) => fs.read(number, chunk, 0, length, null, done),
			sync: (number) => fs.readSync(number, chunk, 0, length, null),
		});
		if (count === 0) break;
		size += count;
		if (size > limit) throw tooLarge(descriptor, limit);
		chunks.push(count === length ? chunk : chunk.subarray(0, count));
		if (size === expected) break;
	}
	return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
}

function tooLarge({ path }: Descriptor, limit: number): LimitExceededError {
	return new LimitExceededError(
		`readFile: ${describe(path)} has more than ${limit} bytes: raise the limit, or read it in parts with open().`,
		limit,
	);
}
