import { type Awaitable, type Coroutine, coroutine, LazyCoroutine } from "./coroutine.ts";
import { ScopeMisuseError } from "./errors.ts";
import { taskKey, thenOf } from "./foreign.ts";
import { type Begin, corocall, invoke, Lazy, runningTask } from "./invoke.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import type { Code } from "./kernel/frame.ts";
import { Scope } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import { KernelTask } from "./kernel/task.ts";
import { isNativeAsync } from "./native-async.ts";
import { type Runner, startOutside } from "./runner.ts";
import { scopeOf } from "./scope-frame.ts";
import { checkBody, cleanup, scoped } from "./scopes.ts";

/** A value that is released when its owner ends, or earlier. */
export interface Held<T> extends AsyncDisposable {
	readonly value: T;
	/** Releases it now, as cleanup. A second call does nothing. */
	release(): Coroutine<void>;
}

/**
 * A value that has to be released, described; nothing is acquired yet. It is a coroutine, so one call: awaited it acquires
 * the value and leaves its release to the end of the scope around it. For another one call `resource` again.
 */
export interface Resource<T> extends Coroutine<T> {
	/**
	 * Acquires the value for `body` alone: it is released when `body`, and every task that `body` has started, has ended.
	 * Gives what `body` gives.
	 */
	with<R>(body: (value: T) => Awaitable<R>): Coroutine<R>;
	/** Acquires it for a block: `await using connection = await resource(…).hold()`, then `connection.value`. */
	hold(): Coroutine<Held<T>>;
}

/**
 * Describes a value that has to be released, by the two functions that acquire and release it. From the moment in which
 * `acquire` has given it, its release is certain: as cleanup, when the scope around the call has ended (of the function, in
 * structured code, else the nearest scope), after the tasks of that scope, latest acquired first, as by `onExit`.
 *
 * `acquire` that is cancelled cleans up after itself, by its own `finally`; it has given nothing, and `release` is not called.
 * If it gives a promise of foreign code, that is not let go of, for nobody else would release what it brings: the wait goes
 * on as cleanup, and what comes after the grace is released as soon as it is there. An error of `release` never hides another
 * one. (Effect's `acquireRelease`, Effection's `resource`, Kotlin's `use`.)
 *
 * @example
 * const connect = () => resource(() => pool.connect(), (connection) => connection.close());
 * const connection = await connect();                                  // until the function ends
 * await connect().with((connection) => connection.query("select 1"));  // for this call alone
 */
export function resource<T>(acquire: () => Awaitable<T>, release: (value: T) => Awaitable<unknown>): Resource<T> {
	checkBody("resource: acquire", acquire);
	checkBody("resource: release", release);
	return new ResourceCall<T>(acquire, release);
}

class ResourceCall<T> extends LazyCoroutine<T> implements Resource<T> {
	readonly #acquire: () => Awaitable<T>;
	readonly #release: (value: T) => Awaitable<unknown>;

	constructor(acquire: () => Awaitable<T>, release: (value: T) => Awaitable<unknown>) {
		super(() => (acquireHeld(acquire, release, false) as LazyCoroutine<unknown>).begin(), RESOURCE);
		this.#acquire = acquire;
		this.#release = release;
	}

	with<R>(body: (value: T) => Awaitable<R>): Coroutine<R> {
		this.claim();
		checkBody("resource.with", body);
		const acquire = this.#acquire;
		const release = this.#release;
		const use = function* (): Generator<never, unknown, unknown> {
			const value = yield* acquireHeld(acquire, release, false);
			return yield* new LazyCoroutine<unknown>(() => invoke(body, [value]), BODY);
		};
		return scoped("resource.with", use as () => Awaitable<R>, new Scope("resource"), {}) as Coroutine<R>;
	}

	hold(): Coroutine<Held<T>> {
		this.claim();
		return acquireHeld(this.#acquire, this.#release, true) as Coroutine<Held<T>>;
	}
}

const RESOURCE: Code = { name: "resource", place: () => undefined };
const ACQUIRE: Code = { name: "acquire", place: () => undefined };
const RELEASE: Code = { name: "release", place: () => undefined };
const BODY: Code = { name: "resource.with", place: () => undefined };

type Acquire = () => unknown;
type Release = (value: never) => unknown;

/** Acquires and leaves the release to the owner; gives the value, or what holds it. */
const acquireHeld = /* @__PURE__ */ coroutine(function* resource(
	acquire: Acquire,
	release: Release,
	held: boolean,
): Generator<never, unknown, unknown> {
	const task = runningTask("resource");
	task.checkpoint();
	if (!held && task.owner === (task.runner as Runner).base)
		throw new ScopeMisuseError(
			"resource was awaited outside of every run, where no scope ends and releases it: use resource(…).with(body), hold(), or run(main).",
		);
	const pending: { promise?: PromiseLike<unknown> } = {};
	let value = yield* new LazyCoroutine<unknown>(beginAcquire, ACQUIRE, acquire, pending);
	const { promise } = pending;
	if (promise !== undefined)
		try {
			value = yield* cleanup(() => promise);
		} catch (error) {
			if (error instanceof Cancelled) releaseLate(promise, release, task);
			throw error;
		}
	// Nothing has waited since: whatever comes, it will be released.
	const holder = new Holder(scopeOf(task.owner), value, release);
	return held ? holder : value;
});

/** Calls `acquire`, and keeps a foreign promise back. */
const beginAcquire: Begin = (lazy) => {
	const acquire = lazy.a0 as Acquire;
	// What Holdfast runs itself can be left half way; it cleans up after itself.
	if (corocall in acquire || isNativeAsync(acquire)) return invoke(acquire, []);
	const before = state.lastTaskId;
	return invoke(() => {
		const given = acquire();
		if (given instanceof Lazy || given instanceof KernelTask || thenOf(given) === undefined) return given;
		// `() => f()` around a call of compiled code stands for that call, as in `invoke`.
		const call = (given as { [taskKey]?: KernelTask })[taskKey];
		if (call?.isCall && call.id > before) return given;
		(lazy.a1 as { promise?: unknown }).promise = given;
		return undefined;
	}, []);
};

/** The grace was over before the value was there. */
function releaseLate(promise: PromiseLike<unknown>, release: Release, task: KernelTask): void {
	const report = (error: unknown): void => task.runner.report(error, "late-rejection", task);
	// A rejection is reported by the wait that was cut.
	promise.then(
		(value) => {
			startOutside("release", () => invoke(release, [value as never])).promise.catch(report);
		},
		() => {},
	);
}

class Holder implements Held<unknown> {
	readonly value: unknown;
	readonly #scope: Scope;
	readonly #release: () => unknown;
	#held = true;

	constructor(scope: Scope, value: unknown, release: Release) {
		this.value = value;
		this.#scope = scope;
		this.#release = () => {
			if (!this.#held) return undefined;
			this.#held = false;
			return invoke(release, [value as never]);
		};
		scope.exits ??= [];
		scope.exits.push(this.#release);
	}

	release(): Coroutine<void> {
		return cleanup(() => {
			const { exits } = this.#scope;
			// Not there if it has moved to a group with a task that has `started()`.
			const place = exits?.lastIndexOf(this.#release) ?? -1;
			if (place >= 0) exits?.splice(place, 1);
			return new LazyCoroutine<unknown>(this.#release, RELEASE);
		}) as Coroutine<void>;
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.release() as unknown as Promise<void>;
	}
}
