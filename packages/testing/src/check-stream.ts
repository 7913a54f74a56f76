import {
	type Awaitable,
	Cancelled,
	checkpoint,
	cleanup,
	moveOnAfter,
	type Task,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import {
	ask,
	type ContractOptions,
	checkContract,
	checkError,
	expectError,
	fail,
	type Rule,
	same,
	settle,
	show,
} from "./contract.ts";

/** What `checkStream` asks of a stream: bytes in both directions. Calls may give values, promises or coroutines. */
export interface CheckedStream {
	/** Some bytes, at most `maximum`; `undefined` at the end. */
	read(maximum?: number): Awaitable<Uint8Array | undefined>;
	write(data: Uint8Array): Awaitable<unknown>;
	/** Half-close; if there is one. */
	end?(): Awaitable<unknown>;
	close(): Awaitable<unknown>;
}

/** Options of `checkStream`. */
export interface CheckStreamOptions extends ContractOptions {
	/** How many bytes it may take in while nobody reads (default 64 MiB); `Infinity` for one that never makes a writer wait. */
	readonly capacity?: number;
}

type Pair = readonly [CheckedStream, CheckedStream];

/**
 * The contract of byte streams, as a suite that any stream can be run through: order and completeness of the bytes, ends and
 * half-closes, errors by whose fault they are, two readers or writers at once, backpressure, and cancellation in every state.
 * `makePair` gives the two ends of a new connection for each rule; each is tried from both. (Trio's `check_two_way_stream`.)
 *
 * @throws ContractError that lists every broken rule
 * @throws RangeError for NaN and negative patience
 * @example
 * await checkStream(async () => {
 *   const client = await connect({ port });
 *   return [client, await listener.accept()];
 * });
 */
export async function checkStream(
	makePair: () => Awaitable<Pair>,
	{ capacity = 64 * 1024 * 1024, patience = 5_000 }: CheckStreamOptions = {},
): Promise<void> {
	const rules: Record<string, Rule<Pair>> = {};
	for (const [name, rule] of Object.entries({
		...RULES,
		...(capacity === Number.POSITIVE_INFINITY ? {} : clogged(capacity)),
	}))
		rules[name] = function* ([left, right]) {
			yield* rule([left, right]);
		};
	for (const [name, rule] of Object.entries(RULES))
		rules[`${name} (the other way)`] = function* ([left, right]) {
			yield* rule([right, left]);
		};
	const discard = function* ([left, right]: Pair): Generator<never, void, unknown> {
		yield* ask(() => left.close());
		yield* ask(() => right.close());
	};
	await checkContract("stream", rules, makePair, discard as never, patience);
}

const RULES: Record<string, Rule<Pair>> = {
	*"what is written is read: every byte, in order, whatever the sizes"([near, far]) {
		const sizes = [1, 2, 1_000, 65_536, 3, 300_001];
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			group.spawn(function* (): Generator<never, void, unknown> {
				for (const [index, size] of sizes.entries()) yield* ask(() => near.write(pattern(index, size)));
			});
			for (const [index, size] of sizes.entries()) yield* expectBytes(far, pattern(index, size));
		});
	},

	*"an empty write sends nothing, and read never gives an empty array"([near, far]) {
		yield* ask(() => near.write(new Uint8Array(0)));
		yield* ask(() => near.write(bytes("x")));
		const chunk = yield* ask(() => far.read());
		same("the first read", chunk?.length, 1);
	},

	*"read gives at most the maximum, and the rest is there for the next"([near, far]) {
		yield* ask(() => near.write(bytes("abcdef")));
		yield* settle();
		const first = yield* ask(() => far.read(2));
		if (first === undefined || first.length > 2) fail(`read(2) gave ${show(first)}`);
		yield* expectBytes(far, bytes("abcdef").subarray(first.length));
	},

	*"what was read is not written over by what comes later"([near, far]) {
		yield* ask(() => near.write(bytes("one")));
		const first = (yield* ask(() => far.read())) as Uint8Array;
		const copy = textOf(first);
		for (let count = 0; count < 20; count++) {
			yield* ask(() => near.write(bytes("two")));
			yield* ask(() => far.read());
		}
		same("the first chunk, later", textOf(first), copy);
	},

	*"read waits until there is something"([near, far]) {
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			let isOver = false;
			const reading = group.spawn(function* (): Generator<never, unknown, unknown> {
				const chunk = yield* ask(() => far.read());
				isOver = true;
				return chunk;
			});
			yield* settle();
			same("whether a read with nothing there was over", isOver, false);
			yield* ask(() => near.write(bytes("x")));
			same("what it read", textOf(yield* reading), "x");
		});
	},

	*"after end(), the other side reads what is left, then undefined every time, and can still answer"([near, far]) {
		if (near.end === undefined) return;
		yield* ask(() => near.write(bytes("question")));
		yield* ask(() => near.end?.());
		yield* ask(() => near.end?.());
		yield* expectBytes(far, bytes("question"));
		for (let count = 0; count < 3; count++) same("a read at the end", yield* ask(() => far.read()), undefined);
		yield* ask(() => far.write(bytes("answer")));
		yield* expectBytes(near, bytes("answer"));
		yield* expectError("ClosedResourceError", "write after end()", () => near.write(bytes("x")));
	},

	*"after close(), the other side reads what was written, then the end"([near, far]) {
		yield* ask(() => near.write(bytes("last")));
		yield* ask(() => near.close());
		yield* expectBytes(far, bytes("last"));
		for (let count = 0; count < 2; count++) same("a read at the end", yield* ask(() => far.read()), undefined);
	},

	*"a closed stream refuses its own side by ClosedResourceError, and closes again"([near, far]) {
		yield* ask(() => far.write(bytes("unread")));
		yield* settle();
		yield* ask(() => near.close());
		yield* ask(() => near.close());
		yield* expectError("ClosedResourceError", "read after close()", () => near.read());
		yield* expectError("ClosedResourceError", "write after close()", () => near.write(bytes("x")));
		const { end } = near;
		if (end !== undefined) yield* expectError("ClosedResourceError", "end() after close()", () => end.call(near));
	},

	*"close() wakes a read of its own side by ClosedResourceError"([near]) {
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const reading = group.spawn(() => outcomeOf(() => near.read()));
			yield* settle();
			yield* ask(() => near.close());
			checkError("ClosedResourceError", "the read that waited", yield* reading);
		});
	},

	*"several tasks may close at once, and all of them wait for it"([near]) {
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			for (let count = 0; count < 3; count++) group.spawn(() => near.close());
		});
	},

	*"writing to a side that was closed comes to BrokenResourceError"([near, far]) {
		yield* ask(() => far.close());
		for (;;) {
			const outcome = yield* outcomeOf(() => near.write(bytes("x")));
			if (outcome !== undefined) {
				checkError("BrokenResourceError", "a write", outcome);
				return;
			}
			yield* settle();
		}
	},

	*"a second reader is told so by BusyResourceError, and the first goes on"([near, far]) {
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			const first = group.spawn(() => far.read());
			yield* settle();
			yield* expectError("BusyResourceError", "a second read at once", () => far.read());
			yield* ask(() => near.write(bytes("x")));
			same("what the first read", textOf(yield* first), "x");
		});
	},

	*"a cancelled read takes nothing with it, whenever it is cancelled"([near, far]) {
		for (let turns = 0; turns < 6; turns++) {
			let got: unknown;
			yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
				const reading = group.spawn(function* (): Generator<never, void, unknown> {
					got = yield* ask(() => far.read());
				});
				for (let turn = 0; turn < turns; turn++) yield* checkpoint();
				if (turns % 2 === 1) yield* ask(() => near.write(bytes("x")));
				reading.cancel();
			});
			if (turns % 2 === 0) yield* ask(() => near.write(bytes("x")));
			if (got === undefined) yield* expectBytes(far, bytes("x"));
			// The same for what was there before the read began.
			yield* ask(() => near.write(bytes("y")));
			yield* settle();
			got = undefined;
			yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
				const reading = group.spawn(function* (): Generator<never, void, unknown> {
					got = yield* ask(() => far.read());
				});
				for (let turn = 0; turn < turns; turn++) yield* checkpoint();
				reading.cancel();
			});
			if (got === undefined) yield* expectBytes(far, bytes("y"));
		}
	},

	*"in a cancelled scope read and write throw before they do anything, and the stream goes on afterwards"([near, far]) {
		yield* ask(() => near.write(bytes("a")));
		yield* settle();
		for (const [name, attempt] of [
			["read", () => far.read()],
			["write", () => near.write(bytes("never"))],
		] as const)
			yield* withCancelScope(function* (scope): Generator<never, void, unknown> {
				scope.cancel();
				yield* ask(attempt as () => Awaitable<unknown>);
				fail(`${name} in a cancelled scope went on`);
			});
		yield* ask(() => near.write(bytes("b")));
		yield* expectBytes(far, bytes("ab"));
	},

	*"in a cancelled scope close() closes all the same"([near]) {
		yield* withCancelScope(function* (scope): Generator<never, void, unknown> {
			scope.cancel();
			yield* ask(() => near.close());
		});
		yield* expectError("ClosedResourceError", "read after close() in a cancelled scope", () => near.read());
	},
};

/** What needs a writer that waits. */
function clogged(capacity: number): Record<string, Rule<Pair>> {
	const block = new Uint8Array(65_536).fill(7);
	/** Writes until that waits; tells how many bytes. */
	const clog = function* (near: CheckedStream): Generator<never, number, unknown> {
		for (let written = 0; written <= capacity; ) {
			let isOver = false;
			yield* moveOnAfter(100, function* (): Generator<never, void, unknown> {
				yield* ask(() => near.write(block));
				isOver = true;
			} as () => Awaitable<void>);
			written += block.length;
			if (!isOver) return written;
		}
		return fail(`a writer never waited, though ${capacity} bytes were written and none was read`);
	};
	return {
		*"a writer waits while nobody reads; a cancelled write leaves the order of the bytes as it was"([near, far]) {
			const written = yield* clog(near);
			yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
				group.spawn(function* (): Generator<never, void, unknown> {
					yield* ask(() => near.write(bytes("end")));
					yield* ask(() => near.close());
				});
				let received = 0;
				let tail = "";
				for (let chunk = yield* ask(() => far.read()); chunk !== undefined; chunk = yield* ask(() => far.read())) {
					received += chunk.length;
					tail = (tail + String.fromCharCode(...chunk.subarray(-4))).slice(-4);
				}
				same("the last bytes", tail, "\u0007end");
				if (received > written + 3) fail(`${received} bytes came of ${written + 3}`);
			});
		},

		*"a second writer is told so by BusyResourceError, and close() wakes the first by ClosedResourceError, without waiting for the other side"([
			near,
		]) {
			yield* clog(near);
			yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
				const writing = group.spawn(() => outcomeOf(() => near.write(block)));
				yield* settle();
				yield* expectError("BusyResourceError", "a second write at once", () => near.write(bytes("x")));
				yield* ask(() => near.close());
				checkError("ClosedResourceError", "the write that waited", yield* writing);
			});
		},

		*"a side that is closed breaks a write that waits there, by BrokenResourceError"([near, far]) {
			yield* clog(near);
			yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
				const writing: Task<unknown> = group.spawn(() => outcomeOf(() => near.write(block)));
				yield* settle();
				yield* ask(() => far.close());
				checkError("BrokenResourceError", "the write that waited", yield* writing);
			});
		},

		*"close() of a clogged stream as cleanup in a cancelled scope is over at once"([near]) {
			yield* withCancelScope(function* (scope): Generator<never, void, unknown> {
				try {
					yield* clog(near);
					scope.cancel();
				} finally {
					yield* cleanup(() => near.close());
				}
			});
		},
	};
}

/** What a call throws; `undefined` if it returns. */
function* outcomeOf(fn: () => Awaitable<unknown>): Generator<never, unknown, unknown> {
	try {
		yield* ask(fn);
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		return error;
	}
	return undefined;
}

function* expectBytes(stream: CheckedStream, expected: Uint8Array): Generator<never, void, unknown> {
	for (let at = 0; at < expected.length; ) {
		const left = expected.length - at;
		const chunk = yield* ask(() => stream.read(left));
		if (chunk === undefined) fail(`the stream has ended ${left} bytes early`);
		if (chunk.length === 0) fail("read gave an empty array");
		if (chunk.length > left) fail(`read(${left}) gave ${chunk.length} bytes`);
		for (const [index, byte] of chunk.entries())
			if (byte !== expected[at + index]) fail(`byte ${at + index} of ${expected.length} is wrong`);
		at += chunk.length;
	}
}

function textOf(chunk: unknown): string {
	return chunk instanceof Uint8Array ? new TextDecoder().decode(chunk) : String(chunk);
}

function bytes(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

function pattern(seed: number, size: number): Uint8Array {
	return Uint8Array.from({ length: size }, (_, index) => (index * 31 + seed * 7) & 255);
}
