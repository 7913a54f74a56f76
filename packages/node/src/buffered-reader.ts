import {
	BusyResourceError,
	ClosedResourceError,
	type Coroutine,
	checkpoint,
	coroutine,
	currentDeadline,
} from "holdfast";
import type { LimitOptions, LineOptions, ReceiveStream } from "./byte-stream.ts";
import { checkCount, checkOptions } from "./check-options.ts";
import { describe } from "./describe.ts";
import { IncompleteReadError, InvalidTextError, LimitExceededError } from "./errors.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";

const LINE_LIMIT = 65_536;
const READ_ALL_LIMIT = 16 * 1024 * 1024;
const NEWLINE = 10;
const RETURN = 13;

/** The reads of a `ReceiveStream` over a buffer that a source fills. It never holds a promise, so that it works in synchronous runs, too. */
export abstract class BufferedReader implements ReceiveStream {
	/** What has arrived and was not read. */
	readonly buffer: ReceiveBuffer = new ReceiveBuffer();
	/** The read that is under way. */
	reading: string | undefined;
	/** This side was closed. */
	closed = false;

	/** For messages: "the connection to 127.0.0.1:80". */
	abstract readonly description: string;

	/** Waits until there is more in the buffer, about `maximum` bytes if the source can choose: `false` at the end. Called by one task at a time. */
	abstract fill(maximum: number): Generator<never, boolean, unknown>;

	/** Gives the resource back, and ends a read that waits by `ClosedResourceError`. `closed` is set already; may be called again. */
	abstract shut(): Coroutine<void>;

	/** Bytes were taken from the buffer. */
	taken(): void {}

	read(maximum: number = Number.POSITIVE_INFINITY): Coroutine<Uint8Array | undefined> {
		checkCount("read: maximum", maximum, 1);
		return read(this, maximum);
	}

	readExactly(count: number): Coroutine<Uint8Array> {
		if (!Number.isSafeInteger(count) || count < 0)
			throw new RangeError(`readExactly: ${describe(count)} is not a number of bytes, zero or more.`);
		return readExactly(this, count);
	}

	readUntil(delimiter: string | Uint8Array, options: LimitOptions = {}): Coroutine<Uint8Array> {
		if (typeof delimiter !== "string" && !(delimiter instanceof Uint8Array))
			throw new TypeError(`readUntil: the delimiter is ${describe(delimiter)}; pass a string or a Uint8Array.`);
		const bytes = typeof delimiter === "string" ? Buffer.from(delimiter) : delimiter;
		if (bytes.length === 0) throw new RangeError("readUntil: the delimiter is empty.");
		return readUntil(this, bytes, limitOf("readUntil", options, LINE_LIMIT));
	}

	readLine(options: LineOptions = {}): Coroutine<string | undefined> {
		const limit = limitOf("readLine", options, LINE_LIMIT, LINE_OPTIONS);
		return readLine(this, limit, decoderFor("readLine", options));
	}

	lines(options: LineOptions = {}): AsyncIterable<string> {
		const limit = limitOf("lines", options, LINE_LIMIT, LINE_OPTIONS);
		const decoder = decoderFor("lines", options);
		return iterable(() => readLine(this, limit, decoder));
	}

	readAll(options: LimitOptions = {}): Coroutine<Uint8Array> {
		return readAll(this, limitOf("readAll", options, READ_ALL_LIMIT));
	}

	close(): Coroutine<void> {
		return close(this);
	}

	[Symbol.asyncDispose](): Promise<void> {
		// The language's type asks for a promise; `await using` awaits whatever it gets.
		return this.close() as unknown as Promise<void>;
	}

	[Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
		return iterable(() => this.read())[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
	}

	/** Begins a read. */
	enter(what: string): void {
		if (this.closed) throw closedError(what, this.description);
		if (this.reading !== undefined)
			throw new BusyResourceError(
				`${what}: another task is in ${this.reading} of ${this.description}; let one task read, and hand on what it has read.`,
			);
		this.reading = what;
	}

	take(maximum: number): Uint8Array {
		const bytes = this.buffer.take(maximum);
		this.taken();
		return bytes;
	}

	/** What needs no copying, at most so many bytes. */
	takeSome(maximum: number): Uint8Array {
		const bytes = this.buffer.takeSome(maximum);
		this.taken();
		return bytes;
	}
}

/** The value of an async iterator whose steps are calls. */
function iterable<T>(next: () => Coroutine<T | undefined>): AsyncIterable<T> {
	const step = { next: () => nextResult(next) };
	// The language's type asks for promises; `for await` awaits whatever it gets, and a coroutine is a call.
	return { [Symbol.asyncIterator]: () => step as unknown as AsyncIterator<T, undefined> };
}

const nextResult = /* @__PURE__ */ coroutine(function* next(
	call: () => Coroutine<unknown>,
): Generator<never, IteratorResult<unknown, undefined>, unknown> {
	const value = yield* call();
	return value === undefined ? { done: true, value: undefined } : { done: false, value };
}) as (call: () => Coroutine<unknown>) => Coroutine<IteratorResult<unknown, undefined>>;

/** Throws `Cancelled` in a cancelled scope; otherwise it does not wait. */
export function* throwIfCancelled(): Generator<never, void, unknown> {
	if (currentDeadline() === Number.NEGATIVE_INFINITY) yield* checkpoint();
}

const read = /* @__PURE__ */ coroutine(function* read(
	reader: BufferedReader,
	maximum: number,
): Generator<never, Uint8Array | undefined, unknown> {
	yield* throwIfCancelled();
	reader.enter("read");
	try {
		if (reader.buffer.size === 0 && !(yield* reader.fill(maximum))) return undefined;
		return reader.takeSome(maximum);
	} finally {
		reader.reading = undefined;
	}
});

const readExactly = /* @__PURE__ */ coroutine(function* readExactly(
	reader: BufferedReader,
	count: number,
): Generator<never, Uint8Array, unknown> {
	yield* throwIfCancelled();
	reader.enter("readExactly");
	try {
		const { buffer } = reader;
		while (buffer.size < count)
			if (!(yield* reader.fill(count - buffer.size))) {
				const partial = reader.take(count);
				throw new IncompleteReadError(
					`readExactly: ${reader.description} has ended after ${partial.length} of ${count} bytes; they are in error.partial.`,
					partial,
					count,
				);
			}
		return reader.take(count);
	} finally {
		reader.reading = undefined;
	}
});

const readUntil = /* @__PURE__ */ coroutine(function* readUntil(
	reader: BufferedReader,
	delimiter: Uint8Array,
	limit: number,
): Generator<never, Uint8Array, unknown> {
	yield* throwIfCancelled();
	reader.enter("readUntil");
	try {
		const { buffer } = reader;
		for (let from = 0; ; ) {
			const end = buffer.indexOf(delimiter, from) + delimiter.length;
			if (end >= delimiter.length && end <= limit) return reader.take(end);
			if (end > limit || buffer.size >= limit)
				throw new LimitExceededError(
					`readUntil: the delimiter is not among the first ${limit} bytes from ${reader.description}; raise the limit, or end the connection.`,
					limit,
				);
			from = Math.max(0, buffer.size - delimiter.length + 1);
			if (yield* reader.fill(limit - buffer.size)) continue;
			const partial = reader.take(limit);
			throw new IncompleteReadError(
				`readUntil: ${reader.description} has ended before the delimiter; the ${partial.length} bytes that were there are in error.partial.`,
				partial,
				delimiter,
			);
		}
	} finally {
		reader.reading = undefined;
	}
});

const readLine = /* @__PURE__ */ coroutine(function* readLine(
	reader: BufferedReader,
	limit: number,
	decoder: TextDecoder,
): Generator<never, string | undefined, unknown> {
	yield* throwIfCancelled();
	reader.enter("readLine");
	let line: Uint8Array;
	try {
		const { buffer } = reader;
		for (let from = 0; ; ) {
			const at = buffer.indexOf(NEWLINE, from);
			// The line may be followed by two bytes that do not count.
			if (at < 0 && buffer.size <= limit + 1) {
				from = buffer.size;
				if (yield* reader.fill(limit + 2 - buffer.size)) continue;
				if (buffer.size === 0) return undefined;
			}
			const length = at < 0 ? buffer.size : at;
			if (length > limit && !(at === limit + 1 && buffer.indexOf(RETURN, limit) === limit))
				throw new LimitExceededError(
					`readLine: a line from ${reader.description} is longer than ${limit} bytes; raise the limit, or end the connection.`,
					limit,
				);
			line = reader.take(at < 0 ? length : at + 1).subarray(0, length);
			if (at > 0 && line[length - 1] === RETURN) line = line.subarray(0, length - 1);
			break;
		}
	} finally {
		reader.reading = undefined;
	}
	try {
		return decoder.decode(line);
	} catch (cause) {
		const error = new InvalidTextError(
			`readLine: a line from ${reader.description} is not UTF-8; its bytes are in error.bytes. { invalid: "replace" } reads it all the same.`,
			line,
		);
		error.cause = cause;
		throw error;
	}
});

const readAll = /* @__PURE__ */ coroutine(function* readAll(
	reader: BufferedReader,
	limit: number,
): Generator<never, Uint8Array, unknown> {
	yield* throwIfCancelled();
	reader.enter("readAll");
	try {
		const { buffer } = reader;
		do
			if (buffer.size > limit)
				throw new LimitExceededError(
					`readAll: there are more than ${limit} bytes from ${reader.description}; raise the limit, or read them in parts.`,
					limit,
				);
		while (yield* reader.fill(limit - buffer.size + 1));
		return reader.take(limit);
	} finally {
		reader.reading = undefined;
	}
});

const close = /* @__PURE__ */ coroutine(function* close(reader: BufferedReader): Generator<never, void, unknown> {
	reader.closed = true;
	reader.buffer.clear();
	yield* reader.shut();
});

export function closedError(what: string, description: string): ClosedResourceError {
	return new ClosedResourceError(`${what}: ${description} was closed on this side.`);
}

const LIMIT_OPTIONS = ["limit"];
const LINE_OPTIONS = ["limit", "invalid"];

function limitOf(what: string, options: LimitOptions, usual: number, known: readonly string[] = LIMIT_OPTIONS): number {
	checkOptions(what, options, known);
	const { limit = usual } = options;
	checkCount(`${what}: limit`, limit, 1);
	return limit;
}

function decoderFor(what: string, { invalid = "throw" }: LineOptions): TextDecoder {
	if (invalid !== "throw" && invalid !== "replace")
		throw new TypeError(`${what}: invalid is ${describe(invalid)}; it may be "throw" or "replace".`);
	return invalid === "throw" ? strict : lenient;
}

/** A mark of the byte order is kept: it may stand in the middle of a stream. */
const strict = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });
