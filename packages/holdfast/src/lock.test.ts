import fc from "fast-check";
import { expect, test } from "vitest";
import { thrownBy, virtually } from "../test/virtually.ts";
import { all } from "./all.ts";
import { BrokenResourceError, MisuseError } from "./errors.ts";
import { type TaskGroup, withTaskGroup } from "./group.ts";
import type { Guard } from "./guard.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { Lock } from "./lock.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { run } from "./run.ts";
import { type CancelScope, moveOnAfter, withCancelScope } from "./scopes.ts";
import { checkpoint, sleep, sleepForever } from "./sleep.ts";

/** Acquires in a scope of its own, which is given to the test. */
function contend(group: TaskGroup, lock: Lock, name: string, log: string[]): { scope: CancelScope } {
	const handle = {} as { scope: CancelScope };
	group.spawn(() =>
		withCancelScope(function* (scope) {
			handle.scope = scope;
			const guard = yield* lock.acquire();
			log.push(`${name} has it`);
			try {
				yield* checkpoint();
				log.push(`${name} goes on`);
			} finally {
				guard.release();
			}
		}),
	);
	return handle;
}

test("a free lock is taken without suspending", async () => {
	await virtually(function* () {
		const lock = new Lock();
		let others = 0;
		yield* withTaskGroup(function* (group) {
			group.spawn(() => {
				others++;
			});
			const guard = yield* lock.acquire();
			expect([others, lock.locked]).toEqual([0, true]);
			guard.release();
			expect(lock.locked).toBe(false);
		});
	});
});

test("first come, first served; a release hands over before anybody else can take it", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const lock = new Lock();
		yield* withTaskGroup(function* (group) {
			yield* lock.acquire();
			for (const name of ["a", "b"]) contend(group, lock, name, log);
			yield* sleep(1);
			lock.release();
			expect(lock.tryAcquire()).toBe(false);
			expect(lock.statistics().waiting).toBe(1);
			yield* lock.acquire();
			log.push("main has it");
			lock.release();
		});
	});
	expect(log).toEqual(["a has it", "a goes on", "b has it", "b goes on", "main has it"]);
});

test("cancelled before the release: the next one in line gets the lock", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const lock = new Lock();
		yield* withTaskGroup(function* (group) {
			yield* lock.acquire();
			const first = contend(group, lock, "first", log);
			contend(group, lock, "second", log);
			yield* sleep(1);
			first.scope.cancel();
			lock.release();
		});
		expect(lock.statistics()).toEqual({ locked: false, owner: undefined, waiting: 0 });
	});
	expect(log).toEqual(["second has it", "second goes on"]);
});

test("handed the lock and cancelled in the same tick: it has the lock until its next wait", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const lock = new Lock();
		yield* withTaskGroup(function* (group) {
			yield* lock.acquire();
			const waiter = contend(group, lock, "waiter", log);
			yield* sleep(1);
			lock.release();
			waiter.scope.cancel();
		});
		expect(lock.locked).toBe(false);
	});
	expect(log).toEqual(["waiter has it"]);
});

test("acquiring in a cancelled scope takes nothing, although the lock is free", async () => {
	const lock = new Lock();
	await virtually(function* () {
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			yield* lock.acquire();
		});
	});
	expect(lock.locked).toBe(false);
});

test("with releases on return, on error and on cancellation", async () => {
	await virtually(function* () {
		const lock = new Lock();
		const inside = function* () {
			expect(lock.locked).toBe(true);
			yield* sleep(1);
			return "value";
		};
		expect(yield* lock.with(inside)).toBe("value");
		expect(yield* lock.with(() => 7)).toBe(7);
		expect(lock.locked).toBe(false);
		const boom = new Error("boom");
		for (const failing of [
			() => {
				throw boom;
			},
			function* () {
				yield* sleep(1);
				throw boom;
			},
		])
			try {
				yield* lock.with(failing);
				expect.unreachable();
			} catch (error) {
				expect(error).toBe(boom);
				expect(lock.locked).toBe(false);
			}
		yield* moveOnAfter(5, () => lock.with(sleepForever));
		expect(lock.locked).toBe(false);
	});
});

test("with: a body that has released the lock itself is told so, and its own error stays the first", async () => {
	await virtually(function* () {
		const lock = new Lock();
		try {
			yield* lock.with(() => lock.release());
			expect.unreachable();
		} catch (error) {
			expect(error).toBeInstanceOf(MisuseError);
		}
		const boom = new Error("boom");
		try {
			yield* lock.with(() => {
				lock.release();
				throw boom;
			});
			expect.unreachable();
		} catch (error) {
			expect(error).toBe(boom);
			expect(suppressedErrors(error)[0]).toBeInstanceOf(MisuseError);
		}
	});
});

test("with: cancelled while it waits, the body is not called", async () => {
	await virtually(function* () {
		const lock = new Lock();
		yield* withTaskGroup(function* (group) {
			yield* lock.acquire();
			const task = group.spawn(() => lock.with(() => expect.unreachable()));
			yield* sleep(1);
			task.cancel();
			yield* sleep(1);
			expect(lock.statistics().waiting).toBe(0);
			lock.release();
		});
	});
});

test("a guard releases once; using releases it at the end of the block", async () => {
	await virtually(function* () {
		const lock = new Lock();
		{
			using _guard: Guard = yield* lock.acquire();
			expect(lock.locked).toBe(true);
		}
		expect(lock.locked).toBe(false);
		const guard = yield* lock.acquire();
		guard.release();
		expect(lock.tryAcquire()).toBe(true);
		guard.release();
		expect(lock.locked).toBe(true);
		lock.release();
	});
});

test("releasing a lock that another task holds says who holds it", async () => {
	await virtually(function* () {
		const lock = new Lock();
		expect(thrownBy(() => lock.release())).toBeInstanceOf(MisuseError);
		yield* withTaskGroup(function* (group) {
			const holder = group.spawnWith({ name: "keeper" }, () => lock.with(() => sleep(10)));
			yield* sleep(1);
			expect(lock.owner).toBe(holder);
			expect((thrownBy(() => lock.release()) as Error).message).toMatch(/task keeper holds this lock, not task/);
		});
		expect(lock.locked).toBe(false);
	});
});

test("acquiring a lock twice in one task is an error instead of waiting for ever", async () => {
	await expect(
		virtually(function* () {
			const lock = new Lock();
			yield* lock.acquire();
			yield* lock.acquire();
		}),
	).rejects.toThrow(/waits? for itself/);
});

test("a lock whose owner has ended without releasing it is broken, for who waits and who comes later", async () => {
	const errors: unknown[] = [];
	await virtually(function* () {
		const lock = new Lock();
		yield* withTaskGroup(function* (group) {
			group.spawnWith({ name: "careless" }, function* () {
				yield* lock.acquire();
				yield* sleep(5);
			});
			yield* sleep(1);
			for (let i = 0; i < 2; i++)
				group.spawn(function* () {
					try {
						yield* lock.acquire();
					} catch (error) {
						errors.push(error);
					}
				});
			yield* sleep(10);
			expect(errors.length).toBe(2);
			errors.push(thrownBy(() => lock.tryAcquire()));
			try {
				yield* lock.acquire();
			} catch (error) {
				errors.push(error);
			}
		});
		expect(lock.statistics().waiting).toBe(0);
	});
	expect(errors.length).toBe(4);
	for (const error of errors) {
		expect(error).toBeInstanceOf(BrokenResourceError);
		expect((error as Error).message).toContain("careless");
	}
});

test("an owner that had the lock handed to it and ends without releasing it breaks the lock too", async () => {
	await virtually(function* () {
		const lock = new Lock();
		yield* withTaskGroup(function* (group) {
			yield* lock.acquire();
			group.spawn(() => lock.acquire());
			const last = group.spawn(function* () {
				try {
					yield* lock.acquire();
					return "acquired";
				} catch (error) {
					return error;
				}
			});
			yield* sleep(1);
			lock.release();
			expect(yield* last).toBeInstanceOf(BrokenResourceError);
		});
	});
});

test("the lock belongs to the task that called acquire, although another one runs the call", async () => {
	await virtually(function* () {
		const lock = new Lock();
		yield* all([lock.acquire()]);
		lock.release();
		expect(lock.locked).toBe(false);
		yield* all([lock.with(() => sleep(1)), lock.with(() => sleep(1))]);
		expect(lock.locked).toBe(false);
	});
});

test("what with takes belongs to the task that runs it, so that its body may release it", async () => {
	const lock = new Lock();
	const body = (): void => {
		lock.release();
		lock.tryAcquire();
	};
	await virtually(function* () {
		yield* all([lock.with(body)]);
	});
	await virtually(async () => {
		await lock.with(async () => {
			await Promise.resolve();
			body();
		});
	});
	await lock.with(body);
	expect(lock.locked).toBe(false);
});

test("native async functions hold a lock across their awaits", async () => {
	const lock = new Lock();
	const log: string[] = [];
	const worker = async (name: string): Promise<void> => {
		await Promise.resolve();
		const guard = await lock.acquire();
		log.push(`${name} in`);
		await Promise.resolve();
		await sleep(1);
		log.push(`${name} out`);
		guard.release();
	};
	await run(
		async () => {
			await Promise.all([worker("a"), worker("b")]);
		},
		{ loop: new VirtualLoop(), onReport: () => {} },
	);
	expect(log).toEqual(["a in", "a out", "b in", "b out"]);
	expect(lock.locked).toBe(false);
});

test("code outside of every run holds a lock until it releases it", async () => {
	const lock = new Lock();
	const guard = await lock.acquire();
	expect([lock.locked, lock.owner]).toEqual([true, undefined]);
	const second = lock.acquire().then((it) => it);
	guard.release();
	(await second).release();
	expect(lock.tryAcquire()).toBe(true);
	lock.release();
	expect(lock.locked).toBe(false);
});

test("model: whatever is cancelled and when, there is never more than one owner and nobody waits for ever", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.record({ start: fc.nat(8), hold: fc.nat(4), cancelAt: fc.option(fc.nat(12), { nil: undefined }) }), {
				minLength: 1,
				maxLength: 8,
			}),
			async (workers) => {
				let inside = 0;
				const done = await virtually(function* () {
					const lock = new Lock();
					let ended = 0;
					yield* withTaskGroup(function* (group) {
						for (const { start, hold, cancelAt } of workers) {
							const task = group.spawn(function* () {
								try {
									yield* sleep(start);
									yield* lock.with(function* () {
										expect(++inside).toBe(1);
										try {
											yield* sleep(hold);
										} finally {
											inside--;
										}
									});
								} finally {
									ended++;
								}
							});
							if (cancelAt !== undefined)
								group.spawn(function* () {
									yield* sleep(cancelAt);
									task.cancel();
								});
						}
					});
					expect(lock.statistics()).toEqual({ locked: false, owner: undefined, waiting: 0 });
					return ended;
				});
				expect(done).toBe(workers.length);
			},
		),
		{ numRuns: 60 },
	);
});
