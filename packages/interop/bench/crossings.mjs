// biome-ignore-all lint/correctness/useYield: calls that never suspend are what is measured
/**
 * What a crossing costs: for each adapter the neighbour's own operation, and the same through the adapter. It stands here so
 * that the adapter and the measured code share one copy of each neighbour.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter, on } from "node:events";
import { Readable } from "node:stream";
import { callbackify } from "node:util";
import { fromEffect, toEffect } from "@holdfast/interop/effect";
import { fromOperation, toOperation } from "@holdfast/interop/effection";
import { openTelemetry } from "@holdfast/interop/opentelemetry";
import { fromSaga, toSaga } from "@holdfast/interop/redux-saga";
import { fromObservable, toObservable } from "@holdfast/interop/rxjs";
import { fromNodeReadable, toNodeReadable } from "@holdfast/node";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { Effect } from "effect";
import { call as callOperation, run as runOperation } from "effection";
import { coroutine, fromCallback, run, toCallback, toPromise, until, withTaskGroup } from "holdfast";
import { events, fromReadableStream, toAsyncIterable, toReadableStream } from "holdfast/streams";
import { runSaga } from "redux-saga";
import { call } from "redux-saga/effects";
import { from, Observable } from "rxjs";

const asynchronous = async () => 1;
const ours = coroutine(function* () {
	return 1;
});

/** A loop that awaits `once()` each time, in native code and in a run. */
const nativeLoop = (once) => async (n) => {
	let done = 0;
	for (let count = 0; count < n; count++) {
		done += await once();
	}
	return done;
};
const ourLoop = (once) => (n) =>
	run(function* () {
		let done = 0;
		for (let count = 0; count < n; count++) {
			done += yield* once();
		}
		return done;
	});
/** Native code that awaits inside of a run: what is converted belongs to that. */
const mixedLoop = (make) => (n) =>
	run(function* () {
		return yield* until(make(n));
	});

async function* numbers(n) {
	for (let value = 0; value < n; value++) {
		yield value;
	}
}

async function countAll(iterable) {
	let count = 0;
	for await (const _ of iterable) {
		count++;
	}
	return count;
}

const readAll = (open) => (n) =>
	run(function* () {
		const stream = open(n);
		let count = 0;
		while (!(yield* stream.next()).done) {
			count++;
		}
		return count;
	});

const subscribed = (observable) =>
	new Promise((resolve, reject) => {
		let count = 0;
		observable.subscribe({
			next: () => {
				count++;
			},
			complete: () => resolve(count),
			error: reject,
		});
	});

/** An emitter that emits in bursts of 100, and then says that it is done. */
function emitting(n) {
	const emitter = new EventEmitter();
	let emitted = 0;
	const burst = () => {
		for (let count = 0; count < 100 && emitted < n; count++) {
			emitter.emit("value", emitted++);
		}
		if (emitted < n) {
			setImmediate(burst);
		} else {
			emitter.emit("end");
		}
	};
	setImmediate(burst);
	return emitter;
}

const burst = (n) =>
	new Observable((subscriber) => {
		for (let value = 0; value < n && !subscriber.closed; value++) {
			subscriber.next(value);
		}
		subscriber.complete();
	});

/** Name, what the neighbour does alone, the neighbour, and the crossing. */
export const crossings = [
	[
		"toPromise, out, outside of every run",
		"await of an async function",
		nativeLoop(asynchronous),
		nativeLoop(() => toPromise(ours)),
	],
	[
		"toPromise, out, and awaited in a run",
		"await of an async function",
		nativeLoop(asynchronous),
		ourLoop(() => until(toPromise(ours))),
	],
	[
		"await of a promise, in",
		"await of a promise",
		nativeLoop(() => Promise.resolve(1)),
		ourLoop(() => until(Promise.resolve(1))),
	],
	[
		"toCallback, out",
		"util.callbackify",
		nativeLoop(() => new Promise((resolve) => callbackify(asynchronous)((_error, value) => resolve(value)))),
		mixedLoop((n) => {
			const start = toCallback(ours);
			return nativeLoop(() => new Promise((resolve) => start((_error, value) => resolve(value))))(n);
		}),
	],
	[
		"fromCallback, in",
		"new Promise around a callback",
		nativeLoop(() => new Promise((resolve) => queueMicrotask(() => resolve(1)))),
		ourLoop(() => fromCallback((done) => queueMicrotask(() => done(null, 1)))),
	],
	[
		"toEffect, out",
		"Effect.promise",
		(n) => Effect.runPromise(effectLoop(() => Effect.promise(asynchronous), n)),
		(n) =>
			run(() => {
				const effect = toEffect(ours);
				return Effect.runPromise(effectLoop(() => effect, n));
			}),
	],
	[
		"fromEffect, in",
		"Effect.runPromise",
		nativeLoop(() => Effect.runPromise(Effect.succeed(1))),
		ourLoop(() => fromEffect(Effect.succeed(1))),
	],
	[
		"toOperation, out",
		"call of an async function",
		(n) => runOperation(() => operationLoop(() => callOperation(asynchronous), n)),
		(n) =>
			run(() => {
				const operation = toOperation(ours);
				return runOperation(() => operationLoop(() => operation, n));
			}),
	],
	[
		"fromOperation, in",
		"run of an operation",
		nativeLoop(() => runOperation(one)),
		ourLoop(() => fromOperation(one())),
	],
	[
		"toSaga, out",
		"call of a saga that awaits an async function",
		(n) => runSaga({}, sagaLoop, awaiting, n).toPromise(),
		(n) => run(() => runSaga({}, sagaLoop, toSaga(ours), n).toPromise()),
	],
	[
		"fromSaga, in",
		"runSaga().toPromise()",
		nativeLoop(() => runSaga({}, one).toPromise()),
		ourLoop(() => fromSaga({}, one)),
	],
	[
		"toObservable, out, per value",
		"from(async generator)",
		(n) => subscribed(from(numbers(n))),
		(n) => run(() => subscribed(toObservable(() => numbers(n)))),
	],
	[
		"fromObservable, in, per value",
		"from(Observable) as an array of promises",
		async (n) => {
			const values = [];
			await subscribed(
				burst(n).pipe(
					(source) =>
						new Observable((to) =>
							source.subscribe({
								next: (value) => {
									values.push(value);
									to.next(value);
								},
								complete: () => to.complete(),
							}),
						),
				),
			);
			let count = 0;
			for await (const _ of values) {
				count++;
			}
			return count;
		},
		readAll((n) => fromObservable(burst(n), { capacity: Number.POSITIVE_INFINITY })),
	],
	[
		"events, in, per event",
		"events.on",
		(n) => countAll(on(emitting(n), "value", { close: ["end"] })),
		readAll((n) => events(emitting(n), "value", { end: ["end"] })),
	],
	[
		"toAsyncIterable, out, per value",
		"for await over an async generator",
		(n) => countAll(numbers(n)),
		mixedLoop((n) => countAll(toAsyncIterable(numbers(n)))),
	],
	[
		"toReadableStream, out, per chunk",
		"ReadableStream.from",
		(n) => countAll(ReadableStream.from(numbers(n))),
		mixedLoop((n) => countAll(toReadableStream(numbers(n)))),
	],
	[
		"fromReadableStream, in, per chunk",
		"for await over a ReadableStream",
		(n) => countAll(ReadableStream.from(numbers(n))),
		readAll((n) => fromReadableStream(ReadableStream.from(numbers(n)))),
	],
	[
		"toNodeReadable, out, per chunk",
		"Readable.from",
		(n) => countAll(Readable.from(numbers(n))),
		mixedLoop((n) => countAll(toNodeReadable(numbers(n)))),
	],
	[
		"fromNodeReadable, in, per chunk",
		"for await over a Readable",
		(n) => countAll(Readable.from(numbers(n))),
		readAll((n) => fromNodeReadable(Readable.from(numbers(n)))),
	],
	[
		"a store of AsyncLocalStorage, per wait",
		"await of a promise, with a store",
		(n) => stored(() => nativeLoop(() => Promise.resolve(1))(n)),
		(n) => stored(() => ourLoop(() => until(Promise.resolve(1)))(n)),
	],
	[
		"a task, without an instrument",
		"await of an async function",
		nativeLoop(asynchronous),
		(n) => run(() => taskLoop(n)),
	],
	[
		"openTelemetry, per task with a span",
		"startActiveSpan around an async function",
		(n) => {
			const tracer = tracerOfNode();
			return nativeLoop(() =>
				tracer.startActiveSpan("task", async (span) => {
					const value = await asynchronous();
					span.end();
					return value;
				}),
			)(n);
		},
		(n) => run(() => taskLoop(n), { instruments: [openTelemetry({ tracer: tracerOfNode() })] }),
	],
	[
		"openTelemetry, per task that is left out",
		"await of an async function",
		nativeLoop(asynchronous),
		(n) => run(() => taskLoop(n), { instruments: [openTelemetry({ tracer: tracerOfNode(), tasks: false })] }),
	],
];

let store;

/** Used by its own rows alone: each is a process of its own, and a store in use costs all that follows. */
function stored(fn) {
	store ??= new AsyncLocalStorage();
	return store.run(1, fn);
}

let tracer;

/** With the context manager of the Node SDK, and nothing that exports. */
function tracerOfNode() {
	if (tracer === undefined) {
		context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
		tracer = new BasicTracerProvider().getTracer("bench");
	}
	return tracer;
}

function taskLoop(n) {
	return withTaskGroup(function* (group) {
		let done = 0;
		for (let count = 0; count < n; count++) {
			done += yield* group.spawn(ours);
		}
		return done;
	});
}

function effectLoop(once, n) {
	return Effect.gen(function* () {
		let done = 0;
		for (let count = 0; count < n; count++) {
			done += yield* once();
		}
		return done;
	});
}

function* operationLoop(once, n) {
	let done = 0;
	for (let count = 0; count < n; count++) {
		done += yield* once();
	}
	return done;
}

function* sagaLoop(once, n) {
	let done = 0;
	for (let count = 0; count < n; count++) {
		done += yield call(once);
	}
	return done;
}

function* awaiting() {
	return yield asynchronous();
}

function* one() {
	return 1;
}
