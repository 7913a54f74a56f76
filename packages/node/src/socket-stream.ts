import type { Socket } from "node:net";
import { type Coroutine, coroutine } from "holdfast";
import type { ByteStream } from "./byte-stream.ts";
import { describe } from "./describe.ts";
import { NodeByteStream } from "./node-stream.ts";

/** One end of a connection. */
export interface SocketAddress {
	/** An IP address; empty for a Unix socket. */
	readonly host: string;
	/** 0 for a Unix socket. */
	readonly port: number;
}

/** What a `SocketStream` tells about itself. */
export interface SocketStatistics {
	readonly bytesRead: number;
	readonly bytesWritten: number;
	/** Bytes that have arrived and were not read. */
	readonly buffered: number;
	/** Bytes that the system has not taken yet. */
	readonly unsent: number;
}

/** How a connection behaves. */
export interface SocketOptions {
	/** Sends small writes at once, and does not wait for more (TCP_NODELAY; default `true`). */
	readonly noDelay?: boolean;
	/** Asks a silent peer whether it is still there, first after so many milliseconds; `true` leaves the time to the system (default `false`). */
	readonly keepAlive?: boolean | number;
}

/**
 * A connection over TCP, TLS or a Unix socket, from `connect`, `listener.accept()` or `serve`. (Trio's `SocketStream`.)
 *
 * @example
 * const stream = await connect({ host: "example.com", port: 80 });
 * await stream.write("GET / HTTP/1.0\r\n\r\n");
 * for await (const line of stream.lines()) console.log(line);
 */
export interface SocketStream extends ByteStream {
	readonly localAddress: SocketAddress;
	readonly remoteAddress: SocketAddress;
	/** Node's own socket, for what is not here: certificates, reference counts, type of service. Leave reading, writing and closing to the stream. */
	readonly socket: Socket;
	/** See `SocketOptions.noDelay`. */
	setNoDelay(noDelay: boolean): void;
	/** See `SocketOptions.keepAlive`. */
	setKeepAlive(keepAlive: boolean | number): void;
	/**
	 * Closes at once, and lets the other side see that it was broken off (a TCP reset, where there is one), not ended. What is
	 * under way may be lost. Like `close` it returns when the resource is given back, in a cancelled scope too.
	 */
	reset(): Coroutine<void>;
	statistics(): SocketStatistics;
}

/** The one implementation of `SocketStream`. */
export class NetStream extends NodeByteStream implements SocketStream {
	readonly socket: Socket;
	readonly localAddress: SocketAddress;
	readonly remoteAddress: SocketAddress;

	constructor(socket: Socket, what: string) {
		const { localAddress = "", localPort = 0, remoteAddress = "", remotePort = 0 } = socket;
		super(socket, remoteAddress === "" ? what : `${what} ${hostAndPort(remoteAddress, remotePort)}`);
		this.socket = socket;
		this.localAddress = { host: localAddress, port: localPort };
		this.remoteAddress = { host: remoteAddress, port: remotePort };
	}

	setNoDelay(noDelay: boolean): void {
		if (typeof noDelay !== "boolean")
			throw new TypeError(`setNoDelay: ${describe(noDelay)} is given; it may be true or false.`);
		this.socket.setNoDelay(noDelay);
	}

	setKeepAlive(keepAlive: boolean | number): void {
		checkKeepAlive("setKeepAlive", keepAlive);
		this.socket.setKeepAlive(keepAlive !== false, typeof keepAlive === "number" ? keepAlive : 0);
	}

	reset(): Coroutine<void> {
		return reset(this);
	}

	/** The part of `reset` that takes effect at once. */
	breakOff(): void {
		this.closed = true;
		const { socket } = this;
		// Only plain TCP has a reset.
		if (!socket.destroyed && this.remoteAddress.port !== 0 && !("encrypted" in socket)) socket.resetAndDestroy();
		socket.destroy();
	}

	statistics(): SocketStatistics {
		const { bytesRead, bytesWritten, writableLength } = this.socket;
		return { bytesRead, bytesWritten, buffered: this.buffer.size, unsent: writableLength };
	}
}

const reset = /* @__PURE__ */ coroutine(function* reset(stream: NetStream): Generator<never, void, unknown> {
	stream.breakOff();
	yield* stream.close();
});

/** `127.0.0.1:80`, `[::1]:80` */
export function hostAndPort(host: string, port: number): string {
	return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export function checkKeepAlive(what: string, keepAlive: unknown): void {
	if (typeof keepAlive === "boolean" || (typeof keepAlive === "number" && keepAlive >= 0)) return;
	throw new TypeError(`${what}: ${describe(keepAlive)} is given; it may be true, false or a number of milliseconds.`);
}

/** What `net` calls them. */
export function netOptions({ noDelay = true, keepAlive = false }: SocketOptions): {
	noDelay: boolean;
	keepAlive: boolean;
	keepAliveInitialDelay: number;
} {
	return {
		noDelay,
		keepAlive: keepAlive !== false,
		keepAliveInitialDelay: typeof keepAlive === "number" ? keepAlive : 0,
	};
}
