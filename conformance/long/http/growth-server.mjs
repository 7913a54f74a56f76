/** A server for `http-growth.mjs`: sends its port when it listens, and for every message what it holds. */
import { serveHttp } from "@holdfast/node";
import { run } from "holdfast";

process.on("message", () => {
	// Twice: what is finalized in the first is gone after the second.
	globalThis.gc();
	globalThis.gc();
	const { heapUsed } = process.memoryUsage();
	process.send({ heapUsed, handles: process.getActiveResourcesInfo().length });
});

await run(() =>
	serveHttp({
		port: 0,
		fetch: async (request) => new Response(request.method === "POST" ? await request.text() : "hello"),
		onListening: ({ port }) => process.send(port),
	}),
);
