import { Readable } from "node:stream";
import { BrokenResourceError } from "holdfast";
import { type ForeignIterator, fromAsyncIterable, type Source, type Stream, toAsyncIterable } from "holdfast/streams";
import { checkCount, checkOptions, checkSwitch } from "../check-options.ts";
import { describe } from "../describe.ts";

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Reads a `Readable` of Node as a stream: chunks, or objects in object mode. Node goes on to fill its own buffer, up to its
 * `highWaterMark`, and waits when that is full. Closed early, the readable is destroyed, and its `"close"` is waited for.
 *
 * A `next()` that is cancelled takes nothing. An error of the readable is thrown, the same object; one that was closed without
 * an end is a `BrokenResourceError`.
 * @throws TypeError if it is no `Readable`
 * @example
 * for await (const row of fromNodeReadable<Row>(parser)) await insert(row);
 */
export function fromNodeReadable<T = Uint8Array>(readable: NodeJS.ReadableStream): Stream<T> {
	const iterator = iterateReadable<T>("fromNodeReadable", readable);
	return fromAsyncIterable<T>({ [Symbol.asyncIterator]: () => iterator });
}

export function iterateReadable<T>(what: string, readable: NodeJS.ReadableStream): ReadableIterator<T> {
	const given = readable as Readable;
	if (typeof given?.read !== "function" || typeof given.destroy !== "function" || typeof given.on !== "function")
		throw new TypeError(`${what}: ${describe(readable)} is no Readable of Node.`);
	return new ReadableIterator<T>(what, given);
}

/** It asks the readable itself, so that nothing waits for a promise that is there already. */
class ReadableIterator<T> implements AsyncIterator<T, undefined> {
	readonly #what: string;
	readonly #readable: Readable;
	/** Who waits for something to happen. */
	#wake: (() => void) | undefined;
	#failure: { readonly error: unknown } | undefined;
	/** Whoever reads it has left it: that it is closed then is no failure. */
	#left = false;

	constructor(what: string, readable: Readable) {
		this.#what = what;
		this.#readable = readable;
		const wake = (): void => {
			const waiting = this.#wake;
			this.#wake = undefined;
			waiting?.();
		};
		// As long as it is read: an error of a stream to which nobody listens would end the process.
		readable.on("error", (error) => {
			this.#failure ??= { error };
			wake();
		});
		for (const event of ["readable", "end", "close"]) readable.on(event, wake);
	}

	next(): Promise<IteratorResult<T, undefined>> {
		const result = this.#look();
		// The language's type asks for a promise; whoever awaits takes the result itself.
		if (result !== undefined) return result as unknown as Promise<IteratorResult<T, undefined>>;
		return new Promise((resolve, reject) => {
			const look = (): void => {
				try {
					const result = this.#look();
					if (result === undefined) this.#wake = look;
					else resolve(result);
				} catch (error) {
					reject(error);
				}
			};
			this.#wake = look;
		});
	}

	return(): Promise<IteratorReturnResult<undefined>> {
		const readable = this.#readable;
		this.#left = true;
		return new Promise((resolve) => {
			const closed = (): void => resolve(END);
			readable.destroy();
			if (readable.closed || !emitsClose(readable)) closed();
			else readable.once("close", closed);
		});
	}

	/** The next result, if it is there. */
	#look(): IteratorResult<T, undefined> | undefined {
		const readable = this.#readable;
		const chunk = readable.destroyed ? null : (readable.read() as T | null);
		if (chunk !== null) return { done: false, value: chunk };
		if (this.#failure !== undefined) throw this.#failure.error;
		if (readable.errored) throw readable.errored;
		if (readable.readableEnded || this.#left) return END;
		if (readable.destroyed || readable.closed)
			throw new BrokenResourceError(`${this.#what}: the stream was closed before its end, and without an error.`);
		return undefined;
	}
}

/** Whether it says when it is closed: its options may forbid that. */
export function emitsClose(stream: object): boolean {
	const { _readableState, _writableState } = stream as Record<string, { emitClose?: boolean } | undefined>;
	return (_readableState ?? _writableState)?.emitClose !== false;
}

function iterateSource<T>(source: Source<T>): ForeignIterator<T> {
	try {
		return toAsyncIterable(source);
	} catch (error) {
		if (!(error instanceof TypeError)) throw error;
		throw new TypeError(error.message.replace("toAsyncIterable", "toNodeReadable"));
	}
}

/** Options of `toNodeReadable`. */
export interface NodeReadableOptions {
	/** Whether it gives objects, one by one, instead of bytes (default: `true`). */
	objectMode?: boolean;
	/** How much may be read ahead: objects, or bytes (default 1, or 16,384). */
	highWaterMark?: number;
}

/**
 * A `Readable` of Node of what a source gives: for `pipe`, `pipeline` and libraries. Reads run as tasks of the scope in which it
 * was made; when that is cancelled, or ends, the readable fails. An error of the source destroys it, the same object. If it is
 * destroyed, the source is closed, and `"close"` comes after that.
 *
 * @throws TypeError for what cannot be read
 * @example
 * await pipeline(toNodeReadable(compose(rows, toCsv), { objectMode: false }), createGzip(), createWriteStream("rows.csv.gz"));
 */
export function toNodeReadable<T>(source: Source<T>, options: NodeReadableOptions = {}): Readable {
	checkOptions("toNodeReadable", options, ["objectMode", "highWaterMark"]);
	const { objectMode = true, highWaterMark = objectMode ? 1 : 16_384 } = options;
	checkSwitch("toNodeReadable: objectMode", options.objectMode);
	checkCount("toNodeReadable: highWaterMark", highWaterMark, 0);
	const iterator = iterateSource(source);
	return new Readable({
		objectMode,
		highWaterMark,
		read() {
			iterator.next().then(
				(result) => {
					if (result.done) this.push(null);
					// In object mode it would be the end.
					else if (result.value === null)
						this.destroy(new TypeError("toNodeReadable: the source gave null, which is the end for a stream of Node."));
					else this.push(result.value);
				},
				(error: Error) => this.destroy(error),
			);
		},
		destroy(error, done) {
			iterator.return().then(
				() => done(error),
				(second: Error) => done(error ?? second),
			);
		},
	});
}
