import { availableParallelism } from "node:os";
import { type Awaitable, CapacityLimiter, type Coroutine, coroutine } from "holdfast";
import { currentLoop, currentRun } from "holdfast/inspect";
import { checkOptions } from "../check-options.ts";
import { performInHelper } from "./helper.ts";
import type { WorkerModule } from "./target.ts";
import type { Job } from "./thread.ts";
import { checkJob, checkLimiter, Pool, type WorkOptions } from "./worker-pool.ts";

/** Options of `runInWorker`. */
export interface RunInWorkerOptions extends WorkOptions {
	/** How many threads there may be (default: `defaultWorkerLimiter()`, one for each processor). */
	limiter?: CapacityLimiter;
}

let limiterOfAll: CapacityLimiter | undefined;

/**
 * What limits the threads of `runInWorker` if nothing else is given: as many as there are processors. Its `total` is writable.
 * (Trio's `current_default_thread_limiter`.)
 *
 * @example
 * defaultWorkerLimiter().total = 2;
 */
export function defaultWorkerLimiter(): CapacityLimiter {
	limiterOfAll ??= new CapacityLimiter(availableParallelism());
	return limiterOfAll;
}

/** Of each run, by limiter: nothing of them is left when the run has ended. */
const pools: WeakMap<object, Map<CapacityLimiter, Pool>> = /* @__PURE__ */ new WeakMap();

/**
 * Runs a function in a worker thread, for what would hold up this one: it waits for a place of the limiter, takes a thread
 * that has nothing to do or starts one, and gives what the function gives. It is a call like any other, of the scope around
 * it: its errors are thrown here, with the stacks of both sides.
 *
 * `target` is what a module exports, `{ module, export }`, or a function that is self-contained: only its text crosses, and
 * nothing around it. In the worker the work is a run of its own, of any kind of function, with the deadline of here, and with
 * the context variables that were given to `shareWithWorkers`. Arguments and results are structured clones.
 *
 * Cancelled: while it waits for a place, it has not begun. Then the work is cancelled in its thread, with the reason, and its
 * cleanup is waited for, within the grace; one that does not end by then, such as a loop that never waits, is terminated with
 * its thread. An error of its cleanup is thrown.
 *
 * In a synchronous run the helper thread does it (see `callByName`), whatever the limiter says: there is one of them, in which
 * several calls run at once, so one that computes holds up the others.
 *
 * Threads without work are kept for 5 seconds, do not keep the process alive, and are gone when the run has ended.
 * @throws WorkerDiedError if the thread ends in the middle of the work
 * @throws WorkerFunctionError for a function that cannot run in another thread
 * @throws WorkerDataError for arguments or a result that cannot be cloned
 * @example
 * const hash = await runInWorker({ module: new URL("./hash.js", import.meta.url), export: "scrypt" }, [password]);
 * const sum = await runInWorker((n: number) => { let s = 0; for (let i = 0; i < n; i++) s += i; return s; }, [1e9]);
 */
export function runInWorker<Args extends readonly unknown[], T>(
	fn: (...args: Args) => Awaitable<T>,
	args?: Args,
	options?: RunInWorkerOptions,
): Coroutine<T>;
export function runInWorker<F extends (...args: never[]) => unknown = (...args: unknown[]) => unknown>(
	target: WorkerModule,
	args?: Readonly<Parameters<F>>,
	options?: RunInWorkerOptions,
): Coroutine<Awaited<ReturnType<F>>>;
export function runInWorker(
	target: unknown,
	args: readonly unknown[] = [],
	options: RunInWorkerOptions = {},
): Coroutine<unknown> {
	checkOptions("runInWorker", options, ["limiter", "transfer", "grace"]);
	checkLimiter("runInWorker", options.limiter);
	return perform(checkJob("runInWorker", target, args, options), options.limiter);
}

const perform = /* @__PURE__ */ coroutine(function* runInWorker(
	job: Job,
	limiter: CapacityLimiter = defaultWorkerLimiter(),
): Generator<never, unknown, unknown> {
	if (currentLoop().blocks) return yield* performInHelper("runInWorker", job);
	const run = currentRun();
	if (run === undefined) {
		// Outside of every run nothing would end a pool that is kept.
		const pool = new Pool(limiter, 0);
		try {
			return yield* pool.performing(job);
		} finally {
			yield* pool.close();
		}
	}
	let ofRun = pools.get(run.key);
	if (ofRun === undefined) pools.set(run.key, (ofRun = new Map()));
	let pool = ofRun.get(limiter);
	if (pool === undefined) {
		const opened = new Pool(limiter);
		pool = opened;
		ofRun.set(limiter, opened);
		const all = ofRun;
		run.onExit(() => {
			all.delete(limiter);
			return opened.close();
		});
	}
	return yield* pool.performing(job);
});
