import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import {
	type Awaitable,
	BrokenResourceError,
	BusyResourceError,
	Cancelled,
	ClosedResourceError,
	type Coroutine,
	cleanup,
	coroutine,
	EndOfChannelError,
	moveOnAfter,
	type Resource,
	type Resume,
	reportError,
	resource,
	supervise,
	suspend,
	until,
} from "holdfast";
import type { WebSocket as Socket } from "ws";
import { checkCount, checkDuration, checkOptions } from "../check-options.ts";
import { describe } from "../describe.ts";

/** What a message is: text as a string, binary as bytes. */
export type WebSocketMessage = string | Uint8Array;

/** How a WebSocket was closed. */
export interface WebSocketEnd {
	/** Of RFC 6455: 1000 is normal, 1001 going away, 1006 that the connection was lost without a word. */
	readonly code: number;
	readonly reason: string;
}

/** What a WebSocket tells about itself. */
export interface WebSocketStatistics {
	/** Messages that have arrived and were not received yet. */
	readonly received: number;
	/** Bytes that were sent and have not left. */
	readonly sending: number;
	readonly state: "open" | "closing" | "closed";
}

/**
 * One end of a WebSocket: a stream of messages in both directions. (RFC 6455.)
 *
 * `for await` gives the messages and ends when the other side closes normally.
 */
export interface WebSocket extends AsyncIterable<WebSocketMessage>, AsyncDisposable {
	/**
	 * Sends a message, and waits while more than `maxBuffered` bytes have not left.
	 *
	 * Cancelled while it waits: the message was sent all the same.
	 * @throws ClosedResourceError after `close()`
	 * @throws BrokenResourceError if the other side has closed, or the connection is lost
	 */
	send(message: WebSocketMessage): Coroutine<void>;
	/**
	 * Gives the next message. Only one task at a time may wait for it.
	 *
	 * Cancelled: takes nothing.
	 * @throws EndOfChannelError when the other side has closed normally (1000, 1001, or without a code)
	 * @throws BrokenResourceError when it has closed for another reason, or the connection is lost
	 * @throws ClosedResourceError after `close()`
	 * @throws BusyResourceError if another task waits already
	 */
	receive(): Coroutine<WebSocketMessage>;
	/**
	 * Says goodbye, and is done when the other side has answered that and the connection is closed. What does not answer
	 * within `closeTimeout`, or the grace of a cancelled scope, is broken off. A second call waits for the first.
	 */
	close(code?: number, reason?: string): Coroutine<void>;
	/** How it was closed; `undefined` while it is open. */
	readonly end: WebSocketEnd | undefined;
	/** Which of the offered protocols was chosen; `""` for none. */
	readonly protocol: string;
	statistics(): WebSocketStatistics;
}

/** Options of both sides. Times are in milliseconds, sizes in bytes. */
export interface WebSocketOptions {
	/** The largest message that is taken. Default 1 MiB; a larger one ends the connection with code 1009. */
	maxMessageSize?: number;
	/** How many messages may wait to be received before the other side is made to wait. Default 16. */
	capacity?: number;
	/** How many bytes may wait to leave before `send` waits. Default 64 KiB. */
	maxBuffered?: number;
	/** How often the other side is asked whether it is still there; it is given up when it has not answered by the next time. Default 30,000; `Infinity` for never. */
	pingInterval?: number;
	/** How long `close()` waits for the other side. Default 3,000. */
	closeTimeout?: number;
}

/** Options of `connectWebSocket`. */
export interface ConnectWebSocketOptions extends WebSocketOptions {
	readonly headers?: Record<string, string>;
	/** Protocols that are offered, best first. */
	readonly protocols?: readonly string[];
	/** Options of Node's `tls.connect` for `wss://`, such as `ca`. The host's name in the certificate is checked. */
	readonly tls?: ConnectionOptions;
}

const OPTIONS = ["maxMessageSize", "capacity", "maxBuffered", "pingInterval", "closeTimeout"];
const NORMAL: ReadonlySet<number> = /* @__PURE__ */ new Set([1000, 1001, 1005]);

/** @throws TypeError or RangeError for options that make no sense */
export function checkWebSocketOptions(what: string, options: WebSocketOptions, more: readonly string[] = []): void {
	checkOptions(what, options, [...OPTIONS, ...more]);
	for (const name of ["maxMessageSize", "capacity", "maxBuffered"] as const)
		if (options[name] !== undefined) checkCount(`${what}: ${name}`, options[name], 1);
	for (const name of ["pingInterval", "closeTimeout"] as const)
		if (options[name] !== undefined) checkDuration(`${what}: ${name}`, options[name]);
}

/** The one implementation of `WebSocket`, over the `ws` library. */
export class OpenWebSocket implements WebSocket {
	readonly #socket: Socket;
	readonly #options: Required<WebSocketOptions>;
	readonly #messages: WebSocketMessage[] = [];
	#receiver: Resume<WebSocketMessage> | undefined;
	#senders: Set<Resume<void>> = new Set();
	readonly #closers: Set<() => void> = new Set();
	#closing: boolean = false;
	#error: Error | undefined;
	#timer: NodeJS.Timeout | undefined;
	#alive = true;
	end: WebSocketEnd | undefined;

	constructor(socket: Socket, options: WebSocketOptions) {
		this.#socket = socket;
		const { maxMessageSize = 2 ** 20, capacity = 16, maxBuffered = 65_536 } = options;
		const { pingInterval = 30_000, closeTimeout = 3_000 } = options;
		this.#options = { maxMessageSize, capacity, maxBuffered, pingInterval, closeTimeout };
		socket.on("message", (data: Buffer, isBinary: boolean) => this.#heard(isBinary ? data : data.toString()));
		socket.on("error", (error) => {
			this.#error ??= error;
		});
		socket.on("close", (code, reason) => this.#closed({ code, reason: reason.toString() }));
		socket.on("pong", () => {
			this.#alive = true;
		});
		if (pingInterval !== Number.POSITIVE_INFINITY) this.#timer = setInterval(() => this.#ping(), pingInterval);
	}

	get protocol(): string {
		return this.#socket.protocol;
	}

	statistics(): WebSocketStatistics {
		const state = this.end !== undefined ? "closed" : this.#socket.readyState === 1 ? "open" : "closing";
		return { received: this.#messages.length, sending: this.#socket.bufferedAmount, state };
	}

	send(message: WebSocketMessage): Coroutine<void> {
		return sendMessage(this, message);
	}

	receive(): Coroutine<WebSocketMessage> {
		return suspend<WebSocketMessage>(
			(resume) => {
				if (this.#closing) throw this.#closedHere("receive");
				const message = this.#take();
				if (message !== undefined) {
					resume(message);
					return undefined;
				}
				if (this.end !== undefined) throw this.#endError();
				if (this.#receiver !== undefined)
					throw new BusyResourceError(
						"receive: another task waits for the next message of this WebSocket already; let one task receive, and send on what it gets by a channel.",
					);
				this.#receiver = resume;
				return () => {
					this.#receiver = undefined;
				};
			},
			{ outside: true, label: "a message" },
		);
	}

	close(code = 1000, reason = ""): Coroutine<void> {
		return closeGracefully(this, code, reason, this.#options.closeTimeout);
	}

	[Symbol.asyncIterator](): AsyncIterator<WebSocketMessage, undefined> {
		// A coroutine is awaited like a promise.
		return { next: () => nextMessage(this) as unknown as Promise<IteratorResult<WebSocketMessage, undefined>> };
	}

	[Symbol.asyncDispose](): Coroutine<void> {
		return this.close();
	}

	/** @internal Hands a message to the connection; gives whether to wait. */
	write(message: WebSocketMessage): boolean {
		if (typeof message !== "string" && !(message instanceof Uint8Array))
			throw new TypeError(`send: the message is ${describe(message)}; it is a string, or bytes (Uint8Array).`);
		if (this.#closing) throw this.#closedHere("send");
		if (this.end !== undefined || this.#socket.readyState !== 1) throw this.#broken("send");
		this.#socket.send(message, () => this.#sent());
		return this.#socket.bufferedAmount > this.#options.maxBuffered;
	}

	/** @internal Waits until there is room for more. */
	untilSent(): Coroutine<void> {
		return suspend<void>(
			(resume) => {
				this.#senders.add(resume);
				this.#sent();
				return () => {
					this.#senders.delete(resume);
				};
			},
			{ outside: true, label: "the other side to read" },
		);
	}

	/** @internal */
	sayGoodbye(code: number, reason: string): void {
		if (this.#closing) return;
		this.#closing = true;
		this.#receiver?.throw(this.#closedHere("receive"));
		this.#receiver = undefined;
		for (const sender of this.#senders) sender.throw(this.#closedHere("send"));
		this.#senders.clear();
		// What has arrived is of no interest any more; the goodbye behind it is.
		this.#messages.length = 0;
		this.#socket.resume();
		this.#socket.close(code, reason);
	}

	/** @internal */
	untilClosed(): Coroutine<void> {
		return suspend<void>(
			(resume) => {
				if (this.end !== undefined) resume();
				this.#closers.add(resume);
				return () => {
					this.#closers.delete(resume);
				};
			},
			{ outside: true, label: "the WebSocket to close" },
		);
	}

	/** @internal Breaks the connection off. */
	terminate(): void {
		this.#socket.terminate();
	}

	#heard(message: WebSocketMessage): void {
		if (this.#closing) return;
		const receiver = this.#receiver;
		if (receiver !== undefined) {
			this.#receiver = undefined;
			receiver(message);
			return;
		}
		this.#messages.push(message);
		if (this.#messages.length >= this.#options.capacity) this.#socket.pause();
	}

	#take(): WebSocketMessage | undefined {
		const message = this.#messages.shift();
		if (message !== undefined && this.#socket.isPaused && this.#messages.length < this.#options.capacity)
			this.#socket.resume();
		return message;
	}

	#sent(): void {
		if (this.end === undefined && this.#socket.bufferedAmount > this.#options.maxBuffered) return;
		const senders = this.#senders;
		this.#senders = new Set();
		for (const sender of senders)
			if (this.end === undefined) sender();
			else sender.throw(this.#broken("send"));
	}

	#closed(end: WebSocketEnd): void {
		this.end = end;
		clearInterval(this.#timer);
		this.#receiver?.throw(this.#endError());
		this.#receiver = undefined;
		this.#sent();
		for (const closer of this.#closers) closer();
	}

	#ping(): void {
		// Nobody asks for messages: the answer to the last ping may stand behind them.
		if (this.#socket.isPaused) return;
		if (!this.#alive) {
			this.#error ??= new Error(`it has not answered a ping for ${this.#options.pingInterval} ms`);
			this.#socket.terminate();
			return;
		}
		this.#alive = false;
		if (this.#socket.readyState === 1) this.#socket.ping();
	}

	#closedHere(what: string): ClosedResourceError {
		return new ClosedResourceError(`${what}: this WebSocket was closed by close().`);
	}

	#endError(): Error {
		const { code } = this.end as WebSocketEnd;
		if (NORMAL.has(code) && this.#error === undefined)
			return new EndOfChannelError("receive: the other side has closed the WebSocket.");
		return this.#broken("receive");
	}

	#broken(what: string): BrokenResourceError {
		const { code, reason } = this.end ?? { code: 1006, reason: "" };
		const said = reason === "" ? "" : `, ${JSON.stringify(reason)}`;
		return new BrokenResourceError(
			`${what}: the WebSocket was closed by the other side, or is lost (code ${code}${said}).`,
			this.#error === undefined ? undefined : { cause: this.#error },
		);
	}
}

const nextMessage = /* @__PURE__ */ coroutine(function* next(
	socket: OpenWebSocket,
): Generator<never, IteratorResult<WebSocketMessage, undefined>, unknown> {
	try {
		return { done: false, value: yield* socket.receive() };
	} catch (error) {
		if (error instanceof EndOfChannelError) return { done: true, value: undefined };
		throw error;
	}
});

const sendMessage = /* @__PURE__ */ coroutine(function* send(
	socket: OpenWebSocket,
	message: WebSocketMessage,
): Generator<never, void, unknown> {
	if (socket.write(message)) yield* socket.untilSent();
});

const closeGracefully = /* @__PURE__ */ coroutine(function* close(
	socket: OpenWebSocket,
	code: number,
	reason: string,
	patience: number,
): Generator<never, void, unknown> {
	socket.sayGoodbye(code, reason);
	try {
		yield* moveOnAfter(patience, () => socket.untilClosed());
	} catch (error) {
		if (!(error instanceof Cancelled)) throw error;
		// In a cancelled scope it has no patience; what is cleanup has that of the grace.
		socket.terminate();
		throw error;
	}
	if (socket.end !== undefined) return;
	socket.terminate();
	yield* cleanup(() => socket.untilClosed());
});

/**
 * Connects to a WebSocket server. It is a resource: closed when the scope around the call ends, if nobody has closed it before.
 *
 * Cancelled while it connects: breaks that off.
 * @throws BrokenResourceError if the server cannot be reached, or refuses
 * @example
 * const socket = await connectWebSocket("ws://127.0.0.1:8080/chat");
 * await socket.send("hello");
 * for await (const message of socket) console.log(message);
 */
export function connectWebSocket(url: string | URL, options: ConnectWebSocketOptions = {}): Resource<WebSocket> {
	checkWebSocketOptions("connectWebSocket", options, ["headers", "protocols", "tls"]);
	if (!URL.canParse(url) || !/^(ws|http)s?:$/.test(new URL(url).protocol))
		throw new TypeError(`connectWebSocket: ${describe(url)} is no address of a WebSocket: ws://… or wss://….`);
	return resource<WebSocket>(
		() => connectTo(`${url}`, options),
		(socket) => socket.close(1001),
	);
}

const connectTo = /* @__PURE__ */ coroutine(function* connectWebSocket(
	url: string,
	options: ConnectWebSocketOptions,
): Generator<never, WebSocket, unknown> {
	const { headers, protocols = [], tls, ...both } = options;
	const { WebSocket: Implementation } = yield* loadWebSockets();
	const socket = new Implementation(url, [...protocols], {
		...(tls as object | undefined),
		maxPayload: both.maxMessageSize ?? 2 ** 20,
		perMessageDeflate: false,
		...(headers !== undefined && { headers }),
	});
	// Before it is open: a message may come in the same breath as that.
	const open = new OpenWebSocket(socket, both);
	try {
		yield* suspend<void>(
			(resume) => {
				socket.once("open", () => resume());
				socket.once("error", (cause) =>
					resume.throw(
						new BrokenResourceError(`connectWebSocket: ${url} cannot be connected to (${cause.message}).`, { cause }),
					),
				);
				return () => {};
			},
			{ outside: true, label: "the WebSocket to open" },
		);
	} catch (error) {
		socket.terminate();
		yield* cleanup(() => open.untilClosed());
		throw error;
	}
	return open;
});

/** Loaded when the first WebSocket is made: most programs have none. */
export const loadWebSockets: () => Coroutine<typeof import("ws")> = () => until(import("ws"));

/** A request for a WebSocket, as Node gives it. */
export type Upgrade = readonly [incoming: IncomingMessage, connection: Duplex, head: Buffer];

/** Serves one WebSocket; see `ServeHttpOptions.webSocket`. */
export type WebSocketHandler = (socket: WebSocket, incoming: IncomingMessage) => Awaitable<unknown>;

/**
 * The task of one WebSocket: answers the request for it, runs its handler in a scope of its own, and closes it after: with
 * 1000, with 1011 if the handler has failed, with 1001 if it was cancelled, because the server ends.
 */
export const converse: (
	library: typeof import("ws"),
	handler: WebSocketHandler,
	upgrade: Upgrade,
	options: WebSocketOptions,
) => Coroutine<void> = /* @__PURE__ */ coroutine(function* webSocket(
	library: typeof import("ws"),
	handler: WebSocketHandler,
	upgrade: Upgrade,
	options: WebSocketOptions,
): Generator<never, void, unknown> {
	const socket = accept(library, upgrade, options);
	if (socket === undefined) return;
	let code = 1001;
	try {
		yield* supervise<OpenWebSocket>(
			{
				call: handler,
				args: () => [socket, upgrade[0]],
				done: () => {
					code = 1000;
				},
				failed: (error) => {
					code = 1011;
					// A client that has gone is no mistake of the handler that finds out, be it before all of it is closed.
					if (socket.statistics().state === "open" || !isEnd(error)) reportError(error);
				},
			},
			socket,
		);
	} finally {
		yield* cleanup(() => socket.close(code));
	}
});

function isEnd(error: unknown): boolean {
	return error instanceof BrokenResourceError || error instanceof EndOfChannelError;
}

function accept(
	{ WebSocketServer }: typeof import("ws"),
	[incoming, connection, head]: Upgrade,
	options: WebSocketOptions,
): OpenWebSocket | undefined {
	const server = new WebSocketServer({
		noServer: true,
		clientTracking: false,
		perMessageDeflate: false,
		maxPayload: options.maxMessageSize ?? 2 ** 20,
	});
	let accepted: OpenWebSocket | undefined;
	// What is no proper request is answered 400 by the library, and its connection closed.
	server.handleUpgrade(incoming, connection, head, (socket) => {
		accepted = new OpenWebSocket(socket, options);
	});
	return accepted;
}
