import { Effect } from "effect";
import { type Coroutine, coroutine, fromCallback, run, suspend, toCallback, until } from "holdfast";
import { buffer, fromAsyncIterable, type Stream, toAsyncIterable } from "holdfast/streams";
import { describe, expect, test } from "vitest";
import {
	brokenRules,
	type ForeignCall,
	type ForeignEnd,
	type Inward,
	type Outward,
	type Rules,
	type StreamInward,
	type StreamOutward,
} from "./adapter-contract.ts";
import { callbackIn, callbackOut, effectIn, effectOf, effectOut, promiseOut, withCallback } from "./single-adapters.ts";
import { inwardRules, outwardRules } from "./single-rules.ts";
import { generate, iterableIn, iterableOut, rxIn } from "./stream-adapters.ts";
import { streamInwardRules, streamOutwardRules } from "./stream-rules.ts";

/** What is wrong with an adapter, and the rule that has to say so. */
type Mutants<A> = Record<string, readonly [rule: RegExp, mutant: A]>;

/** The same, with something broken in its calls. */
function calling(base: Outward, change: (call: ForeignCall) => Partial<ForeignCall>): Outward {
	return {
		...base,
		convert(work) {
			const start = base.convert(work);
			return () => {
				const call = start();
				return { ...call, ...change(call) };
			};
		},
	};
}

/** A run of its own, which knows nothing of where it was started. */
function apart(base: Outward): Outward {
	return {
		...base,
		eager: false,
		convert: (work) => () => {
			const ended = new Promise<ForeignEnd>((resolve) => {
				setImmediate(() =>
					run(work).then(
						(value) => resolve({ kind: "value", value }),
						(error: unknown) => resolve({ kind: "error", error }),
					),
				);
			});
			return { ended, cancel: () => ended };
		},
	};
}

const CANCELLED: ForeignEnd = { kind: "cancelled" };

const outward: Mutants<Outward> = {
	"a value is lost": [
		/a value comes out/,
		calling(promiseOut, ({ ended }) => ({
			ended: ended.then((end) => (end.kind === "value" ? { kind: "value", value: null } : end)),
		})),
	],
	"an error is wrapped": [
		/an error comes out/,
		calling(effectOut, ({ ended }) => ({
			ended: ended.then((end) => (end.kind === "error" ? { kind: "error", error: new Error("wrapped") } : end)),
		})),
	],
	"undefined thrown is taken for success": [
		/nothing is thrown that is not an error/,
		{
			...callbackOut,
			convert: (work) => () => {
				const ended = new Promise<ForeignEnd>((resolve) => {
					toCallback(work)((error, value) =>
						resolve(
							error === null || (error as { reason?: unknown }).reason === undefined
								? { kind: "value", value }
								: { kind: "error", error },
						),
					);
				});
				return { ended, cancel: () => ended };
			},
		},
	],
	"cancelling does nothing": [
		/cancelled by the neighbour, the call stops/,
		calling(promiseOut, () => ({ cancel: async () => CANCELLED })),
	],
	"cleanup is not waited for": [
		/cancelled by the neighbour, the call stops/,
		calling(effectOut, ({ cancel }) => ({
			async cancel() {
				void cancel();
				return CANCELLED;
			},
		})),
	],
	"cancelling what is over changes it": [
		/at once, twice, and after its end/,
		calling(promiseOut, (call) => ({
			get ended() {
				return call.ended.then((end): ForeignEnd => (end.kind === "value" ? CANCELLED : end));
			},
		})),
	],
	"its scope cannot cancel it": [/cancelled by its scope/, apart(promiseOut)],
	"the neighbour is told before the cleanup": [
		/cancelled by its scope/,
		calling(callbackOut, (call) => ({
			ended: Promise.race([call.ended, new Promise<ForeignEnd>((resolve) => setImmediate(resolve, CANCELLED))]),
		})),
	],
	"an error of cleanup is swallowed": [
		/an error of a cleanup/,
		calling(effectOut, ({ cancel }) => ({ cancel: () => cancel().then(() => CANCELLED) })),
	],
	"context variables do not cross": [/it sees the context variables/, apart(promiseOut)],
	"it runs in the name of whoever converts it": [
		/what it sets in a context variable/,
		{
			...promiseOut,
			convert: (work) => () => {
				const { value } = work().next();
				const ended = Promise.resolve<ForeignEnd>({ kind: "value", value });
				return { ended, cancel: () => ended };
			},
		},
	],
	"the scope does not wait for many": [/10,000 at once/, apart(promiseOut)],
	"many are not stopped": [/10,000 that are cancelled/, apart(promiseOut)],
	"it begins although its scope has ended": [/started when its scope has ended/, apart(promiseOut)],
};

const inward: Mutants<Inward> = {
	"a value is lost": [
		/a value comes in/,
		{
			...effectIn,
			await: coroutine(function* (work) {
				return (yield* effectIn.await(work)) ?? null;
			}) as Inward["await"],
		},
	],
	"an error is wrapped": [
		/an error comes in/,
		{
			...effectIn,
			await: coroutine(function* (work) {
				try {
					return yield* effectIn.await(work);
				} catch (cause) {
					throw new Error("wrapped", { cause });
				}
			}) as Inward["await"],
		},
	],
	"the neighbour is not stopped": [
		/cancelled, it stops the neighbour/,
		{ ...effectIn, await: (work) => until(Effect.runPromise(effectOf(work))) },
	],
	"the neighbour's cleanup is not waited for": [
		/cancelled, it stops the neighbour/,
		{
			...callbackIn,
			await: (work) =>
				fromCallback<unknown>((done) => {
					const controller = new AbortController();
					withCallback(work, controller.signal, done);
					return () => controller.abort();
				}),
		},
	],
	"it begins in a cancelled scope": [
		/is not even asked/,
		{
			...effectIn,
			await(work) {
				const running = Effect.runPromise(effectOf(work));
				return until(running);
			},
		},
	],
	"what somebody else stops never ends": [
		/stopped by somebody else/,
		{ ...effectIn, stopped: { await: () => until(new Promise(() => {})), error: "EffectInterruptedError" } },
	],
	"an error of cleanup is swallowed": [
		/an error of the neighbour's cleanup/,
		{
			...callbackIn,
			await: (work) =>
				fromCallback<unknown>((done) => {
					withCallback({ ...work, endless: work.endless ?? false }, new AbortController().signal, done);
					return () => work.cleanup?.().catch(() => {});
				}),
		},
	],
	"cleanup is waited for without an end": [
		/a cleanup that never ends/,
		{
			...callbackIn,
			await: (work) =>
				suspend<unknown>((resume) => {
					withCallback(work, new AbortController().signal, (_error, value) => resume(value));
					return () => false;
				}),
		},
	],
	"context variables do not cross": [
		/the neighbour, and what it calls back, see/,
		{
			...effectIn,
			await: (work) =>
				fromCallback<unknown>((done) => {
					setImmediate(() => Effect.runPromise(effectOf(work)).then((value) => done(null, value), done));
				}),
		},
	],
	"what the neighbour calls back is left behind": [
		/what the neighbour calls back is stopped/,
		{
			...callbackIn,
			await: (work) =>
				fromCallback<unknown>((done) => {
					setImmediate(() => run(work.call as () => never).then((value) => done(null, value), done));
				}),
		},
	],
	"many get in each other's way": [
		/10,000 at once/,
		(() => {
			let first: Coroutine<unknown> | undefined;
			return { ...callbackIn, await: (work: never) => (first ??= callbackIn.await(work)) } as Inward;
		})(),
	],
	"many are not stopped": [
		/10,000 that are cancelled/,
		{ ...effectIn, await: (work) => until(Effect.runPromise(effectOf(work))) },
	],
};

const streamOutward: Mutants<StreamOutward> = {
	"a value is dropped": [
		/every value comes out/,
		consuming(({ next }) => {
			let count = 0;
			return { next: async () => (++count === 50 ? next().then(next) : next()) };
		}),
	],
	"an error is wrapped": [
		/an error comes out/,
		consuming(({ next }) => ({
			next: () =>
				next().catch((cause: unknown) => {
					throw new Error("wrapped", { cause });
				}),
		})),
	],
	"leaving closes nothing": [/leaves early closes the source/, consuming(() => ({ leave: async () => {} }))],
	"leaving does not wait": [
		/leaves early closes the source/,
		consuming(({ leave }) => ({
			async leave() {
				void leave();
			},
		})),
	],
	"an error of closing is swallowed": [
		/an error of closing/,
		consuming(({ leave }) => ({ leave: () => leave().catch(() => {}) })),
	],
	"it reads on without a bound": [
		/a slow consumer/,
		{ ...iterableOut, convert: (source) => iterableOut.convert(() => buffer(source(), Number.POSITIVE_INFINITY)) },
	],
	"its scope does not close it": [
		/a cancellation of its scope/,
		{
			...iterableOut,
			convert: () => () => {
				let value = 0;
				return { next: async () => ({ done: false, value: value++ }), leave: async () => {} };
			},
		},
	],
	"context variables do not cross": [
		/the source sees the context variables/,
		{
			...iterableOut,
			convert: (source) => () => {
				const iterator = new Promise<AsyncIterator<unknown>>((resolve) =>
					setImmediate(() => resolve(toAsyncIterable(source()))),
				);
				return {
					next: async () => (await iterator).next(),
					leave: async () => (await iterator).return?.(),
				};
			},
		},
	],
	"it ends early": [
		/10,000 values/,
		consuming(({ next }) => {
			let count = 0;
			return { next: async () => (++count > 5_000 ? { done: true, value: undefined } : next()) };
		}),
	],
};

function consuming(change: (consumer: ReturnType<ReturnType<StreamOutward["convert"]>>) => object): StreamOutward {
	return {
		...iterableOut,
		convert(source) {
			const consumer = iterableOut.convert(source)();
			return () => ({ ...consumer, ...change(consumer) });
		},
	};
}

const streamInward: Mutants<StreamInward> = {
	"a value is dropped": [
		/every value comes in/,
		reading((stream, source) => fromAsyncIterable(skipping(stream, source.count - 1))),
	],
	"an error is wrapped": [/an error comes in/, reading((stream) => fromAsyncIterable(wrapping(stream)))],
	"the neighbour is not closed": [
		/closed early, it tells/,
		{ ...iterableIn, open: (source) => iterableIn.open({ ...source, closed: async () => {} }) },
	],
	"its scope does not close it": [
		/the end of its scope closes it/,
		{ ...iterableIn, open: (source) => iterableIn.open({ ...source, closed: async () => {} }) },
	],
	"it keeps everything": [/a reader that does not read/, { ...rxIn, bounded: (source) => rxIn.open(source) }],
	"it reads ahead": [
		/a reader that does not read/,
		{ ...iterableIn, open: (source) => buffer(generate(source), Number.POSITIVE_INFINITY) },
	],
	"a read that is cancelled takes a value with it": [
		/a read that is cancelled loses/,
		{
			...iterableIn,
			open(source) {
				const iterator = generate(source);
				return {
					next: () => until(iterator.next()),
					close: () => until(iterator.return(undefined)),
				} as unknown as Stream<unknown>;
			},
		},
	],
	"it ends early": [
		/10,000 values/,
		{ ...iterableIn, open: (source) => iterableIn.open({ ...source, count: Math.min(source.count, 5_000) }) },
	],
};

function reading(
	change: (stream: Stream<unknown>, source: Parameters<StreamInward["open"]>[0]) => Stream<unknown>,
): StreamInward {
	return { ...iterableIn, open: (source) => change(iterableIn.open(source), source) };
}

async function* skipping(stream: Stream<unknown>, last: number): AsyncGenerator<unknown> {
	for await (const value of toAsyncIterable(stream)) if (value !== last) yield value;
}

async function* wrapping(stream: Stream<unknown>): AsyncGenerator<unknown> {
	try {
		yield* toAsyncIterable(stream);
	} catch (cause) {
		throw new Error("wrapped", { cause });
	}
}

function kill<A>(what: string, rules: Rules<A>, mutants: Mutants<A>): void {
	describe(what, () => {
		test("every rule has a mutant", () => {
			const named = Object.values(mutants).map(([rule]) => rule);
			const unnamed = Object.keys(rules).filter((rule) => !named.some((each) => each.test(rule)));
			expect(unnamed).toEqual([]);
		});

		for (const [name, [wanted, mutant]] of Object.entries(mutants))
			test.concurrent(name, async () => {
				const chosen = Object.entries(rules).filter(([rule]) => wanted.test(rule));
				const broken = await brokenRules(Object.fromEntries(chosen), mutant, 1_000);
				expect(broken.length, `the suite does not see it: ${chosen.map(([rule]) => rule).join()}`).toBeGreaterThan(0);
			});
	});
}

kill("out", outwardRules, outward);
kill("in", inwardRules, inward);
kill("streams out", streamOutwardRules, streamOutward);
kill("streams in", streamInwardRules, streamInward);
