/** Two ends of a connection that needs no network: for tests, and for a server in the same program. */
"use structured";

import { createChannel, EndOfChannelError, type Receiver, type Sender } from "holdfast";
import type { ByteStream } from "./byte-stream.ts";

/** `capacity` chunks may be under way in each direction before a writer waits. */
export function memoryPair(capacity = 16): readonly [ByteStream, ByteStream] {
	const there = createChannel<Uint8Array>(capacity);
	const back = createChannel<Uint8Array>(capacity);
	return [new MemoryStream(back.receiver, there.sender), new MemoryStream(there.receiver, back.sender)];
}

class MemoryStream implements ByteStream {
	readonly #receiver: Receiver<Uint8Array>;
	readonly #sender: Sender<Uint8Array>;

	constructor(receiver: Receiver<Uint8Array>, sender: Sender<Uint8Array>) {
		this.#receiver = receiver;
		this.#sender = sender;
	}

	async read(): Promise<Uint8Array | undefined> {
		try {
			return await this.#receiver.receive();
		} catch (error) {
			if (error instanceof EndOfChannelError) return undefined;
			throw error;
		}
	}

	async write(data: Uint8Array): Promise<void> {
		// The array is the caller's again when this returns.
		await this.#sender.send(data.slice());
	}

	close(): void {
		this.#sender.close();
		this.#receiver.close();
	}
}
