import { callNative, currentNativeTask } from "#host";
import { noteCall } from "./call-place.ts";
import { CoroutineReusedError, ScopeMisuseError } from "./errors.ts";
import { awaitForeign, awaitNative, taskKey, thenOf } from "./foreign.ts";
import type { Context } from "./kernel/context.ts";
import { development } from "./kernel/development.ts";
import { type Code, Frame, isFrame, link, noPlace, type Run, suspended } from "./kernel/frame.ts";
import { printAs } from "./kernel/printed.ts";
import type { Scope } from "./kernel/scope.ts";
import { DEPTH_LIMIT, state } from "./kernel/state.ts";
import { KernelTask, type Operation, type Owner } from "./kernel/task.ts";
import { stepping } from "./library-step.ts";
import { isNativeAsync } from "./native-async.ts";
import { ofAnotherLibrary } from "./other-libraries.ts";
import { closeOwner, failLeftOpen, isLeftOpen, openOwner } from "./scope-frame.ts";

/**
 * `f[corocall](x)` is the raw coroutine of a compiled function: nothing runs until it is awaited or spawned.
 * The symbol is registered, so that two copies of the library agree.
 */
export const corocall: unique symbol = Symbol.for("holdfast.corocall") as never;

/** The first argument of an entry that starts a fresh call on the running task; see `docs/internals/abi.md`. */
export const fresh: object = state.fresh;

/** How compiled code is entered; see `docs/internals/abi.md`. */
export interface Entry {
	(this: unknown, ...args: unknown[]): unknown;
	readonly shell1: unknown;
	/** Of a function that runs as a plain one until it suspends. */
	readonly body?: unknown;
}

/** The task on whose behalf the running code acts, native async code included. */
export function actingTask(what: string): KernelTask {
	return state.task ?? currentNativeTask() ?? runningTask(what);
}

/** The task that is running. */
export function runningTask(what: string): KernelTask {
	const { task } = state;
	if (task === null) {
		stepping.current?.refuse(what);
		throw new ScopeMisuseError(
			`${what} was called outside of a task: call it inside run(main), or inside a coroutine function.`,
		);
	}
	return task;
}

/** What starts a call that was described: gives its value, or `suspended`. */
export type Begin = (lazy: Lazy<unknown>) => unknown;

/**
 * A computation that has been described and does nothing until it is awaited, iterated by `yield*` or spawned.
 * Small on purpose: one is made for every call in generator code, and most never suspend.
 */
export class Lazy<T> {
	static {
		if (development) printAs(Lazy, "Coroutine");
	}

	readonly start: Begin;
	readonly code: Code;
	a0: unknown;
	a1: unknown;
	a2: unknown;
	/** Where it was made: whose task it becomes if foreign code awaits it. */
	readonly owner: Owner | null;
	readonly context: Context | null;
	started: boolean;
	/** Where it is remembered until it is started. */
	watcher: Set<unknown> | null;

	constructor(start: Begin, code: Code, a0?: unknown, a1?: unknown, a2?: unknown) {
		const task = state.task ?? currentNativeTask();
		this.start = start;
		this.code = code;
		this.a0 = a0;
		this.a1 = a1;
		this.a2 = a2;
		this.owner = task === null ? null : task.owner;
		this.context = task === null ? null : task.context;
		this.started = false;
		this.watcher = null;
		if (development && task?.runner.watchful) {
			if (code.isNoted !== false) noteCall(this);
			task.runner.describe(this, task.scope);
		}
	}

	/** What a log or a debugger is to see of it: not the kernel. */
	toJSON(): object {
		return { name: this.code.name, started: this.started };
	}

	/** Runs on the current task, as a call: gives the value, or `suspended`. */
	begin(): T | typeof suspended {
		this.claim();
		return this.start(this) as T | typeof suspended;
	}

	/** From now on it is in the hands of the caller, who begins it, or does in its place what it describes. */
	claim(): void {
		this.checkFresh();
		this.started = true;
		if (this.watcher !== null) this.watcher.delete(this);
	}

	/** Keeps it in mind until it is started, in the scope around it; in the one that is there now if that has ended. */
	remember(now: Scope): void {
		if (!development) return;
		const { owner } = this;
		// Of a call that owns nothing so far, the scope in which it began.
		const around = owner !== null && isFrame(owner) ? (owner.scope ?? (owner.a1 as Scope | null)) : owner;
		const scope = around === null || around.closed ? now : around;
		scope.unstarted ??= new Set();
		scope.unstarted.add(this);
		this.watcher = scope.unstarted;
	}

	checkFresh(): void {
		if (this.started)
			throw new CoroutineReusedError(
				`The coroutine of ${this.code.name || "this call"} was started a second time: a coroutine is one call; call the function again.`,
			);
	}
}

/**
 * What a call gives to the `yield*` around it, which asks for its first result in the same breath: one object for all, since
 * an object per call would live as long as the wait. The first result is the kernel's mark, the second what it brings.
 */
const SUSPENDING = {
	next(input: unknown): IteratorResult<unknown> {
		if (!state.telling) return { done: true, value: input };
		state.telling = false;
		return SUSPENDED_RESULT;
	},
	throw: rethrow,
};

const RETURNING = {
	value: undefined as unknown,
	next(): IteratorResult<unknown> {
		const { value } = this;
		this.value = undefined;
		return { done: true, value };
	},
	throw: rethrow,
};

const SUSPENDED_RESULT: IteratorResult<unknown> = { done: false, value: suspended };

function rethrow(error: unknown): never {
	throw error;
}

/** `yield*` of a call: it begins at once. */
export function iterate(lazy: Lazy<unknown>): Generator<never, never, unknown> {
	// What is refused was awaited all the same: one misuse, one message.
	if (development && state.task === null && !lazy.started) lazy.claim();
	runningTask("yield* of a coroutine");
	const value = lazy.begin();
	if (value === suspended) {
		state.telling = true;
		return SUSPENDING as unknown as Generator<never, never, unknown>;
	}
	RETURNING.value = value;
	return RETURNING as unknown as Generator<never, never, unknown>;
}

/** How a compiled function is entered; `null` of anything else, and of what has only copied its keys. */
export function entryOf(fn: unknown): Entry | null {
	const entry = typeof fn === "function" ? (fn as { [corocall]?: Entry })[corocall] : undefined;
	return entry !== undefined && entry.shell1 === fn ? entry : null;
}

/** Runs `fn` as a call on the current task: gives its value, or `suspended`. */
export function invoke(fn: (...args: never[]) => unknown, args: readonly unknown[]): unknown {
	const entry = entryOf(fn);
	if (entry !== null) return enter(entry, undefined, args);
	const call = fn as (...args: unknown[]) => unknown;
	const before = state.lastTaskId;
	if (isNativeAsync(fn)) {
		const task = state.task as KernelTask;
		const { blocking } = task.runner;
		return blocking === null
			? invokeNative(() => call(...args), fn.name)
			: blocking.refuse(task, describe(fn), "native");
	}
	const task = state.task as KernelTask;
	const value =
		(task.runner as { bareCalls?: unknown }).bareCalls === "forbid" ? callForOne(task, call, args) : call(...args);
	if (value instanceof Lazy) return value.begin();
	if (isGenerator(value)) return beginGenerator(value, { name: fn.name, place: noPlace });
	// `() => f()`: a sync function around one call of compiled code stands for that call.
	if (value instanceof Promise) {
		const task = (value as { [taskKey]?: KernelTask })[taskKey];
		if (task?.isCall && task.id > before) return task.awaitedAsCall();
	}
	return settle(value);
}

/** A sync function that is being called in the place of a call, in a run that forbids calls without `await`: what it has called. */
export interface Standing {
	readonly task: KernelTask;
	/** Described, each with the error that it is unless the function gives it. */
	readonly calls: (readonly [call: unknown, error: Error])[];
}

export const standing: { current: Standing | null } = { current: null };

/** `() => f()` stands for that call, so that `all([() => f()])` can be written where `f()` alone is forbidden. */
function callForOne(task: KernelTask, fn: (...args: unknown[]) => unknown, args: readonly unknown[]): unknown {
	const before = standing.current;
	const { calls } = (standing.current = { task, calls: [] as [unknown, Error][] });
	let value: unknown;
	try {
		value = fn(...args);
	} finally {
		standing.current = before;
	}
	const [forgotten] = calls.filter(([call]) => call !== value);
	if (forgotten === undefined) return value;
	for (const [call] of calls) if (!(call as Lazy<unknown>).started) (call as Lazy<unknown>).claim();
	throw forgotten[1];
}

/** Calls a compiled function on the current task. With few arguments no list of them is made again: that would cost the most. */
export function enter(entry: Entry, receiver: unknown, args: ArrayLike<unknown>): unknown {
	const { depth } = state;
	const body = depth < DEPTH_LIMIT ? entry.body : undefined;
	const callee = (body ?? entry) as (this: unknown, ...args: unknown[]) => unknown;
	const first = body === undefined ? fresh : entry;
	if (body !== undefined) state.depth = depth + 1;
	let value: unknown;
	switch (args.length) {
		case 0:
			value = callee.call(receiver, first, undefined);
			break;
		case 1:
			value = callee.call(receiver, first, undefined, args[0]);
			break;
		case 2:
			value = callee.call(receiver, first, undefined, args[0], args[1]);
			break;
		case 3:
			value = callee.call(receiver, first, undefined, args[0], args[1], args[2]);
			break;
		default:
			value = callee.call(receiver, first, undefined, ...(args as unknown[]));
	}
	state.depth = depth;
	return value;
}

/** A native async function owns what it starts: its awaits of coroutines are tasks, cancelled and waited for with it. */
function invokeNative(call: () => unknown, name: string): unknown {
	const task = state.task as KernelTask;
	const frame = new Frame(endNative, { name });
	openOwner(frame, task);
	awaitNative(callNative(call) as Promise<unknown>);
	return link(frame);
}

const endNative: Run = (frame, input, thrown) => closeOwner(frame, state.task as KernelTask, input, thrown);

/**
 * Awaits whatever a call has given: a coroutine, a task, a promise; anything else is the value itself. What a promise
 * brings to an `await` is there in the promise's own job (`promptly`); of one that a function returns, the language hears later.
 */
export function settle(value: unknown, promptly = false): unknown {
	if ((typeof value !== "object" && typeof value !== "function") || value === null) return value;
	if (value instanceof Lazy) return value.begin();
	if (value instanceof KernelTask) return value.awaited();
	const then = thenOf(value);
	return then === undefined ? value : awaitForeign(value, then, promptly);
}

function isGenerator(value: unknown): value is Generator {
	return (
		typeof value === "object" &&
		value !== null &&
		(value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "Generator"
	);
}

/** Calls a generator on the running task: its frame is made when it suspends. */
export function beginGenerator(generator: Generator, code: Code): unknown {
	const task = state.task as KernelTask;
	const { deliveries, scope } = task;
	if (state.depth >= DEPTH_LIMIT) return startLater(task, generatorFrame(generator, code, deliveries, scope));
	state.depth++;
	const result = generator.next();
	state.depth--;
	if (result.done) {
		if (isLeftOpen(task, scope)) return failLeftOpen(generatorFrame(generator, code, deliveries, scope), task, scope);
		return task.deliveries > deliveries ? returned(task, deliveries, result.value) : result.value;
	}
	const frame = generatorFrame(generator, code, deliveries, scope);
	return result.value === suspended ? link(frame) : goOn(frame, refuseYield(generator, result.value, code));
}

function generatorFrame(generator: Generator, code: Code, deliveries: number, scope: Scope): Frame {
	const frame = new Frame(runGenerator, code, generator, scope);
	frame.deliveries = deliveries;
	return frame;
}

/** A frame that has not begun, parked as ready: the kernel starts it on a fresh native stack. */
export function startLater(task: KernelTask, frame: Frame): typeof suspended {
	task.park(STARTING);
	task.resume(undefined);
	return link(frame);
}

const STARTING: Operation = { abort: () => false, label: "start" };

/**
 * Checks a value that a call has returned at once: a call that was thrown `Cancelled` and returns all the same does not
 * take its caller along, unless the caller is the cancelled scope itself.
 */
export function returned(task: KernelTask, deliveries: number, value: unknown): unknown {
	if (task.deliveries > deliveries) {
		const blame = task.interruption;
		if (blame !== null && blame.bodyDepth !== state.depth) {
			task.deliveries++;
			throw blame.cancelled;
		}
	}
	return value;
}

/** Goes on with a generator that was written by hand. */
const runGenerator: Run = (frame, input, thrown) => {
	const generator = frame.a0 as Generator;
	return goOn(frame, thrown ? generator.throw(input) : generator.next(input));
};

function goOn(frame: Frame, first: IteratorResult<unknown>): unknown {
	let result = first;
	while (!result.done) {
		if (result.value === suspended) return link(frame);
		result = refuseYield(frame.a0 as Generator, result.value, frame.code);
	}
	const task = state.task as KernelTask;
	const scope = frame.a1 as Scope;
	return isLeftOpen(task, scope) ? failLeftOpen(frame, task, scope) : result.value;
}

function refuseYield(generator: Generator, value: unknown, code: Code | null): IteratorResult<unknown> {
	const error = foreignYield(value, code);
	try {
		return generator.throw(error);
	} catch (thrown) {
		// Iterators of some libraries have no `throw`: the language then says that instead, and nothing else.
		throw development && thrown instanceof TypeError && ofAnotherLibrary(value) !== undefined ? error : thrown;
	}
}

function foreignYield(value: unknown, code: Code | null): TypeError {
	const name = code?.name || "A coroutine";
	const own = value instanceof Lazy || value instanceof KernelTask;
	const foreign = !own && thenOf(value) !== undefined;
	const other = development && !foreign ? ofAnotherLibrary(value) : undefined;
	if (other !== undefined)
		return new TypeError(
			`${name} yielded ${other.what}, which Holdfast's kernel does not know: use yield* with ${other.mend}.`,
		);
	const what = foreign ? "a promise" : describe(value);
	const mend = own
		? "use yield* with it (the star was forgotten)"
		: foreign
			? "use yield* until(promise)"
			: "use yield* with a coroutine";
	return new TypeError(`${name} yielded ${what}, which the kernel does not know: ${mend}.`);
}

/** A value in the words of an error message. */
export function describe(value: unknown): string {
	return development ? inWords(value) : typeof value;
}

function inWords(value: unknown): string {
	if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
	if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
	if (typeof value !== "object" || value === null) return String(value);
	const tag = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
	if (tag === "Generator" || tag === "AsyncGenerator") return "a generator object";
	if (value instanceof Lazy) return `the coroutine of ${value.code.name || "a call"}`;
	const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name;
	return name === undefined || name === "Object" ? "an object" : `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}
