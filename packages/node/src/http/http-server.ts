import type { Server, ServerOptions, ServerResponse } from "node:http";
import type { ServerOptions as SecureServerOptions } from "node:https";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";
import {
	type Coroutine,
	cleanup,
	coroutine,
	currentTask,
	moveOnAfter,
	moveOnAt,
	now,
	type Resume,
	reportError,
	type Supervisor,
	supervise,
	suspend,
	type Task,
	TaskCancelledError,
	type TaskGroup,
} from "holdfast";
import { ListenError } from "../errors.ts";
import { Exchange, type ExchangeCounts, type ExchangeHome, isTarget } from "./exchange.ts";
import type { Upgrade } from "./web-socket.ts";

/** How many exchanges a server has had, and how they have ended. */
export interface HttpStatistics {
	/** Open connections, idle ones included. */
	readonly connections: number;
	/** Requests in flight, whose answers have not left. */
	readonly active: number;
	/** Requests whose whole answer was given to the operating system, whatever its status. */
	readonly answered: number;
	/** Handlers that have thrown an error. */
	readonly failed: number;
	/** Clients that have gone before they had the whole answer. */
	readonly disconnected: number;
	/** At the end of the server: requests that were answered 503, because they had no answer yet. */
	readonly refused: number;
	/** At the end of the server: answers that were broken off half way. */
	readonly cut: number;
}

/** What an `HttpServer` is made of. */
export interface HttpServerSettings {
	/** Of `node:http`, or of `node:https` if there is `tls`. */
	readonly createServer: (options: ServerOptions & SecureServerOptions) => Server;
	readonly node: ServerOptions;
	readonly tls: SecureServerOptions | undefined;
	readonly maxBodySize: number;
	readonly maxConnections: number;
	readonly supervisor: Supervisor<Exchange>;
	/** Whether targets of requests have to be addresses. */
	readonly checksTargets: boolean;
	/** Serves WebSockets, if there is somebody for them. */
	readonly webSocket: ((upgrade: Upgrade) => Coroutine<void>) | undefined;
	/** Where requests become tasks. */
	readonly requests: TaskGroup;
}

/**
 * Node's server, its connections and the exchanges on them.
 *
 * Node closes connections that it takes for idle as soon as their answer was *written*, and so can break off one that a slow
 * client still reads. So connections are counted here: one is idle when all answers on it have left.
 */
export class HttpServer implements ExchangeHome {
	readonly node: Server;
	first: Exchange | undefined = undefined;
	last: Exchange | undefined = undefined;
	readonly counts: ExchangeCounts = { answered: 0, failed: 0, disconnected: 0, refused: 0, cut: 0 };
	readonly maxBodySize: number;
	readonly requests: TaskGroup;
	draining = false;
	/** How many connections there have been. */
	accepted = 0;
	/** Idle connections are still open. */
	lingering = true;
	readonly #sockets: Set<Socket> = new Set();
	/** Those that HTTP is spoken on: over TLS other objects, which are there after the handshake. */
	readonly #clients: Set<Socket>;
	/** Those of WebSockets, which are no business of HTTP any more. */
	readonly #upgraded: Set<Socket> = new Set();
	readonly #conversations: Set<Task> = new Set();
	/** How many requests of a connection wait behind the one that is being answered. */
	readonly #queued: WeakMap<Socket, number> = new WeakMap();
	/** Wakes what waits for the last exchange, or for the last connection. */
	#emptied: (() => void) | undefined;
	#disconnected: (() => void) | undefined;

	constructor(settings: HttpServerSettings) {
		const { createServer, node, tls, maxBodySize, maxConnections } = settings;
		const { supervisor, checksTargets, webSocket, requests } = settings;
		this.maxBodySize = maxBodySize;
		this.requests = requests;
		this.node = createServer({ ...node, ...tls });
		if (maxConnections !== Number.POSITIVE_INFINITY) this.node.maxConnections = maxConnections;
		this.node.on("connection", (socket: Socket) => this.#connected(socket));
		this.#clients = tls === undefined ? this.#sockets : new Set();
		if (tls !== undefined)
			this.node.on("secureConnection", (socket: Socket) => {
				this.#clients.add(socket);
				socket.once("close", () => this.#clients.delete(socket));
			});
		this.node.on("request", (incoming, outgoing) => {
			const exchange = new Exchange(this, incoming, outgoing);
			if (outgoing.socket === null && this.#isFlood(incoming.socket, outgoing)) incoming.socket.destroy();
			else if (requests.cancelCalled) exchange.stopped();
			else if (checksTargets && !isTarget(incoming.url as string)) exchange.refuse(400);
			else exchange.task = requests.spawn(request, supervisor, exchange);
		});
		if (webSocket !== undefined)
			this.node.on("upgrade", (incoming, socket, head) => {
				if (this.draining) {
					socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
					return;
				}
				const client = incoming.socket;
				this.#upgraded.add(client);
				client.once("close", () => {
					this.#upgraded.delete(client);
					for (const task of this.#conversations) if (task.ended) this.#conversations.delete(task);
				});
				this.#conversations.add(requests.spawn(webSocket, [incoming, socket, head]));
			});
	}

	statistics(): HttpStatistics {
		return { connections: this.#sockets.size, active: this.#open.length, ...this.counts };
	}

	/** @throws ListenError if the address is in use, not allowed, or not of this machine */
	listen(where: { port: number; host: string } | { path: string }): Coroutine<AddressInfo | string> {
		const { node } = this;
		const task = currentTask();
		return suspend<AddressInfo | string>(
			(resume) => {
				const failed = (cause: NodeJS.ErrnoException): void => {
					const address = "path" in where ? where.path : `${where.host}:${where.port}`;
					resume.throw(new ListenError(`serveHttp: ${address} cannot be had (${cause.code}).`, { cause }));
				};
				const listening = (): void => {
					node.off("error", failed);
					// From now on: connections that could not be accepted. The others go on.
					node.on("error", (error) => reportError(error, task));
					resume(node.address() as AddressInfo | string);
				};
				node.once("error", failed);
				node.listen(where, listening);
				return () => {
					node.off("error", failed);
					node.off("listening", listening);
					node.on("error", () => {});
					// The address may still be looked up.
					node.on("listening", () => node.close());
				};
			},
			{ outside: true, label: "listen" },
		);
	}

	/** Nobody else is accepted; connections stay open, also those that are idle. */
	stopListening(): void {
		const { node } = this;
		// Bun's server is none of `node:net`; its `close` leaves connections alone.
		if (node instanceof NetServer) NetServer.prototype.close.call(node);
		else (node as Server).close();
	}

	/** The last answers have been written, and have a moment to leave; then everything is broken off. */
	close(): Coroutine<void> {
		this.draining = true;
		return this.isEmpty ? this.abort() : close(this);
	}

	/**
	 * Stops accepting and waits until every request has its whole answer, or for `patience` milliseconds. Connections end
	 * with their last answer.
	 */
	drain(patience: number): Coroutine<void> {
		this.draining = true;
		// These have no end of their own that could be waited for.
		for (const task of this.#conversations) task.cancel("the server ends");
		for (const { outgoing } of this.#open) if (!outgoing.headersSent) outgoing.shouldKeepAlive = false;
		return drain(this, patience);
	}

	/** Closes the connections on which nothing is to be answered. */
	closeIdle(): void {
		const busy = new Set<Socket | null>(this.#upgraded);
		for (const { incoming } of this.#open) busy.add(incoming.socket);
		for (const socket of this.#clients) if (!busy.has(socket)) socket.destroy();
	}

	untilEmpty(): Coroutine<void> {
		return suspend<void>(
			(resume) => {
				if (this.isEmpty) resume();
				this.#emptied = resume;
				return () => {};
			},
			{ outside: true, label: "the requests in flight" },
		);
	}

	/** Breaks off what is left, and is done when every socket is closed. */
	abort(): Coroutine<void> {
		this.draining = true;
		for (const exchange of this.#open) exchange.cut();
		for (const socket of this.#sockets) socket.destroy();
		// Also takes away what Node looks after its connections with.
		this.node.close();
		return this.untilDisconnected();
	}

	untilDisconnected(): Coroutine<void> {
		return suspend<void>(
			(resume) => {
				if (this.#sockets.size === 0) resume();
				this.#disconnected = resume;
				return () => {};
			},
			{ outside: true, label: "the connections to close" },
		);
	}

	/** The exchanges that are open now. */
	get #open(): Exchange[] {
		const open: Exchange[] = [];
		for (let exchange = this.first; exchange !== undefined; exchange = exchange.next) open.push(exchange);
		return open;
	}

	get isEmpty(): boolean {
		return this.first === undefined;
	}

	ended(): void {
		if (!this.draining) return;
		// Whose connection would have been kept alive.
		if (!this.lingering) setImmediate(() => this.closeIdle());
		if (this.isEmpty) this.#emptied?.();
	}

	/** Whether so many requests stand behind the one that is being answered that it is a flood. Node looks at answers only. */
	#isFlood(socket: Socket, outgoing: ServerResponse): boolean {
		const count = (this.#queued.get(socket) ?? 0) + 1;
		this.#queued.set(socket, count);
		outgoing.once("close", () => this.#queued.set(socket, (this.#queued.get(socket) ?? 1) - 1));
		return count > PIPELINED;
	}

	#connected(socket: Socket): void {
		this.#sockets.add(socket);
		this.accepted++;
		socket.once("close", () => {
			this.#sockets.delete(socket);
			if (this.#sockets.size === 0) this.#disconnected?.();
		});
	}
}

/** So many requests of one connection may wait for the answer to an earlier one. */
const PIPELINED = 1_000;

/** The task of one request. */
function request(supervisor: Supervisor<Exchange>, exchange: Exchange): Coroutine<void> {
	return supervise(supervisor, exchange);
}

/**
 * For how many milliseconds idle connections stay open when a server ends: a request may be under way on them, or have
 * arrived and not been read. It is answered, and told that the connection ends, which is kinder than to break it off.
 */
const LINGER = 100;

/** In milliseconds, at the end of a server; see `acceptAll`. */
const ACCEPTING = 1_000;

/**
 * Clients whose connections the operating system has accepted believe to be connected, and have sent their requests. Node
 * takes in one of them in a turn of the loop; this is done when a turn brings no more.
 */
const acceptAll = /* @__PURE__ */ coroutine(function* acceptAll(server: HttpServer): Generator<never, void, unknown> {
	for (let before = -1; server.accepted > before; ) {
		before = server.accepted;
		yield* turn();
		yield* turn();
	}
});

const drain = /* @__PURE__ */ coroutine(function* drain(
	server: HttpServer,
	patience: number,
): Generator<never, void, unknown> {
	const end = now() + patience;
	yield* moveOnAfter(Math.min(ACCEPTING, patience / 4), () => acceptAll(server));
	server.stopListening();
	yield* moveOnAfter(Math.min(LINGER, patience), () => server.untilDisconnected());
	server.lingering = false;
	server.closeIdle();
	yield* moveOnAt(end, function* () {
		for (let [task] = server.requests.tasks; task !== undefined; [task] = server.requests.tasks)
			try {
				yield* task;
			} catch (error) {
				if (!(error instanceof TaskCancelledError)) throw error;
			}
		yield* server.untilEmpty();
	});
});

/** How long answers that have been written may take to leave, in milliseconds. */
const LAST_MOMENT = 100;

const close = /* @__PURE__ */ coroutine(function* close(server: HttpServer): Generator<never, void, unknown> {
	try {
		yield* moveOnAfter(LAST_MOMENT, () => server.untilEmpty());
	} finally {
		yield* cleanup(() => server.abort());
	}
});

function turn(): Coroutine<void> {
	return suspend<void>(
		(resume: Resume<void>) => {
			const immediate = setImmediate(resume);
			return () => clearImmediate(immediate);
		},
		{ outside: true, label: "a turn of the event loop" },
	);
}
