import { callInScope } from "./call-in-scope.ts";
import { checkCount } from "./check-count.ts";
import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { WATCHED } from "./entries.ts";
import { MisuseError } from "./errors.ts";
import { type Begin, describe, runningTask } from "./invoke.ts";
import { type Code, Frame, type Run, type suspended } from "./kernel/frame.ts";
import { Scope } from "./kernel/scope.ts";
import { CANCELLED, DONE, FAILED, type KernelTask } from "./kernel/task.ts";
import type { EventLoop } from "./loops/loop.ts";
import type { Runner } from "./runner.ts";
import { checkBody, checkDuration, checkOptions } from "./scopes.ts";
import { LiveTask } from "./task.ts";
import { pass, Waiter, WaitingList } from "./waiting-list.ts";

/** Options of `memoize`. */
export interface MemoizeOptions<Args extends readonly unknown[]> {
	/** What tells calls apart, compared as in a `Map`. Default: the argument itself, for functions that are given at most one. */
	key?: (...args: Args) => unknown;
	/** For how many milliseconds a value is kept, from when it is there. Default `Infinity`; 0 shares running calls only. */
	ttl?: number;
	/** How many values are kept; the one that was least recently asked for goes first. Default `Infinity`. */
	max?: number;
	/** Whether errors are kept like values (default `false`: the next call tries again). */
	errors?: boolean;
}

/** What a memoized function tells about itself. */
export interface MemoizeStatistics {
	/** Values that are kept, errors included; those whose time is over may still be among them. */
	readonly kept: number;
	/** Calls that run. */
	readonly running: number;
	/** Calls that were answered by what was kept, and those that joined a running one. */
	readonly hits: number;
	/** How many calls of the function were made. */
	readonly misses: number;
}

/** A function that remembers. */
export interface Memoized<Args extends readonly unknown[], T> {
	/**
	 * Gives what is kept, joins the running call for the same key, or starts one.
	 *
	 * Cancelled: throws `Cancelled` and leaves; the call goes on for the others who wait. Whoever leaves last cancels it and
	 * waits for its cleanup, for at most the grace of the scope that was cancelled.
	 * @throws MisuseError if the running call would wait for itself
	 */
	(...args: Args): Coroutine<T>;
	/** Drops what is kept for these arguments, and lets the next call not join a running one; tells whether there was anything. */
	forget(...args: Args): boolean;
	/** Drops everything, in the same way. */
	clear(): void;
	statistics(): MemoizeStatistics;
}

/**
 * Makes a function that calls `fn` once for all who ask for the same at the same time, and keeps what it gave.
 *
 * The shared call is a task of its own, with a copy of the context of whoever asked first. It belongs to none of those who
 * wait: no scope of theirs reaches it, neither cancellation nor deadline, and it can use none of them. It is stopped when
 * the last of them has gone, who waits for its end; so it outlives none of their scopes, nor the run. All get the same value,
 * or the same error. Runs share what is kept, not what is running: a call belongs to one run. (Calls outside of every run
 * share with each other.)
 *
 * @throws RangeError for a `ttl` or `max` that makes no sense
 * @example
 * const user = memoize(fetchUser, { ttl: 60_000, max: 1_000 });
 * const [a, b] = await all([() => user(7), () => user(7)]);   // one request
 */
export function memoize<Args extends readonly unknown[], T>(
	fn: (...args: Args) => Awaitable<T>,
	options: MemoizeOptions<Args> = {},
): Memoized<Args, T> {
	checkBody("memoize", fn);
	checkOptions("memoize", options, ["key", "ttl", "max", "errors"]);
	const { key, ttl = Number.POSITIVE_INFINITY, max = Number.POSITIVE_INFINITY, errors = false } = options;
	if (key !== undefined) checkBody("memoize: key", key);
	checkDuration("memoize: ttl", ttl);
	checkCount("memoize: max", max, 0);
	const memory = new Memory(fn as AnyFunction, key as AnyFunction | undefined, ttl, max, errors);
	const call = (...args: Args): Coroutine<T> => new LazyCoroutine<T>(beginMemoized, memory.code, memory, args);
	return Object.assign(call, {
		forget: (...args: Args) => memory.forget(memory.keyOf(args)),
		clear: () => memory.clear(),
		statistics: () => memory.statistics(),
	});
}

type AnyFunction = (...args: never[]) => unknown;

/** What a call gave, or threw. */
interface Kept {
	readonly outcome: unknown;
	readonly thrown: boolean;
	/** The clock on which its time counts. */
	readonly loop: EventLoop;
	readonly until: number;
}

/** Stands for all runners of calls outside of every run: these have no end. */
const OUTSIDE: object = {};

class Memory {
	readonly fn: AnyFunction;
	readonly code: Code;
	readonly #key: AnyFunction | undefined;
	readonly #ttl: number;
	readonly #max: number;
	readonly #errors: boolean;
	/** In order of use, least recent first. */
	readonly #kept: Map<unknown, Kept> = new Map();
	/** From here on it is worth looking for values whose time is over. */
	#full = 16;
	/** What can be joined, by run and key. */
	readonly #calls: WeakMap<object, Map<unknown, SharedCall>> = new WeakMap();
	readonly #running: Set<SharedCall> = new Set();
	#hits = 0;
	#misses = 0;

	constructor(fn: AnyFunction, key: AnyFunction | undefined, ttl: number, max: number, errors: boolean) {
		this.fn = fn;
		this.code = { name: fn.name || "memoized", place: () => undefined };
		this.#key = key;
		this.#ttl = ttl;
		this.#max = max;
		this.#errors = errors;
	}

	keyOf(args: readonly unknown[]): unknown {
		if (this.#key !== undefined) return this.#key(...(args as never[]));
		if (args.length > 1)
			throw new TypeError(
				`memoize: ${this.code.name} was called with ${args.length} arguments; give memoize a key: (a, b) => … that tells such calls apart.`,
			);
		return args[0];
	}

	/** What is kept for a key, if its time is not over. */
	find(key: unknown): Kept | undefined {
		const kept = this.#kept.get(key);
		if (kept === undefined) return undefined;
		this.#kept.delete(key);
		if (kept.loop.now() >= kept.until) return undefined;
		this.#kept.set(key, kept);
		this.#hits++;
		return kept;
	}

	/** The running call for a key; a new one if there is none. */
	join(key: unknown, args: readonly unknown[], task: KernelTask): SharedCall {
		const runner = task.runner as Runner;
		const place = runner.implicit ? OUTSIDE : runner;
		let calls = this.#calls.get(place);
		if (calls === undefined) this.#calls.set(place, (calls = new Map()));
		let call = calls.get(key);
		if (call !== undefined) this.#hits++;
		else {
			this.#misses++;
			call = new SharedCall(this, calls, key, args, task);
			calls.set(key, call);
			this.#running.add(call);
		}
		return call;
	}

	/** A call has ended; it is kept if it can still be joined. */
	ended(call: SharedCall): void {
		this.#running.delete(call);
		const { task, key } = call;
		if (!call.detach() || this.#ttl === 0 || this.#max === 0) return;
		if (task.status !== DONE && !(this.#errors && task.status === FAILED)) return;
		const { loop } = task.runner;
		this.#kept.delete(key);
		this.#kept.set(key, {
			outcome: task.outcome,
			thrown: task.status === FAILED,
			loop,
			until: loop.now() + this.#ttl,
		});
		if (this.#kept.size > this.#max) this.#kept.delete(this.#kept.keys().next().value);
		if (this.#kept.size < this.#full || this.#ttl === Number.POSITIVE_INFINITY) return;
		for (const [other, kept] of this.#kept) if (kept.loop.now() >= kept.until) this.#kept.delete(other);
		this.#full = 16 + 2 * this.#kept.size;
	}

	forget(key: unknown): boolean {
		let known = this.#kept.delete(key);
		// `includes` compares as a `Map` does.
		for (const call of this.#running) if ([call.key].includes(key)) known = call.detach() || known;
		return known;
	}

	clear(): void {
		this.#kept.clear();
		for (const call of this.#running) call.detach();
	}

	statistics(): MemoizeStatistics {
		return { kept: this.#kept.size, running: this.#running.size, hits: this.#hits, misses: this.#misses };
	}
}

const beginMemoized: Begin = (lazy) => {
	const memory = lazy.a0 as Memory;
	const args = lazy.a1 as readonly unknown[];
	const task = runningTask(memory.code.name);
	task.checkpoint();
	const key = memory.keyOf(args);
	const kept = memory.find(key);
	if (kept === undefined) return memory.join(key, args, task).wait(task);
	if (kept.thrown) throw kept.outcome;
	return pass(task, kept.outcome);
};

/** One call for all who wait for it. */
class SharedCall {
	readonly key: unknown;
	readonly task: LiveTask;
	readonly #calls: Map<unknown, SharedCall>;
	readonly #scope: CallScope;
	/** Invariant: somebody waits here until the call has ended. */
	readonly #waiters: WaitingList<CallWaiter> = new WaitingList();
	/** The calls that code of this one waits for. Invariant: no way leads back. */
	readonly waitsFor: SharedCall[] = [];
	/** Others may join it, and what it gives is kept. */
	#open = true;

	constructor(
		memory: Memory,
		calls: Map<unknown, SharedCall>,
		key: unknown,
		args: readonly unknown[],
		caller: KernelTask,
	) {
		this.key = key;
		this.#calls = calls;
		this.#scope = new CallScope(this, memory.code.name);
		const runner = caller.runner as Runner;
		// In no scope of the caller's, and watched by those who wait.
		const task = new LiveTask(runner, runner.base, caller.context, WATCHED, memory.code.name);
		this.task = task;
		const begin: Run = (frame) => callInScope(frame, this.#scope, task, memory.fn, args);
		task.top = new Frame(begin, memory.code);
		task.onEnd(() => {
			memory.ended(this);
			for (let waiter = this.#waiters.shift(); waiter !== null; waiter = this.#waiters.shift()) waiter.tell(task);
		});
		runner.ready(task);
	}

	wait(task: KernelTask): typeof suspended {
		const inside = callOf(task);
		if (inside !== null && leadsTo(this, inside))
			throw new MisuseError(
				`memoize: the call of ${this.task.name} for the key ${describe(this.key)} would wait for itself, and never end.`,
			);
		return this.#waiters.park(new CallWaiter(task, this, inside));
	}

	/** One of those who wait is cancelled; tells whether it may go. */
	leave(waiter: CallWaiter): boolean {
		if (this.#waiters.size > 1) {
			this.#waiters.remove(waiter);
			return true;
		}
		this.detach();
		const { task } = waiter;
		// Where a grace has run out, nothing is waited for.
		const grace = task.scope.hard === null ? task.interruption?.grace : 0;
		this.#scope.cancelFor({ kind: "explicit", text: "nobody waits for it any more", scope: this.#scope }, grace);
		return false;
	}

	/** From now on nobody joins it; tells whether that was possible. */
	detach(): boolean {
		if (this.#open && this.#calls.get(this.key) === this) this.#calls.delete(this.key);
		const was = this.#open;
		this.#open = false;
		return was;
	}
}

/** Around everything that a shared call does. */
class CallScope extends Scope {
	readonly call: SharedCall;

	constructor(call: SharedCall, name: string) {
		super(name);
		this.call = call;
	}

	override caught(): never {
		throw this.cancelled;
	}
}

class CallWaiter extends Waiter {
	readonly #call: SharedCall;
	/** The call whose code waits here. */
	readonly #inside: SharedCall | null;

	constructor(task: KernelTask, call: SharedCall, inside: SharedCall | null) {
		super(task, call.task.name);
		this.#call = call;
		this.#inside = inside;
		inside?.waitsFor.push(call);
	}

	override abort(): boolean {
		return this.#call.leave(this);
	}

	override left(): void {
		const waitsFor = this.#inside?.waitsFor;
		waitsFor?.splice(waitsFor.indexOf(this.#call), 1);
	}

	tell(ended: LiveTask): void {
		const { task } = this;
		if (task.operation !== this) return;
		if (ended.status === DONE) task.resume(ended.outcome);
		else task.resumeThrow(ended.status === CANCELLED ? (task.interruption?.cancelled ?? ended.error) : ended.error);
	}
}

/** The shared call that a task is part of. */
function callOf(task: KernelTask): SharedCall | null {
	for (let scope: Scope | null = task.scope; scope !== null; scope = scope.parent)
		if (scope instanceof CallScope) return scope.call;
	return null;
}

function leadsTo(from: SharedCall, to: SharedCall): boolean {
	const seen = new Set([from]);
	for (const call of seen) {
		if (call === to) return true;
		for (const next of call.waitsFor) seen.add(next);
	}
	return false;
}
