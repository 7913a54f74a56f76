import fc from "fast-check";
import { expect, test } from "vitest";
import { thrownBy, virtually } from "../test/virtually.ts";
import { type Broadcast, broadcast, type Subscription } from "./broadcast.ts";
import { createChannel } from "./channel.ts";
import { coroutine } from "./coroutine.ts";
import { ClosedResourceError, EndOfChannelError, LaggedError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { moveOnAfter } from "./scopes.ts";
import { select, trySelect } from "./select.ts";
import { sleep } from "./sleep.ts";

/** Everything that is in the buffer. */
function drain<T>(subscription: Subscription<T>): T[] {
	const values: T[] = [];
	for (let box = subscription.tryReceive(); box !== undefined; box = subscription.tryReceive()) values.push(box.value);
	return values;
}

/** What a task that reads to the end gets, and the name of the error that ended it. */
const readAll = coroutine(function* (subscription: Subscription<unknown>) {
	const values: unknown[] = [];
	try {
		for (;;) values.push(yield* subscription.receive());
	} catch (error) {
		return [...values, (error as Error).name];
	}
});

test("each subscriber gets every value sent since it subscribed, in the same order", async () => {
	await virtually(function* () {
		const news = broadcast<number>(8);
		yield* news.send(0);
		const early = news.subscribe();
		yield* news.send(1);
		const late = news.subscribe();
		expect(news.trySend(2)).toBe(true);
		news.close();
		expect(yield* readAll(early)).toEqual([1, 2, "EndOfChannelError"]);
		expect(yield* readAll(late)).toEqual([2, "EndOfChannelError"]);
		expect(news.statistics()).toEqual({ subscribers: 0, waitingSenders: 0, sent: 3 });
	});
});

test("a sender waits for the slowest that wants to be waited for, and a value reaches all or nobody", async () => {
	await virtually(function* () {
		const news = broadcast<number>(1);
		const slow = news.subscribe();
		const fast = news.subscribe({ capacity: Number.POSITIVE_INFINITY });
		yield* news.send(1);
		expect(news.trySend(2)).toBe(false);
		expect(yield* moveOnAfter(5, () => news.send(2))).toBeUndefined();
		expect(fast.statistics().buffered).toBe(1);
		yield* withTaskGroup(function* (group) {
			group.spawn(() => news.send(3));
			group.spawn(() => news.send(4));
			yield* sleep(1);
			expect(news.statistics()).toEqual({ subscribers: 2, waitingSenders: 2, sent: 1 });
			expect(yield* slow.receive()).toBe(1);
			expect(slow.tryReceive()).toEqual({ value: 3 });
			expect(slow.tryReceive()).toEqual({ value: 4 });
		});
		expect(drain(fast)).toEqual([1, 3, 4]);
	});
});

test("capacity 0: a value is given when all of them wait for it", async () => {
	await virtually(function* () {
		const news = broadcast<number>(0);
		const [a, b] = [news.subscribe(), news.subscribe()];
		const log: unknown[] = [];
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* news.send(1);
				log.push("sent");
			});
			expect(yield* moveOnAfter(1, () => a.receive())).toBeUndefined();
			for (const subscription of [a, b])
				group.spawn(function* () {
					log.push(yield* subscription.receive());
				});
		});
		expect(log).toEqual([1, 1, "sent"]);
		expect(news.trySend(2)).toBe(false);
		expect(yield* moveOnAfter(1, () => a.receive())).toBeUndefined();
		expect(news.trySend(2)).toBe(false);
	});
});

test("a full buffer drops what its policy says, and counts it", async () => {
	await virtually(function* () {
		const news = broadcast<number>(2, { overflow: "drop-newest" });
		const oldest = news.subscribe({ overflow: "drop-oldest" });
		const newest = news.subscribe();
		const none = news.subscribe({ capacity: 0 });
		for (const value of [1, 2, 3, 4]) yield* news.send(value);
		expect(oldest.statistics()).toEqual({
			capacity: 2,
			overflow: "drop-oldest",
			buffered: 2,
			waitingReceivers: 0,
			dropped: 2,
		});
		expect([drain(oldest), drain(newest), drain(none)]).toEqual([[3, 4], [1, 2], []]);
		expect(none.statistics().dropped).toBe(4);
	});
});

test("who asked for an error gets it after its buffer, at every receive, and is subscribed no more", async () => {
	await virtually(function* () {
		const news = broadcast<number>(1);
		const strict = news.subscribe({ overflow: "error" });
		const other = news.subscribe({ capacity: 9 });
		for (const value of [1, 2, 3]) yield* news.send(value);
		expect(news.statistics().subscribers).toBe(1);
		expect(yield* readAll(strict)).toEqual([1, "LaggedError"]);
		expect(thrownBy(() => strict.tryReceive())).toBeInstanceOf(LaggedError);
		news.close();
		expect(yield* readAll(strict)).toEqual(["LaggedError"]);
		expect(yield* readAll(other)).toEqual([1, 2, 3, "EndOfChannelError"]);
	});
});

test("a subscription that is closed holds nobody up; those who wait in it are told", async () => {
	await virtually(function* () {
		const news = broadcast<number>(1);
		const stuck = news.subscribe();
		const waiting = news.subscribe({ capacity: 9 });
		yield* withTaskGroup(function* (group) {
			const ended = group.spawn(() => readAll(waiting));
			yield* news.send(1);
			const sending = group.spawn(() => news.send(2));
			yield* sleep(1);
			expect(news.statistics().waitingSenders).toBe(1);
			stuck.close();
			stuck.close();
			yield* sending;
			yield* sleep(1);
			waiting.close();
			expect(yield* ended).toEqual([1, 2, "ClosedResourceError"]);
		});
		expect(thrownBy(() => stuck.tryReceive())).toBeInstanceOf(ClosedResourceError);
		expect(news.statistics().subscribers).toBe(0);
	});
});

test("closing ends waiting subscribers and senders, now and later", async () => {
	await virtually(function* () {
		const news = broadcast<number>(0);
		const [a, b] = [news.subscribe(), news.subscribe()];
		const log: unknown[] = [];
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				log.push(yield* readAll(a));
			});
			group.spawn(function* () {
				try {
					yield* news.send(1);
				} catch (error) {
					log.push((error as Error).name);
				}
			});
			yield* sleep(1);
			news.close();
			news.close();
		});
		expect(log).toEqual(["ClosedResourceError", ["EndOfChannelError"]]);
		expect(thrownBy(() => b.tryReceive())).toBeInstanceOf(EndOfChannelError);
		expect(thrownBy(() => news.trySend(1))).toBeInstanceOf(ClosedResourceError);
		expect(yield* readAll(news.subscribe())).toEqual(["EndOfChannelError"]);
	});
});

test("for await ends with the broadcast, and closes the subscription when it is left", async () => {
	const news = broadcast<number>(8);
	const values: number[] = [];
	const whole = news.subscribe();
	const left = news.subscribe({ capacity: 1 });
	news.trySend(1);
	for await (const value of left) {
		values.push(value);
		break;
	}
	expect(news.statistics().subscribers).toBe(1);
	expect([news.trySend(2), news.trySend(3)]).toEqual([true, true]);
	news.close();
	for await (const value of whole) values.push(value);
	expect(values).toEqual([1, 1, 2, 3]);
});

test("handed a value and cancelled in the same tick: it is received; cancelled first: it stays", async () => {
	const received: unknown[] = [];
	await virtually(function* () {
		const news = broadcast<number>(1);
		const subscription = news.subscribe();
		for (const cancelFirst of [false, true])
			yield* withTaskGroup(function* (group) {
				const task = group.spawn(function* () {
					received.push(yield* subscription.receive());
					yield* sleep(1);
					received.push("not cancelled");
				});
				yield* sleep(1);
				if (cancelFirst) task.cancel();
				news.trySend(cancelFirst ? 2 : 1);
				task.cancel();
			});
		expect(drain(subscription)).toEqual([2]);
	});
	expect(received).toEqual([1]);
});

test("sending and receiving can be selected, also two subscriptions without a buffer at once", async () => {
	await virtually(function* () {
		const news = broadcast<string>(0);
		const [a, b] = [news.subscribe(), news.subscribe()];
		const { receiver } = createChannel<number>(0);
		yield* withTaskGroup(function* (group) {
			const chosen = group.spawn(() => select({ n: receiver.receive(), a: a.receive(), b: b.receive() }));
			yield* sleep(1);
			const sent = group.spawn(() => select({ out: news.send("x") }));
			expect(yield* chosen).toEqual({ key: "a", value: "x" });
			expect(yield* sent).toEqual({ key: "out", value: undefined });
			// It left the line of the second one in that moment; that one has the value all the same.
			expect(trySelect({ b: b.receive() })).toEqual({ key: "b", value: "x" });
		});
		expect(yield* moveOnAfter(1, () => select({ a: a.receive(), out: news.send("y") }))).toBeUndefined();
		expect([news.statistics().waitingSenders, a.statistics().waitingReceivers]).toEqual([0, 0]);
	});
});

test("wrong options are named", () => {
	for (const wrong of [-1, 0.5, Number.NaN]) expect(() => broadcast(wrong)).toThrow(RangeError);
	const news = broadcast(1);
	expect(() => news.subscribe({ capacity: -1 })).toThrow(RangeError);
	expect(() => news.subscribe({ overflow: "drop" as never })).toThrow('overflow is "drop"');
	expect(() => broadcast(1, { capacity: 2 } as never)).toThrow("unknown option");
});

test("100,000 subscribers wait for one value", async () => {
	await virtually(function* () {
		const news = broadcast<number>(0);
		let count = 0;
		yield* withTaskGroup(function* (group) {
			for (let i = 0; i < 100_000; i++)
				group.spawn(function* () {
					yield* news.subscribe().receive();
					count++;
				});
			yield* sleep(1);
			yield* news.send(1);
		});
		expect(count).toBe(100_000);
	});
});

test("whatever is cancelled: each that waits for room has a gapless piece of what was sent", async () => {
	const act = fc.record({
		kind: fc.constantFrom("send", "receive", "subscribe", "close"),
		at: fc.nat(6),
		limit: fc.nat(4),
		which: fc.nat(3),
	});
	await fc.assert(
		fc.asyncProperty(fc.nat(2), fc.array(act, { maxLength: 25 }), async (capacity, acts) => {
			const sent: number[] = [];
			const got: { from: number; values: number[] }[] = [];
			await virtually(function* () {
				const news: Broadcast<number> = broadcast(capacity);
				// Of two that receive from one subscription the second may go on before the first, which was woken with an earlier value.
				const open: { subscription: Subscription<number>; values: number[]; closed: boolean; busy: boolean }[] = [];
				const subscribe = (): void => {
					const values: number[] = [];
					open.push({ subscription: news.subscribe(), values, closed: false, busy: false });
					got.push({ from: news.statistics().sent, values });
				};
				subscribe();
				yield* withTaskGroup(function* (group) {
					for (const [index, { kind, at, limit, which }] of acts.entries())
						group.spawn(function* () {
							yield* sleep(at);
							const reader = open[which % open.length] as (typeof open)[number];
							if (kind === "subscribe") subscribe();
							else if (kind === "send")
								yield* moveOnAfter(limit, function* () {
									const before = news.statistics().sent;
									yield* news.send(index);
									expect(news.statistics().sent).toBeGreaterThan(before);
								});
							else if (kind === "close") {
								reader.subscription.close();
								reader.closed = true;
							} else if (!reader.closed && !reader.busy)
								yield* moveOnAfter(limit, function* () {
									reader.busy = true;
									try {
										reader.values.push(yield* reader.subscription.receive());
									} catch (error) {
										if (!(error instanceof ClosedResourceError)) throw error;
									} finally {
										reader.busy = false;
									}
								});
						});
					// The reference: never held up, and it holds nobody up.
					const reference = news.subscribe({ capacity: Number.POSITIVE_INFINITY });
					yield* sleep(20);
					sent.push(...drain(reference));
				});
				expect(news.statistics()).toMatchObject({ waitingSenders: 0, sent: sent.length });
				for (const { subscription, values, closed } of open) if (!closed) values.push(...drain(subscription));
			});
			for (const { from, values } of got) expect(values).toEqual(sent.slice(from, from + values.length));
		}),
		{ numRuns: 200 },
	);
});
