import { type Coroutine, coroutine, HoldfastError, until } from "holdfast";
import { fetch } from "./fetch.ts";
import { isWhole } from "./whole-response.ts";

/** An answer whose status is no success. */
export class HttpStatusError extends HoldfastError {
	override readonly name: string = "HttpStatusError";
	readonly code: string = "HOLDFAST_HTTP_STATUS";
	readonly status: number;
	readonly headers: Headers;
	/** The beginning of the answer's body, up to 1,000 characters. */
	readonly text: string;

	constructor(message: string, status: number, headers: Headers, text: string) {
		super(message);
		this.status = status;
		this.headers = headers;
		this.text = text;
	}
}

/**
 * `fetch` that throws for a status that is no success (outside of 200 to 299): what `retry` needs. It takes cancellation and
 * deadline from its scope, and has both colours, as `fetch` of this package.
 *
 * Cancelled: throws `Cancelled` at once; the request is aborted.
 * @throws HttpStatusError for such a status
 * @example
 * const response = await retry(() => fetchOk(url), { attempts: 5, timeout: 2_000, retryIf: isTransient });
 */
export function fetchOk(input: RequestInfo | URL, init?: RequestInit): Coroutine<Response> {
	return fetching(input, init);
}

const fetching = /* @__PURE__ */ coroutine(function* fetchOk(
	input: RequestInfo | URL,
	init: RequestInit | undefined,
): Generator<never, Response, unknown> {
	const response = yield* fetch(input, init);
	if (response.ok) return response;
	const text = yield* beginning(response);
	const said = text === "" ? "" : `: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
	const { url, status, statusText, headers } = response;
	throw new HttpStatusError(`${url} answered ${status} ${statusText}${said}`, status, headers, text);
});

/** In characters. */
const LIMIT = 1_000;

/** The first characters of a body; the rest is not read. */
const beginning = /* @__PURE__ */ coroutine(function* beginning(response: Response): Generator<never, string, unknown> {
	// Of a synchronous run: it is there, and no stream could be read.
	if (isWhole(response)) return (yield* until(response.text())).slice(0, LIMIT);
	const reader = response.body?.getReader();
	if (reader === undefined) return "";
	const decoder = new TextDecoder();
	let text = "";
	try {
		while (text.length < LIMIT) {
			const { done, value } = (yield* until(reader.read())) as ReadableStreamReadResult<Uint8Array>;
			if (done) break;
			text += decoder.decode(value, { stream: true });
		}
	} finally {
		reader.cancel().catch(() => {});
	}
	return text.slice(0, LIMIT);
});

const TRANSIENT: ReadonlySet<number> = /* @__PURE__ */ new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Whether trying again may help: no connection, a time limit, or a status that says so (408, 425, 429, 500, 502, 503, 504).
 * For the `retryIf` of `retry`.
 *
 * @example
 * await retry(() => fetchOk(url), { retryIf: isTransient });
 */
export function isTransient(error: unknown): boolean {
	if (error instanceof HttpStatusError) return TRANSIENT.has(error.status);
	const { name } = (error ?? {}) as { name?: unknown };
	return name === "TimeoutError" || (error instanceof TypeError && /fetch failed|terminated/.test(error.message));
}
