const NOTHING = Buffer.alloc(0);

/** Bytes that have arrived and were not read. Adding one byte after the other takes linear time. */
export class ReceiveBuffer {
	/**
	 * Invariant: nothing before `#end` is ever written again, for parts of it were given away.
	 * A single chunk is kept as it came, and has no room behind it.
	 */
	#bytes: Buffer = NOTHING;
	#start = 0;
	#end = 0;
	#isOwn = false;

	get size(): number {
		return this.#end - this.#start;
	}

	push(chunk: Uint8Array): void {
		const { size } = this;
		if (size === 0) {
			this.#bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
			this.#start = 0;
			this.#end = chunk.length;
			this.#isOwn = false;
			return;
		}
		if (!this.#isOwn || this.#end + chunk.length > this.#bytes.length) {
			const larger = Buffer.allocUnsafeSlow(Math.max(1024, 2 * (size + chunk.length)));
			larger.set(this.#bytes.subarray(this.#start, this.#end));
			this.#bytes = larger;
			this.#start = 0;
			this.#end = size;
			this.#isOwn = true;
		}
		this.#bytes.set(chunk, this.#end);
		this.#end += chunk.length;
	}

	/** The oldest bytes, at most so many. */
	take(maximum: number): Uint8Array {
		const end = Math.min(this.#start + maximum, this.#end);
		const taken = this.#bytes.subarray(this.#start, end);
		this.#start = end;
		if (this.#start === this.#end) this.clear();
		return taken;
	}

	/** Where the delimiter stands, looked for from that offset on; -1 if it is not there. */
	indexOf(delimiter: Uint8Array | number, from: number): number {
		return this.#bytes.subarray(this.#start, this.#end).indexOf(delimiter, from);
	}

	clear(): void {
		this.#bytes = NOTHING;
		this.#start = this.#end = 0;
		this.#isOwn = false;
	}
}
