const NOTHING = Buffer.alloc(0);

/** Chunks from this size on are kept as they came; smaller ones are copied behind each other. */
const LARGE = 4_096;

/** Bytes that stand in one piece of memory. */
interface Part {
	bytes: Buffer;
	start: number;
	end: number;
	/** The memory is ours, and nothing behind `end` was given away: there may be room. */
	readonly isOwn: boolean;
}

/** Bytes that have arrived and were not read. Adding one byte after the other takes linear time, and so does looking for one. */
export class ReceiveBuffer {
	/** Oldest first. Invariant: none is empty, and nothing that was given away is ever written again. */
	#parts: Part[] = [];
	#size = 0;

	get size(): number {
		return this.#size;
	}

	push(chunk: Uint8Array): void {
		if (chunk.length === 0) return;
		const last = this.#parts.at(-1);
		this.#size += chunk.length;
		if (last?.isOwn && last.end + chunk.length <= last.bytes.length) {
			last.bytes.set(chunk, last.end);
			last.end += chunk.length;
		} else if (chunk.length >= LARGE || last === undefined) this.#parts.push(partOf(chunk));
		else this.#append(chunk);
	}

	/** The oldest bytes, at most so many. */
	take(maximum: number): Uint8Array {
		const first = this.#parts[0];
		if (first === undefined) return NOTHING;
		const count = Math.min(maximum, this.#size);
		if (count > first.end - first.start) this.#merge();
		return this.takeSome(count);
	}

	/** The same without copying anything: it may be fewer than there are. */
	takeSome(maximum: number): Uint8Array {
		const first = this.#parts[0];
		if (first === undefined) return NOTHING;
		const end = Math.min(first.start + maximum, first.end);
		const taken = first.bytes.subarray(first.start, end);
		this.#size -= taken.length;
		first.start = end;
		if (end === first.end) this.#parts.shift();
		return taken;
	}

	/** Where the delimiter stands, looked for from that offset on; -1 if it is not there. */
	indexOf(delimiter: Uint8Array | number, from: number): number {
		if (this.#parts.length > 1) this.#merge();
		const first = this.#parts[0];
		return first === undefined ? -1 : first.bytes.subarray(first.start, first.end).indexOf(delimiter, from);
	}

	clear(): void {
		this.#parts = [];
		this.#size = 0;
	}

	/** Behind a part without room: that one grows if it is small, too. */
	#append(chunk: Uint8Array): void {
		const last = this.#parts.at(-1) as Part;
		if (last.end - last.start >= LARGE) this.#parts.push(withRoom([partOf(chunk)], chunk.length));
		else {
			const added = partOf(chunk);
			this.#parts[this.#parts.length - 1] = withRoom([last, added], last.end - last.start + chunk.length);
		}
	}

	/** All in one piece, with room: what comes next is copied behind it, so that each byte is copied a few times at most. */
	#merge(): void {
		this.#parts = [withRoom(this.#parts, this.#size)];
	}
}

function partOf(chunk: Uint8Array): Part {
	const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
	return { bytes, start: 0, end: chunk.length, isOwn: false };
}

function withRoom(parts: readonly Part[], size: number): Part {
	const bytes = Buffer.allocUnsafeSlow(Math.max(1024, 2 * size));
	let end = 0;
	for (const part of parts) {
		bytes.set(part.bytes.subarray(part.start, part.end), end);
		end += part.end - part.start;
	}
	return { bytes, start: 0, end, isOwn: true };
}
