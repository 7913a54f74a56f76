import fc from "fast-check";
import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { quietly, rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { all } from "./all.ts";
import { Condition } from "./condition.ts";
import { BrokenResourceError, MisuseError } from "./errors.ts";
import { type TaskGroup, withTaskGroup } from "./group.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { Lock } from "./lock.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { run } from "./run.ts";
import { type CancelScope, withCancelScope } from "./scopes.ts";
import { checkpoint, sleep } from "./sleep.ts";

/** Waits for the condition in a scope of its own, which is given to the test. */
function waitIn(
	group: TaskGroup,
	condition: Condition,
	name: string,
	log: string[],
	grace?: number,
): { scope: CancelScope } {
	const handle = {} as { scope: CancelScope };
	group.spawnWith({ name }, () =>
		withCancelScope(grace === undefined ? {} : { grace }, function* (scope) {
			handle.scope = scope;
			yield* condition.lock.with(function* () {
				try {
					yield* condition.wait();
					log.push(`${name} woken`);
				} finally {
					log.push(`${name} ${condition.lock.owner?.name === name ? "holds the lock" : "does not hold the lock"}`);
				}
			});
		}),
	);
	return handle;
}

test("notify wakes those who wait longest, notifyAll the rest; each has the lock when it goes on", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (group) {
			for (const name of ["a", "b", "c", "d", "e"]) waitIn(group, condition, name, log);
			yield* sleep(1);
			expect(condition.statistics()).toEqual({ waiting: 5, lock: { locked: false, owner: undefined, waiting: 0 } });
			yield* condition.lock.with(() => condition.notify());
			yield* sleep(1);
			expect(log).toEqual(["a woken", "a holds the lock"]);
			yield* condition.lock.with(function* () {
				condition.notify(2);
				// They stand in the line of the lock now.
				expect(condition.statistics()).toMatchObject({ waiting: 2, lock: { locked: true, waiting: 2 } });
				yield* checkpoint();
				expect(log.length).toBe(2);
			});
			yield* sleep(1);
			expect(log.slice(2)).toEqual(["b woken", "b holds the lock", "c woken", "c holds the lock"]);
			yield* condition.lock.with(() => condition.notifyAll());
		});
		expect(condition.statistics()).toEqual({ waiting: 0, lock: { locked: false, owner: undefined, waiting: 0 } });
	});
	expect(log.filter((line) => line.endsWith("woken"))).toEqual(
		["a", "b", "c", "d", "e"].map((name) => `${name} woken`),
	);
});

test("wait gives the lock to whoever waits for it longest", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (group) {
			group.spawn(() =>
				condition.lock.with(function* () {
					yield* sleep(1);
					yield* condition.wait();
					log.push("woken");
				}),
			);
			for (const name of ["a", "b"])
				group.spawn(() =>
					condition.lock.with(function* () {
						log.push(name);
						condition.notify();
						yield* sleep(1);
					}),
				);
		});
	});
	expect(log).toEqual(["a", "b", "woken"]);
});

test("wait and notify without the lock are errors that say who holds it", async () => {
	await virtually(function* () {
		const condition = new Condition();
		for (const call of [() => condition.notify(), () => condition.notifyAll()])
			expect(thrownBy(call)).toMatchObject({
				name: "MisuseError",
				message: expect.stringMatching(/nobody holds this lock/),
			});
		for (const wait of [() => condition.wait(), () => condition.waitFor(() => true)])
			try {
				yield* wait();
				expect.unreachable();
			} catch (error) {
				expect(error).toBeInstanceOf(MisuseError);
				expect((error as Error).message).toContain("condition.lock.with(body)");
			}
		yield* withTaskGroup(function* (group) {
			group.spawnWith({ name: "keeper" }, () => condition.lock.with(() => sleep(5)));
			yield* sleep(1);
			expect((thrownBy(() => condition.notify()) as Error).message).toMatch(/task keeper holds this lock, not task/);
		});
	});
	expect(thrownBy(() => new Condition().notify())).toBeInstanceOf(MisuseError);
});

test("wrong arguments are named", () => {
	expect((thrownBy(() => new Condition({} as Lock)) as Error).message).toMatch(/the lock is an object; pass a Lock/);
	const condition = new Condition();
	for (const wrong of [-1, 0.5, Number.NaN, "2" as unknown as number])
		expect(thrownBy(() => condition.notify(wrong))).toBeInstanceOf(RangeError);
	expect((thrownBy(() => condition.waitFor(true as never)) as Error).message).toMatch(
		/the predicate is true; pass a function/,
	);
});

test("notify(0) wakes nobody, and a notification that nobody waits for is forgotten", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const condition = new Condition();
		yield* condition.lock.with(() => condition.notify(3));
		yield* withTaskGroup(function* (group) {
			const waiter = waitIn(group, condition, "a", log);
			yield* sleep(1);
			yield* condition.lock.with(() => condition.notify(0));
			yield* sleep(1);
			expect(condition.statistics().waiting).toBe(1);
			waiter.scope.cancel();
		});
	});
	expect(log).toEqual(["a holds the lock"]);
});

test("wait in a cancelled scope keeps the lock and does not wait", async () => {
	await virtually(function* () {
		const condition = new Condition();
		yield* withCancelScope(function* (scope) {
			yield* condition.lock.acquire();
			scope.cancel();
			yield* condition.wait();
		});
		expect(condition.lock.locked).toBe(true);
		condition.lock.release();
	});
});

test("a cancelled wait has the lock again when it leaves, although another task holds it meanwhile", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (group) {
			const waiter = waitIn(group, condition, "a", log);
			yield* sleep(1);
			yield* condition.lock.with(function* () {
				waiter.scope.cancel();
				yield* sleep(10);
				expect(condition.statistics()).toMatchObject({ waiting: 0, lock: { waiting: 1 } });
				log.push("released");
			});
		});
		expect(condition.lock.locked).toBe(false);
	});
	expect(log).toEqual(["released", "a holds the lock"]);
});

test("the Cancelled of a cancelled wait is that of its scope, thrown after the lock was taken", async () => {
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (group) {
			const task = group.spawn(function* () {
				yield* condition.lock.acquire();
				try {
					yield* condition.wait();
				} catch (error) {
					expect(error).toBeInstanceOf(Cancelled);
					condition.lock.release();
					throw error;
				}
			});
			yield* sleep(1);
			task.cancel("enough");
		});
		expect(condition.lock.locked).toBe(false);
	});
});

test("if the grace ends before a cancelled wait has the lock again, release says so", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (group) {
			const holder = group.spawnWith({ name: "stubborn" }, function* () {
				yield* sleep(1);
				yield* condition.lock.with(() => sleep(100));
			});
			group.spawn(function* () {
				try {
					yield* withCancelScope({ grace: 10, timeout: 5 }, function* () {
						yield* condition.lock.acquire();
						try {
							yield* condition.wait();
						} finally {
							log.push(`owner: ${condition.lock.owner?.name}`);
							condition.lock.release();
						}
					});
				} catch (error) {
					expect(error).toBeInstanceOf(MisuseError);
					log.push((error as Error).message);
				}
				expect(condition.lock.owner).toBe(holder);
				// It can take the lock again, and what was is forgotten.
				yield* condition.lock.acquire();
				condition.lock.release();
				log.push((thrownBy(() => condition.lock.release()) as Error).message);
			});
		});
	});
	expect(log[0]).toBe("owner: stubborn");
	expect(log[1]).toMatch(
		/task stubborn holds this lock.*the grace ended before a cancelled Condition.wait\(\) could take it again/,
	);
	expect(log[2]).toMatch(/nobody holds this lock; acquire\(\) it first/);
});

test("without any grace a cancelled wait leaves without the lock, free or not", async () => {
	await virtually(function* () {
		const condition = new Condition();
		let seen: unknown;
		try {
			yield* withCancelScope({ grace: 0, timeout: 5 }, () => condition.lock.with(() => condition.wait()));
		} catch (error) {
			seen = error;
		}
		expect(seen).toMatchObject({ name: "MisuseError", message: expect.stringMatching(/the grace ended/) });
		expect(condition.lock.locked).toBe(false);
	});
});

test("a notified waiter that is cancelled before it has the lock passes the notification on", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (group) {
			const [first, second] = ["a", "b", "c", "d"].map((name) => waitIn(group, condition, name, log));
			yield* sleep(1);
			yield* condition.lock.with(function* () {
				condition.notify();
				first?.scope.cancel();
				second?.scope.cancel();
				yield* sleep(1);
				expect(condition.statistics()).toMatchObject({ waiting: 1, lock: { waiting: 3 } });
			});
			yield* sleep(1);
			expect(log.filter((line) => line.endsWith("woken"))).toEqual(["c woken"]);
			yield* condition.lock.with(() => condition.notify());
		});
	});
	expect(log.filter((line) => line.endsWith("holds the lock")).length).toBe(4);
	expect(log.at(-2)).toBe("d woken");
});

test("all notified waiters of one scope are cancelled at once: the notification leaves the scope", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (outer) {
			let inner: TaskGroup | undefined;
			outer.spawn(() =>
				withTaskGroup(function* (group) {
					inner = group;
					for (let i = 0; i < 50; i++) waitIn(group, condition, `inner ${i}`, []);
				}),
			);
			yield* sleep(1);
			waitIn(outer, condition, "outer", log);
			yield* sleep(1);
			yield* condition.lock.with(function* () {
				condition.notify();
				inner?.cancel();
				yield* checkpoint();
			});
		});
	});
	expect(log).toEqual(["outer woken", "outer holds the lock"]);
});

test("a waiter that was handed the lock and is cancelled in the same tick goes on until its next wait", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (group) {
			const waiter = waitIn(group, condition, "a", log);
			yield* sleep(1);
			yield* condition.lock.acquire();
			condition.notify();
			condition.lock.release();
			waiter.scope.cancel();
		});
	});
	expect(log).toEqual(["a woken", "a holds the lock"]);
});

test("waitFor gives what its predicate gave, calls it with the lock held, and again after each notification", async () => {
	await virtually(function* () {
		const condition = new Condition();
		const jobs: string[] = [];
		let asked = 0;
		yield* withTaskGroup(function* (group) {
			const taker = group.spawn(() =>
				condition.lock.with(() =>
					condition.waitFor(() => {
						asked++;
						expect(condition.lock.owner).toBe(taker);
						return jobs.shift();
					}),
				),
			);
			yield* sleep(1);
			yield* condition.lock.with(() => condition.notify());
			yield* sleep(1);
			expect(asked).toBe(2);
			yield* condition.lock.with(() => {
				jobs.push("job");
				condition.notify();
			});
			expect(yield* taker).toBe("job");
			expect(asked).toBe(3);
			yield* condition.lock.with(function* () {
				expect(yield* condition.waitFor(() => 7)).toBe(7);
			});
		});
	});
});

test("waitFor: a predicate that waits is refused, and one that throws leaves the lock held", async () => {
	await virtually(function* () {
		const condition = new Condition();
		yield* condition.lock.acquire();
		const boom = new Error("boom");
		const predicates = [
			() => sleep(1),
			() => {
				throw boom;
			},
		];
		const errors: unknown[] = [];
		for (const predicate of predicates)
			try {
				yield* condition.waitFor(predicate);
			} catch (error) {
				errors.push(error);
			}
		expect(errors[0]).toMatchObject({ name: "TypeError", message: expect.stringMatching(/must not wait/) });
		expect(errors[1]).toBe(boom);
		condition.lock.release();
	}, quietly);
});

test("waitFor: a predicate that cancels the scope, or releases the lock, is noticed before the wait", async () => {
	await virtually(function* () {
		const condition = new Condition();
		yield* withCancelScope(function* (scope) {
			yield* condition.lock.acquire();
			yield* condition.waitFor(() => {
				scope.cancel();
				return false;
			});
		});
		expect(condition.lock.locked).toBe(true);
		try {
			yield* condition.waitFor(() => condition.lock.release());
			expect.unreachable();
		} catch (error) {
			expect((error as Error).message).toMatch(/^Condition.waitFor: nobody holds this lock/);
		}
	});
});

test("the end of an owner that did not release the lock ends the waits too: nobody could ever notify them", async () => {
	const errors: unknown[] = [];
	await virtually(function* () {
		const condition = new Condition();
		const other = new Condition(condition.lock);
		yield* withTaskGroup(function* (group) {
			const notified = [condition, condition, other].map((each) =>
				group.spawn(function* () {
					yield* each.lock.acquire();
					try {
						yield* each.wait();
					} catch (error) {
						errors.push(error);
					}
				}),
			);
			yield* sleep(1);
			group.spawnWith({ name: "careless" }, function* () {
				yield* condition.lock.acquire();
				condition.notify();
			});
			for (const task of notified) yield* task;
			expect(other.statistics().waiting + condition.statistics().waiting).toBe(0);
		});
	});
	expect(errors.length).toBe(3);
	for (const error of errors) {
		expect(error).toBeInstanceOf(BrokenResourceError);
		expect((error as Error).message).toContain("careless");
	}
});

test("a lock that breaks while a cancelled wait takes it again: that error wins over the cancellation", async () => {
	const errors: unknown[] = [];
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				try {
					yield* withCancelScope({ timeout: 5 }, function* () {
						yield* condition.lock.acquire();
						yield* condition.wait();
					});
				} catch (error) {
					errors.push(error);
				}
			});
			yield* sleep(1);
			group.spawn(function* () {
				yield* condition.lock.acquire();
				yield* sleep(10);
			});
		});
	});
	expect(errors.length).toBe(1);
	expect(errors[0]).toBeInstanceOf(BrokenResourceError);
});

test("waitFor: a predicate that throws after a notification leaves the lock held, and the next one goes on", async () => {
	await virtually(function* () {
		const condition = new Condition();
		const boom = new Error("boom");
		let bad = false;
		yield* withTaskGroup(function* (group) {
			const task = group.spawn(function* () {
				yield* condition.lock.acquire();
				try {
					yield* condition.waitFor(() => {
						if (bad) throw boom;
						return false;
					});
				} catch (error) {
					expect(condition.lock.owner).toBe(task);
					condition.lock.release();
					return error;
				}
				return undefined;
			});
			yield* sleep(1);
			yield* condition.lock.with(() => {
				bad = true;
				condition.notify();
			});
			expect(yield* task).toBe(boom);
		});
		expect(condition.statistics()).toEqual({ waiting: 0, lock: { locked: false, owner: undefined, waiting: 0 } });
	});
});

test("an owner that took the free lock and ends breaks it for those who wait for the condition", async () => {
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (group) {
			const waiter = group.spawn(function* () {
				yield* condition.lock.acquire();
				try {
					yield* condition.wait();
					return "woken";
				} catch (error) {
					return error;
				}
			});
			yield* sleep(1);
			group.spawn(() => condition.lock.tryAcquire());
			expect(yield* waiter).toBeInstanceOf(BrokenResourceError);
		});
	});
});

test("two conditions of one lock are notified apart", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const lock = new Lock();
		const [full, empty] = [new Condition(lock), new Condition(lock)];
		yield* withTaskGroup(function* (group) {
			waitIn(group, full, "full", log);
			waitIn(group, empty, "empty", log);
			yield* sleep(1);
			yield* lock.with(() => empty.notify());
			yield* sleep(1);
			expect(log).toEqual(["empty woken", "empty holds the lock"]);
			yield* lock.with(() => full.notify());
		});
	});
});

test("lock.with under all: its body holds the lock, waits and notifies", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const condition = new Condition();
		yield* all([
			condition.lock.with(function* () {
				yield* condition.wait();
				log.push("woken");
			}),
			condition.lock.with(() => condition.notify()),
		]);
	});
	expect(log).toEqual(["woken"]);
});

test("native async functions wait and notify, with acquire and with", async () => {
	const condition = new Condition();
	const log: string[] = [];
	let open = false;
	await run(
		async () => {
			const waiter = async (): Promise<void> => {
				await condition.lock.with(async () => {
					while (!open) await condition.wait();
					log.push("woken");
				});
			};
			const notifier = async (): Promise<void> => {
				await sleep(1);
				const guard = await condition.lock.acquire();
				open = true;
				condition.notifyAll();
				guard.release();
			};
			await Promise.all([waiter(), waiter(), notifier()]);
		},
		{ loop: new VirtualLoop(), onReport: () => {} },
	);
	expect(log).toEqual(["woken", "woken"]);
	expect(condition.statistics()).toEqual({ waiting: 0, lock: { locked: false, owner: undefined, waiting: 0 } });
});

test("code outside of every run waits and notifies", async () => {
	const condition = new Condition();
	await condition.lock.acquire();
	const woken = condition.wait().then(() => condition.lock.release());
	await Promise.resolve();
	await condition.lock.acquire();
	condition.notify();
	condition.lock.release();
	await woken;
	expect(condition.lock.locked).toBe(false);
});

test("compiled code: a cancelled wait leaves lock.with in order, its finally holds the lock", async () => {
	const main = compile<() => Promise<string[]>>(
		`
		async function main() {
			const condition = new Condition();
			const lines = [];
			await moveOnAfter(5, () => condition.lock.with(async () => {
				try {
					await condition.wait();
					lines.push("not reached");
				} finally {
					lines.push("locked: " + condition.lock.locked);
				}
			}));
			lines.push("locked: " + condition.lock.locked);
			return lines;
		}`,
		{ Condition },
	);
	expect(await run(main, { loop: new VirtualLoop() })).toEqual(["locked: true", "locked: false"]);
});

test("a task that is cancelled while its cancelled wait takes the lock again is not cancelled twice", async () => {
	const log: string[] = [];
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (group) {
			const waiter = waitIn(group, condition, "a", log);
			yield* sleep(1);
			yield* condition.lock.with(function* () {
				waiter.scope.cancel();
				yield* sleep(1);
				waiter.scope.cancel();
				group.cancel();
				log.push("again");
			});
		});
	});
	expect(log).toEqual(["again", "a holds the lock"]);
});

test("100,000 tasks wait, every other one is cancelled, and the rest is woken", async () => {
	const count = 100_000;
	let woken = 0;
	await virtually(function* () {
		const condition = new Condition();
		yield* withTaskGroup(function* (group) {
			const tasks = Array.from({ length: count }, () =>
				group.spawn(() =>
					condition.lock.with(function* () {
						yield* condition.wait();
						woken++;
					}),
				),
			);
			yield* sleep(1);
			expect(condition.statistics().waiting).toBe(count);
			for (let i = 0; i < count; i += 2) tasks[i]?.cancel();
			yield* condition.lock.with(() => condition.notifyAll());
		});
	});
	expect(woken).toBe(count / 2);
});

test("the run's error of a misused wait is the MisuseError itself", async () => {
	expect(await rejectionOf(virtually(() => new Condition().wait()))).toBeInstanceOf(MisuseError);
});

test("model: as many go on as notifications were given while enough wait, whatever is cancelled", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.record({ cancelAt: fc.option(fc.nat(20), { nil: undefined }) }), { minLength: 1, maxLength: 8 }),
			fc.array(fc.record({ at: fc.nat(20), count: fc.nat(3), hold: fc.nat(4) }), { maxLength: 5 }),
			async (waiters, notifiers) => {
				await virtually(function* () {
					const condition = new Condition();
					let [owed, woken, inside] = [0, 0, 0];
					yield* withTaskGroup(function* (group) {
						const tasks = waiters.map(({ cancelAt }) => {
							const task = group.spawn(() =>
								condition.lock.with(function* () {
									try {
										yield* condition.wait();
										woken++;
									} finally {
										expect(condition.lock.owner).toBe(task);
										expect(++inside).toBe(1);
										inside--;
									}
								}),
							);
							if (cancelAt !== undefined)
								group.spawn(function* () {
									yield* sleep(cancelAt + 1);
									task.cancel();
								});
							return task;
						});
						for (const { at, count, hold } of notifiers)
							group.spawn(function* () {
								yield* sleep(at + 1);
								yield* condition.lock.with(function* () {
									expect(++inside).toBe(1);
									condition.notify(count);
									owed += count;
									inside--;
									yield* sleep(hold);
								});
							});
						yield* sleep(100);
						// Nobody who still waits is owed a wake-up, unless more were given away than there were waiters.
						const left = condition.statistics().waiting;
						if (left > 0) expect(woken).toBe(owed);
						else expect(woken).toBeLessThanOrEqual(owed);
						for (const task of tasks) task.cancel();
					});
					expect(condition.statistics()).toEqual({
						waiting: 0,
						lock: { locked: false, owner: undefined, waiting: 0 },
					});
				});
			},
		),
		{ numRuns: 200 },
	);
});
