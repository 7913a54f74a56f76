import { type Broadcast, broadcast, type Overflow, type Subscription } from "../broadcast.ts";
import { checkCount } from "../check-count.ts";
import { type Coroutine, coroutine } from "../coroutine.ts";
import { LaggedError } from "../errors.ts";
import { runningTask } from "../invoke.ts";
import { checkOptions } from "../scopes.ts";
import { Pump } from "./pump.ts";
import { forward } from "./pumped-stream.ts";
import { OwnedStream, type Stream } from "./stream.ts";
import { openSource, type Source } from "./web.ts";

/** Options of `tee`. */
export interface TeeOptions {
	/** How many values may wait for each branch: a whole number from 0 (default 16), or Infinity. */
	capacity?: number;
	/** What happens when a branch has no room: see `broadcast` (default `"wait"`). */
	overflow?: Overflow;
}

/** Options of `buffer`. */
export interface BufferOptions {
	/** What happens when there is no room: see `broadcast` (default `"wait"`). */
	overflow?: Overflow;
}

/**
 * Several streams of the same values. The source is read when any of them is, and at most `capacity` values ahead of the
 * slowest: with `overflow: "wait"` a branch that nobody reads stops the others. Close it if nobody will; when all are closed,
 * so is the source. An error goes to all branches, to each after the values that came before it. (The Web's `tee`, which
 * has no limit to what it keeps.)
 *
 * @throws TypeError for what cannot be read
 * @throws RangeError for a count that is not a whole number from 1, or a capacity that is none
 * @example
 * const [shown, stored] = tee(source);
 * await all([() => show(shown), () => store(stored)]);
 */
export function tee<T>(source: Source<T>, options?: TeeOptions): [Stream<T>, Stream<T>];
export function tee<T>(source: Source<T>, count: number, options?: TeeOptions): Stream<T>[];
export function tee<T>(source: Source<T>, first: number | TeeOptions = 2, second: TeeOptions = {}): Stream<T>[] {
	const [count, options] = typeof first === "object" && first !== null ? [2, first] : [first, second];
	checkOptions("tee", options, ["capacity", "overflow"]);
	checkCount("tee: the count", count, 1, false);
	const { capacity = 16, overflow = "wait" } = options;
	checkCount("tee: capacity", capacity, 0);
	return new Trunk<T>("tee", openSource("tee", source), capacity, overflow).branches(count);
}

/**
 * The same values, read ahead: up to `capacity` wait for the consumer, in the order in which they came. The end, or an error,
 * comes after them. When there is no room the source waits, unless `overflow` says what is dropped; with `"error"` a consumer
 * that is too slow gets `LaggedError`, and the source is closed.
 *
 * @throws TypeError for what cannot be read
 * @throws RangeError for a capacity that is none
 * @example
 * const latest = buffer(positions, 1, { overflow: "drop-oldest" });
 */
export function buffer<T>(source: Source<T>, capacity: number, options: BufferOptions = {}): Stream<T> {
	checkOptions("buffer", options, ["overflow"]);
	checkCount("buffer: the capacity", capacity, 0);
	const { overflow = "wait" } = options;
	return new Trunk<T>("buffer", openSource("buffer", source), capacity, overflow).branches(1)[0] as Stream<T>;
}

/** What the branches share. */
class Trunk<T> {
	readonly #what: string;
	readonly #source: Stream<T>;
	readonly #hub: Broadcast<T>;
	#pump: Pump | null = null;
	#open = 0;

	constructor(what: string, source: Stream<T>, capacity: number, overflow: Overflow) {
		this.#what = what;
		this.#source = source;
		this.#hub = broadcast<T>(capacity, { overflow });
	}

	branches(count: number): Stream<T>[] {
		this.#open = count;
		return Array.from({ length: count }, () => new Branch<T>(this.#what, this, this.#hub.subscribe()));
	}

	start(branch: OwnedStream<T>): void {
		const hub = this.#hub;
		const work = (): Generator<never, void, unknown> => forward(this.#source, (value) => hub.send(value));
		this.#pump ??= new Pump(runningTask(this.#what), branch, this.#what, work, () => hub.close());
	}

	rethrow(): void {
		this.#pump?.rethrow();
	}

	/** A branch needs nothing any more. The last one closes the source. */
	*leave(): Generator<never, void, unknown> {
		if (--this.#open === 0) yield* this.#pump === null ? this.#source.close() : this.#pump.stop();
	}
}

class Branch<T> extends OwnedStream<T> {
	readonly #trunk: Trunk<T>;
	readonly #inbox: Subscription<T>;
	readonly #output: AsyncIterator<T, undefined>;

	constructor(what: string, trunk: Trunk<T>, inbox: Subscription<T>) {
		super(what);
		this.#trunk = trunk;
		this.#inbox = inbox;
		this.#output = inbox[Symbol.asyncIterator]();
	}

	protected override pull(): Coroutine<IteratorResult<T, undefined>> {
		// Not as a method: calls without a receiver are cheaper to describe.
		const pull = Branch.#pull;
		return pull(this) as Coroutine<IteratorResult<T, undefined>>;
	}

	protected override shut(): Coroutine<unknown> {
		return Branch.#shut(this);
	}

	protected override counts(): { buffered: number; dropped: number } {
		return this.#inbox.statistics();
	}

	static readonly #pull = /* @__PURE__ */ coroutine(function* pull(
		branch: Branch<unknown>,
	): Generator<never, IteratorResult<unknown, undefined>, unknown> {
		branch.#trunk.start(branch);
		try {
			// What it gives is a coroutine: a subscription's iterator is the library's own.
			const result = yield* branch.#output.next() as unknown as Coroutine<IteratorResult<unknown, undefined>>;
			if (result.done) branch.#trunk.rethrow();
			return result;
		} catch (error) {
			if (error instanceof LaggedError) yield* branch.close();
			throw error;
		}
	});

	static readonly #shut = /* @__PURE__ */ coroutine(function* shut(
		branch: Branch<unknown>,
	): Generator<never, void, unknown> {
		branch.#inbox.close();
		yield* branch.#trunk.leave();
	});
}
