import { availableParallelism } from "node:os";
import type { ResourceLimits, Transferable, WorkerOptions } from "node:worker_threads";
import {
	type Awaitable,
	CapacityLimiter,
	ClosedResourceError,
	type Coroutine,
	coroutine,
	type Resource,
	resource,
	shield,
} from "holdfast";
import { checkDuration, checkOptions } from "../check-options.ts";
import { describe } from "../describe.ts";
import { notSynchronous } from "../not-synchronous.ts";
import type { ThreadOptions } from "./start-worker.ts";
import { packTarget, type WorkerModule } from "./target.ts";
import { type Job, Thread } from "./thread.ts";
import { checkList } from "./transfer.ts";

/** How one piece of work runs. */
export interface WorkOptions {
	/** Buffers and ports of the arguments that move to the worker instead of being copied; here they can be used no more. */
	transfer?: readonly Transferable[];
	/**
	 * For how many milliseconds the work may clean up after a cancellation, before its thread is terminated. The grace of the
	 * scope that is being cancelled counts too: the shorter one holds. 0 for work that never waits, such as a computation.
	 */
	grace?: number;
}

/** Options of `openWorkerPool`. */
export interface WorkerPoolOptions {
	/** How many threads there may be: one for each processor unless a limiter is given. */
	threads?: number;
	/** Limits the threads, of this pool and of all others that share it. */
	limiter?: CapacityLimiter;
	/** For how many milliseconds a thread without work is kept (default 5,000). It does not keep the process alive. */
	idle?: number;
	/** Of the threads, for debuggers and messages. */
	name?: string;
	/** A module that each thread imports before its first work: a URL or an absolute path. */
	setup?: string | URL;
	/** Flags of Node for the threads (default: those of this process). */
	execArgv?: readonly string[];
	/** Variables of their environment (default: a copy of this process's). */
	env?: WorkerOptions["env"];
	/** How much memory they may take. */
	resourceLimits?: ResourceLimits;
}

/** What a `WorkerPool` tells about itself. */
export interface WorkerPoolStatistics {
	/** Threads, with those that are being ended. */
	readonly threads: number;
	/** Threads that wait for work. */
	readonly idle: number;
	/** Calls that wait for a place. */
	readonly waiting: number;
	/** How much work has ended, well or not. */
	readonly completed: number;
	/** How many threads were started. */
	readonly started: number;
}

/** Threads for work, in the scope in which it was opened. */
export interface WorkerPool extends AsyncDisposable {
	readonly limiter: CapacityLimiter;
	/** As `runInWorker`, in a thread of this pool. */
	run<Args extends readonly unknown[], T>(
		fn: (...args: Args) => Awaitable<T>,
		args?: Args,
		options?: WorkOptions,
	): Coroutine<T>;
	run<F extends (...args: never[]) => unknown = (...args: unknown[]) => unknown>(
		target: WorkerModule,
		args?: Readonly<Parameters<F>>,
		options?: WorkOptions,
	): Coroutine<Awaited<ReturnType<F>>>;
	/** Ends all threads, and returns when they are gone. Work that still runs in one throws `ClosedResourceError`. Twice is fine. */
	close(): Coroutine<void>;
	statistics(): WorkerPoolStatistics;
}

const WORK_OPTIONS: readonly string[] = ["transfer", "grace"];
const IDLE = 5_000;

/**
 * Opens a pool of worker threads with settings of its own. Threads are started when there is work for them, never more than
 * the limiter has places, and end after a while without work. The pool is closed with its scope. (For most programs
 * `runInWorker` is enough, which has a pool for each run.)
 *
 * @throws TypeError, RangeError for options that make no sense
 * @example
 * const pool = await openWorkerPool({ threads: 2, resourceLimits: { maxOldGenerationSizeMb: 256 } });
 * const page = await pool.run({ module: new URL("./render.js", import.meta.url), export: "render" }, [template]);
 */
export function openWorkerPool(options: WorkerPoolOptions = {}): Resource<WorkerPool> {
	const checked = checkPoolOptions(options);
	return resource<WorkerPool>(
		() => new Pool(checked.limiter, checked.idle, checked.threads),
		(pool) => pool.close(),
	);
}

function checkPoolOptions(options: WorkerPoolOptions): {
	limiter: CapacityLimiter;
	idle: number;
	threads: ThreadOptions;
} {
	const what = "openWorkerPool";
	checkOptions(what, options, ["threads", "limiter", "idle", "name", "setup", "execArgv", "env", "resourceLimits"]);
	const { threads, limiter, idle = IDLE, name, setup, execArgv, env, resourceLimits } = options;
	if (threads !== undefined && limiter !== undefined)
		throw new TypeError(`${what}: give threads or a limiter, not both; a limiter's total is the number of threads.`);
	if (threads !== undefined && (!Number.isSafeInteger(threads) || threads < 1))
		throw new RangeError(`${what}: threads is ${describe(threads)}; it is a whole number from 1.`);
	checkLimiter(what, limiter);
	checkDuration(`${what}: idle`, idle);
	const module = setup === undefined ? undefined : packTarget(`${what}: setup`, { module: setup });
	return {
		limiter: limiter ?? new CapacityLimiter(threads ?? availableParallelism()),
		idle,
		threads: {
			name,
			setup: module !== undefined && "module" in module ? module.module : undefined,
			execArgv,
			env,
			resourceLimits,
		},
	};
}

export function checkLimiter(what: string, limiter: unknown): void {
	const { onBehalfOf } = (limiter ?? {}) as Partial<CapacityLimiter>;
	if (limiter !== undefined && typeof onBehalfOf !== "function")
		throw new TypeError(`${what}: limiter is ${describe(limiter)}; pass a CapacityLimiter.`);
}

export function checkJob(what: string, target: unknown, args: unknown, options: WorkOptions): Job {
	const { transfer = [], grace = Number.POSITIVE_INFINITY } = options;
	if (!Array.isArray(args)) throw new TypeError(`${what}: the arguments are ${describe(args)}; pass an array of them.`);
	checkList(`${what}: transfer`, transfer);
	checkDuration(`${what}: grace`, grace);
	return { target: packTarget(what, target), args, transfer, grace };
}

/** All threads that count for a limiter, of all pools: there are never more than it has places. */
const threadsOf: WeakMap<CapacityLimiter, Set<Thread>> = /* @__PURE__ */ new WeakMap();

export class Pool implements WorkerPool {
	readonly limiter: CapacityLimiter;
	readonly #idleTime: number;
	readonly #options: ThreadOptions;
	readonly #threads: Set<Thread> = new Set();
	/** Invariant: of this pool and alive. The one that was used last stands last, and is taken first. */
	#idle: Thread[] = [];
	/** Ends those that have been idle for too long. Set whenever there are idle ones, if they are not kept for ever. */
	#timer: NodeJS.Timeout | undefined;
	readonly #all: Set<Thread>;
	#closed = false;
	#completed = 0;
	#started = 0;

	constructor(limiter: CapacityLimiter, idle: number = IDLE, options: ThreadOptions = {}) {
		this.limiter = limiter;
		this.#idleTime = idle;
		this.#options = options;
		const all = threadsOf.get(limiter) ?? new Set();
		threadsOf.set(limiter, all);
		this.#all = all;
	}

	run(target: unknown, args: readonly unknown[] = [], options: WorkOptions = {}): Coroutine<never> {
		checkOptions("WorkerPool.run", options, WORK_OPTIONS);
		return this.perform(checkJob("WorkerPool.run", target, args, options)) as Coroutine<never>;
	}

	perform(job: Job): Coroutine<unknown> {
		return perform(this, job);
	}

	close(): Coroutine<void> {
		return shield(() => this.#close());
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close() as unknown as Promise<void>;
	}

	statistics(): WorkerPoolStatistics {
		const { waiting } = this.limiter.statistics();
		return {
			threads: this.#threads.size,
			idle: this.#idle.length,
			waiting,
			completed: this.#completed,
			started: this.#started,
		};
	}

	/** @internal */
	*performing(job: Job): Generator<never, unknown, unknown> {
		const guard = yield* this.limiter.onBehalfOf(job).acquire();
		try {
			const thread = this.#take() ?? (yield* this.#start());
			try {
				return yield* thread.running(job);
			} finally {
				this.#completed++;
				this.#giveBack(thread);
			}
		} finally {
			guard.release();
		}
	}

	#checkOpen(): void {
		if (this.#closed)
			throw new ClosedResourceError("WorkerPool.run: the pool is closed; whoever closes it has to be done with it.");
	}

	#take(): Thread | undefined {
		this.#checkOpen();
		let thread = this.#idle.pop();
		// Another pool may have asked for its place.
		while (thread?.ending) thread = this.#idle.pop();
		if (thread !== undefined) thread.idle = false;
		return thread;
	}

	/** A new thread. The caller has a place; one that other pools keep without work, or that is still ending, has to go before. */
	*#start(): Generator<never, Thread, unknown> {
		const all = this.#all;
		while (all.size >= this.limiter.total) {
			const spare = [...all].find((thread) => thread.idle) ?? [...all].find((thread) => thread.ending);
			// The total was lowered while all work: those who had a place before keep it.
			if (spare === undefined) break;
			yield* spare.idle && !spare.ending ? spare.terminate() : spare.gone();
		}
		this.#checkOpen();
		const thread: Thread = new Thread(this.#options, () => {
			this.#threads.delete(thread);
			all.delete(thread);
			this.#forget(thread);
		});
		this.#started++;
		this.#threads.add(thread);
		all.add(thread);
		return thread;
	}

	#giveBack(thread: Thread): void {
		if (thread.ended || thread.ending) return;
		thread.idle = true;
		if (this.#closed || this.#all.size > this.limiter.total || this.#idleTime === 0) {
			thread.end();
			return;
		}
		thread.idleSince = performance.now();
		this.#idle.push(thread);
		if (this.#timer === undefined) this.#endLater(this.#idleTime);
	}

	#endLater(after: number): void {
		if (after === Number.POSITIVE_INFINITY) return;
		this.#timer = setTimeout(
			() => {
				this.#timer = undefined;
				const since = performance.now() - this.#idleTime;
				// The host's timer may be a little early.
				const isDue = (thread: Thread): boolean => thread.idleSince <= since + 1;
				for (const thread of this.#idle) if (isDue(thread)) thread.end();
				this.#idle = this.#idle.filter((thread) => !thread.ending);
				const [next] = this.#idle;
				if (next !== undefined) this.#endLater(next.idleSince - since);
			},
			Math.min(after, 2 ** 31 - 1),
		).unref();
	}

	#forget(thread: Thread): void {
		const index = this.#idle.indexOf(thread);
		if (index >= 0) this.#idle.splice(index, 1);
	}

	*#close(): Generator<never, void, unknown> {
		this.#closed = true;
		clearTimeout(this.#timer);
		const threads = [...this.#threads];
		for (const thread of threads) if (!thread.idle) thread.close();
		for (const thread of threads) thread.end();
		for (const thread of threads) yield* thread.gone();
	}
}

const perform = /* @__PURE__ */ coroutine(function* runInWorker(
	pool: Pool,
	job: Job,
): Generator<never, unknown, unknown> {
	yield* notSynchronous("runInWorker");
	return yield* pool.performing(job);
});
