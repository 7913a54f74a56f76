import {
	type Coroutine,
	coroutine,
	type EntryResult,
	fromCallback,
	HoldfastError,
	openPortal,
	type Portal,
	reportError,
	type Spawnable,
	type Task,
} from "holdfast";
import { type RunSagaOptions, runSaga, type Saga } from "redux-saga";
import { getContext } from "redux-saga/effects";
import { checkPeer } from "./peer-error.ts";

/** A saga was cancelled, but not by the code that awaits it: an ordinary error, so that nobody is cancelled at a distance. */
export class SagaCancelledError extends HoldfastError {
	override readonly name: string = "SagaCancelledError";
	readonly code: string = "HOLDFAST_SAGA_CANCELLED";
}

/** Under this name the context of a saga holds what leads to the task that has started it. */
const PORTAL = "@holdfast/interop/portal";

/** What a saga yields is typed by its own effects only. */
export type SagaOf<T> = Generator<unknown, T, never>;

/**
 * A coroutine function as a saga, for `yield call(saga, …args)`, `fork`, or `yield* saga(…args)`. An error is thrown in the saga,
 * the same object.
 *
 * Cancelling the saga cancels the call, and the saga goes on until the cleanup is over. redux-saga itself does not wait for
 * sagas that it cancels; but the call is a task of the scope in which `toSaga` was called, or of the code that awaits the saga by
 * `fromSaga`, and that does not end before it. What cleanup throws then has nobody left to hear it, and is reported. A call that its
 * own scope cancels throws `TaskCancelledError`.
 *
 * @example
 * function* search(action: SearchAction) {
 *   const results = yield call(toSaga(find), action.text);
 *   yield put(found(results));
 * }
 */
export function toSaga<Args extends readonly unknown[], T>(fn: Spawnable<Args, T>): (...args: Args) => SagaOf<T> {
	if (typeof fn !== "function")
		throw new TypeError(`toSaga takes a coroutine function, not a value of type ${typeof fn}.`);
	checkPeer("redux-saga", "redux-saga@^1.2.0", [getContext, runSaga]);
	const own = openPortal();
	const saga = function* (...args: Args): Generator<unknown, unknown, unknown> {
		const portal = ((yield getContext(PORTAL)) as Portal | undefined) ?? own;
		let isOver = false;
		let cancelled: (() => void) | undefined;
		let task: Task | undefined;
		try {
			return yield new Promise<unknown>((resolve, reject) => {
				const end = (settle: () => void): void => {
					isOver = true;
					if (cancelled === undefined) settle();
					else cancelled();
				};
				task = portal.start(
					fn as () => unknown,
					{
						done: (value) => end(() => resolve(value)),
						failed(error) {
							const late = cancelled !== undefined;
							end(() => reject(error));
							if (late) reportError(error, task);
						},
						cancelled: (error) => end(() => reject(error)),
					},
					{ args, name: fn.name },
				);
			});
		} finally {
			if (!isOver)
				yield new Promise<void>((resolve) => {
					cancelled = resolve;
					task?.cancel("its saga was cancelled");
				});
		}
	};
	Object.defineProperty(saga, "name", { value: fn.name, configurable: true });
	return saga as unknown as (...args: Args) => SagaOf<T>;
}

/** Options of `fromSaga`: where the saga finds its store. */
export type FromSagaOptions = Pick<
	RunSagaOptions<never, unknown>,
	"channel" | "dispatch" | "getState" | "context" | "effectMiddlewares" | "sagaMonitor"
>;

/**
 * Runs a saga and waits for it and its attached forks, as a call of the running task: what it calls by `toSaga` sees the task's
 * context variables. Its store is what the options say.
 *
 * An error is thrown, the same object. Cancelled: the saga is cancelled, and its `finally` block is waited for, within the grace;
 * what that throws is thrown. redux-saga tells of no end of the *forks* that it cancels: their `finally` blocks are not waited
 * for. A saga that cancels itself is an error.
 *
 * @throws SagaCancelledError if it was cancelled, but not by this task's cancellation
 * @throws CannotBlockError in a synchronous run, if it waits
 * @example
 * const user = await fromSaga({ channel, dispatch, getState }, loginFlow, credentials);
 */
export function fromSaga<Args extends readonly unknown[], T>(
	options: FromSagaOptions,
	saga: (...args: Args) => Iterator<unknown, T, never>,
	...args: Args
): Coroutine<EntryResult<T>> {
	if (typeof saga !== "function") throw new TypeError(`fromSaga takes a saga, not a value of type ${typeof saga}.`);
	checkPeer("redux-saga", "redux-saga@^1.2.0", [runSaga]);
	return awaitSaga({ options, saga: () => saga(...args) }) as Coroutine<EntryResult<T>>;
}

const awaitSaga = /* @__PURE__ */ coroutine(function* fromSaga({
	options,
	saga,
}: {
	readonly options: FromSagaOptions;
	readonly saga: () => Iterator<unknown>;
}): Generator<never, unknown, unknown> {
	const ended = yield* fromCallback<{ readonly error?: unknown; readonly value?: unknown }>((done) => {
		let isOver = false;
		let stopped: ((error?: unknown) => void) | undefined;
		const main = function* (): Generator<unknown, unknown, never> {
			let failure: unknown;
			try {
				return yield* { [Symbol.iterator]: saga } as Iterable<unknown> as Generator;
			} catch (error) {
				if (stopped === undefined) throw error;
				failure = error;
				return undefined;
			} finally {
				isOver = true;
				stopped?.(failure);
			}
		};
		const task = runSaga(
			{ ...options, context: { ...options.context, [PORTAL]: openPortal() }, onError: () => {} } as never,
			main as unknown as Saga<[]>,
		);
		task.toPromise().then(
			(value: unknown) =>
				done(
					null,
					task.isCancelled()
						? { error: new SagaCancelledError("The saga was cancelled, and not by the code that awaits it.") }
						: { value },
				),
			(error: unknown) => done(null, { error }),
		);
		return () =>
			fromCallback<void>((end) => {
				stopped = end;
				task.cancel();
				if (isOver) end();
			});
	});
	if ("error" in ended) throw ended.error;
	return ended.value;
});
