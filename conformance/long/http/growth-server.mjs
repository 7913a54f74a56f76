/** A server for `http-growth.mjs`: sends its port when it listens, and for every message what it holds. */
import { serveHttp } from "@holdfast/node";
import { run } from "holdfast";

process.on("message", () => {
	// Twice: what is finalized in the first is gone after the second.
	globalThis.gc();
	globalThis.gc();
	const { heapUsed } = process.memoryUsage();
	const all = process.getActiveResourcesInfo();
	// Timers come and go: of requests that are answered just now, and of connections that idle.
	const handles = all.filter((kind) => kind !== "Timeout" && kind !== "Immediate").length;
	process.send({ heapUsed, handles, timers: all.length - handles });
});

await run(() =>
	serveHttp({
		port: 0,
		fetch: async (request) => new Response(request.method === "POST" ? await request.text() : "hello"),
		onListening: ({ port }) => process.send(port),
	}),
);
