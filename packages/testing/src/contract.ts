import { type Awaitable, Cancelled, type Coroutine, call, checkpoint, run, until } from "holdfast";

/** Something breaks the contract of its kind; `broken` says how. */
export class ContractError extends Error {
	override readonly name: string = "ContractError";
	readonly code: string = "HOLDFAST_CONTRACT";
	/** A line for each rule that does not hold. */
	readonly broken: readonly string[];

	constructor(what: string, broken: readonly string[]) {
		super(`The ${what} breaks its contract:\n  ${broken.join("\n  ")}`);
		this.broken = broken;
	}
}

/** Options of `checkStream`, `checkListener`, `checkLock` and `checkChannel`. */
export interface ContractOptions {
	/** After how many real milliseconds without an end a rule is broken (default 5,000). */
	readonly patience?: number;
}

/** One rule, tried on something new. What it throws is what is wrong. */
export type Rule<S> = (subject: S) => Generator<never, void, unknown>;

/** Tries every rule in a run of its own. */
export async function checkContract<S>(
	what: string,
	rules: Record<string, Rule<S>>,
	make: () => Awaitable<S>,
	discard: (subject: S) => Awaitable<unknown>,
	patience: number,
): Promise<void> {
	if (typeof make !== "function")
		throw new TypeError(`The contract takes a function that makes a ${what}, not a ${what}.`);
	if (!(patience >= 0)) throw new RangeError(`The patience is ${patience}; it is a number of milliseconds.`);
	const broken: string[] = [];
	for (const [name, rule] of Object.entries(rules)) {
		const problem = await problemWith(rule, make, discard, patience);
		if (problem !== undefined) broken.push(`${name}: ${problem}`);
	}
	if (broken.length > 0) throw new ContractError(what, broken);
}

async function problemWith<S>(
	rule: Rule<S>,
	make: () => Awaitable<S>,
	discard: (subject: S) => Awaitable<unknown>,
	patience: number,
): Promise<string | undefined> {
	const giveUp = new AbortController();
	let stage = "making it";
	const main = function* (): Generator<never, void, unknown> {
		const subject = yield* ask(make);
		stage = "the rule";
		yield* rule(subject);
		stage = "closing it afterwards";
		yield* ask(() => discard(subject));
	};
	const ended = run(main, { name: "rule", signal: giveUp.signal, grace: 0, onReport: () => {} }).then(
		() => undefined,
		(error: unknown) => (error instanceof Error ? error.message : String(error)),
	);
	let timer: ReturnType<typeof setTimeout> | undefined;
	const impatient = new Promise<string>((resolve) => {
		timer = setTimeout(() => resolve(`${stage} was not over after ${patience} ms`), patience);
	});
	const problem = await Promise.race([ended, impatient]);
	clearTimeout(timer);
	giveUp.abort();
	return problem;
}

/** Calls what may give a value, a promise or a coroutine, on the running task. */
export function ask<T>(fn: () => Awaitable<T>): Coroutine<T> {
	return call(fn) as Coroutine<T>;
}

/** Lets everything happen that can, inside and outside of the run. */
export function* settle(): Generator<never, void, unknown> {
	for (let turn = 0; turn < 5; turn++) {
		yield* until(new Promise<void>((resolve) => setTimeout(resolve, 1)));
		yield* checkpoint();
	}
}

/** The error of a call must have that name. */
export function* expectError(
	name: string,
	what: string,
	fn: () => Awaitable<unknown>,
): Generator<never, void, unknown> {
	let value: unknown;
	try {
		value = yield* ask(fn);
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		checkError(name, what, error);
		return;
	}
	fail(`${what} gave ${show(value)} instead of throwing ${name}`);
}

export function checkError(name: string, what: string, error: unknown): void {
	if ((error as Error | undefined)?.name !== name) fail(`${what} threw ${show(error)} instead of ${name}`);
}

export function fail(problem: string): never {
	throw new Error(problem);
}

export function same(what: string, actual: unknown, expected: unknown): void {
	if (actual !== expected) fail(`${what} was ${show(actual)} instead of ${show(expected)}`);
}

export function show(value: unknown): string {
	if (value instanceof Uint8Array) return `${value.length} bytes`;
	return typeof value === "string" ? JSON.stringify(value) : String(value);
}
