import { expect, test, vi } from "vitest";
import { compile } from "../test/compile.ts";
import { hostTurn, rejectionOf, virtually } from "../test/virtually.ts";
import { coroutine } from "./coroutine.ts";
import { BareCallError, DeadlockError, TaskCancelledError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import type { EventLoop } from "./loops/loop.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { type RunOptions, run } from "./run.ts";
import type { BareCall, Report } from "./runner.ts";
import { cleanup, currentScope, moveOnAfter } from "./scopes.ts";
import { checkpoint, now, sleep, sleepForever } from "./sleep.ts";
import { suspend, until } from "./suspend.ts";
import { currentTask } from "./task.ts";

test("gives what main gives, of whatever kind main is, with its arguments", async () => {
	const add = coroutine(function* (a: number, b: number) {
		yield* checkpoint();
		return a + b;
	});
	const options = { args: [2, 3], onReport: () => {} };
	expect(await run(add, options)).toBe(5);
	expect(
		await run(function* (a: number, b: number): Generator<never, number, never> {
			return a + b;
		}, options),
	).toBe(5);
	expect(await run((a: number, b: number) => a + b, options)).toBe(5);
	expect(await run((a: number, b: number) => Promise.resolve(a + b), options)).toBe(5);
	expect(await run(async (a: number, b: number) => a + b, options)).toBe(5);
	expect(
		await run(
			compile<(a: number, b: number) => Promise<number>>(`async function main(a, b) { return a + b; }`),
			options,
		),
	).toBe(5);
});

test("rejects with what main throws, the same object", async () => {
	const boom = new Error("boom");
	const throwing = () => {
		throw boom;
	};
	expect(await rejectionOf(run(throwing))).toBe(boom);
	expect(await rejectionOf(run(() => Promise.reject(undefined)))).toBeUndefined();
});

test("settles when everything has ended, cleanup included", async () => {
	const log: string[] = [];
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup(function* (group) {
				group.spawn(function* () {
					try {
						yield* sleepForever();
					} finally {
						yield* cleanup(() => sleep(50));
						log.push("cleaned");
					}
				});
				yield* sleep(1);
				throw new Error("boom");
			}),
		),
	);
	expect([(error as Error).message, log]).toEqual(["boom", ["cleaned"]]);
});

test("a call instead of a function is a rejection that names the mend, and nothing runs", async () => {
	function* generator(): Generator<never, void, never> {
		expect.unreachable();
	}
	for (const bad of [sleep(1), Promise.resolve(), generator(), (async function* () {})()]) {
		const error = (await rejectionOf(run(bad as never))) as Error;
		expect(error).toBeInstanceOf(TypeError);
		expect(error.message).toContain("pass the function, not its call");
	}
	for (const bad of [undefined, null, 5, "main", {}]) {
		const error = (await rejectionOf(run(bad as never))) as Error;
		expect(error.message).toContain("takes a coroutine function");
	}
});

test("an async generator function is no main, body or task", async () => {
	async function* generator(): AsyncGenerator<number> {
		yield 1;
	}
	const error = (await rejectionOf(run(generator as never))) as Error;
	expect(error).toBeInstanceOf(TypeError);
	expect(error.message).toMatch(/async generator/);
});

test("unknown and bad options are rejections that name them", async () => {
	const main = () => expect.unreachable();
	const cases: [unknown, RegExp][] = [
		[{ sginal: 1 }, /"sginal"; known are/],
		[null, /options are null/],
		[{ args: "ab" }, /args/],
		[{ grace: -1 }, /grace is -1/],
		[{ grace: Number.NaN }, /grace is NaN/],
		[{ grace: "5" }, /grace/],
		[{ bareCalls: "never" }, /bareCalls is "never"/],
		[{ signal: {} }, /AbortSignal/],
		[{ loop: {} }, /loop/],
		[{ onReport: "log" }, /onReport/],
		[{ name: 5 }, /name/],
	];
	for (const [options, text] of cases) {
		const error = (await rejectionOf(run(main as never, options as RunOptions))) as Error;
		expect(error.message, JSON.stringify(options)).toMatch(text);
	}
});

test("a native function works, with one hint in one line", async () => {
	vi.resetModules();
	const fresh = await import("./run.ts");
	const reports: Report[] = [];
	const onReport = (report: Report) => reports.push(report);
	for (let time = 0; time < 2; time++)
		expect(await fresh.run(async () => await Promise.resolve(5), { onReport })).toBe(5);
	expect(reports.map(({ kind }) => kind)).toEqual(["hint"]);
	expect(reports[0]?.error).toMatch(/native async function.*@holdfast\/compiler\/register/);
	expect(reports[0]?.error).not.toContain("\n");
});

test("a function that another tool has lowered to a generator is noticed", async () => {
	const helper = (make: () => Generator) => Promise.resolve(make().next().value);
	const [__awaiter, __async] = [(_this: unknown, ...rest: unknown[]) => helper(rest.at(-1) as () => Generator), helper];
	const asyncToGenerator = (make: () => Generator) => () => helper(make);
	const _ref = asyncToGenerator(function* () {});
	const lowered = {
		TypeScript: () => __awaiter(undefined, undefined, undefined, function* () {}),
		esbuild: () => __async(function* () {}),
		SWC: () => asyncToGenerator(function* () {})(),
		Babel: function main(this: unknown) {
			return _ref.apply(this, arguments as never);
		},
	};
	for (const [tool, main] of Object.entries(lowered)) {
		vi.resetModules();
		const fresh = await import("./run.ts");
		const reports: Report[] = [];
		await fresh.run(main, { onReport: (report) => reports.push(report) });
		expect(
			reports.map(({ kind }) => kind),
			tool,
		).toEqual(["hint"]);
		expect(reports[0]?.error).toMatch(
			/^run\(\) was given an async function that another tool has lowered[^\n]*ES2017[^\n]*$/,
		);
	}
});

test("functions that are no async functions, and coroutines, get no hint", async () => {
	vi.resetModules();
	const fresh = await import("./run.ts");
	const { coroutine } = await import("./coroutine.ts");
	const reports: Report[] = [];
	const onReport = (report: Report) => reports.push(report);
	for (const main of [() => 1, () => Promise.resolve(1), coroutine(function* () {}), function* () {}])
		await fresh.run(main as () => unknown, { onReport });
	expect(reports).toEqual([]);
});

test("without onReport the hint is printed once", async () => {
	vi.resetModules();
	const fresh = await import("./run.ts");
	const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
	try {
		await fresh.run(async () => {});
		await fresh.run(async () => {});
		expect(warn).toHaveBeenCalledTimes(1);
	} finally {
		warn.mockRestore();
	}
});

test("an aborted signal cancels the run, which throws the signal's reason after its cleanup", async () => {
	const controller = new AbortController();
	const reason = new Error("the user left");
	const log: string[] = [];
	const error = await rejectionOf(
		virtually(
			function* () {
				try {
					controller.abort(reason);
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(5));
					log.push("cleaned");
				}
			},
			{ signal: controller.signal },
		),
	);
	expect([error, log]).toEqual([reason, ["cleaned"]]);
});

test("a signal that is aborted already cancels before the first wait; without a wait there is nothing to cancel", async () => {
	const signal = AbortSignal.abort("a text");
	expect(await rejectionOf(run(() => checkpoint(), { signal }))).toMatchObject({ name: "AbortError" });
	expect(await run(() => "value", { signal })).toBe("value");
});

test("after the run the signal has no listener left", async () => {
	const controller = new AbortController();
	const removed = vi.spyOn(controller.signal, "removeEventListener");
	await run(checkpoint, { signal: controller.signal });
	expect(removed).toHaveBeenCalled();
	controller.abort();
	await hostTurn();
});

test("cancelling the scope of main gives undefined", async () => {
	expect(
		await virtually(function* () {
			currentScope().cancel();
			yield* checkpoint();
			return "not reached";
		}),
	).toBeUndefined();
});

test("a run whose main cancels its own task is rejected with TaskCancelledError", async () => {
	const error = await rejectionOf(
		virtually(function* () {
			currentTask().cancel();
			yield* checkpoint();
		}),
	);
	expect(error).toBeInstanceOf(TaskCancelledError);
	expect(error).not.toBeInstanceOf(Cancelled);
});

test("a run inside a run is a task of its caller's owner: cancelled with it, with its context and its clock", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		yield* moveOnAfter(5, function* () {
			yield* until(
				run(
					function* () {
						try {
							log.push(now());
							yield* sleepForever();
						} finally {
							yield* cleanup(() => sleep(10));
							log.push("inner cleaned");
						}
					},
					{ name: "inner" },
				),
			);
		});
		log.push(now());
	});
	expect(log).toEqual([0, "inner cleaned", 15]);
});

test("a run inside a run gives its value, throws its error, and has its own grace", async () => {
	const boom = new Error("boom");
	await virtually(function* () {
		expect(yield* until(run(() => sleep(5).then(() => "value")))).toBe("value");
		expect(
			yield* until(
				run(() => {
					throw boom;
				}).catch((error: unknown) => error),
			),
		).toBe(boom);
		expect(yield* until(run(() => currentScope().grace, { grace: 7 }))).toBe(7);
	});
});

test("two runs at once do not share their tasks", async () => {
	const log: string[] = [];
	const one = (name: string) =>
		run(
			function* () {
				for (let turn = 0; turn < 3; turn++) {
					log.push(`${name}${turn} ${currentTask().name}`);
					yield* checkpoint();
				}
			},
			{ name },
		);
	await Promise.all([one("a"), one("b")]);
	expect(log.sort()).toEqual(["a0 a", "a1 a", "a2 a", "b0 b", "b1 b", "b2 b"]);
});

const bareCalls = `async function work(x) { await sleep(5); return x; }`;

test('bareCalls: "forbid" throws at the call, naming the function', async () => {
	const main = compile(`${bareCalls} async function main() { try { work(1); } catch (error) { return error; } }`);
	const error = (await virtually(main, { bareCalls: "forbid" })) as Error;
	expect(error).toBeInstanceOf(BareCallError);
	expect(error.message).toMatch(/work\(\) was called without await/);
});

test('bareCalls: "forbid" allows awaited calls, and all with functions', async () => {
	const main = compile<() => Promise<unknown>>(
		`${bareCalls} async function main() { return [await work(1), await withTaskGroup((group) => group.spawn(work, 2))]; }`,
	);
	expect(await virtually(main, { bareCalls: "forbid" })).toEqual([1, 2]);
});

test('bareCalls: "forbid" takes a sync function around one call for that call; a second one, and what it drops, is refused', async () => {
	const reports: unknown[] = [];
	const strict: RunOptions = { bareCalls: "forbid", onReport: (report) => reports.push(report) };
	const given = compile(
		`${bareCalls} async function main() {
			const both = await all([() => work(1), () => work(2)]);
			const mapped = await map([3, 4], (x) => work(x));
			return [...both, ...mapped, await withTimeout(100, () => work(5)), await race([() => work(6), () => 7])];
		}`,
	);
	expect(await virtually(given, strict)).toEqual([1, 2, 3, 4, 5, 7]);
	const bodies = {
		"it drops the call": "() => { work(1); }",
		"it makes two": "() => { work(1); return work(2); }",
		"it gives a list of them": "() => [1, 2].map(work)",
		"it makes a promise of it": "() => work(1).then((x) => x)",
		"it calls a group's body": "(group) => { group.spawn(() => { work(1); }); }",
	};
	for (const [name, body] of Object.entries(bodies)) {
		const main = compile(`${bareCalls} async function main() { return await withTaskGroup(${body}); }`);
		const error = await rejectionOf(virtually(main, strict));
		expect(error, name).toBeInstanceOf(BareCallError);
	}
	expect(reports).toEqual([]);
});

test("a function as hook gets the call, described, and its result is the call's", async () => {
	const calls: BareCall[] = [];
	const main = compile<() => Promise<unknown>>(
		`${bareCalls} async function main() { const it = work(7); return { it }; }`,
	);
	const value = (await virtually(main, {
		bareCalls: (call) => {
			calls.push(call);
			return "what the hook gave";
		},
		onReport: () => {},
	})) as { it: unknown };
	expect(value.it).toBe("what the hook gave");
	expect([calls.length, calls[0]?.name, calls[0]?.owner]).toEqual([1, "work", "main"]);
});

test("a hook may await the coroutine it is given", async () => {
	const main = compile<() => Promise<unknown>>(
		`${bareCalls} async function main() { return await taken(work(7)); } async function taken(it) { return await it; }`,
	);
	expect(await virtually(main, { bareCalls: (call) => call.coroutine })).toBe(7);
});

test("a standstill is a DeadlockError that lists who waits for what, after cleanup", async () => {
	const log: string[] = [];
	const error = (await rejectionOf(
		virtually(
			() =>
				withTaskGroup((group) => {
					group.spawnWith({ name: "reader" }, function* () {
						try {
							yield* suspend(() => () => {}, { label: "a message" });
						} finally {
							yield* cleanup(() => sleep(5));
							log.push("cleaned");
						}
					});
				}),
			{ name: "job" },
		),
	)) as Error;
	expect(error).toBeInstanceOf(DeadlockError);
	expect(error.message).toMatch(/job › reader: waits for a message/);
	expect(log).toEqual(["cleaned"]);
});

test("a standstill that cannot even be cancelled is given up", async () => {
	const error = await rejectionOf(virtually(() => suspend(() => {})));
	expect(error).toBeInstanceOf(DeadlockError);
});

test("an error with no recipient goes to onReport with the path of its task", async () => {
	const reports: Report[] = [];
	const lost = new Error("lost");
	let reject: ((error: unknown) => void) | undefined;
	await virtually(
		() =>
			withTaskGroup(function* (group) {
				group.spawnWith({ name: "waiter" }, () =>
					moveOnAfter(5, () =>
						until(
							new Promise((_, it) => {
								reject = it;
							}),
						),
					),
				);
				yield* sleep(10);
				reject?.(lost);
				yield* sleep(10);
			}),
		{ name: "job", onReport: (report) => reports.push(report) },
	);
	expect(reports.map(({ error, kind, path }) => [error, kind, path])).toEqual([
		[lost, "late-rejection", "job › waiter"],
	]);
});

test("when onReport throws, both errors are printed and the run goes on", async () => {
	const print = vi.spyOn(console, "error").mockImplementation(() => {});
	try {
		const [lost, second] = [new Error("lost"), new Error("onReport")];
		let reject: ((error: unknown) => void) | undefined;
		const value = await virtually(
			function* () {
				yield* moveOnAfter(5, () =>
					until(
						new Promise((_, it) => {
							reject = it;
						}),
					),
				);
				reject?.(lost);
				yield* sleep(10);
				return "value";
			},
			{
				onReport: () => {
					throw second;
				},
			},
		);
		expect(value).toBe("value");
		expect(print.mock.calls.map((call) => call[1])).toEqual([lost, second]);
	} finally {
		print.mockRestore();
	}
});

test("a loop of thirty lines is enough", async () => {
	const queue: (() => void)[] = [];
	let time = 0;
	const loop: EventLoop = {
		now: () => time,
		callSoon: (fn) => void queue.push(fn),
		callAt: (when, fn) => {
			const due = () => {
				time = when;
				fn();
			};
			queue.push(due);
			return () => queue.splice(queue.indexOf(due), 1);
		},
	};
	const result = run(
		function* () {
			yield* sleep(5);
			return now();
		},
		{ loop },
	);
	for (let fn = queue.shift(); fn !== undefined; fn = queue.shift()) fn();
	expect(await result).toBe(5);
});

test("several runs may share one virtual loop", async () => {
	const loop = new VirtualLoop();
	const log: string[] = [];
	const one = (name: string, delay: number) =>
		run(
			function* () {
				yield* sleep(delay);
				log.push(`${name} ${now()}`);
			},
			{ loop },
		);
	await Promise.all([one("late", 20), one("early", 10)]);
	expect(log).toEqual(["early 10", "late 20"]);
});
