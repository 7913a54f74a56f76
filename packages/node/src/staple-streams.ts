import { ClosedResourceError, type Coroutine, coroutine } from "holdfast";
import type { ByteStream, LimitOptions, LineOptions, ReceiveStream, SendStream } from "./byte-stream.ts";
import { describe } from "./describe.ts";

/** A side that bytes go in, with or without an end of its own. */
type Sending = SendStream & Partial<Pick<ByteStream, "end">>;

/**
 * Makes one stream of two one-way ones, such as what a process prints and what it reads. `end` ends the sending side, by its
 * `end` or else by closing it; `close` closes both, also if one of them fails. (Trio's `StapledStream`.)
 *
 * @example
 * const talk = stapleStreams(process.stdout, process.stdin);
 */
export function stapleStreams(receive: ReceiveStream, send: Sending): ByteStream {
	if (typeof receive?.read !== "function")
		throw new TypeError(`stapleStreams: ${describe(receive)} cannot be read from; pass a ReceiveStream first.`);
	if (typeof send?.write !== "function")
		throw new TypeError(`stapleStreams: ${describe(send)} cannot be written to; pass a SendStream second.`);
	return new StapledStream(receive, send);
}

class StapledStream implements ByteStream {
	readonly #receive: ReceiveStream;
	readonly #send: Sending;
	#closed = false;

	constructor(receive: ReceiveStream, send: Sending) {
		this.#receive = receive;
		this.#send = send;
	}

	read(maximum?: number): Coroutine<Uint8Array | undefined> {
		return this.#receive.read(maximum);
	}

	readExactly(count: number): Coroutine<Uint8Array> {
		return this.#receive.readExactly(count);
	}

	readUntil(delimiter: string | Uint8Array, options?: LimitOptions): Coroutine<Uint8Array> {
		return this.#receive.readUntil(delimiter, options);
	}

	readLine(options?: LineOptions): Coroutine<string | undefined> {
		return this.#receive.readLine(options);
	}

	lines(options?: LineOptions): AsyncIterable<string> {
		return this.#receive.lines(options);
	}

	readAll(options?: LimitOptions): Coroutine<Uint8Array> {
		return this.#receive.readAll(options);
	}

	[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
		return this.#receive[Symbol.asyncIterator]();
	}

	write(data: Uint8Array | string): Coroutine<void> {
		return this.#send.write(data);
	}

	end(): Coroutine<void> {
		return this.#send.end?.() ?? endByClosing(this, this.#send);
	}

	/** @throws ClosedResourceError if it was closed as a whole */
	checkOpen(): void {
		if (this.#closed) throw new ClosedResourceError("end: this stream was closed on this side.");
	}

	close(): Coroutine<void> {
		this.#closed = true;
		return closeBoth(this.#receive, this.#send);
	}

	[Symbol.asyncDispose](): Promise<void> {
		// The language's type asks for a promise; `await using` awaits whatever it gets.
		return this.close() as unknown as Promise<void>;
	}
}

const endByClosing = /* @__PURE__ */ coroutine(function* end(
	stream: StapledStream,
	send: Sending,
): Generator<never, void, unknown> {
	stream.checkOpen();
	yield* send.close();
});

const closeBoth = /* @__PURE__ */ coroutine(function* close(
	receive: ReceiveStream,
	send: Sending,
): Generator<never, void, unknown> {
	try {
		yield* send.close();
	} finally {
		yield* receive.close();
	}
});
