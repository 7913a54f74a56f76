import {
	type CancelScope,
	ContextVar,
	checkpoint,
	cleanup,
	moveOnAfter,
	sleepForever,
	until,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { fromAsyncIterable } from "holdfast/streams";
import {
	type ForeignConsumer,
	fail,
	type Rules,
	type StreamInward,
	type StreamOutward,
	same,
	settle,
	show,
	slowly,
} from "./adapter-contract.ts";

const place = new ContextVar("place", { default: "nowhere" });
const MANY = 10_000;

interface Produced {
	count: number;
	closed: boolean;
	seen: string;
}

/** A source of ours: an iterator whose methods are coroutines, as compiled async generators have. */
function numbers(
	count: number,
	produced: Produced,
	end?: { error?: Error; closing?: Error },
): () => AsyncIterable<number> {
	return () => {
		const iterator = {
			*next(): Generator<never, IteratorResult<number>, unknown> {
				yield* checkpoint();
				produced.seen = place.get();
				if (produced.count < count) return { done: false, value: produced.count++ };
				if (count === Number.POSITIVE_INFINITY) yield* sleepForever();
				if (end?.error !== undefined) throw end.error;
				return { done: true, value: undefined };
			},
			*return(): Generator<never, IteratorResult<number>, unknown> {
				yield* cleanup(slowly);
				produced.closed = true;
				if (end?.closing !== undefined) throw end.closing;
				return { done: true, value: undefined };
			},
		};
		return fromAsyncIterable<number>({
			[Symbol.asyncIterator]: () =>
				({
					next: () => callOf(() => iterator.next()),
					return: () => callOf(() => iterator.return()),
				}) as unknown as AsyncIterator<number>,
		});
	};
}

/** As a call of ours. */
function callOf<T>(call: () => Generator<never, T, unknown>): unknown {
	return withCancelScope({}, call);
}

function make(): Produced {
	return { count: 0, closed: false, seen: "" };
}

/** What holds for every way out of streams. */
export const streamOutwardRules: Rules<StreamOutward> = {
	*"every value comes out, in order, and then the end"(adapter) {
		const consumer = adapter.convert(numbers(100, make()))();
		for (let value = 0; value < 100; value++) yield* expectNext(consumer, value);
		same("whether it had ended", (yield* until(consumer.next())).done, true);
	},

	*"an error comes out in its place, the same object"(adapter) {
		const error = new Error("broken");
		const consumer = adapter.convert(numbers(2, make(), { error }))();
		yield* expectNext(consumer, 0);
		yield* expectNext(consumer, 1);
		same("the error", yield* errorOfNext(consumer), error);
	},

	*"a consumer that leaves early closes the source, which is waited for"(adapter) {
		const produced = make();
		yield* withTaskGroup(function* () {
			const consumer = adapter.convert(numbers(MANY, produced))();
			yield* expectNext(consumer, 0);
			yield* until(consumer.leave());
			if (adapter.waits) same("whether the source was closed when the neighbour took it so", produced.closed, true);
		});
		same("whether the source was closed at the end of the scope", produced.closed, true);
	},

	*"an error of closing the source reaches somebody, the same object"(adapter, { reports }) {
		const closing = new Error("cannot close");
		let left: unknown;
		yield* withTaskGroup(function* () {
			const consumer = adapter.convert(numbers(Number.POSITIVE_INFINITY, make(), { closing }))();
			yield* expectNext(consumer, 0);
			left = yield* until(
				consumer.leave().then(
					() => undefined,
					(error: unknown) => error,
				),
			);
		});
		const heard = [left, ...reports.splice(0)];
		if (!heard.includes(closing)) fail(`nobody heard of it, but of ${heard.map(show).join(", ")}`);
	},

	*"a slow consumer makes the source wait"(adapter) {
		const produced = make();
		const consumer = adapter.convert(numbers(adapter.ahead === Number.POSITIVE_INFINITY ? 50 : MANY, produced))();
		yield* expectNext(consumer, 0);
		yield* settle(20);
		if (produced.count > 1 + adapter.ahead) fail(`the source was ${produced.count - 1} values ahead`);
		yield* until(consumer.leave());
	},

	*"a cancellation of its scope closes the source, and the consumer is told"(adapter) {
		const produced = make();
		let consumer: ForeignConsumer | undefined;
		yield* withCancelScope(function* (scope: CancelScope) {
			consumer = adapter.convert(numbers(adapter.ahead === Number.POSITIVE_INFINITY ? 3 : MANY, produced))();
			yield* expectNext(consumer, 0);
			scope.cancel();
			yield* sleepForever();
		});
		if (adapter.ahead !== Number.POSITIVE_INFINITY) same("whether the source was closed", produced.closed, true);
		for (let count = 0; count < 100; count++) {
			const result = yield* until(
				(consumer as ForeignConsumer).next().then(
					({ done }) => (done ? "end" : "value"),
					(error: unknown) => (error as Error).name,
				),
			);
			if (result === "value") continue;
			const isTold = ["TaskCancelledError", "ClosedResourceError", "end"].includes(result);
			if (!isTold) fail(`it was told ${result}`);
			return;
		}
		fail("it was given values for ever");
	},

	*"the source sees the context variables of where it belongs"(adapter) {
		place.set("here");
		const produced = make();
		const consumer = adapter.convert(numbers(3, produced))();
		yield* settle(1);
		yield* expectNext(consumer, 0);
		same("what it saw", produced.seen, "here");
		yield* until(consumer.leave());
	},

	*"10,000 values, and 1,000 streams at once"(adapter) {
		const consumer = adapter.convert(numbers(MANY, make()))();
		let count = 0;
		for (let result = yield* until(consumer.next()); !result.done; result = yield* until(consumer.next())) count++;
		same("how many came", count, MANY);
		yield* withTaskGroup((group) => {
			for (let stream = 0; stream < 1_000; stream++)
				group.spawn(function* () {
					const other = adapter.convert(numbers(3, make()))();
					for (let value = 0; value < 3; value++) yield* expectNext(other, value);
					yield* until(other.leave());
				});
		});
	},
};

/** What holds for every way in of streams. */
export const streamInwardRules: Rules<StreamInward> = {
	*"every value comes in, in order, and then the end"(adapter) {
		const stream = adapter.open({ count: 100 });
		for (let value = 0; value < 100; value++) same("a value", (yield* stream.next()).value, value);
		same("whether it had ended", (yield* stream.next()).done, true);
		same("whether it stays so", (yield* stream.next()).done, true);
	},

	*"an error comes in in its place, the same object, and then the end"(adapter) {
		const thrown = new Error("broken");
		const stream = adapter.open({ count: 1, error: { thrown } });
		let seen: unknown;
		try {
			same("the value before it", (yield* stream.next()).value, 0);
			yield* stream.next();
		} catch (error) {
			seen = error;
		}
		same("the error", seen, thrown);
		same("whether it had ended", (yield* stream.next()).done, true);
	},

	*"closed early, it tells the neighbour, and waits for it"(adapter) {
		let closed = false;
		const stream = adapter.open({
			count: MANY,
			closed: async () => {
				if (adapter.waits) await new Promise((resolve) => setTimeout(resolve, 2));
				closed = true;
			},
		});
		yield* stream.next();
		yield* stream.close();
		same("whether the neighbour was closed", closed, true);
	},

	*"the end of its scope closes it"(adapter) {
		let closed = false;
		yield* withCancelScope(function* (scope: CancelScope) {
			const stream = adapter.open({
				count: Number.POSITIVE_INFINITY,
				closed: async () => {
					closed = true;
				},
			});
			yield* stream.next();
			scope.cancel();
			yield* sleepForever();
		});
		same("whether the neighbour was closed", closed, true);
	},

	*"a reader that does not read makes it wait; one that cannot wait keeps to its room and says so by name"(adapter) {
		let produced = 0;
		const source = {
			count: 1_000,
			produced: (value: number) => {
				produced = value + 1;
			},
		};
		const { bounded } = adapter;
		const stream = bounded === undefined ? adapter.open(source) : bounded(source, 10);
		same("the first value", (yield* stream.next()).value, 0);
		yield* settle(20);
		if (bounded === undefined) {
			if (produced > 1 + adapter.ahead) fail(`the source was ${produced - 1} values ahead`);
			yield* stream.close();
			return;
		}
		let name: string | undefined;
		let count = 1;
		try {
			for (; ; count++) if ((yield* stream.next()).done) break;
		} catch (error) {
			({ name } = error as Error);
		}
		same("what it said", name, "LaggedError");
		if (count > 12) fail(`${count} values were kept`);
	},

	*"a read that is cancelled loses no value"(adapter) {
		const stream = adapter.open({ count: 50 });
		const seen: unknown[] = [];
		for (let round = 0; seen.length < 50; round++) {
			const result = yield* moveOnAfter(round % 3 === 0 ? 0 : 1_000, () => stream.next());
			if (result === undefined) yield* settle(1);
			else if (result.done) break;
			else seen.push(result.value);
		}
		same("the values", seen.join(), Array.from({ length: 50 }, (_, index) => index).join());
	},

	*"10,000 values, and 1,000 streams at once"(adapter) {
		const stream = adapter.open({ count: MANY });
		let count = 0;
		while (!(yield* stream.next()).done) count++;
		same("how many came", count, MANY);
		yield* withTaskGroup((group) => {
			for (let other = 0; other < 1_000; other++)
				group.spawn(function* () {
					const small = adapter.open({ count: 3 });
					for (let value = 0; value < 3; value++) same("a value", (yield* small.next()).value, value);
					yield* small.close();
				});
		});
	},
};

function* expectNext(consumer: ForeignConsumer, value: number): Generator<never, void, unknown> {
	const result = yield* until(consumer.next());
	same("whether it had ended", result.done === true, false);
	same("a value", result.value, value);
}

function* errorOfNext(consumer: ForeignConsumer): Generator<never, unknown, unknown> {
	try {
		yield* until(consumer.next());
	} catch (error) {
		return error;
	}
	return fail("no error came");
}
