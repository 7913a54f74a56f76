import { checkCount } from "./check-count.ts";
import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { failWith, startWatched } from "./entries.ts";
import { type TaskGroup, withTaskGroup } from "./group.ts";
import { type Begin, describe, settle } from "./invoke.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import type { Code } from "./kernel/frame.ts";
import { DONE } from "./kernel/task.ts";
import { checkBody, checkOptions, cleanup } from "./scopes.ts";
import { Semaphore } from "./semaphore.ts";

/** Options of `map` and `forEach`. */
export interface MapOptions {
	/** How many items may be worked on at once: a whole number from 1, or Infinity (default: no limit). */
	concurrency?: number;
}

/**
 * Calls `fn` for every item, many at once, each call in a task of its own, and gives the results in the order of the
 * items. The items may come from an array, a generator, a channel's receiver or any async iterable; an item is pulled
 * only when there is room for it, one at a time.
 *
 * The first failure is thrown, the same object: it stops the pulling, closes the iterator, cancels the other calls and
 * waits for them. Cancelled: the same, with `Cancelled`.
 *
 * @throws RangeError if `concurrency` is no whole number from 1, nor Infinity
 * @example
 * const pages = await map(urls, (url) => download(url), { concurrency: 8 });
 */
export function map<In, Out>(
	items: Iterable<In> | AsyncIterable<In>,
	fn: (item: In, index: number) => Awaitable<Out>,
	options: MapOptions = {},
): Coroutine<Out[]> {
	const results: Out[] = [];
	return spread("map", items, fn, options, results);
}

/**
 * `map` without results: what is kept does not grow with the number of items.
 *
 * @example
 * await forEach(receiver, handleJob, { concurrency: 4 });
 */
export function forEach<In>(
	items: Iterable<In> | AsyncIterable<In>,
	fn: (item: In, index: number) => Awaitable<unknown>,
	options: MapOptions = {},
): Coroutine<void> {
	return spread("forEach", items, fn, options, undefined);
}

function spread<In, R>(
	what: string,
	items: Iterable<In> | AsyncIterable<In>,
	fn: (item: In, index: number) => unknown,
	options: MapOptions,
	results: R,
): Coroutine<R> {
	checkBody(what, fn);
	checkOptions(what, options, ["concurrency"]);
	const { concurrency = Number.POSITIVE_INFINITY } = options;
	checkCount(`${what}: concurrency`, concurrency, 1);
	const source = items as Partial<AsyncIterable<unknown>> & Partial<Iterable<unknown>>;
	const open: (() => AnyIterator) | undefined = source?.[Symbol.asyncIterator] ?? source?.[Symbol.iterator];
	if (typeof open !== "function")
		throw new TypeError(`${what}: the items are ${describe(items)}; pass an iterable or an async iterable.`);
	const permits = concurrency === Number.POSITIVE_INFINITY ? null : new Semaphore(concurrency);
	return withTaskGroup((group) => feed(group, open.call(source), fn, permits, results as unknown[] | undefined), {
		name: what,
	}) as Coroutine<R>;
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** The body of the group: pulls items and starts their tasks. */
function* feed(
	group: TaskGroup,
	iterator: AnyIterator,
	fn: (...args: never[]) => unknown,
	permits: Semaphore | null,
	results: unknown[] | undefined,
): Generator<never, unknown, unknown> {
	try {
		for (let index = 0; ; index++) {
			// First the permit: an item that was pulled is worked on. A task that fails keeps its permit, which ends the pulling.
			if (permits !== null) yield* permits.acquire();
			let pulled = iterator.next() as IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>;
			if ("then" in pulled) pulled = yield* new LazyCoroutine<IteratorResult<unknown>>(beginSettle, NEXT, pulled);
			if (pulled.done) return results;
			startWatched(group, fn, [pulled.value, index], (task) => {
				if (task.status !== DONE) {
					failWith(task);
					return;
				}
				if (results !== undefined) results[index] = task.outcome;
				permits?.release();
			});
		}
	} catch (error) {
		// An iterator that throws is over; one that is left is closed.
		if (error instanceof Cancelled) yield* cleanup(() => iterator.return?.() as unknown);
		throw error;
	}
}

const NEXT: Code = { name: "the next item", place: () => undefined };
const beginSettle: Begin = (lazy) => settle(lazy.a0);
