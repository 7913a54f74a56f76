import { currentNativeTask } from "#host";
import { type Awaitable, type Coroutine, LazyCoroutine, promiseOf } from "./coroutine.ts";
import { DeprecationWarning } from "./errors.ts";
import { type Begin, corocall, describe, type Entry, fresh, invoke, runningTask, settle } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { state } from "./kernel/state.ts";
import { checkBody, checkOptions } from "./scopes.ts";

/** The two faces of a function on its way from one colour to the other. */
export interface MigratingFaces<Args extends readonly unknown[], T> {
	/** The synchronous face: the old way, for calls without `await`; with `to: "sync"` the new one. */
	sync: (...args: Args) => T;
	/** The asynchronous face: the new way, for awaited calls; with `to: "sync"` the old one. Any function that is accepted elsewhere. */
	async: (...args: Args) => Awaitable<T>;
	/** What it is going to be (default `"async"`). */
	to?: "async" | "sync";
	/** The version since which the old way is deprecated. */
	since: string;
	/** For messages (default: the name of one of the faces). */
	name?: string;
}

/** A function with a synchronous and an asynchronous face. */
export interface Migrating<Args extends readonly unknown[], T> {
	/** Awaited in compiled code: the asynchronous face. Otherwise the synchronous one, with a warning. */
	(...args: Args): T;
	/** The asynchronous face, from wherever it is called: for `yield*` and for code that is not compiled. */
	async(...args: Args): Coroutine<T>;
	/** The synchronous face, without a warning. */
	sync(...args: Args): T;
}

/** A function that was asynchronous and becomes synchronous. */
export interface MigratingBack<Args extends readonly unknown[], T> {
	/** The asynchronous face: whoever awaits it is prepared. To use the promise as a promise warns. */
	(...args: Args): Promise<T>;
	/** The asynchronous face, as a coroutine: for `yield*`. */
	async(...args: Args): Coroutine<T>;
	/** The synchronous face: what the function itself is going to be. */
	sync(...args: Args): T;
}

/**
 * For a deprecation period: a function that was synchronous and becomes asynchronous has both faces. An awaited call
 * (`await f(x)`, `return f(x)` in compiled code; `f` given to `run`, `spawn`, `map` …) takes the new one, a bare call still
 * takes the old one, and warns once per call site. In a synchronous run an awaited call takes the synchronous face.
 *
 * An `await` is known to compiled code only. Everywhere else `f(x)` is a bare call; there, write `yield* f.async(x)` or
 * `await f.async(x)`.
 *
 * With `to: "sync"` it goes the other way: a function that was asynchronous is going to be synchronous. A call still gives a
 * promise, and whoever awaits that is prepared, since `await` takes plain values too. Who calls its `then`, `catch` or `finally`
 * is warned, once per place; `f.sync(x)` is the new way, which works after the change as well as `f(x)` does then.
 *
 * The warning is a `DeprecationWarning`: to the run's `onReport`, kind `"deprecation"`; outside of runs `console.warn`.
 *
 * @throws TypeError for faces that are no functions and for a missing `since`
 * @example
 * export const query = migrating({
 *   name: "query",
 *   sync: (sql: string) => connection.querySync(sql),
 *   async: (sql: string) => connection.query(sql),
 *   since: "3.0",
 * });
 */
export function migrating<Args extends readonly unknown[], T>(
	faces: MigratingFaces<Args, T> & { to?: "async" },
): Migrating<Args, T>;
export function migrating<Args extends readonly unknown[], T>(
	faces: MigratingFaces<Args, T> & { to: "sync" },
): MigratingBack<Args, T>;
export function migrating<Args extends readonly unknown[], T>(faces: MigratingFaces<Args, T>): unknown {
	checkOptions("migrating", faces, ["sync", "async", "to", "since", "name"]);
	checkBody("migrating: sync", faces.sync);
	checkBody("migrating: async", faces.async);
	const { since, to = "async" } = faces;
	if (typeof since !== "string")
		throw new TypeError(`migrating: since is ${describe(since)}; pass the version that deprecates the old way.`);
	if (to !== "async" && to !== "sync")
		throw new TypeError(`migrating: to is ${describe(to)}; it may be "async" or "sync".`);
	const name = faces.name ?? nameOf(faces);
	const code: Code = { name, place: () => undefined };
	const warned = new Set<string | undefined>();
	const warnAt = (place: string | undefined): void => {
		if (warned.has(place)) return;
		warned.add(place);
		warn(name, since, to, place);
	};

	function call(this: unknown, ...args: Args): unknown {
		if (to === "sync") return watched(promiseOf(describeCall(this, args)), warnAt);
		warnAt(placeOfCall(call));
		return faces.sync.apply(this, args as never);
	}
	const describeCall = (receiver: unknown, args: readonly unknown[]): LazyCoroutine<T> =>
		new LazyCoroutine<T>(beginMigrating, code, faces, receiver, args);
	const entry = function (this: unknown, $frame: unknown, _input: unknown, ...rest: unknown[]): unknown {
		return $frame === fresh ? begin(name, faces, this, rest) : describeCall(this, Array.from(arguments));
	} as Entry & { shell1: unknown; code: Code };
	entry.shell1 = call;
	entry.code = code;
	Object.defineProperty(call, "name", { value: name, configurable: true });
	Object.defineProperty(call, "length", { value: faces.sync.length, configurable: true });
	Object.defineProperty(call, corocall, { value: entry, configurable: true });
	return Object.assign(call, {
		async: (...args: Args) => describeCall(undefined, args),
		sync: (...args: Args) => faces.sync(...args),
	});
}

const beginMigrating: Begin = (lazy) =>
	begin(lazy.code.name, lazy.a0 as MigratingFaces<never, unknown>, lazy.a1, lazy.a2 as unknown[]);

function begin(
	name: string,
	faces: MigratingFaces<never, unknown>,
	receiver: unknown,
	args: readonly unknown[],
): unknown {
	const task = runningTask(name);
	if (task.runner.loop.blocks) {
		task.checkpoint();
		return settle(faces.sync.apply(receiver, args as never));
	}
	return invoke(receiver === undefined ? faces.async : faces.async.bind(receiver), args);
}

/** A promise that tells who uses it as one. An `await` does not ask for its `then`, and takes what is no promise as well. */
function watched(promise: Promise<unknown>, used: (place: string | undefined) => void): Promise<unknown> {
	for (const method of ["then", "catch", "finally"] as const) {
		const value = function (this: Promise<unknown>, ...args: never[]): unknown {
			const place = placeOfCall(value);
			// Combinators take plain values too. What is inside of the engine has a name in V8, and no place in JavaScriptCore.
			if (!/^Promise\.|^(?:Function|Object)\.(?:all|allSettled|any|race) | \(unknown\)$/.test(place ?? "")) used(place);
			return (Promise.prototype[method] as (...args: never[]) => unknown).apply(this, args);
		};
		Object.defineProperty(promise, method, { value, configurable: true, writable: true });
	}
	return promise;
}

/** A face that was written in place is named after its property, which says nothing. */
function nameOf(faces: MigratingFaces<never, unknown>): string {
	return [faces.async.name, faces.sync.name].find((name) => !["", "async", "sync"].includes(name)) ?? "f";
}

function warn(name: string, since: string, to: "async" | "sync", place: string | undefined): void {
	const where = place === undefined ? "" : ` (${place})`;
	const message =
		to === "async"
			? `${name}() was called without await${where}, which is deprecated since ${since}: write await ${name}(…), yield* ${name}.async(…) in generators, or ${name}.sync(…) where it has to stay synchronous.`
			: `${name}() gave a promise that was used as one${where}, which is deprecated since ${since}: it is going to give its value; write await ${name}(…), or ${name}.sync(…).`;
	const warning = new DeprecationWarning(message, since, place);
	const task = state.task ?? currentNativeTask();
	if (task === null) console.warn(`holdfast: ${message}`);
	else task.runner.report(warning, "deprecation", task);
}

/** The line of the stack below a function, which tells call sites apart; `undefined` where the engine tells nothing. */
function placeOfCall(callee: (...args: never[]) => unknown): string | undefined {
	const engine = Error as {
		stackTraceLimit?: number;
		captureStackTrace?(holder: object, below: unknown): void;
	};
	if (engine.captureStackTrace === undefined) return new Error().stack?.split("\n")[2]?.trim();
	const limit = engine.stackTraceLimit;
	const holder = { stack: "" };
	engine.stackTraceLimit = 1;
	try {
		engine.captureStackTrace(holder, callee);
		return /^\s*at (.*)$/m.exec(String(holder.stack))?.[1];
	} finally {
		if (limit !== undefined) engine.stackTraceLimit = limit;
	}
}
