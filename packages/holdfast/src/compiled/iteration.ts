import { corocall, type Entry, fresh, settle } from "../invoke.ts";
import { Cancelled } from "../kernel/cancelled.ts";
import { Frame, link, type Run, suspended } from "../kernel/frame.ts";
import { state } from "../kernel/state.ts";
import { keep } from "../kernel/suppressed.ts";
import type { KernelTask } from "../kernel/task.ts";
import { firstAwait } from "./first-await.ts";

type Method = (...args: unknown[]) => unknown;

/** The steps of a loop in native ticks. */
export interface NativeLoop {
	next(iteration: Iteration): unknown;
	close(iteration: Iteration): unknown;
}

/** A `for await` loop over something. */
export class Iteration {
	readonly iterator: { readonly return?: unknown };
	readonly next: Method;
	/** The values of a sync iterator are awaited one by one. */
	readonly sync: boolean;
	/** The iterator has given a value and may be asked for more: it has to be closed. */
	open = false;
	failure: { readonly error: unknown } | null = null;
	/** How the loop asks and closes in native ticks. */
	native: NativeLoop | null = null;

	constructor(iterator: object, sync: boolean) {
		this.iterator = iterator as { return?: unknown };
		this.next = (iterator as { next: Method }).next;
		this.sync = sync;
	}
}

export function forAwait(iterable: unknown): Iteration {
	const source = iterable as { [Symbol.asyncIterator]?: Method; [Symbol.iterator]?: Method };
	const asyncMethod = source[Symbol.asyncIterator];
	const method = asyncMethod ?? source[Symbol.iterator];
	if (typeof method !== "function")
		throw new TypeError(`${typeof iterable === "object" ? "object" : String(iterable)} is not async iterable`);
	const iterator = Reflect.apply(method, source, []);
	if (!isObject(iterator)) throw new TypeError("Result of the Symbol.asyncIterator method is not an object");
	return new Iteration(iterator, asyncMethod === undefined || asyncMethod === null);
}

/** Asks for the next result: gives it, checked, or `suspended`. */
export function forNext(iteration: Iteration): unknown {
	if (iteration.native !== null) return iteration.native.next(iteration);
	return state.limit === 0 ? firstAwait(() => nextOf(iteration)) : nextOf(iteration);
}

function nextOf(iteration: Iteration): unknown {
	iteration.open = false;
	let result: unknown;
	try {
		const { next, iterator } = iteration;
		result = iteration.sync ? Reflect.apply(next, iterator, []) : awaitCall(next, iterator, []);
	} catch (error) {
		throw interrupted(iteration, error);
	}
	if (result === suspended) return linkWith(runNext, iteration);
	return iteration.sync ? syncResult(iteration, result) : asyncResult(iteration, result);
}

export const runNext: Run = (frame, input, thrown) => {
	if (thrown) throw interrupted(frame.a0 as Iteration, input);
	return asyncResult(frame.a0 as Iteration, input);
};

/** Our wait was cancelled, not the iterator: it has to be closed. */
export function interrupted(iteration: Iteration, error: unknown): unknown {
	if (error instanceof Cancelled) iteration.open = true;
	return error;
}

function asyncResult(iteration: Iteration, result: unknown): unknown {
	if (!isObject(result)) throw notAnObject(result);
	iteration.open = !(result as IteratorResult<unknown>).done;
	return result;
}

function syncResult(iteration: Iteration, result: unknown): unknown {
	if (!isObject(result)) throw notAnObject(result);
	const { done, value } = result as IteratorResult<unknown>;
	let settled: unknown;
	try {
		settled = settle(value, true);
	} catch (error) {
		if (!done) closeQuietly(iteration);
		throw error;
	}
	if (settled === suspended) return linkWith(runSyncValue, iteration, done);
	iteration.open = !done;
	return { done, value: settled };
}

const runSyncValue: Run = (frame, input, thrown) => {
	const iteration = frame.a0 as Iteration;
	const done = frame.a1 as boolean;
	if (thrown) {
		if (!done) closeQuietly(iteration);
		throw input;
	}
	iteration.open = !done;
	return { done, value: input };
};

/** The result of a sync iterator with its value awaited, or `suspended`. A failing value closes the iterator, if one is given. */
export function awaitSyncResult(result: unknown, closing: Closable | null): unknown {
	if (!isObject(result)) throw notAnObject(result);
	const done = Boolean((result as IteratorResult<unknown>).done);
	const { value } = result as IteratorResult<unknown>;
	const failing = done ? null : closing;
	let settled: unknown;
	try {
		settled = settle(value, true);
	} catch (error) {
		if (failing !== null) closeQuietly(failing);
		throw error;
	}
	return settled === suspended ? linkWith(runAwaitedValue, done, failing) : { done, value: settled };
}

export const runAwaitedValue: Run = (frame, input, thrown) => {
	if (!thrown) return { done: frame.a0, value: input };
	if (frame.a1 !== null) closeQuietly(frame.a1 as Closable);
	throw input;
};

export function notAnObject(result: unknown): TypeError {
	return new TypeError(`Iterator result ${String(result)} is not an object`);
}

interface Closable {
	readonly iterator: { readonly return?: unknown };
}

export function closeQuietly(iteration: Closable): void {
	try {
		const close = iteration.iterator.return;
		if (typeof close === "function") Reflect.apply(close, iteration.iterator, []);
	} catch {
		// The error of the value is the one to see.
	}
}

/** The loop is left by an error: what closing throws comes after it. */
export function forFailed(iteration: Iteration, error: unknown): unknown {
	iteration.failure = { error };
	return error;
}

export function forOpen(iteration: Iteration): boolean {
	return iteration.open;
}

export function forClose(iteration: Iteration): unknown {
	if (iteration.native !== null) return iteration.native.close(iteration);
	iteration.open = false;
	let result: unknown;
	try {
		const close = iteration.iterator.return;
		if (close === undefined || close === null) return undefined;
		result = iteration.sync
			? awaitSyncResult(Reflect.apply(close as Method, iteration.iterator, []), null)
			: awaitCall(close as Method, iteration.iterator, []);
	} catch (error) {
		return closed(iteration, error, true);
	}
	return result === suspended ? linkWith(runClose, iteration) : closed(iteration, result, false);
}

const runClose: Run = (frame, input, thrown) => closed(frame.a0 as Iteration, input, thrown);

export function closed(iteration: Iteration, outcome: unknown, thrown: boolean): unknown {
	const { failure } = iteration;
	if (thrown) {
		// An error of cleanup wins over a bare cancellation, and never hides another error.
		if (failure === null || failure.error instanceof Cancelled) throw outcome;
		keep(failure.error, outcome, state.task);
	} else if (failure === null && !iteration.sync && !isObject(outcome))
		throw new TypeError(`${String(outcome)} is not an object`);
	return undefined;
}

/** Calls a method as an awaited call. */
export function awaitCall(method: Method, receiver: unknown, args: readonly unknown[]): unknown {
	const entry = (method as { [corocall]?: Entry })[corocall];
	if (entry !== undefined && entry.shell1 === method) return entry.call(receiver, fresh, undefined, ...args);
	return settle(Reflect.apply(method, receiver, args), true);
}

/** Links a frame that goes on with what the suspended call gives. */
export function linkWith(run: Run, a0: unknown, a1?: unknown): typeof suspended {
	const frame = new Frame(run, null, a0, a1);
	frame.deliveries = (state.task as KernelTask).deliveries;
	return link(frame);
}

export function isObject(value: unknown): value is object {
	return (typeof value === "object" && value !== null) || typeof value === "function";
}
