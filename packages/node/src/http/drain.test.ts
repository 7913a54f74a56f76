import { cleanup, sleep, sleepForever } from "holdfast";
import { expect, test } from "vitest";
import { RawClient } from "../../test/http-client.ts";
import { serving } from "../../test/serving.ts";
import { streamResponse } from "./streaming.ts";

function signal(): { promise: Promise<void>; fire: () => void } {
	let fire = (): void => {};
	const promise = new Promise<void>((resolve) => {
		fire = resolve;
	});
	return { promise, fire };
}

test("a request in flight is answered whole, with the word that the connection ends; idle ones are closed, new ones refused", async () => {
	const begun = signal();
	const may = signal();
	await serving(
		{
			fetch: async () => {
				begun.fire();
				await may.promise;
				return new Response("whole");
			},
		},
		async ({ port, stop, ended, statistics }) => {
			const idle = new RawClient(port);
			await expect.poll(() => statistics().connections).toBe(1);
			const busy = new RawClient(port).get("/");
			await begun.promise;
			stop();
			expect(await idle.closed).toBe("");
			const late = new RawClient(port);
			expect(await late.closed).toBe("ECONNREFUSED");
			may.fire();
			await busy.closed;
			expect(busy.heard).toMatch(/connection: close[\s\S]*whole$/i);
			await ended;
			expect(statistics()).toMatchObject({ answered: 1, refused: 0, cut: 0, disconnected: 0, connections: 0 });
		},
	);
});

test("an answer that had begun goes on to its end, and so does what a slow client has yet to read", async () => {
	const begun = signal();
	const may = signal();
	const size = 20_000_000;
	await serving(
		{
			fetch: async (request) =>
				request.url.endsWith("/large")
					? new Response("x".repeat(size), { headers: { "content-length": `${size}` } })
					: streamResponse(
							(async function* () {
								yield "begun ";
								begun.fire();
								await may.promise;
								yield "ended";
							})(),
						),
		},
		async ({ port, stop, ended, statistics }) => {
			const streaming = new RawClient(port).get("/stream");
			await begun.promise;
			const slow = new RawClient(port);
			slow.socket.pause();
			slow.get("/large");
			await expect.poll(() => statistics().active).toBe(2);
			stop();
			// The server has written it all by now, as far as Node is concerned.
			await new Promise((resolve) => setTimeout(resolve, 50));
			may.fire();
			slow.socket.resume();
			await Promise.all([streaming.closed, slow.closed, ended]);
			expect(streaming.heard).toMatch(/begun [\s\S]*ended\r\n0\r\n\r\n$/);
			expect(slow.heard.length).toBeGreaterThan(size);
			expect(statistics()).toMatchObject({ answered: 2, cut: 0 });
		},
	);
});

test("requests that come on open connections meanwhile are answered too", async () => {
	const begun = signal();
	const may = signal();
	await serving(
		{
			fetch: async (request) => {
				if (request.url.endsWith("/first")) {
					begun.fire();
					await may.promise;
				}
				return new Response(new URL(request.url).pathname);
			},
		},
		async ({ port, stop, ended }) => {
			const client = new RawClient(port).get("/first").get("/second");
			await begun.promise;
			stop();
			await new Promise((resolve) => setTimeout(resolve, 20));
			may.fire();
			await client.closed;
			await ended;
			// The connection ends with the first answer, which says so: the second request was refused before its first byte.
			expect(client.heard).toMatch(/connection: close[\s\S]*\/first/i);
		},
	);
});

test("what takes longer than drain is cancelled, cleans up within the grace, and is answered 503", async () => {
	const log: string[] = [];
	const begun = signal();
	await serving(
		{
			drain: 20,
			fetch: function* () {
				try {
					begun.fire();
					yield* sleepForever();
				} finally {
					log.push("cancelled");
				}
				return new Response();
			},
		},
		async ({ port, stop, ended, statistics }) => {
			const client = new RawClient(port).get("/");
			await begun.promise;
			stop();
			await client.closed;
			expect(client.statuses).toEqual(["503"]);
			await ended;
			expect(statistics()).toMatchObject({ answered: 1, refused: 1, cut: 0 });
		},
	);
	expect(log).toEqual(["cancelled"]);
});

test("an answer that has begun and takes longer is broken off and counted", async () => {
	await serving(
		{
			drain: 20,
			fetch: () =>
				streamResponse(
					(async function* () {
						yield "begun";
						await sleepForever();
					})(),
				),
		},
		async ({ port, stop, ended, statistics }) => {
			const client = new RawClient(port).get("/");
			await client.until("begun");
			stop();
			await client.closed;
			expect(client.heard).not.toMatch(/0\r\n\r\n$/);
			await ended;
			expect(statistics()).toMatchObject({ answered: 0, cut: 1, disconnected: 0 });
		},
	);
});

test("a client that never reads its answer does not hold the server up", async () => {
	await serving(
		{ drain: 20, fetch: () => new Response("x".repeat(50_000_000)) },
		async ({ port, stop, ended, statistics }) => {
			const client = new RawClient(port);
			client.socket.pause();
			client.get("/");
			await expect.poll(() => statistics().active).toBe(1);
			stop();
			await ended;
			expect(statistics()).toMatchObject({ cut: 1, connections: 0 });
			client.leave();
		},
	);
});

test("without a grace everything is broken off at once", async () => {
	const begun = signal();
	await serving(
		{
			fetch: function* () {
				begun.fire();
				yield* sleep(60_000);
				return new Response();
			},
		},
		async ({ port, stop, ended, statistics }) => {
			const client = new RawClient(port).get("/");
			await begun.promise;
			stop();
			await client.closed;
			await ended;
			expect(statistics()).toMatchObject({ connections: 0, active: 0 });
		},
		{ grace: 0 },
	);
});

test("cleanup that outlasts the grace is cut, and the server ends all the same", async () => {
	const begun = signal();
	await serving(
		{
			fetch: function* () {
				try {
					begun.fire();
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(60_000));
				}
				return new Response();
			},
		},
		async ({ port, stop, ended }) => {
			const client = new RawClient(port).get("/");
			await begun.promise;
			stop();
			await client.closed;
			await ended;
		},
		{ grace: 200 },
	);
});
