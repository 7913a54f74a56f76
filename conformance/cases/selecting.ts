import {
	broadcast,
	createChannel,
	EndOfChannelError,
	interval,
	LaggedError,
	moveOnAfter,
	now,
	select,
	sleep,
	trySelect,
	withTaskGroup,
} from "holdfast";
import { equal, fail, instance, test, thrown } from "../harness.ts";

test("HF-SEL-01", "of several operations that are ready the first listed is done, and no other", async () => {
	const a = createChannel<string>(1);
	const b = createChannel<string>(1);
	a.sender.trySend("a");
	b.sender.trySend("b");
	equal(await select({ b: b.receiver.receive(), a: a.receiver.receive() }), { key: "b", value: "b" });
	equal(await select([b.receiver.receive(), a.receiver.receive()]), { key: 1, value: "a" });
	equal(trySelect([b.receiver.receive(), a.receiver.receive()]), undefined);
});

test(
	"HF-SEL-02",
	"a select that waits takes the first value that comes; the other lines are left in that moment",
	async () => {
		const a = createChannel<string>(0);
		const b = createChannel<string>(0);
		await withTaskGroup(async (group) => {
			const chosen = group.spawn(() => select({ a: a.receiver.receive(), b: b.receiver.receive() }));
			await sleep(1);
			equal([b.sender.trySend("first"), a.sender.trySend("second")], [true, false]);
			equal(await chosen, { key: "b", value: "first" });
		});
	},
);

test(
	"HF-SEL-03",
	"chosen and cancelled in the same tick: the result is given; cancelled first: nothing is done",
	async () => {
		const { sender, receiver } = createChannel<number>(1);
		const log: unknown[] = [];
		for (const cancelFirst of [false, true])
			await withTaskGroup(async (group) => {
				const task = group.spawn(async () => {
					log.push((await select({ it: receiver.receive() })).value);
					await sleep(1);
					log.push("not cancelled");
				});
				await sleep(1);
				if (cancelFirst) task.cancel();
				sender.trySend(cancelFirst ? 2 : 1);
				task.cancel();
			});
		equal(log, [1]);
		equal(receiver.tryReceive(), { value: 2 });
	},
);

test("HF-SEL-04", "an end that is closed is ready, and throws what the operation throws alone", async () => {
	const { sender, receiver } = createChannel<number>(0);
	const idle = createChannel<number>(0);
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			await sleep(1);
			sender.close();
		});
		instance(await thrown(() => select([idle.receiver.receive(), receiver.receive()])), EndOfChannelError);
	});
	equal(idle.sender.statistics().waitingReceivers, 0);
});

test("HF-SEL-05", "a time limit is a scope around it", async () => {
	const { receiver } = createChannel<number>(0);
	equal(await moveOnAfter(5, () => select([receiver.receive()])), undefined);
	equal(now(), 5);
});

test("HF-BRC-01", "every subscriber gets every value since it subscribed, and the end", async () => {
	const news = broadcast<number>(4);
	await news.send(0);
	const logs: number[][] = [[], []];
	const listen = async (log: number[] | undefined): Promise<void> => {
		for await (const value of news.subscribe()) log?.push(value);
		log?.push(-1);
	};
	await withTaskGroup(async (group) => {
		group.spawn(listen, logs[0]);
		await sleep(1);
		await news.send(1);
		group.spawn(listen, logs[1]);
		await sleep(1);
		await news.send(2);
		news.close();
	});
	equal(logs, [
		[1, 2, -1],
		[2, -1],
	]);
});

test("HF-BRC-02", "a sender waits for the slowest; cancelled, it has sent to nobody", async () => {
	const news = broadcast<number>(1);
	const slow = news.subscribe();
	const fast = news.subscribe({ capacity: 10 });
	await news.send(1);
	equal(await moveOnAfter(5, () => news.send(2)), undefined);
	equal([fast.statistics().buffered, slow.tryReceive()], [1, { value: 1 }]);
	await news.send(3);
	equal([fast.tryReceive(), fast.tryReceive()], [{ value: 1 }, { value: 3 }]);
});

test(
	"HF-BRC-03",
	"leaving the loop, also by cancellation, closes the subscription: nobody waits for it any more",
	async () => {
		const news = broadcast<number>(1);
		await withTaskGroup(async (group) => {
			const task = group.spawn(async () => {
				for await (const value of news.subscribe()) fail(`a value: ${value}`);
			});
			await sleep(1);
			equal(news.statistics().subscribers, 1);
			task.cancel();
		});
		equal(news.statistics().subscribers, 0);
		await news.send(1);
		await news.send(2);
	},
	{ compiledOnly: "a loop written by hand has to close the subscription itself" },
);

test("HF-BRC-04", "a subscriber that is too slow loses what its policy says", async () => {
	const news = broadcast<number>(1);
	const latest = news.subscribe({ overflow: "drop-oldest" });
	const first = news.subscribe({ overflow: "drop-newest" });
	const strict = news.subscribe({ overflow: "error" });
	for (const value of [1, 2, 3]) await news.send(value);
	equal([latest.tryReceive(), first.tryReceive(), strict.tryReceive()], [{ value: 3 }, { value: 1 }, { value: 1 }]);
	instance(await thrown(() => strict.receive()), LaggedError);
});

test("HF-INT-01", "ticks do not drift, and those that were missed come as one", async () => {
	const seen: [number, number][] = [];
	for await (const tick of interval(10)) {
		seen.push([tick, now()]);
		if (tick === 4) break;
		await sleep(tick === 0 ? 25 : 7);
	}
	equal(seen, [
		[0, 10],
		[2, 35],
		[3, 42],
		[4, 50],
	]);
});

test("HF-INT-02", "a cancellation ends the loop", async () => {
	let ticks = 0;
	await moveOnAfter(35, async () => {
		for await (const _ of interval(10)) ticks++;
		fail("the loop went on");
	});
	equal([ticks, now()], [3, 35]);
});
