import { CannotBlockError, type Coroutine, coroutine, operation, withSignal } from "holdfast";
import { fetch as fetchHere } from "holdfast/fetch";
import { helped } from "../workers/helper.ts";
import type { PackedBody, PackedRequest, WholeAnswer } from "./fetch-whole.ts";
import { wholeResponse } from "./whole-response.ts";

/**
 * `fetch` of `holdfast/fetch`, in both colours. In a run it is that one. In a synchronous run the helper thread makes the
 * request (see `callByName`), and this one sleeps until the whole answer is there, body included; `text()`, `json()`,
 * `arrayBuffer()`, `bytes()` and `blob()` of the answer are coroutines then, which wait for nothing.
 *
 * Cancelled: throws `Cancelled`; the request is aborted. A signal of your own that is aborted throws its reason.
 * @throws CannotBlockError in a synchronous run for a body that is a stream, and where there can be no helper thread
 * @example
 * const response = runSync(() => fetch("https://example.com/config.json"));
 */
export const fetch: (input: RequestInfo | URL, init?: RequestInit) => Coroutine<Response> = /* @__PURE__ */ operation({
	async: (input: RequestInfo | URL, init?: RequestInit) => fetchHere(input, init),
	sync: /* @__PURE__ */ coroutine(function* fetch(
		input: RequestInfo | URL,
		init: RequestInit | undefined,
	): Generator<never, Response, unknown> {
		const request = packRequest(input, init);
		const asked = (): Coroutine<unknown> => helped("fetch", "fetch", [request]);
		const own = init?.signal === undefined ? (input as Partial<Request>).signal : init.signal;
		const answer = own == null ? yield* asked() : yield* withSignal(own, asked);
		return wholeResponse(answer as WholeAnswer);
	}),
});

function packRequest(input: RequestInfo | URL, { signal: _signal, body, ...init }: RequestInit = {}): PackedRequest {
	const packed = { ...init, ...(init.headers !== undefined && { headers: [...new Headers(init.headers)] }) };
	if (!(input instanceof Request)) return { url: String(input), init: packed, body: packBody(body) };
	if (body == null && input.body !== null) throw streamed();
	const { url, method, headers, redirect, referrerPolicy, credentials, cache, mode, integrity, keepalive } = input;
	const own = { method, redirect, referrerPolicy, credentials, cache, mode, integrity, keepalive };
	return { url, init: { ...own, headers: [...headers], ...packed }, body: packBody(body) };
}

function packBody(body: BodyInit | null | undefined): PackedBody | undefined {
	if (body == null) return undefined;
	if (body instanceof URLSearchParams) return { kind: "search", value: String(body) };
	if (body instanceof FormData)
		return {
			kind: "form",
			entries: [...body].map(([name, value]) =>
				typeof value === "string" ? [name, value] : [name, new Blob([value], { type: value.type }), value.name],
			),
		};
	if (body instanceof ReadableStream || Symbol.asyncIterator in Object(body)) throw streamed();
	return { kind: "value", value: body };
}

function streamed(): CannotBlockError {
	return new CannotBlockError(
		"fetch: the body of the request is a stream, which nobody could read in a synchronous run: pass text, bytes, a Blob, URLSearchParams or FormData, or use run().",
	);
}
