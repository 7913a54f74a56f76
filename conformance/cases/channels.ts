import {
	BrokenResourceError,
	type CancelScope,
	ClosedResourceError,
	type Coroutine,
	checkpoint,
	createChannel,
	EndOfChannelError,
	sleep,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { equal, instance, ok, test, thrown, thrownBy } from "../harness.ts";

/** Lets all tasks run until they wait. */
const settle = (): Coroutine<void> => sleep(1);

test("CHN-01", "a capacity is a whole number from 0, or Infinity; a full channel refuses trySend", async () => {
	for (const wrong of [-1, 1.5, Number.NaN]) {
		instance(
			thrownBy(() => createChannel(wrong)),
			RangeError,
		);
	}
	const { sender, receiver } = createChannel<number>(2);
	equal([sender.trySend(1), sender.trySend(2), sender.trySend(3)], [true, true, false]);
	equal([receiver.tryReceive(), receiver.tryReceive(), receiver.tryReceive()], [{ value: 1 }, { value: 2 }, undefined]);
});

test("CHN-02", "the sender closes with a value in the buffer: it is received, then the channel ends", async () => {
	const { sender, receiver } = createChannel<number>(2);
	await sender.send(1);
	sender.close();
	sender.close();
	equal(await receiver.receive(), 1);
	for (let i = 0; i < 2; i++) instance(await thrown(() => receiver.receive()), EndOfChannelError);
	instance(await thrown(() => sender.send(2)), ClosedResourceError);
	instance(
		thrownBy(() => sender.trySend(2)),
		ClosedResourceError,
	);
	instance(
		thrownBy(() => sender.clone()),
		ClosedResourceError,
	);
	receiver.close();
	receiver.close();
	instance(await thrown(() => receiver.receive()), ClosedResourceError);
	instance(
		thrownBy(() => receiver.clone()),
		ClosedResourceError,
	);
});

test("CHN-04", "ten producers with a clone each: a consumer gets all values and then the end", async () => {
	for (const capacity of [0, 1, 100]) {
		const { sender, receiver } = createChannel<number>(capacity);
		const values: number[] = [];
		await withTaskGroup(async (group) => {
			for (let i = 0; i < 10; i++) {
				const clone = sender.clone();
				group.spawn(async () => {
					using mine = clone;
					for (let j = 0; j < 3; j++) await mine.send(3 * i + j);
				});
			}
			sender.close();
			for await (const value of receiver) values.push(value);
		});
		equal(
			values.sort((a, b) => a - b),
			Array.from({ length: 30 }, (_, i) => i),
		);
	}
});

test("CHN-05", "of five consumers and ten values each gets some", async () => {
	const { sender, receiver } = createChannel<number>(0);
	const counts = [0, 0, 0, 0, 0];
	await withTaskGroup(async (group) => {
		for (const index of counts.keys()) {
			const clone = receiver.clone();
			group.spawn(async () => {
				for await (const _ of clone) counts[index] = (counts[index] ?? 0) + 1;
			});
		}
		receiver.close();
		for (let i = 0; i < 10; i++) await sender.send(i);
		sender.close();
	});
	equal(
		counts.reduce((sum, it) => sum + it),
		10,
	);
	ok(Math.min(...counts) >= 1, `each got some: ${counts}`);
});

test(
	"CHN-06",
	"closing an end: its own pending operation is closed, the other side's is broken or at the end",
	async () => {
		const log: string[] = [];
		const note = async (name: string, wait: () => Coroutine<unknown>): Promise<void> => {
			log.push(`${name}: ${((await thrown(wait)) as Error).name}`);
		};
		for (const closed of ["sender", "receiver"] as const) {
			for (const pending of ["send", "receive"] as const) {
				const { sender, receiver } = createChannel<number>(0);
				await withTaskGroup(async (group) => {
					group.spawn(() =>
						note(`${closed} closed, pending ${pending}`, () =>
							pending === "send" ? sender.send(1) : receiver.receive(),
						),
					);
					await settle();
					if (closed === "sender") sender.close();
					else receiver.close();
				});
				if (closed === "sender") instance(await thrown(() => receiver.receive()), EndOfChannelError);
				else instance(await thrown(() => sender.send(1)), BrokenResourceError);
				if (closed === "receiver") {
					instance(
						thrownBy(() => sender.trySend(1)),
						BrokenResourceError,
					);
				}
			}
		}
		equal(log, [
			"sender closed, pending send: ClosedResourceError",
			"sender closed, pending receive: EndOfChannelError",
			"receiver closed, pending send: BrokenResourceError",
			"receiver closed, pending receive: ClosedResourceError",
		]);
	},
);

test("CHN-08", "closing one clone wakes only those who wait on it", async () => {
	const log: string[] = [];
	const { sender, receiver } = createChannel<number>(0);
	const otherSender = sender.clone();
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			instance(await thrown(() => sender.send(1)), ClosedResourceError);
			log.push("closed sender");
		});
		group.spawn(async () => {
			await otherSender.send(2);
			log.push("other sender");
		});
		await settle();
		sender.close();
		await settle();
		equal(log, ["closed sender"]);
		equal(await receiver.receive(), 2);
	});
	const otherReceiver = receiver.clone();
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			instance(await thrown(() => receiver.receive()), ClosedResourceError);
			log.push("closed receiver");
		});
		group.spawn(async () => {
			log.push(`other receiver: ${await otherReceiver.receive()}`);
		});
		await settle();
		receiver.close();
		await settle();
		await otherSender.send(3);
	});
	equal(log, ["closed sender", "other sender", "closed receiver", "other receiver: 3"]);
});

test("CHN-09", "an unlimited channel never refuses; statistics count what is buffered and who waits", async () => {
	const { sender, receiver } = createChannel<number>(Number.POSITIVE_INFINITY);
	for (let i = 0; i < 1000; i++) equal(sender.trySend(i), true);
	equal(sender.statistics().buffered, 1000);
	equal(receiver.statistics().capacity, Number.POSITIVE_INFINITY);
	for (let i = 0; i < 1000; i++) equal(receiver.tryReceive(), { value: i });
	equal(receiver.statistics().buffered, 0);
	const clone = sender.clone();
	equal([sender.statistics().senders, sender.statistics().receivers], [2, 1]);
	clone.close();
	equal(sender.statistics().senders, 1);
});

test("CHN-10", "a waiting receiver owns the next value, a waiting sender the next place", async () => {
	const log: string[] = [];
	const { sender, receiver } = createChannel<number>(1);
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			log.push(`received ${await receiver.receive()}`);
		});
		await settle();
		sender.trySend(1);
		equal(receiver.tryReceive(), undefined, "the value belongs to the one who waits");
		await settle();
		sender.trySend(2);
		group.spawn(async () => {
			await sender.send(3);
			log.push("sent 3");
		});
		await settle();
		equal(receiver.tryReceive(), { value: 2 });
		equal(sender.trySend(4), false, "the place belongs to the one who waits");
		await settle();
		equal(receiver.tryReceive(), { value: 3 });
	});
	equal(log, ["received 1", "sent 3"]);
});

test("CHN-12", "receive and send in a cancelled scope take and give nothing", async () => {
	const { sender, receiver } = createChannel<number>(2);
	sender.trySend(1);
	await withCancelScope(async (scope) => {
		scope.cancel();
		await receiver.receive();
	});
	await withCancelScope(async (scope) => {
		scope.cancel();
		await sender.send(2);
	});
	equal([receiver.tryReceive(), receiver.tryReceive()], [{ value: 1 }, undefined]);
});

test("CHN-13", "handed a value and then cancelled: it is received", async () => {
	const { sender, receiver } = createChannel<number>(0);
	const values: number[] = [];
	await withTaskGroup(async (group) => {
		let scope: CancelScope | undefined;
		group.spawn(() =>
			withCancelScope(async (it) => {
				scope = it;
				values.push(await receiver.receive());
				await checkpoint();
				values.push(-1);
			}),
		);
		await settle();
		equal(sender.trySend(1), true);
		scope?.cancel();
	});
	equal(values, [1]);
});

test("CHN-14", "cancelled first: a value that is sent then stays in the buffer", async () => {
	const { sender, receiver } = createChannel<number>(1);
	await withTaskGroup(async (group) => {
		let scope: CancelScope | undefined;
		group.spawn(() =>
			withCancelScope(async (it) => {
				scope = it;
				await receiver.receive();
			}),
		);
		await settle();
		scope?.cancel();
		equal(sender.trySend(1), true);
	});
	equal(receiver.tryReceive(), { value: 1 });
});

test("CHN-18", "readers that are cancelled around a send drop nothing and keep the order", async () => {
	const { sender, receiver } = createChannel<number>(10);
	const values: number[] = [];
	await withTaskGroup(async (group) => {
		const scopes: CancelScope[] = [];
		for (let i = 0; i < 5; i++) {
			group.spawn(() =>
				withCancelScope(async (scope) => {
					scopes.push(scope);
					values.push(await receiver.receive());
				}),
			);
		}
		await settle();
		for (let i = 1; i <= 3; i++) sender.trySend(i);
		for (const scope of scopes) scope.cancel();
		for (let i = 4; i <= 5; i++) sender.trySend(i);
	});
	sender.close();
	for await (const value of receiver) values.push(value);
	equal(values, [1, 2, 3, 4, 5]);
});

test("HF-CHN-01", "a rendezvous channel: send ends when the value was taken", async () => {
	const log: string[] = [];
	const { sender, receiver } = createChannel<number>(0);
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			await sender.send(1);
			log.push("sent");
		});
		await settle();
		log.push("before");
		equal(await receiver.receive(), 1);
		await settle();
	});
	equal(log, ["before", "sent"]);
});

test("HF-CHN-02", "the last receiver goes: what is in the buffer is dropped and senders are told", async () => {
	const { sender, receiver } = createChannel<number>(2);
	sender.trySend(1);
	receiver.close();
	equal(sender.statistics().buffered, 0);
	instance(await thrown(() => sender.send(2)), BrokenResourceError);
});

test("HF-CHN-03", "a sender that is cancelled while it waits sends nothing, and the next takes its place", async () => {
	const { sender, receiver } = createChannel<number>(0);
	await withTaskGroup(async (group) => {
		let scope: CancelScope | undefined;
		group.spawn(() =>
			withCancelScope(async (it) => {
				scope = it;
				await sender.send(1);
			}),
		);
		await settle();
		group.spawn(() => sender.send(2));
		await settle();
		scope?.cancel();
		equal(await receiver.receive(), 2);
		equal(sender.statistics().buffered, 0);
	});
});

test("HF-CHN-04", "leaving a for await over a receiver leaves the receiver open", async () => {
	const { sender, receiver } = createChannel<number>(5);
	for (let i = 0; i < 4; i++) sender.trySend(i);
	const values: number[] = [];
	for await (const value of receiver) {
		values.push(value);
		if (value === 1) break;
	}
	values.push(await receiver.receive());
	equal(values, [0, 1, 2]);
});
