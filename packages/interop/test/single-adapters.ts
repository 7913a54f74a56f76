import { Effect, Fiber } from "effect";
import {
	type Operation,
	run as runOperation,
	sleep as sleepOperation,
	suspend,
	until as untilOperation,
} from "effection";
import { fromCallback, toCallback, toPromise, until } from "holdfast";
import { runSaga } from "redux-saga";
import { call, cancel, delay } from "redux-saga/effects";
import { EffectInterruptedError, fromEffect, toEffect } from "../src/effect.ts";
import { fromOperation, toOperation } from "../src/effection.ts";
import { fromSaga, toSaga } from "../src/redux-saga.ts";
import { toObservable } from "../src/rxjs.ts";
import type { Call, ForeignEnd, ForeignWork, Inward, Outward } from "./adapter-contract.ts";

const CANCELLED: ForeignEnd = { kind: "cancelled" };

/** How something ended that rejects with a cancellation. */
function settled(promise: PromiseLike<unknown>): Promise<ForeignEnd> {
	return Promise.resolve(promise).then(
		(value): ForeignEnd => ({ kind: "value", value }),
		(error: unknown): ForeignEnd => (isCancellation(error) ? CANCELLED : { kind: "error", error }),
	);
}

function isCancellation(error: unknown): boolean {
	const { name, message } = (error ?? {}) as Partial<Error>;
	return name === "TaskCancelledError" || name === "AbortError" || message === "halted";
}

export const promiseOut: Outward = {
	name: "toPromise",
	waits: true,
	eager: true,
	convert: (work) => () => {
		const controller = new AbortController();
		const ended = settled(toPromise(work, { signal: controller.signal }));
		const stop = (): Promise<ForeignEnd> => {
			controller.abort();
			return ended;
		};
		return { ended, cancel: stop };
	},
};

export const callbackOut: Outward = {
	name: "toCallback",
	waits: true,
	convert(work) {
		const start = toCallback(work);
		return () => {
			let stop = (): void => {};
			const ended = settled(
				new Promise((resolve, reject) => {
					stop = start((error, value) => (error === null ? resolve(value) : reject(error)));
				}),
			);
			return {
				ended,
				cancel() {
					stop();
					return ended;
				},
			};
		};
	},
};

export const effectOut: Outward = {
	name: "toEffect",
	waits: true,
	convert(work) {
		const effect = toEffect(work);
		return () => {
			const fiber = Effect.runFork(effect);
			const ended = new Promise<ForeignEnd>((resolve) => {
				fiber.addObserver((exit) => {
					if (exit._tag === "Success") return resolve({ kind: "value", value: exit.value });
					for (const reason of exit.cause.reasons) {
						if (reason._tag === "Fail") return resolve({ kind: "error", error: reason.error });
						if (reason._tag === "Die") return resolve({ kind: "error", error: reason.defect });
					}
					return resolve(CANCELLED);
				});
			});
			return {
				ended,
				async cancel() {
					await Effect.runPromise(Fiber.interrupt(fiber));
					return ended;
				},
			};
		};
	},
};

export const operationOut: Outward = {
	name: "toOperation",
	waits: true,
	convert(work) {
		const operation = toOperation(work);
		return () => {
			const task = runOperation(() => operation);
			return {
				ended: settled(task),
				cancel: () =>
					task.halt().then(
						() => CANCELLED,
						(error: unknown): ForeignEnd => ({ kind: "error", error }),
					),
			};
		};
	},
};

export const sagaOut: Outward = {
	name: "toSaga",
	waits: false,
	convert(work) {
		const saga = toSaga(work);
		return () => {
			const task = runSaga({ onError: () => {} }, function* () {
				return yield call(saga as never);
			});
			const ended = settled(task.toPromise()).then((end) => (task.isCancelled() ? CANCELLED : end));
			return {
				ended,
				cancel() {
					task.cancel();
					return ended;
				},
			};
		};
	},
};

export const observableOut: Outward = {
	name: "toObservable, of a call",
	waits: false,
	convert(work) {
		const observable = toObservable(work as () => never);
		return () => {
			let end = (_end: ForeignEnd): void => {};
			const ended = new Promise<ForeignEnd>((resolve) => {
				end = resolve;
			});
			const subscription = observable.subscribe({
				next: (value) => end({ kind: "value", value }),
				error: (error) => end(isCancellation(error) ? CANCELLED : { kind: "error", error }),
			});
			return {
				ended,
				cancel() {
					subscription.unsubscribe();
					end(CANCELLED);
					return ended;
				},
			};
		};
	},
};

export const OUTWARD: readonly Outward[] = [promiseOut, callbackOut, effectOut, operationOut, sagaOut, observableOut];

export const promiseIn: Inward = {
	name: "a promise",
	lacks: ["stop", "cleanup", "call"],
	await: (work) => until(promiseOf(work)),
};

function promiseOf(work: ForeignWork): Promise<unknown> {
	work.begun?.();
	if (work.endless) return new Promise(() => {});
	return work.error === undefined ? Promise.resolve(work.value) : Promise.reject(work.error.thrown);
}

const thenableIn: Inward = {
	name: "a thenable",
	lacks: ["stop", "cleanup", "call"],
	await(work) {
		work.begun?.();
		return until({
			// biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
			then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
				if (work.endless) return;
				if (work.error === undefined) resolve(work.value);
				else reject(work.error.thrown);
			},
		} as PromiseLike<unknown>);
	},
};

const ABORTED = new DOMException("stopped", "AbortError");

/** A function in Node's manner that takes a signal. */
export function withCallback(
	work: ForeignWork,
	signal: AbortSignal,
	done: (error: unknown, value?: unknown) => void,
): void {
	work.begun?.();
	if (work.call !== undefined) {
		const stop = toCallback(work.call)(done);
		signal.addEventListener("abort", stop);
	} else if (work.endless)
		signal.addEventListener(
			"abort",
			() => void (work.cleanup?.() ?? Promise.resolve()).then(() => done(ABORTED), done),
		);
	else if (work.error === undefined) setImmediate(done, null, work.value);
	else setImmediate(done, work.error.thrown);
}

export const callbackIn: Inward = {
	name: "fromCallback, with a signal",
	await: (work) => fromCallback<unknown>((done, signal) => withCallback(work, signal, done)),
};

export const stopIn: Inward = {
	name: "fromCallback, with a function that stops",
	await: (work) =>
		fromCallback<unknown>((done) => {
			const controller = new AbortController();
			let over = (): void => {};
			withCallback(work, controller.signal, (error, value) => {
				over();
				done(error, value);
			});
			return () => {
				if (work.call === undefined) return work.cleanup?.();
				controller.abort();
				return new Promise<void>((resolve) => {
					over = resolve;
				});
			};
		}),
};

export const effectIn: Inward = {
	name: "fromEffect",
	stopped: { await: () => fromEffect(Effect.interrupt), error: EffectInterruptedError.name },
	await: (work) => fromEffect(effectOf(work)),
};

export function effectOf(work: ForeignWork): Effect.Effect<unknown, unknown> {
	return Effect.gen(function* () {
		work.begun?.();
		if (work.call !== undefined) {
			yield* Effect.sleep(1);
			return yield* toEffect(work.call);
		}
		if (work.endless) {
			const { cleanup } = work;
			return yield* Effect.never.pipe(
				Effect.onInterrupt(() => (cleanup === undefined ? Effect.void : Effect.promise(cleanup))),
			);
		}
		return work.error === undefined ? work.value : yield* Effect.fail(work.error.thrown);
	});
}

export const operationIn: Inward = {
	name: "fromOperation",
	await: (work) => fromOperation(operationOf(work)),
};

export function* operationOf(work: ForeignWork): Operation<unknown> {
	work.begun?.();
	if (work.call !== undefined) {
		yield* sleepOperation(1);
		return yield* toOperation(work.call);
	}
	try {
		if (work.endless) yield* suspend();
	} finally {
		if (work.cleanup !== undefined) yield* untilOperation(work.cleanup());
	}
	if (work.error !== undefined) throw work.error.thrown;
	return work.value;
}

export const sagaIn: Inward = {
	name: "fromSaga",
	stopped: {
		await: () =>
			fromSaga({}, function* (): Generator<unknown, void, never> {
				yield cancel();
			}),
		error: "SagaCancelledError",
	},
	await: (work) => fromSaga({}, sagaOf, work),
};

export function* sagaOf(work: ForeignWork): Generator<unknown, unknown, never> {
	work.begun?.();
	if (work.call !== undefined) {
		yield delay(1);
		return yield* toSaga(work.call)();
	}
	try {
		if (work.endless) yield delay(2 ** 30);
	} finally {
		if (work.cleanup !== undefined) yield work.cleanup();
	}
	if (work.error !== undefined) throw work.error.thrown;
	return work.value;
}

export const INWARD: readonly Inward[] = [promiseIn, thenableIn, callbackIn, stopIn, effectIn, operationIn, sagaIn];

export type { Call };
