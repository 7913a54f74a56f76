import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { type Begin, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { currentSignal } from "./scopes.ts";
import { type Resume, suspend } from "./suspend.ts";

/**
 * The global `fetch`, cancelled with the scope that awaits it: it gets the scope's signal, beside the one in `init` or of
 * the request. Reading the response's body afterwards is under the same signal.
 *
 * Cancelled: throws `Cancelled` at once; the request is aborted. A signal of your own that is aborted throws its reason,
 * an ordinary error.
 *
 * @example
 * const response = await withTimeout(2_000, () => fetch("https://example.com"));
 */
export function fetch(input: RequestInfo | URL, init?: RequestInit): Coroutine<Response> {
	return new LazyCoroutine<Response>(beginFetch, FETCH, input, init);
}

const FETCH: Code = { name: "fetch", place: () => undefined };

const beginFetch: Begin = (lazy) => {
	runningTask(FETCH.name).checkpoint();
	const input = lazy.a0 as RequestInfo | URL;
	const init = lazy.a1 as RequestInit | undefined;
	const scope = currentSignal();
	const own = init?.signal === undefined ? (input as Partial<Request>).signal : init.signal;
	const signal = own == null ? scope : AbortSignal.any([scope, own]);
	const start = (resume: Resume<Response>): (() => void) => {
		globalThis.fetch(input, { ...init, signal }).then(resume, (error) => resume.throw(error));
		// The signal has told the request already.
		return () => {};
	};
	return (suspend(start, { label: "fetch", outside: true }) as LazyCoroutine<Response>).begin();
};
