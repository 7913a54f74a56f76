import { Worker } from "node:worker_threads";
import {
	all,
	CannotBlockError,
	ContextVar,
	type Coroutine,
	createChannel,
	moveOnAfter,
	operation,
	race,
	run,
	runSync,
	sleep,
	TimeoutError,
	withCancelScope,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { BlockingLoop } from "holdfast/loops";
import { afterEach, expect, test, vi } from "vitest";
import * as module from "../../test/worker-module.ts";
import { callByName } from "./call-by-name.ts";
import { runInWorker } from "./run-in-worker.ts";
import { WorkerDataError, WorkerDiedError, WorkerFunctionError } from "./worker-errors.ts";

type Module = typeof module;

/** A call of a function of the module above. */
function named<Name extends keyof Module & string>(
	name: Name,
	...args: unknown[]
): { module: URL; export: Name; arguments: never } {
	return {
		module: new URL("../../test/worker-module.ts", import.meta.url),
		export: name,
		arguments: args as never,
	};
}

const add = (a: number, b: number): Coroutine<number> => callByName<Module["addNatively"]>(named("addNatively", a, b));

function thrownBy(call: () => unknown): Error & { code?: unknown; cause?: unknown } {
	try {
		call();
	} catch (error) {
		return error as Error;
	}
	throw new Error("Nothing was thrown.");
}

afterEach(() => {
	vi.restoreAllMocks();
});

test("the same call in both colours", async () => {
	expect(await run(() => add(1, 2))).toBe(3);
	expect(runSync(() => add(1, 2))).toBe(3);
	for (const name of ["add", "addLater", "addNatively"] as const)
		expect(runSync(() => callByName(named(name, 3, 4)))).toBe(7);
	expect(runSync(() => callByName({ module: named("add").module, arguments: [5] }))).toBe(5);
});

test("an operation whose synchronous face is the call of its asynchronous one", async () => {
	const adds = operation({
		async: (a: number, b: number) => module.addNatively(a, b),
		sync: (a: number, b: number) => add(a, b),
	});
	expect(await run(() => adds(1, 2))).toBe(3);
	expect(adds.sync(1, 2)).toBe(3);
});

test("calls of several tasks run at once, beside sleeps and channels, and each gets its own answer", () => {
	const log: string[] = [];
	const { sender, receiver } = createChannel<number>(0);
	const sums = runSync(function* () {
		return yield* withTaskGroup(function* (group) {
			group.spawn(function* () {
				yield* sleep(1);
				log.push("slept");
			});
			for (let i = 0; i < 20; i++)
				group.spawn(function* () {
					yield* sender.send(yield* add(i, 1000));
				});
			let sum = 0;
			for (let i = 0; i < 20; i++) sum += yield* receiver.receive();
			return sum;
		});
	});
	expect(sums).toBe(20 * 1000 + 190);
	expect(log).toEqual(["slept"]);
});

test("10,000 calls in one run", () => {
	const results = runSync(() => all(Array.from({ length: 10_000 }, (_, i) => () => callByName(named("add", i, 1)))));
	expect(results).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
});

test("an error has its class, code and cause, and the stacks of both sides", () => {
	const error = thrownBy(() => runSync(() => callByName(named("fail"))));
	expect(error).toMatchObject({ name: "OwnError", code: "E_OWN", message: "it failed" });
	expect(error.cause).toBeInstanceOf(TypeError);
	expect(error.stack).toMatch(/at fail .*worker-module[\s\S]*in the helper thread \(fail\)/);
	expect(error.stack).not.toMatch(/helper-main|work-in-worker/);
	// The thread goes on.
	expect(runSync(() => add(1, 1))).toBe(2);
});

test("a deadline ends the call where it is made; its cleanup is waited for", () => {
	const log = new Int32Array(new SharedArrayBuffer(16));
	expect(thrownBy(() => runSync(() => withTimeout(50, () => callByName(named("stubborn", log, 20)))))).toBeInstanceOf(
		TimeoutError,
	);
	expect([...log.subarray(0, 3)]).toEqual([1, 1, 1]);
	const left = runSync(() => withTimeout(60_000, () => callByName<Module["deadline"]>(named("deadline"))));
	expect(left).toBeLessThanOrEqual(60_000);
	expect(left).toBeGreaterThan(0);
});

test("a deadline that passes while calls are sent is always a cancellation: none of them gives nothing in its place", () => {
	const timers = "node:timers/promises";
	let wentOn = 0;
	runSync(function* () {
		for (let turn = 0; turn < 150; turn++)
			yield* moveOnAfter((turn % 15) / 5, function* () {
				yield* callByName({ module: timers, export: "setTimeout", arguments: [0] });
				yield* callByName({ module: timers, export: "setTimeout", arguments: [60_000] });
				wentOn++;
			});
	});
	expect(wentOn).toBe(0);
});

test("cancelled by another task, with the reason; an error of the cleanup is thrown", () => {
	const log = new Int32Array(new SharedArrayBuffer(16));
	const begun = (): boolean => Atomics.load(log, 0) === 1;
	const error = thrownBy(() =>
		runSync(() =>
			withCancelScope(function* (scope) {
				yield* all([
					() => callByName(named("stubborn", log, 1, "cleanup failed")),
					function* () {
						while (!begun()) yield* sleep(1);
						scope.cancel("enough");
					},
				]);
			}),
		),
	);
	expect(error.message).toBe("cleanup failed");
	expect(runSync(() => race([() => callByName(named("stubborn", log, 0)), () => add(1, 1)]))).toBe(2);
});

test("one that does not end in its grace is ended with the thread; others in it are told, the next call has a new one", () => {
	const log = new Int32Array(new SharedArrayBuffer(16));
	const error = thrownBy(() =>
		runSync(
			() =>
				all([
					() => callByName(named("stubborn", new Int32Array(new SharedArrayBuffer(16)), 0)),
					function* () {
						yield* moveOnAfter(1, () => callByName(named("loop", log)));
					},
				]),
			{ grace: 50 },
		),
	);
	expect(error).toBeInstanceOf(WorkerDiedError);
	expect(runSync(() => add(1, 2))).toBe(3);
});

test("process.exit() and what nobody catches end the thread, and nobody waits for ever", () => {
	expect(thrownBy(() => runSync(() => callByName(named("exit", 7))))).toMatchObject({
		code: "HOLDFAST_WORKER_DIED",
		exitCode: 7,
	});
	const crashed = thrownBy(() => runSync(() => callByName(named("crashLater"))));
	expect(crashed).toBeInstanceOf(WorkerDiedError);
	expect(crashed.message).toMatch(/nobody catches this/);
	expect(runSync(() => add(1, 2))).toBe(3);
});

test("context variables that are shared, environment variables and the working directory are those of here", () => {
	expect(
		runSync(function* () {
			module.requestId.set("request 7");
			module.alone.set("stays");
			return yield* callByName(named("context"));
		}),
	).toEqual(["request 7", "nothing"]);
	process.env["HOLDFAST_TEST_HELPER"] = "set later";
	try {
		expect(runSync(() => runInWorker(() => process.env["HOLDFAST_TEST_HELPER"]))).toBe("set later");
	} finally {
		delete process.env["HOLDFAST_TEST_HELPER"];
	}
	expect(runSync(() => runInWorker(() => process.cwd()))).toBe(process.cwd());
});

test("an error that nobody sees there is reported by the run of here", () => {
	const reports: unknown[] = [];
	const value = runSync(() => callByName(named("report")), { onReport: ({ error }) => reports.push(error) });
	expect(value).toBe("done");
	expect(reports).toMatchObject([{ message: "lost" }]);
});

test("runInWorker of a synchronous run goes the same way, functions and what is transferred too", () => {
	expect(runSync(() => runInWorker((a: number) => a * 2, [21]))).toBe(42);
	expect(runSync(() => runInWorker<Module["pixels"]>(named("pixels"), [3]))).toEqual(new Uint8Array([7, 7, 7]));
	const buffer = new ArrayBuffer(8);
	expect(runSync(() => runInWorker(named("byteLength"), [buffer] as never, { transfer: [buffer] }))).toBe(8);
	expect(buffer.byteLength).toBe(0);
});

test("a synchronous run inside of one, and inside of a run, have their own answers", async () => {
	const nested = (): number => runSync(() => add(1, 2));
	expect(
		runSync(() =>
			all([
				() => add(10, 20),
				function* () {
					yield* sleep(0);
					return nested();
				},
			]),
		),
	).toEqual([30, 3]);
	expect(await run(() => [nested(), nested()])).toEqual([3, 3]);
});

test("what cannot cross, or is not there, is named", () => {
	const failing = (call: () => unknown): Error => thrownBy(() => runSync(call as () => never));
	const argument = failing(() => callByName(named("add", 1, () => 2)));
	expect(argument).toBeInstanceOf(WorkerDataError);
	expect(argument.message).toMatch(/argument 2 for add/);
	expect(failing(() => callByName(named("uncloneable")))).toBeInstanceOf(WorkerDataError);
	const missing = failing(() => callByName(named("notAFunction")));
	expect(missing).toBeInstanceOf(WorkerFunctionError);
	expect(missing.message).toMatch(/exports no function notAFunction; its functions are .*\badd, /);
	expect(() => callByName({ module: "./relative.js" })).toThrow(/relative to nobody knows what/);
	expect(() => callByName({ module: "node:fs", arguments: 7 } as never)).toThrow(/arguments are 7/);
	expect(() => callByName({ module: "node:fs", args: [] } as never)).toThrow(/unknown option "args"/);
});

test("where the thread may not sleep, and where there can be no other, it is refused", () => {
	vi.spyOn(BlockingLoop.prototype, "bell", "get").mockReturnValue(null);
	const asleep = thrownBy(() => runSync(() => add(1, 2)));
	expect(asleep).toBeInstanceOf(CannotBlockError);
	expect(asleep.message).toMatch(/callByName .*may not be put to sleep/);
});

test("what the module of the caller keeps in a variable is not what the helper has", () => {
	const variable = new ContextVar<string>("of the test", { default: "none" });
	expect(
		runSync(function* () {
			variable.set("here");
			yield* add(1, 1);
			return variable.get();
		}),
	).toBe("here");
});

test("in a worker thread it has a helper of its own", async () => {
	const worker = new Worker(new URL("../../test/helped-worker.ts", import.meta.url), {
		execArgv: ["--conditions=@holdfast/source"],
	});
	const value = await new Promise((resolve, reject) => {
		worker.once("message", resolve);
		worker.once("error", reject);
	});
	expect(value).toBe(3);
	await worker.terminate();
});
