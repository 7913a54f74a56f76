import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cancelled, type Coroutine, type Resource, resource } from "holdfast";
import { checkOptions } from "./check-options.ts";
import { checkPath, type FilePath } from "./check-path.ts";
import { describe } from "./describe.ts";
import { openDescriptor } from "./descriptor.ts";
import { FileNotFoundError } from "./file-errors.ts";
import { rm, unlink } from "./file-operations.ts";
import { hostCall } from "./host-call.ts";
import { OpenFile } from "./open-file.ts";

/** Options of `temporaryDirectory` and `temporaryFile`. */
export interface TemporaryOptions {
	/** How the name begins (default `"holdfast-"`). */
	prefix?: string;
	/** The folder in which it is made (default: the system's folder for such things). */
	parent?: FilePath;
}

/** Options of `temporaryFile`. */
export interface TemporaryFileOptions extends TemporaryOptions {
	/** How the name ends, such as `".png"` (default: nothing). */
	suffix?: string;
}

/**
 * Makes a folder that nobody else may enter, gives its path, and removes it with all that is in it at the end of the owner, or of
 * `temporaryDirectory().with(body)`.
 *
 * Cancelled while it is made: it is removed. Removing runs as cleanup. A process that is killed leaves it behind.
 * @throws PermissionError, DiskFullError, FileNotFoundError (no such parent) and their like
 * @example
 * await temporaryDirectory().with(async (directory) => {
 *   await exec("tar", ["-xf", archive, "-C", directory]);
 * });
 */
export function temporaryDirectory(options: TemporaryOptions = {}): Resource<string> {
	const start = placeOf("temporaryDirectory", options, ["prefix", "parent"]);
	return resource(
		() =>
			hostCall<string>({
				operation: "temporaryDirectory",
				path: start,
				changes: true,
				start: (done) => fs.mkdtemp(start, done),
				sync: () => fs.mkdtempSync(start),
				late: (path) => fs.rmdir(path, () => {}),
			}),
		(path) => removal(rm(path, REMOVE), () => fs.rm(path, REMOVE, () => {})),
	);
}

/**
 * Makes and opens an empty file that nobody else may read, to read and write, and closes and removes it at the end of the
 * owner, or of `temporaryFile().with(body)`. `file.path` is its path. It may be moved away meanwhile, to be kept.
 *
 * Cancelled while it is made: it is removed. A process that is killed leaves it behind.
 * @throws PermissionError, DiskFullError, FileNotFoundError (no such parent) and their like
 * @example
 * const file = await temporaryFile({ suffix: ".csv" });
 * await file.write(rows);
 * await exec("import", [file.path]);
 */
export function temporaryFile(options: TemporaryFileOptions = {}): Resource<OpenFile> {
	const start = placeOf("temporaryFile", options, ["prefix", "parent", "suffix"]);
	const { suffix = "" } = options;
	checkName("temporaryFile: suffix", suffix);
	return resource(
		function* (): Generator<never, OpenFile, unknown> {
			const path = `${start}${crypto.randomUUID().slice(-12)}${suffix}`;
			const descriptor = yield* openDescriptor("temporaryFile", path, "wx+", 0o600, true, () =>
				fs.unlink(path, () => {}),
			);
			return new OpenFile(descriptor, false);
		},
		function* (file: OpenFile): Generator<never, void, unknown> {
			try {
				yield* file.close();
			} finally {
				yield* removal(unlink(file.path), () => fs.unlink(file.path, () => {}));
			}
		},
	);
}

const REMOVE = { recursive: true, force: true, maxRetries: 5 };

/** Removes something, if it is there. Where the grace is over, and no wait is allowed, it is removed without one. */
function* removal(wait: Coroutine<void>, force: () => void): Generator<never, void, unknown> {
	try {
		yield* wait;
	} catch (error) {
		if (error instanceof FileNotFoundError) return;
		if (error instanceof Cancelled) force();
		throw error;
	}
}

function placeOf(what: string, options: TemporaryOptions, known: readonly string[]): string {
	checkOptions(what, options, known);
	const { prefix = "holdfast-", parent = tmpdir() } = options;
	checkName(`${what}: prefix`, prefix);
	return join(checkPath(what, parent), prefix);
}

function checkName(what: string, name: unknown): void {
	if (typeof name !== "string" || /[/\\\0]/.test(name))
		throw new TypeError(`${what} is ${describe(name)}; it is a part of a name, without slashes.`);
}
