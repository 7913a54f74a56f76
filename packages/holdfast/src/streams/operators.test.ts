import { expect, test } from "vitest";
import { caught, counting, drain, timed } from "../../test/streams.ts";
import { quietly, thrownBy, virtually } from "../../test/virtually.ts";
import type { Overflow } from "../broadcast.ts";
import { ContextVar } from "../context-var.ts";
import { coroutine } from "../coroutine.ts";
import { ClosedResourceError, DeadlockError, LaggedError } from "../errors.ts";
import { withTaskGroup } from "../group.ts";
import { moveOnAfter, withCancelScope } from "../scopes.ts";
import { checkpoint, now, sleep } from "../sleep.ts";
import { compose } from "./compose.ts";
import { fromAsyncIterable } from "./iterated.ts";
import { merge } from "./merge.ts";
import type { Stream } from "./stream.ts";
import { buffer, tee } from "./tee.ts";
import { batch, debounce } from "./timed.ts";

/** Every operator that has a task of its own, over one source. */
const operators: readonly [name: string, over: (source: AsyncIterable<number>) => Stream<unknown>][] = [
	["merge", (source) => merge([source])],
	["buffer", (source) => buffer(source, 1)],
	["tee", (source) => tee(source, 1, { capacity: 1 })[0] as Stream<number>],
	["batch", (source) => batch(source, { size: 1 })],
	["debounce", (source) => debounce(source, 0)],
	["compose", (source) => compose(source, (input) => buffer(input, 1))],
];

for (const [name, over] of operators) {
	test(`${name}: nothing is read before somebody asks; closed unread, it closes the source`, async () => {
		const log: unknown[] = [];
		const source = counting(log);
		await virtually(function* () {
			const stream = over(source);
			yield* sleep(10);
			expect(source.taken).toBe(0);
			yield* stream.close();
			expect(log).toEqual(["source closed"]);
			expect(yield* caught(() => stream.next())).toBeInstanceOf(ClosedResourceError);
		});
	});

	test(`${name}: what is read ahead is bounded`, async () => {
		const source = counting();
		await virtually(function* () {
			const stream = over(source);
			for (let n = 0; n < 3; n++) yield* stream.next();
			yield* sleep(1_000);
			expect(source.taken).toBeLessThanOrEqual(6);
		});
	});

	test(`${name}: closed early, it closes the source and waits for it, and its task is gone`, async () => {
		const log: unknown[] = [];
		await virtually(function* () {
			const stream = over(
				timed(log, [
					[1, 1],
					[2, 2],
					[9, 3],
				]),
			);
			expect((yield* stream.next()).done).toBe(false);
			const before = now();
			yield* stream.close();
			expect(log).toEqual([`source closed at ${before + 1}`]);
			expect(stream.statistics().state).toBe("closed");
		});
	});

	test(`${name}: an error comes in its place, after the values, and closes what is above`, async () => {
		const error = new Error("source");
		await virtually(function* () {
			const stream = over(
				timed(
					[],
					[
						[1, 1],
						[20, 2],
						[40, error],
					],
				),
			);
			yield* stream.next();
			yield* stream.next();
			expect(yield* caught(() => stream.next())).toBe(error);
			expect(yield* stream.next()).toEqual({ done: true, value: undefined });
			expect(stream.statistics()).toMatchObject({ given: 2, state: "ended" });
		});
	});

	test(`${name}: the scope in which it was made stops it, whether it ends, fails or is cancelled`, async () => {
		const log: unknown[] = [];
		await virtually(function* () {
			yield* withCancelScope({}, function* () {
				yield* over(
					timed(log, [
						[1, 1],
						[1_000, 2],
					]),
				).next();
			});
			log.push("ended");
			yield* caught(() =>
				withCancelScope({}, function* () {
					yield* over(
						timed(log, [
							[1, 1],
							[1_000, 2],
						]),
					).next();
					throw new Error("body");
				}),
			);
			log.push("failed");
			yield* moveOnAfter(50, function* () {
				const stream = over(
					timed(log, [
						[now(), 1],
						[1_000, 2],
					]),
				);
				yield* stream.next();
				yield* stream.next();
			});
			log.push("cancelled");
		});
		expect(log.map((entry) => String(entry).replace(/\d+/, "…"))).toEqual([
			"source closed at …",
			"ended",
			"source closed at …",
			"failed",
			"source closed at …",
			"cancelled",
		]);
	});

	test(`${name}: a consumer's deadline does not stop it, and loses nothing`, async () => {
		await virtually(function* () {
			const stream = over(
				timed(
					[],
					[
						[10, 1],
						[20, 2],
					],
				),
			);
			expect(yield* moveOnAfter(5, () => stream.next())).toBe(undefined);
			expect([(yield* stream.next()).value].flat()).toEqual([1]);
			expect([(yield* stream.next()).value].flat()).toEqual([2]);
			expect((yield* stream.next()).done).toBe(true);
		});
	});

	test(`${name}: an error of closing the source is thrown by close`, async () => {
		const error = new Error("closing");
		const source: AsyncIterable<number> = {
			[Symbol.asyncIterator]: () =>
				({
					next: () => ({ done: false, value: 1 }),
					return: () => {
						throw error;
					},
				}) as never,
		};
		await virtually(function* () {
			for (const begin of [false, true]) {
				const stream = over(source);
				if (begin) yield* stream.next();
				expect(yield* caught(() => stream.close())).toBe(error);
			}
		}, quietly);
	});
}

test("a stream's task has the context of where it was made", async () => {
	const name = new ContextVar<string>("name");
	await virtually(function* () {
		const source = {
			[Symbol.asyncIterator]: () =>
				({
					next: coroutine(function* () {
						yield* sleep(1);
						return { done: false, value: name.get() };
					}),
				}) as never,
		};
		const stream = yield* name.with("maker", () => ({ it: merge<string>([source]) }));
		expect(yield* name.with("reader", () => stream.it.next())).toEqual({ done: false, value: "maker" });
		yield* stream.it.close();
	});
});

test("a stream that was made in a scope that is over, and read in another, belongs to that", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const made = yield* withCancelScope({}, () => ({ stream: merge([counting(log)]) }));
		expect(made?.stream.statistics().state).toBe("closed");
		expect(log).toEqual(["source closed"]);
	});
});

test("merge gives values as they come, from all sources at once", async () => {
	await virtually(function* () {
		const stream = merge([
			timed(
				[],
				[
					[1, "a1"],
					[3, "a3"],
				],
			),
			timed(
				[],
				[
					[2, "b2"],
					[4, "b4"],
				],
			),
			["c0"],
		]);
		expect(yield* drain(stream)).toEqual(["c0", "a1", "b2", "a3", "b4"]);
		expect(now()).toBe(4);
	});
});

test("merge of nothing ends at once", async () => {
	await virtually(function* () {
		expect(yield* drain(merge([]))).toEqual([]);
	});
});

test("the first error of a merged source closes the others, and comes after the values before it", async () => {
	const log: unknown[] = [];
	const error = new Error("b");
	await virtually(function* () {
		const stream = merge<number>(
			[
				timed(
					log,
					[
						[1, 1],
						[9, 9],
					],
					"a",
				),
				timed<number>(log, [[2, error]], "b"),
			],
			{ capacity: 5 },
		);
		expect(yield* stream.next()).toEqual({ done: false, value: 1 });
		expect(yield* caught(() => stream.next())).toBe(error);
		expect(log).toEqual(["a closed at 3"]);
	});
});

test("merge reads ahead as far as it may", async () => {
	await virtually(function* () {
		const source = counting();
		const stream = merge([source], { capacity: 3 });
		yield* stream.next();
		yield* sleep(1);
		expect(stream.statistics()).toEqual({ given: 1, buffered: 3, dropped: 0, state: "open" });
		expect(source.taken).toBe(5);
	});
});

test("buffer keeps the source going while the consumer is busy", async () => {
	await virtually(function* () {
		const at: number[] = [];
		const stream = buffer(
			timed(
				[],
				[
					[10, 1],
					[20, 2],
					[30, 3],
				],
			),
			3,
		);
		for (let result = yield* stream.next(); !result.done; result = yield* stream.next()) {
			at.push(now());
			yield* sleep(25);
		}
		expect(at).toEqual([10, 35, 60]);
	});
});

for (const [overflow, expected, dropped] of [
	["drop-oldest", [1, 4, 5], 2],
	["drop-newest", [1, 2, 3], 2],
	["wait", [1, 2, 3, 4, 5], 0],
] as const)
	test(`buffer with overflow ${overflow}`, async () => {
		await virtually(function* () {
			const entries = [1, 2, 3, 4, 5].map((n) => [n, n] as const);
			const stream = buffer(timed([], entries), 2, { overflow });
			const first = yield* stream.next();
			yield* sleep(10);
			expect([first.value, ...(yield* drain(stream))]).toEqual(expected);
			expect(stream.statistics().dropped).toBe(dropped);
		});
	});

test("buffer that tells a slow consumer so closes its source", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const stream = buffer(
			timed(log, [
				[1, 1],
				[2, 2],
				[3, 3],
				[4, 4],
				[99, 5],
			]),
			1,
			{ overflow: "error" },
		);
		yield* stream.next();
		yield* sleep(10);
		expect((yield* stream.next()).value).toBe(2);
		expect(yield* caught(() => stream.next())).toBeInstanceOf(LaggedError);
		expect(log).toEqual(["source closed at 12"]);
	});
});

test("the branches of a tee get the same values; the slower one holds the faster back", async () => {
	await virtually(function* () {
		const [fast, slow] = tee([1, 2, 3, 4, 5, 6], { capacity: 2 });
		yield* withTaskGroup(function* (group) {
			const log: number[] = [];
			group.spawn(function* () {
				for (let result = yield* fast.next(); !result.done; result = yield* fast.next()) log.push(result.value);
			});
			yield* sleep(1);
			expect(log).toEqual([1, 2]);
			expect(yield* slow.next()).toEqual({ done: false, value: 1 });
			yield* sleep(1);
			expect(log).toEqual([1, 2, 3]);
			yield* slow.close();
			yield* sleep(1);
			expect(log).toEqual([1, 2, 3, 4, 5, 6]);
		});
	});
});

test("the last branch of a tee that is closed closes the source", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const [a, b, c] = tee(counting(log), 3) as [Stream<number>, Stream<number>, Stream<number>];
		yield* a.next();
		yield* a.close();
		yield* b.close();
		expect(log).toEqual([]);
		yield* c.close();
		expect(log).toEqual(["source closed"]);
	});
});

test("an error reaches all branches of a tee, each after its values", async () => {
	const error = new Error("source");
	await virtually(function* () {
		for (const branch of tee(
			timed(
				[],
				[
					[1, 1],
					[2, error],
				],
			),
			3,
		)) {
			expect((yield* branch.next()).value).toBe(1);
			expect(yield* caught(() => branch.next())).toBe(error);
		}
	});
});

test("reading one branch of a tee to its end before the other is a deadlock, and told so", async () => {
	await expect(
		virtually(function* () {
			const [first] = tee(counting(), { capacity: 2 });
			yield* drain(first);
		}, quietly),
	).rejects.toBeInstanceOf(DeadlockError);
});

test("batch gives full batches at once, and others when their time is over; the rest comes at the end", async () => {
	await virtually(function* () {
		const entries = [1, 2, 3, 20, 21, 50].map((n) => [n, n] as const);
		const stream = batch(timed([], entries), { size: 3, within: 10 });
		const seen: unknown[] = [];
		for (let result = yield* stream.next(); !result.done; result = yield* stream.next())
			seen.push([now(), result.value]);
		expect(seen).toEqual([
			[3, [1, 2, 3]],
			[30, [20, 21]],
			[50, [50]],
		]);
	});
});

test("batch without a time limit waits for full ones", async () => {
	await virtually(function* () {
		expect(yield* drain(batch([1, 2, 3, 4, 5], { size: 2 }))).toEqual([[1, 2], [3, 4], [5]]);
	});
});

test("what batch has collected comes before the error", async () => {
	const error = new Error("source");
	await virtually(function* () {
		const stream = batch(
			timed(
				[],
				[
					[1, 1],
					[2, 2],
					[3, error],
				],
			),
			{ size: 10, within: 100 },
		);
		expect(yield* stream.next()).toEqual({ done: false, value: [1, 2] });
		expect(yield* caught(() => stream.next())).toBe(error);
	});
});

test("debounce gives the last of several in quick succession, and the last one at the end", async () => {
	await virtually(function* () {
		const entries = [1, 4, 8, 30, 60, 61].map((n) => [n, n] as const);
		const stream = debounce(timed([], entries), 10);
		const seen: unknown[] = [];
		for (let result = yield* stream.next(); !result.done; result = yield* stream.next())
			seen.push([now(), result.value]);
		expect(seen).toEqual([
			[18, 8],
			[40, 30],
			[61, 61],
		]);
	});
});

test("a slow consumer makes debounce's source wait", async () => {
	await virtually(function* () {
		const source = counting();
		const stream = debounce(
			compose(source, (input) =>
				fromAsyncIterable({
					[Symbol.asyncIterator]: () =>
						({
							next: coroutine(function* () {
								yield* sleep(20);
								return yield* input.next();
							}),
						}) as never,
				}),
			),
			10,
		);
		expect((yield* stream.next()).value).toBe(1);
		yield* sleep(1_000);
		expect(source.taken).toBeLessThanOrEqual(3);
	});
});

test("compose reads through all stages, and only what is asked for", async () => {
	const source = counting();
	await virtually(function* () {
		const doubled = async function* (input: Stream<number>): AsyncGenerator<number> {
			for await (const value of input) yield value * 2;
		};
		const stream = compose(source, doubled, (input) => batch(input, { size: 2 }));
		expect((yield* stream.next()).value).toEqual([2, 4]);
		yield* checkpoint();
		expect(source.taken).toBeLessThanOrEqual(5);
		yield* stream.close();
	});
});

test("a stage may handle the error of its source, and may end before it, which closes it", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const mended = compose(
			timed(
				[],
				[
					[1, 1],
					[2, new Error("source")],
				],
			),
			async function* (input) {
				try {
					for await (const value of input) yield value;
				} catch (error) {
					yield (error as Error).message;
				}
			},
		);
		expect(yield* drain(mended as Stream<unknown>)).toEqual([1, "source"]);
		const taken = compose(counting(log), (input) =>
			fromAsyncIterable({
				[Symbol.asyncIterator]: () => {
					let left = 2;
					return { next: () => (left-- > 0 ? input.next() : { done: true, value: undefined }) } as never;
				},
			}),
		);
		expect(yield* drain(taken)).toEqual([1, 2]);
		expect(log).toEqual(["source closed"]);
	});
});

test("compose closes the last stage first, then all before it, whatever they throw", async () => {
	const log: unknown[] = [];
	const stage = (name: string) => (input: Stream<number>) =>
		fromAsyncIterable<number>({
			[Symbol.asyncIterator]: () =>
				({
					next: () => input.next(),
					return: () => {
						log.push(name);
						throw new Error(name);
					},
				}) as never,
		});
	await virtually(function* () {
		const stream = compose(counting(log), stage("first"), stage("second"));
		yield* stream.next();
		expect(yield* caught(() => stream.close())).toMatchObject({ message: "second" });
		expect(log).toEqual(["second", "first", "source closed"]);
	}, quietly);
});

test("compose goes through transforms of the Web: values, errors of both sides, and closing", async () => {
	const log: unknown[] = [];
	const error = new Error("transform");
	const upper = () =>
		new TransformStream<string, string>({
			transform(chunk, controller) {
				if (chunk === "bad") throw error;
				controller.enqueue(chunk.toUpperCase());
			},
			flush: () => void log.push("flushed"),
		});
	await virtually(function* () {
		expect(yield* drain(compose(["a", "b"], upper()))).toEqual(["A", "B"]);
		expect(log).toEqual(["flushed"]);
		const failing = compose(
			timed(log, [
				[1, "a"],
				[2, "bad"],
				[3, "c"],
			]),
			upper(),
		);
		expect((yield* failing.next()).value).toBe("A");
		expect(yield* caught(() => failing.next())).toBe(error);
		expect(log).toEqual(["flushed", expect.stringMatching("source closed")]);
		const source = new Error("source");
		const broken = compose(
			timed(
				[],
				[
					[1, "a"],
					[2, source],
				],
			),
			upper(),
		);
		expect((yield* broken.next()).value).toBe("A");
		expect(yield* caught(() => broken.next())).toBe(source);
		const left = compose(counting(log, "left"), new TransformStream<number, number>());
		yield* left.next();
		yield* left.close();
		expect(log.at(-1)).toBe("left closed");
	}, quietly);
});

test("twenty thousand values pass through five operators", async () => {
	await virtually(function* () {
		function* numbers(): Generator<number> {
			for (let n = 0; n < 20_000; n++) yield n;
		}
		const [first, second] = tee(buffer(merge([numbers()]), 16), { capacity: 64 });
		yield* second.close();
		const batches = yield* drain(batch(first, { size: 1_000 }));
		expect(batches.length).toBe(20);
		expect(batches.at(-1)?.at(-1)).toBe(19_999);
	});
});

test("wrong arguments are named", () => {
	const wrong: readonly [call: () => unknown, message: string][] = [
		[() => merge("ab" as never), 'merge: the sources are "ab"; pass one iterable: merge([a, b]).'],
		[
			() => merge([7 as never]),
			"merge: 7 cannot be read as a stream; pass an async iterable, an iterable or a ReadableStream.",
		],
		[() => merge([], { capacity: -1 }), "merge: capacity must be a whole number from 0, or Infinity, not -1."],
		[() => merge([], { size: 1 } as never), 'merge: unknown option "size"; known are capacity.'],
		[() => buffer([], Number.NaN), "buffer: the capacity must be a whole number from 0, or Infinity, not NaN."],
		[
			() => buffer([], 1, { overflow: "burst" as Overflow }),
			'broadcast: overflow is "burst"; it may be wait, drop-oldest, drop-newest, error.',
		],
		[() => tee([], 0), "tee: the count must be a whole number from 1, not 0."],
		[() => batch([], {} as never), "batch: size must be a whole number from 1, not undefined."],
		[() => batch([], { size: 1, within: -1 }), "batch: within: -1 is not a number of milliseconds, zero or more."],
		[
			() => debounce([], Number.POSITIVE_INFINITY),
			"debounce: Infinity is not a finite number of milliseconds, zero or more.",
		],
		[
			() => compose([], 7 as never),
			"compose: stage 1 is 7; pass a function of a stream, or a transform with readable and writable.",
		],
		[
			() => compose([], (async () => []) as never),
			"compose: a Promise cannot be read as a stream; pass an async iterable, an iterable or a ReadableStream.",
		],
	];
	for (const [call, message] of wrong) expect(thrownBy(call)).toMatchObject({ message });
});
