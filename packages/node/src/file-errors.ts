import { BrokenResourceError, HoldfastError } from "holdfast";

/** What `fs` of the host throws. */
interface HostError extends Error {
	readonly code?: string;
	readonly path?: string;
	readonly dest?: string;
}

/**
 * The file system has refused something. `code` is the host's own (`"ENOENT"`), `path` what it was about, and `cause` the host's
 * error. What happens often has a class of its own below; the names are those of Python's `OSError` family (PEP 3151).
 */
export class FileSystemError extends HoldfastError {
	override readonly name: string = "FileSystemError";
	/** The host's code, such as `"ENOENT"`. */
	readonly code: string;
	/** The file or folder; `undefined` if the host does not say. */
	readonly path: string | undefined;
	/** The second path of `rename`, `copyFile` and `symlink`. */
	readonly destination: string | undefined;
	/** What was called, such as `"readFile"`. */
	readonly operation: string;

	/** The code of an error that did not come from the host. */
	protected static readonly usualCode: string = "HOLDFAST_FILE_SYSTEM";

	constructor(message: string, operation: string = "", path?: string, cause?: HostError) {
		super(message, cause === undefined ? undefined : { cause });
		this.code = cause?.code ?? new.target.usualCode;
		this.path = path;
		this.destination = cause?.dest;
		this.operation = operation;
	}
}

/** There is no such file or folder (ENOENT). */
export class FileNotFoundError extends FileSystemError {
	override readonly name: string = "FileNotFoundError";
	protected static override readonly usualCode: string = "ENOENT";
}

/** There is one already (EEXIST). */
export class FileExistsError extends FileSystemError {
	override readonly name: string = "FileExistsError";
	protected static override readonly usualCode: string = "EEXIST";
}

/** This program may not do that (EACCES, EPERM), or nobody may here (EROFS). */
export class PermissionError extends FileSystemError {
	override readonly name: string = "PermissionError";
	protected static override readonly usualCode: string = "EACCES";
}

/** A folder, where a file was expected (EISDIR). */
export class IsDirectoryError extends FileSystemError {
	override readonly name: string = "IsDirectoryError";
	protected static override readonly usualCode: string = "EISDIR";
}

/** A part of the path is no folder (ENOTDIR). */
export class NotDirectoryError extends FileSystemError {
	override readonly name: string = "NotDirectoryError";
	protected static override readonly usualCode: string = "ENOTDIR";
}

/** The folder is not empty (ENOTEMPTY). */
export class DirectoryNotEmptyError extends FileSystemError {
	override readonly name: string = "DirectoryNotEmptyError";
	protected static override readonly usualCode: string = "ENOTEMPTY";
}

/** The disk is full, or the quota used up (ENOSPC, EDQUOT). What was being written is not whole. */
export class DiskFullError extends FileSystemError {
	override readonly name: string = "DiskFullError";
	protected static override readonly usualCode: string = "ENOSPC";
}

/** Too many files are open, in this process or in all (EMFILE, ENFILE). */
export class TooManyOpenFilesError extends FileSystemError {
	override readonly name: string = "TooManyOpenFilesError";
	protected static override readonly usualCode: string = "EMFILE";
}

type Kind = readonly [
	kind: new (message: string, operation: string, path?: string, cause?: HostError) => FileSystemError,
	what: string,
];

const PERMISSION: Kind = [PermissionError, "may not be used so"];
const IS_DIRECTORY: Kind = [IsDirectoryError, "is a folder"];
const TOO_MANY: Kind = [
	TooManyOpenFilesError,
	"could not be opened: too many files are open; close some, or open fewer at once",
];

const KINDS: Readonly<Record<string, Kind>> = {
	ENOENT: [FileNotFoundError, "does not exist"],
	EEXIST: [FileExistsError, "exists already"],
	EACCES: PERMISSION,
	EPERM: PERMISSION,
	EROFS: [PermissionError, "may not be changed: its file system is read-only"],
	EISDIR: IS_DIRECTORY,
	// What `fs.rm` says itself.
	ERR_FS_EISDIR: IS_DIRECTORY,
	ENOTDIR: [NotDirectoryError, "leads through, or is, something that is no folder"],
	ENOTEMPTY: [DirectoryNotEmptyError, "is a folder that is not empty"],
	ENOSPC: [DiskFullError, "could not be written: the disk is full"],
	EDQUOT: [DiskFullError, "could not be written: the quota is used up"],
	EMFILE: TOO_MANY,
	ENFILE: TOO_MANY,
};

/** The host's error in our words; anything that is none of the system is left as it is. */
export function fileError(error: unknown, operation: string, path?: string): unknown {
	if (!(error instanceof Error) || error instanceof HoldfastError) return error;
	const cause = error as HostError;
	const { code } = cause;
	// Errors of the host's own checks (ERR_INVALID_ARG_TYPE) say what is wrong themselves.
	if (code === undefined || !(code in KINDS || /^E[A-Z0-9]+$/.test(code))) return error;
	const at = cause.path ?? path;
	// What is written to may be a pipe.
	if (code === "EPIPE")
		return new BrokenResourceError(
			`${operation}: ${at === undefined ? "the pipe" : JSON.stringify(at)} is read by nobody any more (EPIPE).`,
			{ cause },
		);
	const [kind, what] = KINDS[code] ?? [FileSystemError, `failed: ${cause.message}`];
	const place = at === undefined ? "the file" : JSON.stringify(at);
	const to = cause.dest === undefined ? "" : ` (to ${JSON.stringify(cause.dest)})`;
	return new kind(`${operation}: ${place}${to} ${what} (${code}).`, operation, at, cause);
}
