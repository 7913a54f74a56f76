/** A value, or what can be awaited for it: a coroutine, a promise. */
export type Pending<T> = T | PromiseLike<T>;

/**
 * Bytes in both directions: all that the client asks of a connection. `@holdfast/node`'s `SocketStream` is one.
 */
export interface ByteStream {
	/** Waits for the next bytes; `undefined` is the end. */
	read(): Pending<Uint8Array | undefined>;
	/** Returns when it can take more. One task at a time writes. */
	write(data: Uint8Array): Pending<void>;
	/** Returns when the connection is given back to the system. Twice is fine. Wakes whoever reads. */
	close(): Pending<void>;
}

/**
 * Opens a connection. It must live until `close()`: a compiled function that opens it for its caller says `"use scope"`,
 * else it would close it when it returns.
 */
export type Dial = () => Pending<ByteStream>;
