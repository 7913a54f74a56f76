import { currentNativeTask } from "#host";
import { createChannel, type Receiver, type Sender } from "./channel.ts";
import { type Coroutine, coroutine } from "./coroutine.ts";
import { type EntryResult, failWith, listOf, startEntries, startWatched } from "./entries.ts";
import { withTaskGroup } from "./group.ts";
import { runningTask } from "./invoke.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import type { Scope } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import { DONE, FAILED, type Owner } from "./kernel/task.ts";
import { isOpen, scopeOf } from "./scope-frame.ts";
import type { LiveTask } from "./task.ts";

/** The values of entries as they end: for `for await`, and for generators by `yield* results.next()`. */
export interface CompletedResults<T> extends AsyncIterable<T, undefined> {
	/**
	 * Gives the value of the entry that ends next, or throws the first failure, when the values before it were taken.
	 * Cancelled: throws `Cancelled`; no value is lost, and the entries go on until they are cancelled themselves.
	 */
	next(): Coroutine<IteratorResult<T, undefined>>;
	/**
	 * Cancels what has not ended, waits for its cleanup, and ends the iteration: what `for await` calls when the loop is
	 * left. Throws a failure that nobody has been told of. In a generator: `finally { yield* cleanup(() => results.return()) }`.
	 */
	return(): Coroutine<IteratorReturnResult<undefined>>;
	[Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

/**
 * Runs all entries at once and gives their values in the order in which they end. Takes what `all` takes. Nothing starts
 * before the loop does.
 *
 * The first failure cancels the others and is thrown by the loop, after the values that were there before it; later ones
 * are in `suppressedErrors`. Leaving the loop early cancels the functions and coroutines that have not ended, and waits for
 * them; given tasks and promises are only no longer waited for. They all belong to the scope, or the structured function,
 * in which `asCompleted` was called: it does not end before they do, even if the loop is given up without being left.
 * (asyncio's `as_completed`, made structured.)
 *
 * @example
 * for await (const page of asCompleted(urls.map((url) => () => download(url)))) show(page);
 */
export function asCompleted<E>(entries: Iterable<E>): CompletedResults<EntryResult<E>> {
	return new Completed(listOf("asCompleted", entries)) as CompletedResults<EntryResult<E>>;
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

class Completed implements CompletedResults<unknown> {
	readonly #entries: readonly unknown[];
	/** Where it was made: the tasks are started there, not in the scope around the first `next()`. */
	readonly #owner: Owner | null;
	readonly sender: Sender<unknown>;
	readonly receiver: Receiver<unknown>;
	/** Runs the group of the entries; `null` before the first `next()`. */
	driver: LiveTask | null = null;
	/** The loop was left, or has come to the end. */
	over = false;
	/** A failure that the loop never asks for is the owner's, when that ends. */
	#home: Scope | null = null;
	readonly #tell = (): void => {
		const driver = this.driver as LiveTask;
		if (!driver.observed) throw driver.outcome;
	};

	constructor(entries: readonly unknown[]) {
		this.#entries = entries;
		this.#owner = (state.task ?? currentNativeTask())?.owner ?? null;
		({ sender: this.sender, receiver: this.receiver } = createChannel<unknown>(Number.POSITIVE_INFINITY));
	}

	next(): Coroutine<IteratorResult<unknown, undefined>> {
		return nextResult(this);
	}

	return(): Coroutine<IteratorReturnResult<undefined>> {
		return leave(this);
	}

	[Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
		// The language's type asks for promises; `for await` awaits whatever it gets, and a coroutine is a call.
		return this as unknown as AsyncIterator<unknown, undefined>;
	}

	start(): void {
		const task = runningTask("asCompleted");
		const home = scopeOf(this.#owner !== null && isOpen(this.#owner) ? this.#owner : task.owner);
		this.driver = startWatched(home, collect, [this.#entries, this.sender], (driver) => {
			this.sender.close();
			if (driver.status === FAILED) {
				home.exits ??= [];
				home.exits.push(this.#tell);
				this.#home = home;
			}
		});
		// What is started inside a cleanup region is part of the cleanup.
		if (task.scope === home && task.cleanup > 0) this.driver.protect();
	}

	/** Waits for the driver, and throws what it failed with. */
	*end(): Generator<never, void, unknown> {
		try {
			yield* this.driver as LiveTask;
		} finally {
			const exits = this.#home?.exits;
			if (this.driver?.observed) exits?.splice(exits.indexOf(this.#tell), 1);
		}
	}
}

const collect = /* @__PURE__ */ coroutine(function* asCompleted(entries: readonly unknown[], sender: Sender<unknown>) {
	yield* withTaskGroup(
		(group) =>
			startEntries(group, entries, (task) => {
				if (task.status === DONE) sender.trySend(task.outcome);
				else failWith(task);
			}),
		{ name: "asCompleted" },
	);
});

const nextResult = /* @__PURE__ */ coroutine(function* next(
	it: Completed,
): Generator<never, IteratorResult<unknown, undefined>, unknown> {
	if (it.over) return END;
	if (it.driver === null) it.start();
	const values = it.receiver[Symbol.asyncIterator]() as unknown as {
		next(): Coroutine<IteratorResult<unknown, undefined>>;
	};
	const result = yield* values.next();
	if (!result.done) return result;
	// The driver has ended: either all values were taken, or this throws what ended it.
	if (it.over) return END;
	it.over = true;
	yield* it.end();
	return END;
});

const leave = /* @__PURE__ */ coroutine(function* leave(
	it: Completed,
): Generator<never, IteratorReturnResult<undefined>, unknown> {
	const { driver, over } = it;
	it.over = true;
	if (driver === null || over) return END;
	driver.cancel("the loop was left");
	try {
		yield* it.end();
	} catch (error) {
		// That it was cancelled is no news.
		if (driver.status === FAILED || error instanceof Cancelled) throw error;
	}
	return END;
});
