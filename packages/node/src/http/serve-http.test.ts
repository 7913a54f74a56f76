import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	ContextVar,
	coroutine,
	createChannel,
	onExit,
	run,
	sleep,
	sleepForever,
	TimeoutError,
	withTimeout,
} from "holdfast";
import { expect, test } from "vitest";
import { RawClient } from "../../test/http-client.ts";
import { serving, sockets } from "../../test/serving.ts";
import { HttpResponse } from "./http-response.ts";
import { serveHttp } from "./serve-http.ts";
import { streamResponse } from "./streaming.ts";

/** A promise and what settles it. */
function signal<T = void>(): { promise: Promise<T>; fire: (value: T) => void } {
	let fire: (value: T) => void = () => {};
	const promise = new Promise<T>((resolve) => {
		fire = resolve;
	});
	return { promise, fire };
}

/** Two looks have seen the same. */
const isStill = ([before, now]: number[]): boolean => before === now;

test("a request is answered by the Response that the handler gives", async () => {
	await serving(
		{
			fetch: async (request) =>
				new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`, {
					status: 201,
					statusText: "Made",
					headers: [
						["x-a", "1"],
						["set-cookie", "a=1"],
						["set-cookie", "b=2"],
					],
				}),
		},
		async ({ url, statistics }) => {
			const response = await fetch(`${url}/here`, { method: "POST", body: "the body" });
			expect(response.status).toBe(201);
			expect(response.statusText).toBe("Made");
			expect(response.headers.get("x-a")).toBe("1");
			expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
			expect(response.headers.get("content-length")).toBe("19");
			expect(await response.text()).toBe("POST /here the body");
			await expect.poll(() => statistics()).toMatchObject({ answered: 1, active: 0, failed: 0 });
		},
	);
});

test("it binds the loopback address unless told otherwise", async () => {
	await serving({ fetch: () => new Response() }, async ({ host, url, port }) => {
		expect(host).toBe("127.0.0.1");
		expect(url).toBe(`http://127.0.0.1:${port}`);
		expect((await fetch(url)).status).toBe(200);
	});
});

test.each([
	["a plain function", () => new Response("here")],
	["an async function", async () => new Response("here")],
	[
		"a generator function",
		function* () {
			yield* sleep(1);
			return new Response("here");
		},
	],
	[
		"a coroutine function",
		coroutine(function* () {
			yield* sleep(1);
			return new Response("here");
		}),
	],
	[
		"a native async function that awaits coroutines",
		async () => {
			await sleep(1);
			await null;
			await sleep(1);
			return new Response("here");
		},
	],
])("a handler may be %s", async (_kind, handler) => {
	await serving({ fetch: handler as () => Response }, async ({ url }) => {
		expect(await (await fetch(url)).text()).toBe("here");
	});
});

test("every kind of body arrives whole", async () => {
	const bodies: Record<string, () => Response> = {
		"/text": () => new Response("äöü"),
		"/bytes": () => new Response(new Uint8Array([195, 164])),
		"/blob": () => new Response(new Blob(["ab", "cd"])),
		"/form": () => new Response(new URLSearchParams({ a: "1" })),
		"/none": () => new Response(null),
		"/empty": () => new Response(""),
		"/json": () => Response.json({ a: 1 }),
		"/large": () => new Response("x".repeat(3_000_000)),
		"/fast": () => new HttpResponse("fast ä"),
		"/fast-json": () => HttpResponse.json({ a: 2 }),
		"/fast-stream": () => new HttpResponse(new Blob(["streamed"]).stream()),
		"/chunks": () =>
			streamResponse(
				(async function* () {
					yield "one ";
					yield new TextEncoder().encode("two");
				})(),
			),
	};
	await serving(
		{ fetch: (request) => (bodies[new URL(request.url).pathname] as () => Response)() },
		async ({ url }) => {
			for (const [path, make] of Object.entries(bodies)) {
				const response = await fetch(url + path);
				const expected = make();
				expect([path, await response.text()]).toEqual([path, await expected.text()]);
				expect(response.headers.get("content-type")?.replace(" ", "")).toBe(
					expected.headers.get("content-type")?.replace(" ", ""),
				);
			}
		},
	);
});

test("a body of one piece has its length, a longer one comes in chunks as they are there", async () => {
	const more = signal();
	await serving(
		{
			fetch: (request) =>
				request.url.endsWith("/short")
					? new Response("short")
					: new Response(
							new ReadableStream({
								async start(controller) {
									controller.enqueue(new TextEncoder().encode("first"));
									await more.promise;
									controller.enqueue(new TextEncoder().encode("second"));
									controller.close();
								},
							}),
						),
		},
		async ({ port }) => {
			const client = new RawClient(port).get("/short");
			await client.until(/content-length: 5\r\n[\s\S]*\r\n\r\nshort/i);
			client.get("/long");
			await client.until(/transfer-encoding: chunked[\s\S]*first/i);
			more.fire();
			await client.until("second");
			client.leave();
		},
	);
});

test("HEAD, 204 and 304 have no body, and what would have made one lets go", async () => {
	const cancelled: string[] = [];
	const body = (name: string): ReadableStream =>
		new ReadableStream({
			cancel() {
				cancelled.push(name);
			},
		});
	await serving(
		{
			fetch: (request) => {
				const status = Number(new URL(request.url).pathname.slice(1));
				return status === 200
					? new Response(body("HEAD"), { headers: { "content-length": "5" } })
					: new HttpResponse(body(`${status}`), { status });
			},
		},
		async ({ port }) => {
			const client = new RawClient(port).say("HEAD /200 HTTP/1.1", "Host: here", "", "");
			await client.until(/200 OK[\s\S]*\r\n\r\n$/);
			expect(client.heard).toMatch(/content-length: 5/i);
			client.get("/204");
			await client.until(/204 No Content[\s\S]*\r\n\r\n$/);
			client.get("/304", "Connection: close");
			await client.closed;
			expect(client.statuses).toEqual(["200", "204", "304"]);
			expect(client.heard).toMatch(/304 Not Modified[\s\S]*\r\n\r\n$/);
		},
	);
	expect(cancelled).toEqual(["HEAD", "204", "304"]);
});

test("a client that asks whether it may send its body is told to, and hints can come before the answer", async () => {
	await serving(
		{
			fetch: async (request, { outgoing }) => {
				outgoing.writeEarlyHints({ link: "</a.css>; rel=preload" });
				return new Response(await request.text());
			},
		},
		async ({ port }) => {
			const client = new RawClient(port).say(
				"POST / HTTP/1.1",
				"Host: here",
				"Content-Length: 4",
				"Expect: 100-continue",
				"",
				"",
			);
			await client.until("100 Continue");
			client.say("body");
			await client.until(/103 Early Hints[\s\S]*200 OK[\s\S]*body$/);
			client.leave();
		},
	);
});

test("requests on one connection are answered in their order, whichever handler is done first", async () => {
	const first = signal();
	await serving(
		{
			fetch: async (request) => {
				if (request.url.endsWith("/1")) await first.promise;
				else first.fire();
				return new Response(`[${new URL(request.url).pathname}]`);
			},
		},
		async ({ port }) => {
			const client = new RawClient(port).get("/1").get("/2").get("/3", "Connection: close");
			await client.closed;
			expect(client.heard.match(/\[\/\d\]/g)).toEqual(["[/1]", "[/2]", "[/3]"]);
		},
	);
});

test("a request may come one byte at a time", async () => {
	await serving({ fetch: async (request) => new Response(await request.text()) }, async ({ port }) => {
		const client = new RawClient(port);
		for (const byte of "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc") {
			client.socket.write(byte);
			await new Promise((resolve) => setImmediate(resolve));
		}
		await client.closed;
		expect(client.heard).toMatch(/200 OK[\s\S]*abc$/);
	});
});

test("the handler is a scope: what it leaves to its end happens when the answer is given", async () => {
	const log: string[] = [];
	await serving(
		{
			fetch: () => {
				onExit(() => log.push("exit"));
				log.push("handler");
				return new Response("here");
			},
		},
		async ({ url }) => {
			await (await fetch(url)).text();
			expect(log).toEqual(["handler", "exit"]);
		},
	);
});

test("context variables of whoever serves are seen; what a handler sets stays its own", async () => {
	const user = new ContextVar("user", { default: "nobody" });
	await serving(
		{
			fetch: () => {
				const before = user.get();
				user.set("me");
				return new Response(before);
			},
		},
		async ({ url }) => {
			expect(await (await fetch(url)).text()).toBe("server");
			expect(await (await fetch(url)).text()).toBe("server");
		},
		{ before: () => user.set("server") },
	);
});

test("a client that goes cancels the handler, whose cleanup runs", async () => {
	const log: string[] = [];
	const begun = signal();
	const cleaned = signal();
	const reports = await serving(
		{
			fetch: function* () {
				try {
					begun.fire();
					yield* sleepForever();
				} finally {
					log.push("cleaned up");
					cleaned.fire();
				}
				return new Response();
			},
		},
		async ({ port, statistics }) => {
			const client = new RawClient(port).get("/");
			await begun.promise;
			client.leave();
			await cleaned.promise;
			await expect.poll(() => statistics()).toMatchObject({ disconnected: 1, answered: 0, active: 0, cut: 0 });
		},
	);
	expect(log).toEqual(["cleaned up"]);
	expect(reports).toEqual([]);
});

test("an upload that is broken off fails the handler's read and cancels it", async () => {
	const begun = signal();
	const seen = signal<unknown>();
	await serving(
		{
			fetch: async (request) => {
				begun.fire();
				try {
					return new Response(await request.text());
				} catch (error) {
					seen.fire(error);
					throw error;
				}
			},
		},
		async ({ port, statistics }) => {
			const client = new RawClient(port).say("POST / HTTP/1.1", "Host: here", "Content-Length: 100", "", "part");
			await begun.promise;
			client.leave();
			expect(await seen.promise).toBeInstanceOf(Error);
			await expect.poll(() => statistics()).toMatchObject({ disconnected: 1, active: 0 });
		},
	);
});

test("an error of a handler is answered 500 and reported; the server goes on", async () => {
	const error = new Error("my own");
	const reports = await serving(
		{
			fetch: async (request) => {
				if (request.url.endsWith("/fail")) throw error;
				return new Response("fine");
			},
		},
		async ({ url, statistics }) => {
			const response = await fetch(`${url}/fail`);
			expect(response.status).toBe(500);
			expect(await response.text()).toBe("500 Internal Server Error\n");
			expect(await (await fetch(url)).text()).toBe("fine");
			expect(statistics()).toMatchObject({ failed: 1 });
		},
	);
	expect(reports).toEqual([error]);
});

test.each([
	["nothing", () => undefined, /gave undefined; return a Response/],
	["a string", () => "text", /gave "text"; return a Response/],
	["a header that cannot be sent", () => new HttpResponse("x", { headers: { "x-a": "a\r\nb" } }), /Invalid character/],
])("%s in the place of a Response is answered 500, and reported with the mend", async (_what, handler, message) => {
	const reports = await serving({ fetch: handler as () => Response }, async ({ url }) => {
		const response = await fetch(url);
		expect(response.status).toBe(500);
		expect(response.headers.get("x-a")).toBe(null);
	});
	expect(reports).toHaveLength(1);
	expect((reports[0] as Error).message).toMatch(message);
});

test("a handler that takes longer than its own limit is answered 504", async () => {
	const reports = await serving({ fetch: () => withTimeout(5, () => sleepForever()) as never }, async ({ url }) => {
		expect((await fetch(url)).status).toBe(504);
	});
	expect(reports[0]).toBeInstanceOf(TimeoutError);
});

test("a body that fails half way breaks the answer off, so that the client sees it, and is reported", async () => {
	const error = new Error("half way");
	const first = signal();
	const reports = await serving(
		{
			fetch: () =>
				new Response(
					new ReadableStream({
						async pull(controller) {
							if (first.promise !== undefined) controller.enqueue(new TextEncoder().encode("first"));
							await first.promise;
							controller.error(error);
						},
					}),
				),
		},
		async ({ port, statistics }) => {
			const client = new RawClient(port).get("/");
			await client.until("first");
			first.fire();
			await client.closed;
			expect(client.heard).not.toMatch(/\r\n0\r\n\r\n$/);
			await expect.poll(() => statistics()).toMatchObject({ failed: 1, answered: 0, disconnected: 0 });
		},
	);
	expect(reports).toEqual([error]);
});

test("a stream is asked for no more than the client reads, and closed when it goes", async () => {
	let given = 0;
	const closed = signal();
	await serving(
		{
			fetch: () =>
				streamResponse(
					(async function* () {
						try {
							for (;;) {
								given++;
								yield new Uint8Array(65_536);
							}
						} finally {
							closed.fire();
						}
					})(),
				),
		},
		async ({ port }) => {
			const client = new RawClient(port);
			client.socket.pause();
			client.get("/");
			// What the operating system takes on both sides is bounded; then nothing more is asked for.
			await expect.poll(() => given).toBeGreaterThan(0);
			let before = -1;
			await expect.poll(() => [before, (before = given)], { interval: 50 }).toSatisfy(isStill);
			expect(given).toBeGreaterThan(0);
			expect(given).toBeLessThan(1_000);
			client.leave();
			await closed.promise;
		},
	);
});

test("a Web stream has the same: backpressure, and its cancel when the client goes", async () => {
	let given = 0;
	const cancelled = signal();
	await serving(
		{
			fetch: () =>
				new Response(
					new ReadableStream({
						pull(controller) {
							given++;
							controller.enqueue(new Uint8Array(65_536));
						},
						cancel() {
							cancelled.fire();
						},
					}),
				),
		},
		async ({ port }) => {
			const client = new RawClient(port);
			client.socket.pause();
			client.get("/");
			// What the operating system takes on both sides is bounded; then nothing more is asked for.
			await expect.poll(() => given).toBeGreaterThan(0);
			let before = -1;
			await expect.poll(() => [before, (before = given)], { interval: 50 }).toSatisfy(isStill);
			expect(given).toBeLessThan(1_000);
			client.leave();
			await cancelled.promise;
		},
	);
});

test("a stream that is made of a channel is read inside the handler's scope", async () => {
	const { sender, receiver } = createChannel<string>(0);
	await serving({ fetch: () => streamResponse(receiver) }, async ({ url }) => {
		const response = fetch(url).then((answer) => answer.text());
		await run(function* () {
			yield* sender.send("a");
			yield* sender.send("b");
			sender.close();
		});
		expect(await response).toBe("ab");
	});
});

test("a body that is larger than allowed is answered 413, and is no failure to report", async () => {
	const reports = await serving(
		{ maxBodySize: 1_000, fetch: async (request) => new Response(await request.text()) },
		async ({ url }) => {
			expect((await fetch(url, { method: "POST", body: "x".repeat(1_000) })).status).toBe(200);
			expect((await fetch(url, { method: "POST", body: "x".repeat(1_001) })).status).toBe(413);
			expect((await fetch(url)).status).toBe(200);
		},
	);
	expect(reports).toEqual([]);
});

test("heads that are too large, or no HTTP, are answered by name and the connection is closed", async () => {
	await serving({ fetch: () => new Response() }, async ({ port, statistics }) => {
		const large = new RawClient(port).get("/", `x: ${"y".repeat(20_000)}`);
		await large.closed;
		expect(large.statuses).toEqual(["431"]);
		const many = new RawClient(port).get("/", ...Array.from({ length: 3_000 }, (_, index) => `x-${index}: y`));
		await many.closed;
		expect(many.statuses).toEqual(["431"]);
		const nonsense = new RawClient(port).say("\0\u00ff nonsense\r\n\r\n");
		await nonsense.closed;
		expect(nonsense.statuses).toEqual(["400"]);
		const smuggling = new RawClient(port).say(
			"POST / HTTP/1.1",
			"Host: here",
			"Content-Length: 3",
			"Transfer-Encoding: chunked",
			"",
			"0",
			"",
			"",
		);
		await smuggling.closed;
		expect(smuggling.statuses).toEqual(["400"]);
		expect(statistics()).toMatchObject({ answered: 0, connections: 0 });
	});
});

test("a head without end is bounded in memory and in time", async () => {
	await serving({ fetch: () => new Response(), headersTimeout: 100, requestTimeout: 200 }, async ({ port }) => {
		const endless = new RawClient(port).say("GET / HTTP/1.1\r\n");
		let sent = 0;
		endless.socket.on("error", () => {});
		while (!endless.socket.destroyed && sent < 10_000_000) {
			endless.socket.write(`x-${sent}: ${"y".repeat(1_000)}\r\n`);
			sent += 1_000;
			await new Promise((resolve) => setImmediate(resolve));
		}
		expect(sent).toBeLessThan(10_000_000);
		const stalling = new RawClient(port).say("GET / HTTP/1.1\r\nHost: he");
		await stalling.closed;
		expect(stalling.statuses).toEqual(["408"]);
	});
});

test("a target that no Request can have is answered 400", async () => {
	await serving({ fetch: (request) => new Response(request.url) }, async ({ port }) => {
		for (const target of ["ftp://here/", "http://", "nonsense"]) {
			const client = new RawClient(port).say(`GET ${target} HTTP/1.1`, "Host: here", "Connection: close", "", "");
			await client.closed;
			expect([target, client.statuses]).toEqual([target, ["400"]]);
		}
		const star = new RawClient(port).say("OPTIONS * HTTP/1.1", "Host: here", "Connection: close", "", "");
		await star.closed;
		expect(star.statuses).toEqual(["200"]);
	});
});

test("the raw face: a handler may answer from a callback, long after it has returned", async () => {
	const log: string[] = [];
	await serving(
		{
			handle: (_incoming, outgoing) => {
				onExit(() => log.push("exit"));
				setTimeout(() => {
					log.push("answers");
					outgoing.end("late");
				}, 5);
			},
		},
		async ({ url }) => {
			expect(await (await fetch(url)).text()).toBe("late");
			await expect.poll(() => log).toEqual(["answers", "exit"]);
		},
	);
});

test("the raw face: errors are answered 500, a client that goes cancels, a write after the end is reported", async () => {
	const begun = signal();
	const cleaned = signal();
	const reports = await serving(
		{
			handle: function* (incoming, outgoing) {
				if (incoming.url === "/fail") {
					outgoing.setHeader("x-a", "1");
					throw new Error("failed");
				}
				if (incoming.url === "/twice") {
					outgoing.end("once");
					outgoing.write("twice");
					return;
				}
				try {
					begun.fire();
					yield* sleepForever();
				} finally {
					cleaned.fire();
				}
			},
		},
		async ({ url, port }) => {
			const failed = await fetch(`${url}/fail`);
			expect([failed.status, failed.headers.get("x-a")]).toEqual([500, null]);
			expect(await (await fetch(`${url}/twice`)).text()).toBe("once");
			const client = new RawClient(port).get("/");
			await begun.promise;
			client.leave();
			await cleaned.promise;
		},
	);
	expect(reports.map((error) => (error as Error).message)).toEqual(["failed", "write after end"]);
});

test("a port that is taken is an error of serveHttp; a Unix socket is served too", async () => {
	await serving({ fetch: () => new Response() }, async ({ port }) => {
		await expect(run(() => serveHttp({ port, fetch: () => new Response() }))).rejects.toMatchObject({
			name: "ListenError",
			cause: { code: "EADDRINUSE" },
		});
	});
	const path = join(tmpdir(), `holdfast-http-${process.pid}.sock`);
	await serving({ path, fetch: () => new Response("unix") }, async ({ url }) => {
		expect(url).toBe(path);
		const client = new RawClient({ path }).get("/", "Connection: close");
		await client.closed;
		expect(client.heard).toMatch(/unix$/);
	});
});

test("cancelled before it listens, nothing is left open", async () => {
	const before = sockets();
	for (const host of ["127.0.0.1", "localhost"])
		await run(function* () {
			yield* withTimeout(0, () => serveHttp({ port: 0, host, fetch: () => new Response() }));
		}).catch((error: unknown) => expect(error).toBeInstanceOf(TimeoutError));
	await expect.poll(() => sockets()).toBe(before);
});

test.each([
	[{}, /either fetch\(request\), which returns a Response, or handle/],
	[{ fetch: () => new Response(), handle: () => {} }, /either fetch/],
	[{ fetch: "x" }, /fetch is "x"; pass a function/],
	[{ fetch: () => new Response() }, /where\? Pass a port/],
	[{ fetch: () => new Response(), port: -1 }, /port is -1; it is a whole number/],
	[{ fetch: () => new Response(), port: 1, drain: Number.NaN }, /drain is NaN; it is a number of milliseconds/],
	[{ fetch: () => new Response(), port: 1, maxBodySize: -1 }, /maxBodySize is -1/],
	[{ fetch: () => new Response(), prot: 1 }, /unknown option "prot"; known are fetch/],
])("wrong options are refused at the call: %o", (options, message) => {
	expect(() => serveHttp(options as never)).toThrow(message);
});
