import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { run, withTaskGroup } from "holdfast";
import { describe, expect, it } from "vitest";
import { largestPage, type Resource, Site } from "./site.ts";

async function get(
	path: string,
	listener: RequestListener,
	limits: { timeout?: number; retries?: number } = {},
): Promise<Resource> {
	const server = createServer(listener).listen(0, "127.0.0.1");
	await once(server, "listening");
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	try {
		return await run(() =>
			withTaskGroup(async (group) => {
				const site = new Site(origin, { concurrency: 2, timeout: 5_000, retries: 1, ...limits }, group);
				return await site.get(path);
			}),
		);
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

const markdown = { "content-type": "text/markdown; charset=utf-8" };

describe("an address", () => {
	it("that holds a document is read", async () => {
		const resource = await get("a.md", (_request, response) => response.writeHead(200, markdown).end("# One\n"));
		expect(resource).toMatchObject({ page: { kind: "markdown", anchors: new Set(["one"]) } });
	});

	it("that holds something else is asked about with HEAD", async () => {
		const methods: (string | undefined)[] = [];
		const resource = await get("a.png", (request, response) => {
			methods.push(request.method);
			response.end();
		});
		expect([resource, methods]).toEqual([{ page: undefined }, ["HEAD"]]);
	});

	it("that holds a document too large to read is there all the same", async () => {
		const resource = await get("a.md", (_request, response) =>
			response.writeHead(200, { ...markdown, "content-length": largestPage + 1 }).end("x".repeat(largestPage + 1)),
		);
		expect(resource).toEqual({ page: undefined });
	});

	it("is tried again after an HTTP 5xx", async () => {
		let tries = 0;
		const resource = await get("a.md", (_request, response) => {
			tries += 1;
			response.writeHead(tries === 1 ? 503 : 200, markdown).end("x");
		});
		expect(resource).toHaveProperty("page");
		expect(tries).toBe(2);
	});

	it("that stays at HTTP 5xx is broken", async () => {
		const resource = await get("a.md", (_request, response) => response.writeHead(503).end());
		expect(resource).toEqual({ reason: "HTTP status", detail: "HTTP 503 after 2 tries" });
	});

	it("that does not answer in time is broken, and the request is given up", async () => {
		const closed: Promise<unknown>[] = [];
		const resource = await get("a.md", (request) => closed.push(once(request.socket, "close")), {
			timeout: 500,
			retries: 1,
		});
		expect(resource).toEqual({ reason: "timeout", detail: "after 2 tries" });
		await Promise.all(closed);
		expect(closed).toHaveLength(2);
	});

	it("whose connection breaks is broken", async () => {
		const resource = await get("a.md", (request) => request.socket.destroy(), { retries: 0 });
		expect(resource).toEqual({
			reason: "network error",
			detail: expect.stringMatching(/^(?:UND_ERR_SOCKET|ECONNRESET)$/),
		});
	});
});
