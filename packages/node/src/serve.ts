import {
	type Awaitable,
	Cancelled,
	type CancelScope,
	type Coroutine,
	call,
	cleanup,
	coroutine,
	currentScope,
	Event,
	moveOnAfter,
	reportError,
	Semaphore,
	shield,
	sleepForever,
	type TaskGroup,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { checkCount } from "./check-options.ts";
import { describe } from "./describe.ts";
import {
	checkListen,
	LISTEN_OPTIONS,
	type ListenAddress,
	type ListenOptions,
	listen,
	type NetListener,
	nextConnection,
} from "./listen.ts";
import type { NetStream, SocketStream } from "./socket-stream.ts";

/** Options of `serve`: those of `listen`, and what becomes of the connections. */
export interface ServeOptions extends ListenOptions {
	/** Called once the server listens: with `group.start`, its `started`. */
	readonly onListening?: (address: ListenAddress) => void;
	/** How many connections are handled at once; further ones wait (default `Infinity`). */
	readonly maxConnections?: number;
	/**
	 * Which handlers a shutdown cancels before the grace is nearly over:
	 * - `"idle"` (default): those that wait for their client, in a read for which nothing is there, and those that begin to;
	 * - `"all"`: all, at once;
	 * - `"none"`: none.
	 */
	readonly shutdown?: "idle" | "all" | "none";
	/** Gets what a handler has thrown (default: `reportError`). What it throws itself ends the server. */
	readonly onError?: (error: unknown, stream: SocketStream) => Awaitable<unknown>;
}

const KNOWN = [...LISTEN_OPTIONS, "onListening", "maxConnections", "shutdown", "onError"];

/** The share of the grace that handlers have to finish; the rest is for the cleanup of those that did not. */
const FINISHING = 0.8;

/**
 * Serves connections over TCP, TLS or a Unix socket, each by a call of `handler` in a task of its own, until the scope around it
 * is cancelled; then it shuts down within the scope's grace, and returns. Listens on 127.0.0.1 unless `host` says otherwise.
 *
 * A connection is closed when its handler has ended; broken off (a TCP reset) when that was by an error. An error of one handler
 * goes to `onError`, and does not end the server.
 *
 * **Shutdown.** The address is free at once; connections that wait are broken off before anything was answered. Handlers are
 * out of reach of the cancellation, and finish what they do. One that waits for its client has nothing to finish: it is
 * cancelled, there, at once or as soon as it begins to wait (see `shutdown`). What is not finished after four fifths of the grace is cancelled,
 * has the rest for its cleanup, and its connections are broken off.
 *
 * @throws ListenError if the address is in use, not allowed, or not of this machine
 * @example
 * await serve(async (stream) => {
 *   for await (const chunk of stream) await stream.write(chunk);
 * }, { port: 8080, onListening: ({ url }) => console.log(url) });
 *
 * const { port } = await group.start((started) => serve(handler, { port: 0, onListening: started }));
 */
export function serve(handler: (stream: SocketStream) => Awaitable<unknown>, options: ServeOptions): Coroutine<void> {
	if (typeof handler !== "function")
		throw new TypeError(`serve: the handler is ${describe(handler)}; pass a function that takes a stream.`);
	checkListen("serve", options, KNOWN);
	const { onListening, onError, maxConnections, shutdown } = options;
	for (const [name, value] of Object.entries({ onListening, onError }))
		if (value !== undefined && typeof value !== "function")
			throw new TypeError(`serve: ${name} is ${describe(value)}; pass a function.`);
	if (maxConnections !== undefined) checkCount("serve: maxConnections", maxConnections, 1);
	if (shutdown !== undefined && shutdown !== "idle" && shutdown !== "all" && shutdown !== "none")
		throw new TypeError(`serve: shutdown is ${describe(shutdown)}; it may be "idle", "all" or "none".`);
	return serving(handler, options);
}

/** One connection and the scope of its handler. */
interface Connection {
	readonly stream: NetStream;
	readonly scope: CancelScope;
	/** Cancelled while nothing was under way: it is ended, not broken off. */
	wasIdle: boolean;
}

/** The state of one `serve`. */
class Server {
	readonly handler: (stream: SocketStream) => Awaitable<unknown>;
	readonly options: ServeOptions;
	readonly listener: NetListener;
	readonly connections: Set<Connection> = new Set();
	/** Set when the last handler has ended. */
	readonly ended: Event = new Event();
	isClosing = false;

	constructor(handler: (stream: SocketStream) => Awaitable<unknown>, options: ServeOptions, listener: NetListener) {
		this.handler = handler;
		this.options = options;
		this.listener = listener;
	}

	/** Frees the address, and cancels the handlers that have nothing to finish. */
	close(): void {
		this.isClosing = true;
		for (const stream of this.listener.stop()) stream.breakOff();
		for (const connection of this.connections) this.closeOne(connection);
	}

	closeOne(connection: Connection): void {
		const { stream, scope } = connection;
		const { shutdown = "idle" } = this.options;
		if (shutdown === "none") return;
		const cancel = (): void => {
			connection.wasIdle = stream.isIdle && !stream.isWriting;
			scope.cancel("the server shuts down");
		};
		if (shutdown === "all" || stream.isIdle) cancel();
		else stream.onIdle = cancel;
	}
}

const serving = /* @__PURE__ */ coroutine(function* serve(
	handler: (stream: SocketStream) => Awaitable<unknown>,
	options: ServeOptions,
): Generator<never, void, unknown> {
	const where = Object.fromEntries(Object.entries(options).filter(([name]) => LISTEN_OPTIONS.includes(name)));
	yield* withTaskGroup(function* (outer): Generator<never, void, unknown> {
		const listener = (yield* listen(where)) as NetListener;
		const server = new Server(handler, options, listener);
		options.onListening?.(listener.address);
		// The cancellation reaches that task, and not the handlers.
		let handlers: TaskGroup | undefined;
		outer.spawnWith({ name: "shutdown" }, function* (): Generator<never, void, unknown> {
			try {
				yield* sleepForever();
			} finally {
				if (handlers !== undefined && !server.ended.isSet) yield* shutDown(server, handlers);
			}
		});
		try {
			yield* shield(() =>
				withTaskGroup(function* (group): Generator<never, void, unknown> {
					handlers = group;
					yield* acceptAll(server, group);
				}),
			);
		} finally {
			server.ended.set();
			outer.cancel("the server has ended");
		}
	});
});

/** Runs in a scope that has been cancelled. */
function* shutDown(server: Server, handlers: TaskGroup): Generator<never, void, unknown> {
	const { ended } = server;
	const { grace } = currentScope();
	server.close();
	try {
		yield* cleanup(function* (): Generator<never, void, unknown> {
			yield* moveOnAfter(grace * FINISHING, () => ended.wait());
			handlers.cancel("the grace is nearly over", { grace: grace * (1 - FINISHING) });
			yield* ended.wait();
		});
	} finally {
		// If the grace has been shortened meanwhile.
		if (!ended.isSet) handlers.cancel("the grace is over", { grace: 0 });
	}
}

function* acceptAll(server: Server, group: TaskGroup): Generator<never, void, unknown> {
	const { listener } = server;
	const { maxConnections = Number.POSITIVE_INFINITY } = server.options;
	const places = maxConnections === Number.POSITIVE_INFINITY ? undefined : new Semaphore(maxConnections);
	for (;;) {
		if (places !== undefined) yield* places.acquire();
		const { done, value } = yield* nextConnection(listener);
		if (done) return;
		group.spawnWith({ name: value.description }, serveOne, server, value, places);
	}
}

const serveOne = /* @__PURE__ */ coroutine(function* connection(
	server: Server,
	stream: NetStream,
	places: Semaphore | undefined,
): Generator<never, void, unknown> {
	let isWhole = false;
	try {
		yield* withCancelScope(function* (scope): Generator<never, void, unknown> {
			const connection: Connection = { stream, scope, wasIdle: false };
			server.connections.add(connection);
			if (server.isClosing) server.closeOne(connection);
			try {
				yield* call(server.handler, stream);
				isWhole = true;
			} finally {
				isWhole ||= connection.wasIdle && scope.cancelCalled;
				stream.onIdle = undefined;
				server.connections.delete(connection);
			}
		});
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		isWhole = false;
		stream.breakOff();
		const { onError } = server.options;
		if (onError === undefined) reportError(error);
		else yield* call(onError, error, stream);
	} finally {
		yield* cleanup(() => (isWhole ? stream.close() : stream.reset()));
		places?.release();
	}
});
