import { afterHost, currentNativeTask, endContexts } from "#host";
import { AbsentHost } from "./absent-host.ts";
import { type Awaitable, CoroutineFunctionPrototype, type Given } from "./coroutine.ts";
import { CannotBlockError } from "./errors.ts";
import { describe } from "./invoke.ts";
import { EMPTY_CONTEXT } from "./kernel/context.ts";
import { state } from "./kernel/state.ts";
import { apart } from "./loops/apart.ts";
import { BlockingLoop } from "./loops/blocking.ts";
import { isNativeAsync } from "./native-async.ts";
import { beginObserving, endObserving } from "./observe.ts";
import { checkMain, checkValues, launch, makeRunner, RUN_OPTIONS, type RunOptions } from "./run.ts";
import { checkOptions } from "./scopes.ts";

/** Options of `runSync`: those of `run`, without a loop, and without signals, which cannot arrive while the thread is held up. */
export type RunSyncOptions = Omit<RunOptions, "loop" | "signals">;

type AnyFunction = (...args: never[]) => unknown;

const SYNC_OPTIONS = /* @__PURE__ */ RUN_OPTIONS.filter((name) => name !== "loop" && name !== "signals");

/**
 * `run`, synchronously: the same coroutines, with their tasks, groups, channels, timeouts and cancellation, run to their
 * end before this returns. Sleeping really sleeps, operations take their synchronous form. Gives or throws what `main`
 * does, once everything has ended.
 *
 * It is a run of its own wherever it is called, and holds up the thread: other runs stand still meanwhile, so a scope around the
 * call cannot cancel it. Context variables of a task that calls it can be read inside.
 *
 * @throws CannotBlockError out of the await of what only the host could bring about, such as a promise, so that cleanup runs
 * @throws DeadlockError at once when nothing can wake it any more
 * @example
 * const config = runSync(() => loadConfig("app.json"));
 */
export const runSync: <T>(main: (...args: never[]) => Awaitable<T>, options?: RunSyncOptions) => T =
	/* @__PURE__ */ withSyncFaces(runSynchronously);

function runSynchronously<T>(main: (...args: never[]) => Awaitable<T>, options: RunSyncOptions = {}): T {
	checkMain("runSync", main);
	checkOptions("runSync", options, SYNC_OPTIONS);
	checkValues("runSync", options);
	checkColour("runSync", main);
	const loop = new BlockingLoop();
	const runner = makeRunner(loop, main, options);
	runner.blocking = new AbsentHost(loop);
	const context = (state.task ?? currentNativeTask())?.context ?? EMPTY_CONTEXT;
	let result: { readonly outcome: unknown; readonly failed: boolean; leave(): void } | undefined;
	apart(() => {
		launch(runner, main, options, context, (outcome, failed, leave) => {
			result = { outcome, failed, leave };
		});
		loop.block(() => result !== undefined);
	});
	const { outcome, failed, leave } = result as unknown as NonNullable<typeof result>;
	if (runner.awaitsHost) {
		beginObserving();
		afterHost(() => {
			if (endObserving()) endContexts();
		});
	}
	leave();
	if (failed) throw outcome;
	return outcome as T;
}

/**
 * The synchronous face of a coroutine function, compiled or made with `coroutine()`: `sync(f)(…)` is `runSync` of the
 * call `f(…)`, with the receiver that it is called on.
 *
 * @throws CannotBlockError for an async function that was not compiled
 * @example
 * const loadConfigSync = sync(loadConfig);
 */
export function sync<Args extends readonly unknown[], R>(f: (...args: Args) => R): (...args: Args) => Given<R> {
	checkMain("sync", f);
	checkColour("sync", f);
	function call(this: unknown, ...args: Args): Given<R> {
		const main = this === undefined ? f : (...given: Args) => f.apply(this, given as never);
		return runSync(main as AnyFunction, { args, name: f.name }) as Given<R>;
	}
	Object.defineProperty(call, "name", { value: f.name, configurable: true });
	Object.defineProperty(call, "length", { value: f.length, configurable: true });
	return call;
}

function checkColour(what: string, f: AnyFunction): void {
	if (isNativeAsync(f))
		throw new CannotBlockError(
			`${what}() was given ${describe(f)}, a native async function, whose awaits only the host can bring about: compile it, or write coroutine(function* …).`,
		);
}

/** A program that has no use for `runSync` is bundled without it; then `f.sync()` says what is missing. */
function withSyncFaces(run: typeof runSync): typeof runSync {
	CoroutineFunctionPrototype.sync = function (this: AnyFunction, ...args: unknown[]): unknown {
		return run(this, { args });
	};
	return run;
}
