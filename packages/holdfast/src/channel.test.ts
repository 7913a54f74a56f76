import fc from "fast-check";
import { expect, test } from "vitest";
import { virtually } from "../test/virtually.ts";
import { createChannel, type Receiver, type Sender } from "./channel.ts";
import { coroutine } from "./coroutine.ts";
import { BrokenResourceError, ClosedResourceError, EndOfChannelError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { run } from "./run.ts";
import { moveOnAfter, withCancelScope } from "./scopes.ts";
import { sleep } from "./sleep.ts";
import type { LiveTask } from "./task.ts";

/** What `next()` of a receiver really is: a coroutine. */
type Step = Generator<never, IteratorResult<string, undefined>, unknown> & Promise<IteratorResult<string, undefined>>;

const errorOf = coroutine(function* (call: () => unknown) {
	try {
		yield* call() as Generator<never, unknown, unknown>;
	} catch (error) {
		return (error as Error).constructor;
	}
	return "no error";
});

test("capacities that are no whole number from 0, nor Infinity, are refused", () => {
	for (const wrong of [-1, 1.5, Number.NaN, "2" as never]) expect(() => createChannel(wrong)).toThrow(RangeError);
});

test("a full channel refuses trySend, an empty one gives tryReceive nothing", () => {
	const { sender, receiver } = createChannel<number | undefined>(2);
	expect([sender.trySend(1), sender.trySend(undefined), sender.trySend(3)]).toEqual([true, true, false]);
	expect([receiver.tryReceive(), receiver.tryReceive(), receiver.tryReceive()]).toEqual([
		{ value: 1 },
		{ value: undefined },
		undefined,
	]);
});

test("rendezvous: send returns when the value was taken", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(0);
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* sender.send(1);
				log.push("sent");
			});
			yield* sleep(1);
			expect(sender.statistics()).toEqual({
				capacity: 0,
				buffered: 0,
				senders: 1,
				receivers: 1,
				waitingSenders: 1,
				waitingReceivers: 0,
			});
			log.push(`received ${yield* receiver.receive()}`);
		});
		yield* withTaskGroup(function* (group) {
			const receiving = group.spawn(() => receiver.receive());
			yield* sleep(1);
			expect(sender.trySend(2)).toBe(true);
			expect(yield* receiving).toBe(2);
		});
	});
	expect(log).toEqual(["received 1", "sent"]);
});

test("a waiting receiver owns the next value, a waiting sender the next place", async () => {
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(1);
		yield* withTaskGroup(function* (group) {
			const receiving = group.spawn(() => receiver.receive());
			yield* sleep(1);
			sender.trySend(1);
			expect(receiver.tryReceive()).toBeUndefined();
			expect(yield* receiving).toBe(1);
			sender.trySend(2);
			group.spawn(() => sender.send(3));
			yield* sleep(1);
			expect(receiver.tryReceive()).toEqual({ value: 2 });
			expect(sender.trySend(4)).toBe(false);
			expect(receiver.tryReceive()).toEqual({ value: 3 });
		});
	});
});

test("handed a value and cancelled in the same tick: it is received; cancelled first: it stays", async () => {
	const received: number[] = [];
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(1);
		for (const cancelFirst of [false, true])
			yield* withTaskGroup(function* (group) {
				const task = group.spawn(function* () {
					received.push(yield* receiver.receive());
					yield* sleep(1);
					received.push(-1);
				});
				yield* sleep(1);
				if (cancelFirst) task.cancel();
				expect(sender.trySend(cancelFirst ? 2 : 1)).toBe(true);
				task.cancel();
			});
		expect(receiver.tryReceive()).toEqual({ value: 2 });
	});
	expect(received).toEqual([1]);
});

test("a cancelled sender sends nothing, and the next one has its place", async () => {
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(0);
		yield* withTaskGroup(function* (group) {
			const first = group.spawn(() => sender.send(1));
			group.spawn(() => sender.send(2));
			yield* sleep(1);
			first.cancel();
			expect(yield* receiver.receive()).toBe(2);
		});
		yield* moveOnAfter(5, () => sender.send(3));
		expect(receiver.tryReceive()).toBeUndefined();
	});
});

test("in a cancelled scope nothing is sent and nothing received, although nothing would have to wait", async () => {
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(2);
		sender.trySend(1);
		for (const call of [() => receiver.receive(), () => sender.send(2)])
			yield* withCancelScope(function* (scope) {
				scope.cancel();
				yield* call();
			});
		expect([receiver.tryReceive(), receiver.tryReceive()]).toEqual([{ value: 1 }, undefined]);
	});
});

test("close matrix: the own side is closed, the other side broken or at the end, now and later", async () => {
	const log: string[] = [];
	await virtually(function* () {
		for (const closed of ["sender", "receiver"] as const)
			for (const pending of ["send", "receive"] as const) {
				const { sender, receiver } = createChannel<number>(0);
				const call = pending === "send" ? () => sender.send(1) : () => receiver.receive();
				yield* withTaskGroup(function* (group) {
					const waiting = group.spawn(() => errorOf(call));
					yield* sleep(1);
					(closed === "sender" ? sender : receiver).close();
					(closed === "sender" ? sender : receiver).close();
					const now = yield* waiting;
					const later = yield* errorOf(call);
					expect(later).toBe(now);
					log.push(`${closed} closed, ${pending}: ${(now as { name: string }).name}`);
				});
			}
	});
	expect(log).toEqual([
		"sender closed, send: ClosedResourceError",
		"sender closed, receive: EndOfChannelError",
		"receiver closed, send: BrokenResourceError",
		"receiver closed, receive: ClosedResourceError",
	]);
});

test("the try twins and clone throw the same errors", () => {
	const first = createChannel<number>(1);
	first.sender.close();
	expect(() => first.sender.trySend(1)).toThrow(ClosedResourceError);
	expect(() => first.sender.clone()).toThrow(ClosedResourceError);
	expect(() => first.receiver.tryReceive()).toThrow(EndOfChannelError);
	const second = createChannel<number>(1);
	second.receiver.close();
	expect(() => second.receiver.tryReceive()).toThrow(ClosedResourceError);
	expect(() => second.receiver.clone()).toThrow(ClosedResourceError);
	expect(() => second.sender.trySend(1)).toThrow(BrokenResourceError);
});

test("what is in the buffer when the senders close is received, then the channel ends", async () => {
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(2);
		sender.trySend(1);
		sender.close();
		expect(yield* receiver.receive()).toBe(1);
		for (let i = 0; i < 2; i++) expect(yield* errorOf(() => receiver.receive())).toBe(EndOfChannelError);
	});
});

test("the last receiver that goes drops the buffer", () => {
	const { sender, receiver } = createChannel<number>(2);
	const clone = receiver.clone();
	sender.trySend(1);
	receiver.close();
	expect(sender.statistics().buffered).toBe(1);
	clone.close();
	expect(sender.statistics()).toMatchObject({ buffered: 0, receivers: 0 });
});

test("closing one clone wakes only those who wait in it, and the others keep their order", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(0);
		const other = sender.clone();
		yield* withTaskGroup(function* (group) {
			for (const [end, value] of [
				[other, 1],
				[sender, 2],
				[other, 3],
				[sender, 4],
			] as const)
				group.spawn(function* () {
					log.push(yield* errorOf(() => end.send(value)));
				});
			yield* sleep(1);
			sender.close();
			yield* sleep(1);
			expect(log).toEqual([ClosedResourceError, ClosedResourceError]);
			expect([yield* receiver.receive(), yield* receiver.receive()]).toEqual([1, 3]);
		});
		const clone = receiver.clone();
		yield* withTaskGroup(function* (group) {
			const mine = group.spawn(() => errorOf(() => receiver.receive()));
			const theirs = group.spawn(() => clone.receive());
			yield* sleep(1);
			receiver.close();
			expect(yield* mine).toBe(ClosedResourceError);
			other.trySend(5);
			expect(yield* theirs).toBe(5);
		});
	});
});

test("using closes an end", () => {
	const { sender, receiver } = createChannel<number>(1);
	{
		using _sender: Sender<number> = sender.clone();
		using _receiver: Receiver<number> = receiver.clone();
		expect(sender.statistics()).toMatchObject({ senders: 2, receivers: 2 });
	}
	expect(sender.statistics()).toMatchObject({ senders: 1, receivers: 1 });
});

test("for await ends with the channel; leaving it earlier leaves the receiver open", async () => {
	const { sender, receiver } = createChannel<number>(10);
	for (let i = 0; i < 5; i++) sender.trySend(i);
	const values: number[] = [];
	await run(
		async () => {
			for await (const value of receiver) {
				values.push(value);
				if (value === 1) break;
			}
			values.push(await receiver.receive());
			sender.close();
			for await (const value of receiver) values.push(value);
		},
		{ loop: new VirtualLoop(), onReport: () => {} },
	);
	expect(values).toEqual([0, 1, 2, 3, 4]);
});

test("for await that waits ends when the last sender closes, and fails when its own receiver is closed", async () => {
	await virtually(function* () {
		const { sender, receiver } = createChannel<string>(0);
		const clone = receiver.clone();
		yield* withTaskGroup(function* (group) {
			const closed = group.spawn(() => errorOf(() => receiver[Symbol.asyncIterator]().next()));
			const ended = group.spawn(() => clone[Symbol.asyncIterator]().next());
			yield* sleep(1);
			receiver.close();
			expect(yield* closed).toBe(ClosedResourceError);
			sender.close();
			expect(yield* ended).toEqual({ done: true, value: undefined });
		});
	});
});

test("an unlimited channel never refuses, and keeps the order over many values", () => {
	const { sender, receiver } = createChannel<number>(Number.POSITIVE_INFINITY);
	let expected = 0;
	for (let i = 0; i < 5000; i++) {
		expect(sender.trySend(i)).toBe(true);
		if (i % 3 === 0) expect(receiver.tryReceive()).toEqual({ value: expected++ });
	}
	while (expected < 5000) expect(receiver.tryReceive()).toEqual({ value: expected++ });
	expect(receiver.statistics().buffered).toBe(0);
});

test("model: under random cancellation no value is lost, doubled or out of order", async () => {
	const actor = fc.record({
		count: fc.integer({ min: 1, max: 4 }),
		pause: fc.nat(3),
		cancelAt: fc.option(fc.nat(12), { nil: undefined }),
	});
	await fc.assert(
		fc.asyncProperty(
			fc.nat(3),
			fc.array(actor, { minLength: 1, maxLength: 4 }),
			fc.array(actor, { minLength: 1, maxLength: 4 }),
			async (capacity, producers, consumers) => {
				const sent = new Set<string>();
				const received: string[] = [];
				await virtually(function* () {
					const { sender, receiver } = createChannel<string>(capacity);
					yield* withTaskGroup(function* (group) {
						const cancelLater = (task: { cancel(): void }, at: number | undefined): void => {
							if (at === undefined) return;
							group.spawn(function* () {
								yield* sleep(at);
								task.cancel();
							});
						};
						for (const [index, { count, pause, cancelAt }] of producers.entries()) {
							const mine = sender.clone();
							const producer = group.spawn(function* () {
								for (let i = 0; i < count; i++) {
									yield* mine.send(`${index}:${i}`);
									sent.add(`${index}:${i}`);
									yield* sleep(pause);
								}
							});
							(producer as LiveTask<void>).onEnd(() => mine.close());
							cancelLater(producer, cancelAt);
						}
						sender.close();
						for (const { count, pause, cancelAt } of consumers)
							cancelLater(
								group.spawn(function* () {
									for (let i = 0; i < count; i++) {
										const result = yield* moveOnAfter(20, () => receiver[Symbol.asyncIterator]().next() as Step);
										if (result === undefined || result.done) return;
										received.push(result.value);
										yield* sleep(pause);
									}
								}),
								cancelAt,
							);
						// What nobody wanted: the producers close their ends when they end.
						yield* sleep(200);
						for (;;) {
							const result = yield* receiver[Symbol.asyncIterator]().next() as Step;
							if (result.done) break;
							received.push(result.value);
						}
					});
				});
				expect(new Set(received).size).toBe(received.length);
				expect(new Set(received)).toEqual(sent);
				for (const index of producers.keys()) {
					const mine = received.filter((value) => value.startsWith(`${index}:`));
					expect(mine).toEqual([...mine].sort());
				}
			},
		),
		{ numRuns: 80 },
	);
});
