import type { ServerOptions as SecureServerOptions } from "node:https";
import {
	Cancelled,
	type CancelScope,
	type Coroutine,
	cleanup,
	coroutine,
	currentScope,
	serviceGroup,
	sleepForever,
} from "holdfast";
import { checkCount, checkDuration, checkOptions } from "../check-options.ts";
import { describe } from "../describe.ts";
import { hostModule } from "../host-module.ts";
import { byFetch, byNode, type FetchHandler, type NodeHandler } from "./exchange.ts";
import { loadFastResponses } from "./http-response.ts";
import { HttpServer, type HttpStatistics } from "./http-server.ts";
import {
	checkWebSocketOptions,
	converse,
	loadWebSockets,
	type Upgrade,
	type WebSocketHandler,
	type WebSocketOptions,
} from "./web-socket.ts";

/** Options of `serveHttp`. Times are in milliseconds, sizes in bytes. */
export interface ServeHttpOptions {
	/** Answers with Web standards; or `handle`. */
	fetch?: FetchHandler;
	/** Answers with Node's own objects, as with bare `node:http`; the way for frameworks. */
	handle?: NodeHandler;
	/**
	 * Serves WebSockets: each is a task, and is closed when its handler has ended. Which ones is for the handler to see in
	 * `incoming.url` and the headers. Without it, requests for WebSockets are answered as ordinary ones.
	 */
	webSocket?: WebSocketHandler;
	/** Limits of the WebSockets. */
	webSocketOptions?: WebSocketOptions;
	/** `0` for any that is free. */
	port?: number;
	/** Which addresses are served. Default: this machine alone, `"127.0.0.1"`. */
	host?: string;
	/** A Unix socket in the place of `port` and `host`. */
	path?: string;
	/** Key, certificate and other options of `node:https`: serves HTTPS. */
	tls?: SecureServerOptions;
	/** Told when connections are accepted: also the `started` of `group.start`. */
	onListening?: (listening: HttpListening) => void;
	/** After the cancellation, how long requests in flight may go on undisturbed. Default: four fifths of the scope's grace. */
	drain?: number;
	/** The largest body of a request, for `fetch`. Default 10 MiB; more is answered 413. */
	maxBodySize?: number;
	/** The largest head of a request. Default 16 KiB; more is answered 431. */
	maxHeaderSize?: number;
	/** How many connections at once; further ones are closed. Default: no limit. */
	maxConnections?: number;
	/** How long a client may take to send the head of a request. Default 60,000; then 408. */
	headersTimeout?: number;
	/** How long a client may take to send a request. Default 300,000; then 408. */
	requestTimeout?: number;
	/** How long a connection may idle between requests. Default 5,000. */
	keepAliveTimeout?: number;
}

/** Where a server can be found. */
export interface HttpListening {
	readonly host: string;
	readonly port: number;
	/** For example `http://127.0.0.1:8080`; of a Unix socket its path. */
	readonly url: string;
	statistics(): HttpStatistics;
}

const OPTIONS = [
	"fetch",
	"handle",
	"webSocket",
	"webSocketOptions",
	"port",
	"host",
	"path",
	"tls",
	"onListening",
	"drain",
	"maxBodySize",
	"maxHeaderSize",
	"maxConnections",
	"headersTimeout",
	"requestTimeout",
	"keepAliveTimeout",
];

/**
 * Serves HTTP until its scope is cancelled. Each request is a task, and its handler a scope: what it starts in it ends with
 * it, and when the client disconnects it is cancelled. An error of a handler is answered 500 (a `TimeoutError` 504), or breaks
 * the answer off if that has begun, and goes to the run's `onReport`; the server goes on.
 *
 * Cancelled: accepts nothing more, closes idle connections, and lets the requests in flight go on for `drain`, then cancels
 * them: their cleanup has the rest of the grace. Those that have no answer then are answered 503, the others are broken
 * off. When the grace has run out all is broken off. Then every socket is closed, and only then does it end.
 *
 * @throws ListenError if the address is in use, not allowed, or not of this machine
 * @example
 * await serveHttp({
 *   port: 8080,
 *   fetch: async (request) => new Response(`hello ${new URL(request.url).pathname}`),
 *   onListening: ({ url }) => console.log(url),
 * });
 */
export function serveHttp(options: ServeHttpOptions): Coroutine<never> {
	check(options);
	return serve(options) as Coroutine<never>;
}

const DEFAULT_BODY_SIZE = 10 * 2 ** 20;

const serve = /* @__PURE__ */ coroutine(function* serveHttp(
	options: ServeHttpOptions,
): Generator<never, void, unknown> {
	const { fetch, handle, tls, port = 0, host = "127.0.0.1", path, onListening } = options;
	const { createServer } =
		tls === undefined
			? yield* hostModule("node:http", () => import("node:http"))
			: yield* hostModule("node:https", () => import("node:https"));
	const supervisor = fetch === undefined ? byNode(handle as NodeHandler) : byFetch(fetch, yield* loadFastResponses());
	const checksTargets = fetch !== undefined;
	const { maxBodySize = DEFAULT_BODY_SIZE, maxConnections = Number.POSITIVE_INFINITY } = options;
	const { maxHeaderSize, headersTimeout, requestTimeout, keepAliveTimeout } = options;
	// How often Node looks for clients that are too slow: often enough for these limits to mean something.
	const connectionsCheckingInterval = Math.min(30_000, (headersTimeout ?? 60_000) / 2, (requestTimeout ?? 300_000) / 2);
	const node = Object.fromEntries(
		Object.entries({
			maxHeaderSize,
			headersTimeout,
			requestTimeout,
			keepAliveTimeout,
			connectionsCheckingInterval,
		}).filter(([, value]) => value !== undefined),
	);
	const { webSocket: handler, webSocketOptions = {} } = options;
	const library = handler === undefined ? undefined : yield* loadWebSockets();
	const webSocket =
		library === undefined
			? undefined
			: (upgrade: Upgrade) => converse(library, handler as WebSocketHandler, upgrade, webSocketOptions);
	let server: HttpServer | undefined;
	try {
		// The requests are its services: they are cancelled when the body, which lets them finish, has ended.
		yield* serviceGroup(
			function* (requests) {
				const mine = new HttpServer({
					createServer,
					node,
					tls,
					maxBodySize,
					maxConnections,
					supervisor,
					checksTargets,
					webSocket,
					requests,
				});
				server = mine;
				try {
					const address = yield* mine.listen(path === undefined ? { port, host } : { path });
					onListening?.({
						...(typeof address === "string"
							? { host: address, port: 0, url: address }
							: { host: address.address, port: address.port, url: urlOf(address, tls !== undefined) }),
						statistics: () => mine.statistics(),
					});
					yield* sleepForever();
				} catch (error) {
					if (error instanceof Cancelled && mine.node.listening) {
						// Of the scope that was cancelled: its grace has begun.
						const { grace = currentScope().grace } = error.reason.scope as Partial<CancelScope>;
						const { drain = grace * 0.8 } = options;
						yield* cleanup(() => mine.drain(drain));
					}
					throw error;
				}
			},
			{ name: "requests" },
		);
	} finally {
		const mine = server;
		if (mine !== undefined) yield* cleanup(() => mine.close());
	}
});

function urlOf({ address, port, family }: { address: string; port: number; family: string }, secure: boolean): string {
	return `${secure ? "https" : "http"}://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

function check(options: ServeHttpOptions): void {
	checkOptions("serveHttp", options, OPTIONS);
	const { fetch, handle, port, host, path, onListening } = options;
	if ((fetch === undefined) === (handle === undefined))
		throw new TypeError(
			"serveHttp: pass either fetch(request), which returns a Response, or handle(incoming, outgoing).",
		);
	const { webSocket, webSocketOptions } = options;
	if (webSocketOptions !== undefined) checkWebSocketOptions("serveHttp: webSocketOptions", webSocketOptions);
	for (const [name, value] of Object.entries({ fetch, handle, onListening, webSocket }))
		if (value !== undefined && typeof value !== "function")
			throw new TypeError(`serveHttp: ${name} is ${describe(value)}; pass a function.`);
	for (const [name, value] of Object.entries({ host, path }))
		if (value !== undefined && typeof value !== "string")
			throw new TypeError(`serveHttp: ${name} is ${describe(value)}; pass a string.`);
	if (port === undefined && path === undefined)
		throw new TypeError("serveHttp: where? Pass a port (0 for any that is free), or a path for a Unix socket.");
	if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536))
		throw new RangeError(`serveHttp: port is ${describe(port)}; it is a whole number from 0 to 65535.`);
	for (const name of ["drain", "headersTimeout", "requestTimeout", "keepAliveTimeout"] as const)
		if (options[name] !== undefined) checkDuration(`serveHttp: ${name}`, options[name]);
	for (const name of ["maxBodySize", "maxHeaderSize", "maxConnections"] as const)
		if (options[name] !== undefined) checkCount(`serveHttp: ${name}`, options[name], 0);
}
