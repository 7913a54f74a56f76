import { cleanup, until } from "holdfast";
import { compose, type Source } from "holdfast/streams";
import type { DependencyList } from "react";
import { checkWork, useWork, type WorkControls, type WorkOptions, type WorkState } from "./work.ts";

/** What `useStream` gives: while it is running the value is the latest one, `undefined` before the first. */
export type StreamView<T> =
	| (Exclude<WorkState<T>, { status: "done" }> & WorkControls)
	| ({
			/** The stream has ended; the value is its last one, `undefined` if there was none. */
			readonly status: "done";
			readonly value: T | undefined;
			readonly error: undefined;
	  } & WorkControls);

/** What it gives when errors go to the error boundary. */
export type ThrowingStreamView<T> = Exclude<StreamView<T>, { status: "failed" }>;

/**
 * Reads what `open` gives while the component is on the page, and gives the latest value: of an async generator, of `events`, of a
 * channel's receiver, of a `ReadableStream`, of an Observable by `fromObservable`. It is opened and cancelled as the body of
 * `useTask` is, and closed in any case: when the component leaves, when `dependencies` change, at its end.
 *
 * Values that come faster than React renders are not all rendered: the latest is. To collect them, make the source give what has
 * been collected.
 * @throws TypeError without dependencies
 * @example
 * const size = useStream(() => events(window, "resize"), []);
 * const log = useStream(() => watchLog(path), [path]);
 */
export function useStream<T>(
	open: () => Source<T> | PromiseLike<Source<T>>,
	dependencies: DependencyList,
	options: WorkOptions & { readonly throws: true },
): ThrowingStreamView<T>;
export function useStream<T>(
	open: () => Source<T> | PromiseLike<Source<T>>,
	dependencies: DependencyList,
	options?: WorkOptions,
): StreamView<T>;
export function useStream<T>(
	open: () => Source<T> | PromiseLike<Source<T>>,
	dependencies: DependencyList,
	options: WorkOptions = {},
): StreamView<T> {
	checkWork("useStream", open, dependencies);
	return useWork<T | undefined>(
		open.name || "useStream",
		(publish) => () => readAll(open, publish),
		dependencies,
		options,
	) as StreamView<T>;
}

function* readAll<T>(
	open: () => Source<T> | PromiseLike<Source<T>>,
	publish: (value: T) => void,
): Generator<unknown, T | undefined, never> {
	const given = open();
	const source = isThenable(given) ? yield* until(given) : given;
	const stream = compose(source as Source<T>);
	let last: T | undefined;
	try {
		for (let next = yield* stream.next(); !next.done; next = yield* stream.next()) {
			last = next.value;
			publish(last);
		}
	} finally {
		yield* cleanup(() => stream.close());
	}
	return last;
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
	return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === "function";
}
