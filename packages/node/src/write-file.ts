import { type CoroutineFunction, cleanup, coroutine } from "holdfast";
import { checkOptions, checkSwitch } from "./check-options.ts";
import { checkPath, type FilePath } from "./check-path.ts";
import { flushDescriptor, openDescriptor, writeFully } from "./descriptor.ts";
import { checkEncoding, toBytes } from "./text.ts";

/** Options of `writeFile` and `appendFile`. */
export interface WriteFileOptions {
	/** Of a string (default `"utf8"`). */
	encoding?: BufferEncoding;
	/** Permissions of a file that is made, less the process's umask (default `0o666`). */
	mode?: number;
	/** Returns when it is on the disk, and survives a loss of power (default `false`). */
	flush?: boolean;
}

/** The arguments of `writeFile` and its like. */
export type WriteFileArguments = [
	path: FilePath,
	data: string | Uint8Array,
	options?: BufferEncoding | WriteFileOptions,
];

/**
 * Writes a whole file; one that is there is replaced. Whoever reads meanwhile, or after a failure in the middle, finds a part of
 * it: for what must be whole use `writeFileAtomic`.
 *
 * Cancelled: stops after the part that the system is writing; the file may hold a part of the data.
 * @throws DiskFullError, PermissionError, IsDirectoryError, FileNotFoundError (no such folder) and their like
 * @example
 * await writeFile("report.txt", text);
 */
export const writeFile: CoroutineFunction<WriteFileArguments, void> = /* @__PURE__ */ coroutine(function* writeFile(
	path: FilePath,
	data: string | Uint8Array,
	options?: BufferEncoding | WriteFileOptions,
): Generator<never, void, unknown> {
	yield* writeWhole("writeFile", "w", path, data, options);
});

/**
 * Writes at the end of a file, which is made if it is not there. Several programs may append at once: what is written in one
 * call, up to 1 MiB, stays together on local file systems.
 *
 * Cancelled: stops after the part that the system is writing.
 * @throws DiskFullError, PermissionError, IsDirectoryError, FileNotFoundError (no such folder) and their like
 * @example
 * await appendFile("audit.log", `${new Date().toISOString()} ${line}\n`);
 */
export const appendFile: CoroutineFunction<WriteFileArguments, void> = /* @__PURE__ */ coroutine(function* appendFile(
	path: FilePath,
	data: string | Uint8Array,
	options?: BufferEncoding | WriteFileOptions,
): Generator<never, void, unknown> {
	yield* writeWhole("appendFile", "a", path, data, options);
});

function* writeWhole(
	what: string,
	flags: string,
	path: FilePath,
	data: string | Uint8Array,
	options: BufferEncoding | WriteFileOptions | undefined,
): Generator<never, void, unknown> {
	const at = checkPath(what, path);
	const { encoding, mode = 0o666, flush = false } = checkWriteOptions(what, options);
	const bytes = toBytes(`${what}: the data`, data, encoding);
	const descriptor = yield* openDescriptor(what, at, flags, mode);
	try {
		yield* writeFully(descriptor, what, bytes, null);
		if (flush) yield* flushDescriptor(descriptor, what);
	} finally {
		yield* cleanup(() => descriptor.close());
	}
}

const WRITE_OPTIONS = ["encoding", "mode", "flush"];

/** @throws TypeError for what cannot be meant */
export function checkWriteOptions(
	what: string,
	options: BufferEncoding | WriteFileOptions = {},
	known: readonly string[] = WRITE_OPTIONS,
): WriteFileOptions {
	const given = typeof options === "string" ? { encoding: options } : options;
	checkOptions(what, given, known);
	checkSwitch(`${what}: flush`, given.flush);
	if (given.encoding !== undefined) {
		checkEncoding(what, given.encoding);
		if ((given.encoding as string) === "buffer")
			throw new TypeError(`${what}: the encoding "buffer" is for reading; leave it out for bytes.`);
	}
	return given;
}
