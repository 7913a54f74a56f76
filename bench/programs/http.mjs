/**
 * One server, for `bench/http.mjs`: `http.mjs CONTESTANT PROGRAM`. Prints its port when it listens.
 * `hello`: a short text. `echo`: a JSON body is read, and sent back with a field more. `stream`: 20 chunks of 1 KiB.
 */
import { createServer } from "node:http";

const [contestant, program = "hello"] = process.argv.slice(2);
const chunk = new Uint8Array(1024);
const listening = ({ port }) => process.stdout.write(`${port}\n`);

/** With Node's own objects. */
const onNode = {
	hello: (_incoming, outgoing) => {
		outgoing.writeHead(200, { "content-type": "text/plain;charset=UTF-8", "content-length": 11 });
		outgoing.end("hello world");
	},
	echo: (incoming, outgoing) => {
		const chunks = [];
		incoming.on("data", (data) => chunks.push(data));
		incoming.on("end", () => {
			const text = JSON.stringify({ ...JSON.parse(Buffer.concat(chunks).toString()), seen: true });
			outgoing.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
			outgoing.end(text);
		});
	},
	stream: (_incoming, outgoing) => {
		outgoing.writeHead(200, { "content-type": "application/octet-stream" });
		let left = 20;
		const next = () => {
			if (left-- === 0) outgoing.end();
			else if (outgoing.write(chunk)) queueMicrotask(next);
			else outgoing.once("drain", next);
		};
		next();
	},
};

/** With Web standards; the class is the one that each adapter recommends. */
const onWeb = (Response) => ({
	hello: () => new Response("hello world"),
	echo: async (request) => Response.json({ ...(await request.json()), seen: true }),
	stream: () => {
		let left = 20;
		return new Response(
			new ReadableStream({
				pull(controller) {
					if (left-- === 0) controller.close();
					else controller.enqueue(chunk);
				},
			}),
			{ headers: { "content-type": "application/octet-stream" } },
		);
	},
});

const holdfast = async () => ({ ...(await import("holdfast")), ...(await import("@holdfast/node")) });

const contestants = {
	"node:http": async () => {
		const server = createServer(onNode[program]);
		server.listen(0, "127.0.0.1", () => listening(server.address()));
	},
	"holdfast handle": async () => {
		const { run, serveHttp } = await holdfast();
		await run(() => serveHttp({ port: 0, handle: onNode[program], onListening: listening }));
	},
	"holdfast fetch": async () => {
		const { run, serveHttp, HttpResponse } = await holdfast();
		await run(() => serveHttp({ port: 0, fetch: onWeb(HttpResponse)[program], onListening: listening }));
	},
	"holdfast fetch, global Response": async () => {
		const { run, serveHttp } = await holdfast();
		await run(() => serveHttp({ port: 0, fetch: onWeb(Response)[program], onListening: listening }));
	},
	srvx: async () => {
		const { FastResponse, serve } = await import("srvx/node");
		const server = serve({ port: 0, hostname: "127.0.0.1", silent: true, fetch: onWeb(FastResponse)[program] });
		await server.ready();
		listening({ port: new URL(server.url).port });
	},
	"srvx, global Response": async () => {
		const { serve } = await import("srvx/node");
		const server = serve({ port: 0, hostname: "127.0.0.1", silent: true, fetch: onWeb(Response)[program] });
		await server.ready();
		listening({ port: new URL(server.url).port });
	},
	// It replaces the global Response by one of its own, unless told otherwise.
	"@hono/node-server": async () => {
		const { createAdaptorServer } = await import("@hono/node-server");
		const server = createAdaptorServer({ fetch: (request) => onWeb(globalThis.Response)[program](request) });
		server.listen(0, "127.0.0.1", () => listening(server.address()));
	},
	"@hono/node-server, global Response": async () => {
		const { createAdaptorServer } = await import("@hono/node-server");
		const { fetch } = { fetch: onWeb(Response)[program] };
		const server = createAdaptorServer({ fetch, overrideGlobalObjects: false });
		server.listen(0, "127.0.0.1", () => listening(server.address()));
	},
};

await contestants[contestant]();
