// Clients that are slow, greedy, or lie about what they send: bounded in memory and in time, and answered by name.
import { sleepForever } from "holdfast";
import { expect, test } from "vitest";
import { RawClient } from "../../test/http-client.ts";
import { serving } from "../../test/serving.ts";

const read = async (request: Request): Promise<Response> => new Response(String((await request.text()).length));

test("a body that stalls is given up after requestTimeout: the handler's read fails, and nobody is to blame", async () => {
	const failed: unknown[] = [];
	const reports = await serving(
		{
			headersTimeout: 100,
			requestTimeout: 200,
			fetch: async (request) => {
				try {
					return await read(request);
				} catch (error) {
					failed.push(error);
					throw error;
				}
			},
		},
		async ({ port, statistics }) => {
			const client = new RawClient(port).say("POST / HTTP/1.1", "Host: here", "Content-Length: 100", "", "half");
			await client.closed;
			expect(client.statuses).toEqual(["408"]);
			await expect.poll(() => statistics()).toMatchObject({ active: 0, connections: 0, failed: 0 });
		},
	);
	expect(failed).toHaveLength(1);
	expect(reports).toEqual([]);
});

test("a connection that idles between requests is closed after keepAliveTimeout", async () => {
	await serving({ keepAliveTimeout: 50, fetch: read }, async ({ port, statistics }) => {
		const client = new RawClient(port).get("/");
		expect(await client.closed).toBe("");
		expect(client.statuses).toEqual(["200"]);
		await expect.poll(() => statistics().connections).toBe(0);
	});
});

test("more connections than maxConnections are closed, and the others served", async () => {
	await serving({ maxConnections: 2, fetch: read }, async ({ port, statistics }) => {
		const clients = [new RawClient(port), new RawClient(port)];
		await expect.poll(() => statistics().connections).toBe(2);
		const third = new RawClient(port).get("/");
		await third.closed;
		expect(third.statuses).toEqual([]);
		for (const client of clients) await client.get("/").until(/\r\n\r\n0$/);
		clients[0]?.leave();
		await expect.poll(() => statistics().connections).toBe(1);
		await new RawClient(port).get("/", "Connection: close").closed;
	});
});

test.each([
	["a length that is none", ["Content-Length: ten", "", "x"]],
	["a length beside chunks", ["Content-Length: 5", "Transfer-Encoding: chunked", "", "0\r\n\r\n"]],
	["two lengths", ["Content-Length: 1", "Content-Length: 2", "", "xx"]],
	["a header with a line break in its name", ["X\rY: 1", "", ""]],
	["no host", []],
])("a request with %s is answered 400, and its connection closed", async (what, lines) => {
	const reports = await serving({ fetch: read }, async ({ port, statistics }) => {
		const host = what === "no host" ? [] : ["Host: here"];
		const client = new RawClient(port).say("POST / HTTP/1.1", ...host, ...lines, "", "");
		await client.closed;
		expect(client.statuses).toEqual(["400"]);
		await expect.poll(() => statistics()).toMatchObject({ active: 0, connections: 0 });
	});
	expect(reports).toEqual([]);
});

test("chunks that are none end the connection, and the handler that reads them", async () => {
	const reports = await serving({ fetch: read }, async ({ port, statistics }) => {
		const client = new RawClient(port).say("POST / HTTP/1.1", "Host: here", "Transfer-Encoding: chunked", "", "5");
		client.say("", "hello", "nonsense", "");
		await client.closed;
		expect(client.statuses).not.toContain("200");
		await expect.poll(() => statistics()).toMatchObject({ active: 0, connections: 0 });
	});
	expect(reports).toEqual([]);
});

test("a client that asks on and on without waiting for answers is broken off", async () => {
	let most = 0;
	const reports = await serving(
		{
			fetch: function* (): Generator<never, Response, unknown> {
				return yield* sleepForever();
			},
		},
		async ({ port, statistics }) => {
			const client = new RawClient(port);
			const requests = "GET / HTTP/1.1\r\nHost: here\r\n\r\n".repeat(1_000);
			for (let count = 0; count < 200 && !client.socket.destroyed; count++) {
				await new Promise((resolve) => client.socket.write(requests, resolve));
				most = Math.max(most, statistics().active);
			}
			await client.closed;
			await expect.poll(() => statistics()).toMatchObject({ active: 0, connections: 0 });
		},
	);
	expect(most).toBeLessThan(5_000);
	expect(reports).toEqual([]);
});

test("a client that goes cancels all that it has asked for, also what waits behind another answer", async () => {
	let open = 0;
	await serving(
		{
			fetch: function* (): Generator<never, Response, unknown> {
				open++;
				try {
					return yield* sleepForever();
				} finally {
					open--;
				}
			},
		},
		async ({ port, statistics }) => {
			const client = new RawClient(port).get("/").get("/").get("/");
			await expect.poll(() => open).toBe(3);
			client.leave();
			await expect.poll(() => [open, statistics().active, statistics().disconnected]).toEqual([0, 0, 3]);
		},
	);
});

test("a hundred requests at once on one connection are answered in their order", async () => {
	await serving({ fetch: (request) => new Response(`<${new URL(request.url).pathname}>`) }, async ({ port }) => {
		const client = new RawClient(port);
		for (let count = 0; count < 100; count++) client.get(`/${count}`);
		await client.until("</99>");
		expect([...client.heard.matchAll(/<\/(\d+)>/g)].map(([, count]) => Number(count))).toEqual(
			Array.from({ length: 100 }, (_, count) => count),
		);
	});
});
