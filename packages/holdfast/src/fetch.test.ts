import { afterEach, expect, test } from "vitest";
import { fetch } from "./fetch.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { run } from "./run.ts";
import { moveOnAfter, withTimeout } from "./scopes.ts";
import { now } from "./sleep.ts";

const real = globalThis.fetch;
afterEach(() => {
	globalThis.fetch = real;
});

interface Call {
	readonly input: unknown;
	readonly signal: AbortSignal;
	answer(response: Response): void;
}

/** Replaces the global fetch; a call ends when it is answered or its signal is aborted. */
function intercept(): Call[] {
	const calls: Call[] = [];
	globalThis.fetch = (input, init) =>
		new Promise<Response>((resolve, reject) => {
			const signal = init?.signal as AbortSignal;
			const abort = (): void => reject(signal.reason);
			if (signal.aborted) abort();
			else signal.addEventListener("abort", abort);
			calls.push({ input, signal, answer: resolve });
		});
	return calls;
}

test("gives the response, and virtual time does not jump meanwhile", async () => {
	const calls = intercept();
	const reports: unknown[] = [];
	const text = await run(
		function* () {
			setTimeout(() => calls[0]?.answer(new Response("hello")), 5);
			const response = yield* withTimeout(10_000, () => fetch("https://example.com/"));
			expect(now()).toBe(0);
			return response.text();
		},
		{ loop: new VirtualLoop(), onReport: (it) => reports.push(it) },
	);
	expect([text, calls[0]?.input, reports]).toEqual(["hello", "https://example.com/", []]);
});

test("cancelled: the request is aborted, the wait throws Cancelled, nothing is reported", async () => {
	const calls = intercept();
	const reports: unknown[] = [];
	await run(
		function* () {
			expect(yield* moveOnAfter(10, () => fetch("https://example.com/"))).toBeUndefined();
			expect(calls[0]?.signal.aborted).toBe(true);
		},
		{ onReport: (it) => reports.push(it) },
	);
	expect(reports).toEqual([]);
});

test("a signal of one's own throws its own reason, an ordinary error", async () => {
	for (const wrap of [
		(signal: AbortSignal) => fetch("https://example.com/", { signal }),
		(signal: AbortSignal) => fetch(new Request("https://example.com/", { signal })),
	]) {
		intercept();
		const reason = new Error("mine");
		const controller = new AbortController();
		await run(function* () {
			setTimeout(() => controller.abort(reason), 5);
			try {
				yield* wrap(controller.signal);
				expect.unreachable();
			} catch (error) {
				expect(error).toBe(reason);
			}
		});
	}
});

test("cancelled beside a signal of one's own: the request is aborted too", async () => {
	const calls = intercept();
	const { signal } = new AbortController();
	await run(() => moveOnAfter(10, () => fetch("https://example.com/", { signal })));
	expect(calls[0]?.signal.aborted).toBe(true);
});

test("a failure is thrown as it is", async () => {
	const boom = new TypeError("fetch failed");
	globalThis.fetch = () => Promise.reject(boom);
	await expect(run(() => fetch("https://example.com/"))).rejects.toBe(boom);
});

test("in a cancelled scope nothing is requested", async () => {
	const calls = intercept();
	await run(() =>
		moveOnAfter(0, function* () {
			yield* fetch("https://example.com/");
		}),
	);
	expect(calls).toEqual([]);
});

test("init: null removes the request's own signal, the scope's stays", async () => {
	const calls = intercept();
	await run(function* () {
		const request = new Request("https://example.com/", { signal: AbortSignal.abort() });
		setTimeout(() => calls[0]?.answer(new Response("fine")), 5);
		expect((yield* fetch(request, { signal: null })).status).toBe(200);
	});
});
