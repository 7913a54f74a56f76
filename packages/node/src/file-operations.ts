import * as fs from "node:fs";
import { type Coroutine, type CoroutineFunction, coroutine } from "holdfast";
import { checkOptions } from "./check-options.ts";
import { checkPath, type FilePath } from "./check-path.ts";
import { FileNotFoundError, NotDirectoryError } from "./file-errors.ts";
import { type HostCall, hostCall } from "./host-call.ts";

type Answer<T> = (error: unknown, value?: T) => void;

/** A call that reads and changes nothing. */
function reading<T>(name: string, path: string, start: (done: Answer<T>) => void, sync: () => T): Coroutine<T> {
	return hostCall<T>({ operation: name, path, start, sync });
}

/** A call that changes something, which is waited for once it has begun. */
function changing<T>(name: string, path: string, start: (done: Answer<T>) => void, sync: () => T): Coroutine<T> {
	return hostCall<T>({ operation: name, path, start, sync, changes: true } satisfies HostCall<T>);
}

/**
 * What a path is: size, times, permissions; of what it leads to, if it is a symbolic link.
 *
 * Cancelled: throws `Cancelled`; the answer is dropped.
 * @throws FileNotFoundError, PermissionError and their like
 * @example
 * const { size } = await stat("data.bin");
 */
export const stat: CoroutineFunction<[path: FilePath], fs.Stats> = /* @__PURE__ */ coroutine(function* stat(
	path: FilePath,
) {
	const at = checkPath("stat", path);
	return yield* reading<fs.Stats>(
		"stat",
		at,
		(done) => fs.stat(at, done),
		() => fs.statSync(at),
	);
});

/**
 * `stat` of the path itself, also if it is a symbolic link.
 *
 * Cancelled: throws `Cancelled`; the answer is dropped.
 * @example
 * const isLink = (await lstat("current")).isSymbolicLink();
 */
export const lstat: CoroutineFunction<[path: FilePath], fs.Stats> = /* @__PURE__ */ coroutine(function* lstat(
	path: FilePath,
) {
	const at = checkPath("lstat", path);
	return yield* reading<fs.Stats>(
		"lstat",
		at,
		(done) => fs.lstat(at, done),
		() => fs.lstatSync(at),
	);
});

/**
 * Whether there is anything at the path, and, for a symbolic link, where it leads. Whatever you do next may find it changed:
 * to open a file only if it is there, open it and catch `FileNotFoundError`.
 *
 * Cancelled: throws `Cancelled`.
 * @throws PermissionError if it cannot be known
 * @example
 * if (!(await exists("cache"))) await mkdir("cache", { recursive: true });
 */
export const exists: CoroutineFunction<[path: FilePath], boolean> = /* @__PURE__ */ coroutine(function* exists(
	path: FilePath,
) {
	try {
		yield* stat(path);
		return true;
	} catch (error) {
		if (error instanceof FileNotFoundError || error instanceof NotDirectoryError) return false;
		throw error;
	}
});

/**
 * What is in a folder, sorted by name. The kinds are there already, so that no `stat` is needed: `entry.isDirectory()`.
 * For a whole tree see `walk`.
 *
 * Cancelled: throws `Cancelled`; the answer is dropped.
 * @throws FileNotFoundError, NotDirectoryError, PermissionError and their like
 * @example
 * for (const entry of await readdir("src")) if (entry.isFile()) console.log(entry.name);
 */
export const readdir: CoroutineFunction<[path: FilePath], fs.Dirent[]> = /* @__PURE__ */ coroutine(function* readdir(
	path: FilePath,
) {
	const at = checkPath("readdir", path);
	const entries = yield* reading<fs.Dirent[]>(
		"readdir",
		at,
		(done) => fs.readdir(at, { withFileTypes: true }, done),
		() => fs.readdirSync(at, { withFileTypes: true }),
	);
	return entries.sort(byName);
});

/** By the code units of the name: the same order on every machine. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
	return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Options of `mkdir`. */
export interface MkdirOptions {
	/** Makes the folders above it too, and is content if it is there already (default `false`). */
	recursive?: boolean;
	/** Permissions, less the process's umask (default `0o777`). */
	mode?: number;
}

/**
 * Makes a folder. Gives the first one that was made, or `undefined` if there was nothing to do.
 *
 * Cancelled: once begun it is waited for, as cleanup; then throws `Cancelled`.
 * @throws FileExistsError unless `recursive`
 * @example
 * await mkdir("build/pages", { recursive: true });
 */
export const mkdir: CoroutineFunction<[path: FilePath, options?: MkdirOptions], string | undefined> =
	/* @__PURE__ */ coroutine(function* mkdir(
		path: FilePath,
		options?: MkdirOptions,
	): Generator<never, string | undefined, unknown> {
		const at = checkPath("mkdir", path);
		if (options !== undefined) checkOptions("mkdir", options, ["recursive", "mode"]);
		const { recursive = false, mode = 0o777 } = options ?? {};
		const made = yield* changing<string | undefined>(
			"mkdir",
			at,
			(done) => fs.mkdir(at, { recursive, mode }, done),
			() => fs.mkdirSync(at, { recursive, mode }),
		);
		return recursive ? made : at;
	});

/** Options of `rm`. */
export interface RmOptions {
	/** Removes folders with all that is in them (default `false`). */
	recursive?: boolean;
	/** Is content if there is nothing (default `false`). */
	force?: boolean;
	/** How often a file that is in use is tried again, 100 ms later each time (default 0; what Windows needs). */
	maxRetries?: number;
}

/**
 * Removes a file, or, with `recursive`, a folder. Symbolic links are removed themselves; nothing is followed.
 *
 * Cancelled: once begun it is waited for, as cleanup; then throws `Cancelled`.
 * @throws FileNotFoundError unless `force`; IsDirectoryError for a folder without `recursive`
 * @example
 * await rm("build", { recursive: true, force: true });
 */
export const rm: CoroutineFunction<[path: FilePath, options?: RmOptions], void> = /* @__PURE__ */ coroutine(
	function* rm(path: FilePath, options?: RmOptions): Generator<never, void, unknown> {
		const at = checkPath("rm", path);
		if (options !== undefined) checkOptions("rm", options, ["recursive", "force", "maxRetries"]);
		const { recursive = false, force = false, maxRetries = 0 } = options ?? {};
		const flags = { recursive, force, maxRetries };
		yield* changing<void>(
			"rm",
			at,
			(done) => fs.rm(at, flags, done),
			() => fs.rmSync(at, flags),
		);
	},
);

/**
 * Removes a name of a file, or a symbolic link.
 *
 * Cancelled: once begun it is waited for, as cleanup; then throws `Cancelled`.
 * @throws FileNotFoundError, PermissionError and their like
 * @example
 * await unlink("server.pid");
 */
export const unlink: CoroutineFunction<[path: FilePath], void> = /* @__PURE__ */ coroutine(function* unlink(
	path: FilePath,
): Generator<never, void, unknown> {
	const at = checkPath("unlink", path);
	yield* changing<void>(
		"unlink",
		at,
		(done) => fs.unlink(at, done),
		() => fs.unlinkSync(at),
	);
});

/**
 * Gives a file or folder another name, in one step. A file of that name is replaced.
 *
 * Cancelled: once begun it is waited for, as cleanup; then throws `Cancelled`.
 * @throws FileSystemError with the code EXDEV if the new name is on another file system
 * @example
 * await rename("report.new", "report");
 */
export const rename: CoroutineFunction<[from: FilePath, to: FilePath], void> = /* @__PURE__ */ coroutine(
	function* rename(from: FilePath, to: FilePath): Generator<never, void, unknown> {
		const source = checkPath("rename", from);
		const target = checkPath("rename", to);
		yield* changing<void>(
			"rename",
			source,
			(done) => fs.rename(source, target, done),
			() => fs.renameSync(source, target),
		);
	},
);

/** Options of `copyFile`. */
export interface CopyFileOptions {
	/** Replaces a file that is there (default `true`). */
	overwrite?: boolean;
}

/**
 * Copies a file, with its permissions.
 *
 * Cancelled: once begun it is waited for, as cleanup; then throws `Cancelled`.
 * @throws FileNotFoundError; FileExistsError with `overwrite: false`; DiskFullError, and then what was written is not whole
 * @example
 * await copyFile("config.default.json", "config.json", { overwrite: false });
 */
export const copyFile: CoroutineFunction<[from: FilePath, to: FilePath, options?: CopyFileOptions], void> =
	/* @__PURE__ */ coroutine(function* copyFile(
		from: FilePath,
		to: FilePath,
		options?: CopyFileOptions,
	): Generator<never, void, unknown> {
		const source = checkPath("copyFile", from);
		const target = checkPath("copyFile", to);
		if (options !== undefined) checkOptions("copyFile", options, ["overwrite"]);
		const mode = options?.overwrite === false ? fs.constants.COPYFILE_EXCL : 0;
		yield* changing<void>(
			"copyFile",
			source,
			(done) => fs.copyFile(source, target, mode, done),
			() => fs.copyFileSync(source, target, mode),
		);
	});

/**
 * Makes a symbolic link at `path` that leads to `target`, which need not be there.
 *
 * Cancelled: once begun it is waited for, as cleanup; then throws `Cancelled`.
 * @throws FileExistsError if there is something at `path`
 * @example
 * await symlink("releases/42", "current");
 */
export const symlink: CoroutineFunction<[target: FilePath, path: FilePath], void> = /* @__PURE__ */ coroutine(
	function* symlink(target: FilePath, path: FilePath): Generator<never, void, unknown> {
		const to = checkPath("symlink", target);
		const at = checkPath("symlink", path);
		yield* changing<void>(
			"symlink",
			at,
			(done) => fs.symlink(to, at, done),
			() => fs.symlinkSync(to, at),
		);
	},
);

/**
 * Where a symbolic link leads, as it is written there.
 *
 * Cancelled: throws `Cancelled`; the answer is dropped.
 * @throws FileSystemError with the code EINVAL if it is no symbolic link
 * @example
 * const release = await readlink("current");
 */
export const readlink: CoroutineFunction<[path: FilePath], string> = /* @__PURE__ */ coroutine(function* readlink(
	path: FilePath,
) {
	const at = checkPath("readlink", path);
	return yield* reading<string>(
		"readlink",
		at,
		(done) => fs.readlink(at, done),
		() => fs.readlinkSync(at),
	);
});

/**
 * The absolute path without `.`, `..` and symbolic links.
 *
 * Cancelled: throws `Cancelled`; the answer is dropped.
 * @throws FileNotFoundError; FileSystemError with the code ELOOP if links lead in a circle
 * @example
 * const root = await realpath(".");
 */
export const realpath: CoroutineFunction<[path: FilePath], string> = /* @__PURE__ */ coroutine(function* realpath(
	path: FilePath,
) {
	const at = checkPath("realpath", path);
	return yield* reading<string>(
		"realpath",
		at,
		(done) => fs.realpath(at, done),
		() => fs.realpathSync(at),
	);
});

/**
 * Sets the permissions of a file or folder.
 *
 * Cancelled: once begun it is waited for, as cleanup; then throws `Cancelled`.
 * @example
 * await chmod("deploy.sh", 0o755);
 */
export const chmod: CoroutineFunction<[path: FilePath, mode: number], void> = /* @__PURE__ */ coroutine(function* chmod(
	path: FilePath,
	mode: number,
): Generator<never, void, unknown> {
	const at = checkPath("chmod", path);
	yield* changing<void>(
		"chmod",
		at,
		(done) => fs.chmod(at, mode, done),
		() => fs.chmodSync(at, mode),
	);
});
