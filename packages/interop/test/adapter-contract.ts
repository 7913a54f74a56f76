import { type Awaitable, type Coroutine, checkpoint, type Report, run, sleep, until } from "holdfast";
import type { Stream } from "holdfast/streams";

/** How a call has ended, as the neighbour sees it. */
export type ForeignEnd =
	| { readonly kind: "value"; readonly value: unknown }
	| { readonly kind: "error"; readonly error: unknown }
	| { readonly kind: "cancelled" };

/** A call of ours that the neighbour has started. */
export interface ForeignCall {
	readonly ended: Promise<ForeignEnd>;
	/** Cancelled by the neighbour; settles when the neighbour takes it for ended, with what its cleanup has thrown. */
	cancel(): Promise<ForeignEnd>;
}

export type Call = () => Generator<never, unknown, unknown>;

/** A way out for single calls. */
export interface Outward {
	readonly name: string;
	/** Converts a call; the neighbour starts it when the result is called. */
	convert(call: Call): () => ForeignCall;
	/** Whether the neighbour itself waits for the cleanup of what it has cancelled; if not, our scope does. */
	readonly waits: boolean;
	/** Whether the conversion has started the call: then there is nothing to start when its scope has ended. */
	readonly eager?: boolean;
}

/** What the suite asks of a computation of the neighbour. */
export interface ForeignWork {
	readonly value?: unknown;
	/** It fails with this; a box, for anything may be thrown. */
	readonly error?: { readonly thrown: unknown };
	/** Whether it waits for ever, or ends at once. */
	readonly endless?: boolean;
	/** It begins. */
	begun?(): void;
	/** Its cleanup begins; it is over when this is. */
	cleanup?(): Promise<void>;
	/** It calls this on its way, through the way out. */
	call?: Call;
}

/** A way in for single computations. */
export interface Inward {
	readonly name: string;
	/** Describes a computation of the neighbour and awaits it. */
	await(work: ForeignWork): Coroutine<unknown>;
	/** One that the neighbour stops by itself, and the name of the error that says so. */
	readonly stopped?: { await(): Coroutine<unknown>; readonly error: string };
	/** What it cannot do, for nobody can: stop a promise, tell of cleanup. */
	readonly lacks?: readonly ("stop" | "cleanup" | "call")[];
}

/** A consumer of the neighbour. */
export interface ForeignConsumer {
	/** The next value, or the end. */
	next(): Promise<IteratorResult<unknown>>;
	/** It has enough; settles when the neighbour takes it for closed. */
	leave(): Promise<unknown>;
}

/** A way out for streams. */
export interface StreamOutward {
	readonly name: string;
	convert(source: () => AsyncIterable<unknown>): () => ForeignConsumer;
	/** How far the source may be ahead of the consumer; `Infinity` for a neighbour that pushes. */
	readonly ahead: number;
	readonly waits: boolean;
}

/** What the suite asks of a source of the neighbour. */
export interface ForeignSource {
	/** How many values, from 0; then its end. */
	readonly count: number;
	/** It fails after its values. */
	readonly error?: { readonly thrown: unknown };
	/** A value was produced. */
	produced?(value: number): void;
	/** It is told that nobody reads any more; it is closed when this is. */
	closed?(): Promise<void>;
}

/** A way in for streams. */
export interface StreamInward {
	readonly name: string;
	open(source: ForeignSource): Stream<unknown>;
	/** How far the source may be ahead of the reader; `Infinity` for a neighbour that cannot be made to wait, which then ends by `LaggedError`. */
	readonly ahead: number;
	/** With room for so many values. */
	bounded?(source: ForeignSource, capacity: number): Stream<unknown>;
	/** Whether the neighbour tells when it is closed. */
	readonly waits: boolean;
}

/** What a rule is given besides the adapter. */
export interface Trial {
	/** Errors that nobody else has heard of. */
	readonly reports: unknown[];
}

export type Rule<A> = (adapter: A, trial: Trial) => Generator<never, void, unknown>;
export type Rules<A> = Readonly<Record<string, Rule<A>>>;

/** Tries every rule in a run of its own. @returns a line for each rule that does not hold */
export async function brokenRules<A>(rules: Rules<A>, adapter: A, patience = 150_000): Promise<string[]> {
	const broken = await Promise.all(
		Object.entries(rules).map(async ([name, rule]) => {
			const problem = await problemWith(rule, adapter, patience);
			return problem === undefined ? [] : [`${name}: ${problem}`];
		}),
	);
	return broken.flat();
}

async function problemWith<A>(rule: Rule<A>, adapter: A, patience: number): Promise<string | undefined> {
	const giveUp = new AbortController();
	const reports: unknown[] = [];
	const onReport = ({ error, kind }: Report): void => {
		if (kind !== "hint") reports.push(error);
	};
	const trial: Trial = { reports };
	const main = function* (): Generator<never, void, unknown> {
		yield* rule(adapter, trial);
	};
	const ended = run(main, { name: "rule", signal: giveUp.signal, grace: 60_000, onReport }).then(
		() => (reports.length > 0 ? `it was reported: ${reports.map(show).join(", ")}` : undefined),
		(error: unknown) => show(error),
	);
	let timer: ReturnType<typeof setTimeout> | undefined;
	const impatient = new Promise<string>((resolve) => {
		timer = setTimeout(() => resolve(`it was not over after ${patience} ms`), patience);
	});
	const problem = await Promise.race([ended, impatient]);
	clearTimeout(timer);
	giveUp.abort();
	return problem;
}

/** Lets everything happen that can, inside and outside of the run. */
export function* settle(turns = 4): Generator<never, void, unknown> {
	for (let turn = 0; turn < turns; turn++) {
		yield* until(new Promise<void>((resolve) => setImmediate(resolve)));
		yield* checkpoint();
	}
}

/** Cleanup that takes a while. */
export const slowly = (): Coroutine<void> => sleep(2);

export function same(what: string, actual: unknown, expected: unknown): void {
	if (!Object.is(actual, expected)) fail(`${what} was ${show(actual)} instead of ${show(expected)}`);
}

export function expectEnd(what: string, end: ForeignEnd, expected: ForeignEnd): void {
	same(`how ${what} ended`, end.kind, expected.kind);
	if (expected.kind === "value") same(what, (end as { value: unknown }).value, expected.value);
	if (expected.kind === "error") same(`the error of ${what}`, (end as { error: unknown }).error, expected.error);
}

export function fail(problem: string): never {
	throw new Error(problem);
}

export function show(value: unknown): string {
	return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** What a call throws; fails if it does not. */
export function* thrownBy(what: string, call: () => Awaitable<unknown>): Generator<never, unknown, unknown> {
	let value: unknown;
	try {
		value = yield* until(call() as PromiseLike<unknown>);
	} catch (error) {
		return error;
	}
	return fail(`${what} gave ${show(value)}, and should have thrown`);
}
