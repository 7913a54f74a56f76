import { settle } from "../invoke.ts";
import { Cancelled } from "../kernel/cancelled.ts";
import type { Run } from "../kernel/frame.ts";
import { state } from "../kernel/state.ts";
import type { KernelTask } from "../kernel/task.ts";
import {
	closed,
	closeQuietly,
	forAwait,
	type Iteration,
	interrupted,
	isObject,
	linkWith,
	type NativeLoop,
	notAnObject,
	runAwaitedValue,
	runNext,
} from "./iteration.ts";
import { awaitCall, awaitMethod, isOwn, park, pass } from "./native-ticks.ts";
import { Abrupt, type Inner, type Production, produceFor } from "./production.ts";

// `for await` and `yield*` in native ticks: each step awaits what the engine awaits.

type Method = (...args: unknown[]) => unknown;

const NATIVE: NativeLoop = { next: forNext, close: forClose };

export function nativeForAwait(iterable: unknown): Iteration {
	const iteration = forAwait(iterable);
	iteration.native = NATIVE;
	return iteration;
}

function forNext(iteration: Iteration): unknown {
	iteration.open = false;
	try {
		ask(iteration, iteration.next, []);
	} catch (error) {
		throw interrupted(iteration, error);
	}
	return linkWith(runNext, iteration);
}

function forClose(iteration: Iteration): unknown {
	iteration.open = false;
	try {
		if (!close(iteration, [])) return undefined;
	} catch (error) {
		return closed(iteration, error, true);
	}
	return linkWith(runClose, iteration);
}

const runClose: Run = (frame, input, thrown) => closed(frame.a0 as Iteration, input, thrown);

/** Calls a method of the iterator and awaits the result: parks the task. */
function ask(inner: Inner, method: unknown, args: readonly unknown[]): void {
	if (!inner.sync) awaitMethod(method, inner.iterator, args);
	else
		throughPromise(() => {
			const result = (method as Method).apply(inner.iterator, args as unknown[]);
			awaitSyncResult(result, inner);
		});
}

/** Asks the iterator to close: parks the task. False if there is nothing to await. */
export function close(inner: Inner, args: readonly unknown[]): boolean {
	const { iterator } = inner;
	if (!inner.sync) {
		const method = iterator.return;
		if (method === undefined || method === null) return false;
		awaitMethod(method, iterator, args);
	} else
		throughPromise(() => {
			const method = iterator.return;
			if (method === undefined || method === null)
				pass(state.task as KernelTask, { value: args[0], done: true }, false);
			else awaitSyncResult((method as Method).apply(iterator, args as unknown[]), null);
		});
	return true;
}

/** What is thrown around a sync iterator is the rejection of a promise. */
function throughPromise(step: () => void): void {
	const task = state.task as KernelTask;
	try {
		step();
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		pass(task, error, true);
	}
}

/** Awaits the value of a result of a sync iterator. */
function awaitSyncResult(result: unknown, closing: Inner | null): void {
	if (!isObject(result)) throw notAnObject(result);
	const done = Boolean((result as IteratorResult<unknown>).done);
	const { value } = result as IteratorResult<unknown>;
	const failing = done ? null : closing;
	if (isOwn(value)) {
		awaitCall(() => settle(value));
		linkWith(runAwaitedValue, done, failing);
		return;
	}
	park(resultOf(value, done, failing), value);
}

/** The promise that the engine makes of a sync result. A failing value closes the iterator, if one is given. */
async function resultOf(value: unknown, done: boolean, closing: Inner | null): Promise<IteratorResult<unknown>> {
	try {
		return { value: await value, done };
	} catch (reason) {
		if (closing !== null) closeQuietly(closing);
		throw reason;
	}
}

/** `yield* iterable` in an async generator. */
export function* nativeDelegate(iterable: unknown): Generator<number | Production, unknown, unknown> {
	const iteration = forAwait(iterable);
	let isThrow = false;
	let value: unknown;
	for (;;) {
		if (!isThrow) ask(iteration, iteration.next, [value]);
		else {
			const method = (iteration.iterator as { throw?: unknown }).throw;
			if (method !== undefined && method !== null) ask(iteration, method, [value]);
			else {
				yield* closeForThrow(iteration);
				throw new TypeError("The iterator does not provide a 'throw' method.");
			}
		}
		const result = yield 0;
		if (!isObject(result)) throw notAnObject(result);
		const { done, value: given } = result as IteratorResult<unknown>;
		if (done) return given;
		try {
			value = yield produceFor(iteration, given);
			isThrow = false;
		} catch (error) {
			if (error instanceof Abrupt) throw error.error;
			value = error;
			isThrow = true;
		}
	}
}

/** An iterator without `throw` is closed instead. */
function* closeForThrow(iteration: Iteration): Generator<number, void, unknown> {
	if (!iteration.sync) {
		if (!close(iteration, [])) return;
		const result = yield 0;
		if (!isObject(result)) throw notAnObject(result);
		return;
	}
	throughPromise(() => {
		const method = iteration.iterator.return;
		if (method !== undefined && method !== null) {
			const result = (method as Method).call(iteration.iterator);
			if (!isObject(result)) throw notAnObject(result);
		}
		pass(state.task as KernelTask, undefined, false);
	});
	yield 0;
}
