import { expect, test } from "vitest";
import { virtually } from "../test/virtually.ts";
import { createChannel } from "./channel.ts";
import { coroutine } from "./coroutine.ts";
import { forEach, map } from "./map.ts";
import { cleanup, moveOnAfter } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";

const thrown = coroutine(function* (call: () => unknown) {
	try {
		yield* call() as Generator<never, unknown, unknown>;
	} catch (error) {
		return error;
	}
	return expect.unreachable();
});

/** Counts what is pulled, and tells when it is closed. */
function* numbers(count: number, log: string[] = []): Generator<number, void, unknown> {
	try {
		for (let i = 0; i < count; i++) {
			log.push(`pull ${i}`);
			yield i;
		}
	} finally {
		log.push("closed");
	}
}

async function* asyncNumbers(count: number, log: string[] = []): AsyncGenerator<number, void, unknown> {
	try {
		for (let i = 0; i < count; i++) {
			log.push(`pull ${i}`);
			yield i;
		}
	} finally {
		log.push("closed");
	}
}

test("results keep the order of the items, whatever the order of the ends", async () => {
	await virtually(function* () {
		const results = yield* map([30, 10, 20], function* (milliseconds, index) {
			yield* sleep(milliseconds);
			return [milliseconds, index, now()];
		});
		expect(results).toEqual([
			[30, 0, 30],
			[10, 1, 10],
			[20, 2, 20],
		]);
		expect(yield* map([], () => 1)).toEqual([]);
		expect(yield* map(asyncNumbers(3), (item) => item * 2, { concurrency: 1 })).toEqual([0, 2, 4]);
	});
});

test("at most as many are worked on as concurrency says, and an item is pulled only when there is room", async () => {
	let inside = 0;
	let most = 0;
	let pulled = 0;
	const source = function* () {
		for (let i = 0; i < 10; i++) {
			pulled++;
			expect(inside).toBeLessThan(3);
			yield i;
		}
	};
	await virtually(function* () {
		const results = yield* map(
			source(),
			function* (item) {
				most = Math.max(most, ++inside);
				expect(pulled).toBeLessThanOrEqual(item + 3);
				yield* sleep(10 - item);
				inside--;
				return item;
			},
			{ concurrency: 3 },
		);
		expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
	});
	expect([inside, most]).toEqual([0, 3]);
});

test("the first failure stops the pulling, closes the source, cancels the others and is thrown itself", async () => {
	for (const source of [numbers, asyncNumbers]) {
		const log: string[] = [];
		const boom = new Error("boom");
		await virtually(function* () {
			const error = yield* thrown(() =>
				map(
					source(100, log),
					function* (item) {
						try {
							yield* sleep(5);
							if (item === 1) throw boom;
							yield* sleepForever();
						} finally {
							log.push(`${item} ended`);
						}
					},
					{ concurrency: 2 },
				),
			);
			expect(error).toBe(boom);
		});
		expect([source.name, ...log.sort()]).toEqual([source.name, "0 ended", "1 ended", "closed", "pull 0", "pull 1"]);
	}
});

test("cancelled from outside: the source is closed, in a cleanup region, and the calls are cancelled", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const source = {
			[Symbol.asyncIterator]: () => ({
				next: () => sleepForever(),
				return: () =>
					cleanup(function* () {
						yield* sleep(10);
						log.push("closed");
					}),
			}),
		};
		expect(yield* moveOnAfter(5, () => map(source as unknown as AsyncIterable<number>, () => 1))).toBeUndefined();
		expect(now()).toBe(15);
	});
	expect(log).toEqual(["closed"]);
});

test("a source that throws is not closed; its error is thrown", async () => {
	const boom = new Error("boom");
	let closed = false;
	const source = {
		[Symbol.iterator]: () => ({
			next: () => {
				throw boom;
			},
			return: () => {
				closed = true;
				return { done: true as const, value: undefined };
			},
		}),
	};
	await virtually(function* () {
		expect(yield* thrown(() => map(source as Iterable<number>, () => 1))).toBe(boom);
	});
	expect(closed).toBe(false);
});

test("a channel feeds workers until it ends, and an item that was pulled is worked on", async () => {
	const done: number[] = [];
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(100);
		for (let i = 0; i < 20; i++) sender.trySend(i);
		sender.close();
		yield* forEach(
			receiver,
			function* (item) {
				yield* sleep(item % 3);
				done.push(item);
			},
			{ concurrency: 4 },
		);
	});
	expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test("the function may be of any colour", async () => {
	await virtually(function* () {
		expect(yield* map([1], (x) => x + 1)).toEqual([2]);
		expect(yield* map([1], async (x) => x + 1)).toEqual([2]);
		expect(
			yield* map(
				[1],
				coroutine(function* (x: number) {
					yield* sleep(1);
					return x + 1;
				}),
			),
		).toEqual([2]);
	});
});

test("what makes no sense is refused at the call", () => {
	for (const concurrency of [0, -1, 1.5, Number.NaN])
		expect(() => map([], () => 1, { concurrency })).toThrow(RangeError);
	expect(() => map(7 as never, () => 1)).toThrow(/an iterable/);
	expect(() => map([], 7 as never)).toThrow(TypeError);
	expect(() => forEach([], () => 1, { limit: 1 } as never)).toThrow(/forEach: unknown option "limit"/);
});

test("forEach over a long source keeps only what it is working on", async () => {
	await virtually(function* () {
		let sum = 0;
		yield* forEach(
			numbers(20_000),
			(item) => {
				sum += item;
			},
			{ concurrency: 10 },
		);
		expect(sum).toBe((20_000 * 19_999) / 2);
	});
});
