import type { Coroutine } from "holdfast";
import { BufferedReader } from "./buffered-reader.ts";

/** A `ReceiveStream` over a source that is asked for its bytes, such as a file. */
export abstract class ByteReader extends BufferedReader {
	#exhausted = false;

	/** Waits for the next bytes, about `maximum` if the source can choose; `undefined` is the end. Called by one task at a time. */
	abstract pull(maximum: number): Coroutine<Uint8Array | undefined>;

	*fill(maximum: number): Generator<never, boolean, unknown> {
		if (this.#exhausted) return false;
		const chunk = yield* this.pull(maximum);
		if (chunk === undefined) this.#exhausted = true;
		else this.buffer.push(chunk);
		return chunk !== undefined;
	}
}
