import { cleanup, createChannel, moveOnAfter, run, sleepForever, until } from "holdfast";
import { expect, test } from "vitest";
import { RawClient } from "../../test/http-client.ts";
import { serving } from "../../test/serving.ts";
import { eventSource, eventStream, readEvents, type ServerSentEvent } from "./server-sent-events.ts";

test("events arrive as they were sent: kinds, ids, several lines", async () => {
	const sent = [
		{ data: "one" },
		{ event: "news", id: "7", data: "two\nlines" },
		{ data: "" },
		{ data: " spaced\r\nä\rend" },
	];
	const source = async function* () {
		yield* sent;
		yield "text";
	};
	await serving({ fetch: () => eventStream(source()) }, async ({ url }) => {
		const response = await fetch(url);
		expect(response.headers.get("content-type")).toBe("text/event-stream");
		expect(response.headers.get("cache-control")).toBe("no-store");
		const heard: ServerSentEvent[] = [];
		await run(async () => {
			for await (const event of readEvents(response)) heard.push(event);
		});
		expect(heard.map(({ event, id, data }) => [event, id, data])).toEqual([
			[undefined, undefined, "one"],
			["news", "7", "two\nlines"],
			[undefined, undefined, ""],
			[undefined, undefined, " spaced\nä\nend"],
			[undefined, undefined, "text"],
		]);
	});
});

test("a client that goes ends the source; silence is broken by comments", async () => {
	const closed: string[] = [];
	const source = {
		first: true,
		next() {
			if (!this.first) return sleepForever() as never;
			this.first = false;
			return Promise.resolve({ done: false as const, value: "one" });
		},
		async return() {
			closed.push("closed");
			return { done: true as const, value: undefined };
		},
		[Symbol.asyncIterator]() {
			return this;
		},
	};
	await serving({ fetch: () => eventStream(source, { heartbeat: 5 }) }, async ({ port }) => {
		const client = new RawClient(port).get("/");
		await client.until("data: one");
		await client.until(/(:\n\n[\s\S]*){3}/);
		client.leave();
		await expect.poll(() => closed).toEqual(["closed"]);
	});
});

test("events of a channel: the handler's scope receives them", async () => {
	const { sender, receiver } = createChannel<string>(0);
	await serving({ fetch: () => eventStream(receiver, { heartbeat: 1 }) }, async ({ url }) => {
		const response = await fetch(url);
		await run(function* () {
			const events = readEvents(response)[Symbol.asyncIterator]();
			for (const text of ["a", "b", "c"]) {
				yield* sender.send(text);
				expect((yield* until(events.next())) as unknown).toMatchObject({ value: { data: text } });
			}
			yield* cleanup(() => events.return?.());
		});
	});
});

test.each([
	[{ data: 1 }, /the data of an event is 1/],
	[{ data: "x", event: "a\nb" }, /event is "a\\nb"; it is a string of one line/],
	[{ data: "x", id: "a\0" }, /id is/],
])("an event that cannot be sent fails the response by name: %o", async (event, message) => {
	const source = async function* () {
		yield event as ServerSentEvent;
	};
	const reports = await serving({ fetch: () => eventStream(source()) }, async ({ port }) => {
		await new RawClient(port).get("/").closed;
	});
	expect((reports[0] as Error).message).toMatch(message);
});

test("a wait for an event that was cancelled loses none", async () => {
	const { sender, receiver } = createChannel<string>(0);
	await serving({ fetch: () => eventStream(receiver) }, async ({ url }) => {
		const response = await fetch(url);
		await run(function* () {
			const events = readEvents(response)[Symbol.asyncIterator]();
			expect(yield* moveOnAfter(5, () => until(events.next()))).toBe(undefined);
			yield* sender.send("kept");
			expect((yield* until(events.next())) as unknown).toMatchObject({ value: { data: "kept" } });
			sender.close();
			expect((yield* until(events.next())) as unknown).toMatchObject({ done: true });
		});
	});
});

test("what is no stream of events, or an event without end, is an error by name", async () => {
	const endless = async function* () {
		yield { data: "x".repeat(5_000) };
	};
	await serving(
		{ fetch: (request) => (request.url.endsWith("/text") ? new Response("text") : eventStream(endless())) },
		async ({ url }) => {
			const text = await fetch(`${url}/text`);
			expect(() => readEvents(text)).toThrow(/is text\/plain;charset=UTF-8, no text\/event-stream/);
			const response = await fetch(url);
			await expect(
				run(async () => {
					for await (const _ of readEvents(response, { maxEventSize: 1_000 }));
				}),
			).rejects.toMatchObject({ name: "LimitExceededError", limit: 1_000 });
		},
	);
});

test("bytes that are no UTF-8 are replaced, as the Web wants it, and harm no other event", async () => {
	const bytes = Buffer.concat([Buffer.from("data: "), Buffer.from([0xff]), Buffer.from("\n\ndata: next\n\n")]);
	const response = new Response(bytes, { headers: { "content-type": "text/event-stream" } });
	const heard: string[] = [];
	await run(async () => {
		for await (const { data } of readEvents(response)) heard.push(data);
	});
	expect(heard).toEqual(["\ufffd", "next"]);
});

test("an event source connects again, and says what it has seen; 204 ends it", async () => {
	const asked: (string | null)[] = [];
	await serving(
		{
			fetch: (request) => {
				const last = request.headers.get("last-event-id");
				asked.push(last);
				if (last === "3") return new Response(null, { status: 204 });
				const source = async function* () {
					yield { id: `${Number(last) + 1}`, data: `after ${last}`, retry: 1 };
				};
				return eventStream(source());
			},
		},
		async ({ url }) => {
			const heard: string[] = [];
			await run(async () => {
				for await (const { data } of eventSource(url, { retry: 1 })) heard.push(data);
			});
			expect(heard).toEqual(["after null", "after 1", "after 2"]);
			expect(asked).toEqual([null, "1", "2", "3"]);
		},
	);
});

test("an event source gives up after so many attempts", async () => {
	await expect(
		run(async () => {
			for await (const _ of eventSource("http://127.0.0.1:1/", { retry: 1, attempts: 3 }));
		}),
	).rejects.toThrow("fetch failed");
});
