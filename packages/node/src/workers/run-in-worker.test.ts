import { MessageChannel, type MessagePort } from "node:worker_threads";
import {
	all,
	CannotBlockError,
	CapacityLimiter,
	ContextVar,
	type Coroutine,
	coroutine,
	MisuseError,
	moveOnAfter,
	now,
	run,
	runSync,
	sleep,
	suspend,
	withCancelScope,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { VirtualLoop } from "holdfast/loops";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as module from "../../test/worker-module.ts";
import { runInWorker } from "./run-in-worker.ts";
import { shareWithWorkers } from "./shared-context.ts";
import { transfer } from "./transfer.ts";
import { WorkerDataError, WorkerDiedError, WorkerFunctionError } from "./worker-errors.ts";
import { openWorkerPool } from "./worker-pool.ts";

type Module = typeof module;

/** A function of the module above, in a worker. */
function of<Name extends keyof Module & string>(name: Name): { module: URL; export: Name } {
	return { module: new URL("../../test/worker-module.ts", import.meta.url), export: name };
}

function shared(): Int32Array {
	return new Int32Array(new SharedArrayBuffer(16));
}

/** Waits until another thread has stored something. */
function* reached(log: Int32Array, index: number, value = 1): Generator<never, void, unknown> {
	while (Atomics.load(log, index) !== value) yield* sleep(1);
}

function* caught(call: () => Iterable<never>): Generator<never, unknown, unknown> {
	try {
		yield* call() as Generator<never, unknown, unknown>;
	} catch (error) {
		return error;
	}
	throw new Error("Nothing was thrown.");
}

/** What the test runner has open itself. */
let before: readonly string[] = [];

function open(): readonly string[] {
	return process
		.getActiveResourcesInfo()
		.filter((name) => /Worker|MessagePort/.test(name))
		.sort();
}

beforeEach(() => {
	before = open();
});

afterEach(async () => {
	// A port that was closed is gone some turns of the host later.
	for (let turn = 0; turn < 100 && open().length > before.length; turn++)
		await new Promise((resolve) => setImmediate(resolve));
	expect(open()).toEqual(before);
});

test("functions of every kind, of a module or self-contained, give their value", async () => {
	await run(function* () {
		expect(yield* runInWorker<Module["add"]>(of("add"), [1, 2])).toBe(3);
		expect(yield* runInWorker<Module["addLater"]>(of("addLater"), [1, 3])).toBe(4);
		expect(yield* runInWorker<Module["addNatively"]>(of("addNatively"), [1, 4])).toBe(5);
		expect(yield* runInWorker({ module: new URL("../../test/worker-module.ts", import.meta.url) }, [6])).toBe(6);
		expect(yield* runInWorker((a: number, b: number) => a * b, [2, 3])).toBe(6);
		expect(
			yield* runInWorker(
				async function later(n: number): Promise<number> {
					await Promise.resolve();
					return n;
				},
				[7],
			),
		).toBe(7);
		expect(yield* runInWorker(() => undefined)).toBe(undefined);
	});
});

test("it works awaited in native code, and outside of every run", async () => {
	expect(await run(async () => await runInWorker<Module["add"]>(of("add"), [1, 2]), { onReport: () => {} })).toBe(3);
	expect(await runInWorker((n: number) => n + 1, [1])).toBe(2);
});

test("an error keeps its message, name, code, properties and cause, and shows the stacks of both sides", async () => {
	await run(function* () {
		const error = (yield* caught(
			coroutine(function* callsTheWorker() {
				yield* runInWorker<Module["fail"]>(of("fail"));
			}),
		)) as Error & { code: string; detail: unknown };
		expect(error).toBeInstanceOf(Error);
		expect(error).toMatchObject({ name: "OwnError", message: "it failed", code: "E_OWN", detail: { place: "worker" } });
		expect(error.cause).toBeInstanceOf(TypeError);
		expect(error.cause).toMatchObject({ message: "the cause" });
		expect(error.stack).toMatch(/fail \(.*worker-module\.ts:\d+/);
		expect(error.stack).toMatch(/in worker thread \d+ \(fail\)/);
		expect(error.stack).toMatch(/in worker thread[\s\S]*callsTheWorker/);
		expect(error.stack).not.toMatch(/worker-main/);
	});
});

test("the classes of the language and of Holdfast are the same on this side; other thrown values cross as they are", async () => {
	await run(function* () {
		expect(
			yield* caught(() =>
				runInWorker(() => {
					throw new RangeError("range");
				}),
			),
		).toBeInstanceOf(RangeError);
		const error = yield* caught(() => runInWorker<Module["failWithValue"]>(of("failWithValue"), [[1, "two"]]));
		expect(error).toEqual([1, "two"]);
		expect(yield* caught(() => runInWorker(of("failWithFunction")))).toBe("() => 1");
		expect(
			yield* caught(() =>
				runInWorker(() => {
					throw new AggregateError([new TypeError("first"), "second"], "several");
				}),
			),
		).toMatchObject({ message: "several", errors: [{ message: "first" }, "second"] });
	});
});

test("context variables that are shared are seen in the worker; others, and what it sets, are not", async () => {
	await run(function* () {
		yield* module.alone.with("here", () =>
			module.requestId.with({ id: 7 }, function* () {
				expect(yield* runInWorker(of("context"))).toEqual([{ id: 7 }, "nothing"]);
				expect(module.requestId.get()).toEqual({ id: 7 });
			}),
		);
		// The next work in the same thread knows nothing of it.
		expect(yield* caught(() => runInWorker(of("context")))).toMatchObject({ name: "ContextVarError" });
		const error = yield* caught(() =>
			module.requestId.with(
				() => {},
				() => runInWorker(of("context")),
			),
		);
		expect(error).toBeInstanceOf(WorkerDataError);
		expect((error as Error).message).toContain("the context variable requestId for context cannot be brought");
	});
});

test("the deadline is known in the worker", async () => {
	await run(function* () {
		const left = yield* withTimeout(5_000, () => runInWorker<Module["deadline"]>(of("deadline")));
		expect(left).toBeGreaterThan(0);
		expect(left).toBeLessThanOrEqual(5_000);
		expect(yield* runInWorker<Module["deadline"]>(of("deadline"))).toBe(Number.POSITIVE_INFINITY);
	});
});

test("a cancellation cancels the work, with the reason, and waits for its cleanup; the thread is used again", async () => {
	await run(function* () {
		const pool = yield* openWorkerPool({ threads: 1 });
		const log = shared();
		yield* withCancelScope({}, function* (scope) {
			yield* withTaskGroup(function* (group) {
				group.spawn(() => pool.run<Module["stubborn"]>(of("stubborn"), [log, 20]));
				yield* reached(log, 0);
				scope.cancel("enough");
			});
		});
		expect([...log]).toEqual([1, 1, 1, 0]);
		const { port1, port2 } = new MessageChannel();
		yield* withCancelScope({}, function* (scope) {
			yield* withTaskGroup(function* (group) {
				const options = { transfer: [port2] };
				group.spawn(() =>
					pool.run<Module["reasonOfCancellation"]>(of("reasonOfCancellation"), [port2], options as never),
				);
				expect(yield* message(port1)).toBe("begun");
				scope.cancel("enough");
			});
		});
		expect(yield* message(port1)).toEqual(["explicit", expect.stringContaining("enough")]);
		port1.close();
		expect(pool.statistics()).toMatchObject({ started: 1, idle: 1, completed: 2 });
	});
});

function message(port: MessagePort): Coroutine<unknown> {
	return suspend<unknown>((resume) => void port.once("message", resume), { outside: true });
}

test("a deadline cancels the work, too", async () => {
	await run(function* () {
		const log = shared();
		yield* withCancelScope({}, function* (scope) {
			yield* withTaskGroup(function* (group) {
				group.spawn(() => runInWorker<Module["stubborn"]>(of("stubborn"), [log, 1]));
				yield* reached(log, 0);
				scope.deadline = now();
			});
		});
		expect([...log]).toEqual([1, 1, 1, 0]);
	});
});

test("an error of the work's cleanup wins over the cancellation", async () => {
	await run(function* () {
		const log = shared();
		const error = yield* caught(() =>
			withCancelScope({}, function* (scope) {
				yield* withTaskGroup(function* (group) {
					group.spawn(() => runInWorker<Module["stubborn"]>(of("stubborn"), [log, 1, "cleanup failed"]));
					yield* reached(log, 0);
					scope.cancel();
				});
			}),
		);
		expect(error).toMatchObject({ message: "cleanup failed" });
	});
});

test("work whose cleanup takes longer than the grace is terminated with its thread", async () => {
	await run(function* () {
		const pool = yield* openWorkerPool({ threads: 1 });
		const log = shared();
		yield* withCancelScope({ grace: 50 }, function* (scope) {
			yield* withTaskGroup(function* (group) {
				group.spawn(() => pool.run<Module["stubborn"]>(of("stubborn"), [log, 60_000]));
				yield* reached(log, 0);
				scope.cancel();
			});
		});
		expect([...log]).toEqual([1, 1, 0, 0]);
		expect(pool.statistics()).toMatchObject({ threads: 0 });
		expect(yield* pool.run((n: number) => n, [1])).toBe(1);
	});
});

test("a loop that never waits is terminated: after the grace of the scope, or its own, whichever is shorter", async () => {
	await run(function* () {
		for (const [scopeGrace, options] of [
			[20, {}],
			[60_000, { grace: 0 }],
		] as const) {
			const log = shared();
			yield* withCancelScope({ grace: scopeGrace }, function* (scope) {
				yield* withTaskGroup(function* (group) {
					group.spawn(() => runInWorker<Module["loop"]>(of("loop"), [log], options));
					yield* reached(log, 0);
					scope.cancel();
				});
			});
		}
		expect(yield* runInWorker((n: number) => n, [1])).toBe(1);
	});
});

test("a run that is cancelled while a worker loops ends all the same", async () => {
	const log = shared();
	const controller = new AbortController();
	const ended = run(
		function* () {
			yield* withTaskGroup(function* (group) {
				group.spawn(() => runInWorker<Module["loop"]>(of("loop"), [log]));
				yield* reached(log, 0);
				controller.abort(new Error("stop"));
			});
		},
		{ signal: controller.signal, grace: 10 },
	);
	await expect(ended).rejects.toThrow("stop");
});

test("work that waits for a place has not begun, and is cancelled at once", async () => {
	await run(function* () {
		const limiter = new CapacityLimiter(1);
		const log = shared();
		yield* withTaskGroup(function* (group) {
			group.spawn(() => runInWorker<Module["hold"]>(of("hold"), [log], { limiter }));
			yield* reached(log, 0);
			expect(yield* moveOnAfter(5, () => runInWorker(() => 1, [], { limiter }))).toBe(undefined);
			Atomics.store(log, 1, 1);
			Atomics.notify(log, 1);
		});
		expect(limiter.statistics()).toEqual({ total: 1, borrowed: 0, waiting: 0 });
	});
});

test("a worker that dies is a named error that says how: exit, an uncaught error, no memory", async () => {
	await run(function* () {
		const exited = yield* caught(() => runInWorker<Module["exit"]>(of("exit"), [3]));
		expect(exited).toBeInstanceOf(WorkerDiedError);
		expect(exited).toMatchObject({ exitCode: 3, code: "HOLDFAST_WORKER_DIED" });
		const crashed = yield* caught(() => runInWorker(of("crashLater")));
		expect(crashed).toMatchObject({
			message: expect.stringContaining("an error that nothing in it has caught: nobody catches this."),
			cause: { message: "nobody catches this" },
		});
		const pool = yield* openWorkerPool({ threads: 1, resourceLimits: { maxOldGenerationSizeMb: 32 } });
		const hungry = yield* caught(() => pool.run(of("eat")));
		expect(hungry).toMatchObject({ message: expect.stringContaining("it ran out of memory") });
		expect(yield* pool.run<Module["add"]>(of("add"), [1, 2])).toBe(3);
	});
});

test("buffers move in both directions, when told so", async () => {
	await run(function* () {
		const buffer = new ArrayBuffer(1_000);
		const length = yield* runInWorker<Module["byteLength"]>(of("byteLength"), [buffer], { transfer: [buffer] });
		expect(length).toBe(1_000);
		expect(buffer.byteLength).toBe(0);
		const pixels = yield* runInWorker<Module["pixels"]>(of("pixels"), [500]);
		expect(pixels).toEqual(new Uint8Array(500).fill(7));
	});
	const value = new Uint8Array(1);
	expect(transfer(value, [value.buffer])).toBe(value);
});

test("what cannot be cloned is named: an argument, a result", async () => {
	await run(function* () {
		expect(yield* caught(() => runInWorker(of("add") as never, [1, () => 2]))).toMatchObject({
			name: "WorkerDataError",
			message: expect.stringMatching(/^runInWorker: argument 2 for add cannot be brought into another thread: /),
		});
		expect(yield* caught(() => runInWorker(of("uncloneable")))).toMatchObject({
			name: "WorkerDataError",
			message: expect.stringMatching(/^runInWorker: what uncloneable gave cannot be brought back from its thread: /),
		});
		expect(yield* runInWorker<Module["add"]>(of("add"), [1, 2])).toBe(3);
	});
});

test("functions that cannot cross are refused with the mend", async () => {
	const outside = 5;
	const bound = (() => 1).bind(null);
	for (const [fn, message] of [
		[module.addLater, "is a compiled function, or one made by coroutine()"],
		[bound, "is built in or bound"],
		[class Made {}, "Made is a class."],
		[{ method() {} }.method, "method is a method"],
	] as const)
		expect(() => runInWorker(fn as never)).toThrow(message);
	await run(function* () {
		const error = yield* caught(() =>
			runInWorker(function uses() {
				return outside;
			}),
		);
		expect(error).toBeInstanceOf(WorkerFunctionError);
		expect(error).toMatchObject({
			message: expect.stringMatching(/^runInWorker: uses refers to outside, which is not/),
		});
		expect((error as Error).cause).toBeInstanceOf(ReferenceError);
		expect(yield* caught(() => runInWorker(of("notAFunction") as never))).toMatchObject({
			message: expect.stringMatching(/worker-module\.ts exports no function notAFunction; its functions are .*\badd, /),
		});
		expect(yield* caught(() => runInWorker({ module: new URL("./not-there.js", import.meta.url) }))).toMatchObject({
			code: "ERR_MODULE_NOT_FOUND",
		});
	});
});

test("an error in the worker that nobody observes is reported by this run", async () => {
	const reports: unknown[] = [];
	await run(
		function* () {
			expect(yield* runInWorker(of("report"))).toBe("done");
		},
		{ onReport: ({ error }) => void reports.push(error) },
	);
	expect(reports).toMatchObject([{ message: "lost" }]);
});

test("work that cancels its own scope", async () => {
	await run(function* () {
		expect(yield* runInWorker(of("cancelItself"))).toBe("a value all the same");
	});
});

test("there are never more threads than the limiter has places, whatever ends how, in however many pools", async () => {
	await run(function* () {
		const limiter = new CapacityLimiter(2);
		const log = shared();
		const a = yield* openWorkerPool({ limiter });
		const b = yield* openWorkerPool({ limiter });
		let most = 0;
		const look = (): void => {
			most = Math.max(most, a.statistics().threads + b.statistics().threads);
		};
		yield* withTaskGroup(function* (group) {
			for (let n = 0; n < 12; n++) {
				const pool = n % 2 === 0 ? a : b;
				group.spawn(function* () {
					if (n % 3 === 0) yield* caught(() => pool.run<Module["exit"]>(of("exit"), [1]));
					else if (n % 3 === 1)
						yield* moveOnAfter(100, () => pool.run<Module["loop"]>(of("loop"), [log], { grace: 0 }));
					else yield* pool.run<Module["add"]>(of("add"), [1, 2]);
					look();
				});
				group.spawn(function* () {
					for (let turn = 0; turn < 100; turn++) {
						look();
						yield* sleep(2);
					}
				});
			}
		});
		expect(most).toBeLessThanOrEqual(2);
		expect(limiter.borrowed).toBe(0);
	});
}, 60_000);

test("threads are used again, ended when they had nothing to do for a while, and all gone at the end", async () => {
	let statistics = (): unknown => undefined;
	await run(function* () {
		const pool = yield* openWorkerPool({ threads: 3, idle: 30 });
		statistics = () => pool.statistics();
		for (let n = 0; n < 5; n++) yield* pool.run((n: number) => n, [n]);
		expect(pool.statistics()).toMatchObject({ started: 1, threads: 1, idle: 1, completed: 5 });
		while (pool.statistics().threads > 0) yield* sleep(5);
		expect(yield* pool.run((n: number) => n, [6])).toBe(6);
		expect(pool.statistics()).toMatchObject({ started: 2 });
	});
	expect(statistics()).toMatchObject({ threads: 0, idle: 0 });
});

test("a pool that is closed while work runs in it: the work is told", async () => {
	await run(function* () {
		const pool = yield* openWorkerPool({ threads: 1 });
		const log = shared();
		yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				expect(yield* caught(() => pool.run<Module["loop"]>(of("loop"), [log]))).toMatchObject({
					name: "ClosedResourceError",
				});
			});
			yield* reached(log, 0);
			yield* pool.close();
			expect(pool.statistics()).toMatchObject({ threads: 0 });
			yield* pool.close();
		});
		expect(yield* caught(() => pool.run(() => 1))).toMatchObject({ name: "ClosedResourceError" });
	});
});

test("a pool is refused in a synchronous run", () => {
	expect(() =>
		runSync(function* () {
			const pool = yield* openWorkerPool();
			yield* pool.run(() => 1);
		}),
	).toThrow(CannotBlockError);
});

test("virtual time stands still while a worker works", async () => {
	await run(
		function* () {
			const [value] = yield* all([
				() => runInWorker<Module["add"]>(of("add"), [1, 2]),
				function* (): Generator<never, void, unknown> {
					yield* sleep(1_000);
				},
			]);
			expect(value).toBe(3);
			expect(now()).toBe(1_000);
		},
		{ loop: new VirtualLoop() },
	);
});

test("a thousand calls at once share two threads", async () => {
	await run(function* () {
		const pool = yield* openWorkerPool({ threads: 2 });
		const calls = Array.from({ length: 1_000 }, (_, n) => () => pool.run((n: number) => n * 2, [n]));
		const values = yield* all(calls);
		expect(values).toEqual(calls.map((_, n) => n * 2));
		expect(pool.statistics()).toMatchObject({ started: 2, idle: 2, completed: 1_000, waiting: 0 });
		const gone = new CapacityLimiter(1);
		yield* moveOnAfter(0, () => all(calls.map(() => () => runInWorker(() => 1, [], { limiter: gone }))));
		expect(gone.statistics()).toEqual({ total: 1, borrowed: 0, waiting: 0 });
	});
});

test("a worker may use workers", async () => {
	await run(function* () {
		expect(yield* runInWorker<Module["nested"]>(of("nested"))).toBe(2);
	});
});

test("wrong arguments are named", () => {
	const wrong: readonly [() => unknown, string][] = [
		[() => runInWorker(7 as never), "runInWorker: 7 cannot run in a worker; pass a function, or { module, export }."],
		[
			() => runInWorker({ module: "./here.js" }),
			'is relative to nobody knows what; pass new URL("./here.js", import.meta.url)',
		],
		[() => runInWorker({ module: "pkg" }), "or import.meta.resolve(…) of a package"],
		[() => runInWorker({ module: import.meta.url, export: "" }), 'the export is ""'],
		[() => runInWorker(() => 1, "ab" as never), 'runInWorker: the arguments are "ab"; pass an array of them.'],
		[() => runInWorker(() => 1, [], { limiter: 4 as never }), "runInWorker: limiter is 4; pass a CapacityLimiter."],
		[() => runInWorker(() => 1, [], { signal: 1 } as never), 'runInWorker: unknown option "signal"'],
		[() => runInWorker(() => 1, [], { grace: -1 }), "runInWorker: grace is -1"],
		[() => runInWorker(() => 1, [], { transfer: {} as never }), "runInWorker: transfer is an object"],
		[() => openWorkerPool({ threads: 0 }), "openWorkerPool: threads is 0; it is a whole number from 1."],
		[() => openWorkerPool({ threads: 1, limiter: new CapacityLimiter(1) }), "give threads or a limiter, not both"],
		[() => openWorkerPool({ setup: "x" }), 'openWorkerPool: setup: the module "x" is relative'],
		[() => transfer(7 as never, []), "transfer: 7 has no parts that could move"],
		[() => shareWithWorkers({} as never), "shareWithWorkers: an object is no ContextVar."],
	];
	for (const [call, message] of wrong) expect(call).toThrow(message);
	const again = new ContextVar<unknown>("requestId");
	expect(() => shareWithWorkers(again)).toThrow(MisuseError);
});
