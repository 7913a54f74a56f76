import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { fromNodeReadable, toNodeReadable } from "@holdfast/node";
import {
	events,
	fromAsyncIterable,
	fromReadableStream,
	type Stream,
	type Subscribable,
	toAsyncIterable,
	toObservable as toInterop,
	toReadableStream,
} from "holdfast/streams";
import { from, Observable } from "rxjs";
import { fromObservable, toObservable } from "../src/rxjs.ts";
import type { ForeignConsumer, ForeignSource, StreamInward, StreamOutward } from "./adapter-contract.ts";

type Source = () => AsyncIterable<unknown>;

export const iterableOut: StreamOutward = {
	name: "toAsyncIterable",
	ahead: 0,
	waits: true,
	convert(source) {
		const iterator = toAsyncIterable(source());
		return () => ({ next: () => iterator.next(), leave: () => iterator.return() });
	},
};

export const readableOut: StreamOutward = {
	name: "toReadableStream",
	ahead: 0,
	waits: true,
	convert(source) {
		const stream = toReadableStream(source());
		return () => {
			const reader = stream.getReader();
			return { next: () => reader.read() as Promise<IteratorResult<unknown>>, leave: () => reader.cancel() };
		};
	},
};

export const nodeOut: StreamOutward = {
	name: "toNodeReadable",
	ahead: 3,
	waits: true,
	convert(source) {
		const readable = toNodeReadable(source());
		return () => {
			const iterator = readable[Symbol.asyncIterator]() as AsyncIterator<unknown>;
			return {
				next: () => iterator.next(),
				leave: () =>
					new Promise<void>((resolve, reject) => {
						readable.once("error", reject);
						readable.once("close", resolve);
						readable.destroy();
						if (readable.closed) resolve();
					}),
			};
		};
	},
};

/** Reads what is pushed: it keeps everything. */
function consume(subscribe: (observer: Observer) => { unsubscribe(): void }): ForeignConsumer {
	const results: ({ readonly value: unknown } | { readonly error: unknown } | "end")[] = [];
	let wake: (() => void) | undefined;
	const add = (result: (typeof results)[number]): void => {
		results.push(result);
		wake?.();
	};
	const subscription = subscribe({
		next: (value) => add({ value }),
		error: (error) => add({ error }),
		complete: () => add("end"),
	});
	return {
		async next() {
			while (results.length === 0)
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
			const result = results[0] as (typeof results)[number];
			if (result === "end") return { done: true, value: undefined };
			results.shift();
			if ("error" in result) throw result.error;
			return { done: false, value: result.value };
		},
		async leave() {
			subscription.unsubscribe();
		},
	};
}

interface Observer {
	next(value: unknown): void;
	error(error: unknown): void;
	complete(): void;
}

export const rxOut: StreamOutward = {
	name: "toObservable, of RxJS",
	ahead: Number.POSITIVE_INFINITY,
	waits: false,
	convert(source: Source) {
		const observable = toObservable(source);
		return () => consume((observer) => observable.subscribe(observer));
	},
};

export const interopOut: StreamOutward = {
	name: "toObservable, through from()",
	ahead: Number.POSITIVE_INFINITY,
	waits: false,
	convert(source: Source) {
		const observable: Subscribable<unknown> = toInterop(source);
		return () => consume((observer) => from(observable as unknown as Observable<unknown>).subscribe(observer));
	},
};

export const STREAM_OUTWARD: readonly StreamOutward[] = [iterableOut, readableOut, nodeOut, rxOut, interopOut];

export async function* generate({ count, error, produced, closed }: ForeignSource): AsyncGenerator<number> {
	try {
		for (let value = 0; value < count; value++) {
			await undefined;
			produced?.(value);
			yield value;
		}
		if (error !== undefined) throw error.thrown;
	} finally {
		await closed?.();
	}
}

export const iterableIn: StreamInward = {
	name: "fromAsyncIterable, of a native generator",
	ahead: 0,
	waits: true,
	open: (source) => fromAsyncIterable(generate(source)),
};

export const readableIn: StreamInward = {
	name: "fromReadableStream",
	ahead: 1,
	waits: true,
	open: (source) => {
		const iterator = generate(source);
		return fromReadableStream(
			new ReadableStream<unknown>(
				{
					async pull(controller) {
						const result = await iterator.next();
						if (result.done) controller.close();
						else controller.enqueue(result.value);
					},
					async cancel() {
						await iterator.return(undefined);
					},
				},
				{ highWaterMark: 1 },
			),
		);
	},
};

export const nodeIn: StreamInward = {
	name: "fromNodeReadable",
	ahead: 20,
	waits: true,
	open: (source) => fromNodeReadable(Readable.from(generate(source), { highWaterMark: 1 })),
};

/** Pushes as fast as it can, in turns of its own. */
function pushing({ count, error, produced, closed }: ForeignSource, turns = true): Observable<number> {
	return new Observable<number>((subscriber) => {
		let timer: NodeJS.Immediate | undefined;
		let value = 0;
		const push = (): void => {
			for (let burst = 0; burst < (turns ? 7 : 100_000); burst++) {
				if (subscriber.closed) return;
				if (value === count) {
					if (error === undefined) subscriber.complete();
					else subscriber.error(error.thrown);
					return;
				}
				produced?.(value);
				subscriber.next(value++);
			}
			timer = setImmediate(push);
		};
		push();
		return () => {
			clearImmediate(timer);
			void closed?.();
		};
	});
}

export const rxIn: StreamInward = {
	name: "fromObservable, of RxJS",
	ahead: Number.POSITIVE_INFINITY,
	waits: false,
	open: (source) => fromObservable(pushing(source), { capacity: Number.POSITIVE_INFINITY }),
	bounded: (source, capacity) => fromObservable(pushing(source), { capacity }),
};

/** An emitter of Node that tells of `"value"`, `"end"` and `"error"`. */
function emitting(source: ForeignSource, capacity: number): Stream<unknown> {
	const emitter = new EventEmitter();
	const stream = events(emitter, "value", { capacity, end: ["end"] });
	const subscription = pushing(source).subscribe({
		next: (value) => emitter.emit("value", value),
		complete: () => emitter.emit("end"),
		error: (error) => emitter.emit("error", error),
	});
	emitter.on("removeListener", () => {
		if (emitter.listenerCount("value") === 0) subscription?.unsubscribe();
	});
	return stream;
}

export const eventsIn: StreamInward = {
	name: "events, of an emitter",
	ahead: Number.POSITIVE_INFINITY,
	waits: false,
	open: (source) => emitting({ ...source, count: Math.min(source.count, 20_000) }, Number.POSITIVE_INFINITY),
	bounded: emitting,
};

export const STREAM_INWARD: readonly StreamInward[] = [iterableIn, readableIn, nodeIn, rxIn, eventsIn];
