import { type Awaitable, call, currentTask, openPortal, type RunOptions, reportError, run } from "holdfast";
import type { Provided } from "./provider.ts";

/** What a provider gives to the runs of the components below it. */
export interface Setting {
	readonly options: Pick<RunOptions, "onReport" | "instruments" | "grace" | "bareCalls" | "loop">;
	readonly values: readonly Provided[];
}

/** A run that a component has begun. */
export interface ComponentRun {
	/** Cancels it, with a text for whoever asks why. From then on its ending is told to nobody; an error of its cleanup is reported. */
	cancel(why: string): void;
	/** Fulfilled when everything of it has ended, cleanup too. */
	readonly ended: Promise<void>;
}

/** What a component is told of a run that it has not cancelled: one of them, once, outside of every task. */
export interface Ending<T> {
	done(value: T): void;
	failed(error: unknown): void;
}

export function beginRun<T>(
	{ options, values }: Setting,
	name: string,
	body: (...args: never[]) => Awaitable<T>,
	args: readonly unknown[],
	ending: Ending<T>,
): ComponentRun {
	const controller = new AbortController();
	const { signal } = controller;
	const main = values.length === 0 ? body : withValues(values, body);
	const ended = run<T>(main, { ...options, name, args, signal }).then(
		(value) => {
			if (!signal.aborted) ending.done(value);
		},
		(error) => {
			if (!signal.aborted) ending.failed(error);
			else if (error !== signal.reason) report(error, { options, values }, name);
		},
	);
	return { ended, cancel: (why) => controller.abort(new DOMException(why, "AbortError")) };
}

function withValues<T>(
	values: readonly Provided[],
	body: (...args: never[]) => Awaitable<T>,
): (...args: never[]) => Awaitable<T> {
	return function* (...args: never[]): Generator<unknown, T, never> {
		for (const value of values) value.set();
		return yield* call(body, ...args);
	};
}

/** Gives an error that no component will show to where the provider has errors reported. */
export function report(error: unknown, { options }: Setting, name: string): void {
	void run(() => reportError(error), { ...options, name });
}

/** Calls something at once, and in nobody's name: a run that is begun on the stack of a task would be that task's. */
export function callOutside(call: () => void): void {
	if (isInTask()) openPortal().start(() => {}, { done: call, failed: call });
	else call();
}

function isInTask(): boolean {
	try {
		currentTask();
		return true;
	} catch {
		return false;
	}
}
