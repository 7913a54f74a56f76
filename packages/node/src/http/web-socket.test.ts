import { BrokenResourceError, ClosedResourceError, EndOfChannelError, run, sleepForever } from "holdfast";
import { expect, test } from "vitest";
import { RawClient } from "../../test/http-client.ts";
import { serving } from "../../test/serving.ts";
import { connectWebSocket, loadWebSockets, type WebSocket, type WebSocketMessage } from "./web-socket.ts";

const page = () => new Response("no WebSocket");

/** Sends back what it gets. */
const echo = function* (socket: WebSocket): Generator<never, void, unknown> {
	try {
		for (;;) yield* socket.send(yield* socket.receive());
	} catch (error) {
		if (!(error instanceof EndOfChannelError)) throw error;
	}
};

const to = (url: string): string => url.replace("http", "ws");

/** The error that a coroutine throws. */
function* errorOf(call: () => unknown): Generator<never, unknown, unknown> {
	try {
		yield* call() as Generator<never, unknown, unknown>;
	} catch (error) {
		return error;
	}
	return undefined;
}

test("text and bytes go both ways; both sides know when it is closed", async () => {
	await serving({ fetch: page, webSocket: echo }, async ({ url }) => {
		await run(function* () {
			const socket = yield* connectWebSocket(`${to(url)}/chat`);
			yield* socket.send("text ä");
			expect(yield* socket.receive()).toBe("text ä");
			yield* socket.send(new Uint8Array([1, 2]));
			expect([...((yield* socket.receive()) as Uint8Array)]).toEqual([1, 2]);
			yield* socket.close();
			expect(socket.end).toEqual({ code: 1000, reason: "" });
			expect(socket.statistics().state).toBe("closed");
		});
	});
});

test("what is connected is closed with its scope", async () => {
	await serving({ fetch: page, webSocket: echo }, async ({ url, statistics }) => {
		const socket = await run(() => connectWebSocket(to(url)));
		expect(socket.end).toEqual({ code: 1001, reason: "" });
		await expect.poll(() => statistics().connections).toBe(0);
	});
});

test("the other side's normal end is the end of the messages, any other is an error", async () => {
	const handler = function* (socket: WebSocket): Generator<never, void, unknown> {
		const wish = yield* socket.receive();
		yield* socket.send("last");
		if (wish === "fail") throw new Error("the handler's own");
		if (wish === "odd") yield* socket.close(4000, "because");
	};
	const reports = await serving({ fetch: page, webSocket: handler }, async ({ url }) => {
		await run(function* () {
			const heard: Record<string, unknown[]> = {};
			for (const wish of ["normal", "odd", "fail"]) {
				const socket = yield* connectWebSocket(to(url));
				yield* socket.send(wish);
				const first = yield* socket.receive();
				const error = (yield* errorOf(() => socket.receive())) as Error;
				heard[wish] = [first, error.name, socket.end?.code, (yield* errorOf(() => socket.send("late"))) !== undefined];
			}
			expect(heard).toEqual({
				normal: ["last", "EndOfChannelError", 1000, true],
				odd: ["last", "BrokenResourceError", 4000, true],
				fail: ["last", "BrokenResourceError", 1011, true],
			});
		});
	});
	expect(reports).toMatchObject([{ message: "the handler's own" }]);
});

test("for await gives the messages up to the normal end", async () => {
	const handler = function* (socket: WebSocket): Generator<never, void, unknown> {
		for (let index = 0; index < 100; index++) yield* socket.send(`${index}`);
	};
	await serving({ fetch: page, webSocket: handler }, async ({ url }) => {
		const heard: WebSocketMessage[] = [];
		await run(async () => {
			const socket = await connectWebSocket(to(url), { capacity: 2 });
			for await (const message of socket) heard.push(message);
		});
		expect(heard).toEqual(Array.from({ length: 100 }, (_, index) => `${index}`));
	});
});

test("a side that does not receive makes the other one wait", async () => {
	let sent = 0;
	const handler = function* (socket: WebSocket): Generator<never, void, unknown> {
		for (;;) {
			yield* socket.send(new Uint8Array(100_000));
			sent++;
		}
	};
	await serving({ fetch: page, webSocket: handler }, async ({ url }) => {
		await run(async () => {
			await connectWebSocket(to(url));
			await expect.poll(() => sent).toBeGreaterThan(0);
			let before = -1;
			await expect
				.poll(() => [before, (before = sent)], { interval: 50 })
				.toSatisfy(([then, now]: number[]) => then === now);
			expect(sent).toBeGreaterThan(0);
			expect(sent).toBeLessThan(2_000);
		});
	});
});

test("the server ends: handlers are cancelled, and clients told that it goes away", async () => {
	const log: string[] = [];
	await serving(
		{
			fetch: page,
			webSocket: function* (socket) {
				try {
					yield* socket.send("hello");
					yield* sleepForever();
				} finally {
					log.push("cancelled");
				}
			},
		},
		async ({ url, stop, ended }) => {
			await run(function* () {
				const socket = yield* connectWebSocket(to(url));
				yield* socket.receive();
				stop();
				expect(yield* errorOf(() => socket.receive())).toBeInstanceOf(EndOfChannelError);
				expect(socket.end?.code).toBe(1001);
			});
			await ended;
		},
	);
	expect(log).toEqual(["cancelled"]);
});

test("a client that is lost is no failure of a handler that finds out", async () => {
	const reports = await serving({ fetch: page, webSocket: echo }, async ({ port, statistics }) => {
		const client = new RawClient(port).get(
			"/",
			"Connection: Upgrade",
			"Upgrade: websocket",
			"Sec-WebSocket-Version: 13",
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
		);
		await client.until("101 Switching Protocols");
		client.leave();
		await expect.poll(() => statistics().connections).toBe(0);
	});
	expect(reports).toEqual([]);
});

test("a message that is too large ends the connection, and is not kept", async () => {
	await serving({ fetch: page, webSocket: echo, webSocketOptions: { maxMessageSize: 1_000 } }, async ({ url }) => {
		await run(function* () {
			const socket = yield* connectWebSocket(to(url));
			yield* socket.send("x".repeat(1_001));
			expect(yield* errorOf(() => socket.receive())).toBeInstanceOf(BrokenResourceError);
			expect(socket.end?.code).toBe(1009);
		});
	});
});

test("bytes that are no WebSocket, and requests that are none, are answered and closed", async () => {
	const reports = await serving({ fetch: page, webSocket: echo }, async ({ url, port }) => {
		const wrong = new RawClient(port).get("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 1");
		await wrong.closed;
		expect(wrong.statuses).toEqual(["400"]);
		const client = new RawClient(port).get(
			"/",
			"Connection: Upgrade",
			"Upgrade: websocket",
			"Sec-WebSocket-Version: 13",
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
		);
		await client.until("101 Switching Protocols");
		client.say("\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff");
		await client.closed;
		expect(await (await fetch(url)).text()).toBe("no WebSocket");
	});
	expect(reports).toEqual([]);
});

test("text that is no UTF-8, and a message in pieces without end, end the connection by name, bounded in memory", async () => {
	const errors: unknown[] = [];
	const note = function* (socket: WebSocket): Generator<never, void, unknown> {
		errors.push(yield* errorOf(() => socket.receive()));
	};
	const frame = (head: number, bytes: Buffer): Buffer =>
		Buffer.concat([Buffer.from([head, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
	/** Sends frames as long as the other side takes them, and gives the code that it closes with. */
	const codeAfter = async (port: number, frames: () => Iterable<Buffer>): Promise<number> => {
		const client = new RawClient(port).get(
			"/",
			"Connection: Upgrade",
			"Upgrade: websocket",
			"Sec-WebSocket-Version: 13",
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
		);
		const { length } = await client.until("\r\n\r\n");
		for (const bytes of frames()) {
			if (!client.socket.writable || client.heard.length > length) break;
			await new Promise((resolve) => client.socket.write(bytes, resolve));
		}
		await client.until(/\r\n\r\n[\s\S]{4}/);
		client.leave();
		return client.heard.charCodeAt(length + 2) * 256 + client.heard.charCodeAt(length + 3);
	};
	const endless = function* (): Generator<Buffer, void, unknown> {
		yield frame(0x01, Buffer.alloc(100, "x"));
		for (;;) yield frame(0x00, Buffer.alloc(100, "x"));
	};
	const reports = await serving(
		{ fetch: page, webSocket: note, webSocketOptions: { maxMessageSize: 10_000 } },
		async ({ port, statistics }) => {
			expect(await codeAfter(port, () => [frame(0x81, Buffer.from([0xff, 0xfe]))])).toBe(1007);
			expect(await codeAfter(port, endless)).toBe(1009);
			await expect.poll(() => statistics().connections).toBe(0);
		},
	);
	expect(reports).toEqual([]);
	for (const [index, code] of ["WS_ERR_INVALID_UTF8", "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH"].entries())
		expect(errors[index]).toMatchObject({ name: "BrokenResourceError", cause: { code } });
});

test("a server that answers no ping is given up", async () => {
	await serving(
		{
			fetch: page,
			webSocket: function* () {
				yield* sleepForever();
			},
		},
		async ({ url }) => {
			await run(function* () {
				const socket = yield* connectWebSocket(to(url), { pingInterval: 10 });
				const { prototype } = (yield* loadWebSockets()).WebSocket;
				const { ping } = prototype;
				prototype.ping = () => {};
				try {
					expect(yield* errorOf(() => socket.receive())).toMatchObject({
						name: "BrokenResourceError",
						cause: { message: "it has not answered a ping for 10 ms" },
					});
				} finally {
					prototype.ping = ping;
				}
			});
		},
	);
});

test("wrong uses say what to do", async () => {
	expect(() => connectWebSocket("ftp://here")).toThrow(/is no address of a WebSocket/);
	expect(() => connectWebSocket("ws://here", { capacity: 0 })).toThrow(/capacity is 0/);
	expect(() => connectWebSocket("ws://here", { capacit: 1 } as never)).toThrow(/unknown option "capacit"/);
	await expect(run(() => connectWebSocket("ws://127.0.0.1:1"))).rejects.toMatchObject({
		name: "BrokenResourceError",
		message: expect.stringContaining("ECONNREFUSED"),
	});
	await serving({ fetch: page, webSocket: echo }, async ({ url }) => {
		await run(function* () {
			const socket = yield* connectWebSocket(to(url));
			expect(yield* errorOf(() => socket.send(1 as never))).toMatchObject({
				message: expect.stringContaining("is 1; it is"),
			});
			yield* socket.close();
			expect(yield* errorOf(() => socket.send("x"))).toBeInstanceOf(ClosedResourceError);
			expect(yield* errorOf(() => socket.receive())).toBeInstanceOf(ClosedResourceError);
			yield* socket.close();
		});
	});
});
