import type { Duplex, Readable, Writable } from "node:stream";
import {
	BrokenResourceError,
	BusyResourceError,
	ClosedResourceError,
	type Coroutine,
	cleanup,
	coroutine,
	currentDeadline,
	type Resume,
	suspend,
} from "holdfast";
import { BufferedReader, closedError, throwIfCancelled } from "./buffered-reader.ts";
import type { ByteStream, ReceiveStream, SendStream } from "./byte-stream.ts";
import { checkCount } from "./check-options.ts";
import { describe } from "./describe.ts";

/** When so many bytes have arrived and nobody reads, the other side has to wait. */
const READ_AHEAD = 65_536;
/** For how many milliseconds the other side's system may hold up a close. Only TLS has something to say at the end. */
const FAREWELL = 1_000;
const EMPTY = Buffer.alloc(0);
const END_OF_LOOP = { done: true, value: undefined };
/** A generator that has ended gives its end to everybody who asks. */
const FINISHED: Generator<never, void, unknown> = /* @__PURE__ */ (function* (): Generator<never, void, unknown> {})();

const READ = { label: "ByteStream.read", outside: true };
const WRITE = { label: "ByteStream.write", outside: true };
const END = { label: "ByteStream.end", outside: true };
const CLOSE = { label: "ByteStream.close", outside: true };

/**
 * Bytes over a stream of Node. It listens from the beginning to the end, so that nothing is lost that comes while nobody
 * reads; what nobody takes is bounded by `pause()`.
 */
export class NodeByteStream extends BufferedReader implements ByteStream {
	readonly node: Duplex;
	readonly description: string;
	/** Called when the resource has been given back. */
	onGone: (() => void) | undefined;
	/** Called when a read begins to wait for the other side. */
	onIdle: (() => void) | undefined;

	/** The read that waits for something to arrive. */
	#reader: Resume<unknown> | undefined;
	/** What that one may take at most; `undefined` if it takes nothing itself. */
	#maximum: number | undefined;
	/** Invariant: set while a task is in `write` or `end`. */
	#writing: string | undefined;
	/** The write that waits for the system. */
	#writer: Resume<void> | undefined;
	/** Each write tells when it is over. Elsewhere most are over at once, and only the others are asked. */
	readonly #isTold: boolean;
	/** Asked to be told when everything has been written. */
	#flushing = false;
	/** `end` was called. */
	#endCalled = false;
	/** The other side has ended. */
	#ended = false;
	#paused = false;
	#failure: Error | undefined;
	/** Node has given the resource back. */
	gone = false;
	readonly #closers: Set<Resume<void>> = new Set();

	constructor(node: Duplex, description: string) {
		super();
		this.node = node;
		this.description = description;
		this.#isTold = "encrypted" in node;
		if (node.readable) {
			node.on("data", (chunk: Uint8Array) => this.#arrived(chunk));
			node.on("end", () => {
				this.#ended = true;
				this.#wakeReader();
			});
		} else this.#ended = true;
		node.on("error", (error) => this.#failed(error));
		node.on("close", () => {
			this.gone = true;
			this.onGone?.();
			this.#wakeAll();
			for (const resume of this.#closers) resume();
			this.#closers.clear();
		});
	}

	// Reading

	override read(maximum?: number): Coroutine<Uint8Array | undefined> {
		if (maximum === undefined) return suspend(this.#beginRead, READ);
		checkCount("read: maximum", maximum, 1);
		return suspend((resume) => this.#read(resume, maximum), READ);
	}

	override [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
		// The language's type asks for promises; `for await` awaits whatever it gets, and a coroutine is a call.
		return { next: () => suspend(this.#beginNext, READ) } as unknown as AsyncIterator<Uint8Array, undefined>;
	}

	/** One closure for all reads: an echo does nothing but read and write. */
	readonly #beginRead = (resume: Resume<Uint8Array | undefined>): (() => void) | undefined =>
		this.#read(resume, Number.POSITIVE_INFINITY);

	readonly #beginNext = (resume: Resume<unknown>): (() => void) | undefined => {
		const next = ((value: Uint8Array | undefined) =>
			resume(value === undefined ? END_OF_LOOP : { done: false, value })) as Resume<Uint8Array | undefined>;
		next.throw = resume.throw;
		return this.#read(next, Number.POSITIVE_INFINITY);
	};

	#read(resume: Resume<Uint8Array | undefined>, maximum: number): (() => void) | undefined {
		this.enter("read");
		try {
			if (this.buffer.size > 0) resume(this.takeSome(maximum));
			else if (this.#isAtEnd()) resume(undefined);
			else {
				this.#maximum = maximum;
				this.#waitForMore(resume as Resume<unknown>);
				return this.#stopReading;
			}
		} catch (error) {
			resume.throw(error);
		}
		this.reading = undefined;
		return undefined;
	}

	readonly #stopReading = (): void => {
		this.#reader = this.#maximum = this.reading = undefined;
	};

	*fill(): Generator<never, boolean, unknown> {
		if (this.#isAtEnd()) return false;
		const { size } = this.buffer;
		yield* suspend<unknown>((resume) => {
			this.#waitForMore(resume);
			return () => {
				this.#reader = undefined;
			};
		}, READ);
		if (this.closed) throw closedError(this.reading ?? "read", this.description);
		return this.buffer.size > size || !this.#isAtEnd();
	}

	/** @throws BrokenResourceError if there will be no end */
	#isAtEnd(): boolean {
		if (this.#ended) return true;
		if (this.#failure !== undefined || this.gone) throw this.#brokenError(this.reading ?? "read");
		return false;
	}

	#waitForMore(resume: Resume<unknown>): void {
		this.#reader = resume;
		this.#goOn();
		this.onIdle?.();
	}

	/** Tells whether a read waits for the other side. */
	get isIdle(): boolean {
		return this.#reader !== undefined;
	}

	get isWriting(): boolean {
		return this.#writing !== undefined;
	}

	#arrived(chunk: Uint8Array): void {
		if (this.closed) return;
		if (this.#reader !== undefined && this.#maximum === Number.POSITIVE_INFINITY) {
			const reader = this.#reader;
			this.#stopReading();
			reader(chunk);
			return;
		}
		this.buffer.push(chunk);
		if (this.#reader !== undefined) this.#wakeReader();
		else if (this.buffer.size >= READ_AHEAD && !this.#paused) {
			this.#paused = true;
			this.node.pause();
		}
	}

	/** Whoever takes nothing itself looks into the buffer when it runs: what arrives until then is behind it, in order. */
	#wakeReader(): void {
		const reader = this.#reader;
		const maximum = this.#maximum;
		if (reader === undefined) return;
		this.#reader = undefined;
		if (maximum === undefined) {
			reader(undefined);
			return;
		}
		this.#stopReading();
		if (this.closed) reader.throw(closedError("read", this.description));
		else if (this.buffer.size > 0) reader(this.takeSome(maximum));
		else if (this.#ended) reader(undefined);
		else reader.throw(this.#brokenError("read"));
	}

	override taken(): void {
		if (this.buffer.size < READ_AHEAD / 2) this.#goOn();
	}

	#goOn(): void {
		if (!this.#paused) return;
		this.#paused = false;
		this.node.resume();
	}

	// Writing

	write(data: Uint8Array | string): Coroutine<void> {
		if (typeof data !== "string" && !(data instanceof Uint8Array))
			throw new TypeError(`write: ${describe(data)} are no bytes; pass a Uint8Array or a string.`);
		return write(this, data);
	}

	end(): Coroutine<void> {
		return end(this);
	}

	/** Most writes need no waiting, and then no generator. */
	startWriting(data: Uint8Array | string): Generator<never, void, unknown> {
		if (currentDeadline() === Number.NEGATIVE_INFINITY || this.node.writableLength > 0) return this.#writeLater(data);
		this.#enterWriting("write");
		this.#send(data);
		if (this.node.writableLength > 0 || this.node.destroyed) return this.#writeRest();
		this.#writing = undefined;
		return FINISHED;
	}

	#send(data: Uint8Array | string): void {
		try {
			if (this.#endCalled)
				throw new ClosedResourceError(
					`write: end() was called on ${this.description}; nothing can be written after it.`,
				);
			const { node } = this;
			if (node.destroyed || !node.writable) throw this.#brokenError("write");
			if (data.length === 0) return;
			if (this.#isTold) node.write(data, this.#told);
			else node.write(data);
		} catch (error) {
			this.#writing = undefined;
			throw error;
		}
	}

	*#writeRest(): Generator<never, void, unknown> {
		try {
			yield* this.#flushed(WRITE);
		} finally {
			this.#writing = undefined;
		}
	}

	*#writeLater(data: Uint8Array | string): Generator<never, void, unknown> {
		yield* throwIfCancelled();
		this.#enterWriting("write");
		const { node } = this;
		try {
			// What a cancelled write has left goes first; so no more than that is ever held.
			if (node.writableLength > 0) yield* this.#flushed(WRITE);
			this.#send(data);
			if (node.writableLength > 0 || node.destroyed) yield* this.#flushed(WRITE);
		} finally {
			this.#writing = undefined;
		}
	}

	*ending(): Generator<never, void, unknown> {
		yield* throwIfCancelled();
		this.#enterWriting("end");
		const { node } = this;
		try {
			if (node.writableFinished) return;
			if (node.destroyed) throw this.#brokenError("end");
			if (!this.#endCalled) node.end();
			this.#endCalled = true;
			yield* suspend<void>((resume) => {
				this.#writer = resume;
				const finished = (): void => resume();
				node.once("finish", finished);
				return () => {
					this.#writer = undefined;
					node.off("finish", finished);
				};
			}, END);
		} finally {
			this.#writing = this.#writer = undefined;
		}
	}

	#enterWriting(what: string): void {
		if (this.closed) throw closedError(what, this.description);
		if (this.#writing !== undefined)
			throw new BusyResourceError(
				`${what}: another task is in ${this.#writing} of ${this.description}; let one task write, or take a Lock around it.`,
			);
		this.#writing = what;
	}

	/** Waits until the system has taken everything. */
	#flushed(options: typeof WRITE): Coroutine<void> {
		return suspend<void>((resume) => {
			if (this.node.destroyed && this.gone) throw this.#brokenError("write");
			this.#writer = resume;
			this.#flush();
			return () => {
				this.#writer = undefined;
			};
		}, options);
	}

	/** Over TLS, where each write waits for a turn of the host, and Deno cannot write nothing. */
	readonly #told = (error?: Error | null): void => {
		if (!error && this.node.writableLength === 0) this.#wakeWriter();
	};

	#flush(): void {
		if (this.#isTold || this.#flushing || this.node.destroyed) return;
		this.#flushing = true;
		// Stands in line behind everything that was written.
		this.node.write(EMPTY, (error) => {
			this.#flushing = false;
			if (!error) this.#wakeWriter();
		});
	}

	#wakeWriter(): void {
		const writer = this.#writer;
		this.#writer = undefined;
		if (this.closed) writer?.throw(closedError(this.#writing ?? "write", this.description));
		else if (this.node.destroyed) writer?.throw(this.#brokenError(this.#writing ?? "write"));
		else writer?.();
	}

	// The end

	#failed(error: Error): void {
		this.#failure ??= error;
		this.#wakeAll();
	}

	#wakeAll(): void {
		this.#wakeReader();
		if (this.#writer !== undefined && (this.closed || this.node.destroyed)) this.#wakeWriter();
	}

	#brokenError(what: string): BrokenResourceError {
		const cause = this.#failure;
		if (cause === undefined)
			return new BrokenResourceError(`${what}: ${this.description} was closed without an end by the other side.`);
		const { code = cause.message } = cause as NodeJS.ErrnoException;
		return new BrokenResourceError(`${what}: ${this.description} is broken: ${code}.`, { cause });
	}

	shut(): Coroutine<void> {
		return shut(this);
	}

	*shutting(): Generator<never, void, unknown> {
		const { node } = this;
		const isForced = currentDeadline() === Number.NEGATIVE_INFINITY || node.writableLength > 0;
		this.#wakeAll();
		if (this.#writer !== undefined) this.#wakeWriter();
		if (this.gone) return;
		if (isForced || node.writableFinished || !node.writable) node.destroy();
		let farewell: NodeJS.Timeout | undefined;
		try {
			if (node.destroyed) yield* cleanup(() => this.#closed());
			else {
				node.once("finish", () => node.destroy());
				node.end();
				farewell = setTimeout(() => node.destroy(), FAREWELL);
				yield* this.#closed();
			}
		} finally {
			clearTimeout(farewell);
			if (!this.gone) {
				node.destroy();
				yield* cleanup(() => this.#closed());
			}
		}
	}

	#closed(): Coroutine<void> {
		return suspend<void>((resume) => {
			if (this.gone) resume();
			this.#closers.add(resume);
			return () => {
				this.#closers.delete(resume);
			};
		}, CLOSE);
	}
}

const write = /* @__PURE__ */ coroutine(
	(stream: NodeByteStream, data: Uint8Array | string): Generator<never, void, unknown> => stream.startWriting(data),
);
const end = /* @__PURE__ */ coroutine((stream: NodeByteStream): Generator<never, void, unknown> => stream.ending());
const shut = /* @__PURE__ */ coroutine((stream: NodeByteStream): Generator<never, void, unknown> => stream.shutting());

/** The receiving side of a `Readable` of Node, such as what a child process prints. It belongs to the stream that is given from now on. */
export function receiveStreamOf(readable: Readable, description: string): ReceiveStream {
	return new NodeByteStream(readable as Duplex, description);
}

/** The sending side of a `Writable` of Node. Its `close` sends what was written. */
export function sendStreamOf(writable: Writable, description: string): SendStream & Pick<ByteStream, "end"> {
	return new NodeByteStream(writable as Duplex, description);
}
