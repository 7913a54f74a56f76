import { afterEach, expect, test, vi } from "vitest";
import { compile } from "../test/compile.ts";
import { hostTurn, quietly, thrownBy } from "../test/virtually.ts";
import { createChannel } from "./channel.ts";
import { ContextVar } from "./context-var.ts";
import { coroutine } from "./coroutine.ts";
import { CannotBlockError, DeadlockError, MisuseError, TimeoutError } from "./errors.ts";
import { Event } from "./event.ts";
import { withTaskGroup } from "./group.ts";
import { corocall } from "./invoke.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { operation } from "./operation.ts";
import { run } from "./run.ts";
import { runSync, sync } from "./run-sync.ts";
import type { Report } from "./runner.ts";
import { cleanup, moveOnAfter, withCancelScope, withTimeout } from "./scopes.ts";
import { checkpoint, now, sleep, sleepForever } from "./sleep.ts";
import { suspend, until } from "./suspend.ts";

afterEach(() => {
	vi.restoreAllMocks();
	vi.unstubAllGlobals();
});

/** A clock that goes on only while the thread sleeps, and then by exactly as much. */
function sleepingClock(): void {
	let time = 0;
	vi.spyOn(performance, "now").mockImplementation(() => time);
	vi.spyOn(Atomics, "wait").mockImplementation((...[, , , timeout]: unknown[]) => {
		time += timeout as number;
		return "timed-out";
	});
}

const after = coroutine(function* (milliseconds: number, value: string) {
	yield* sleep(milliseconds);
	return value;
});

test("gives what main gives, and throws what it throws, the same object", () => {
	expect(runSync(() => 5)).toBe(5);
	expect(runSync(after, { args: [0, "slept"] })).toBe("slept");
	const error = new Error("broken");
	expect(
		thrownBy(() =>
			runSync(function* () {
				yield* sleep(0);
				throw error;
			}),
		),
	).toBe(error);
});

test("sleeping really sleeps", () => {
	const before = performance.now();
	expect(runSync(after, { args: [5, "slept"] })).toBe("slept");
	expect(performance.now() - before).toBeGreaterThanOrEqual(5);
});

test("tasks, groups and channels work; deadlines and sleeps come in their order", () => {
	sleepingClock();
	const log: string[] = [];
	runSync(function* () {
		const { sender, receiver } = createChannel<string>(0);
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				for (const [delay, text] of [
					[6, "third"],
					[2, "first"],
				] as const)
					group.spawn(function* () {
						yield* sleep(delay);
						yield* sender.send(text);
					});
				log.push(`${yield* moveOnAfter(4, () => sleepForever())}`);
				yield* sender.send("second");
			});
			for (let count = 0; count < 3; count++) log.push(yield* receiver.receive());
		});
	});
	expect(log).toEqual(["first", "undefined", "second", "third"]);
});

test("a timeout is a TimeoutError, after the cleanup", () => {
	sleepingClock();
	const log: string[] = [];
	const error = thrownBy(() =>
		runSync(() =>
			withTimeout(1, function* () {
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(1));
					log.push("cleaned");
				}
			}),
		),
	);
	expect(error).toBeInstanceOf(TimeoutError);
	expect(log).toEqual(["cleaned"]);
});

test("the first failure is thrown, later ones are kept with it and reported", () => {
	const reports: Report[] = [];
	const [first, second] = [new Error("first"), new Error("second")];
	const error = thrownBy(() =>
		runSync(
			() =>
				withTaskGroup(function* (group) {
					group.spawn(function* () {
						yield* sleep(0);
						throw first;
					});
					try {
						yield* sleepForever();
					} finally {
						// biome-ignore lint/correctness/noUnsafeFinally: an error of cleanup
						throw second;
					}
				}),
			{ onReport: (report) => reports.push(report) },
		),
	);
	expect(error).toBe(first);
	expect(suppressedErrors(error)).toEqual([second]);
	expect(reports.map(({ error, kind }) => [error, kind])).toEqual([[second, "suppressed"]]);
});

test("nothing can wake it any more: DeadlockError at once, with the tasks, after cleanup", () => {
	const log: string[] = [];
	const error = thrownBy(() =>
		runSync(
			() =>
				withTaskGroup((group) => {
					group.spawnWith({ name: "reader" }, function* () {
						try {
							yield* new Event().wait();
						} finally {
							yield* cleanup(() => sleep(1));
							log.push("cleaned");
						}
					});
				}),
			{ name: "job" },
		),
	);
	expect(error).toBeInstanceOf(DeadlockError);
	expect((error as Error).message).toMatch(/job › reader: waits for Event.wait/);
	expect(log).toEqual(["cleaned"]);
});

test("what cannot even be cancelled is given up when its grace has passed", () => {
	expect(thrownBy(() => runSync(() => suspend(() => {}), { grace: 1 }))).toBeInstanceOf(DeadlockError);
});

test("a loop of checkpoints starves no sleep", () => {
	let turns = 0;
	const value = runSync(() =>
		moveOnAfter(3, function* () {
			for (;;) {
				yield* checkpoint();
				turns++;
			}
		}),
	);
	expect(value).toBe(undefined);
	expect(turns).toBeGreaterThan(0);
});

test("a compiled loop that never suspends notices its deadline", () => {
	const main = compile<() => Promise<string>>(`
		async function nothing() {}
		async function main() {
			return String(await moveOnAfter(2, async () => { while (true) await nothing(); }));
		}`);
	expect(runSync(main)).toBe("undefined");
});

// What only the host could bring about

test("an await of a promise is refused at that await: cleanup runs, the error can be caught", () => {
	const log: string[] = [];
	const promise = new Promise(() => {});
	const error = thrownBy(() =>
		runSync(
			function* () {
				try {
					yield* until(promise);
				} finally {
					yield* cleanup(() => sleep(0));
					log.push("cleaned");
				}
			},
			{ name: "job" },
		),
	);
	expect(error).toBeInstanceOf(CannotBlockError);
	expect((error as Error).message).toMatch(/^job awaited a promise in a synchronous run, .*use run\(\)/);
	expect(log).toEqual(["cleaned"]);
	const value = runSync(function* () {
		try {
			return yield* until(promise);
		} catch (caught) {
			return caught;
		}
	});
	expect(value).toBeInstanceOf(CannotBlockError);
});

test("in compiled code the refusal says where, also in its stack", () => {
	const main = compile<() => Promise<void>>(`
		async function load() {
			await new Promise(() => {});
		}
		async function main() {
			await withTaskGroup(async (group) => { group.spawnWith({ name: "loader" }, load); });
		}`);
	const error = thrownBy(() => runSync(main)) as Error;
	expect(error).toBeInstanceOf(CannotBlockError);
	expect(error.message).toMatch(/^main › loader awaited a promise at program\.cjs:4:\d+ in a synchronous run/);
	expect(error.stack).toContain(error.message);
});

test("a refused wait on the outside world has no effect", () => {
	let started = false;
	const wait = () =>
		suspend<void>(
			() => {
				started = true;
			},
			{ outside: true, label: "the moon" },
		);
	const error = thrownBy(() => runSync(wait));
	expect(error).toBeInstanceOf(CannotBlockError);
	expect((error as Error).message).toMatch(/awaited the moon/);
	expect(started).toBe(false);
	// biome-ignore lint/suspicious/noThenProperty: a thenable
	const thenable = { then: () => expect.unreachable() };
	expect(thrownBy(() => runSync(() => until(thenable as never)))).toBeInstanceOf(CannotBlockError);
});

test("a cancelled wait is cancelled, not refused", () => {
	const value = runSync(() =>
		withCancelScope(function* (scope) {
			scope.cancel();
			yield* until(new Promise(() => {}));
		}),
	);
	expect(value).toBe(undefined);
});

test("a refused promise that is rejected later is reported, not unhandled", async () => {
	const reports: Report[] = [];
	let reject: (error: Error) => void = () => {};
	const promise = new Promise((_, rejectIt) => {
		reject = rejectIt;
	});
	thrownBy(() => runSync(() => until(promise), { onReport: (report) => reports.push(report) }));
	const late = new Error("late");
	reject(late);
	await hostTurn();
	expect(reports.map(({ error, kind }) => [error, kind])).toEqual([[late, "late-rejection"]]);
});

test("a native async function is refused before it begins, as main and as a task", () => {
	let begun = false;
	const native = async () => {
		begun = true;
	};
	for (const call of [
		() => runSync(native),
		() => sync(native),
		() => runSync(() => withTaskGroup((group) => void group.spawn(native))),
		() => runSync(() => withTimeout(10, native)),
	]) {
		const error = thrownBy(call);
		expect(error).toBeInstanceOf(CannotBlockError);
		expect((error as Error).message).toMatch(/native, a native async function.*compile it/);
	}
	expect(begun).toBe(false);
});

test("on a thread that may not sleep a sleep is refused at its await, and everything else works", () => {
	vi.spyOn(Atomics, "wait").mockImplementation(() => {
		throw new TypeError("Atomics.wait cannot be called in this context");
	});
	const error = thrownBy(() => runSync(() => sleep(5)));
	expect(error).toBeInstanceOf(CannotBlockError);
	expect((error as Error).message).toMatch(/called sleep .*Atomics\.wait.*worker/);
	expect(runSync(() => withTimeout(1_000, () => after(0, "in time")))).toBe("in time");
	const stuck = thrownBy(() => runSync(() => withTimeout(1_000, () => sleepForever())));
	expect(stuck).toBeInstanceOf(CannotBlockError);
	expect((stuck as Error).message).toMatch(/cannot wait for a deadline/);
	vi.stubGlobal("SharedArrayBuffer", undefined);
	expect(thrownBy(() => runSync(() => sleep(5)))).toBeInstanceOf(CannotBlockError);
});

// Bare calls

test("the promise of a bare call can be awaited: it is a task of this run", () => {
	sleepingClock();
	const main = compile<() => Promise<string>>(`
		async function work(name) { await sleep(1); return name; }
		async function main() {
			const [a, b] = [work("a"), work("b")];
			return (await b) + (await a);
		}`);
	expect(runSync(main)).toBe("ba");
});

test("Promise.all, any and race of bare calls need no host; their losers are cancelled", () => {
	sleepingClock();
	const log: string[] = [];
	const main = compile<() => Promise<unknown>>(
		`
		async function work(name, milliseconds) {
			try { await sleep(milliseconds); return name; } finally { log.push(name); }
		}
		async function fail() { await sleep(1); throw new Error("no"); }
		async function main() {
			return [
				await Promise.all([work("a", 2), work("b", 1), 5, log]),
				await Promise.any([fail(), work("c", 2)]),
				await Promise.race([work("d", 1), work("e", 60000)]),
			];
		}`,
		{ log },
	);
	expect(runSync(main)).toEqual([["a", "b", 5, log], "c", "d"]);
	expect(log).toEqual(["b", "a", "c", "d", "e"]);
});

test("the failure of Promise.all goes to whoever awaits it", () => {
	sleepingClock();
	const main = compile<() => Promise<string>>(`
		async function fail() { await sleep(1); throw new Error("no"); }
		async function main() {
			try { await Promise.all([fail(), sleep(60000)]); } catch (error) { return error.message; }
		}`);
	expect(runSync(main)).toBe("no");
});

test("a bare call that has failed, unobserved by the end of its owner's body, fails the owner, which cancels the others", async () => {
	sleepingClock();
	const log: string[] = [];
	const unhandled = vi.fn();
	process.on("unhandledRejection", unhandled);
	const main = compile(
		`
		async function fail() { await sleep(1); throw new Error("unobserved"); }
		async function endless() { try { await sleepForever(); } finally { log.push("cancelled"); } }
		async function main() {
			try { await inner(); } catch (error) { log.push(error.message); }
		}
		async function inner() {
			endless();
			fail();
			await sleep(3);
			log.push("body has ended");
		}`,
		{ log },
	);
	runSync(main);
	await hostTurn();
	process.off("unhandledRejection", unhandled);
	expect(log).toEqual(["body has ended", "cancelled", "unobserved"]);
	expect(unhandled).not.toHaveBeenCalled();
});

test("one that fails while its owner waits for its tasks fails the owner at once", () => {
	sleepingClock();
	const log: string[] = [];
	const main = compile(
		`
		async function fail() { await sleep(1); throw new Error("unobserved"); }
		async function endless() { try { await sleepForever(); } finally { log.push("cancelled"); } }
		async function main() { endless(); fail(); }`,
		{ log },
	);
	expect(thrownBy(() => runSync(main))).toMatchObject({ message: "unobserved" });
	expect(log).toEqual(["cancelled"]);
});

test("one that is awaited before its owner's body ends is observed, however late", async () => {
	const unhandled = vi.fn();
	process.on("unhandledRejection", unhandled);
	const main = compile<() => Promise<string>>(`
		async function fail() { throw new Error("late"); }
		async function main() {
			const promise = fail();
			await sleep(2);
			try { await promise; } catch (error) { return error.message; }
		}`);
	expect(runSync(main)).toBe("late");
	await hostTurn();
	process.off("unhandledRejection", unhandled);
	expect(unhandled).not.toHaveBeenCalled();
});

test("the body's own error comes first, an unobserved one is kept with it", () => {
	const main = compile(`
		async function fail() { throw new Error("unobserved"); }
		async function main() { fail(); throw new Error("own"); }`);
	const error = thrownBy(() => runSync(main, quietly)) as Error;
	expect(error.message).toMatch(/own/);
	expect(suppressedErrors(error)).toMatchObject([{ message: "unobserved" }]);
});

test("what foreign code derives from a failed bare call is nobody's unhandled rejection", async () => {
	const { runChild } = await import("../test/child.ts");
	const { stdout, code } = await runChild(
		`
		import { runSync } from "holdfast";
		async function fail() { throw new Error("derived"); }
		function main() { fail().then(() => {}); }
		try { runSync(main); } catch (error) { console.log("caught", error.message); }`,
		{ compiled: true },
	);
	expect(stdout).toBe("caught derived\n");
	expect(code).toBe(0);
});

// Front ends

test("compiled code in native ticks: awaits, tails, loops, disposal and generators need no jobs of the host", () => {
	const source = `
		async function add(a, b) { await null; return a + b; }
		async function tail(a) { return add(a, 1); }
		async function* numbers() { try { yield 1; await sleep(1); yield* [2, 3]; } finally { log.push("closed"); } }
		async function main() {
			const seen = [await 1, await add(1, 2), await tail(3)];
			for await (const number of numbers()) seen.push(number);
			for await (const number of [10, add(5, 6)]) seen.push(number);
			{ await using resource = { async [Symbol.asyncDispose]() { await sleep(0); log.push("disposed"); } }; }
			const bare = add(20, 1);
			seen.push(await bare);
			return seen;
		}`;
	for (const ticks of ["default", "native"] as const) {
		const log: string[] = [];
		const main = compile<() => Promise<number[]>>(source, { log }, { ticks });
		expect(runSync(main), ticks).toEqual([1, 3, 4, 1, 2, 3, 10, 11, 21]);
		expect(log, ticks).toEqual(["closed", "disposed"]);
	}
});

test("native ticks: a foreign promise is refused at its await", () => {
	const main = compile(`async function main() { await Promise.resolve(5); }`, {}, { ticks: "native" });
	expect(thrownBy(() => runSync(main))).toBeInstanceOf(CannotBlockError);
});

test("f.sync() of a coroutine function and of an operation; sync(f) of any coroutine function", () => {
	expect(after.sync(0, "a")).toBe("a");
	const twice = operation({ async: async (x: number) => x * 3, sync: (x: number) => x * 2 });
	expect(twice.sync(2)).toBe(4);
	const compiled = compile<(x: number) => Promise<number>>("async function main(x) { await sleep(0); return x + 1; }");
	expect(sync(compiled)(1)).toBe(2);
	expect(sync(after)(0, "b")).toBe("b");
	expect(
		sync(function* (x: number) {
			yield* sleep(0);
			return x;
		})(3),
	).toBe(3);
	expect([sync(after).name, sync(after).length]).toEqual([after.name, after.length]);
});

test("f.sync() and sync(f) of a method: the receiver is the one that sync(f) is called on", () => {
	const counter = {
		count: 5,
		compiled: compile<() => Promise<number>>("async function main() { await sleep(0); return this.count; }"),
	};
	const face = { count: 7, call: sync(counter.compiled) };
	expect(face.call()).toBe(7);
	expect(
		coroutine(function* (this: { count: number }) {
			return this.count;
		})
			.bind(counter)
			.sync(),
	).toBe(5);
});

test("a synchronous operation that gives a coroutine has it awaited, and a promise refused", () => {
	const good = operation({ async: () => after(0, "async"), sync: () => after(0, "sync") as unknown as string });
	expect(good.sync()).toBe("sync");
	const bad = operation({ async: () => "a", sync: () => Promise.resolve("b") as unknown as string });
	expect(thrownBy(() => bad.sync())).toBeInstanceOf(CannotBlockError);
});

test("in a group some tasks may take their synchronous form while others sleep", () => {
	sleepingClock();
	const read = operation({ async: async () => "async", sync: () => "sync" });
	expect(
		runSync(() =>
			withTaskGroup(function* (group) {
				const slow = group.spawn(after, 1, "slow");
				return [yield* read(), yield* slow];
			}),
		),
	).toEqual(["sync", "slow"]);
});

// One in another

test("runSync inside a run is a run of its own: it holds up the others, reads the caller's context, and keeps its own", async () => {
	const variable = new ContextVar<string>("variable");
	const log: string[] = [];
	await run(function* () {
		variable.set("outer");
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				log.push("sibling");
			});
			log.push(
				runSync(function* () {
					yield* sleep(2);
					const seen = variable.get();
					variable.set("inner");
					return `${seen} in ${now() > 0}`;
				}),
			);
			log.push(variable.get());
			yield* checkpoint();
			log.push("after");
		});
	});
	expect(log).toEqual(["outer in true", "outer", "sibling", "after"]);
});

test("a deadline around runSync cannot reach in; it is noticed at the next wait", async () => {
	const log: string[] = [];
	const value = await run(() =>
		moveOnAfter(1, function* () {
			log.push(runSync(after, { args: [5, "not cut"] }));
			yield* sleep(1);
			log.push("not reached");
		}),
	);
	expect(value).toBe(undefined);
	expect(log).toEqual(["not cut"]);
});

test("run inside runSync is a task of its caller's owner, and its promise can be awaited", () => {
	const main = compile<() => Promise<string>>(`
		async function main() {
			return await run(async () => { await sleep(1); return "inner"; });
		}`);
	expect(runSync(main)).toBe("inner");
	expect(runSync(() => run(() => after(1, "generator")))).toBe("generator");
});

test("a run with options of its own inside runSync is synchronous as well; one on another loop is refused", () => {
	const reports: Report[] = [];
	const value = runSync(() =>
		run(
			function* () {
				yield* sleep(1);
				expect(thrownBy(() => runSync(() => until(Promise.resolve())))).toBeInstanceOf(CannotBlockError);
				try {
					yield* until(Promise.resolve());
				} catch (error) {
					return (error as Error).name;
				}
				return "waited";
			},
			{ onReport: (report) => reports.push(report) },
		),
	);
	expect(value).toBe("CannotBlockError");
	const error = thrownBy(() => runSync(() => run(() => 5, { loop: new VirtualLoop() })));
	expect(error).toBeInstanceOf(CannotBlockError);
	expect((error as Error).message).toMatch(/awaited a run on a loop of its own/);
});

test("runSync inside runSync is a run of its own: the tasks of the outer one stand still", () => {
	sleepingClock();
	const log: string[] = [];
	runSync(() =>
		withTaskGroup(function* (group) {
			group.spawn(function* () {
				for (const turn of [1, 2]) {
					log.push(`sibling ${turn}`);
					yield* sleep(1);
				}
			});
			yield* checkpoint();
			log.push(after.sync(4, "inner"));
		}),
	);
	expect(log).toEqual(["sibling 1", "inner", "sibling 2"]);
});

test("an inner run that waits for what only an outer task can do is at a standstill at once", () => {
	const event = new Event();
	const error = thrownBy(() =>
		runSync(() =>
			withTaskGroup(function* (group) {
				group.spawn(function* () {
					event.set();
				});
				runSync(() => event.wait());
			}),
		),
	);
	expect(error).toBeInstanceOf(DeadlockError);
});

test("an inner run wakes a task of the outer one, which goes on afterwards", async () => {
	const event = new Event();
	const log: string[] = [];
	await run(() =>
		withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* event.wait();
				log.push("woken");
			});
			yield* checkpoint();
			runSync(() => event.set());
			log.push("inner is over");
		}),
	);
	expect(log).toEqual(["inner is over", "woken"]);
});

test("awaiting a task of another run in a synchronous one is refused, and names it", async () => {
	const error = await run(() =>
		withTaskGroup((group) => {
			const task = group.spawnWith({ name: "slow" }, () => sleep(1));
			return thrownBy(() => runSync(() => task));
		}),
	);
	expect(error).toBeInstanceOf(CannotBlockError);
	expect((error as Error).message).toMatch(/the task slow, which belongs to another run/);
});

test("the code around a call that fails finds itself as it was", async () => {
	const outcome = await run(() =>
		withTaskGroup(function* (group) {
			const task = group.spawn(after, 1, "sibling");
			expect(thrownBy(() => runSync(() => until(new Promise(() => {}))))).toBeInstanceOf(CannotBlockError);
			return yield* task;
		}),
	);
	expect(outcome).toBe("sibling");
});

test("100 nested runs", () => {
	const nested = (depth: number): number => (depth === 0 ? 0 : 1 + runSync(() => nested(depth - 1)));
	expect(nested(100)).toBe(100);
});

test("100,000 waiters are woken", () => {
	const event = new Event();
	let woken = 0;
	runSync(() =>
		withTaskGroup(function* (group) {
			for (let count = 0; count < 100_000; count++)
				group.spawn(function* () {
					yield* event.wait();
					woken++;
				});
			yield* checkpoint();
			event.set();
		}),
	);
	expect(woken).toBe(100_000);
});

// Options and misuse

test("an AbortSignal that is aborted inside cancels the run", () => {
	const controller = new AbortController();
	const reason = new Error("enough");
	const error = thrownBy(() =>
		runSync(
			function* () {
				controller.abort(reason);
				yield* sleepForever();
			},
			{ signal: controller.signal },
		),
	);
	expect(error).toBe(reason);
});

test('bareCalls: "forbid" holds', () => {
	const main = compile(`async function f() {} async function main() { f(); }`);
	expect(thrownBy(() => runSync(main, { bareCalls: "forbid" }))).toMatchObject({ name: "BareCallError" });
});

test("wrong arguments are named", () => {
	expect(() => runSync(after(1, "called") as never)).toThrow(/runSync\(\) was given .*pass the function, not its call/);
	expect(() => runSync(5 as never)).toThrow(TypeError);
	expect(() => runSync(() => 5, { signals: true } as never)).toThrow(/runSync: unknown option "signals"/);
	expect(() => runSync(() => 5, { loop: undefined } as never)).toThrow(/runSync: unknown option "loop"/);
	expect(() => runSync(() => 5, { grace: -1 })).toThrow(/runSync: grace/);
	expect(() => sync(5 as never)).toThrow(TypeError);
	expect(() => (after.sync as (...args: unknown[]) => unknown).call(undefined)).toThrow(TypeError);
});

test("nothing of the process is left behind", async () => {
	const counts = () => [process.listenerCount("unhandledRejection"), process.listenerCount("beforeExit")];
	const before = counts();
	runSync(() => sleep(0));
	thrownBy(() => runSync(() => suspend(() => {}), { grace: 0 }));
	await hostTurn();
	expect(counts()).toEqual(before);
});

test("a bundle without runSync says what f.sync() needs", async () => {
	const { CoroutineFunctionPrototype } = await import("./coroutine.ts");
	vi.resetModules();
	const fresh = await import("./coroutine.ts");
	expect(fresh.CoroutineFunctionPrototype).not.toBe(CoroutineFunctionPrototype);
	expect(thrownBy(() => fresh.coroutine(function* () {}).sync())).toMatchObject({
		name: MisuseError.name,
		message: expect.stringMatching(/f\.sync\(\) needs runSync/),
	});
});

test("loops over results, channels and intervals, and the rest of the toolbox, need no host", () => {
	sleepingClock();
	const log: unknown[] = [];
	const main = compile(
		`
		async function after(milliseconds, value) { await sleep(milliseconds); return value; }
		async function main() {
			await withTaskGroup(async (group) => {
				group.spawn(after, 4, "b");
				group.spawn(after, 1, "a");
				for await (const result of group.results()) log.push(result);
			});
			const { sender, receiver } = createChannel(1);
			await withTaskGroup(async (group) => {
				group.spawn(async () => { for (const x of [1, 2, 3]) await sender.send(x); sender.close(); });
				for await (const x of receiver) log.push(x);
			});
			let turns = 0;
			for await (const tick of interval(1)) if (++turns === 2) break;
			log.push(turns);
			log.push(...(await map([3, 1], async (x) => await after(x, x))));
			log.push(await retry(async () => { if (turns++ < 4) throw new Error("again"); return turns; }, { attempts: 5, delay: 1 }));
			log.push((await allSettled([after(1, 1), () => { throw new Error("no"); }])).map((it) => it.status).join());
			await using group = openTaskGroup();
			group.spawn(after, 1, "open");
			await group.join();
			log.push(await new Lock().with(async () => "locked"));
			onExit(() => void log.push("exit"));
		}`,
		{ log },
	);
	runSync(main);
	expect(log).toEqual(["a", "b", 1, 2, 3, 2, 3, 1, 5, "fulfilled,rejected", "locked", "exit"]);
});

test("100,000 nested awaits", () => {
	const main = compile<() => Promise<number>>(`
		async function nested(depth) {
			if (depth > 0) return 1 + (await nested(depth - 1));
			await sleep(0);
			return 0;
		}
		async function main() { return await nested(100_000); }`);
	expect(runSync(main)).toBe(100_000);
});

test("an unobserved failure is not lost when its owner is cancelled", () => {
	sleepingClock();
	const main = compile(`
		async function fail() { throw new Error("unobserved"); }
		async function owner() { fail(); await sleepForever(); }
		async function main() { return await moveOnAfter(1, owner); }`);
	expect(thrownBy(() => runSync(main))).toMatchObject({ message: "unobserved" });
});

test("compiled functions of both forms of bodies: tasks, channels, sleeps, operations and refusals", () => {
	const body = `{
		const { sender, receiver } = createChannel(0);
		const double = async (x) => { await sleep(1); await sender.send(x * 2); };
		double(1);
		const first = await receiver.receive();
		const both = await Promise.all([pick(2), pick(3)]);
		try { await Promise.resolve(); } catch (error) { return [first, both, error.code]; } finally { await sleep(0); }
	}`;
	const source = `
		const pick = operation({ async: async (x) => "async " + x, sync: (x) => "sync " + x });
		async function plain() ${body}
		async function generator() { switch (1) { case await pick(0): return "wrong"; default: ${body} } }
		function main() { return [plain, generator]; }`;
	const expected = [2, ["sync 2", "sync 3"], "HOLDFAST_CANNOT_BLOCK"];
	const functions = compile<() => (() => Promise<unknown>)[]>(source)();
	// A plain body stands beside its entry; a generator is inside of it.
	const isPlain = (f: object): boolean => (f as { [corocall]?: { body?: unknown } })[corocall]?.body !== undefined;
	expect(functions.map(isPlain)).toEqual([true, false]);
	for (const f of functions) {
		expect(runSync(f)).toEqual(expected);
		expect(sync(f)()).toEqual(expected);
	}
});
