import { type Coroutine, coroutine } from "../coroutine.ts";
import { describe, runningTask } from "../invoke.ts";
import { Cancelled } from "../kernel/cancelled.ts";
import { keep } from "../kernel/suppressed.ts";
import { sleepForever } from "../sleep.ts";
import { until } from "../suspend.ts";
import { Pump } from "./pump.ts";
import { forward } from "./pumped-stream.ts";
import { WebSink } from "./sink.ts";
import { OwnedStream, type Stream } from "./stream.ts";
import { fromReadableStream, isReadableStream, openSource, type Source } from "./web.ts";

/** A transform of the Web: `TransformStream`, `CompressionStream`, `TextDecoderStream` and their like. */
export interface TransformPair<In, Out> {
	readonly readable: ReadableStream<Out>;
	readonly writable: WritableStream<In>;
}

/** A step of `compose`: a function from a stream to whatever can be read as one, or a transform of the Web. */
export type Stage<In, Out> = ((input: Stream<In>) => Source<Out>) | TransformPair<In, Out>;

/**
 * Puts stages behind a source: each reads the one before it. A stage is a function that is given a stream, such as an async
 * generator function or one of these operators, or a transform of the Web.
 *
 * Only what is asked for is read, all the way up. An error passes down, through the stages, which may handle it. Closed, it
 * closes the last stage first, then every one before it, and the source, whether or not they have begun.
 *
 * @throws TypeError for a stage that is none, or that gives what cannot be read
 * @example
 * const rows = compose(response.body, new TextDecoderStream(), lines, (it) => batch(it, { size: 100 }));
 */
export function compose<A>(source: Source<A>): Stream<A>;
export function compose<A, B>(source: Source<A>, first: Stage<A, B>): Stream<B>;
export function compose<A, B, C>(source: Source<A>, first: Stage<A, B>, second: Stage<B, C>): Stream<C>;
export function compose<A, B, C, D>(
	source: Source<A>,
	first: Stage<A, B>,
	second: Stage<B, C>,
	third: Stage<C, D>,
): Stream<D>;
export function compose<A, B, C, D, E>(
	source: Source<A>,
	first: Stage<A, B>,
	second: Stage<B, C>,
	third: Stage<C, D>,
	fourth: Stage<D, E>,
): Stream<E>;
export function compose<A, B, C, D, E, F>(
	source: Source<A>,
	first: Stage<A, B>,
	second: Stage<B, C>,
	third: Stage<C, D>,
	fourth: Stage<D, E>,
	fifth: Stage<E, F>,
): Stream<F>;
export function compose(source: Source<unknown>, ...stages: readonly unknown[]): Stream<unknown> {
	for (const [index, stage] of stages.entries())
		if (typeof stage !== "function" && !isPair(stage))
			throw new TypeError(
				`compose: stage ${index + 1} is ${describe(stage)}; pass a function of a stream, or a transform with readable and writable.`,
			);
	const streams = [openSource("compose", source)];
	for (const stage of stages) {
		const input = streams[streams.length - 1] as Stream<unknown>;
		streams.push(isPair(stage) ? new Through(input, stage) : openSource("compose", (stage as StageFunction)(input)));
	}
	return new Composed(streams);
}

type StageFunction = (input: Stream<unknown>) => Source<unknown>;

function isPair(stage: unknown): stage is TransformPair<unknown, unknown> {
	const { readable, writable } = (stage ?? {}) as Partial<TransformPair<unknown, unknown>>;
	return isReadableStream(readable) && typeof writable?.getWriter === "function";
}

class Composed extends OwnedStream<unknown> {
	/** Source first. */
	readonly #streams: readonly Stream<unknown>[];

	constructor(streams: readonly Stream<unknown>[]) {
		super("compose");
		this.#streams = streams;
	}

	protected override pull(): Coroutine<IteratorResult<unknown, undefined>> {
		// Not as a method: calls without a receiver are cheaper to describe.
		const pull = Composed.#pull;
		return pull(this);
	}

	protected override shut(): Coroutine<unknown> {
		return closeInOrder(this.#streams);
	}

	static readonly #pull = /* @__PURE__ */ coroutine(function* pull(
		stream: Composed,
	): Generator<never, IteratorResult<unknown, undefined>, unknown> {
		const streams = stream.#streams;
		let result: IteratorResult<unknown, undefined>;
		try {
			result = yield* (streams[streams.length - 1] as Stream<unknown>).next();
		} catch (error) {
			if (error instanceof Cancelled) throw error;
			yield* closeAfter(streams, error);
			throw error;
		}
		// A stage may end before its input does.
		if (result.done) yield* closeInOrder(streams);
		return result;
	});
}

/** The last one first: each may still read, and close, what stands before it. */
const closeInOrder = /* @__PURE__ */ coroutine(function* close(
	streams: readonly Stream<unknown>[],
): Generator<never, void, unknown> {
	let failure: { readonly error: unknown } | undefined;
	for (const stream of [...streams].reverse())
		try {
			yield* stream.close();
		} catch (error) {
			if (failure === undefined || failure.error instanceof Cancelled) failure = { error };
			else if (!(error instanceof Cancelled)) keep(failure.error, error, runningTask("compose"));
		}
	if (failure !== undefined) throw failure.error;
});

function* closeAfter(streams: readonly Stream<unknown>[], error: unknown): Generator<never, void, unknown> {
	try {
		yield* closeInOrder(streams);
	} catch (second) {
		if (second instanceof Cancelled) throw second;
		keep(error, second, runningTask("compose"));
	}
}

/** A stream through a transform of the Web: a task writes, whoever asks reads. */
class Through extends OwnedStream<unknown> {
	readonly #input: Stream<unknown>;
	readonly #writable: WritableStream<unknown>;
	readonly #output: Stream<unknown>;
	#pump: Pump | null = null;

	constructor(input: Stream<unknown>, { readable, writable }: TransformPair<unknown, unknown>) {
		super("compose");
		this.#input = input;
		this.#writable = writable;
		this.#output = fromReadableStream(readable);
	}

	protected override pull(): Coroutine<IteratorResult<unknown, undefined>> {
		this.#pump ??= new Pump(
			runningTask(this.what),
			this,
			this.what,
			() => this.#write(),
			() => {},
		);
		return this.#output.next();
	}

	protected override shut(): Coroutine<unknown> {
		return Through.#shut(this);
	}

	*#write(): Generator<never, void, unknown> {
		const sink = new WebSink(this.#writable.getWriter());
		try {
			yield* forward(this.#input, (value) => Through.#send(this, sink, value));
		} catch (error) {
			// An error of the source comes after its values: an abort would drop them.
			if (this.#input.statistics().state === "ended") yield* until(sink.written);
			yield* sink.abort(error);
			throw error;
		}
		yield* sink.close();
	}

	static readonly #send = /* @__PURE__ */ coroutine(function* send(
		stream: Through,
		sink: WebSink<unknown>,
		value: unknown,
	): Generator<never, void, unknown> {
		try {
			yield* sink.send(value);
		} catch (error) {
			// Its other side was closed just now: an error that is nobody's, before the end that is coming.
			if (stream.state !== "open") yield* sleepForever();
			throw error;
		}
	});

	static readonly #shut = /* @__PURE__ */ coroutine(function* shut(stream: Through): Generator<never, void, unknown> {
		yield* stream.#output.close();
		if (stream.#pump === null) yield* stream.#input.close();
		else yield* stream.#pump.stop();
	});
}
