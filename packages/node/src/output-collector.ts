import type { Readable } from "node:stream";

/** Keeps what a stream brings, up to a limit. */
export class OutputCollector {
	/** The stream has ended, or was destroyed. */
	ended: boolean;
	/** It has brought more than may be kept. */
	over = false;
	readonly #limit: number;
	#chunks: Buffer[] = [];
	#size = 0;

	/** Calls `changed` when `ended` or `over` has become true. */
	constructor(stream: Readable | null, limit: number, changed: () => void) {
		this.#limit = limit;
		this.ended = stream === null;
		stream?.on("data", (chunk: Buffer) => {
			const room = this.#limit - this.#size;
			this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
			this.#size += Math.min(chunk.length, room);
			if (chunk.length <= room) return;
			this.over = true;
			stream.pause();
			changed();
		});
		const end = (): void => {
			this.ended = true;
			changed();
		};
		stream?.on("end", end).on("close", end).on("error", end);
	}

	bytes(): Uint8Array {
		const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
		this.#chunks = [all];
		return all;
	}
}
