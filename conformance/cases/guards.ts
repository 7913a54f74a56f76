import {
	BrokenResourceError,
	type CancelScope,
	CapacityLimiter,
	type Coroutine,
	checkpoint,
	type Guard,
	Lock,
	Semaphore,
	shield,
	sleep,
	sleepForever,
	type TaskGroup,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { equal, instance, ok, same, test, thrown, thrownBy } from "../harness.ts";

/** What all primitives that admit one task at a time have in common. */
interface Exclusive {
	acquire(): Coroutine<unknown>;
	release(): void;
}

/** Lets all tasks run until they wait. */
const settle = (): Coroutine<void> => sleep(1);

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
	"SYN-26",
	"a lock whose owner ended without releasing it is broken, for who waits and who comes later",
	async () => {
		const lock = new Lock();
		const errors: unknown[] = [];
		await withTaskGroup(async (group) => {
			const owner = group.spawn(async () => {
				await lock.acquire();
				await sleep(5);
			});
			await settle();
			same(lock.owner, owner);
			group.spawn(async () => {
				errors.push(await thrown(() => lock.acquire()));
			});
			await sleep(10);
			equal(errors.length, 1);
			errors.push(await thrown(() => lock.acquire()));
		});
		for (const error of errors) instance(error, BrokenResourceError);
		equal(errors.length, 2);
	},
);

test("HF-SYN-01", "lock.with releases after success, error and cancellation", async () => {
	const lock = new Lock();
	equal(await lock.with(async () => 1), 1);
	equal(lock.locked, false);
	const error = new Error("body");
	same(
		await thrown(() =>
			lock.with(() => {
				throw error;
			}),
		),
		error,
	);
	equal(lock.locked, false);
	await withCancelScope(async (scope) => {
		await lock.with(async () => {
			scope.cancel();
			await checkpoint();
		});
	});
	equal(lock.locked, false);
});

test("HF-SYN-02", "a guard releases once, also by using", async () => {
	const lock = new Lock();
	const useIt = async (): Promise<void> => {
		using _guard: Guard = await lock.acquire();
		equal(lock.locked, true);
		await checkpoint();
	};
	await useIt();
	equal(lock.locked, false);
	const guard = await lock.acquire();
	guard.release();
	guard.release();
	equal(lock.locked, false);
});

test("HF-SYN-03", "a lock is released by its owner only, and not acquired twice by it", async () => {
	const lock = new Lock();
	ok(thrownBy(() => lock.release()) instanceof Error, "releasing a free lock throws");
	await lock.acquire();
	ok((await thrown(() => lock.acquire())) instanceof Error, "a second acquire of the owner throws");
	await withTaskGroup(async (group) => {
		group.spawn(() => {
			ok(thrownBy(() => lock.release()) instanceof Error, "another task cannot release it");
		});
	});
	equal(lock.locked, true);
	lock.release();
});

test(
	"HF-SYN-04",
	"released while somebody waits, a lock is handed over: tryAcquire in the same step fails",
	async () => {
		const lock = new Lock();
		const log: string[] = [];
		await withTaskGroup(async (group) => {
			await lock.acquire();
			contender(group, lock, "waiter", log);
			await settle();
			lock.release();
			equal(lock.tryAcquire(), false);
		});
		equal(log, ["waiter has it", "waiter goes on"]);
	},
);

test("HF-SYN-06", "acquire in a cancelled scope takes nothing, although it would not have to wait", async () => {
	for (const exclusive of [new Lock(), new Semaphore(1), new CapacityLimiter(1)]) {
		await withCancelScope(async (scope) => {
			scope.cancel();
			await exclusive.acquire();
		});
		equal(exclusive.tryAcquire(), true);
		exclusive.release();
	}
});

test("HF-SYN-08", "a task that holds a lock can be cancelled while shielded work goes on under it", async () => {
	const lock = new Lock();
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		const holder = group.spawn(() =>
			lock.with(async () => {
				await shield(() => sleep(10));
				log.push("shielded work done");
				await sleepForever();
			}),
		);
		await settle();
		holder.cancel();
		await lock.acquire();
		log.push("lock taken");
		lock.release();
	});
	equal(log, ["shielded work done", "lock taken"]);
});
