import { type Awaitable, checkpoint, coroutine, currentDeadline, until } from "holdfast";
import { expect, test } from "vitest";
import { type CheckedStream, checkStream } from "./check-stream.ts";
import { ContractError } from "./contract.ts";

/** Errors of a library that knows the contract by its names alone. */
function named(name: string): Error {
	return Object.assign(new Error(name), { name });
}

/** One direction of a stream in memory. */
class Pipe {
	readonly chunks: Uint8Array[] = [];
	size = 0;
	isEnded = false;
	isBroken = false;
	#wake: (() => void)[] = [];

	change(): void {
		for (const wake of this.#wake.splice(0)) wake();
	}

	/** Resolves when something has changed, and brings nothing: nothing is lost if nobody waits any more. */
	changed(): Promise<void> {
		return new Promise((resolve) => this.#wake.push(resolve));
	}
}

/** What a stream can get wrong. */
interface Mistakes {
	readonly capacity?: number;
	readonly doubles?: boolean;
	readonly ignoresMaximum?: boolean;
	readonly reusesChunks?: boolean;
	readonly emptyChunks?: boolean;
	readonly endOnce?: boolean;
	readonly endCloses?: boolean;
	readonly dropsOnClose?: boolean;
	readonly closedGivesEnd?: boolean;
	readonly closeWakesNobody?: boolean;
	readonly closeTwiceThrows?: boolean;
	readonly neverBroken?: boolean;
	readonly manyReaders?: boolean;
	readonly manyWriters?: boolean;
	readonly losesCancelled?: boolean;
	readonly ignoresCancelled?: boolean;
	readonly closeWaitsForReader?: boolean;
	readonly closeIsCancelled?: boolean;
}

/** A foreign stream: its waits are promises. */
class MemoryStream implements CheckedStream {
	isReading = false;
	isWriting = false;
	isClosed = false;
	isEnded = false;
	readonly incoming: Pipe;
	readonly outgoing: Pipe;
	readonly mistakes: Mistakes;

	constructor(incoming: Pipe, outgoing: Pipe, mistakes: Mistakes) {
		this.incoming = incoming;
		this.outgoing = outgoing;
		this.mistakes = mistakes;
	}

	read(maximum = Number.POSITIVE_INFINITY): Awaitable<Uint8Array | undefined> {
		return read(this, maximum);
	}

	write(data: Uint8Array): Awaitable<void> {
		return write(this, data);
	}

	end(): void {
		if (this.isClosed) throw named("ClosedResourceError");
		if (this.mistakes.endCloses) this.incoming.isBroken = this.isClosed = true;
		this.isEnded = this.outgoing.isEnded = true;
		this.outgoing.change();
	}

	close(): Awaitable<void> {
		return close(this);
	}
}

const scratch = new Uint8Array(65_536);

const read = coroutine(function* (
	stream: MemoryStream,
	maximum: number,
): Generator<never, Uint8Array | undefined, unknown> {
	const { incoming, mistakes } = stream;
	if (!mistakes.ignoresCancelled) yield* throwIfCancelled();
	if (stream.isClosed) {
		if (mistakes.closedGivesEnd) return undefined;
		throw named("ClosedResourceError");
	}
	if (stream.isReading && !mistakes.manyReaders) throw named("BusyResourceError");
	stream.isReading = true;
	try {
		const early = mistakes.losesCancelled ? incoming.chunks.shift() : undefined;
		if (mistakes.losesCancelled) yield* until(new Promise((resolve) => setTimeout(resolve, 3)));
		if (early !== undefined) incoming.chunks.unshift(early);
		while (incoming.chunks.length === 0) {
			if (incoming.isEnded) {
				if (mistakes.endOnce) incoming.isEnded = false;
				return mistakes.emptyChunks ? new Uint8Array(0) : undefined;
			}
			yield* until(incoming.changed());
			if (stream.isClosed && !mistakes.closeWakesNobody) throw named("ClosedResourceError");
		}
		const chunk = incoming.chunks.shift() as Uint8Array;
		const given = mistakes.ignoresMaximum ? chunk : chunk.subarray(0, maximum);
		if (given.length < chunk.length) incoming.chunks.unshift(chunk.subarray(given.length));
		incoming.size -= given.length;
		incoming.change();
		if (!mistakes.reusesChunks) return given;
		scratch.set(given.subarray(0, scratch.length));
		return scratch.subarray(0, given.length);
	} finally {
		stream.isReading = false;
	}
});

const write = coroutine(function* (stream: MemoryStream, data: Uint8Array): Generator<never, void, unknown> {
	const { outgoing, mistakes } = stream;
	if (!mistakes.ignoresCancelled) yield* throwIfCancelled();
	if (stream.isClosed || stream.isEnded) throw named("ClosedResourceError");
	if (stream.isWriting && !mistakes.manyWriters) throw named("BusyResourceError");
	stream.isWriting = true;
	try {
		const { capacity = 100_000 } = mistakes;
		while (outgoing.size >= capacity && !outgoing.isBroken) {
			yield* until(outgoing.changed());
			if (stream.isClosed) throw named("ClosedResourceError");
		}
		if (outgoing.isBroken && !mistakes.neverBroken) throw named("BrokenResourceError");
		for (let count = mistakes.doubles ? 2 : 1; count > 0 && data.length > 0; count--)
			outgoing.chunks.push(data.slice());
		outgoing.size += data.length;
		outgoing.change();
	} finally {
		stream.isWriting = false;
	}
});

const close = coroutine(function* (stream: MemoryStream): Generator<never, void, unknown> {
	const { incoming, outgoing, mistakes } = stream;
	if (mistakes.closeIsCancelled) yield* throwIfCancelled();
	if (stream.isClosed && mistakes.closeTwiceThrows) throw named("MisuseError");
	if (mistakes.closeWaitsForReader) while (outgoing.size > 0 && !outgoing.isBroken) yield* until(outgoing.changed());
	if (mistakes.dropsOnClose) outgoing.chunks.length = 0;
	stream.isClosed = outgoing.isEnded = incoming.isBroken = true;
	outgoing.change();
	incoming.change();
});

function* throwIfCancelled(): Generator<never, void, unknown> {
	if (currentDeadline() === Number.NEGATIVE_INFINITY) yield* checkpoint();
}

function pair(mistakes: Mistakes): [MemoryStream, MemoryStream] {
	const there = new Pipe();
	const back = new Pipe();
	return [new MemoryStream(back, there, mistakes), new MemoryStream(there, back, mistakes)];
}

test("a foreign stream in memory keeps the contract", () => checkStream(() => pair({})));

test("makePair may be a promise, or a coroutine", async () => {
	await checkStream(async () => pair({}));
	await checkStream(
		coroutine(function* () {
			yield* checkpoint();
			return pair({});
		}),
	);
});

test("a stream that never makes anybody wait is excused from backpressure on request", () =>
	checkStream(() => pair({ capacity: Number.POSITIVE_INFINITY }), { capacity: Number.POSITIVE_INFINITY }));

const MISTAKES: [keyof Mistakes, RegExp][] = [
	["capacity", /a writer waits while nobody reads.*: a writer never waited, though 1000000 bytes/],
	["doubles", /what is written is read: .*byte 0 of 2/],
	["ignoresMaximum", /read gives at most the maximum.*: read\(2\) gave 6 bytes/],
	["reusesChunks", /what was read is not written over by what comes later: the first chunk, later was "two"/],
	["emptyChunks", /then undefined every time.*: a read at the end was 0 bytes/],
	["endOnce", /then undefined every time.*: the rule was not over after 300 ms/],
	["endCloses", /after end\(\).*ClosedResourceError/],
	["dropsOnClose", /after close\(\), the other side reads what was written.*ended 4 bytes early/],
	[
		"closedGivesEnd",
		/a closed stream refuses .*: read after close\(\) gave undefined instead of throwing ClosedResourceError/,
	],
	["closeWakesNobody", /close\(\) wakes a read .*: the rule was not over after 300 ms/],
	["closeTwiceThrows", /a closed stream refuses .*: MisuseError/],
	["neverBroken", /writing to a side that was closed comes to BrokenResourceError: the rule was not over/],
	["manyReaders", /a second reader is told so by BusyResourceError/],
	["manyWriters", /a second writer is told so by BusyResourceError/],
	["losesCancelled", /a cancelled read takes nothing with it.*/],
	["ignoresCancelled", /in a cancelled scope read and write throw .*: read in a cancelled scope went on/],
	["closeWaitsForReader", /without waiting for the other side.*: the rule was not over/],
	["closeIsCancelled", /in a cancelled scope close\(\) closes all the same: the rule was not over/],
];

// All at once: most of the time goes into waiting for what does not happen.
test("every mistake is named", async () => {
	await Promise.all(MISTAKES.map(([mistake, message]) => isNamed(mistake, message)));
});

async function isNamed(...[mistake, message]: (typeof MISTAKES)[number]): Promise<void> {
	const mistakes = { [mistake]: mistake === "capacity" ? Number.POSITIVE_INFINITY : true };
	const error = await checkStream(() => pair(mistakes), { patience: 300, capacity: 1_000_000 }).then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	expect(error, String(mistake)).toBeInstanceOf(ContractError);
	expect(error).toMatchObject({ name: "ContractError", code: "HOLDFAST_CONTRACT" });
	expect((error as ContractError).broken.join("\n")).toMatch(message);
}

test("wrong arguments are named", async () => {
	await expect(checkStream(pair({}) as never)).rejects.toThrow(/a function that makes a stream/);
	await expect(checkStream(() => pair({}), { patience: -1 })).rejects.toThrow(RangeError);
	const failing = checkStream(() => {
		throw new Error("no pair today");
	});
	await expect(failing).rejects.toThrow(/no pair today/);
});
