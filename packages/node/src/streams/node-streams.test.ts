import { spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import {
	closeSync,
	createReadStream,
	createWriteStream,
	mkdtempSync,
	openSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Transform, Writable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGunzip, createGzip } from "node:zlib";
import {
	BrokenResourceError,
	ClosedResourceError,
	createChannel,
	moveOnAfter,
	run,
	sleep,
	sleepForever,
	until,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { batch, compose, merge, pipe, type Stream } from "holdfast/streams";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fromNodeReadable, toNodeReadable } from "./readable.ts";
import { fromNodeWritable, throughNode, toNodeWritable } from "./writable.ts";

let folder = "";
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "holdfast-streams-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function* drain<T>(stream: Stream<T>): Generator<never, T[], unknown> {
	const values: T[] = [];
	for (let result = yield* stream.next(); !result.done; result = yield* stream.next()) values.push(result.value);
	return values;
}

function* caught(call: () => Iterable<never>): Generator<never, unknown, unknown> {
	try {
		yield* call() as Generator<never, unknown, unknown>;
	} catch (error) {
		return error;
	}
	throw new Error("Nothing was thrown.");
}

/** Endless numbers that note when they are closed. */
function endless(log: unknown[]): Readable {
	let n = 0;
	const readable = new Readable({
		objectMode: true,
		highWaterMark: 2,
		read() {
			this.push(++n);
		},
		destroy(error, done) {
			setTimeout(() => {
				log.push("destroyed");
				done(error);
			}, 5);
		},
	});
	return readable;
}

const quietly = { onReport: () => {} };

test("a Readable is read to its end: objects, bytes, a file", async () => {
	const file = join(folder, "read.bin");
	writeFileSync(file, Buffer.alloc(200_000, 7));
	await run(function* () {
		expect(yield* drain(fromNodeReadable(Readable.from(["a", "b", { c: 1 }])))).toEqual(["a", "b", { c: 1 }]);
		const chunks = yield* drain(fromNodeReadable(createReadStream(file)));
		expect(Buffer.concat(chunks).length).toBe(200_000);
		expect(yield* drain(fromNodeReadable(Readable.from([])))).toEqual([]);
	});
});

test("a Readable that is left is destroyed, and its end is waited for; its own buffer stays bounded", async () => {
	const log: unknown[] = [];
	await run(async () => {
		for await (const n of fromNodeReadable<number>(endless(log))) if (n === 3) break;
		log.push("left");
	}, quietly);
	await run(function* () {
		const readable = endless(log);
		yield* withCancelScope({}, function* () {
			expect(yield* fromNodeReadable(readable).next()).toEqual({ done: false, value: 1 });
			yield* sleep(5);
			expect(readable.readableLength).toBeLessThanOrEqual(3);
		});
		log.push("scope");
	});
	expect(log).toEqual(["destroyed", "left", "destroyed", "scope"]);
});

test("a next that was cancelled loses no chunk", async () => {
	await run(function* () {
		const readable = new PassThrough({ objectMode: true });
		const stream = fromNodeReadable<number>(readable);
		expect(yield* moveOnAfter(2, () => stream.next())).toBe(undefined);
		readable.write(1);
		readable.end(2);
		expect(yield* drain(stream)).toEqual([1, 2]);
	});
});

test("a scope that ends while a next waits closes its readable, and nobody is told of a failure", async () => {
	const reports: unknown[] = [];
	const readable = new PassThrough();
	const main = function* (): Generator<never, void, unknown> {
		expect(yield* moveOnAfter(2, () => fromNodeReadable(readable).next())).toBe(undefined);
		expect(readable.closed).toBe(true);
		yield* sleep(5);
	};
	await run(main, { onReport: ({ error }) => reports.push(error) });
	expect(reports).toEqual([]);
});

test("an error comes after what was there, the same object; a stream that others destroy is broken", async () => {
	await run(function* () {
		const error = new Error("disk");
		const failing = fromNodeReadable(
			Readable.from(
				(function* () {
					yield 1;
					throw error;
				})(),
			),
		);
		expect(yield* failing.next()).toEqual({ done: false, value: 1 });
		expect(yield* caught(() => failing.next())).toBe(error);
		const readable = new PassThrough();
		const stream = fromNodeReadable(readable);
		setTimeout(() => readable.destroy(), 2);
		expect(yield* caught(() => stream.next())).toBeInstanceOf(BrokenResourceError);
		const gone = new PassThrough();
		gone.destroy(error);
		gone.on("error", () => {});
		expect(yield* caught(() => fromNodeReadable(gone).next())).toBe(error);
	});
});

test("a source becomes a Readable: for pipeline, with backpressure, errors, and its end", async () => {
	const log: unknown[] = [];
	await run(function* () {
		const file = join(folder, "out.gz");
		const texts = compose(
			["a", "b", "c"],
			(input) => batch(input, { size: 2 }),
			async function* (batches) {
				for await (const each of batches) yield each.join("");
			},
		);
		yield* until(pipeline(toNodeReadable(texts, { objectMode: false }), createGzip(), createWriteStream(file)));
		const back = compose(fromNodeReadable(createReadStream(file)), throughNode(createGunzip()));
		expect(Buffer.concat(yield* drain(back)).toString()).toBe("abc");
		const slow = toNodeReadable(fromNodeReadable<number>(endless(log)));
		expect(yield* until(new Promise((resolve) => slow.once("data", resolve)))).toBe(1);
		slow.destroy();
		yield* until(new Promise((resolve) => slow.once("close", resolve)));
		expect(log).toEqual(["destroyed"]);
		const error = new Error("source");
		const failing = toNodeReadable(
			(async function* () {
				yield 1;
				throw error;
			})(),
		);
		expect(yield* caught(() => until(failing.forEach(() => {})))).toBe(error);
		const none = toNodeReadable([null]);
		expect(yield* caught(() => until(none.forEach(() => {})))).toMatchObject({ message: /gave null/ });
	}, quietly);
});

test("a Readable fails when its scope is cancelled, or has ended", async () => {
	await run(function* () {
		let failed: Promise<unknown> = Promise.resolve();
		yield* moveOnAfter(5, function* () {
			const waiting = toNodeReadable(merge([new PassThrough({ objectMode: true })]));
			failed = new Promise((resolve) => waiting.once("error", resolve));
			waiting.resume();
			yield* sleepForever();
		});
		expect(yield* until(failed)).toMatchObject({ name: "TaskCancelledError" });
		const late = yield* withCancelScope({}, () => ({ readable: toNodeReadable([1, 2]) }));
		expect(yield* caught(() => until(late?.readable.toArray()))).toBeInstanceOf(ClosedResourceError);
	}, quietly);
});

/** A writable whose writes are ended by hand. */
function byHand(log: unknown[]): { writable: Writable; written: (error?: Error) => void } {
	let end: (error?: Error) => void = () => {};
	const writable = new Writable({
		objectMode: true,
		highWaterMark: 1,
		write(chunk, _encoding, done) {
			log.push(chunk);
			end = done;
		},
		final(done) {
			log.push("final");
			done();
		},
		destroy(error, done) {
			log.push("destroyed");
			setImmediate(done, error);
		},
	});
	return { writable, written: (error) => end(error) };
}

test("a Writable takes values while it has room; closing waits until everything is written and it is closed", async () => {
	const log: unknown[] = [];
	await run(function* () {
		const { writable, written } = byHand(log);
		const sink = fromNodeWritable<number>(writable);
		yield* sink.send(1);
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* sink.send(2);
				log.push("sent 2");
				yield* sink.close();
				log.push("closed");
			});
			yield* sleep(5);
			expect(log).toEqual([1]);
			written();
			yield* sleep(5);
			expect(log).toEqual([1, 2, "sent 2"]);
			written();
		});
		expect(log).toEqual([1, 2, "sent 2", "final", "destroyed", "closed"]);
		expect(writable.closed).toBe(true);
	});
});

test("a Writable is destroyed by abort, and with a cancelled scope; an error is thrown, the same object", async () => {
	const log: unknown[] = [];
	await run(function* () {
		const error = new Error("disk");
		const first = byHand(log);
		const sink = fromNodeWritable<number>(first.writable);
		yield* sink.send(1);
		setTimeout(() => first.written(error), 2);
		expect(yield* caught(() => sink.send(2))).toBe(error);
		expect(yield* caught(() => sink.close())).toBe(error);
		const second = byHand(log);
		yield* moveOnAfter(5, function* () {
			yield* fromNodeWritable<number>(second.writable).send(3);
			yield* sleepForever();
		});
		expect(second.writable.closed).toBe(true);
		expect(log).toEqual([1, "destroyed", 3, "destroyed"]);
		const third = new PassThrough();
		const broken = fromNodeWritable(third);
		third.destroy();
		yield* sleep(1);
		expect(yield* caught(() => broken.send("x"))).toBeInstanceOf(BrokenResourceError);
	}, quietly);
});

test("pipe writes a file, whole", async () => {
	await run(function* () {
		const file = join(folder, "whole.bin");
		const chunks = Array.from({ length: 50 }, (_, n) => Buffer.alloc(10_000, n));
		yield* pipe(chunks, fromNodeWritable(createWriteStream(file)));
		expect(readFileSync(file).equals(Buffer.concat(chunks))).toBe(true);
	});
});

test("a channel becomes a Writable: with backpressure, and its end", async () => {
	await run(function* () {
		const { sender, receiver } = createChannel<number>(0);
		const writable = toNodeWritable(sender);
		const finished = new Promise((resolve) => writable.once("finish", resolve));
		expect(writable.write(1)).toBe(false);
		writable.end(2);
		yield* sleep(2);
		expect(receiver.statistics().waitingSenders).toBe(1);
		expect(yield* receiver.receive()).toBe(1);
		expect(yield* receiver.receive()).toBe(2);
		yield* until(finished);
		expect(receiver.statistics().senders).toBe(0);
		const other = createChannel<number>(1);
		const destroyed = toNodeWritable(other.sender);
		destroyed.destroy();
		yield* until(new Promise((resolve) => destroyed.once("close", resolve)));
		expect(other.receiver.statistics().senders).toBe(0);
		const nobody = createChannel<number>(1);
		nobody.receiver.close();
		const failing = toNodeWritable(nobody.sender);
		const failed = new Promise((resolve) => failing.once("error", resolve));
		failing.write(1);
		expect(yield* until(failed)).toMatchObject({ name: "BrokenResourceError" });
	}, quietly);
});

test("a Duplex is a stage: errors of it and of its source arrive, and closing destroys it", async () => {
	const log: unknown[] = [];
	await run(function* () {
		const error = new Error("transform");
		const upper = () =>
			new Transform({
				objectMode: true,
				transform(chunk: string, _encoding, done) {
					if (chunk === "bad") done(error);
					else done(null, String(chunk).toUpperCase());
				},
				destroy(reason, done) {
					log.push("destroyed");
					done(reason);
				},
			});
		expect(yield* drain(compose(["a", "b"], throughNode<string, string>(upper())))).toEqual(["A", "B"]);
		const failing = compose(["a", "bad", "c"], throughNode<string, string>(upper()));
		expect(yield* caught(() => drain(failing))).toBe(error);
		const left = compose(fromNodeReadable<number>(endless(log)), throughNode<number, string>(upper()));
		expect((yield* left.next()).value).toBe("1");
		yield* left.close();
		expect(log.filter((entry) => entry === "destroyed").length).toBe(4);
	}, quietly);
});

test.each(["a pipe", "a file"])(
	"the outputs of the process itself stay open, and its input is let go: %s",
	async (kind) => {
		const program = fileURLToPath(new URL("../../test/standard-streams.ts", import.meta.url));
		const file = join(folder, "out");
		const output = kind === "a file" ? openSync(file, "w") : undefined;
		const child = spawn(process.execPath, ["--conditions=@holdfast/source", program], {
			stdio: ["pipe", output ?? "pipe", "pipe"],
		});
		if (output !== undefined) closeSync(output);
		const texts = [child.stdout, child.stderr].map((stream) => (stream === null ? "" : textOf(stream)));
		const code = await new Promise((resolve) => child.once("close", resolve));
		const [printed, errors] = await Promise.all(texts);
		const expected = `${Array.from({ length: 20 }, (_, count) => `${count} `).join("")}aborted printed 0\n`;
		expect([code, errors, kind === "a file" ? readFileSync(file, "utf8") : printed]).toEqual([0, "", expected]);
	},
);

test("wrong arguments are named", () => {
	for (const [call, message] of [
		[() => fromNodeReadable({} as never), "fromNodeReadable: an object is no Readable of Node."],
		[() => fromNodeReadable(new EventEmitter() as never), "fromNodeReadable: an EventEmitter is no Readable of Node."],
		[() => fromNodeWritable(null as never), "fromNodeWritable: null is no Writable of Node."],
		[() => throughNode(new Readable() as never), "throughNode: a Readable is no Writable of Node."],
		[() => toNodeReadable(7 as never), "toNodeReadable: 7 cannot be read"],
		[() => toNodeReadable([], { mode: 1 } as never), 'toNodeReadable: unknown option "mode"'],
		[() => toNodeReadable([], { objectMode: 1 as never }), "toNodeReadable: objectMode is 1"],
		[() => toNodeWritable({} as never), "toNodeWritable: an object cannot be sent to"],
	] as const)
		expect(call).toThrow(message);
});
