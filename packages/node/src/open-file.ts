import * as fs from "node:fs";
import {
	BusyResourceError,
	Cancelled,
	type Coroutine,
	coroutine,
	MisuseError,
	type Resource,
	resource,
	suspend,
} from "holdfast";
import { BufferedReader, closedError, throwIfCancelled } from "./buffered-reader.ts";
import type { SendStream } from "./byte-stream.ts";
import { checkCount, checkOptions } from "./check-options.ts";
import { checkPath, type FilePath } from "./check-path.ts";
import { describe } from "./describe.ts";
import { type Descriptor, flushDescriptor, openDescriptor, writeFully } from "./descriptor.ts";
import { fileError } from "./file-errors.ts";
import { toBytes } from "./text.ts";

/**
 * How a file is opened: `"r"` to read, `"w"` to write from nothing, `"a"` to append; with `+` for both directions, with `x` only
 * if it is not there yet. `"r+"` reads and writes a file that is there. The host's other flags work as well.
 */
export type FileFlags = "r" | "r+" | "w" | "w+" | "wx" | "wx+" | "a" | "a+" | "ax" | "ax+" | (string & {});

/** Options of `open`. */
export interface OpenOptions {
	/** Permissions of a file that is made, less the process's umask (default `0o666`). */
	mode?: number;
}

const CHUNK = 65_536;

/**
 * Opens a file, until the end of the owner, or for `open(…).with(body)`.
 *
 * Cancelled: throws `Cancelled`; a file that the system has opened all the same is closed as soon as it is there.
 * @throws FileNotFoundError, PermissionError, IsDirectoryError and their like
 * @example
 * const log = await open("access.log");
 * for await (const line of log.lines()) count(line);
 */
export function open(path: FilePath, flags: FileFlags = "r", options: OpenOptions = {}): Resource<OpenFile> {
	const at = checkPath("open", path);
	if (typeof flags !== "string")
		throw new TypeError(`open: the flags are ${describe(flags)}; pass a string such as "r", "w" or "a".`);
	checkOptions("open", options, ["mode"]);
	const { mode = 0o666 } = options;
	return resource(
		function* (): Generator<never, OpenFile, unknown> {
			return new OpenFile(yield* openDescriptor("open", at, flags, mode), flags.startsWith("a"));
		},
		(file) => file.close(),
	);
}

/**
 * A file that is open: a stream to read from and to write to, and a place that both begin at, as in the system's own calls.
 * Works in synchronous runs too.
 *
 * What the system has begun cannot be taken back. Cancelled in a read: the bytes are there for the next one. Cancelled in
 * a write, or what else changes the file: what has begun is finished, as cleanup; of a long write a part may be missing.
 *
 * `close` returns when the system has the file back. A pipe or a terminal may hold up a read until somebody writes: such a file
 * is closed as soon as it lets go, and is not waited for.
 */
export class OpenFile extends BufferedReader implements SendStream {
	/** As it was given to `open`. */
	readonly path: string;
	readonly description: string;
	readonly #descriptor: Descriptor;
	readonly #appends: boolean;
	/** Where the system reads and writes next; what is in the buffer comes before it. */
	#position = 0;
	/** The end was read. */
	#exhausted = false;
	#writing: string | undefined;
	/** A read of something without positions that was left alone: what it brings are the next bytes. */
	#straggler: Straggler | undefined;
	/** Ends the wait for it when the file is closed. */
	#interrupt: ((error: unknown) => void) | undefined;

	/** @internal */
	constructor(descriptor: Descriptor, appends: boolean) {
		super();
		this.#descriptor = descriptor;
		this.#appends = appends;
		this.path = descriptor.path;
		this.description = `the file ${JSON.stringify(descriptor.path)}`;
	}

	/** Whether it has positions, unlike a pipe, a terminal or a device. */
	get isSeekable(): boolean {
		return this.#descriptor.isRegular;
	}

	/**
	 * Where the next read begins, and the next write unless the file was opened to append, in bytes. Writable; after the end
	 * was read, setting it looks for bytes that have come since.
	 * @throws MisuseError if it is set, and the file has no positions
	 */
	get position(): number {
		return this.#position - this.buffer.size;
	}

	set position(position: number) {
		if (!Number.isSafeInteger(position) || position < 0)
			throw new RangeError(`OpenFile: the position is ${describe(position)}; it is a whole number from 0.`);
		if (!this.isSeekable)
			throw new MisuseError(`OpenFile: ${this.description} is no regular file, and has no positions.`);
		this.#position = position;
		this.buffer.clear();
		this.#exhausted = false;
	}

	/**
	 * Writes bytes, or a string as UTF-8, at the position, or at the end of a file that was opened to append. Returns when
	 * the system has all of them, which is not yet the disk: see `flush`.
	 * @throws BusyResourceError if another task writes
	 * @throws DiskFullError; a part may have been written
	 * @throws BrokenResourceError if it is a pipe that nobody reads any more
	 */
	write(data: Uint8Array | string): Coroutine<void> {
		return write(this, toBytes("OpenFile.write: the data", data));
	}

	/** @internal */
	*writeBytes(bytes: Uint8Array): Generator<never, void, unknown> {
		yield* throwIfCancelled();
		this.#enterWrite("write");
		try {
			const positioned = this.isSeekable && !this.#appends;
			// What was read ahead was not read yet.
			if (this.isSeekable) this.position = this.position;
			const at = positioned ? this.#position : null;
			yield* writeFully(this.#descriptor, "write", bytes, at, (count) => {
				if (positioned) this.#position += count;
			});
		} finally {
			this.#writing = undefined;
		}
	}

	/**
	 * Gives `length` bytes from `position` on, fewer at the end of the file. Many tasks may do that at once.
	 * @throws FileSystemError with the code ESPIPE if the file has no positions
	 */
	readAt(position: number, length: number): Coroutine<Uint8Array> {
		checkCount("readAt: the position", position, 0);
		checkCount("readAt: the length", length, 0);
		return readAt(this.#descriptor, position, length);
	}

	/** Writes bytes, or a string as UTF-8, from `position` on. Many tasks may do that at once. */
	writeAt(position: number, data: Uint8Array | string): Coroutine<void> {
		checkCount("writeAt: the position", position, 0);
		return writeAt(this.#descriptor, position, toBytes("writeAt: the data", data));
	}

	/** Size, times and permissions as they are now. */
	stat(): Coroutine<fs.Stats> {
		return this.#descriptor.call<fs.Stats>({
			operation: "stat",
			start: (number, done) => fs.fstat(number, done),
			sync: (number) => fs.fstatSync(number),
		});
	}

	/** Cuts the file, or fills it up with zeros, to `length` bytes (default 0). */
	truncate(length: number = 0): Coroutine<void> {
		checkCount("truncate: the length", length, 0);
		return this.#descriptor.call<void>({
			operation: "truncate",
			changes: true,
			start: (number, done) => fs.ftruncate(number, length, done),
			sync: (number) => fs.ftruncateSync(number, length),
		});
	}

	/** Has the system put onto the disk what was written (fsync): it survives a loss of power then. */
	flush(): Coroutine<void> {
		return flush(this.#descriptor);
	}

	/** @internal */
	*fill(maximum: number): Generator<never, boolean, unknown> {
		if (this.#exhausted) return false;
		const bytes = yield* this.#pull(maximum);
		if (bytes === undefined) this.#exhausted = true;
		else this.buffer.push(bytes);
		return bytes !== undefined;
	}

	*#pull(maximum: number): Generator<never, Uint8Array | undefined, unknown> {
		const descriptor = this.#descriptor;
		const { isRegular } = descriptor;
		if (this.#straggler !== undefined) return yield* this.#caughtUp(this.#straggler);
		const bytes = Buffer.allocUnsafeSlow(Math.min(maximum, CHUNK));
		const at = isRegular ? this.#position : null;
		let count: number;
		try {
			count = yield* descriptor.call<number>({
				operation: "read",
				start: (number, done) => {
					const record: Straggler = { over: false, bytes: undefined, error: undefined, wake: undefined };
					if (!isRegular) this.#straggler = record;
					fs.read(number, bytes, 0, bytes.length, at, (error, read) => {
						record.over = true;
						record.error = error;
						record.bytes = read > 0 ? bytes.subarray(0, read) : undefined;
						done(error, read);
						record.wake?.();
					});
				},
				sync: (number) => fs.readSync(number, bytes, 0, bytes.length, at),
			});
		} catch (error) {
			if (!(error instanceof Cancelled)) this.#straggler = undefined;
			throw error;
		}
		this.#straggler = undefined;
		this.#position += count;
		return count === 0 ? undefined : bytes.subarray(0, count);
	}

	*#caughtUp(straggler: Straggler): Generator<never, Uint8Array | undefined, unknown> {
		if (!straggler.over) {
			if (!this.#descriptor.isOpen) throw closedError("read", this.description);
			yield* suspend<void>(
				(resume) => {
					straggler.wake = () => resume();
					this.#interrupt = resume.throw;
					return () => {
						straggler.wake = this.#interrupt = undefined;
					};
				},
				{ label: "read", outside: true },
			);
		}
		this.#straggler = this.#interrupt = undefined;
		if (straggler.error) throw fileError(straggler.error, "read", this.path);
		this.#position += straggler.bytes?.length ?? 0;
		return straggler.bytes;
	}

	/** @internal */
	shut(): Coroutine<void> {
		this.#interrupt?.(closedError("read", this.description));
		return this.#descriptor.close();
	}

	#enterWrite(what: string): void {
		if (this.closed) throw closedError(what, this.description);
		if (this.#writing !== undefined)
			throw new BusyResourceError(
				`${what}: another task writes to ${this.description}; let one task write, or use writeAt.`,
			);
		this.#writing = what;
	}
}

interface Straggler {
	over: boolean;
	bytes: Uint8Array | undefined;
	error: unknown;
	wake: (() => void) | undefined;
}

const write = /* @__PURE__ */ coroutine(function* write(
	file: OpenFile,
	bytes: Uint8Array,
): Generator<never, void, unknown> {
	yield* file.writeBytes(bytes);
});

const readAt = /* @__PURE__ */ coroutine(function* readAt(
	descriptor: Descriptor,
	position: number,
	length: number,
): Generator<never, Uint8Array, unknown> {
	const bytes = Buffer.allocUnsafeSlow(length);
	let size = 0;
	while (size < length) {
		const from = size;
		const count = yield* descriptor.call<number>({
			operation: "readAt",
			start: (number, done) => fs.read(number, bytes, from, length - from, position + from, done),
			sync: (number) => fs.readSync(number, bytes, from, length - from, position + from),
		});
		if (count === 0) break;
		size += count;
	}
	return bytes.subarray(0, size);
});

const writeAt = /* @__PURE__ */ coroutine(function* writeAt(
	descriptor: Descriptor,
	position: number,
	bytes: Uint8Array,
): Generator<never, void, unknown> {
	yield* writeFully(descriptor, "writeAt", bytes, position);
});

const flush = /* @__PURE__ */ coroutine(function* flush(descriptor: Descriptor): Generator<never, void, unknown> {
	yield* flushDescriptor(descriptor, "flush");
});
