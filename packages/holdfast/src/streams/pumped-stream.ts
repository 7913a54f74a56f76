import { createChannel, type Receiver, type Sender } from "../channel.ts";
import { type Coroutine, coroutine } from "../coroutine.ts";
import { withTaskGroup } from "../group.ts";
import { runningTask } from "../invoke.ts";
import { Pump } from "./pump.ts";
import { OwnedStream, type Stream } from "./stream.ts";

/** Work in the background of a stream: it reads the sources, sends what it makes of them, and closes the sources at its end. */
export type Work<T> = (sender: Sender<T>) => Generator<never, unknown, unknown>;

/** A stream that is fed by a task of its own, over a channel. The task begins with the first `next()`. */
export class PumpedStream<T> extends OwnedStream<T> {
	readonly #sources: readonly Stream<unknown>[];
	readonly #work: Work<T>;
	readonly #sender: Sender<T>;
	readonly #receiver: Receiver<T>;
	readonly #output: AsyncIterator<T, undefined>;
	#pump: Pump | null = null;

	constructor(what: string, sources: readonly Stream<unknown>[], capacity: number, work: Work<T>) {
		super(what);
		this.#sources = sources;
		this.#work = work;
		const { sender, receiver } = createChannel<T>(capacity);
		this.#sender = sender;
		this.#receiver = receiver;
		this.#output = receiver[Symbol.asyncIterator]();
	}

	protected override pull(): Coroutine<IteratorResult<T, undefined>> {
		// Not as a method: calls without a receiver are cheaper to describe.
		const pull = PumpedStream.#pull;
		return pull(this) as Coroutine<IteratorResult<T, undefined>>;
	}

	protected override shut(): Coroutine<unknown> {
		return PumpedStream.#shut(this);
	}

	protected override counts(): { buffered: number; dropped: number } {
		return { buffered: this.#receiver.statistics().buffered, dropped: 0 };
	}

	static readonly #pull = /* @__PURE__ */ coroutine(function* pull(
		stream: PumpedStream<unknown>,
	): Generator<never, IteratorResult<unknown, undefined>, unknown> {
		const task = runningTask(stream.what);
		stream.#pump ??= new Pump(
			task,
			stream,
			stream.what,
			() => stream.#work(stream.#sender),
			() => stream.#sender.close(),
		);
		// What it gives is a coroutine: a channel's iterator is the library's own.
		const result = yield* stream.#output.next() as unknown as Coroutine<IteratorResult<unknown, undefined>>;
		if (result.done) stream.#pump.rethrow();
		return result;
	});

	static readonly #shut = /* @__PURE__ */ coroutine(function* shut(
		stream: PumpedStream<unknown>,
	): Generator<never, void, unknown> {
		try {
			if (stream.#pump === null) yield* closeAll(stream.#sources);
			else yield* stream.#pump.stop();
		} finally {
			stream.#receiver.close();
		}
	});
}

/** Closes streams, all of them whatever happens, at once. */
export function* closeAll(streams: readonly Stream<unknown>[]): Generator<never, void, unknown> {
	yield* withTaskGroup(function* (group) {
		for (const stream of streams) group.spawn(() => stream.close());
	});
}

/** Sends on what a stream gives, and closes the stream at the end. */
export function* forward<T>(
	stream: Stream<T>,
	send: (value: T) => Coroutine<unknown>,
): Generator<never, void, unknown> {
	try {
		for (;;) {
			const result = yield* stream.next();
			if (result.done) return;
			yield* send(result.value);
		}
	} finally {
		yield* stream.close();
	}
}
