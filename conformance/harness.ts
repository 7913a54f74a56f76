// A small harness for cases that run in every runtime: no imports but Holdfast's, no globals but the language's and `setTimeout`.
import {
	Cancelled,
	type Coroutine,
	corocall,
	coroutine,
	type Report,
	type RunOptions,
	run,
	suspend,
	until,
} from "holdfast";
import { VirtualLoop } from "holdfast/loops";

/** What a case, a body or a task's function may be. */
export type Body<T = unknown> = () => PromiseLike<T> | Generator<unknown, T, unknown> | T;
/** What is done from outside any run: it waits with `yield* value(promise)` and `yield* settled(promise)`. */
export type Script = () => Generator<PromiseLike<unknown>, void, unknown>;

export interface CaseOptions {
	/** Why the case has no meaning for generators: the derived variant leaves it out. */
	compiledOnly?: string;
	/** What the host must offer; without it the case is skipped, and says so. */
	needs?: "gc" | "process" | "contexts";
	/** Real milliseconds before the watchdog gives the case up. */
	limit?: number;
	/** Options of the run around the body. */
	run?: RunOptions;
}

export interface CaseResult {
	id: string;
	title: string;
	frontEnd: string;
	outcome: "passed" | "failed" | "skipped";
	message?: string;
}

interface Case {
	readonly id: string;
	readonly title: string;
	readonly perform: (() => Promise<unknown>) | undefined;
	readonly options: CaseOptions;
}

/** The least that the standard libraries of all runtimes have in common. */
interface Host {
	readonly process?: {
		readonly argv?: readonly string[];
		readonly stderr?: { write(text: string): unknown };
		emit?(event: string): unknown;
		getBuiltinModule?(name: string): unknown;
	};
	readonly gc?: () => void;
	setTimeout(callback: () => void, milliseconds: number): unknown;
	clearTimeout(handle: unknown): void;
}

const host = globalThis as unknown as Host;
const cases: Case[] = [];
const WATCHDOG_MILLISECONDS = 20_000;

/** A case inside a run on virtual time. */
export function test(id: string, title: string, body: Body | undefined, options: CaseOptions = {}): void {
	cases.push({ id, title, options, perform: body && (() => virtual(body, options.run)) });
}

/** A case about `run` itself, or about code outside any run. */
export function outside(id: string, title: string, script: Script | undefined, options: CaseOptions = {}): void {
	cases.push({ id, title, options, perform: script && (() => perform(script)) });
}

async function perform(script: Script): Promise<void> {
	const steps = script();
	let step = steps.next();
	while (!step.done) {
		let value: unknown;
		try {
			value = await step.value;
		} catch (error) {
			step = steps.throw(error);
			continue;
		}
		step = steps.next(value);
	}
}

let reported: Report[] = [];

/** The reports of the case's runs since the last call. A case fails if it leaves any. */
export function reports(): readonly Report[] {
	const taken = reported;
	reported = [];
	return taken;
}

/** A run whose time jumps to the next deadline when everything waits. */
export function virtual<T>(main: (...args: never[]) => ReturnType<Body<T>>, options: RunOptions = {}): Promise<T> {
	const onReport = (report: Report): void => {
		reported.push(report);
	};
	return run(main as () => PromiseLike<T> | T, { loop: new VirtualLoop(), onReport, ...options });
}

export async function runCases(frontEnd: string): Promise<CaseResult[]> {
	const words = host.process?.argv ?? [];
	const listed = (option: string): string[] | undefined =>
		words.includes(option) ? words[words.indexOf(option) + 1]?.split(",") : undefined;
	const only = listed("--only");
	const without = listed("--without");
	const wanted = cases.filter(({ id }) => (only?.includes(id) ?? true) && !without?.includes(id));
	const results: CaseResult[] = [];
	for (const one of wanted) {
		if (words.includes("--trace")) host.process?.stderr?.write(`\n@case ${one.id}\n`);
		results.push(await runOne(one, frontEnd));
	}
	return results;
}

/** For hosts that run the cases one by one, each in a request of its own. */
export function caseSuite(frontEnd: string): { ids: string[]; run(index: number): Promise<CaseResult> } {
	return {
		ids: cases.map(({ id, title }) => `${id} ${title}`),
		run: (index) => runOne(cases[index] as Case, frontEnd),
	};
}

async function runOne({ id, title, perform, options }: Case, frontEnd: string): Promise<CaseResult> {
	const skipped = perform === undefined ? options.compiledOnly : missing(options);
	if (perform === undefined || skipped !== undefined)
		return { id, title, frontEnd, outcome: "skipped", message: skipped ?? "no body" };
	const message = await judged(perform, options.limit ?? WATCHDOG_MILLISECONDS);
	if (message === undefined) return { id, title, frontEnd, outcome: "passed" };
	return { id, title, frontEnd, outcome: "failed", message };
}

function missing(options: CaseOptions): string | undefined {
	if (options.needs === "gc" && host.gc === undefined) return "the host offers no gc()";
	if (options.needs === "process" && host.process?.emit === undefined) return "the host offers no process.emit()";
	if (options.needs === "contexts" && host.process?.getBuiltinModule?.("node:async_hooks") === undefined)
		return "the host offers no AsyncLocalStorage";
	return undefined;
}

async function judged(perform: () => Promise<unknown>, limit: number): Promise<string | undefined> {
	let timer: unknown;
	const watchdog = new Promise<never>((_, reject) => {
		timer = host.setTimeout(() => reject(new Error(`still running after ${limit} ms`)), limit);
	});
	reported = [];
	try {
		await Promise.race([perform(), watchdog]);
		const left = reports();
		return left.length === 0
			? undefined
			: `left reports: ${left.map((it) => `${it.kind}: ${described(it.error)}`).join("; ")}`;
	} catch (error) {
		return described(error, true);
	} finally {
		host.clearTimeout(timer);
	}
}

/** Lets the host run its timers and jobs once, while virtual time stands still. */
export function hostTurn(): Coroutine<void> {
	return suspend<void>(
		(resume) => {
			const handle = host.setTimeout(() => resume(), 0);
			return () => host.clearTimeout(handle);
		},
		{ outside: true },
	);
}

/** Does as if the process had got the signal; only in cases that need "process". */
export function sendSignal(name: "SIGINT" | "SIGTERM"): void {
	host.process?.emit?.(name);
}

/** Collects garbage; only in cases that need "gc". */
export function collectGarbage(): void {
	host.gc?.();
}

// Awaiting

/** Waits for `promise` in a script. */
export function* value<T>(promise: PromiseLike<T>): Generator<PromiseLike<T>, T, unknown> {
	return (yield promise) as T;
}

export interface Outcome<T> {
	readonly value?: T;
	readonly error?: unknown;
	readonly ok: boolean;
}

/** Waits for `promise` in a script and tells how it ended. */
export function* settled<T>(promise: PromiseLike<T>): Generator<PromiseLike<T>, Outcome<T>, unknown> {
	try {
		return { ok: true, value: yield* value(promise) };
	} catch (error) {
		return { ok: false, error };
	}
}

/** Runs `body` in the current task and tells how it ended. A cancellation goes on. */
export const outcome: <T>(body: Body<T>) => Coroutine<Outcome<T>> = coroutine(function* <T>(body: Body<T>) {
	try {
		return { ok: true, value: yield* call(body) };
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		return { ok: false, error };
	}
});

/** Runs `body` in the current task and gives the error that it throws. A cancellation goes on. */
export const thrown: (body: Body) => Coroutine<unknown> = coroutine(function* (body: Body) {
	const result = yield* outcome(body);
	if (result.ok) fail(`nothing was thrown, but ${described(result.value)} was returned`);
	return result.error;
});

/**
 * The `Cancelled` that `body` throws, swallowed. To be `yield*`ed by a generator that goes on in its cancelled scope:
 * as a coroutine of its own it would be a frame that returns all the same, and its caller would be cancelled.
 */
export function* seen(body: Body): Generator<never, Cancelled, unknown> {
	let result: unknown;
	try {
		result = yield* call(body);
	} catch (error) {
		if (error instanceof Cancelled) return error;
		throw error;
	}
	return fail(`not cancelled: ${described(result)} was returned`);
}

/** `await body()` for a generator, whatever way `body` is written in. */
export function* call<T>(body: Body<T>): Generator<never, T, unknown> {
	const entry = (body as { [corocall]?: () => Coroutine<T> })[corocall];
	if (entry !== undefined) return yield* entry();
	const result = body();
	if (typeof result !== "object" || result === null) return result as T;
	if (Symbol.iterator in result) return yield* result as Generator<never, T, unknown>;
	return yield* until(result as PromiseLike<T>);
}

// Asserting

class AssertionError extends Error {
	override readonly name = "AssertionError";
}

export function fail(message: string): never {
	throw new AssertionError(message);
}

export function ok(condition: unknown, message: string): asserts condition {
	if (!condition) fail(message);
}

/** The same value: for errors, tasks and other objects, the same object. */
export function same(actual: unknown, expected: unknown, what = "value"): void {
	if (!Object.is(actual, expected)) fail(`${what}: expected ${described(expected)}, got ${described(actual)}`);
}

/** Arrays and plain objects of the same values. */
export function equal(actual: unknown, expected: unknown, what = "value"): void {
	if (!isDeepEqual(actual, expected)) fail(`${what}: expected ${described(expected)}, got ${described(actual)}`);
}

export function instance<T>(
	actual: unknown,
	type: abstract new (...args: never) => T,
	what = "error",
): asserts actual is T {
	if (!(actual instanceof type)) fail(`${what}: expected a ${type.name}, got ${described(actual)}`);
}

/** What `body`, a plain function, throws. */
export function thrownBy(body: () => unknown): unknown {
	let result: unknown;
	try {
		result = body();
	} catch (error) {
		return error;
	}
	return fail(`nothing was thrown, but ${described(result)} was returned`);
}

function isDeepEqual(left: unknown, right: unknown): boolean {
	if (Object.is(left, right)) return true;
	if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
	if (left instanceof Error || right instanceof Error) return false;
	if (Array.isArray(left) !== Array.isArray(right)) return false;
	const keys = Object.keys(left);
	if (keys.length !== Object.keys(right).length) return false;
	return keys.every((key) => isDeepEqual(Reflect.get(left, key), Reflect.get(right, key)));
}

function described(value: unknown, withStack = false): string {
	if (value instanceof Error) {
		const text = `${value.name}: ${value.message}`;
		if (!withStack || value instanceof AssertionError) return text;
		return `${text}\n${value.stack ?? ""}`;
	}
	if (typeof value === "string") return JSON.stringify(value);
	if (Array.isArray(value)) return `[${value.map((it) => described(it)).join(", ")}]`;
	if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
		return `{ ${Object.entries(value)
			.map(([key, it]) => `${key}: ${described(it)}`)
			.join(", ")} }`;
	}
	if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
	try {
		return String(value);
	} catch {
		return typeof value;
	}
}
