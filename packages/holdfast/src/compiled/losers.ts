import { taskKey } from "../foreign.ts";
import type { Blocking } from "../kernel/runner.ts";
import { state } from "../kernel/state.ts";
import { DONE, type KernelTask } from "../kernel/task.ts";

type Kind = "race" | "any" | "all";

const NativePromise = Promise;

/**
 * `Promise.race`, `any` and `all`, called directly: when the outcome is known, the tasks of bare calls that are still
 * running have lost. They are cancelled when their owner ends; until then somebody may still await them.
 */
export function combine(constructor: PromiseConstructor, kind: Kind, iterable: Iterable<unknown>): Promise<unknown> {
	// The iterator is read by the engine's own step alone: what its getter throws is a rejection.
	if (
		constructor !== NativePromise ||
		iterable === null ||
		iterable === undefined ||
		!(Symbol.iterator in Object(iterable))
	)
		return call(constructor, kind, iterable);
	const { blocking } = state.task?.runner ?? { blocking: null };
	if (blocking !== null) return combineSynchronously(blocking, kind, [...iterable]);
	const entries = isPlain(iterable) ? iterable : [];
	const result = call(
		constructor,
		kind,
		entries === iterable ? entries : taken(iterable, entries as Promise<unknown>[]),
	);
	const tasks = tasksOf(entries);
	if (tasks.length > 0) {
		Behind.put(result, tasks);
		const decided = (): void => {
			for (const task of tasks) lose(task);
			tasks.length = 0;
		};
		const ignored = (): void => {};
		// The entries are observed already; observing the result would hide that nobody else does.
		if (kind === "all" && areCalls(entries)) {
			// What a task ends with is its promise's; one that was derived may have handled it.
			for (const task of tasks)
				task.onEnd(() => {
					if (task.status !== DONE) decided();
				});
		} else
			for (const entry of entries)
				NativePromise.resolve(entry).then(kind === "all" ? ignored : decided, kind === "any" ? ignored : decided);
	}
	return result;
}

class Given {
	constructor(object: object) {
		// biome-ignore lint/correctness/noConstructorReturn: the field is put on what is given
		return object;
	}
}

/**
 * The tasks whose outcome a promise waits for that is not their own: it was derived from theirs, or made of several. They are
 * kept in a field of the promise that nobody sees: unlike a `WeakMap` it costs the collector nothing.
 */
class Behind extends Given {
	readonly #tasks: readonly KernelTask[];

	private constructor(promise: object, tasks: readonly KernelTask[]) {
		super(promise);
		this.#tasks = tasks;
	}

	static put(promise: object, tasks: readonly KernelTask[]): void {
		new Behind(promise, tasks);
	}

	static of(promise: object): readonly KernelTask[] {
		return #tasks in promise ? promise.#tasks : [];
	}
}

/** `promise.then(…)`, `catch` or `finally`, not awaited, in a file that races promises. */
export function chain(promise: unknown, name: "then" | "catch" | "finally", ...args: unknown[]): unknown {
	const method = (promise as Record<string, unknown>)[name];
	if (typeof method !== "function") throw new TypeError(`.${name} is not a function`);
	const derived = Reflect.apply(method, promise, args) as unknown;
	if (derived instanceof NativePromise) {
		const tasks = tasksOf([promise]);
		if (tasks.length > 0) Behind.put(derived, tasks);
	}
	return derived;
}

/** In a synchronous run the outcome is that of a task, which needs no host. */
function combineSynchronously(blocking: Blocking, kind: Kind, entries: readonly unknown[]): Promise<unknown> {
	const result = blocking.combine(kind, entries) as Promise<unknown> & { [taskKey]: KernelTask };
	const whole = result[taskKey];
	whole.onEnd(() => {
		if (kind !== "all" || whole.status !== DONE) for (const task of tasksOf(entries)) lose(task);
	});
	return result;
}

/** The task of a bare call's promise. */
function taskOf(entry: unknown): KernelTask | undefined {
	return entry instanceof NativePromise ? (entry as { [taskKey]?: KernelTask })[taskKey] : undefined;
}

/** Whether there are promises of bare calls alone, none that was derived. */
function areCalls(entries: readonly unknown[]): boolean {
	for (let index = 0; index < entries.length; index++) if (taskOf(entries[index]) === undefined) return false;
	return true;
}

function tasksOf(entries: readonly unknown[]): KernelTask[] {
	const tasks: KernelTask[] = [];
	// By index, here and below: the iterator of an array may be the program's own.
	for (let index = 0; index < entries.length; index++) {
		const entry = entries[index];
		const task = taskOf(entry);
		if (task !== undefined) tasks.push(task);
		else if (entry instanceof NativePromise) tasks.push(...Behind.of(entry));
	}
	return tasks;
}

/** An array of nothing but values and the engine's promises may be gone through twice. */
function isPlain(iterable: Iterable<unknown>): iterable is readonly unknown[] {
	if (!Array.isArray(iterable)) return false;
	for (let index = 0; index < iterable.length; index++) {
		const entry = iterable[index] as unknown;
		const isObject = (typeof entry === "object" && entry !== null) || typeof entry === "function";
		if (isObject && !(entry instanceof NativePromise && entry.constructor === NativePromise)) return false;
	}
	return true;
}

/** Of anything else each entry is asked for, and each thenable called, once and when the engine would. */
function* taken(iterable: Iterable<unknown>, promises: Promise<unknown>[]): Generator<Promise<unknown>, void> {
	for (const entry of iterable) {
		const promise = NativePromise.resolve(entry);
		promises.push(promise);
		yield promise;
	}
}

function call(constructor: PromiseConstructor, kind: Kind, iterable: Iterable<unknown>): Promise<unknown> {
	return (constructor[kind] as (entries: Iterable<unknown>) => Promise<unknown>).call(constructor, iterable);
}

function lose(task: KernelTask): void {
	if (task.ended) return;
	task.loser = true;
	if (task.home?.closing && task.interruption === null) task.cancel("it lost a race");
}
