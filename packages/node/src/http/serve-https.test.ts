import { request as secureRequest } from "node:https";
import { connect as connectSecurely } from "node:tls";
import { BrokenResourceError, EndOfChannelError, run, sleepForever } from "holdfast";
import { expect, test } from "vitest";
import { RawClient } from "../../test/http-client.ts";
import { serving } from "../../test/serving.ts";
import { credentials } from "../../test/sockets.ts";
import { streamResponse } from "./streaming.ts";
import { connectWebSocket, type WebSocket } from "./web-socket.ts";

const ca = credentials.cert;

function signal(): { promise: Promise<void>; fire: () => void } {
	let fire = (): void => {};
	const promise = new Promise<void>((resolve) => {
		fire = resolve;
	});
	return { promise, fire };
}

/** A client of bytes over TLS. */
const secureClient = (port: number): RawClient => new RawClient(connectSecurely({ port, host: "127.0.0.1", ca }));

const greet = (): Response => new Response("hello");

test("a request over TLS is answered, and knows its address", async () => {
	await serving(
		{ tls: credentials, fetch: async (request) => new Response(`${request.url} ${await request.text()}`) },
		async ({ url, statistics }) => {
			expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
			const answer = await new Promise<string>((resolve, reject) => {
				const asked = secureRequest(`${url}/here`, { method: "POST", ca }, (response) => {
					let text = "";
					response.setEncoding("utf8").on("data", (chunk: string) => {
						text += chunk;
					});
					response.on("end", () => resolve(text));
				});
				asked.on("error", reject);
				asked.end("the body");
			});
			expect(answer).toBe(`${url}/here the body`);
			await expect.poll(() => statistics()).toMatchObject({ answered: 1, active: 0, failed: 0 });
		},
	);
});

test("several requests on one connection; a client that goes cancels the handler", async () => {
	const begun = signal();
	const cleaned = signal();
	await serving(
		{
			tls: credentials,
			fetch: function* (request): Generator<never, Response, unknown> {
				if (!request.url.endsWith("/held")) return greet();
				try {
					begun.fire();
					return yield* sleepForever();
				} finally {
					cleaned.fire();
				}
			},
		},
		async ({ port, statistics }) => {
			const client = secureClient(port).get("/").get("/");
			await client.until(/hello[\s\S]*hello/);
			client.get("/held");
			await begun.promise;
			expect(statistics().connections).toBe(1);
			client.leave();
			await cleaned.promise;
			await expect.poll(() => statistics()).toMatchObject({ connections: 0, disconnected: 1 });
		},
	);
});

test("the server ends: requests in flight are answered whole, idle connections closed", async () => {
	const begun = [signal(), signal()] as const;
	const may = signal();
	await serving(
		{
			tls: credentials,
			fetch: async (request) => {
				if (request.url.endsWith("/idle")) return greet();
				if (request.url.endsWith("/begun"))
					return streamResponse(
						(async function* () {
							yield "first ";
							begun[0].fire();
							await may.promise;
							yield "last";
						})(),
					);
				begun[1].fire();
				await may.promise;
				return new Response("whole");
			},
		},
		async ({ port, stop, ended, statistics }) => {
			const idle = secureClient(port).get("/idle");
			await idle.until("hello");
			const half = secureClient(port).get("/begun");
			const waiting = secureClient(port).get("/");
			await Promise.all(begun.map(({ promise }) => promise));
			stop();
			expect(await idle.closed).toBe("");
			may.fire();
			await Promise.all([half.closed, waiting.closed]);
			expect(half.heard).toMatch(/first [\s\S]*last[\s\S]*0\r\n\r\n$/);
			expect(waiting.heard).toMatch(/connection: close[\s\S]*whole$/i);
			await ended;
			expect(statistics()).toMatchObject({ answered: 3, refused: 0, cut: 0, disconnected: 0, connections: 0 });
		},
	);
});

test("what takes longer than the grace is broken off, and one that is silent in its handshake holds up nothing", async () => {
	const begun = signal();
	await serving(
		{
			tls: credentials,
			fetch: () =>
				streamResponse(
					(async function* () {
						yield "first";
						begun.fire();
						await new Promise(() => {});
					})(),
				),
		},
		async ({ port, stop, ended, statistics }) => {
			const silent = new RawClient(port);
			const client = secureClient(port).get("/");
			await client.until("first");
			await begun.promise;
			await expect.poll(() => statistics().connections).toBe(2);
			stop();
			await Promise.all([client.closed, silent.closed, ended]);
			expect(client.heard).not.toMatch(/0\r\n\r\n$/);
			await expect.poll(() => statistics()).toMatchObject({ cut: 1, connections: 0 });
		},
		{ grace: 300 },
	);
});

test("bytes that are no TLS, and a handshake that fails, harm nobody", async () => {
	const reports = await serving({ tls: credentials, fetch: greet }, async ({ port, statistics }) => {
		const plain = new RawClient(port).get("/");
		await plain.closed;
		expect(plain.heard).not.toContain("200");
		const distrustful = new RawClient(connectSecurely({ port, host: "127.0.0.1" }));
		expect(await distrustful.closed).toMatch(/CERT|SIGNED/);
		const client = secureClient(port).get("/", "Connection: close");
		await client.closed;
		expect(client.heard).toMatch(/hello$/);
		await expect.poll(() => statistics().connections).toBe(0);
	});
	expect(reports).toEqual([]);
});

test("WebSockets over TLS: messages go both ways, and the server's end closes them", async () => {
	const echo = function* (socket: WebSocket): Generator<never, void, unknown> {
		try {
			for (;;) yield* socket.send(yield* socket.receive());
		} catch (error) {
			if (!(error instanceof EndOfChannelError)) throw error;
		}
	};
	await serving({ tls: credentials, fetch: greet, webSocket: echo }, async ({ url, stop, ended, statistics }) => {
		const address = url.replace("https", "wss");
		await run(function* () {
			const socket = yield* connectWebSocket(address, { tls: { ca } });
			yield* socket.send("text");
			expect(yield* socket.receive()).toBe("text");
			yield* socket.close();
			expect(socket.end).toEqual({ code: 1000, reason: "" });
		});
		await expect.poll(() => statistics().connections).toBe(0);
		await expect(run(() => connectWebSocket(address))).rejects.toThrow(BrokenResourceError);
		await expect(run(() => connectWebSocket(address))).rejects.toThrow(/certificate/);
		const end = await run(function* () {
			const socket = yield* connectWebSocket(address, { tls: { ca } });
			stop();
			try {
				yield* socket.receive();
			} catch {
				// Closed by the other side.
			}
			return socket.end;
		});
		expect(end).toMatchObject({ code: 1001 });
		await ended;
	});
});
