// Other sides that misbehave in every way, against everything that connects or serves: a named error, and nothing left open.
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { connect as connectRaw, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import {
	type Coroutine,
	coroutine,
	EndOfChannelError,
	moveOnAfter,
	type TaskGroup,
	until,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { afterEach, describe, expect, test, vi } from "vitest";
import { checked } from "../test/processes.ts";
import { caught, credentials, withPeer } from "../test/sockets.ts";
import { connect } from "./connect.ts";
import { fetchOk } from "./http/fetch-ok.ts";
import { type HttpListening, serveHttp } from "./http/serve-http.ts";
import { readEvents } from "./http/server-sent-events.ts";
import { connectWebSocket, type WebSocket } from "./http/web-socket.ts";
import { type ListenAddress, listen } from "./listen.ts";
import { serve } from "./serve.ts";
import type { SocketStream } from "./socket-stream.ts";

afterEach(() => {
	vi.restoreAllMocks();
	syncBuiltinESMExports();
});

const LARGE = "x".repeat(20_000_000);

/** Something that connects, asks, and waits for an answer that is whole. */
interface Client {
	readonly ask: (port: number, host?: string) => Coroutine<unknown>;
	/** The beginning of an answer. */
	readonly half: string;
	/** What it throws when its other side is at fault. */
	readonly errors: readonly string[];
}

const clients: Record<string, Client> = {
	connect: {
		ask: coroutine(function* (port: number, host = "127.0.0.1") {
			const stream = yield* connect({ port, host });
			yield* withTaskGroup(function* (group) {
				group.spawn(() => stream.write(LARGE));
				yield* stream.readUntil("\n", { limit: 1_000 });
				yield* stream.readExactly(100_000);
			});
		}),
		half: "half",
		errors: ["ConnectError", "BrokenResourceError", "IncompleteReadError", "LimitExceededError"],
	},
	"connect over TLS": {
		ask: coroutine(function* (port: number, host = "127.0.0.1") {
			yield* connect({ port, host, tls: { ca: credentials.cert } });
		}),
		half: "\u0016\u0003\u0003",
		errors: ["ConnectError"],
	},
	fetchOk: {
		ask: coroutine(function* (port: number, host = "127.0.0.1") {
			const response = yield* fetchOk(`http://${host}:${port}/`, { method: "POST", body: LARGE });
			yield* until(response.text());
		}),
		half: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
		errors: ["TypeError"],
	},
	readEvents: {
		ask: coroutine(function* (port: number, host = "127.0.0.1") {
			const events = readEvents(yield* fetchOk(`http://${host}:${port}/`), { maxEventSize: 1_000 });
			const iterator = events[Symbol.asyncIterator]();
			let event = yield* until(iterator.next());
			while (!event.done) event = yield* until(iterator.next());
			throw new EndOfChannelError("the events have ended");
		}),
		half: "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: half",
		errors: ["TypeError", "EndOfChannelError"],
	},
	connectWebSocket: {
		ask: coroutine(function* (port: number, host = "127.0.0.1") {
			const socket = yield* connectWebSocket(`ws://${host}:${port}/`);
			yield* socket.receive();
		}),
		half: "HTTP/1.1 101 Switching",
		errors: ["BrokenResourceError"],
	},
};

/** How the other side treats a connection; `isSilent` if only the client's own patience ends it. */
const manners: Record<string, { treat: (socket: Socket, half: string) => void; isSilent?: boolean }> = {
	"resets at once": { treat: (socket) => socket.resetAndDestroy() },
	"resets in the middle of its answer": {
		treat: (socket, half) => {
			socket.once("data", () => socket.write(half, "latin1", () => socket.resetAndDestroy()));
		},
	},
	"ends in the middle of its answer": {
		treat: (socket, half) => {
			socket.resume();
			socket.once("data", () => socket.end(half, "latin1"));
		},
	},
	"ends at once": { treat: (socket) => socket.resume().end() },
	"says nothing": { treat: (socket) => socket.resume(), isSilent: true },
	"stalls in the middle of its answer": {
		treat: (socket, half) => {
			socket.resume();
			socket.once("data", () => socket.write(half, "latin1"));
		},
		isSilent: true,
	},
	"never reads": { treat: (socket) => socket.pause(), isSilent: true },
	"sends nonsense, one byte at a time, without end": {
		treat: (socket) => {
			socket.resume();
			const next = (): void => {
				if (socket.writable) socket.write("?", () => setImmediate(next));
			};
			next();
		},
	},
};

describe.each(Object.entries(clients))("%s, whose other side", (_name, { ask, half, errors }) => {
	test.each(Object.entries(manners))("%s", (_manner, { treat, isSilent = false }) =>
		checked(() =>
			withPeer(
				(socket) => treat(socket, half),
				function* (port) {
					const error = yield* caught(() => (isSilent ? withTimeout(50, () => ask(port)) : ask(port)));
					expect(isSilent ? ["TimeoutError"] : errors, String(error)).toContain(error.name);
				},
			),
		),
	);

	test("is not there", () =>
		checked(function* () {
			const listener = yield* listen({ port: 0 });
			const { port } = listener.address;
			yield* listener.close();
			const error = yield* caught(() => ask(port));
			expect(["ConnectError", "TypeError", "BrokenResourceError"]).toContain(error.name);
			expect(`${error} ${error.cause}`).toContain("ECONNREFUSED");
		}));

	test("has a name that cannot be found, or is found too late", () =>
		checked(function* () {
			const failure = Object.assign(new Error("getaddrinfo ENOTFOUND nobody.test"), { code: "ENOTFOUND" });
			const lookups: ((error: Error | null, addresses?: unknown) => void)[] = [];
			const lookup = vi.spyOn(dns, "lookup");
			syncBuiltinESMExports();
			lookup.mockImplementation(((...args: unknown[]) =>
				setImmediate(() => (args.at(-1) as (error: Error) => void)(failure))) as never);
			const error = yield* caught(() => ask(80, "nobody.test"));
			expect(["ConnectError", "TypeError", "BrokenResourceError"]).toContain(error.name);
			expect(`${error} ${error.cause}`).toContain("ENOTFOUND");
			lookup.mockImplementation(((...args: unknown[]) => lookups.push(args.at(-1) as () => void)) as never);
			expect((yield* caught(() => withTimeout(20, () => ask(80, "late.test")))).name).toBe("TimeoutError");
			expect(yield* moveOnAfter(20, () => ask(80, "late.test"))).toBeUndefined();
			expect(lookups.length).toBeGreaterThan(0);
			// Nobody waits for these any more: nothing is opened, and nothing is thrown anywhere.
			for (const answer of lookups.slice(1)) answer(null, [{ address: "127.0.0.1", family: 4 }]);
			lookups[0]?.(failure);
		}));
});

describe("a name to listen at", () => {
	const listeners: Record<string, (host: string) => Coroutine<unknown>> = {
		listen: (host) => listen({ host, port: 0 }),
		serve: (host) => serve(() => {}, { host, port: 0 }),
		serveHttp: (host) => serveHttp({ host, port: 0, fetch: () => new Response() }),
	};

	test.each(Object.entries(listeners))("that cannot be found, or is found too late: %s", (_name, start) =>
		checked(function* () {
			const failure = Object.assign(new Error("getaddrinfo ENOTFOUND nobody.test"), { code: "ENOTFOUND" });
			const lookup = vi.spyOn(dns, "lookup");
			syncBuiltinESMExports();
			lookup.mockImplementation(((...args: unknown[]) =>
				setImmediate(() => (args.at(-1) as (error: Error) => void)(failure))) as never);
			const error = yield* caught(() => start("nobody.test"));
			expect(error.name).toBe("ListenError");
			expect(error.message).toContain("ENOTFOUND");
			const answers: ((error: Error | null, ...found: unknown[]) => void)[] = [];
			lookup.mockImplementation(((...args: unknown[]) => answers.push(args.at(-1) as () => void)) as never);
			expect(yield* moveOnAfter(20, () => start("late.test"))).toBeUndefined();
			expect(yield* moveOnAfter(20, () => start("never.test"))).toBeUndefined();
			answers[0]?.(null, "127.0.0.1", 4);
			answers[1]?.(failure);
		}),
	);
});

/** Something that serves. A good client has whole answers of it, again and again. */
interface Served {
	readonly start: (group: TaskGroup) => Coroutine<number>;
	readonly dial: (port: number) => Socket;
	/** A request, and the end of the answer to it. */
	readonly request: string;
	readonly answer: RegExp;
}

const dialRaw = (port: number): Socket => connectRaw(port, "127.0.0.1");
const GET = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";
const UPGRADE =
	"GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
/** So large that it stays with the server when nobody reads. */
const page = (): Response => new Response(LARGE);

const servers: Record<string, Served> = {
	serve: {
		start: coroutine(function* (group: TaskGroup) {
			const handler = function* (stream: SocketStream): Generator<never, void, unknown> {
				for (let line = yield* stream.readLine(); line !== undefined; line = yield* stream.readLine())
					yield* stream.write(`${LARGE}\n`);
			};
			const { port } = yield* group.start((started: (address: ListenAddress) => void) =>
				serve(handler, { port: 0, onListening: started, onError: () => {} }),
			);
			return port;
		}),
		dial: dialRaw,
		request: "question\n",
		answer: /x\n$/,
	},
	serveHttp: {
		start: coroutine(function* (group: TaskGroup) {
			const { port } = yield* group.start((started: (listening: HttpListening) => void) =>
				serveHttp({ port: 0, fetch: page, onListening: started }),
			);
			return port;
		}),
		dial: dialRaw,
		request: GET,
		answer: /x$/,
	},
	"serveHttp over TLS": {
		start: coroutine(function* (group: TaskGroup) {
			const { port } = yield* group.start((started: (listening: HttpListening) => void) =>
				serveHttp({ port: 0, tls: credentials, fetch: page, onListening: started }),
			);
			return port;
		}),
		dial: (port) => {
			// What is reset is what lies below TLS.
			const socket = dialRaw(port).on("error", () => {});
			const secure = connectSecurely({ socket, servername: "localhost", ca: credentials.cert });
			return Object.assign(secure, { resetAndDestroy: () => socket.resetAndDestroy() as never });
		},
		request: GET,
		answer: /x$/,
	},
	"serveHttp with WebSockets": {
		start: coroutine(function* (group: TaskGroup) {
			const talk = function* (socket: WebSocket): Generator<never, void, unknown> {
				for (let count = 0; count < 20; count++) yield* socket.send(LARGE.slice(0, 1_000_000));
				yield* socket.receive();
			};
			const { port } = yield* group.start((started: (listening: HttpListening) => void) =>
				serveHttp({ port: 0, fetch: page, webSocket: talk, onListening: started }),
			);
			return port;
		}),
		dial: dialRaw,
		request: UPGRADE,
		answer: /x$/,
	},
};

/** What a client does with its connection; it is there until the server has ended. */
const guests: Record<string, (socket: Socket, request: string) => void> = {
	"resets at once": (socket) => socket.resetAndDestroy(),
	"resets in the middle of its request": (socket, request) =>
		socket.write(request.slice(0, -2), () => socket.resetAndDestroy()),
	"resets while it is answered": (socket, request) => {
		socket.once("data", () => socket.resetAndDestroy());
		socket.write(request);
	},
	"ends in the middle of its request": (socket, request) => socket.resume().end(request.slice(0, -2)),
	"stalls in the middle of its request": (socket, request) => socket.resume().write(request.slice(0, -2)),
	"never reads its answer": (socket, request) => socket.pause().write(request),
	"sends its request one byte at a time": (socket, request) => {
		let at = 0;
		const next = (): void => {
			if (at < request.length && socket.writable) socket.write(request[at++] as string, () => setImmediate(next));
		};
		socket.resume();
		next();
	},
};

describe.each(Object.entries(servers))("%s, whose client", (_name, { start, dial, request, answer }) => {
	test.each(Object.entries(guests))(
		"%s: serves others meanwhile, and ends within its grace",
		async (_manner, behave) => {
			const reports: unknown[] = [];
			const main = function* (): Generator<never, void, unknown> {
				const guest: Socket[] = [];
				yield* withTaskGroup(
					function* (group) {
						const port = yield* start(group);
						for (let count = 0; count < 3; count++) {
							const socket = dial(port).on("error", () => {});
							guest.push(socket);
							socket.once("encrypted" in socket ? "secureConnect" : "connect", () => behave(socket, request));
						}
						yield* until(answered(dial(port), request, answer));
						group.cancel();
					},
					{ grace: 300 },
				);
				for (const socket of guest) socket.destroy();
			};
			await checked(main, { onReport: ({ error }) => reports.push(error) });
			// It is the client's fault, and nobody else's.
			expect(reports).toEqual([]);
		},
	);
});

/** One good request, and its whole answer. */
function answered(socket: Socket, request: string, answer: RegExp): Promise<void> {
	return new Promise((resolve, reject) => {
		let length = 0;
		socket.on("error", reject);
		socket.on("data", (chunk: Buffer) => {
			length += chunk.length;
			if (length < LARGE.length || !answer.test(chunk.toString("latin1"))) return;
			socket.destroy();
			resolve();
		});
		socket.write(request);
	});
}
