import { expect, test } from "vitest";
import { byHand, caught, counting, drain, timed } from "../../test/streams.ts";
import { hostTurn, quietly, rejectionOf, thrownBy, virtually } from "../../test/virtually.ts";
import { createChannel } from "../channel.ts";
import { ContextVar } from "../context-var.ts";
import { coroutine } from "../coroutine.ts";
import { ClosedResourceError } from "../errors.ts";
import { withTaskGroup } from "../group.ts";
import { run } from "../run.ts";
import { moveOnAfter, withCancelScope } from "../scopes.ts";
import { now, sleep, sleepForever } from "../sleep.ts";
import { until } from "../suspend.ts";
import { merge } from "./merge.ts";
import { fromWritableStream, pipe, toWritableStream } from "./sink.ts";
import { toAsyncIterable } from "./to-async-iterable.ts";
import { toReadableStream } from "./to-readable-stream.ts";
import { fromReadableStream } from "./web.ts";

/** A stream of the Web that notes what becomes of it. */
function webSource(log: unknown[], chunks: number): ReadableStream<number> {
	let n = 0;
	return new ReadableStream<number>(
		{
			pull(controller) {
				if (n === chunks) controller.close();
				else controller.enqueue(++n);
			},
			cancel: (reason) => void log.push(["cancelled", reason]),
		},
		{ highWaterMark: 0 },
	);
}

test("a Web stream is read to its end, or cancelled when it is left", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		expect(yield* drain(fromReadableStream(webSource(log, 3)))).toEqual([1, 2, 3]);
		expect(log).toEqual([]);
		const stream = fromReadableStream(webSource(log, 3));
		yield* stream.next();
		yield* stream.close();
		expect(log).toEqual([["cancelled", undefined]]);
		expect(yield* drain(merge([webSource(log, 2)]))).toEqual([1, 2]);
	});
});

test("a read of a Web stream that was cancelled loses no chunk", async () => {
	let give: (chunk: number) => void = () => {};
	const web = new ReadableStream<number>({
		start(controller) {
			give = (chunk) => controller.enqueue(chunk);
		},
	});
	await run(function* () {
		const stream = fromReadableStream(web);
		yield* moveOnAfter(1, () => stream.next());
		give(1);
		expect(yield* stream.next()).toEqual({ done: false, value: 1 });
	});
});

test("an error of a Web stream is thrown, the same object", async () => {
	const error = new Error("web");
	await virtually(function* () {
		const stream = fromReadableStream(new ReadableStream({ pull: () => Promise.reject(error) }));
		expect(yield* caught(() => stream.next())).toBe(error);
	});
});

test("a Web stream that is locked, or none, is refused", () => {
	const web = webSource([], 1);
	web.getReader();
	expect(() => fromReadableStream(web)).toThrow("the stream is locked");
	expect(() => fromReadableStream(null as never)).toThrow(
		"null is no ReadableStream; a response without a body has none",
	);
});

test("a stream for foreign code gives native promises, in order, in the context of where it was made", async () => {
	const name = new ContextVar<string>("name");
	await run(function* () {
		const iterator = yield* name.with("maker", () => ({
			it: toAsyncIterable({
				[Symbol.asyncIterator]: () =>
					({
						next: coroutine(function* () {
							yield* sleep(1);
							return { done: false, value: name.get() };
						}),
					}) as never,
			}),
		}));
		const promises = [iterator.it.next(), iterator.it.next()];
		expect(promises[0]).toBeInstanceOf(Promise);
		expect(yield* until(Promise.all(promises))).toEqual([
			{ done: false, value: "maker" },
			{ done: false, value: "maker" },
		]);
		yield* until(iterator.it.return());
		expect(yield* until(iterator.it.next())).toEqual({ done: true, value: undefined });
	});
});

test("for await of foreign code closes the source when it is left; return stops a read that waits", async () => {
	const log: string[] = [];
	await run(function* () {
		yield* until(
			(async () => {
				const noted: unknown[] = log;
				for await (const n of toAsyncIterable(counting(noted))) if (n === 2) break;
			})(),
		);
		const iterator = toAsyncIterable(byHand(log));
		const reading = iterator.next();
		yield* sleep(1);
		yield* until(iterator.return());
		expect(yield* until(reading)).toEqual({ done: true, value: undefined });
	});
	expect(log).toEqual(["source closed", "next", "return"]);
});

test("foreign code is told of errors, of the cancellation of the scope, and of its end", async () => {
	const error = new Error("source");
	const log: unknown[] = [];
	await run(function* () {
		const failing = toAsyncIterable(timed(log, [[0, error]]));
		expect(yield* caught(() => until(failing.next()))).toBe(error);
		expect(yield* until(failing.next())).toEqual({ done: true, value: undefined });
		let outside = toAsyncIterable([1]);
		let waiting: Promise<unknown> | undefined;
		yield* moveOnAfter(5, function* () {
			outside = toAsyncIterable(
				merge([
					{
						[Symbol.asyncIterator]: () => ({ next: () => sleepForever() as never }),
					},
				]),
			);
			waiting = rejectionOf(outside.next());
			yield* sleepForever();
		});
		expect(yield* until(waiting)).toMatchObject({ name: "TaskCancelledError" });
		expect(yield* caught(() => until(outside.next()))).toBeInstanceOf(ClosedResourceError);
	}, quietly);
});

test("a source becomes a Web stream: pulled when it is asked for, closed when it is cancelled", async () => {
	const log: unknown[] = [];
	await run(function* () {
		const source = counting(log);
		const web = toReadableStream(source);
		yield* sleep(1);
		expect(source.taken).toBe(0);
		const reader = web.getReader();
		expect(yield* until(reader.read())).toEqual({ done: false, value: 1 });
		yield* sleep(1);
		expect(source.taken).toBe(1);
		yield* until(reader.cancel());
		expect(log).toEqual(["source closed"]);
		expect(yield* until(new Response(toReadableStream([new Uint8Array([104, 105])])).text())).toBe("hi");
		const ahead = counting();
		toReadableStream(ahead, { highWaterMark: 3 });
		yield* sleep(1);
		expect(ahead.taken).toBe(3);
	});
});

test("an error of the source is that of the Web stream, the same object; so is the end of its scope", async () => {
	const error = new Error("source");
	await run(function* () {
		const reader = toReadableStream(timed([], [[0, error]])).getReader();
		expect(yield* caught(() => until(reader.read()))).toBe(error);
		const late = yield* withCancelScope({}, () => ({ reader: toReadableStream([1]).getReader() }));
		expect(yield* caught(() => until(late?.reader.read()))).toBeInstanceOf(ClosedResourceError);
	}, quietly);
});

/** A sink of the Web whose writes are ended by hand. */
function webSink(log: unknown[]): { stream: WritableStream<number>; written: (error?: Error) => void } {
	let settle: (error?: Error) => void = () => {};
	return {
		stream: new WritableStream<number>({
			write: (chunk) => {
				log.push(chunk);
				return new Promise((resolve, reject) => {
					settle = (error) => (error === undefined ? resolve() : reject(error));
				});
			},
			close: () => void log.push("closed"),
			abort: (reason) => void log.push(["aborted", (reason as Error | undefined)?.name]),
		}),
		written: (error) => settle(error),
	};
}

test("a sink takes values as long as it has room, and one that was cancelled while it waited was not given", async () => {
	const log: unknown[] = [];
	await run(function* () {
		const { stream, written } = webSink(log);
		const sink = fromWritableStream(stream);
		yield* sink.send(1);
		expect(yield* moveOnAfter(5, () => sink.send(2))).toBe(undefined);
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* sink.send(3);
				log.push("sent");
			});
			yield* sleep(1);
			expect(log).toEqual([1]);
			written();
			yield* sleep(1);
			expect(log).toEqual([1, 3, "sent"]);
		});
		setTimeout(written, 1);
		yield* sink.close();
		yield* sink.close();
		expect(log).toEqual([1, 3, "sent", "closed"]);
		expect(yield* caught(() => sink.send(4))).toBeInstanceOf(ClosedResourceError);
	});
});

test("an error of an earlier value is thrown by the next send, and by close", async () => {
	const error = new Error("disk");
	await run(function* () {
		const { stream, written } = webSink([]);
		const sink = fromWritableStream(stream);
		yield* sink.send(1);
		setTimeout(() => written(error), 1);
		expect(yield* caught(() => sink.send(2))).toBe(error);
		expect(yield* caught(() => sink.close())).toBe(error);
	}, quietly);
});

test("a sink that nobody closes is closed with its scope, and aborted with a cancelled one", async () => {
	const log: unknown[] = [];
	await run(function* () {
		yield* withCancelScope({}, function* () {
			const { stream, written } = webSink(log);
			yield* fromWritableStream(stream).send(1);
			setTimeout(written, 1);
		});
		expect(log).toEqual([1, "closed"]);
		yield* moveOnAfter(5, function* () {
			const { stream, written } = webSink(log);
			yield* fromWritableStream(stream).send(2);
			setTimeout(written, 10);
			yield* sleepForever();
		});
		expect(log).toEqual([1, "closed", 2, ["aborted", "AbortError"]]);
	});
});

test("a sink that nobody closes is aborted with a scope that ends by an error, which waits for it within the grace", async () => {
	const log: unknown[] = [];
	const error = new Error("body");
	await virtually(function* () {
		const thrown = yield* caught(() =>
			withCancelScope({ grace: 30 }, function* () {
				const { stream } = webSink(log);
				// Its write never ends, and by the rules of the Web so does the abort.
				yield* fromWritableStream(stream).send(1);
				yield* until(hostTurn());
				throw error;
			}),
		);
		expect([thrown, now(), log]).toEqual([error, 30, [1]]);
		const second = yield* caught(() =>
			withCancelScope({}, function* () {
				yield* fromWritableStream(new WritableStream({ abort: (reason) => void log.push(reason) })).send(2);
				throw error;
			}),
		);
		expect([second, log]).toEqual([error, [1, error]]);
	});
});

test("pipe sends everything and closes; an error of the source aborts the sink, one of the sink closes the source", async () => {
	const log: unknown[] = [];
	const error = new Error("source");
	const sink = (): WritableStream<number> =>
		new WritableStream({
			write(chunk) {
				if (chunk === 3) throw new Error("sink");
				log.push(chunk);
			},
			close: () => void log.push("closed"),
			abort: (reason) => void log.push(reason),
		});
	await run(function* () {
		yield* pipe([1, 2], fromWritableStream(sink()));
		expect(log.splice(0)).toEqual([1, 2, "closed"]);
		const failing = timed(log, [
			[0, 1],
			[now() + 5, error],
		]);
		expect(yield* caught(() => pipe(failing, fromWritableStream(sink())))).toBe(error);
		expect(log.splice(0)).toEqual([1, error]);
		expect(yield* caught(() => pipe(counting(log), fromWritableStream(sink())))).toMatchObject({ message: "sink" });
		expect(log.splice(0)).toEqual([1, 2, "source closed"]);
		yield* moveOnAfter(5, () =>
			pipe(
				timed(log, [
					[0, 1],
					[now() + 9_000, 2],
				]),
				fromWritableStream(sink()),
			),
		);
		expect(log.splice(0)).toEqual([
			1,
			expect.stringMatching("source closed"),
			expect.objectContaining({ name: "AbortError" }),
		]);
		const { sender, receiver } = createChannel<number>(9);
		yield* pipe([1, 2], sender);
		expect(yield* drain(merge([receiver]))).toEqual([1, 2]);
	}, quietly);
});

test("a channel becomes a Web sink: writes wait until the value is taken, and the end closes it", async () => {
	await run(function* () {
		const { sender, receiver } = createChannel<number>(0);
		const piping = webSource([], 2).pipeTo(toWritableStream(sender));
		yield* sleep(1);
		expect(receiver.statistics().waitingSenders).toBe(1);
		expect(yield* receiver.receive()).toBe(1);
		expect(yield* receiver.receive()).toBe(2);
		yield* until(piping);
		expect(receiver.statistics().senders).toBe(0);
	});
});

test("a Web sink tells whoever writes that nobody receives, and fails when its scope has ended", async () => {
	await run(function* () {
		const { sender, receiver } = createChannel<number>(0);
		const writer = toWritableStream(sender).getWriter();
		receiver.close();
		expect(yield* caught(() => until(writer.write(1)))).toMatchObject({ name: "BrokenResourceError" });
		writer.closed.catch(() => {});
		const late = yield* withCancelScope({}, () => ({
			writer: toWritableStream(createChannel<number>(0).sender).getWriter(),
		}));
		late?.writer.closed.catch(() => {});
		expect(yield* caught(() => until(late?.writer.write(1)))).toBeInstanceOf(ClosedResourceError);
	}, quietly);
	await hostTurn();
});

test("wrong arguments are named", () => {
	for (const [call, message] of [
		[() => toAsyncIterable(7 as never), "toAsyncIterable: 7 cannot be read as a stream"],
		[() => toReadableStream({} as never), "toReadableStream: an object cannot be read as a stream"],
		[() => fromWritableStream({} as never), "fromWritableStream: an object is no WritableStream."],
		[() => pipe([], null as never), "pipe: null cannot be sent to"],
		[() => toWritableStream([] as never), "toWritableStream: an Array cannot be sent to"],
	] as const)
		expect((thrownBy(call) as Error).message).toContain(message);
});
