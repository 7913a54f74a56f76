/** Streams that were made of an async iterable: what sends them asks that itself, inside the handler's scope. */
const sources: WeakMap<object, AsyncIterable<string | Uint8Array>> = /* @__PURE__ */ new WeakMap();

/** The async iterable behind a stream that nobody has begun to read. */
export function sourceOf(stream: ReadableStream): AsyncIterable<string | Uint8Array> | undefined {
	const source = sources.get(stream);
	return source === undefined || stream.locked ? undefined : source;
}

/** A stream of what an async iterable gives, for a body. */
export function streamOf(source: AsyncIterable<string | Uint8Array>): ReadableStream<Uint8Array> {
	let iterator: AsyncIterator<string | Uint8Array> | undefined;
	const encoder = new TextEncoder();
	const stream = new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				sources.delete(stream);
				iterator ??= source[Symbol.asyncIterator]();
				const { done, value } = await iterator.next();
				if (done) controller.close();
				else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
			},
			async cancel() {
				await iterator?.return?.();
			},
		},
		{ highWaterMark: 0 },
	);
	sources.set(stream, source);
	return stream;
}

/**
 * A `Response` whose body is what an async iterable gives: an async generator, the receiver of a channel. `serveHttp` asks
 * it inside the handler's scope, one piece at a time, as fast as the client reads; when the client goes, or the server ends,
 * it is closed. Anybody else finds an ordinary `ReadableStream`.
 *
 * @example
 * fetch: () => streamResponse(lines(), { headers: { "content-type": "text/plain" } })
 */
export function streamResponse(body: AsyncIterable<string | Uint8Array>, init?: ResponseInit): Response {
	if (typeof (body as Partial<AsyncIterable<string>> | null)?.[Symbol.asyncIterator] !== "function")
		throw new TypeError("streamResponse: the body is no async iterable; call the async generator function.");
	return new Response(streamOf(body), init);
}
