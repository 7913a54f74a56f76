import { virtualRun } from "@holdfast/testing";
import {
	BusyResourceError,
	Cancelled,
	ClosedResourceError,
	type Coroutine,
	checkpoint,
	coroutine,
	createChannel,
	moveOnAfter,
	run,
	runSync,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { describe, expect, test } from "vitest";
import { rejectionOf } from "../test/processes.ts";
import { ByteReader } from "./byte-reader.ts";
import { IncompleteReadError, InvalidTextError, LimitExceededError } from "./errors.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";

/** A source that gives these chunks, and its end after them. */
class Chunks extends ByteReader {
	readonly description = "the source";
	readonly #chunks: (Uint8Array | string)[];
	readonly asked: number[] = [];
	shutCalls = 0;

	constructor(...chunks: (Uint8Array | string)[]) {
		super();
		this.#chunks = chunks;
	}

	pull(maximum: number): Coroutine<Uint8Array | undefined> {
		this.asked.push(maximum);
		return pullFrom(this.#chunks);
	}

	shut(): Coroutine<void> {
		this.shutCalls++;
		return checkpoint();
	}
}

const pullFrom = coroutine(function* pull(
	chunks: (Uint8Array | string)[],
): Generator<never, Uint8Array | undefined, unknown> {
	yield* checkpoint();
	const chunk = chunks.shift();
	return chunk === undefined ? undefined : Buffer.from(chunk);
});

/** A source that gives what is sent into it. */
function fed(): { reader: ByteReader; feed: (text: string) => Coroutine<void>; end: () => void } {
	const { sender, receiver } = createChannel<Uint8Array>(100);
	const pull = coroutine(function* pull(): Generator<never, Uint8Array | undefined, unknown> {
		try {
			return yield* receiver.receive();
		} catch (error) {
			if (reader.closed) throw new ClosedResourceError("closed");
			if (error instanceof Cancelled) throw error;
			return undefined;
		}
	});
	class Fed extends ByteReader {
		readonly description = "the source";
		pull(): Coroutine<Uint8Array | undefined> {
			return pull();
		}
		shut(): Coroutine<void> {
			receiver.close();
			return checkpoint();
		}
	}
	const reader = new Fed();
	return { reader, feed: (text) => sender.send(Buffer.from(text)), end: () => sender.close() };
}

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();
const single = (value: string): string[] => [...value];

describe("read", () => {
	test("gives what is there, at most the maximum, and undefined at the end, again and again", async () => {
		await virtualRun(function* () {
			const source = new Chunks("abcdef", "gh");
			expect(text(yield* source.read(4))).toBe("abcd");
			expect(text(yield* source.read())).toBe("ef");
			expect(text(yield* source.read(1))).toBe("g");
			expect(text(yield* source.read(9))).toBe("h");
			for (let count = 0; count < 3; count++) expect(yield* source.read()).toBeUndefined();
		});
	});

	test("for await gives the chunks, and leaving the loop leaves the rest", async () => {
		const source = new Chunks("a", "b", "c");
		const seen: (string | undefined)[] = [];
		await run(async () => {
			for await (const chunk of source) if (seen.push(text(chunk)) === 2) break;
			seen.push(text(await source.read()));
		});
		expect(seen).toEqual(["a", "b", "c"]);
	});

	test("what was read is not written over by what comes after", async () => {
		await virtualRun(function* () {
			const source = new Chunks(...single("abcdefghij"));
			const first = yield* source.readExactly(3);
			const second = yield* source.readExactly(5);
			yield* source.readAll();
			expect([text(first), text(second)]).toEqual(["abc", "defgh"]);
		});
	});

	test("in a cancelled scope it throws, also where it need not wait, and takes nothing", async () => {
		await virtualRun(function* () {
			const source = new Chunks("one\ntwo\n");
			yield* source.readLine();
			for (const read of [() => source.read(), () => source.readLine(), () => source.readExactly(1)])
				yield* withCancelScope(function* (scope) {
					scope.cancel();
					yield* read() as Coroutine<unknown>;
					expect.unreachable();
				});
			expect(yield* source.readLine()).toBe("two");
		});
	});
});

describe("readExactly and readUntil", () => {
	test("they put together what comes one byte at a time", async () => {
		await virtualRun(function* () {
			const source = new Chunks(...single("HEAD\r\n\r\nbody and more"));
			expect(text(yield* source.readUntil("\r\n\r\n"))).toBe("HEAD\r\n\r\n");
			expect(text(yield* source.readExactly(4))).toBe("body");
			expect(text(yield* source.readExactly(0))).toBe("");
			expect(text(yield* source.readAll())).toBe(" and more");
		});
	});

	test("a delimiter may lie across chunks, and may begin like itself", async () => {
		await virtualRun(function* () {
			const source = new Chunks("aab", "aa", "abx");
			expect(text(yield* source.readUntil("aaab"))).toBe("aabaaab");
			expect(text(yield* source.readUntil(new Uint8Array([120])))).toBe("x");
		});
	});

	test("an end in the middle is IncompleteReadError with what was there", async () => {
		await virtualRun(function* () {
			const first = yield* caught(() => new Chunks("abc").readExactly(5));
			expect(first).toBeInstanceOf(IncompleteReadError);
			expect(first).toMatchObject({ code: "HOLDFAST_INCOMPLETE_READ", expected: 5 });
			expect(text((first as IncompleteReadError).partial)).toBe("abc");
			const second = yield* caught(() => new Chunks("a", "b").readUntil("\n"));
			expect(text((second as IncompleteReadError).partial)).toBe("ab");
			const third = (yield* caught(() => new Chunks().readExactly(1))) as IncompleteReadError;
			expect(third.partial.length).toBe(0);
		});
	});

	test("a cancelled read loses nothing of what it has gathered", async () => {
		await virtualRun(function* () {
			const { reader, feed, end } = fed();
			yield* feed("ab");
			expect(yield* moveOnAfter(10, () => reader.readExactly(4))).toBeUndefined();
			yield* feed("c");
			expect(yield* moveOnAfter(10, () => reader.readUntil("\n"))).toBeUndefined();
			yield* feed("d\nrest");
			expect(text(yield* reader.readUntil("\n"))).toBe("abcd\n");
			end();
			expect(text(yield* reader.readAll())).toBe("rest");
		});
	});

	test("without a delimiter within the limit, nothing is consumed", async () => {
		await virtualRun(function* () {
			const source = new Chunks(...single("0123456789;rest"));
			const error = yield* caught(() => source.readUntil(";", { limit: 8 }));
			expect(error).toBeInstanceOf(LimitExceededError);
			expect(error).toMatchObject({ code: "HOLDFAST_LIMIT_EXCEEDED", limit: 8 });
			expect(text(yield* source.readUntil(";", { limit: 11 }))).toBe("0123456789;");
			const late = new Chunks("0123456789;");
			expect(yield* caught(() => late.readUntil(";", { limit: 10 }))).toBeInstanceOf(LimitExceededError);
		});
	});
});

describe("lines", () => {
	test("\\n and \\r\\n end a line, a lone \\r does not, and the last one needs no end", async () => {
		const source = new Chunks("one\ntwo\r", "\nth\rree\n", "\n", "\r\n", "five");
		const seen: string[] = [];
		await run(async () => {
			for await (const line of source.lines()) seen.push(line);
		});
		expect(seen).toEqual(["one", "two", "th\rree", "", "", "five"]);
	});

	test("a character may lie across chunks, a mark of the byte order is kept", async () => {
		await virtualRun(function* () {
			const source = new Chunks(...[...Buffer.from("\uFEFFgrüße 🎈\n")].map((byte) => Uint8Array.of(byte)));
			expect(yield* source.readLine()).toBe("\uFEFFgrüße 🎈");
			expect(yield* source.readLine()).toBeUndefined();
		});
	});

	test("invalid UTF-8 is InvalidTextError with its bytes, and the next line is read as usual", async () => {
		await virtualRun(function* () {
			const bytes = Buffer.from([0x66, 0xff, 0xfe, 0x0d, 0x0a, 0x6f, 0x6b, 0x0a]);
			const source = new Chunks(bytes);
			const error = yield* caught(() => source.readLine());
			expect(error).toBeInstanceOf(InvalidTextError);
			expect([...(error as InvalidTextError).bytes]).toEqual([0x66, 0xff, 0xfe]);
			expect((error as InvalidTextError).cause).toBeInstanceOf(TypeError);
			expect(yield* source.readLine()).toBe("ok");
			expect(yield* new Chunks(bytes).readLine({ invalid: "replace" })).toBe("f\uFFFD\uFFFD");
		});
	});

	test.each([
		["exactly as long", "12345\n", "12345"],
		["and \\r\\n", "12345\r\n", "12345"],
		["at the end", "12345", "12345"],
		["longer by one", "123456\n", undefined],
		["longer by one, and \\r\\n", "123456\r\n", undefined],
		["longer by one at the end", "123456", undefined],
		["without end", "1234567890", undefined],
		["one byte more that is \\r", "12345\r", undefined],
	])("the limit counts the bytes of the line: %s", async (_name, sent, line) => {
		await virtualRun(function* () {
			for (const chunks of [[sent], single(sent)]) {
				const source = new Chunks(...chunks);
				const result =
					line === undefined
						? yield* caught(() => source.readLine({ limit: 5 }))
						: yield* source.readLine({ limit: 5 });
				if (line === undefined) expect(result).toBeInstanceOf(LimitExceededError);
				else expect(result).toBe(line);
			}
		});
	});

	test("a line without end is never held beyond the limit", async () => {
		await virtualRun(function* () {
			const source = new Chunks(...Array.from({ length: 1_000 }, () => "x".repeat(100)));
			expect(yield* caught(() => source.readLine())).toBeInstanceOf(LimitExceededError);
			expect(source.buffer.size).toBeLessThan(65_536 + 200);
			expect(yield* caught(() => source.readAll({ limit: 70_000 }))).toBeInstanceOf(LimitExceededError);
			expect(source.buffer.size).toBeLessThan(70_200);
		});
	});
});

describe("misuse", () => {
	test("a second reader is told who reads; the first goes on", async () => {
		await virtualRun(function* () {
			const { reader, feed } = fed();
			yield* withTaskGroup(function* (group) {
				const first = group.spawn(() => reader.readLine());
				yield* checkpoint();
				for (const second of [() => reader.read(), () => reader.readLine(), () => reader.readAll()]) {
					const error = yield* caught(second as () => Coroutine<unknown>);
					expect(error).toBeInstanceOf(BusyResourceError);
					expect((error as Error).message).toContain("in readLine of the source");
				}
				yield* feed("line\n");
				expect(yield* first).toBe("line");
			});
		});
	});

	test("a closed reader throws ClosedResourceError, also where it has something left and where somebody waits", async () => {
		await virtualRun(function* () {
			const left = new Chunks("a\nb\n");
			yield* left.readLine();
			yield* left.close();
			yield* left.close();
			expect(left.shutCalls).toBe(2);
			expect(yield* caught(() => left.readLine())).toBeInstanceOf(ClosedResourceError);
			const { reader } = fed();
			yield* withTaskGroup(function* (group) {
				const waiting = group.spawn(() => caught(() => reader.readAll()));
				yield* checkpoint();
				yield* reader.close();
				expect(yield* waiting).toBeInstanceOf(ClosedResourceError);
			});
		});
	});

	test("wrong arguments are named at the call", () => {
		const source = new Chunks();
		expect(() => source.read(0)).toThrow(/read: maximum is 0/);
		expect(() => source.readExactly(-1)).toThrow(RangeError);
		expect(() => source.readExactly(1.5)).toThrow(RangeError);
		expect(() => source.readUntil("")).toThrow(/delimiter is empty/);
		expect(() => source.readUntil(10 as never)).toThrow(/the delimiter is 10/);
		expect(() => source.readLine({ limit: 0 })).toThrow(/readLine: limit/);
		expect(() => source.lines({ invalid: "ignore" as never })).toThrow(/"throw" or "replace"/);
		expect(() => source.readAll({ maximum: 1 } as never)).toThrow(/unknown option "maximum"/);
	});
});

test("it works in synchronous runs, if its source does", () => {
	class Ready extends ByteReader {
		readonly description = "the source";
		pull(): Coroutine<Uint8Array | undefined> {
			return ready(this);
		}
		shut(): Coroutine<void> {
			return checkpoint();
		}
		rest: string[] = ["a\nb", "c\n"];
	}
	const ready = coroutine(function* (source: Ready): Generator<never, Uint8Array | undefined, unknown> {
		const next = source.rest.shift();
		return next === undefined ? undefined : Buffer.from(next);
	});
	const lines = runSync(function* () {
		const source = new Ready();
		return [yield* source.readLine(), yield* source.readLine(), yield* source.readLine()];
	});
	expect(lines).toEqual(["a", "bc", undefined]);
});

test("a million single bytes are taken in without copying all of them each time", () => {
	const buffer = new ReceiveBuffer();
	const byte = Uint8Array.of(7);
	for (let count = 0; count < 1_000_000; count++) buffer.push(byte);
	expect(buffer.size).toBe(1_000_000);
	let sum = 0;
	while (buffer.size > 0) sum += buffer.take(999).length;
	expect(sum).toBe(1_000_000);
});

test("rejections outside of every run are the same errors", async () => {
	expect(await rejectionOf(new Chunks("a").readExactly(2))).toBeInstanceOf(IncompleteReadError);
});

function* caught(call: () => Coroutine<unknown>): Generator<never, unknown, unknown> {
	try {
		yield* call();
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		return error;
	}
	throw new Error("Nothing was thrown.");
}
