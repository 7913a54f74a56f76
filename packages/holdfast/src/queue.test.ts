import fc from "fast-check";
import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { ClosedResourceError, EndOfChannelError, MisuseError } from "./errors.ts";
import { type TaskGroup, withTaskGroup } from "./group.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { PriorityQueue } from "./priority-queue.ts";
import { Queue } from "./queue.ts";
import { run } from "./run.ts";
import { type CancelScope, moveOnAfter, withCancelScope } from "./scopes.ts";
import { select, trySelect } from "./select.ts";
import { sleep } from "./sleep.ts";
import type { Task } from "./task.ts";

const EMPTY = { size: 0, unfinished: 0, waitingToPut: 0, waitingToGet: 0, waitingToJoin: 0, shutDown: false };

/** Gets in a scope of its own, which is given to the test. */
function getIn(group: TaskGroup, queue: Queue<number>, log: number[]): { scope: CancelScope } {
	const handle = {} as { scope: CancelScope };
	group.spawn(() =>
		withCancelScope(function* (scope) {
			handle.scope = scope;
			log.push(yield* queue.get());
		}),
	);
	return handle;
}

/** How a task ends: its value, or its error. */
function* outcomeOf(task: Task): Generator<never, unknown> {
	try {
		return yield* task;
	} catch (error) {
		return error;
	}
}

/** Runs a call in a task of its own, whose failure is its value. */
function attempt(group: TaskGroup, call: () => Generator<unknown, unknown, never> | unknown): Task {
	return group.spawn(function* () {
		try {
			return yield* call() as Generator<never, unknown>;
		} catch (error) {
			return error;
		}
	});
}

test("first in, first out; put and get do not suspend while there is room and something to get", async () => {
	await virtually(function* () {
		const queue = new Queue<number>(2);
		let others = 0;
		yield* withTaskGroup(function* (group) {
			group.spawn(() => {
				others++;
			});
			yield* queue.put(1);
			expect([queue.tryPut(2), queue.tryPut(3), queue.size]).toEqual([true, false, 2]);
			expect(yield* queue.get()).toBe(1);
			expect([queue.tryGet(), queue.tryGet(), queue.size]).toEqual([{ value: 2 }, undefined, 0]);
			expect(others).toBe(0);
		});
		expect(queue.statistics()).toEqual({ ...EMPTY, capacity: 2, unfinished: 2 });
	});
});

test("values are handed to those who wait longest, and nobody gets past them", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const queue = new Queue<number>();
		yield* withTaskGroup(function* (group) {
			for (const name of ["a", "b"])
				group.spawn(function* () {
					const value = yield* queue.get();
					log.push(`${name} ${value}`);
				});
			yield* sleep(1);
			expect(queue.statistics()).toEqual({ ...EMPTY, capacity: Number.POSITIVE_INFINITY, waitingToGet: 2 });
			for (const value of [1, 2]) queue.tryPut(value);
			expect([queue.tryGet(), queue.size]).toEqual([undefined, 0]);
			queue.tryPut(3);
			expect(queue.tryGet()).toEqual({ value: 3 });
		});
	});
	expect(log).toEqual(["a 1", "b 2"]);
});

test("a full queue makes put wait; the place that becomes free belongs to who waits longest", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const queue = new Queue<string>(1);
		yield* withTaskGroup(function* (group) {
			yield* queue.put("first");
			for (const name of ["a", "b"])
				group.spawn(function* () {
					yield* queue.put(name);
					log.push(`${name} was put`);
				});
			yield* sleep(1);
			expect(queue.statistics()).toEqual({ ...EMPTY, capacity: 1, size: 1, unfinished: 1, waitingToPut: 2 });
			expect(queue.tryGet()).toEqual({ value: "first" });
			expect([queue.size, queue.tryPut("past them")]).toEqual([1, false]);
			yield* sleep(1);
			expect(log).toEqual(["a was put"]);
			expect([yield* queue.get(), yield* queue.get()]).toEqual(["a", "b"]);
		});
	});
});

test("put and get in a cancelled scope put and take nothing", async () => {
	await virtually(function* () {
		const queue = new Queue<number>();
		queue.tryPut(1);
		for (const call of [() => queue.put(2), () => queue.get(), () => queue.join()])
			yield* withCancelScope(function* (scope) {
				scope.cancel();
				yield* call() as ReturnType<typeof queue.join>;
			});
		expect(queue.size).toBe(1);
	});
});

test("handed a value and cancelled in the same tick: it is got; cancelled first: the value stays", async () => {
	const log: number[] = [];
	await virtually(function* () {
		const queue = new Queue<number>();
		yield* withTaskGroup(function* (group) {
			const first = getIn(group, queue, log);
			const second = getIn(group, queue, log);
			yield* sleep(1);
			queue.tryPut(1);
			first.scope.cancel();
			second.scope.cancel();
			queue.tryPut(2);
			yield* sleep(1);
			expect([log, queue.size]).toEqual([[1], 1]);
			expect(yield* queue.get()).toBe(2);
		});
	});
});

test("a put that is cancelled while it waits puts nothing; one that got its place has put", async () => {
	await virtually(function* () {
		const queue = new Queue<number>(1);
		yield* queue.put(0);
		yield* withTaskGroup(function* (group) {
			const [first, second, third] = [1, 2, 3].map((value) => group.spawn(() => queue.put(value)));
			yield* sleep(1);
			first?.cancel();
			expect(queue.tryGet()).toEqual({ value: 0 });
			second?.cancel();
			yield* sleep(1);
			expect([first?.state, second?.state, third?.state]).toEqual(["cancelled", "done", "running"]);
			expect([yield* queue.get(), yield* queue.get()]).toEqual([2, 3]);
		});
	});
});

test("shut down: put is refused, what is in it can be got, then get tells the end", async () => {
	await virtually(function* () {
		const queue = new Queue<number>(3);
		for (const value of [1, 2]) yield* queue.put(value);
		queue.shutdown();
		queue.shutdown();
		expect(thrownBy(() => queue.tryPut(3))).toBeInstanceOf(ClosedResourceError);
		yield* withTaskGroup(function* (group) {
			expect(yield* attempt(group, () => queue.put(3))).toBeInstanceOf(ClosedResourceError);
			expect([yield* queue.get(), queue.tryGet()]).toEqual([1, { value: 2 }]);
			for (let i = 0; i < 2; i++) expect(yield* attempt(group, () => queue.get())).toBeInstanceOf(EndOfChannelError);
			expect(thrownBy(() => queue.tryGet())).toBeInstanceOf(EndOfChannelError);
		});
		expect(queue.statistics()).toEqual({ ...EMPTY, capacity: 3, unfinished: 2, shutDown: true });
	});
});

test("shut down while tasks wait: put is refused and not put, get is told the end, for await ends", async () => {
	await virtually(function* () {
		const full = new Queue<number>(1);
		const empty = new Queue<number>();
		yield* full.put(1);
		yield* withTaskGroup(function* (group) {
			const putter = attempt(group, () => full.put(2));
			const getter = attempt(group, () => empty.get());
			const loop = group.spawn(() => empty[Symbol.asyncIterator]().next());
			yield* sleep(1);
			full.shutdown();
			empty.shutdown();
			expect(yield* putter).toBeInstanceOf(ClosedResourceError);
			expect(yield* getter).toBeInstanceOf(EndOfChannelError);
			expect(yield* loop).toEqual({ done: true, value: undefined });
			expect(yield* full.get()).toBe(1);
			expect(full.statistics()).toEqual({ ...EMPTY, capacity: 1, unfinished: 1, shutDown: true });
		});
	});
});

test("shut down at once: what is in it is dropped and counts no more, so that join goes on", async () => {
	await virtually(function* () {
		const queue = new Queue<number>(2);
		for (const value of [1, 2]) yield* queue.put(value);
		yield* withTaskGroup(function* (group) {
			const putter = attempt(group, () => queue.put(3));
			const joiner = group.spawn(() => queue.join());
			yield* sleep(1);
			queue.shutdown({ immediate: true });
			yield* joiner;
			expect(yield* putter).toBeInstanceOf(ClosedResourceError);
			expect(yield* attempt(group, () => queue.get())).toBeInstanceOf(EndOfChannelError);
		});
		expect(queue.statistics()).toEqual({ ...EMPTY, capacity: 2, shutDown: true });
		expect(thrownBy(() => queue.taskDone())).toBeInstanceOf(MisuseError);
	});
});

test("shut down at once while work on a value goes on: join waits for that work", async () => {
	await virtually(function* () {
		const queue = new Queue<number>();
		for (const value of [1, 2]) yield* queue.put(value);
		yield* queue.get();
		yield* withTaskGroup(function* (group) {
			const joiner = group.spawn(() => queue.join());
			queue.shutdown();
			queue.shutdown({ immediate: true });
			yield* sleep(1);
			expect([joiner.state, queue.statistics().unfinished]).toEqual(["running", 1]);
			queue.taskDone();
			yield* joiner;
		});
	});
});

test("join waits until all that was put is done, and returns at once if nothing is unfinished", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const queue = new Queue<number>(1);
		yield* queue.join();
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				for (let i = 0; i < 3; i++) {
					const value = yield* queue.get();
					yield* sleep(5);
					log.push(`done ${value}`);
					queue.taskDone();
				}
			});
			for (const value of [1, 2, 3]) yield* queue.put(value);
			const joiners = [1, 2].map(() => group.spawn(() => queue.join()));
			yield* sleep(1);
			expect(queue.statistics()).toMatchObject({ waitingToJoin: 2 });
			for (const joiner of joiners) yield* joiner;
			log.push("joined");
		});
	});
	expect(log).toEqual(["done 1", "done 2", "done 3", "joined"]);
});

test("taskDone more often than values were put is a misuse", async () => {
	const queue = new Queue<number>();
	expect(thrownBy(() => queue.taskDone())).toBeInstanceOf(MisuseError);
	queue.tryPut(1);
	queue.taskDone();
	expect((thrownBy(() => queue.taskDone()) as Error).message).toMatch(/nothing is unfinished/);
	await queue.join();
});

test("a join that is cancelled leaves, and one that was woken returns", async () => {
	await virtually(function* () {
		const queue = new Queue<number>();
		queue.tryPut(1);
		yield* moveOnAfter(5, () => queue.join());
		expect(queue.statistics().waitingToJoin).toBe(0);
		yield* withTaskGroup(function* (group) {
			const joiner = group.spawn(() => queue.join());
			yield* sleep(1);
			queue.taskDone();
			joiner.cancel();
			yield* outcomeOf(joiner);
			expect(joiner.state).toBe("done");
		});
	});
});

test("wrong capacities and options are named", () => {
	for (const wrong of [0, -1, 1.5, Number.NaN]) {
		expect(thrownBy(() => new Queue(wrong))).toBeInstanceOf(RangeError);
		expect(thrownBy(() => new PriorityQueue(() => 0, wrong))).toBeInstanceOf(RangeError);
	}
	expect((thrownBy(() => new Queue(0)) as Error).message).toContain("createChannel(0)");
	expect((thrownBy(() => new Queue().shutdown({ now: true } as never)) as Error).message).toContain('"now"');
	expect((thrownBy(() => new PriorityQueue(10 as never)) as Error).message).toMatch(/compare is 10; pass a function/);
});

test("for await gets until the end, in compiled and in native code, and leaving it early loses nothing", async () => {
	const source = `
		async function main() {
			const queue = new Queue(2);
			const got = [];
			await withTaskGroup(async (group) => {
				group.spawn(async () => {
					for (let value = 1; value <= 5; value++) await queue.put(value);
					queue.shutdown();
				});
				for await (const value of queue) {
					got.push(value);
					if (value === 2) break;
				}
				got.push("break");
				for await (const value of queue) got.push(value);
			});
			return got;
		}`;
	const main = compile<() => Promise<unknown>>(source, { Queue });
	expect(await run(main, { loop: new VirtualLoop() })).toEqual([1, 2, "break", 3, 4, 5]);
	const queue = new Queue<number>();
	for (const value of [1, 2]) queue.tryPut(value);
	queue.shutdown();
	const got: number[] = [];
	for await (const value of queue) got.push(value);
	expect(got).toEqual([1, 2]);
});

test("select chooses among put and get: one takes effect, the others put and take nothing", async () => {
	await virtually(function* () {
		const [empty, full, stop] = [new Queue<string>(), new Queue<number>(1), new Queue<never>()];
		full.tryPut(1);
		expect(trySelect({ get: empty.get(), put: full.put(2) })).toBe(undefined);
		yield* withTaskGroup(function* (group) {
			const choosing = (): Task => group.spawn(() => select({ get: empty.get(), put: full.put(2), stop: stop.get() }));
			const [got, put, cancelled] = [choosing(), choosing(), choosing()];
			yield* sleep(1);
			expect([empty.statistics().waitingToGet, full.statistics().waitingToPut]).toEqual([3, 3]);
			empty.tryPut("job");
			expect(yield* got).toEqual({ key: "get", value: "job" });
			expect(full.tryGet()).toEqual({ value: 1 });
			expect(yield* put).toEqual({ key: "put", value: undefined });
			cancelled.cancel();
			yield* sleep(1);
			expect([empty.statistics().waitingToGet, full.statistics().waitingToPut, full.size]).toEqual([0, 0, 1]);
			const ended = attempt(group, () => select([empty.get(), stop.get()]));
			const iterating = group.spawn(() => select([empty[Symbol.asyncIterator]().next()]));
			yield* sleep(1);
			empty.shutdown();
			expect(yield* ended).toBeInstanceOf(EndOfChannelError);
			expect(yield* iterating).toEqual({ key: 0, value: { done: true, value: undefined } });
			const refused = attempt(group, () => select([full.put(3), stop.get()]));
			yield* sleep(1);
			full.shutdown({ immediate: true });
			expect(yield* refused).toBeInstanceOf(ClosedResourceError);
			expect(stop.statistics().waitingToGet).toBe(0);
		});
	});
});

test("used outside of every run", async () => {
	const queue = new Queue<number>(1);
	const got = queue.get().then((value) => value);
	await queue.put(1);
	expect(await got).toBe(1);
	queue.shutdown();
	expect(await rejectionOf(queue.put(2))).toBeInstanceOf(ClosedResourceError);
});

test("100,000 wait to get, and as many to put", async () => {
	const count = 100_000;
	let sum = 0;
	await virtually(function* () {
		const queue = new Queue<number>(1);
		yield* withTaskGroup(function* (group) {
			for (let i = 0; i < count; i++)
				group.spawn(function* () {
					const value = yield* queue.get();
					sum += value;
				});
			yield* sleep(1);
			for (let i = 0; i < count; i++) yield* queue.put(1);
		});
		yield* withTaskGroup(function* (group) {
			for (let i = 0; i < count; i++) group.spawn(() => queue.put(1));
			yield* sleep(1);
			expect(queue.statistics().waitingToPut).toBe(count - 1);
			for (let i = 0; i < count; i++) sum += yield* queue.get();
		});
	});
	expect(sum).toBe(2 * count);
});

test("model: nothing that was put is lost or doubled, and each producer's values come in order", async () => {
	const times = fc.array(fc.nat(4), { maxLength: 6 });
	await fc.assert(
		fc.asyncProperty(
			fc.integer({ min: 1, max: 3 }),
			fc.boolean(),
			fc.array(fc.record({ pauses: times, cancelAt: fc.option(fc.nat(12), { nil: undefined }) }), { maxLength: 4 }),
			fc.array(fc.record({ pauses: times, cancelAt: fc.option(fc.nat(12), { nil: undefined }) }), { maxLength: 4 }),
			async (capacity, ordered, producers, consumers) => {
				await virtually(function* () {
					const queue: Queue<number> = ordered ? new PriorityQueue<number>(() => 0, capacity) : new Queue(capacity);
					const put: number[] = [];
					const got: number[] = [];
					// A consumer that was handed a value goes on later than one that finds the next in the buffer: each has its own order.
					const byConsumer: number[][] = consumers.map(() => []);
					yield* withTaskGroup(function* (group) {
						const cancelLater = (task: Task, at: number | undefined): void => {
							if (at !== undefined)
								group.spawn(function* () {
									yield* sleep(at);
									task.cancel();
								});
						};
						for (const [producer, { pauses, cancelAt }] of producers.entries())
							cancelLater(
								group.spawn(function* () {
									for (const [index, pause] of pauses.entries()) {
										yield* sleep(pause);
										const value = producer * 100 + index;
										yield* queue.put(value);
										put.push(value);
									}
								}),
								cancelAt,
							);
						for (const [consumer, { pauses, cancelAt }] of consumers.entries())
							cancelLater(
								group.spawn(function* () {
									for (const pause of pauses) {
										yield* sleep(pause);
										const value = yield* queue.get();
										got.push(value);
										byConsumer[consumer]?.push(value);
										queue.taskDone();
									}
								}),
								cancelAt,
							);
						yield* sleep(100);
						group.cancel();
					});
					for (let box = queue.tryGet(); box !== undefined; box = queue.tryGet()) {
						got.push(box.value);
						queue.taskDone();
					}
					expect(got.toSorted((a, b) => a - b)).toEqual(put.toSorted((a, b) => a - b));
					for (const producer of producers.keys()) {
						for (const values of byConsumer) {
							const own = values.filter((value) => Math.floor(value / 100) === producer);
							expect(own).toEqual(own.toSorted((a, b) => a - b));
						}
					}
					expect(queue.statistics()).toEqual({ ...EMPTY, capacity });
				});
			},
		),
		{ numRuns: 150 },
	);
});
