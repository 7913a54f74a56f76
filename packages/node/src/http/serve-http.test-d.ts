import { type Coroutine, retry, type TaskGroup } from "holdfast";
import { expectTypeOf, test } from "vitest";
import { fetchOk, isTransient } from "./fetch-ok.ts";
import { HttpResponse } from "./http-response.ts";
import { type HttpListening, serveHttp } from "./serve-http.ts";
import { eventStream, readEvents, type ServerSentEvent } from "./server-sent-events.ts";
import { connectWebSocket, type WebSocket } from "./web-socket.ts";

test("a server does not give anything, and tells where it listens", () => {
	expectTypeOf(serveHttp({ port: 0, fetch: () => new Response() })).toEqualTypeOf<Coroutine<never>>();
	const start = (group: TaskGroup) =>
		group.start<HttpListening, [], never>((started) =>
			serveHttp({ port: 0, onListening: started, fetch: async () => new HttpResponse("x") }),
		);
	expectTypeOf<ReturnType<typeof start>>().toEqualTypeOf<Coroutine<HttpListening>>();
});

test("a handler of fetch gives a Response, one of Node's objects whatever it likes", () => {
	serveHttp({
		port: 0,
		fetch: (request, { incoming }) => new Response(`${request.url} ${incoming.socket.remoteAddress}`),
	});
	serveHttp({ port: 0, handle: (incoming, outgoing) => outgoing.end(incoming.url) });
	// @ts-expect-error a text is no Response
	serveHttp({ port: 0, fetch: () => "text" });
	// @ts-expect-error the port is a number
	serveHttp({ port: "80", fetch: () => new Response() });
	// @ts-expect-error an option that there is not
	serveHttp({ prot: 80, fetch: () => new Response() });
});

test("WebSockets, events and answers have their types", () => {
	expectTypeOf(connectWebSocket("ws://here")).resolves.toEqualTypeOf<WebSocket>();
	serveHttp({ port: 0, fetch: () => new Response(), webSocket: (socket) => socket.send("hello") });
	expectTypeOf(eventStream([] as unknown as AsyncIterable<string>)).toEqualTypeOf<Response>();
	expectTypeOf(readEvents(new Response())).toEqualTypeOf<AsyncIterable<ServerSentEvent>>();
	expectTypeOf(retry(() => fetchOk("http://here"), { retryIf: isTransient })).toEqualTypeOf<Coroutine<Response>>();
	// @ts-expect-error a message is text or bytes
	serveHttp({ port: 0, fetch: () => new Response(), webSocket: (socket) => socket.send(1) });
});
