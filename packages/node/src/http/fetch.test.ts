import { Worker } from "node:worker_threads";
import {
	all,
	CannotBlockError,
	type Coroutine,
	createChannel,
	moveOnAfter,
	retry,
	run,
	runSync,
	sleep,
	TimeoutError,
	until,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetch } from "./fetch.ts";
import { fetchOk, HttpStatusError } from "./fetch-ok.ts";

let server: Worker;
let url: (path: string) => string;

beforeAll(async () => {
	server = new Worker(new URL("../../test/fixtures/answering.ts", import.meta.url));
	const port = await new Promise<number>((resolve) => server.once("message", resolve));
	url = (path) => `http://127.0.0.1:${port}${path}`;
});
afterAll(() => server.terminate());

function thrownBy(call: () => unknown): unknown {
	try {
		call();
	} catch (error) {
		return error;
	}
	throw new Error("Nothing was thrown.");
}

/** One definition for both colours. */
function* ask(path: string, init?: RequestInit): Generator<never, Record<string, unknown>, unknown> {
	const response = yield* fetch(url(path), init);
	return (yield* until(response.json())) as Record<string, unknown>;
}

test("the same code in both colours gives the same", async () => {
	const init = { method: "POST", body: "text", headers: { "x-custom": "yes" } };
	const expected = { method: "POST", type: "text/plain;charset=UTF-8", custom: "yes", body: "text" };
	expect(await run(() => ask("/echo", init))).toEqual(expected);
	expect(runSync(() => ask("/echo", init))).toEqual(expected);
});

test("an answer has its status, headers and address; its body can be read once, in each way", () => {
	runSync(function* () {
		const bytes = yield* fetch(url("/bytes"));
		expect([bytes.status, bytes.ok, bytes.url, bytes.redirected]).toEqual([200, true, url("/bytes"), false]);
		expect(bytes.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
		const copy = bytes.clone();
		expect((yield* until(bytes.arrayBuffer())).byteLength).toBe(200_000);
		expect(bytes.bodyUsed).toBe(true);
		expect(() => bytes.clone()).toThrow(TypeError);
		const blob = yield* until(copy.blob());
		expect([blob.size, blob.type]).toEqual([200_000, "image/x"]);
		const moved = yield* fetch(url("/moved"));
		expect([moved.redirected, moved.url]).toEqual([true, url("/echo")]);
		const empty = yield* fetch(url("/empty"));
		expect([empty.status, empty.body, yield* until(empty.text())]).toEqual([204, null, ""]);
	});
	expect(
		thrownBy(() =>
			runSync(function* () {
				const response = yield* fetch(url("/echo"));
				yield* until(response.text());
				yield* until(response.json());
			}),
		),
	).toBeInstanceOf(TypeError);
});

test("bodies of every kind that is there as a whole", () => {
	const form = new FormData();
	form.set("name", "Ada");
	form.set("file", new File(["content"], "a.txt", { type: "text/plain" }));
	const [search, bytes, blob, multipart, request] = runSync(() =>
		all([
			() => ask("/echo", { method: "PUT", body: new URLSearchParams({ a: "1 2" }) }),
			() => ask("/echo", { method: "PUT", body: new TextEncoder().encode("bytes") }),
			() => ask("/echo", { method: "PUT", body: new Blob(["blob"], { type: "text/x" }) }),
			() => ask("/echo", { method: "PUT", body: form }),
			function* () {
				const response = yield* fetch(new Request(url("/echo"), { method: "DELETE", headers: { "x-custom": "own" } }));
				return (yield* until(response.json())) as Record<string, unknown>;
			},
		]),
	);
	expect(search).toMatchObject({ body: "a=1+2", type: "application/x-www-form-urlencoded;charset=UTF-8" });
	expect(bytes).toMatchObject({ body: "bytes" });
	expect(blob).toMatchObject({ body: "blob", type: "text/x" });
	expect(multipart?.["body"]).toMatch(/name="name"\r\n\r\nAda[\s\S]*filename="a.txt"[\s\S]*content/);
	expect(request).toMatchObject({ method: "DELETE", custom: "own" });
	const stream = (): unknown =>
		runSync(() =>
			fetch(url("/echo"), { method: "PUT", body: new Blob(["x"]).stream(), duplex: "half" } as RequestInit),
		);
	expect(thrownBy(stream)).toBeInstanceOf(CannotBlockError);
	const request2 = new Request(url("/echo"), { method: "PUT", body: "streamed by now" });
	expect(thrownBy(() => runSync(() => fetch(request2)))).toBeInstanceOf(CannotBlockError);
});

test("a deadline, and a signal of one's own, abort the request", () => {
	expect(thrownBy(() => runSync(() => withTimeout(50, () => fetch(url("/slow")))))).toBeInstanceOf(TimeoutError);
	const reason = new Error("by hand");
	const controller = new AbortController();
	const error = thrownBy(() =>
		runSync(() =>
			all([
				() => fetch(url("/slow"), { signal: controller.signal }),
				function* () {
					yield* sleep(50);
					controller.abort(reason);
				},
			]),
		),
	);
	expect(error).toBe(reason);
	const aborted = runSync(function* () {
		for (;;) {
			const count = Number(yield* until((yield* fetch(url("/aborted"))).text()));
			if (count > 0) return count;
			yield* sleep(1);
		}
	});
	expect(aborted).toBeGreaterThan(0);
});

test("no connection is the error that it is in a run", async () => {
	const refused = (): Coroutine<Response> => fetch("http://127.0.0.1:1/");
	const there = await run(refused).catch((error) => error);
	const here = thrownBy(() => runSync(refused));
	expect(here).toBeInstanceOf(TypeError);
	expect(here).toMatchObject({ message: there.message });
});

test("fetchOk has both colours too, retried and in tasks", () => {
	const error = thrownBy(() => runSync(() => fetchOk(url("/missing"))));
	expect(error).toBeInstanceOf(HttpStatusError);
	expect(error).toMatchObject({ status: 404, text: "nothing here" });
	let attempts = 0;
	const value = runSync(() =>
		retry(
			function* () {
				attempts++;
				return yield* until((yield* fetchOk(url(attempts < 3 ? "/missing" : "/echo"))).json());
			},
			{ attempts: 5, delay: 1 },
		),
	);
	expect(value).toMatchObject({ method: "GET" });
	const { sender, receiver } = createChannel<number>(0);
	const total = runSync(() =>
		withTaskGroup(function* (group) {
			for (let i = 0; i < 10; i++)
				group.spawn(function* () {
					yield* sender.send((yield* fetchOk(url("/bytes"))).status);
				});
			let sum = 0;
			for (let i = 0; i < 10; i++) sum += yield* receiver.receive();
			return sum;
		}),
	);
	expect(total).toBe(2_000);
	expect(runSync(() => moveOnAfter(20, () => fetchOk(url("/slow"))))).toBeUndefined();
});
