import {
	type CancelScope,
	CapacityLimiter,
	type Coroutine,
	checkpoint,
	createChannel,
	Event,
	Lock,
	Queue,
	ReadWriteLock,
	Semaphore,
	sleep,
	type Task,
	type TaskGroup,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { equal, test } from "../harness.ts";

/** What all primitives that admit one task at a time have in common. */
interface Exclusive {
	acquire(): Coroutine<unknown>;
	release(): void;
}

/** A lock made of a channel: who holds the token is in. */
function channelLock(): Exclusive {
	const { sender, receiver } = createChannel<true>(1);
	sender.trySend(true);
	return {
		acquire: () => receiver.receive(),
		release: () => {
			sender.trySend(true);
		},
	};
}

/** The same with a queue. */
function queueLock(): Exclusive {
	const queue = new Queue<true>(1);
	queue.tryPut(true);
	return {
		acquire: () => queue.get(),
		release: () => {
			queue.tryPut(true);
		},
	};
}

const exclusives: Record<string, () => Exclusive> = {
	lock: () => new Lock(),
	semaphore: () => new Semaphore(1),
	limiter: () => new CapacityLimiter(1),
	channel: channelLock,
	queue: queueLock,
	"write lock": () => new ReadWriteLock().write,
};

/** Lets all tasks run until they wait. */
const settle = (): Coroutine<void> => sleep(1);

test("SYN-01", "Event: set wakes all who wait, and stays set", async () => {
	const event = new Event();
	let woken = 0;
	await withTaskGroup(async (group) => {
		for (let i = 0; i < 3; i++) {
			group.spawn(async () => {
				await event.wait();
				woken++;
			});
		}
		await settle();
		equal([event.isSet, event.statistics().waiting, woken], [false, 3, 0]);
		event.set();
		event.set();
		equal([event.isSet, event.statistics().waiting], [true, 0]);
		await settle();
		equal(woken, 3);
	});
	await event.wait();
});

test("SYN-02", "cancelled first, a waiter is not woken by a set in the same step; set first, it is", async () => {
	for (const cancelFirst of [true, false]) {
		const event = new Event();
		let woken = false;
		await withTaskGroup(async (group) => {
			let scope: CancelScope | undefined;
			group.spawn(() =>
				withCancelScope(async (it) => {
					scope = it;
					await event.wait();
					woken = true;
				}),
			);
			await settle();
			if (cancelFirst) scope?.cancel();
			event.set();
			if (!cancelFirst) scope?.cancel();
		});
		equal(woken, !cancelFirst);
	}
});

for (const [kind, make] of Object.entries(exclusives)) {
	test("SYN-04", `${kind}: one holder at a time`, async () => {
		const exclusive = make();
		let inside = 0;
		let rounds = 0;
		await withTaskGroup(async (group) => {
			for (let worker = 0; worker < 5; worker++) {
				group.spawn(async () => {
					for (let round = 0; round < 10; round++) {
						await exclusive.acquire();
						inside++;
						equal(inside, 1);
						await checkpoint();
						await checkpoint();
						equal(inside, 1);
						inside--;
						rounds++;
						exclusive.release();
					}
				});
			}
		});
		equal(rounds, 50);
	});

	test("SYN-05", `${kind}: first come, first served, round after round`, async () => {
		const exclusive = make();
		const order: string[] = [];
		await withTaskGroup(async (group) => {
			for (const name of ["a", "b", "c"]) {
				group.spawn(async () => {
					for (let round = 0; round < 5; round++) {
						await exclusive.acquire();
						order.push(name);
						await checkpoint();
						exclusive.release();
					}
				});
			}
		});
		equal(order.join(""), "abc".repeat(5));
	});
}

test("SYN-06", "what tryAcquire has taken keeps others out until it is released", async () => {
	for (const exclusive of [new Lock(), new Semaphore(1), new CapacityLimiter(1)]) {
		let entered = false;
		await withTaskGroup(async (group) => {
			equal(exclusive.tryAcquire(), true);
			group.spawn(async () => {
				equal(exclusive.tryAcquire(), false);
				await exclusive.acquire();
				entered = true;
				exclusive.release();
			});
			await settle();
			equal(entered, false);
			exclusive.release();
			await settle();
			equal(entered, true);
		});
	}
});

/** A task that acquires in a scope of its own, which can be cancelled from outside. */
function contender(
	group: TaskGroup,
	exclusive: Exclusive,
	name: string,
	log: string[],
): { scope(): CancelScope | undefined } {
	let scope: CancelScope | undefined;
	group.spawnWith({ name }, async () => {
		await withCancelScope(async (it) => {
			scope = it;
			await exclusive.acquire();
			try {
				log.push(`${name} has it`);
				await checkpoint();
				log.push(`${name} goes on`);
			} finally {
				exclusive.release();
			}
		});
	});
	return { scope: () => scope };
}

test(
	"SYN-08",
	"cancelled while it waits for a lock: not acquired, whether the release comes before or after the delivery",
	async () => {
		for (const releaseAtOnce of [true, false]) {
			const lock = new Lock();
			const log: string[] = [];
			await withTaskGroup(async (group) => {
				await lock.acquire();
				const waiter = contender(group, lock, "waiter", log);
				await settle();
				waiter.scope()?.cancel();
				if (!releaseAtOnce) await settle();
				lock.release();
				await settle();
			});
			equal(log, []);
			equal(lock.locked, false);
		}
	},
);

test("SYN-09", "handed the lock and cancelled at once: it has the lock, and gives it back", async () => {
	for (const [kind, make] of Object.entries(exclusives)) {
		const exclusive = make();
		const log: string[] = [];
		await withTaskGroup(async (group) => {
			await exclusive.acquire();
			const waiter = contender(group, exclusive, "waiter", log);
			await settle();
			exclusive.release();
			waiter.scope()?.cancel();
			await settle();
			await exclusive.acquire();
			exclusive.release();
		});
		equal(log, ["waiter has it"], kind);
	}
});

test("SYN-10", "released while the first waiter is cancelled: the second gets it", async () => {
	for (const [kind, make] of Object.entries(exclusives)) {
		const exclusive = make();
		const log: string[] = [];
		await withTaskGroup(async (group) => {
			await exclusive.acquire();
			const first = contender(group, exclusive, "first", log);
			await settle();
			contender(group, exclusive, "second", log);
			await settle();
			first.scope()?.cancel();
			exclusive.release();
			await settle();
		});
		equal(log, ["second has it", "second goes on"], kind);
	}
});

test("SYN-13", "cancelled heads of the queue are skipped", async () => {
	for (const [kind, make] of Object.entries(exclusives)) {
		const exclusive = make();
		const log: string[] = [];
		await withTaskGroup(async (group) => {
			await exclusive.acquire();
			const waiters = [];
			for (const name of ["first", "second", "third"]) {
				waiters.push(contender(group, exclusive, name, log));
				await settle();
			}
			waiters[0]?.scope()?.cancel();
			waiters[1]?.scope()?.cancel();
			await settle();
			exclusive.release();
		});
		equal(log, ["third has it", "third goes on"], kind);
	}
});

test("SYN-14", "a re-acquire queues behind those who wait; a cancelled one loses its place", async () => {
	const lock = new Lock();
	const order: string[] = [];
	await withTaskGroup(async (group) => {
		for (const name of ["a", "b", "c"]) {
			group.spawn(async () => {
				for (const round of [1, 2]) {
					await lock.acquire();
					order.push(name + round);
					await checkpoint();
					lock.release();
				}
			});
		}
	});
	equal(order, ["a1", "b1", "c1", "a2", "b2", "c2"]);
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		await lock.acquire();
		const first = contender(group, lock, "1", log);
		contender(group, lock, "2", log);
		contender(group, lock, "3", log);
		await settle();
		first.scope()?.cancel();
		lock.release();
	});
	equal(
		log.filter((it) => it.endsWith("has it")),
		["2 has it", "3 has it"],
	);
});

test("SYN-18", "a cancelled waiter leaves nothing behind", async () => {
	for (const exclusive of [new Lock(), new Semaphore(1), new CapacityLimiter(1)]) {
		await withTaskGroup(async (group) => {
			await exclusive.acquire();
			const waiter = contender(group, exclusive, "waiter", []);
			await settle();
			equal(exclusive.statistics().waiting, 1);
			waiter.scope()?.cancel();
			await settle();
			equal(exclusive.statistics().waiting, 0);
			exclusive.release();
		});
		equal(exclusive.tryAcquire(), true);
		exclusive.release();
	}
});

test("SYN-28", "several wait for one task; one that is cancelled leaves the others alone", async () => {
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		const task: Task<string> = group.spawn(async () => {
			await sleep(10);
			return "value";
		});
		let scope: CancelScope | undefined;
		group.spawn(() =>
			withCancelScope(async (it) => {
				scope = it;
				await task;
				log.push("not reached");
			}),
		);
		for (const name of ["a", "b"]) {
			group.spawn(async () => {
				log.push(`${name}: ${await task}`);
			});
		}
		await settle();
		scope?.cancel();
	});
	equal(log, ["a: value", "b: value"]);
});
