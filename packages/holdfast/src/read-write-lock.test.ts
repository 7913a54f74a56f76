import fc from "fast-check";
import { expect, test } from "vitest";
import { rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { all } from "./all.ts";
import { BrokenResourceError, MisuseError } from "./errors.ts";
import { type TaskGroup, withTaskGroup } from "./group.ts";
import type { Guard } from "./guard.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { ReadWriteLock, type ReadWriteLockFace } from "./read-write-lock.ts";
import { run } from "./run.ts";
import { type CancelScope, moveOnAfter, withCancelScope } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";
import type { Task } from "./task.ts";

const FREE = { readers: 0, writing: false, writer: undefined, waitingReaders: 0, waitingWriters: 0 };

/** Holds a face for a while and logs it. */
function hold(group: TaskGroup, face: ReadWriteLockFace, name: string, log: string[], milliseconds = 10): Task {
	return group.spawnWith({ name }, () =>
		face.with(function* () {
			log.push(`${name} in`);
			yield* sleep(milliseconds);
			log.push(`${name} out`);
		}),
	);
}

test("many read at once, one writes", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const lock = new ReadWriteLock();
		yield* withTaskGroup(function* (group) {
			for (const name of ["r1", "r2"]) hold(group, lock.read, name, log);
			for (const name of ["w1", "w2"]) hold(group, lock.write, name, log);
			yield* sleep(1);
			expect(lock.statistics()).toEqual({ ...FREE, readers: 2, waitingWriters: 2 });
			yield* sleep(10);
			expect(lock.statistics()).toMatchObject({ readers: 0, writing: true, writer: { name: "w1" }, waitingWriters: 1 });
		});
		expect(lock.statistics()).toEqual(FREE);
	});
	expect(log).toEqual(["r1 in", "r2 in", "r1 out", "r2 out", "w1 in", "w1 out", "w2 in", "w2 out"]);
});

test("fair for both: a reader waits behind a writer, and readers that stand together are let in together", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const lock = new ReadWriteLock();
		yield* withTaskGroup(function* (group) {
			for (const name of ["r1", "w1", "r2", "r3", "w2", "r4"])
				hold(group, name.startsWith("r") ? lock.read : lock.write, name, log);
			yield* sleep(1);
			expect(lock.statistics()).toEqual({ ...FREE, readers: 1, waitingReaders: 3, waitingWriters: 2 });
			expect([lock.read.tryAcquire(), lock.write.tryAcquire()]).toEqual([false, false]);
		});
	});
	expect(log).toEqual(
		["r1 in", "r1 out", "w1 in", "w1 out", "r2 in", "r3 in", "r2 out", "r3 out", "w2 in", "w2 out"].concat([
			"r4 in",
			"r4 out",
		]),
	);
});

test("a stream of readers does not starve a writer, nor a stream of writers a reader", async () => {
	for (const [many, one] of [
		["read", "write"],
		["write", "read"],
	] as const)
		await virtually(function* () {
			const lock = new ReadWriteLock();
			yield* withTaskGroup(function* (group) {
				for (let i = 0; i < 3; i++)
					group.spawn(function* () {
						for (;;) yield* lock[many].with(() => sleep(2 + i));
					});
				yield* sleep(5);
				yield* lock[one].with(() => group.cancel());
			});
		});
});

test("a free lock is taken without suspending, and tryAcquire takes it in both ways", async () => {
	await virtually(function* () {
		const lock = new ReadWriteLock();
		let others = 0;
		yield* withTaskGroup(function* (group) {
			group.spawn(() => {
				others++;
			});
			for (const face of [lock.read, lock.write]) {
				const guard = yield* face.acquire();
				guard.release();
				expect(face.tryAcquire()).toBe(true);
				expect(lock.write.tryAcquire()).toBe(false);
				face.release();
				{
					using _guard: Guard = yield* face.acquire();
				}
			}
			expect(others).toBe(0);
		});
		expect(lock.statistics()).toEqual(FREE);
	});
});

test("a writer that gives up lets the readers behind it in", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const lock = new ReadWriteLock();
		yield* withTaskGroup(function* (group) {
			hold(group, lock.read, "r1", log, 100);
			const writer = hold(group, lock.write, "w", log);
			hold(group, lock.read, "r2", log);
			hold(group, lock.read, "r3", log);
			yield* sleep(1);
			writer.cancel();
			yield* sleep(1);
			expect(log).toEqual(["r1 in", "r2 in", "r3 in"]);
		});
		expect(lock.statistics()).toEqual(FREE);
	});
});

test("handed the lock and cancelled in the same tick: it has the lock until its next wait", async () => {
	for (const mode of ["read", "write"] as const) {
		const log: string[] = [];
		await virtually(function* () {
			const lock = new ReadWriteLock();
			yield* withTaskGroup(function* (group) {
				let scope: CancelScope | undefined;
				yield* lock.write.acquire();
				group.spawn(() =>
					withCancelScope(function* (it) {
						scope = it;
						yield* lock[mode].with(function* () {
							log.push("has it");
							yield* sleep(1);
							log.push("not reached");
						});
					}),
				);
				yield* sleep(1);
				lock.write.release();
				scope?.cancel();
			});
			expect(lock.statistics()).toEqual(FREE);
		});
		expect(log).toEqual(["has it"]);
	}
});

test("acquiring in a cancelled scope takes nothing; with releases on every path", async () => {
	await virtually(function* () {
		const lock = new ReadWriteLock();
		for (const face of [lock.read, lock.write]) {
			yield* withCancelScope(function* (scope) {
				scope.cancel();
				yield* face.acquire();
			});
			yield* moveOnAfter(5, () => face.with(sleepForever));
			try {
				yield* face.with(() => {
					throw new Error("boom");
				});
			} catch {}
			expect(yield* face.with(() => 7)).toBe(7);
			expect(lock.statistics()).toEqual(FREE);
		}
	});
});

test("releasing what another task holds, or the other face, is an error that says who holds it", async () => {
	await virtually(function* () {
		const lock = new ReadWriteLock();
		for (const face of [lock.read, lock.write]) expect(thrownBy(() => face.release())).toBeInstanceOf(MisuseError);
		yield* withTaskGroup(function* (group) {
			const log: string[] = [];
			hold(group, lock.write, "keeper", log);
			yield* sleep(1);
			expect((thrownBy(() => lock.write.release()) as Error).message).toMatch(
				/^ReadWriteLock.write.release: task .* does not hold this lock in this way \(task keeper writes\)/,
			);
			yield* sleep(20);
			hold(group, lock.read, "reader", log);
			yield* sleep(1);
			expect((thrownBy(() => lock.read.release()) as Error).message).toMatch(/1 hold it for reading/);
			yield* lock.read.acquire();
			expect(thrownBy(() => lock.write.release())).toBeInstanceOf(MisuseError);
			lock.read.release();
		});
	});
});

test("it is not reentrant, and reading does not turn into writing or back", async () => {
	for (const held of ["read", "write"] as const)
		for (const wanted of ["read", "write"] as const)
			expect(
				await rejectionOf(
					virtually(function* () {
						const lock = new ReadWriteLock();
						yield* lock[held].acquire();
						yield* lock[wanted].acquire();
					}),
				),
			).toMatchObject({
				name: "MisuseError",
				message: expect.stringContaining(`ReadWriteLock.${wanted}.acquire: the task`),
			});
});

test("tryAcquire, which cannot wait for itself, may read twice, and is released twice", async () => {
	await virtually(function* () {
		const lock = new ReadWriteLock();
		expect([lock.read.tryAcquire(), lock.read.tryAcquire(), lock.write.tryAcquire()]).toEqual([true, true, false]);
		lock.read.release();
		expect(lock.write.tryAcquire()).toBe(false);
		lock.read.release();
		expect(lock.write.tryAcquire()).toBe(true);
		lock.write.release();
		expect(lock.statistics()).toEqual(FREE);
	});
});

test("a holder that ends without releasing breaks the lock, for who waits and who comes later", async () => {
	for (const mode of ["read", "write"] as const) {
		const errors: unknown[] = [];
		await virtually(function* () {
			const lock = new ReadWriteLock();
			yield* withTaskGroup(function* (group) {
				group.spawnWith({ name: "careless" }, function* () {
					yield* lock[mode].acquire();
					yield* sleep(5);
				});
				yield* sleep(1);
				for (const face of [lock.write, lock.read])
					group.spawn(function* () {
						try {
							yield* face.acquire();
						} catch (error) {
							errors.push(error);
						}
					});
				yield* sleep(10);
				expect(errors.length).toBe(2);
				for (const face of [lock.write, lock.read]) {
					errors.push(thrownBy(() => face.tryAcquire()));
					try {
						yield* face.acquire();
					} catch (error) {
						errors.push(error);
					}
				}
			});
		});
		expect(errors.length).toBe(6);
		for (const error of errors) {
			expect(error).toBeInstanceOf(BrokenResourceError);
			expect((error as Error).message).toMatch(`task careless has ended without ${mode}.release()`);
		}
	}
});

test("a guard that outlives its task mends the lock when it is released", async () => {
	await virtually(function* () {
		const lock = new ReadWriteLock();
		yield* withTaskGroup(function* (group) {
			const guard = yield* group.spawn(() => lock.write.acquire());
			expect(thrownBy(() => lock.read.tryAcquire())).toBeInstanceOf(BrokenResourceError);
			guard.release();
			guard.release();
			expect(lock.read.tryAcquire()).toBe(true);
			lock.read.release();
		});
		expect(lock.statistics()).toEqual(FREE);
	});
});

test("what all acquires belongs to the caller, and with to the task that runs it", async () => {
	await virtually(function* () {
		const lock = new ReadWriteLock();
		yield* all([lock.read.acquire(), lock.read.acquire()]);
		expect(lock.statistics().readers).toBe(2);
		lock.read.release();
		lock.read.release();
		yield* all([lock.write.with(() => sleep(1)), lock.write.with(() => sleep(1)), lock.read.with(() => sleep(1))]);
		expect(lock.statistics()).toEqual(FREE);
	});
});

test("native async functions hold it across their awaits; code outside of every run until it releases it", async () => {
	const lock = new ReadWriteLock();
	const log: string[] = [];
	const worker = async (name: string, face: ReadWriteLockFace): Promise<void> => {
		await Promise.resolve();
		using _guard: Guard = await face.acquire();
		log.push(`${name} in`);
		await sleep(1);
		log.push(`${name} out`);
	};
	await run(
		async () => {
			await Promise.all([worker("r1", lock.read), worker("r2", lock.read), worker("w", lock.write)]);
		},
		{ loop: new VirtualLoop(), onReport: () => {} },
	);
	expect(log).toEqual(["r1 in", "r2 in", "r1 out", "r2 out", "w in", "w out"]);
	const guard = await lock.write.acquire();
	expect(lock.statistics()).toEqual({ ...FREE, writing: true });
	const reading = lock.read.acquire().then((it) => it);
	guard.release();
	(await reading).release();
	expect(lock.statistics()).toEqual(FREE);
});

test("100,000 readers behind a writer are let in at once", async () => {
	const count = 100_000;
	let most = 0;
	await virtually(function* () {
		const lock = new ReadWriteLock();
		yield* withTaskGroup(function* (group) {
			yield* lock.write.acquire();
			for (let i = 0; i < count; i++)
				group.spawn(() =>
					lock.read.with(function* () {
						most = Math.max(most, lock.statistics().readers);
						yield* sleep(1);
					}),
				);
			yield* sleep(1);
			lock.write.release();
		});
		expect(lock.statistics()).toEqual(FREE);
	});
	expect(most).toBe(count);
});

test("model: readers exclude writers, nobody waits for ever, and nothing is left, whatever is cancelled", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(
				fc.record({
					mode: fc.constantFrom("read" as const, "write" as const),
					start: fc.nat(8),
					hold: fc.nat(4),
					cancelAt: fc.option(fc.nat(14), { nil: undefined }),
				}),
				{ minLength: 1, maxLength: 10 },
			),
			async (workers) => {
				await virtually(function* () {
					const lock = new ReadWriteLock();
					const inside = { read: 0, write: 0 };
					const served: { at: number; start: number }[] = [];
					yield* withTaskGroup(function* (group) {
						for (const { mode, start, hold, cancelAt } of workers) {
							const task = group.spawn(function* () {
								yield* sleep(start);
								yield* lock[mode].with(function* () {
									inside[mode]++;
									served.push({ at: now(), start });
									try {
										expect(inside.write === 0 || (inside.write === 1 && inside.read === 0)).toBe(true);
										yield* sleep(hold);
									} finally {
										inside[mode]--;
									}
								});
							});
							if (cancelAt !== undefined)
								group.spawn(function* () {
									yield* sleep(cancelAt);
									task.cancel();
								});
						}
					});
					expect(lock.statistics()).toEqual(FREE);
					// First come, first served: those who are let in at the same instant, among them somebody who did not have to
					// wait, may run in another order.
					const starts = served.toSorted((a, b) => a.at - b.at || a.start - b.start).map(({ start }) => start);
					expect(starts).toEqual(starts.toSorted((a, b) => a - b));
				});
			},
		),
		{ numRuns: 150 },
	);
});
