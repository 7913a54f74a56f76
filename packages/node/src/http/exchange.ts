import type { IncomingMessage, ServerResponse } from "node:http";
import {
	type Awaitable,
	type Coroutine,
	reportError,
	type Supervisor,
	suspend,
	type Task,
	TimeoutError,
} from "holdfast";
import { sendResponse } from "./send-response.ts";

/** What a `fetch` handler is told beside the request. */
export interface FetchContext {
	/** Node's own request: `incoming.socket.remoteAddress`, trailers … */
	readonly incoming: IncomingMessage;
	/** Node's own response, for what a `Response` cannot say: `outgoing.writeEarlyHints(…)`. */
	readonly outgoing: ServerResponse;
}

/** Answers a request with a `Response`. */
export type FetchHandler = (request: Request, context: FetchContext) => Awaitable<Response>;

/** Answers a request by Node's own objects. What it gives is awaited and otherwise ignored. */
export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => Awaitable<unknown>;

/** What exchanges need of their server. */
export interface ExchangeHome {
	/** The exchanges that are open, in the order of their requests. */
	first: Exchange | undefined;
	last: Exchange | undefined;
	readonly counts: ExchangeCounts;
	/** The largest body of a request, in bytes. */
	readonly maxBodySize: number;
	/** The server shuts down: connections end with their answers. */
	draining: boolean;
	/** An exchange is over: its answer has left, or its connection is gone. */
	ended(): void;
}

/** How exchanges have ended. */
export interface ExchangeCounts {
	answered: number;
	failed: number;
	disconnected: number;
	refused: number;
	cut: number;
}

const EXCHANGE: unique symbol = Symbol("exchange");

interface Outgoing extends ServerResponse {
	[EXCHANGE]?: Exchange;
}

/**
 * One request and its answer. It is open from the event that brought it until Node says that the response is closed: then
 * all bytes of the answer have left, or the connection is gone.
 *
 * ```
 *   request ──▶ handler runs (a task, inside a scope) ──▶ answer is sent ──▶ response closes: answered
 *                  │ response closes too early ─▶ task is cancelled: disconnected
 *                  │ handler throws ─▶ 500, or the connection breaks off: failed
 *                  ╰ server ends ─▶ task is cancelled ─▶ 503: refused, or the connection breaks off: cut
 * ```
 */
export class Exchange implements FetchContext {
	readonly incoming: IncomingMessage;
	readonly outgoing: ServerResponse;
	/** The same, in the words of the library that makes the `Request`. */
	readonly req: IncomingMessage;
	readonly res: ServerResponse;
	readonly maxRequestBodySize: number;
	readonly home: ExchangeHome;
	/** Among the open ones of the server. */
	previous: Exchange | undefined;
	next: Exchange | undefined = undefined;
	task: Task | undefined = undefined;
	/** Wakes a handler that waits for the end of its response. */
	#wake: (() => void) | undefined = undefined;
	/** The server has broken the answer off. */
	#broken = false;

	constructor(home: ExchangeHome, incoming: IncomingMessage, outgoing: ServerResponse) {
		this.incoming = this.req = incoming;
		this.outgoing = this.res = outgoing;
		this.maxRequestBodySize = home.maxBodySize;
		this.home = home;
		const { last } = home;
		this.previous = last;
		if (last === undefined) home.first = this;
		else last.next = this;
		home.last = this;
		(outgoing as Outgoing)[EXCHANGE] = this;
		outgoing.on("close", onClose);
		outgoing.on("error", onError);
		if (home.draining) outgoing.shouldKeepAlive = false;
	}

	/** The handler has returned and its answer is still to come, from callbacks of its own. */
	untilClosed(): Coroutine<void> {
		return suspend<void>(
			(resume) => {
				this.#wake = resume;
				return () => {
					this.#wake = undefined;
				};
			},
			{ outside: true, label: "the end of the response" },
		);
	}

	/** Node has closed the response. */
	closed(): void {
		const { home, outgoing, task } = this;
		const whole = outgoing.writableFinished;
		if (whole) home.counts.answered++;
		else if (!this.#broken) home.counts.disconnected++;
		this.#leave();
		home.ended();
		this.#wake?.();
		// A handler that has given its whole answer may go on with what it does behind it.
		if (!whole && task?.ended === false) task.cancel("the client has disconnected");
	}

	#leave(): void {
		const { home, previous, next } = this;
		if (previous === undefined) home.first = next;
		else previous.next = next;
		if (next === undefined) home.last = previous;
		else next.previous = previous;
	}

	/** The handler has failed, or its answer could not be sent. */
	failed(error: unknown): void {
		if (error instanceof Error && error === this.incoming.errored && !isBodyTooLarge(error)) {
			// The client has broken its request off, or has not sent it in time: that the handler finds out is no mistake of it.
			this.outgoing.destroy();
			return;
		}
		this.home.counts.failed++;
		const tooLarge = isBodyTooLarge(error);
		if (!tooLarge) reportError(error, this.task);
		const status = tooLarge ? 413 : error instanceof TimeoutError ? 504 : 500;
		if (!this.refuse(status) && !this.outgoing.writableEnded) this.#breakOff();
	}

	/** The handler was cancelled: because its client has gone, or because the server ends. */
	stopped(): void {
		if (this.outgoing.destroyed || this.outgoing.writableEnded) return;
		if (this.refuse(503)) this.home.counts.refused++;
		else this.cut();
	}

	/** Breaks the answer off, so that the client sees that it is not whole. */
	cut(): void {
		if (this.#breakOff()) this.home.counts.cut++;
	}

	#breakOff(): boolean {
		const { outgoing } = this;
		if (outgoing.destroyed || outgoing.writableFinished) return false;
		this.#broken = true;
		outgoing.destroy();
		return true;
	}

	/** A short answer of the server's own; tells whether it could be given, because none had begun. */
	refuse(status: keyof typeof PHRASES): boolean {
		const { outgoing } = this;
		if (outgoing.headersSent || outgoing.destroyed) return false;
		for (const name of outgoing.getHeaderNames()) outgoing.removeHeader(name);
		const phrase = PHRASES[status] as string;
		const text = `${status} ${phrase}\n`;
		// What is left of the request is not worth reading.
		if (!this.incoming.complete || status === 503) outgoing.shouldKeepAlive = false;
		outgoing.writeHead(status, phrase, [
			"content-type",
			"text/plain;charset=UTF-8",
			"content-length",
			String(text.length),
		]);
		outgoing.end(text);
		return true;
	}
}

const PHRASES: Readonly<Record<number, string>> = {
	400: "Bad Request",
	413: "Content Too Large",
	500: "Internal Server Error",
	503: "Service Unavailable",
	504: "Gateway Timeout",
};

function isBodyTooLarge(error: unknown): boolean {
	return (error as { code?: unknown } | null | undefined)?.code === "ERR_BODY_TOO_LARGE";
}

function onClose(this: Outgoing): void {
	this[EXCHANGE]?.closed();
}

/** A write after the end, for example: the handler's mistake, which must not end the process. */
function onError(this: Outgoing, error: Error): void {
	if (!this.destroyed) this[EXCHANGE]?.failed(error);
}

/** What all exchanges have in common, whoever answers. */
const ends: Pick<Supervisor<Exchange>, "failed" | "cancelled"> = {
	failed: (error, exchange) => exchange.failed(error),
	cancelled: (exchange) => exchange.stopped(),
};

/** Answers by a `fetch` handler, with the library that makes a `Request` of Node's own. */
export function byFetch(handler: FetchHandler, { NodeRequest }: typeof import("srvx/node")): Supervisor<Exchange> {
	return {
		call: handler,
		args: (exchange) => [new NodeRequest(exchange), exchange],
		done: (response, { outgoing }) => sendResponse(outgoing, response as Response),
		...ends,
	};
}

/** Whether Node's parser has let through what a `Request` has no address for. */
export function isTarget(url: string): boolean {
	return url.startsWith("/") || url === "*" || (/^https?:\/\//i.test(url) && URL.canParse(url));
}

/** Answers by Node's own objects: the handler may return before it has answered. */
export function byNode(handler: NodeHandler): Supervisor<Exchange> {
	return {
		call: handler,
		args: ({ incoming, outgoing }) => [incoming, outgoing],
		done: (_value, exchange) => {
			const { writableEnded, closed } = exchange.outgoing;
			return writableEnded || closed ? undefined : exchange.untilClosed();
		},
		...ends,
	};
}
