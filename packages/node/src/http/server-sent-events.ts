import { createParser, type EventSourceMessage, type EventSourceParser } from "eventsource-parser";
import {
	type Awaitable,
	BrokenResourceError,
	type Coroutine,
	cleanup,
	coroutine,
	moveOnAfter,
	now,
	sleepUntil,
	until,
} from "holdfast";
import { fetch } from "holdfast/fetch";
import { checkCount, checkDuration, checkOptions } from "../check-options.ts";
import { describe } from "../describe.ts";
import { LimitExceededError } from "../errors.ts";
import { streamResponse } from "./streaming.ts";

/** One server-sent event. (The HTML standard's `text/event-stream`.) */
export interface ServerSentEvent {
	/** May have several lines. */
	readonly data: string;
	/** Its kind. Without one it is a `message`. */
	readonly event?: string | undefined;
	/** What a client that was cut off says, so that it gets what it has missed. */
	readonly id?: string | undefined;
	/** Of an event that is sent: after how many milliseconds a client that was cut off comes back. */
	readonly retry?: number | undefined;
}

/** Options of `eventStream`. */
export interface EventStreamOptions {
	readonly headers?: HeadersInit;
	/** After how many milliseconds of silence a comment is sent, so that nobody in between gives the connection up. Default 15,000; `Infinity` for never. */
	readonly heartbeat?: number;
}

/**
 * A `Response` of server-sent events: what an async iterable gives, an event each, or a string that is its data. It is
 * asked inside the handler's scope, as fast as the client reads, and closed when the client goes or the server ends.
 *
 * @throws TypeError, into the response, for an event whose fields cannot be sent
 * @example
 * fetch: () => eventStream(prices.subscribe())
 */
export function eventStream(
	source: AsyncIterable<ServerSentEvent | string>,
	options: EventStreamOptions = {},
): Response {
	checkOptions("eventStream", options, ["headers", "heartbeat"]);
	const { heartbeat = 15_000 } = options;
	checkDuration("eventStream: heartbeat", heartbeat);
	if (typeof (source as Partial<AsyncIterable<string>> | null)?.[Symbol.asyncIterator] !== "function")
		throw new TypeError(`eventStream: the source is ${describe(source)}; it is an async iterable of events.`);
	const headers = new Headers(options.headers);
	headers.set("content-type", "text/event-stream");
	if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
	return streamResponse(new EventTexts(source, heartbeat), { headers });
}

/** What a source has given: kept, so that a heartbeat can be sent while it is waited for. */
type Settled = { readonly result: IteratorResult<ServerSentEvent | string> } | { readonly error: unknown };

/** Events as text, with comments between them while nothing comes. */
class EventTexts implements AsyncIterable<string>, AsyncIterator<string, undefined> {
	readonly source: AsyncIterable<ServerSentEvent | string>;
	readonly heartbeat: number;
	#iterator: AsyncIterator<ServerSentEvent | string> | undefined;
	#pending: Promise<Settled> | undefined;

	constructor(source: AsyncIterable<ServerSentEvent | string>, heartbeat: number) {
		this.source = source;
		this.heartbeat = heartbeat;
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	next(): Promise<IteratorResult<string, undefined>> {
		// A coroutine is awaited like a promise.
		return nextText(this) as unknown as Promise<IteratorResult<string, undefined>>;
	}

	/** What comes next; the same promise until it is there. */
	ask(): Promise<Settled> {
		this.#iterator ??= this.source[Symbol.asyncIterator]();
		this.#pending ??= Promise.resolve(this.#iterator.next()).then(
			(result) => ({ result }),
			(error: unknown) => ({ error }),
		);
		return this.#pending;
	}

	heard(): void {
		this.#pending = undefined;
	}

	async return(): Promise<IteratorReturnResult<undefined>> {
		await this.#iterator?.return?.();
		return { done: true, value: undefined };
	}
}

const nextText = /* @__PURE__ */ coroutine(function* nextText(
	texts: EventTexts,
): Generator<never, IteratorResult<string, undefined>, unknown> {
	// Asked outside of the limit: what that starts is to go on behind it.
	const asked = texts.ask();
	const settled = yield* moveOnAfter(texts.heartbeat, () => until(asked));
	if (settled === undefined) return { done: false, value: ":\n\n" };
	texts.heard();
	if ("error" in settled) throw settled.error;
	const { result } = settled;
	return result.done ? { done: true, value: undefined } : { done: false, value: textOf(result.value) };
});

const LINES = /\r\n|\r|\n/;

function textOf(given: ServerSentEvent | string): string {
	const event: ServerSentEvent = typeof given === "string" ? { data: given } : given;
	if (typeof event?.data !== "string")
		throw new TypeError(
			`eventStream: the data of an event is ${describe(event?.data)}; it is a string (JSON.stringify).`,
		);
	const lines: string[] = [];
	for (const name of ["event", "id"] as const) {
		const value = event[name];
		if (value === undefined) continue;
		if (typeof value !== "string" || /[\r\n\0]/.test(value))
			throw new TypeError(`eventStream: ${name} is ${describe(value)}; it is a string of one line.`);
		lines.push(`${name}: ${value}`);
	}
	if (event.retry !== undefined) lines.push(`retry: ${Math.round(event.retry)}`);
	for (const line of event.data.split(LINES)) lines.push(`data: ${line}`);
	return `${lines.join("\n")}\n\n`;
}

/** Options of `readEvents`. */
export interface ReadEventsOptions {
	/** The longest event, in characters. Default 1 Mi. */
	readonly maxEventSize?: number;
}

/**
 * The server-sent events of a response, one after the other; ends with the body. Leaving the loop closes the connection.
 *
 * Cancelled while it waits: takes nothing, and can be asked again.
 * @throws BrokenResourceError for a response that is none of events
 * @throws LimitExceededError for an event that is too long
 * @example
 * for await (const { data } of readEvents(await fetch(url))) console.log(JSON.parse(data));
 */
export function readEvents(response: Response, options: ReadEventsOptions = {}): AsyncIterable<ServerSentEvent> {
	checkOptions("readEvents", options, ["maxEventSize"]);
	const { maxEventSize = 2 ** 20 } = options;
	checkCount("readEvents: maxEventSize", maxEventSize, 1);
	return new EventReader(response, maxEventSize);
}

class EventReader implements AsyncIterable<ServerSentEvent>, AsyncIterator<ServerSentEvent, undefined> {
	readonly events: EventSourceMessage[] = [];
	/** What the server has asked for, in milliseconds. */
	retry: number | undefined;
	readonly #parser: EventSourceParser;
	readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
	readonly #decoder: TextDecoder = new TextDecoder();
	#pending: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;

	constructor(response: Response, maxEventSize: number) {
		const type = response.headers.get("content-type") ?? "nothing";
		if (!response.ok || response.body === null || !/^text\/event-stream\b/i.test(type)) {
			response.body?.cancel().catch(() => {});
			throw new BrokenResourceError(
				`readEvents: the response has status ${response.status} and is ${type}, no text/event-stream.`,
			);
		}
		this.#reader = response.body.getReader();
		this.#parser = createParser({
			maxBufferSize: maxEventSize,
			onEvent: (event) => {
				if (event.data.length > maxEventSize) this.#refuse(maxEventSize);
				this.events.push(event);
			},
			onRetry: (retry) => {
				this.retry = retry;
			},
			onError: ({ type: kind }) => {
				if (kind === "max-buffer-size-exceeded") this.#refuse(maxEventSize);
			},
		});
	}

	#refuse(limit: number): never {
		this.#reader.cancel().catch(() => {});
		throw new LimitExceededError(
			`readEvents: an event is longer than ${limit} characters; pass { maxEventSize } if it may be.`,
			limit,
		);
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	next(): Promise<IteratorResult<ServerSentEvent, undefined>> {
		// A coroutine is awaited like a promise.
		return nextEvent(this) as unknown as Promise<IteratorResult<ServerSentEvent, undefined>>;
	}

	/** The next piece; the same promise until it is there, so that a wait that was cancelled loses none. */
	read(): Promise<ReadableStreamReadResult<Uint8Array>> {
		this.#pending ??= this.#reader.read();
		return this.#pending;
	}

	feed(piece: Uint8Array): void {
		this.#pending = undefined;
		this.#parser.feed(this.#decoder.decode(piece, { stream: true }));
	}

	async return(): Promise<IteratorReturnResult<undefined>> {
		await this.#reader.cancel();
		return { done: true, value: undefined };
	}
}

const nextEvent = /* @__PURE__ */ coroutine(function* nextEvent(
	reader: EventReader,
): Generator<never, IteratorResult<ServerSentEvent, undefined>, unknown> {
	for (;;) {
		const event = reader.events.shift();
		if (event !== undefined) return { done: false, value: event };
		const { done, value } = (yield* until(reader.read())) as ReadableStreamReadResult<Uint8Array>;
		if (done) return { done: true, value: undefined };
		reader.feed(value);
	}
});

/** Options of `eventSource`. Times are in milliseconds. */
export interface EventSourceOptions extends ReadEventsOptions {
	readonly headers?: HeadersInit;
	/** The `id` of the last event that was seen, of an earlier life. */
	readonly lastEventId?: string;
	/** The pause before it connects again, unless the server asks for another. Default 1,000. */
	readonly retry?: number;
	/** How often in a row it may fail to connect before it throws. Default 10; `Infinity` for never. */
	readonly attempts?: number;
}

/**
 * The server-sent events of an address, for ever: where the connection ends it is made again after a pause, and the server
 * is told the `id` of the last event. (The browser's `EventSource`, as an async iterable.) Ends when the server answers 204.
 *
 * Cancelled: the connection is closed. Leaving the loop closes it, too.
 * @throws BrokenResourceError for an answer that is none of events; what `fetch` throws, after `attempts`
 * @example
 * for await (const { event, data } of eventSource("https://example.com/news")) show(event, data);
 */
export function eventSource(url: string | URL, options: EventSourceOptions = {}): AsyncIterable<ServerSentEvent> {
	checkOptions("eventSource", options, ["headers", "lastEventId", "retry", "attempts", "maxEventSize"]);
	const { retry = 1_000, attempts = 10, maxEventSize = 2 ** 20 } = options;
	checkDuration("eventSource: retry", retry);
	checkCount("eventSource: attempts", attempts, 1);
	checkCount("eventSource: maxEventSize", maxEventSize, 1);
	return {
		[Symbol.asyncIterator]: () => new EventConnection(`${url}`, { ...options, retry, attempts, maxEventSize }),
	};
}

type FullOptions = EventSourceOptions & Required<Pick<EventSourceOptions, "retry" | "attempts" | "maxEventSize">>;

class EventConnection implements AsyncIterator<ServerSentEvent, undefined> {
	readonly url: string;
	readonly options: FullOptions;
	reader: EventReader | undefined;
	lastEventId: string | undefined;
	retry: number;
	/** Before this it does not connect. */
	notBefore: number = Number.NEGATIVE_INFINITY;
	failures = 0;
	ended = false;

	constructor(url: string, options: FullOptions) {
		this.url = url;
		this.options = options;
		this.lastEventId = options.lastEventId;
		this.retry = options.retry;
	}

	next(): Promise<IteratorResult<ServerSentEvent, undefined>> {
		return nextOfConnection(this) as unknown as Promise<IteratorResult<ServerSentEvent, undefined>>;
	}

	return(): Promise<IteratorReturnResult<undefined>> {
		this.ended = true;
		return close(this) as unknown as Promise<IteratorReturnResult<undefined>>;
	}
}

const close = /* @__PURE__ */ coroutine(function* close(
	connection: EventConnection,
): Generator<never, IteratorReturnResult<undefined>, unknown> {
	const { reader } = connection;
	connection.reader = undefined;
	if (reader !== undefined) yield* cleanup(() => reader.return() as Awaitable<unknown>);
	return { done: true, value: undefined };
});

const connectTo = /* @__PURE__ */ coroutine(function* connectToEvents(
	connection: EventConnection,
): Generator<never, EventReader | undefined, unknown> {
	const headers = new Headers(connection.options.headers);
	headers.set("accept", "text/event-stream");
	if (connection.lastEventId !== undefined) headers.set("last-event-id", connection.lastEventId);
	const response = yield* fetch(connection.url, { headers, cache: "no-store" });
	if (response.status === 204) return undefined;
	return new EventReader(response, connection.options.maxEventSize);
});

const nextOfConnection: (connection: EventConnection) => Coroutine<IteratorResult<ServerSentEvent, undefined>> =
	/* @__PURE__ */ coroutine(function* nextOfSource(
		connection: EventConnection,
	): Generator<never, IteratorResult<ServerSentEvent, undefined>, unknown> {
		const { options } = connection;
		while (!connection.ended) {
			try {
				if (connection.reader === undefined) {
					if (connection.notBefore > now()) yield* sleepUntil(connection.notBefore);
					connection.reader = yield* connectTo(connection);
					if (connection.reader === undefined) break;
				}
				const { reader } = connection;
				const { done, value } = yield* nextEvent(reader);
				connection.retry = reader.retry ?? connection.retry;
				if (!done) {
					connection.failures = 0;
					if (value.id !== undefined) connection.lastEventId = value.id;
					return { done: false, value };
				}
			} catch (error) {
				// What the connection breaks with is a TypeError of fetch, or an error of its socket.
				if (!isLost(error) || ++connection.failures >= options.attempts) throw error;
			}
			connection.reader = undefined;
			connection.notBefore = now() + connection.retry;
		}
		return { done: true, value: undefined };
	});

/** Whether an error says that the connection could not be had, or was lost. */
function isLost(error: unknown): boolean {
	return error instanceof TypeError && /fetch failed|terminated|network/i.test(error.message);
}
