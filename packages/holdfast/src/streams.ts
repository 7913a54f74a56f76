export { compose, type Stage, type TransformPair } from "./streams/compose.ts";
export { type EventsOptions, events } from "./streams/events.ts";
export {
	type FromObservableOptions,
	fromObservable,
	type ObservableLike,
	type ObservingLike,
} from "./streams/from-observable.ts";
export { fromAsyncIterable } from "./streams/iterated.ts";
export { type MergeOptions, merge } from "./streams/merge.ts";
export type { PushOptions } from "./streams/pushed-stream.ts";
export { fromWritableStream, pipe, type Sink, type Target, toWritableStream } from "./streams/sink.ts";
export type { Stream, StreamStatistics } from "./streams/stream.ts";
export { type BufferOptions, buffer, type TeeOptions, tee } from "./streams/tee.ts";
export { type BatchOptions, batch, debounce } from "./streams/timed.ts";
export { type ForeignIterator, toAsyncIterable } from "./streams/to-async-iterable.ts";
export {
	type ObservableClass,
	type Observed,
	type Subscribable,
	toObservable,
	type Unsubscribable,
} from "./streams/to-observable.ts";
export { toReadableStream } from "./streams/to-readable-stream.ts";
export { fromReadableStream, type Source } from "./streams/web.ts";
