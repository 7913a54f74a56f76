import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { quietly, rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { createChannel } from "./channel.ts";
import {
	BrokenResourceError,
	ClosedResourceError,
	CoroutineReusedError,
	EndOfChannelError,
	MisuseError,
} from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import type { Report } from "./runner.ts";
import { moveOnAfter, withCancelScope } from "./scopes.ts";
import { select, trySelect } from "./select.ts";
import { sleep } from "./sleep.ts";

test("of several that are ready the first listed is done, and the others are left as they were", async () => {
	await virtually(function* () {
		const a = createChannel<string>(2);
		const b = createChannel<string>(2);
		const out = createChannel<number>(1);
		for (const value of ["1", "2"]) {
			a.sender.trySend(`a${value}`);
			b.sender.trySend(`b${value}`);
		}
		const choose = () => select({ b: b.receiver.receive(), a: a.receiver.receive(), out: out.sender.send(7) });
		expect(yield* choose()).toEqual({ key: "b", value: "b1" });
		expect(yield* choose()).toEqual({ key: "b", value: "b2" });
		expect(yield* choose()).toEqual({ key: "a", value: "a1" });
		expect(a.receiver.tryReceive()).toEqual({ value: "a2" });
		expect(out.receiver.statistics().buffered).toBe(0);
		expect(yield* choose()).toEqual({ key: "out", value: undefined });
		expect(out.receiver.tryReceive()).toEqual({ value: 7 });
	});
});

test("waiting, what comes first wins, and all other lines are left", async () => {
	await virtually(function* () {
		const a = createChannel<string>(0);
		const b = createChannel<string>(0);
		const out = createChannel<number>(0);
		yield* withTaskGroup(function* (group) {
			const choice = () => select([a.receiver.receive(), b.receiver.receive(), out.sender.send(7)]);
			const first = group.spawn(choice);
			yield* sleep(1);
			expect([a, b, out].map((it) => it.sender.statistics())).toMatchObject([
				{ waitingReceivers: 1 },
				{ waitingReceivers: 1 },
				{ waitingSenders: 1 },
			]);
			expect(b.sender.trySend("for b")).toBe(true);
			// What is sent in the same tick finds nobody.
			expect([a.sender.trySend("too late"), out.receiver.tryReceive()]).toEqual([false, undefined]);
			expect(yield* first).toEqual({ key: 1, value: "for b" });
			const second = group.spawn(choice);
			yield* sleep(1);
			expect(out.receiver.tryReceive()).toEqual({ value: 7 });
			expect(yield* second).toEqual({ key: 2, value: undefined });
			expect([a, b, out].map((it) => it.sender.statistics())).toMatchObject([
				{ waitingReceivers: 0 },
				{ waitingReceivers: 0 },
				{ waitingSenders: 0 },
			]);
		});
	});
});

test("two selects meet; one alone never meets itself", async () => {
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(0);
		const meet = (value: number) => select({ sent: sender.send(value), received: receiver.receive() });
		expect(yield* moveOnAfter(5, () => meet(1))).toBeUndefined();
		const results = yield* withTaskGroup(function* (group) {
			const tasks = [group.spawn(meet, 1), group.spawn(meet, 2)] as const;
			return [yield* tasks[0], yield* tasks[1]];
		});
		expect(results).toEqual([
			{ key: "received", value: 2 },
			{ key: "sent", value: undefined },
		]);
		expect(sender.statistics()).toMatchObject({ waitingSenders: 0, waitingReceivers: 0 });
	});
});

test("in line it is first come, first served, select or not", async () => {
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(0);
		const other = createChannel<number>(0);
		const log: unknown[] = [];
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				log.push(yield* receiver.receive());
			});
			group.spawn(function* () {
				log.push(yield* select([other.receiver.receive(), receiver.receive()]));
			});
			group.spawn(function* () {
				log.push(yield* receiver.receive());
			});
			yield* sleep(1);
			for (const value of [1, 2, 3]) yield* sender.send(value);
		});
		expect(log).toEqual([1, { key: 1, value: 2 }, 3]);
	});
});

test("chosen and cancelled in the same tick: it has its result; cancelled first: nothing is done", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(1);
		const out = createChannel<number>(0);
		for (const cancelFirst of [false, true])
			yield* withTaskGroup(function* (group) {
				const task = group.spawn(function* () {
					log.push(yield* select({ in: receiver.receive(), out: out.sender.send(0) }));
					yield* sleep(1);
					log.push("not cancelled");
				});
				yield* sleep(1);
				if (cancelFirst) task.cancel();
				expect(sender.trySend(cancelFirst ? 2 : 1)).toBe(true);
				task.cancel();
			});
		expect(receiver.tryReceive()).toEqual({ value: 2 });
		expect(out.receiver.tryReceive()).toBeUndefined();
		expect(sender.statistics()).toMatchObject({ waitingReceivers: 0 });
		expect(out.sender.statistics()).toMatchObject({ waitingSenders: 0 });
	});
	expect(log).toEqual([{ key: "in", value: 1 }]);
});

test("in a cancelled scope nothing is done, although something is ready", async () => {
	await virtually(function* () {
		const { sender, receiver } = createChannel<number>(1);
		sender.trySend(1);
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			yield* select({ a: receiver.receive() });
			expect.unreachable();
		});
		expect(receiver.tryReceive()).toEqual({ value: 1 });
	});
});

test("an operation that would throw is ready: its error is thrown at its place in the list", async () => {
	await virtually(function* () {
		const ended = createChannel<number>(1);
		const ready = createChannel<number>(1);
		const broken = createChannel<number>(1);
		ended.sender.close();
		broken.receiver.close();
		ready.sender.trySend(1);
		expect(yield* select([ready.receiver.receive(), ended.receiver.receive()])).toEqual({ key: 0, value: 1 });
		for (const [operations, type] of [
			[() => [ended.receiver.receive(), ready.receiver.receive()], EndOfChannelError],
			[() => [ready.receiver.receive(), broken.sender.send(1)], BrokenResourceError],
			[() => [ready.receiver.receive(), ended.sender.send(1)], ClosedResourceError],
			[() => [ready.receiver.receive(), broken.receiver.receive()], ClosedResourceError],
		] as const) {
			expect(thrownBy(() => trySelect(operations()))).toBeInstanceOf(type);
			let error: unknown;
			try {
				yield* select(operations());
			} catch (thrown) {
				error = thrown;
			}
			expect(error).toBeInstanceOf(type);
		}
	});
});

test("ends that are closed meanwhile: the error reaches the select, also one that stands in a line twice", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		for (const act of ["sender", "receiver"] as const)
			for (const count of [1, 2]) {
				const { sender, receiver } = createChannel<number>(0);
				const idle = createChannel<number>(0);
				yield* withTaskGroup(function* (group) {
					const waits = (operation: () => PromiseLike<unknown>) =>
						group.spawn(function* () {
							try {
								yield* select([idle.receiver.receive(), ...Array.from({ length: count }, operation)]);
							} catch (error) {
								log.push((error as Error).name);
							}
						});
					waits(() => receiver.receive());
					yield* sleep(1);
					(act === "sender" ? sender : receiver).close();
					yield* sleep(1);
					expect(idle.sender.statistics().waitingReceivers).toBe(0);
				});
			}
	});
	expect(log).toEqual(["EndOfChannelError", "EndOfChannelError", "ClosedResourceError", "ClosedResourceError"]);
});

test("the iterator's next hears of the end as a value", async () => {
	await virtually(function* () {
		const a = createChannel<number>(1);
		const b = createChannel<number>(1);
		a.sender.trySend(1);
		a.sender.close();
		const log: unknown[] = [];
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* sleep(5);
				b.sender.trySend(2);
				b.sender.close();
			});
			const open = new Map([a, b].map(({ receiver }, index) => [index, receiver[Symbol.asyncIterator]()]));
			while (open.size > 0) {
				const keys = [...open.keys()];
				const { key, value } = yield* select([...open.values()].map((it) => it.next()));
				if (value.done) open.delete(keys[key] as number);
				else log.push(value.value);
			}
		});
		expect(log).toEqual([1, 2]);
	});
});

test("trySelect never waits and gives undefined when nothing is ready", () => {
	const a = createChannel<number>(1);
	const b = createChannel<number>(0);
	const attempt = () => trySelect({ b: b.sender.send(1), a: a.receiver.receive() });
	expect(attempt()).toBeUndefined();
	a.sender.trySend(5);
	expect(attempt()).toEqual({ key: "a", value: 5 });
});

test("wrong arguments are named", async () => {
	const { receiver } = createChannel<number>(1);
	expect(thrownBy(() => select({}))).toBeInstanceOf(MisuseError);
	expect(String(thrownBy(() => select({ job: Promise.resolve(1) })))).toContain('"job" is a Promise');
	expect(String(thrownBy(() => select([sleep(5)])))).toContain("moveOnAfter");
	expect(thrownBy(() => select(null as never))).toBeInstanceOf(TypeError);
	expect(thrownBy(() => select(receiver.receive() as never))).toBeInstanceOf(TypeError);
	const once = receiver.receive();
	select([once]);
	expect(thrownBy(() => select([once]))).toBeInstanceOf(CoroutineReusedError);
	expect(await rejectionOf(once)).toBeInstanceOf(CoroutineReusedError);
});

test("operations that were not chosen are not reported as never awaited", async () => {
	const reports: Report[] = [];
	await virtually(
		function* () {
			const { sender, receiver } = createChannel<number>(1);
			yield* select([sender.send(1), receiver.receive()]);
			trySelect([receiver.receive(), receiver.receive()]);
			yield* moveOnAfter(1, () => select([receiver.receive(), receiver.receive()]));
		},
		{ onReport: (report) => reports.push(report) },
	);
	expect(reports).toEqual([]);
});

test("native code awaits it like a promise", async () => {
	const { sender, receiver } = createChannel<number>(1);
	sender.trySend(1);
	expect(await select({ a: receiver.receive() })).toEqual({ key: "a", value: 1 });
});

test("operations of another copy of the library can be chosen", async () => {
	vi.resetModules();
	const other = await import("./index.ts");
	expect(other.select).not.toBe(select);
	await virtually(function* () {
		const theirs = other.createChannel<number>(0);
		const ours = createChannel<number>(0);
		yield* withTaskGroup(function* (group) {
			const choose = () => select([ours.receiver.receive(), theirs.receiver.receive()]);
			const chosen = group.spawn(choose);
			yield* sleep(1);
			expect(theirs.sender.trySend(1)).toBe(true);
			expect(yield* chosen).toEqual({ key: 1, value: 1 });
			expect(ours.sender.trySend(2)).toBe(false);
			expect(yield* moveOnAfter(1, choose)).toBeUndefined();
		});
	});
});

test("100,000 selects wait in the same two lines", async () => {
	await virtually(function* () {
		const a = createChannel<number>(0);
		const b = createChannel<number>(0);
		let sum = 0;
		const count = 100_000;
		yield* withTaskGroup(function* (group) {
			for (let i = 0; i < count; i++)
				group.spawn(function* () {
					const { value } = yield* select([a.receiver.receive(), b.receiver.receive()]);
					sum += value;
				});
			yield* sleep(1);
			for (let i = 0; i < count; i++) yield* (i % 2 === 0 ? a : b).sender.send(1);
		});
		expect(sum).toBe(count);
		expect(a.sender.statistics().waitingReceivers).toBe(0);
	});
});

test("nothing is lost and nothing doubled, whatever is selected and cancelled when", async () => {
	const step = fc.record({
		sends: fc.array(fc.nat(2), { maxLength: 2 }),
		receives: fc.array(fc.nat(2), { maxLength: 3 }),
		pause: fc.nat(3),
		limit: fc.nat(6),
	});
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }),
			fc.array(step, { maxLength: 12 }),
			async (capacities, steps) => {
				const sent: string[] = [];
				const received: string[] = [];
				await virtually(function* () {
					const channels = capacities.map((capacity) => createChannel<string>(capacity));
					yield* withTaskGroup(function* (group) {
						for (const [index, { sends, receives, pause, limit }] of steps.entries())
							group.spawn(function* () {
								yield* sleep(pause);
								const values = sends.map((channel, place) => `${index}.${place} on ${channel}`);
								const at = (channel: number) => channels[channel] as (typeof channels)[number];
								const operations = [
									...sends.map((channel, place) => at(channel).sender.send(values[place] as string)),
									...receives.map((channel) => at(channel).receiver.receive()),
								];
								if (operations.length === 0) return;
								yield* moveOnAfter(limit, function* () {
									const won = yield* select(operations);
									if (won.key < sends.length) sent.push(values[won.key] as string);
									else received.push(won.value as string);
								});
							});
					});
					for (const { receiver } of channels) {
						const { waitingSenders, waitingReceivers } = receiver.statistics();
						expect([waitingSenders, waitingReceivers]).toEqual([0, 0]);
						for (let box = receiver.tryReceive(); box !== undefined; box = receiver.tryReceive())
							received.push(box.value);
					}
				}, quietly);
				expect(received.sort()).toEqual(sent.sort());
			},
		),
		{ numRuns: 200 },
	);
});
