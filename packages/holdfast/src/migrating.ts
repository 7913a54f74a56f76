import { currentNativeTask } from "#host";
import { type Awaitable, type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { DeprecationWarning } from "./errors.ts";
import { type Begin, corocall, describe, type Entry, fresh, invoke, runningTask, settle } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { state } from "./kernel/state.ts";
import { checkBody, checkOptions } from "./scopes.ts";

/** The two faces of a function on its way from synchronous to asynchronous. */
export interface MigratingFaces<Args extends readonly unknown[], T> {
	/** The old way: for calls without `await`. */
	sync: (...args: Args) => T;
	/** The new way: for awaited calls. Any function that is accepted elsewhere. */
	async: (...args: Args) => Awaitable<T>;
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

/**
 * For a deprecation period: a function that was synchronous and becomes asynchronous has both faces. An awaited call
 * (`await f(x)`, `return f(x)` in compiled code; `f` given to `run`, `spawn`, `map` …) takes the new one, a bare call still
 * takes the old one, and warns once per call site. In a synchronous run an awaited call takes the synchronous face.
 *
 * An `await` is known to compiled code only. Everywhere else `f(x)` is a bare call; there, write `yield* f.async(x)` or
 * `await f.async(x)`.
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
export function migrating<Args extends readonly unknown[], T>(faces: MigratingFaces<Args, T>): Migrating<Args, T> {
	checkOptions("migrating", faces, ["sync", "async", "since", "name"]);
	checkBody("migrating: sync", faces.sync);
	checkBody("migrating: async", faces.async);
	if (typeof faces.since !== "string")
		throw new TypeError(`migrating: since is ${describe(faces.since)}; pass the version that deprecates the old way.`);
	const name = faces.name ?? nameOf(faces);
	const code: Code = { name, place: () => undefined };
	const warned = new Set<string | undefined>();

	function call(this: unknown, ...args: Args): T {
		const place = placeOfCall(call);
		if (!warned.has(place)) {
			warned.add(place);
			warn(name, faces.since, place);
		}
		return faces.sync.apply(this, args as never);
	}
	const describeCall = (receiver: unknown, args: readonly unknown[]): Coroutine<T> =>
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

/** A face that was written in place is named after its property, which says nothing. */
function nameOf(faces: MigratingFaces<never, unknown>): string {
	return [faces.async.name, faces.sync.name].find((name) => !["", "async", "sync"].includes(name)) ?? "f";
}

function warn(name: string, since: string, place: string | undefined): void {
	const where = place === undefined ? "" : ` (${place})`;
	const message = `${name}() was called without await${where}, which is deprecated since ${since}: write await ${name}(…), yield* ${name}.async(…) in generators, or ${name}.sync(…) where it has to stay synchronous.`;
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
