import { callInScope } from "./call-in-scope.ts";
import { type Awaitable, type Coroutine, direct, type Given, LazyCoroutine } from "./coroutine.ts";
import { InterruptedError, ScopeCancelledError, TimeoutError } from "./errors.ts";
import { actingTask, type Begin, describe, invoke, runningTask } from "./invoke.ts";
import { describeReason } from "./kernel/cancelled.ts";
import { development } from "./kernel/development.ts";
import { type Code, Frame } from "./kernel/frame.ts";
import { effectiveDeadline, Scope } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";
import { leaveWhenEnded, scopeOf } from "./scope-frame.ts";

/**
 * A region of code that can be cancelled. Cancelling throws `Cancelled` at every wait inside, until the region is left.
 */
export interface CancelScope {
	readonly name: string;
	/** Cancels everything inside. Idempotent: the first reason is kept; a second call can only shorten the grace. */
	cancel(reason?: string, options?: { grace?: number }): void;
	/** An instant on the clock of `now()`; `Infinity` for none. Writable: moving it takes effect at once. */
	deadline: number;
	/** How many milliseconds cleanup may go on after a cancellation. Inherited; writable; once cancelled only downwards. */
	grace: number;
	/** While set, cancellations from outside do not reach in. */
	shield: boolean;
	/** It was asked to stop, or its deadline has passed. */
	readonly cancelCalled: boolean;
	/** A cancellation of this scope has ended it: its body was stopped. */
	readonly cancelledCaught: boolean;
	/** For foreign APIs: aborted when something inside would be cancelled. Made when first read. */
	readonly signal: AbortSignal;
}

/** Options of `withCancelScope`. Times are in milliseconds. */
export interface ScopeOptions {
	/** An instant on the clock of `now()`. */
	deadline?: number;
	/** Counted from when the scope is entered. The earlier of `deadline` and `timeout` holds. */
	timeout?: number;
	/** How long cleanup may go on after a cancellation (default: that of the scope around it). */
	grace?: number;
	/** For dumps and messages. */
	name?: string;
	/** Keeps cancellations from outside out, as `shield` does (default `false`). */
	shield?: boolean;
}

/** A scope around a body that may not know it: then an explicit cancellation has no value to end with. */
class BodyScope extends Scope {
	/** Asked how much it takes only when that matters: engines work a function's `length` out. Set by who makes the scope: a constructor would cost more. */
	declare body: (...args: never[]) => unknown;

	override caught(): unknown {
		if (this.body.length > 0 || this.reason?.kind !== "explicit") return undefined;
		throw new ScopeCancelledError(
			`${describeReason(this.reason).replace(/\.?$/, ".")} Its body takes no scope, so it has no value to end with: take it (scope) => …, and undefined is given.`,
		);
	}
}

class TimeoutScope extends BodyScope {
	/** Made up when it is asked for: most of these scopes end in silence. */
	override get name(): string {
		if (this.given !== "") return this.given;
		return this.timeout === undefined ? `deadline at ${this.deadline}` : `timeout of ${this.timeout} ms`;
	}

	override set name(name: string) {
		this.given = name;
	}

	override caught(): unknown {
		if (this.reason?.kind === "deadline") throw this.deadlineError();
		return super.caught();
	}

	override deadlineError(): Error {
		return new TimeoutError(this.name);
	}
}

function around<S extends BodyScope>(scope: S, body: unknown): S {
	scope.body = body as S["body"];
	return scope;
}

type Body<T> = (scope: CancelScope) => Awaitable<T>;

const WITH_TIMEOUT: Code = { name: "withTimeout", place: () => undefined };

/** What a scope around a body gives: a body that takes its scope may cancel it, which gives `undefined`. */
export type BodyResult<B> = B extends (...args: infer Args) => infer Result
	? Args["length"] extends 0
		? Given<Result>
		: Given<Result> | undefined
	: never;

/**
 * Runs `body` in a scope that can be cancelled. Gives what the body gives, or `undefined` if the scope was cancelled; a body
 * that takes no scope cannot be meant to be cancelled from elsewhere: that throws `ScopeCancelledError`. A deadline given in
 * the options gives `undefined` in any case.
 * Makes no task: context variables set inside are seen after. (Trio's `CancelScope`.)
 *
 * @example
 * await withCancelScope(async (scope) => {
 *   button.onclick = () => scope.cancel("the user went away");
 *   await download();
 * });
 */
export function withCancelScope<B extends Body<unknown>>(body: B): Coroutine<BodyResult<B>>;
export function withCancelScope<T>(options: ScopeOptions, body: Body<T>): Coroutine<T | undefined>;
export function withCancelScope<T>(first: ScopeOptions | Body<T>, second?: Body<T>): Coroutine<T | undefined> {
	const [options, body] = second === undefined ? [{}, first as Body<T>] : [first as ScopeOptions, second];
	checkBody("withCancelScope", body);
	checkOptions("withCancelScope", options, SCOPE_OPTIONS);
	return scoped("withCancelScope", body as Body<T>, around(new BodyScope(), body), options);
}

/**
 * Runs `body` with a time limit: throws `TimeoutError` when this many milliseconds have passed, after the body's cleanup.
 * A result that is there when the time is up wins. Makes no task. (Kotlin's `withTimeout`, Trio's `fail_after`.)
 *
 * Cancelled from outside: the body is, and `Cancelled` passes on.
 * @throws TimeoutError only for this limit, never for an explicit `scope.cancel()`, which gives `undefined`
 * @example
 * const page = await withTimeout(2_000, () => load(url));
 */
export const withTimeout: <B extends Body<unknown>>(milliseconds: number, body: B) => Coroutine<BodyResult<B>> =
	/* @__PURE__ */ direct(
		function withTimeout<B extends Body<unknown>>(milliseconds: number, body: B): Coroutine<BodyResult<B>> {
			return describeScope(WITH_TIMEOUT, timeoutScope(milliseconds, body), body) as Coroutine<BodyResult<B>>;
		},
		WITH_TIMEOUT,
		(_call, _input, milliseconds: number, body: Body<unknown>) =>
			enterScope(WITH_TIMEOUT, timeoutScope(milliseconds, body), body),
	);

function timeoutScope(milliseconds: number, body: unknown): Scope {
	checkDuration("withTimeout", milliseconds);
	checkBody("withTimeout", body);
	const scope = around(new TimeoutScope(), body);
	scope.timeout = milliseconds;
	return scope;
}

/**
 * Like `withTimeout`, up to an instant on the clock of `now()`, in milliseconds. A past one fires at the first wait. (Trio's
 * `fail_at`.)
 *
 * @throws TimeoutError for this deadline only
 * @example
 * const end = now() + 5_000;
 * for (const url of urls) await withDeadline(end, () => load(url));
 */
export function withDeadline<B extends Body<unknown>>(at: number, body: B): Coroutine<BodyResult<B>> {
	checkInstant("withDeadline", at);
	return scoped("withDeadline", body, around(new TimeoutScope(), body), { deadline: at }) as Coroutine<BodyResult<B>>;
}

/**
 * Runs `body` for at most this many milliseconds: gives what it gives, or `undefined` when the time was up, after its cleanup.
 * The scope's `cancelledCaught` tells that from a result. (Trio's `move_on_after`, Kotlin's `withTimeoutOrNull`.)
 *
 * Cancelled from outside: the body is, and `Cancelled` passes on.
 * @example
 * const news = (await moveOnAfter(500, () => load("news"))) ?? "no news";
 */
export function moveOnAfter<T>(milliseconds: number, body: Body<T>): Coroutine<T | undefined> {
	checkDuration("moveOnAfter", milliseconds);
	return scoped("moveOnAfter", body, new Scope(), { timeout: milliseconds });
}

/**
 * Like `moveOnAfter`, up to an instant on the clock of `now()`, in milliseconds. (Trio's `move_on_at`.)
 *
 * @example
 * const answer = await moveOnAt(currentDeadline() - 100, () => ask(server));
 */
export function moveOnAt<T>(at: number, body: Body<T>): Coroutine<T | undefined> {
	checkInstant("moveOnAt", at);
	return scoped("moveOnAt", body, new Scope(), { deadline: at });
}

/**
 * Runs `body` out of reach of cancellations from outside. There is no bound: for cleanup use `cleanup`.
 * Leaving it is no wait: a cancellation from outside is noticed at the next one. (Trio's `CancelScope(shield=True)`.)
 *
 * @example
 * await shield(() => log.write(entry)); // all of the entry, or an error
 */
export function shield<T>(body: () => Awaitable<T>): Coroutine<T> {
	return scoped("shield", body, new Scope(), { shield: true }) as Coroutine<T>;
}

/**
 * Runs `body` as cleanup: its waits go on although the scope around it is cancelled, until the scope's grace has passed
 * (5 seconds unless set). Compiled code needs this for `finally` and `await using` nowhere: there it is built in.
 *
 * @example
 * try { yield* work(); } finally { yield* cleanup(() => connection.close()); }
 */
export function cleanup<T>(body: () => Awaitable<T>): Coroutine<T> {
	checkBody("cleanup", body);
	return new LazyCoroutine<T>(beginCleanup, CLEANUP, body);
}

/**
 * Leaves something to do for the end of the scope around the running code: of the function, in structured code, else of the
 * nearest scope. Runs when its tasks have ended, latest first, as cleanup (see `cleanup`); its errors never hide another one.
 * A scope that ends by an error is cancelled first, as for its tasks: what is left to it has the grace, and can see it by
 * `currentScope().cancelCalled` (Python's `AsyncExitStack` hands the error over for that).
 * Gives a function that takes it back, for what is done earlier: nothing is kept of it then.
 *
 * @example
 * const socket = await connect();
 * onExit(() => socket.close());
 */
export function onExit(callback: () => Awaitable<unknown>): () => void {
	checkBody("onExit", callback);
	const scope = scopeOf(actingTask("onExit()").owner);
	let left = true;
	const exit = (): unknown => (left ? invoke(callback, []) : undefined);
	(scope.exits ??= []).push(exit);
	return () => {
		left = false;
		// Not there if it has been done, or has moved to a group with a task that has `started()`.
		const place = scope.exits?.lastIndexOf(exit) ?? -1;
		if (place >= 0) scope.exits?.splice(place, 1);
	};
}

/**
 * Runs `body` until a foreign `AbortSignal` is aborted, which cancels it and throws the signal's reason
 * (an `AbortError` if that is no error). An aborted signal cancels before the first wait. (WHATWG's `AbortSignal`.)
 *
 * @example
 * const page = await withSignal(request.signal, () => render(request));
 */
export function withSignal<T>(signal: AbortSignal, body: () => Awaitable<T>): Coroutine<T> {
	if (typeof signal?.addEventListener !== "function")
		throw new TypeError(`withSignal: the signal is ${describe(signal)}; pass an AbortSignal.`);
	return scoped("withSignal", body, new SignalScope(signal), {}) as Coroutine<T>;
}

/** A scope that is cancelled by a signal, and throws its reason. */
export class SignalScope extends Scope {
	readonly #signal: AbortSignal | undefined;
	readonly #cancel: () => void;

	constructor(signal: AbortSignal | undefined) {
		super();
		this.#signal = signal;
		this.#cancel = () => {
			this.cancelFor({ kind: "signal", text: "an AbortSignal", error: errorOf(signal), scope: this });
		};
	}

	override attach(parent: Scope | null, host: KernelTask): void {
		// First of all: a signal of foreign make may throw, and then no scope was entered.
		if (this.#signal?.aborted) this.#cancel();
		else this.#signal?.addEventListener("abort", this.#cancel, { once: true });
		super.attach(parent, host);
	}

	override close(error?: unknown): void {
		super.close(error);
		try {
			this.#signal?.removeEventListener("abort", this.#cancel);
		} catch (error) {
			// It must not hide what the body ends with.
			this.runner?.report(error, "suppressed", this.host);
		}
	}

	override caught(): unknown {
		const { reason } = this;
		if (reason?.kind !== "signal") return undefined;
		throw reason.error ?? new InterruptedError(reason.text ?? "a signal");
	}
}

/** What a scope throws that was cancelled by a signal: the signal's reason, if that is an error. */
function errorOf(signal: AbortSignal | undefined): Error {
	let what = "its reason cannot be read";
	try {
		const reason: unknown = signal?.reason;
		if (reason instanceof Error) return reason;
		what = describe(reason);
	} catch {
		// A hostile reason: whatever it is, the scope is cancelled.
	}
	return new DOMException(`The signal was aborted: ${what}.`, "AbortError");
}

const CLEANUP: Code = { name: "cleanup", place: () => undefined };

const beginCleanup: Begin = (lazy) => {
	const task = runningTask("cleanup");
	task.cleanup++;
	// The region is a scope of its own: it owns what is started inside.
	return callInScope(new Frame(leaveWhenEnded, CLEANUP), new CleanupScope(task), task, lazy.a0 as () => unknown, []);
};

class CleanupScope extends Scope {
	readonly #task: KernelTask;

	constructor(task: KernelTask) {
		super("cleanup");
		this.#task = task;
	}

	override close(error?: unknown): void {
		super.close(error);
		this.#task.cleanup--;
	}
}

/**
 * The innermost scope around the running code.
 *
 * @throws ScopeMisuseError outside of a task
 * @example
 * currentScope().grace = 30_000; // cleanup of this scope may take longer
 */
export function currentScope(): CancelScope {
	return actingTask("currentScope()").scope;
}

/**
 * When the running code will be cancelled, as far as is known, on the clock of `now()` in milliseconds: `-Infinity` if it is,
 * `Infinity` if nothing is set. (Trio's `current_effective_deadline`.)
 *
 * @throws ScopeMisuseError outside of a task
 * @example
 * if (currentDeadline() - now() < 100) return fromCache();
 */
export function currentDeadline(): number {
	const task = actingTask("currentDeadline()");
	if (task.interruption !== null) return Number.NEGATIVE_INFINITY;
	return task.cleanup > 0 ? Number.POSITIVE_INFINITY : effectiveDeadline(task.scope);
}

/**
 * An `AbortSignal` for foreign APIs: aborted when the running code is cancelled.
 *
 * @throws ScopeMisuseError outside of a task
 * @example
 * const text = await readFile(path, { encoding: "utf8", signal: currentSignal() });
 */
export function currentSignal(): AbortSignal {
	const task = actingTask("currentSignal()");
	return task.cleanup > 0 ? task.scope.cleanupSignal : task.scope.signal;
}

/** Enters and leaves a scope around a body, lazily. */
export function scoped<T>(
	what: string,
	body: (scope: CancelScope) => Awaitable<T>,
	scope: Scope,
	options: ScopeOptions,
): Coroutine<T | undefined> {
	checkBody(what, body);
	if (options.deadline !== undefined) checkInstant(`${what}: deadline`, options.deadline);
	if (options.grace !== undefined) checkDuration(`${what}: grace`, options.grace);
	checkName(what, options.name);
	if (development && options.shield !== undefined && typeof options.shield !== "boolean")
		throw new TypeError(`${what}: shield is ${describe(options.shield)}; it may be true or false.`);
	if (options.name !== undefined) scope.name = options.name;
	if (options.grace !== undefined) scope.grace = options.grace;
	if (options.deadline !== undefined) scope.deadline = options.deadline;
	if (options.shield !== undefined) scope.shield = options.shield;
	scope.timeout = options.timeout;
	if (options.timeout !== undefined)
		checkDuration(what === "withCancelScope" ? `${what}: timeout` : what, options.timeout);
	return describeScope((codes[what] ??= { name: what, place: () => undefined }), scope, body);
}

const codes: Record<string, Code> = {};

function describeScope<T>(code: Code, scope: Scope, body: Body<T>): Coroutine<T | undefined> {
	return new LazyCoroutine<T | undefined>(beginScoped, code, scope, body);
}

const beginScoped: Begin = (lazy) => {
	runningTask(lazy.code.name);
	return enterScope(lazy.code, lazy.a0 as Scope, lazy.a1 as Body<unknown>);
};

function enterScope(code: Code, scope: Scope, body: Body<unknown>): unknown {
	return callInScope(new Frame(leaveWhenEnded, code), scope, state.task as KernelTask, body, [scope]);
}

export function checkBody(what: string, body: unknown): void {
	if (typeof body === "function") {
		if ((body as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] !== "AsyncGeneratorFunction") return;
		throw new TypeError(
			`${what}: ${describe(body)} is an async generator function, which gives values to a for await: pass a coroutine function.`,
		);
	}
	const mend = isCall(body) ? "pass the function, not its call" : "pass a function";
	throw new TypeError(`${what}: the body is ${describe(body)}: ${mend}.`);
}

/** What a call of a coroutine function gives, where the function itself was meant. */
export function isCall(value: unknown): boolean {
	const call = value as { then?: unknown; next?: unknown } | null | undefined;
	return typeof call?.then === "function" || typeof call?.next === "function";
}

export function checkDuration(what: string, milliseconds: number): void {
	if (typeof milliseconds !== "number" || !(milliseconds >= 0))
		throw new RangeError(`${what}: ${describe(milliseconds)} is not a number of milliseconds, zero or more.`);
}

export function checkInstant(what: string, at: number): void {
	if (typeof at !== "number" || Number.isNaN(at))
		throw new RangeError(`${what}: ${describe(at)} is not an instant on the clock of now().`);
}

export function checkName(what: string, name: unknown): void {
	if (development && name !== undefined && typeof name !== "string")
		throw new TypeError(`${what}: name is ${describe(name)}; pass a string.`);
}

const SCOPE_OPTIONS = ["deadline", "timeout", "grace", "name", "shield"];

/** @throws TypeError that names the first unknown option, and the known ones */
export function checkOptions(what: string, options: object, known: readonly string[]): void {
	if (typeof options !== "object" || options === null)
		throw new TypeError(`${what}: the options are ${describe(options)}; pass an object.`);
	for (const key of Object.keys(options))
		if (!known.includes(key))
			throw new TypeError(`${what}: unknown option ${JSON.stringify(key)}; known are ${known.join(", ")}.`);
}
