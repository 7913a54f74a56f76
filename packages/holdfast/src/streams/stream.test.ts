import { expect, test } from "vitest";
import { byHand, caught, drain } from "../../test/streams.ts";
import { hostTurn, quietly, rejectionOf, thrownBy, virtually } from "../../test/virtually.ts";
import { createChannel } from "../channel.ts";
import { ContextVar } from "../context-var.ts";
import { coroutine } from "../coroutine.ts";
import { BusyResourceError, ClosedResourceError } from "../errors.ts";
import { withTaskGroup } from "../group.ts";
import { run } from "../run.ts";
import { runSync } from "../run-sync.ts";
import { cleanup, moveOnAfter, withCancelScope, withTimeout } from "../scopes.ts";
import { now, sleep, sleepForever } from "../sleep.ts";
import { fromAsyncIterable } from "./iterated.ts";

test("every kind of iterable is read: async, sync, of promises, of coroutines, a receiver", async () => {
	await virtually(function* () {
		const native = async function* (): AsyncGenerator<number> {
			yield 1;
			yield 2;
		};
		expect(yield* drain(fromAsyncIterable(native()))).toEqual([1, 2]);
		expect(yield* drain(fromAsyncIterable<unknown>([1, Promise.resolve(2), sleep(5)]))).toEqual([1, 2, undefined]);
		expect(now()).toBe(5);
		const { sender, receiver } = createChannel<number>(2);
		sender.trySend(1);
		sender.close();
		const stream = fromAsyncIterable(receiver);
		expect(yield* drain(stream)).toEqual([1]);
		expect(fromAsyncIterable(stream)).toBe(stream);
		expect(stream.statistics()).toEqual({ given: 1, buffered: 0, dropped: 0, state: "ended" });
	});
});

test("for await reads it in native code, and an early break closes the source", async () => {
	const log: string[] = [];
	await run(async () => {
		const numbers = async function* (): AsyncGenerator<number> {
			try {
				for (let n = 1; ; n++) yield n;
			} finally {
				log.push("closed");
			}
		};
		for await (const n of fromAsyncIterable(numbers())) if (n === 3) break;
		log.push("left");
	}, quietly);
	expect(log).toEqual(["closed", "left"]);
});

test("an error of the source is thrown once, the same object; then the stream has ended", async () => {
	const error = new Error("source");
	await virtually(function* () {
		const failing = async function* (): AsyncGenerator<number> {
			yield 1;
			throw error;
		};
		const stream = fromAsyncIterable(failing());
		yield* stream.next();
		const thrown = yield* caught(() => stream.next());
		expect(thrown).toBe(error);
		expect(yield* stream.next()).toEqual({ done: true, value: undefined });
		yield* stream.close();
		expect(stream.statistics().state).toBe("ended");
	});
});

test("a next that was cancelled loses nothing: the next one gets the value", async () => {
	const log: string[] = [];
	const source = byHand(log);
	await virtually(function* () {
		const stream = fromAsyncIterable(source);
		expect(yield* moveOnAfter(10, () => stream.next())).toBe(undefined);
		source.give(7);
		expect(yield* stream.next()).toEqual({ done: false, value: 7 });
		expect(log).toEqual(["next"]);
	});
	expect(log).toEqual(["next", "return"]);
});

test("a value that came between two waits is there at once", async () => {
	const source = byHand([]);
	await run(function* () {
		const stream = fromAsyncIterable(source);
		yield* moveOnAfter(1, () => stream.next());
		source.give(7);
		yield* sleep(1);
		expect(yield* stream.next()).toEqual({ done: false, value: 7 });
	});
});

test("a scope closes at its end what was made in it and nobody has closed", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			const stream = fromAsyncIterable(byHand(log));
			group.spawn(function* () {
				yield* moveOnAfter(5, () => stream.next());
				log.push("task");
			});
		});
		log.push("group");
	});
	expect(log).toEqual(["next", "task", "return", "group"]);
});

test("a function may return a stream: it belongs to the scope around, not to the call", async () => {
	const log: string[] = [];
	const make = coroutine(function* () {
		yield* sleep(1);
		return { stream: fromAsyncIterable(byHand(log)) };
	});
	await run(async () => {
		await withCancelScope({}, async () => {
			const { stream } = await make();
			log.push(stream.statistics().state);
		});
		log.push("left");
	}, quietly);
	expect(log).toEqual(["open", "return", "left"]);
});

test("a cancelled scope closes it as well", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* moveOnAfter(5, function* () {
			const stream = fromAsyncIterable(byHand(log));
			yield* stream.next();
		});
		log.push("left");
	});
	expect(log).toEqual(["next", "return", "left"]);
});

test("closing waits for the source, twice is fine, and the second waits for the first", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const stream = fromAsyncIterable({
			[Symbol.asyncIterator]: () => ({
				next: () => Promise.resolve({ done: false, value: 1 }),
				return: () =>
					coroutine(function* () {
						yield* sleep(10);
						log.push("closed");
						return { done: true, value: undefined };
					})() as never,
			}),
		});
		yield* stream.next();
		yield* withTaskGroup(function* (group) {
			for (const name of ["first", "second"])
				group.spawn(function* () {
					yield* stream.close();
					log.push(`${name} at ${now()}`);
				});
		});
		yield* stream.close();
	});
	expect(log).toEqual(["closed", "first at 10", "second at 10"]);
});

test("after close, and for who waits meanwhile, next throws ClosedResourceError; after return it is done", async () => {
	await virtually(function* () {
		const stream = fromAsyncIterable(byHand([]));
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				expect(yield* caught(() => stream.next())).toBeInstanceOf(ClosedResourceError);
			});
			yield* sleep(1);
			yield* stream.close();
		});
		expect(yield* caught(() => stream.next())).toMatchObject({
			message:
				"fromAsyncIterable: the stream is closed; whoever closes it, or leaves the scope in which it was made, has to be done with it.",
		});
		const other = fromAsyncIterable(byHand([]));
		yield* other.return();
		expect(yield* other.next()).toEqual({ done: true, value: undefined });
		expect(other.statistics().state).toBe("closed");
	});
});

test("two tasks at once are told so", async () => {
	await virtually(function* () {
		const source = byHand([]);
		const stream = fromAsyncIterable(source);
		yield* withTaskGroup(function* (group) {
			group.spawn(() => stream.next());
			yield* sleep(1);
			expect(yield* caught(() => stream.next())).toBeInstanceOf(BusyResourceError);
			source.give(1);
		});
	});
});

test("a native generator that is stuck is not waited for; what it throws later is reported", async () => {
	const reports: unknown[] = [];
	let fail: (error: Error) => void = () => {};
	const error = new Error("late");
	await virtually(
		function* () {
			yield* moveOnAfter(5, function* () {
				const stuck = async function* (): AsyncGenerator<number> {
					await new Promise((_, reject) => {
						fail = reject;
					});
					yield 1;
				};
				yield* fromAsyncIterable(stuck()).next();
			});
			expect(now()).toBe(5);
			fail(error);
			yield* sleep(1);
		},
		{ onReport: (report) => void reports.push(report.error) },
	);
	await hostTurn();
	expect(reports).toEqual([error]);
});

test("what a stuck generator reads from is disposed of", async () => {
	const log: string[] = [];
	const disposable = {
		[Symbol.asyncIterator]: async function* (): AsyncGenerator<number> {
			await new Promise(() => {});
			yield 1;
		},
		[Symbol.asyncDispose]: async () => {
			log.push("disposed");
		},
	};
	await virtually(function* () {
		const stream = fromAsyncIterable(disposable);
		yield* moveOnAfter(5, () => stream.next());
		yield* stream.close();
	});
	expect(log).toEqual(["disposed"]);
});

test("an error of closing is thrown by close, and does not hide the error that the scope ends with", async () => {
	const closing = new Error("closing");
	const failing = (): AsyncIterable<number> => ({
		[Symbol.asyncIterator]: () => ({
			next: () => Promise.resolve({ done: false, value: 1 }),
			return: () => Promise.reject(closing),
		}),
	});
	expect(
		await virtually(function* () {
			const stream = fromAsyncIterable(failing());
			yield* stream.next();
			return yield* caught(() => stream.close());
		}),
	).toBe(closing);
	const first = new Error("first");
	const thrown = await rejectionOf(
		virtually(function* () {
			yield* withCancelScope({}, function* () {
				yield* fromAsyncIterable(failing()).next();
				throw first;
			});
		}, quietly),
	);
	expect(thrown).toBe(first);
});

test("it is closed before its scope is left, within the grace", async () => {
	await virtually(
		function* () {
			yield* withTimeout(10, function* () {
				const stream = fromAsyncIterable({
					[Symbol.asyncIterator]: () => ({
						next: () => sleepForever() as never,
						return: () => sleepForever() as never,
					}),
				});
				yield* stream.next();
			});
		},
		{ grace: 100 },
	).catch((error: Error) => expect(error.name).toBe("TimeoutError"));
});

test("the context of a compiled source is that of whoever reads; that of a source with a task, of where it was made", async () => {
	const name = new ContextVar<string>("name");
	await virtually(function* () {
		const reading = {
			[Symbol.asyncIterator]: () => ({
				next: () =>
					coroutine(function* () {
						yield* sleep(1);
						return { done: false, value: name.get() };
					})() as never,
			}),
		};
		const stream = fromAsyncIterable<string>(reading);
		expect(yield* name.with("reader", () => stream.next())).toEqual({ done: false, value: "reader" });
	});
});

test("an iterable of plain values can be read synchronously; a promise cannot", () => {
	expect(runSync(() => drain(fromAsyncIterable([1, 2, 3])))).toEqual([1, 2, 3]);
	expect(() => runSync(() => drain(fromAsyncIterable([Promise.resolve(1)])))).toThrow("synchronous run");
});

test("it works outside of every run", async () => {
	const stream = fromAsyncIterable([1]);
	expect(await stream.next()).toEqual({ done: false, value: 1 });
	expect(await stream.next()).toEqual({ done: true, value: undefined });
	await stream.close();
});

test("wrong sources are named", async () => {
	for (const [given, said] of [
		["abc", '"abc"'],
		[null, "null"],
		[7, "7"],
		[{}, "an object"],
		[() => [], "a function"],
	] as const)
		expect(thrownBy(() => fromAsyncIterable(given as never))).toMatchObject({
			message: `fromAsyncIterable: ${said} cannot be read as a stream; pass an async iterable, an iterable or a ReadableStream.`,
		});
	await virtually(function* () {
		const stream = fromAsyncIterable({ [Symbol.asyncIterator]: () => ({ next: () => 5 as never }) });
		expect(yield* caught(() => stream.next())).toMatchObject({
			message: "fromAsyncIterable: next() of the iterator gave 5, which is no iterator result.",
		});
		const none = fromAsyncIterable({ [Symbol.asyncIterator]: () => null as never });
		expect(yield* caught(() => none.next())).toBeInstanceOf(TypeError);
	});
	await virtually(function* () {
		yield* cleanup(function* () {
			yield* fromAsyncIterable([1]).next();
		});
	});
});
