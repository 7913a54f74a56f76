import * as net from "node:net";
import type * as tls from "node:tls";
import { ClosedResourceError, type Coroutine, coroutine, onExit, operation, type Resume, suspend } from "holdfast";
import type { ByteStream } from "./byte-stream.ts";
import { checkCount, checkOptions, checkSwitch } from "./check-options.ts";
import { checkPort } from "./connect.ts";
import { describe } from "./describe.ts";
import { ListenError } from "./errors.ts";
import { hostModule } from "./host-module.ts";
import {
	checkKeepAlive,
	hostAndPort,
	NetStream,
	netOptions,
	type SocketOptions,
	type SocketStream,
} from "./socket-stream.ts";

/** Where a server listens. */
export interface ListenAddress {
	/** An IP address; empty for a Unix socket. */
	readonly host: string;
	/** The port that it really has, also if 0 was asked for; 0 for a Unix socket. */
	readonly port: number;
	/** Of a Unix socket; else empty. */
	readonly path: string;
	/** `tcp://127.0.0.1:8080`, `tls://127.0.0.1:8443` or `unix:/run/app.sock`. */
	readonly url: string;
}

/** Options of `listen`: `port` with `host`, or `path`. */
export interface ListenOptions extends SocketOptions {
	/** 0 lets the system choose one; see `address`. */
	readonly port?: number;
	/** Of this machine (default `"127.0.0.1"`, which only this machine reaches; `"0.0.0.0"` or `"::"` for everybody). */
	readonly host?: string;
	/** Of a Unix socket, or of a named pipe on Windows. The file goes when the listener is closed. */
	readonly path?: string;
	/** Options of Node's `tls.createServer`, such as `key` and `cert`: the server speaks TLS. */
	readonly tls?: tls.TlsOptions;
	/** How many connections may wait for `accept`; further ones are closed at once (default 511). */
	readonly backlog?: number;
	/** With `host: "::"`: not for IPv4 (default `false`). */
	readonly ipv6Only?: boolean;
}

/** What a listener tells about itself. */
export interface ListenerStatistics {
	/** Connections that were given by `accept` and are not closed. */
	readonly open: number;
	/** Connections that wait for `accept`. */
	readonly pending: number;
	/** Connections that `accept` has given, all told. */
	readonly accepted: number;
	/** Connections that were closed at once, because too many waited or the system had no room for more files. */
	readonly dropped: number;
	/** TLS handshakes that have failed. */
	readonly failedHandshakes: number;
}

/** Gives streams to whoever connects. (Trio's `Listener`.) */
export interface Listener<S extends ByteStream = ByteStream> extends AsyncIterable<S>, AsyncDisposable {
	/**
	 * Waits for the next connection. Several tasks may wait: first come, first served.
	 *
	 * Cancelled: throws `Cancelled`, and no connection is lost.
	 * @throws ClosedResourceError if the listener was closed before or meanwhile
	 */
	accept(): Coroutine<S>;
	/**
	 * Stops listening, and returns when the address is free again. Connections that nobody has accepted are closed; those that
	 * were accepted go on. Whoever waits in `accept` gets `ClosedResourceError`; `for await` ends. Closing again does nothing.
	 */
	close(): Coroutine<void>;
}

/** What `listen` gives. */
export interface SocketListener extends Listener<SocketStream> {
	readonly address: ListenAddress;
	statistics(): ListenerStatistics;
}

export const LISTEN_OPTIONS: readonly string[] = [
	"port",
	"host",
	"path",
	"tls",
	"backlog",
	"ipv6Only",
	"noDelay",
	"keepAlive",
];

/**
 * Listens for connections over TCP, TLS or a Unix socket: for those who want to accept them themselves; `serve` does the rest.
 *
 * The listener, and every connection that it has given and nobody has closed, is closed when the scope around the call ends
 * (of the function, in structured code, else the nearest scope).
 *
 * Cancelled: nothing is left open.
 * @throws ListenError if the address is in use, not allowed, or not of this machine
 * @example
 * const listener = await listen({ port: 8080 });
 * for await (const stream of listener) group.spawn(handle, stream);
 */
export function listen(options: ListenOptions): Coroutine<SocketListener> {
	checkListen("listen", options, LISTEN_OPTIONS);
	return listening(options);
}

/** @throws TypeError, RangeError */
export function checkListen(what: string, options: ListenOptions, known: readonly string[]): void {
	checkOptions(what, options, known);
	const { port, host, path, backlog, ipv6Only, noDelay, keepAlive, tls: secure } = options;
	if ((port === undefined) === (path === undefined))
		throw new TypeError(`${what}: say where: { port } for TCP (0 for any), or { path } for a Unix socket.`);
	if (port !== undefined) checkPort(what, port, 0);
	if (path !== undefined && (typeof path !== "string" || path === ""))
		throw new TypeError(`${what}: the path is ${describe(path)}; it is that of a Unix socket.`);
	if (host !== undefined && (typeof host !== "string" || host === ""))
		throw new TypeError(`${what}: the host is ${describe(host)}; it is a name or an IP address of this machine.`);
	if (secure !== undefined && (typeof secure !== "object" || secure === null))
		throw new TypeError(`${what}: tls is ${describe(secure)}; it is an object with a key and a certificate.`);
	if (backlog !== undefined) checkCount(`${what}: backlog`, backlog, 1);
	checkSwitch(`${what}: ipv6Only`, ipv6Only);
	checkSwitch(`${what}: noDelay`, noDelay);
	if (keepAlive !== undefined) checkKeepAlive(`${what}: keepAlive`, keepAlive);
}

const listening: (options: ListenOptions) => Coroutine<NetListener> = /* @__PURE__ */ operation({
	async: function* listen(options: ListenOptions): Generator<never, NetListener, unknown> {
		const library = options.tls && (yield* hostModule("node:tls", () => import("node:tls")));
		const listener = new NetListener(options, library);
		yield* listener.open(options);
		// Nothing has waited since: whatever comes, it will be closed.
		listener.onGone = onExit(() => listener.closeAll());
		return listener;
	},
});

/** The one implementation of `SocketListener`. */
export class NetListener implements SocketListener {
	address: ListenAddress = { host: "", port: 0, path: "", url: "" };
	/** Called when nothing is left to close. */
	onGone: (() => void) | undefined;
	readonly #server: net.Server;
	readonly #backlog: number;
	readonly #isSecure: boolean;
	/** Invariant: while connections are pending, nobody waits for one. */
	readonly #pending: NetStream[] = [];
	readonly #waiting: Set<Resume<NetStream>> = new Set();
	/** Given and not closed. */
	readonly #open: Set<NetStream> = new Set();
	/** TCP connections whose handshake is not over, by where they come from: the TLS socket does not tell which of them it has taken. */
	readonly #handshaking: Map<string, net.Socket> = new Map();
	#accepted = 0;
	#dropped = 0;
	#failedHandshakes = 0;
	#closed = false;

	/** With `node:tls`, if there are options of it. */
	constructor(options: ListenOptions, library: typeof tls | undefined) {
		this.#backlog = options.backlog ?? 511;
		this.#isSecure = options.tls !== undefined;
		const settings = { ...netOptions(options), allowHalfOpen: true };
		const arrived = (socket: net.Socket): void => this.#arrived(socket);
		if (library === undefined) this.#server = net.createServer(settings, arrived);
		else {
			this.#server = library.createServer({ ...options.tls, ...settings }, arrived);
			this.#server.on("connection", (socket: net.Socket) => {
				const from = originOf(socket);
				if (from === undefined) return;
				this.#handshaking.set(from, socket);
				socket.once("close", () => {
					if (this.#handshaking.get(from) === socket) this.#handshaking.delete(from);
				});
			});
			this.#server.on("tlsClientError", (_error: Error, socket: tls.TLSSocket) => {
				this.#failedHandshakes++;
				socket.destroy();
			});
		}
	}

	open({ port, host = "127.0.0.1", path, ipv6Only = false }: ListenOptions): Coroutine<void> {
		return suspend<void>(
			(resume) => {
				const server = this.#server;
				const failed = (error: NodeJS.ErrnoException): void =>
					resume.throw(listenError(error, path ?? hostAndPort(host, port ?? 0)));
				server.once("error", failed);
				const listened = (): void => {
					server.off("error", failed);
					// The system could not accept a connection, for want of files mostly; Node goes on with the next.
					server.on("error", () => {
						this.#dropped++;
					});
					this.address = addressOf(server, this.#isSecure);
					resume();
				};
				const backlog = Math.min(this.#backlog, 2 ** 31 - 1);
				if (path !== undefined) server.listen({ path, backlog }, listened);
				else server.listen({ port, host, backlog, ipv6Only }, listened);
				return () => {
					server.off("error", failed);
					server.on("error", () => {});
					server.close();
				};
			},
			{ label: "listen", outside: true },
		);
	}

	accept(): Coroutine<NetStream> {
		return suspend<NetStream>(this.#accept, { label: "Listener.accept", outside: true });
	}

	readonly #accept = (resume: Resume<NetStream>): (() => void) | undefined => {
		if (this.#closed) throw this.#closedError();
		const stream = this.#pending.shift();
		if (stream !== undefined) {
			this.#give(stream, resume);
			return undefined;
		}
		this.#waiting.add(resume);
		return () => {
			this.#waiting.delete(resume);
		};
	};

	[Symbol.asyncIterator](): AsyncIterator<SocketStream, undefined> {
		// The language's type asks for promises; `for await` awaits whatever it gets, and a coroutine is a call.
		return { next: () => nextConnection(this) } as unknown as AsyncIterator<SocketStream, undefined>;
	}

	get isClosed(): boolean {
		return this.#closed;
	}

	statistics(): ListenerStatistics {
		return {
			open: this.#open.size,
			pending: this.#pending.length,
			accepted: this.#accepted,
			dropped: this.#dropped,
			failedHandshakes: this.#failedHandshakes,
		};
	}

	close(): Coroutine<void> {
		return close(this);
	}

	[Symbol.asyncDispose](): Promise<void> {
		// The language's type asks for a promise; `await using` awaits whatever it gets.
		return this.close() as unknown as Promise<void>;
	}

	/** For the end of the scope: what was accepted, too. */
	closeAll(): Coroutine<void> {
		return closeAll(this, this.#open);
	}

	/** Stops listening. Takes effect at once: the system frees the address in this call. */
	stop(): readonly NetStream[] {
		if (this.#closed) return [];
		this.#closed = true;
		this.#server.close();
		for (const resume of this.#waiting) resume.throw(this.#closedError());
		this.#waiting.clear();
		for (const socket of this.#handshaking.values()) socket.destroy();
		const left = this.#pending.splice(0);
		this.#settle();
		return left;
	}

	#arrived(socket: net.Socket): void {
		const from = this.#isSecure ? originOf(socket) : undefined;
		if (from !== undefined) this.#handshaking.delete(from);
		if (this.#closed || this.#pending.length >= this.#backlog) {
			this.#dropped++;
			socket.on("error", () => {});
			socket.destroy();
			return;
		}
		const stream = new NetStream(
			socket,
			socket.remoteAddress === undefined ? `a connection to ${this.address.url}` : "the connection from",
		);
		for (const resume of this.#waiting) {
			this.#waiting.delete(resume);
			this.#give(stream, resume);
			return;
		}
		this.#pending.push(stream);
	}

	#give(stream: NetStream, resume: Resume<NetStream>): void {
		this.#accepted++;
		if (!stream.gone) {
			this.#open.add(stream);
			stream.onGone = () => {
				this.#open.delete(stream);
				this.#settle();
			};
		}
		resume(stream);
	}

	#settle(): void {
		if (this.#closed && this.#open.size === 0) this.onGone?.();
	}

	#closedError(): ClosedResourceError {
		return new ClosedResourceError(`accept: the listener on ${this.address.url} was closed.`);
	}
}

const close = /* @__PURE__ */ coroutine(function* close(listener: NetListener): Generator<never, void, unknown> {
	const pending = listener.stop();
	for (const stream of pending) stream.breakOff();
	for (const stream of pending) yield* stream.close();
});

const closeAll = /* @__PURE__ */ coroutine(function* closeAll(
	listener: NetListener,
	open: ReadonlySet<NetStream>,
): Generator<never, void, unknown> {
	yield* close(listener);
	for (const stream of [...open]) yield* stream.close();
});

export const nextConnection: (listener: NetListener) => Coroutine<IteratorResult<NetStream, undefined>> =
	/* @__PURE__ */ coroutine(function* next(
		listener: NetListener,
	): Generator<never, IteratorResult<NetStream, undefined>, unknown> {
		try {
			if (!listener.isClosed) return { done: false, value: yield* listener.accept() };
		} catch (error) {
			if (!(error instanceof ClosedResourceError)) throw error;
		}
		return { done: true, value: undefined };
	});

function originOf({ remoteAddress, remotePort }: net.Socket): string | undefined {
	return remotePort === undefined ? undefined : `${remoteAddress} ${remotePort}`;
}

function addressOf(server: net.Server, isSecure: boolean): ListenAddress {
	const address = server.address();
	if (typeof address === "string") return { host: "", port: 0, path: address, url: `unix:${address}` };
	const { address: host, port } = address as net.AddressInfo;
	return { host, port, path: "", url: `${isSecure ? "tls" : "tcp"}://${hostAndPort(host, port)}` };
}

function listenError(cause: NodeJS.ErrnoException, where: string): ListenError {
	const mend =
		cause.code === "EADDRINUSE"
			? where.includes("/")
				? "Another server listens there, or has left the file behind when it was killed: remove it then."
				: "Another server listens there: stop it, or take another port."
			: cause.code === "EACCES"
				? "This user may not listen there."
				: cause.code === "EADDRNOTAVAIL"
					? "The host is no address of this machine."
					: cause.message;
	return new ListenError(`listen: ${where} cannot be had (${cause.code}). ${mend}`, { cause });
}
