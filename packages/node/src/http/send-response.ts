import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { type Coroutine, cleanup, coroutine, type Resume, reportError, suspend, until } from "holdfast";
import { describe } from "../describe.ts";
import { sourceOf } from "./streaming.ts";

/** What a `Response` comes down to. */
interface Prepared {
	readonly status: number;
	readonly statusText: string;
	/** Names and values in turn. */
	readonly headers: string[];
	readonly body: unknown;
}

/** A `Response` that can be sent without having been made: `HttpResponse`. */
interface Preparable {
	_toNodeResponse?(): Prepared;
}

type Chunk = string | Uint8Array;

/**
 * Sends a `Response`: at once if its body is there, else as a coroutine with backpressure, which is given back. One that was
 * answered by the handler itself, on Node's own response, is left alone.
 *
 * @throws TypeError for what is no `Response`, and Node's errors for headers that cannot be sent
 */
export function sendResponse(outgoing: ServerResponse, response: Response): Coroutine<void> | undefined {
	const prepared = prepare(response);
	const { status, headers, body } = prepared;
	if (outgoing.headersSent || outgoing.destroyed) return discard(body);
	if (outgoing.req.method === "HEAD" || status === 204 || status === 304) {
		writeHead(outgoing, prepared);
		outgoing.end();
		return discard(body);
	}
	if (body === null || body === undefined) {
		if (!hasLength(headers)) headers.push("content-length", "0");
		writeHead(outgoing, prepared);
		outgoing.end();
		return undefined;
	}
	if (typeof body === "string" || body instanceof Uint8Array) {
		writeHead(outgoing, prepared);
		outgoing.end(body);
		return undefined;
	}
	const stream = (body instanceof ReadableStream ? body : Readable.toWeb(body as Readable)) as ReadableStream<Chunk>;
	const source = sourceOf(stream);
	if (source !== undefined) {
		writeHead(outgoing, prepared);
		outgoing.flushHeaders();
		return sendChunks(outgoing, source);
	}
	return sendStream(outgoing, prepared, stream);
}

function prepare(response: Response): Prepared {
	const prepared = (response as Preparable | undefined)?._toNodeResponse?.();
	if (prepared !== undefined) return prepared;
	if (!(response instanceof Response))
		throw new TypeError(`serveHttp: the fetch handler gave ${describe(response)}; return a Response.`);
	const headers: string[] = [];
	for (const [name, value] of response.headers) headers.push(name, value);
	const { status, statusText, body } = response;
	return { status, statusText, headers, body };
}

function hasLength(headers: readonly string[]): boolean {
	for (let index = 0; index < headers.length; index += 2) {
		const name = headers[index] as string;
		if (name === "content-length" || name === "transfer-encoding") return true;
	}
	return false;
}

/** Leaves the reason phrase to Node where the response says nothing. */
function writeHead(outgoing: ServerResponse, { status, statusText, headers }: Prepared): void {
	if (statusText === "") outgoing.writeHead(status, headers);
	else outgoing.writeHead(status, statusText, headers);
}

/** A body that nobody will read lets go of what it holds. */
function discard(body: unknown): Coroutine<void> | undefined {
	if (body instanceof ReadableStream) {
		if (!body.locked) body.cancel().catch(reportError);
	} else if (body instanceof Readable) body.destroy();
	return undefined;
}

/** Waits until the connection has room again, or is gone: that cancels the task. */
const drained = (outgoing: ServerResponse): Coroutine<void> =>
	suspend<void>(
		(resume) => {
			outgoing.once("drain", resume);
			return () => {
				outgoing.off("drain", resume);
			};
		},
		{ outside: true, label: "the client to read" },
	);

/** The chunks of an async iterable, asked for inside the handler's scope. */
const sendChunks = /* @__PURE__ */ coroutine(function* sendChunks(
	outgoing: ServerResponse,
	source: AsyncIterable<Chunk>,
): Generator<never, void, unknown> {
	const iterator = source[Symbol.asyncIterator]();
	let ended = false;
	try {
		for (;;) {
			const { done, value } = (yield* until(iterator.next())) as IteratorResult<Chunk>;
			if (done) break;
			if (!outgoing.write(value)) yield* drained(outgoing);
		}
		ended = true;
		outgoing.end();
	} finally {
		if (!ended && iterator.return !== undefined) {
			const { return: close } = iterator;
			yield* cleanup(() => close.call(iterator));
		}
	}
});

const sendStream = /* @__PURE__ */ coroutine(function* sendStream(
	outgoing: ServerResponse,
	prepared: Prepared,
	stream: ReadableStream<Chunk>,
): Generator<never, void, unknown> {
	const pump = new Pump(outgoing, prepared, stream.getReader());
	try {
		yield* suspend<void>((resume) => pump.start(resume), { outside: true, label: "the response's body" });
	} finally {
		const { cancelling } = pump;
		if (cancelling !== undefined) yield* cleanup(() => cancelling);
	}
});

/** Moves a stream into a response: one wait of the task for all of it. */
class Pump {
	readonly #outgoing: ServerResponse;
	readonly #prepared: Prepared;
	readonly #reader: ReadableStreamDefaultReader<Chunk>;
	#resume: Resume<void> | undefined;
	/** Kept back until the next one is there, or a turn of the loop has passed: most bodies have one chunk. */
	#first: Chunk | undefined;
	#flushing: NodeJS.Immediate | undefined;
	/** The source's own end, after a cancellation. */
	cancelling: Promise<void> | undefined;

	constructor(outgoing: ServerResponse, prepared: Prepared, reader: ReadableStreamDefaultReader<Chunk>) {
		this.#outgoing = outgoing;
		this.#prepared = prepared;
		this.#reader = reader;
	}

	start(resume: Resume<void>): () => void {
		this.#resume = resume;
		this.#read();
		return () => this.#stop();
	}

	#stop(): void {
		clearImmediate(this.#flushing);
		this.#resume = undefined;
		this.#outgoing.off("drain", this.#read);
		this.cancelling = this.#reader.cancel();
	}

	readonly #read = (): void => {
		this.#reader.read().then(this.#heard, this.#failed);
	};

	readonly #failed = (error: unknown): void => {
		clearImmediate(this.#flushing);
		this.#resume?.throw(error);
	};

	readonly #heard = ({ done, value }: ReadableStreamReadResult<Chunk>): void => {
		// Cancelled meanwhile.
		if (this.#resume === undefined) return;
		try {
			if (done) this.#end();
			else if (this.#outgoing.headersSent) this.#write(value);
			else if (this.#first === undefined) {
				this.#first = value;
				this.#flushing = setImmediate(this.#flush);
				this.#read();
			} else {
				this.#flush();
				this.#write(value);
			}
		} catch (error) {
			this.#stop();
			this.#failed(error);
		}
	};

	readonly #flush = (): void => {
		clearImmediate(this.#flushing);
		writeHead(this.#outgoing, this.#prepared);
		this.#outgoing.write(this.#first as Chunk);
	};

	#write(chunk: Chunk): void {
		if (this.#outgoing.write(chunk)) this.#read();
		else this.#outgoing.once("drain", this.#read);
	}

	#end(): void {
		const outgoing = this.#outgoing;
		if (outgoing.headersSent) outgoing.end();
		else {
			clearImmediate(this.#flushing);
			const { headers } = this.#prepared;
			const first = this.#first ?? "";
			if (!hasLength(headers)) headers.push("content-length", String(Buffer.byteLength(first)));
			writeHead(outgoing, this.#prepared);
			outgoing.end(first);
		}
		this.#resume?.();
	}
}
