import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { type CoroutineFunction, cleanup, coroutine } from "holdfast";
import { checkPath, type FilePath } from "./check-path.ts";
import { type Descriptor, flushDescriptor, openDescriptor, writeFully } from "./descriptor.ts";
import { FileNotFoundError, FileSystemError, PermissionError } from "./file-errors.ts";
import { realpath, rename, stat, unlink } from "./file-operations.ts";
import { toBytes } from "./text.ts";
import { checkWriteOptions, type WriteFileArguments, type WriteFileOptions } from "./write-file.ts";

/**
 * Writes a whole file so that everybody finds either the old one or the new one, never a part, also after a loss of power: it
 * writes a file beside it (`.name.….tmp`), has the disk take it, and gives it the name in one step. Permissions and owner of a file
 * that is replaced are kept; if the path is a symbolic link, what it leads to is replaced.
 *
 * Cancelled before the last step, or failed: the old file is there untouched, and nothing else is left. Once the last step has
 * begun it is waited for. (A process that is killed may leave the file beside it behind.)
 * @throws DiskFullError, PermissionError, FileNotFoundError (no such folder) and their like
 * @example
 * await writeFileAtomic("state.json", JSON.stringify(state));
 */
export const writeFileAtomic: CoroutineFunction<WriteFileArguments, void> = /* @__PURE__ */ coroutine(
	function* writeFileAtomic(
		path: FilePath,
		data: string | Uint8Array,
		options?: BufferEncoding | WriteFileOptions,
	): Generator<never, void, unknown> {
		const what = "writeFileAtomic";
		const given = checkPath(what, path);
		const { encoding, mode, flush = true } = checkWriteOptions(what, options);
		const bytes = toBytes(`${what}: the data`, data, encoding);
		const target = yield* followed(given);
		const old = yield* oldFile(target);
		const beside = join(dirname(target), `.${basename(target)}.${crypto.randomUUID().slice(-12)}.tmp`);
		try {
			const descriptor = yield* openDescriptor(what, beside, "wx", mode ?? 0o666, true);
			try {
				yield* writeFully(descriptor, what, bytes, null);
				if (old !== undefined) yield* takeOver(descriptor, what, old, mode);
				if (flush) yield* flushDescriptor(descriptor, what);
			} finally {
				yield* cleanup(() => descriptor.close());
			}
			yield* rename(beside, target);
		} catch (error) {
			yield* cleanup(() => removed(beside));
			throw error;
		}
		if (flush) yield* flushFolder(dirname(target));
	},
);

/** Where a path leads, if there is something. */
function* followed(path: string): Generator<never, string, unknown> {
	try {
		return yield* realpath(path);
	} catch (error) {
		if (error instanceof FileNotFoundError) return path;
		throw error;
	}
}

function* oldFile(path: string): Generator<never, fs.Stats | undefined, unknown> {
	try {
		return yield* stat(path);
	} catch (error) {
		if (error instanceof FileNotFoundError) return undefined;
		throw error;
	}
}

/** Gives the new file the permissions and the owner of the old one. */
function* takeOver(
	descriptor: Descriptor,
	operation: string,
	old: fs.Stats,
	mode: number = old.mode & 0o7777,
): Generator<never, void, unknown> {
	const { uid, gid } = old;
	const own = process.getuid?.() === uid && process.getgid?.() === gid;
	if (process.getuid !== undefined && !own)
		try {
			yield* descriptor.call<void>({
				operation,
				changes: true,
				start: (number, done) => fs.fchown(number, uid, gid, done),
				sync: (number) => fs.fchownSync(number, uid, gid),
			});
		} catch (error) {
			// Only root gives files away; to others it is theirs now, as with any program that replaces a file.
			if (!(error instanceof PermissionError)) throw error;
		}
	// After the owner, whose change takes the set-user-id bit away.
	yield* descriptor.call<void>({
		operation,
		changes: true,
		start: (number, done) => fs.fchmod(number, mode, done),
		sync: (number) => fs.fchmodSync(number, mode),
	});
}

/** The new name is in the folder, which is written to the disk by itself. Not every system can do that. */
function* flushFolder(path: string): Generator<never, void, unknown> {
	if (process.platform === "win32") return;
	const descriptor = yield* openDescriptor("writeFileAtomic", path, "r", 0);
	try {
		yield* flushDescriptor(descriptor, "writeFileAtomic");
	} catch (error) {
		if (!(error instanceof FileSystemError && (error.code === "EINVAL" || error.code === "ENOTSUP"))) throw error;
	} finally {
		yield* cleanup(() => descriptor.close());
	}
}

function* removed(path: string): Generator<never, void, unknown> {
	try {
		yield* unlink(path);
	} catch (error) {
		if (!(error instanceof FileNotFoundError)) throw error;
	}
}
