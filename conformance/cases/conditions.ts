import {
	BrokenResourceError,
	Cancelled,
	type CancelScope,
	Condition,
	type Coroutine,
	Lock,
	MisuseError,
	sleep,
	type TaskGroup,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { equal, instance, ok, test, thrown, thrownBy } from "../harness.ts";

/** Lets all tasks run until they wait. */
const settle = (): Coroutine<void> => sleep(1);

/** A task that waits for the condition in a scope of its own, which can be cancelled from outside. */
function waiter(
	group: TaskGroup,
	condition: Condition,
	name: string,
	log: string[],
): { scope(): CancelScope | undefined } {
	let scope: CancelScope | undefined;
	group.spawnWith({ name }, async () => {
		await withCancelScope(async (it) => {
			scope = it;
			await condition.lock.with(async () => {
				try {
					await condition.wait();
					log.push(`${name} woken`);
				} finally {
					log.push(`${name} ${condition.lock.owner?.name === name ? "has" : "does not have"} the lock`);
				}
			});
		});
	});
	return { scope: () => scope };
}

const woken = (log: readonly string[]): string[] =>
	log.filter((it) => it.endsWith(" woken")).map((it) => it.slice(0, -6));

test("SYN-20", "wait and notify need the lock", async () => {
	const condition = new Condition(new Lock());
	instance(await thrown(() => condition.wait()), MisuseError);
	instance(
		thrownBy(() => condition.notify()),
		MisuseError,
	);
	instance(
		thrownBy(() => condition.notifyAll()),
		MisuseError,
	);
	await withTaskGroup(async (group) => {
		group.spawn(() => condition.lock.with(() => sleep(5)));
		await settle();
		instance(
			thrownBy(() => condition.notify()),
			MisuseError,
		);
	});
});

test(
	"SYN-20",
	"notify wakes the first, notifyAll the rest; who is notified waits in the line of the lock",
	async () => {
		const condition = new Condition();
		const log: string[] = [];
		await withTaskGroup(async (group) => {
			for (const name of ["a", "b", "c", "d", "e"]) {
				waiter(group, condition, name, log);
				await settle();
			}
			equal([condition.lock.locked, condition.statistics().waiting], [false, 5]);
			await condition.lock.with(() => condition.notify());
			await settle();
			equal(woken(log), ["a"]);
			await condition.lock.with(async () => {
				condition.notify(2);
				equal([condition.statistics().waiting, condition.lock.statistics().waiting], [2, 2]);
				await settle();
				equal(woken(log), ["a"]);
			});
			await settle();
			equal(woken(log), ["a", "b", "c"]);
			await condition.lock.with(() => condition.notifyAll());
		});
		equal(woken(log), ["a", "b", "c", "d", "e"]);
		ok(!log.some((it) => it.includes("does not")), "each had the lock");
	},
);

test(
	"SYN-21",
	"a cancelled wait has the lock again on its way out, also when another task holds it meanwhile",
	async () => {
		for (const contested of [false, true]) {
			const condition = new Condition();
			const log: string[] = [];
			await withTaskGroup(async (group) => {
				const cancelled = waiter(group, condition, "waiter", log);
				await settle();
				if (contested) {
					await condition.lock.with(async () => {
						cancelled.scope()?.cancel();
						await sleep(10);
						equal(log, []);
					});
				} else cancelled.scope()?.cancel();
			});
			equal(log, ["waiter has the lock"]);
			equal(condition.lock.locked, false);
		}
	},
);

test("SYN-21", "if the grace ends before that, the lock is not held, and releasing it says so", async () => {
	const condition = new Condition();
	let seen: unknown;
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			await sleep(2);
			await condition.lock.with(() => sleep(100));
		});
		seen = await thrown(() =>
			withCancelScope({ timeout: 5, grace: 10 }, () => condition.lock.with(() => condition.wait())),
		);
	});
	instance(seen, MisuseError);
	ok((seen as Error).message.includes("the grace ended"), "the reason is told");
	equal(condition.lock.locked, false);
});

test("SYN-22", "notified and cancelled before it has the lock: the next one that waits is woken", async () => {
	const condition = new Condition();
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		const waiters: ReturnType<typeof waiter>[] = [];
		for (const name of ["a", "b", "c", "d"]) {
			waiters.push(waiter(group, condition, name, log));
			await settle();
		}
		await condition.lock.with(async () => {
			condition.notify();
			waiters[0]?.scope()?.cancel();
			await settle();
			waiters[1]?.scope()?.cancel();
			await settle();
		});
		await settle();
		equal(woken(log), ["c"]);
		equal(condition.statistics().waiting, 1);
		await condition.lock.with(() => condition.notify());
	});
	equal(woken(log), ["c", "d"]);
	ok(!log.some((it) => it.includes("does not")), "each had the lock on its way out");
});

test("SYN-22", "notified, handed the lock and cancelled at once: it is woken, and its next wait throws", async () => {
	const condition = new Condition();
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		const first = waiter(group, condition, "first", log);
		await settle();
		await condition.lock.acquire();
		condition.notify();
		condition.lock.release();
		first.scope()?.cancel();
	});
	equal(woken(log), ["first"]);
});

test("HF-CND-01", "waitFor waits until its predicate is true, and gives what it gave", async () => {
	const condition = new Condition();
	const jobs: string[] = [];
	const done: string[] = [];
	await withTaskGroup(async (group) => {
		for (let i = 0; i < 2; i++) {
			group.spawn(async () => {
				done.push(await condition.lock.with(() => condition.waitFor(() => jobs.shift())));
			});
		}
		await settle();
		for (const job of ["a", "b"]) {
			await condition.lock.with(() => {
				jobs.push(job);
				condition.notify();
			});
			await settle();
		}
	});
	equal(done, ["a", "b"]);
});

test("HF-CND-02", "wait in a cancelled scope throws, and does not let go of the lock", async () => {
	const condition = new Condition();
	await withCancelScope(async (scope) => {
		await condition.lock.acquire();
		scope.cancel();
		await condition.wait();
	});
	equal(condition.lock.locked, true);
	condition.lock.release();
});

test("HF-CND-03", "the owner of the lock ends without releasing it: who waits for the condition is told", async () => {
	const condition = new Condition();
	const errors: unknown[] = [];
	await withTaskGroup(async (group) => {
		for (let i = 0; i < 2; i++) {
			group.spawn(async () => {
				await condition.lock.acquire();
				errors.push(await thrown(() => condition.wait()));
			});
		}
		await settle();
		group.spawn(async () => {
			await condition.lock.acquire();
			condition.notify();
		});
	});
	equal(errors.length, 2);
	for (const error of errors) instance(error, BrokenResourceError);
	ok(!errors.some((it) => it instanceof Cancelled), "nobody was cancelled");
});
