import { type Choice, type Choosable, NOTHING } from "./choosable.ts";
import { type Coroutine, type Given, LazyCoroutine } from "./coroutine.ts";
import { MisuseError } from "./errors.ts";
import { type Begin, describe, Lazy, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import type { KernelTask, Operation } from "./kernel/task.ts";
import { pass, type Waiter } from "./waiting-list.ts";

/** What `select` chooses from: calls of `receive()` and `send(value)`, or of a queue's `get()` and `put(value)`, by name or in an array. */
export type Choices = Readonly<Record<string, PromiseLike<unknown>>> | readonly PromiseLike<unknown>[];

/** Which operation took effect, and what it gave. The key of an array's element is its index. */
export type Selected<Operations> = Operations extends readonly unknown[]
	? SelectedAt<Operations>[number]
	: { [Key in keyof Operations]: Selection<Key, Operations[Key]> }[keyof Operations];

type SelectedAt<Operations extends readonly unknown[]> = {
	[Key in keyof Operations]: Selection<Key extends `${infer Index extends number}` ? Index : number, Operations[Key]>;
};

interface Selection<Key, Operation> {
	readonly key: Key;
	readonly value: Given<Operation>;
}

/**
 * Waits until one of several channel operations can be done, and does that one only: receiving takes a value from one
 * channel and leaves the others as they are, a send that was not chosen has sent nothing.
 *
 * If several can be done at once, the first in the list is: what is urgent stands first. Else the task waits in all lines,
 * and what comes first wins; among those who wait for the same end it is first come, first served. An operation that
 * would throw can be done: its error is thrown. Give `iterator.next()` of a receiver to get `{ done: true }` in place of
 * `EndOfChannelError`. A time limit is a scope around it: `moveOnAfter(100, () => select({ … }))`.
 *
 * Cancelled: throws `Cancelled`, and nothing was sent or received. Once an operation has been done its result is given,
 * even if the task is cancelled in the same tick.
 *
 * (Go's `select`, but for its random choice: here runs can be repeated. Kotlin's `select` is biased in the same way.)
 *
 * @throws MisuseError when there is nothing to choose from
 * @throws TypeError for anything but `receive()`, `send(value)` and a receiver's `next()`, and the like of queues, not started yet
 * @example
 * const won = await select({ stop: stop.receive(), job: jobs.receive() });
 * if (won.key === "job") await perform(won.value);
 */
export function select<const Operations extends Choices>(operations: Operations): Coroutine<Selected<Operations>> {
	return new LazyCoroutine<Selected<Operations>>(beginSelect, SELECT, optionsOf("select", operations));
}

/**
 * Does the first operation of the list that can be done without waiting, or gives `undefined`. Errors as in `select`.
 * May be called from anywhere.
 *
 * @example
 * const ready = trySelect({ stop: stop.receive(), job: jobs.receive() });
 */
export function trySelect<const Operations extends Choices>(operations: Operations): Selected<Operations> | undefined {
	return attemptFirst(optionsOf("trySelect", operations)) as Selected<Operations> | undefined;
}

const SELECT: Code = { name: "select", place: () => undefined };

interface Option {
	readonly key: string | number;
	readonly lazy: Lazy<unknown>;
	readonly code: Choosable;
}

function optionsOf(what: string, operations: Choices): readonly Option[] {
	if (typeof operations !== "object" || operations === null || operations instanceof Lazy)
		throw new TypeError(
			`${what}: the operations are ${describe(operations)}; pass an object or an array of receive() and send(value).`,
		);
	const entries: Iterable<[string | number, unknown]> = Array.isArray(operations)
		? operations.entries()
		: Object.entries(operations);
	const options: Option[] = [];
	for (const [key, lazy] of entries) {
		// It may come from another copy of the library.
		const code = (lazy as { code?: Partial<Choosable> } | null | undefined)?.code;
		if (code?.attempt === undefined || code.line === undefined)
			throw new TypeError(
				`${what}: ${JSON.stringify(key)} is ${describe(lazy)}; give it receiver.receive() or sender.send(value), for a time limit put the select into moveOnAfter.`,
			);
		options.push({ key, lazy: lazy as Lazy<unknown>, code: code as Choosable });
	}
	if (options.length === 0)
		throw new MisuseError(`${what}: there is nothing to choose from; give it at least one operation.`);
	// They belong to the select from now on, whether they are chosen or not.
	for (const { lazy } of options) lazy.claim();
	return options;
}

function attemptFirst(options: readonly Option[]): unknown {
	for (const { key, lazy, code } of options) {
		const value = code.attempt(lazy);
		if (value !== NOTHING) return { key, value };
	}
	return undefined;
}

const beginSelect: Begin = (lazy) => {
	const task = runningTask(SELECT.name);
	task.checkpoint();
	const options = lazy.a0 as readonly Option[];
	const won = attemptFirst(options);
	return won === undefined ? new Selecting(task, options).wait() : pass(task, won);
};

/** A task that stands in several lines at once. Invariant: it leaves them all in the moment in which one calls it up. */
class Selecting implements Operation, Choice {
	readonly label = SELECT.name;
	readonly #task: KernelTask;
	readonly #options: readonly Option[];
	readonly #waiters: Waiter[] = [];

	constructor(task: KernelTask, options: readonly Option[]) {
		this.#task = task;
		this.#options = options;
	}

	wait(): unknown {
		const task = this.#task;
		const parked = task.park(this);
		for (const { lazy, code } of this.#options) {
			const waiter = code.waiter(lazy, task, this);
			this.#waiters.push(waiter);
			code.line(lazy).enter(waiter);
			code.entered?.(lazy);
			if (task.operation !== this) break;
		}
		return parked;
	}

	settle(waiter: Waiter, outcome: unknown, thrown: boolean): void {
		this.abort();
		if (thrown) this.#task.resumeThrow(outcome);
		else this.#task.resume({ key: (this.#options[this.#waiters.indexOf(waiter)] as Option).key, value: outcome });
	}

	abort(): boolean {
		for (const waiter of this.#waiters) waiter.abort();
		return true;
	}
}
