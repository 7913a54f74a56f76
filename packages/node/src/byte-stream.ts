import type { Coroutine } from "holdfast";

/** A bound of what is kept in memory. */
export interface LimitOptions {
	/** In bytes. What is longer throws `LimitExceededError`. */
	readonly limit?: number;
}

/** Options of `readLine` and `lines`. */
export interface LineOptions extends LimitOptions {
	/** What becomes of bytes that are no UTF-8: `"throw"` (default) `InvalidTextError`, or `"replace"` them by U+FFFD. */
	readonly invalid?: "throw" | "replace";
}

/**
 * The side of a stream that bytes come out of. One task at a time reads: a second one gets `BusyResourceError`.
 *
 * Whoever is cancelled in a read has lost nothing: what has arrived is there for the next read. What was read is the
 * caller's, and is not written over.
 *
 * All reads throw
 * - `ClosedResourceError` if the stream was closed on this side before or meanwhile,
 * - `BrokenResourceError` if the other side has broken it off, after everything that has arrived was read. The error of the
 *   system is the `cause`.
 *
 * `for await` gives what `read()` gives, up to the end; leaving the loop does not close the stream. (Trio's `ReceiveStream`,
 * asyncio's `StreamReader`.)
 */
export interface ReceiveStream extends AsyncIterable<Uint8Array>, AsyncDisposable {
	/**
	 * Gives what is there, at most `maximum` bytes (default: what comes at once), or waits for the next bytes. Gives `undefined`
	 * at the end of the stream, never an empty array.
	 * @throws RangeError unless `maximum` is a whole number from 1
	 */
	read(maximum?: number): Coroutine<Uint8Array | undefined>;
	/**
	 * Gives exactly so many bytes.
	 * @throws IncompleteReadError if the stream ends before; `partial` is what was there, and is empty if it ended between two reads
	 */
	readExactly(count: number): Coroutine<Uint8Array>;
	/**
	 * Gives everything up to and with the delimiter, at most `limit` bytes (default 65,536).
	 * @throws IncompleteReadError if the stream ends before; `partial` is what was there
	 * @throws LimitExceededError if there are `limit` bytes without it; they are left for other reads
	 */
	readUntil(delimiter: string | Uint8Array, options?: LimitOptions): Coroutine<Uint8Array>;
	/**
	 * Gives the next line as text, without its `\n` or `\r\n`, or `undefined` at the end. A last line needs no terminator.
	 * @throws LimitExceededError if it has more than `limit` bytes (default 65,536); they are left for other reads
	 * @throws InvalidTextError if it is no UTF-8, unless `invalid` is `"replace"`; the next read gives the next line
	 */
	readLine(options?: LineOptions): Coroutine<string | undefined>;
	/** The lines that are left, for `for await`: each as by `readLine`. */
	lines(options?: LineOptions): AsyncIterable<string>;
	/**
	 * Gives everything up to the end.
	 * @throws LimitExceededError if that is more than `limit` bytes (default 16 MiB); what was read so far is left for other reads
	 */
	readAll(options?: LimitOptions): Coroutine<Uint8Array>;
	/** Ends this side; see `ByteStream.close`. */
	close(): Coroutine<void>;
}

/** The side of a stream that bytes go in. One task at a time writes: a second one gets `BusyResourceError`. (Trio's `SendStream`.) */
export interface SendStream extends AsyncDisposable {
	/**
	 * Writes bytes, or a string as UTF-8, and returns when the system has taken all of them: whoever writes faster than the
	 * other side reads waits here, and the array is the caller's again.
	 *
	 * Cancelled while it waits: what was given is sent on, in order, before anything that is written later, unless the stream
	 * is closed; leave the array alone. In a cancelled scope nothing is sent.
	 * @throws ClosedResourceError if this side was closed before or meanwhile
	 * @throws BrokenResourceError if the other side does not take anything any more
	 */
	write(data: Uint8Array | string): Coroutine<void>;
	/** Ends this side; see `ByteStream.close`. */
	close(): Coroutine<void>;
}

/**
 * Bytes in both directions, like a TCP connection. (Trio's `HalfCloseableStream`.)
 *
 * @example
 * for await (const chunk of stream) await stream.write(chunk); // echo
 */
export interface ByteStream extends ReceiveStream, SendStream {
	/**
	 * Says that nothing more will be written: the other side reads the end, and can still answer. Returns when everything has
	 * been handed to the system. A second call does nothing more.
	 *
	 * Cancelled: throws `Cancelled`; the end is sent all the same, as soon as what was written before has been.
	 */
	end(): Coroutine<void>;
	/**
	 * Closes both directions, and returns when the resource is given back to the system. What was written is sent; what has
	 * arrived and was not read is dropped; whoever still waits in the stream gets `ClosedResourceError`. It never waits for the
	 * other side: what a cancelled write has left behind is dropped. Closing again waits for the same, and then does nothing.
	 *
	 * In a cancelled scope it is forceful, and closes all the same.
	 */
	close(): Coroutine<void>;
}
