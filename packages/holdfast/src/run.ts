import { afterHost, beginContexts, currentNativeTask, endContexts, listenToSignals } from "#host";
import { callInScope } from "./call-in-scope.ts";
import { type Awaitable, LazyCoroutine } from "./coroutine.ts";
import { DeadlockError } from "./errors.ts";
import { checkInstruments, type Instrument, Instruments } from "./instruments.ts";
import { describe, invoke } from "./invoke.ts";
import { type Context, EMPTY_CONTEXT } from "./kernel/context.ts";
import { development } from "./kernel/development.ts";
import { type Code, Frame, type Run } from "./kernel/frame.ts";
import type { Scope } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { DONE, type KernelTask } from "./kernel/task.ts";
import { trace } from "./kernel/trace.ts";
import { liveRunners } from "./live-runners.ts";
import { hostLoop } from "./loops/host.ts";
import type { EventLoop } from "./loops/loop.ts";
import { isLoweredAsync, isNativeAsync } from "./native-async.ts";
import { beginObserving, endObserving } from "./observe.ts";
import { type BareCalls, type Report, Runner, startBare } from "./runner.ts";
import { checkOptions, isCall, moveOnAfter, SignalScope } from "./scopes.ts";
import { LiveTask, MAIN } from "./task.ts";
import { waitsIn } from "./task-path.ts";

/** Options of `run`. */
export interface RunOptions {
	/** Arguments of `main`. */
	args?: readonly unknown[];
	/** For paths, dumps and messages; `main`'s own name by default. */
	name?: string;
	/** Aborting it cancels the run, which then throws `signal.reason`. */
	signal?: AbortSignal;
	/** Whether SIGINT, SIGTERM and SIGHUP cancel the run, and SIGUSR2 prints its tasks (the command line does; default false). */
	signals?: boolean;
	/** How many milliseconds cleanup may go on after a cancellation; inherited by all scopes (default 5,000). */
	grace?: number;
	/** What a call without `await` becomes (default `"task"`). */
	bareCalls?: BareCalls;
	/** Supplies time and wake-ups (default: the host's). */
	loop?: EventLoop;
	/** Watch the run from inside. */
	instruments?: readonly Instrument[];
	/** Gets errors that have no other recipient (default: printed). */
	onReport?: (report: Report) => void;
}

export const RUN_OPTIONS: readonly string[] = [
	"args",
	"name",
	"signal",
	"signals",
	"grace",
	"bareCalls",
	"loop",
	"instruments",
	"onReport",
];

/**
 * Runs `main` and everything it starts. Settles with what `main` gives or throws, once all tasks and all cleanup have
 * ended: nothing outlives it. Inside another run it becomes a task of the code that calls it.
 *
 * @throws InterruptedError when a signal of the operating system ended it (`signals: true`)
 * @throws DeadlockError when nothing can wake it any more
 * @example
 * const answer = await run(async () => {
 *   await sleep(100);
 *   return 42;
 * });
 */
export function run<T>(main: (...args: never[]) => Awaitable<T>, options: RunOptions = {}): Promise<T> {
	try {
		checkMain("run", main);
		checkOptions("run", options, RUN_OPTIONS);
		checkValues("run", options);
	} catch (error) {
		return Promise.reject(error);
	}
	const outer = state.task ?? currentNativeTask();
	return (outer === null || outer.runner.closed ? start(main, options) : nest(outer, main, options)) as Promise<T>;
}

/**
 * A library that uses `run` inside composes: the run is a task of its caller's owner. With options that belong to a runner,
 * and in a call outside of every run, it has a runner of its own, and the task stands for it.
 */
function nest(outer: KernelTask, main: (...args: never[]) => unknown, options: RunOptions): Promise<unknown> {
	const name = (options.name ?? main.name) || "run";
	const runner = outer.runner as Runner;
	const ofRunner = [options.loop, options.bareCalls, options.onReport, options.instruments];
	const separate = runner.implicit || ofRunner.some((option) => option !== undefined);
	return startBare(outer.owner, outer.context, name, (frame) => {
		const task = state.task as KernelTask;
		if (separate) return awaitRun(task, main, options);
		return callInScope(frame, rootScope(options), task, main, options.args ?? []);
	}).promise;
}

/** Waits on the running task for a run of its own, which is cancelled with it. */
function awaitRun(task: KernelTask, main: (...args: never[]) => unknown, options: RunOptions): unknown {
	task.checkpoint();
	const outer = task.runner as Runner;
	const { blocking } = outer;
	const loop = options.loop ?? outer.loop;
	if (blocking !== null && loop !== outer.loop) return blocking.refuse(task, "a run on a loop of its own");
	const runner = makeRunner(loop, main, options);
	runner.blocking = blocking;
	const parked = task.park({
		label: `the run ${runner.name}`,
		abort() {
			root.cancelFor({ kind: "shutdown", scope: root });
			return false;
		},
	});
	// What wakes it is known to the inner run, which tells by itself when nothing can.
	outer.promises++;
	const own = outer.implicit ? options : { ...options, signals: false };
	const root = launch(runner, main, own, task.context, (outcome, failed, leave) => {
		const settle = (): void => {
			leave();
			outer.promises--;
			outer.outside--;
			const blame = task.interruption;
			if (failed) task.resumeThrow(outcome);
			else if (blame !== null && root.reason?.kind === "shutdown") task.resumeThrow(blame.cancelled);
			else task.resume(outcome);
		};
		// Virtual time stands still until the host has spoken. A synchronous run waits for it when all is over.
		outer.outside++;
		if (blocking !== null) outer.awaitsHost ||= runner.awaitsHost;
		if (runner.awaitsHost && blocking === null) afterHost(settle);
		else settle();
	});
	return parked;
}

function rootScope(options: RunOptions): Scope {
	const root = new SignalScope(options.signal);
	if (options.grace !== undefined) root.grace = options.grace;
	return root;
}

/** Async generators that wait at a `yield` are closed, newest first, until none is left; `main`'s result stands. */
function* closeGenerators(runner: Runner, grace: number): Generator<never, void, unknown> {
	while (runner.generators.size > 0) {
		const generator = [...runner.generators].pop() as { close(): unknown };
		runner.generators.delete(generator);
		try {
			yield* moveOnAfter(grace, () => new LazyCoroutine<unknown>(() => generator.close(), CLOSE));
		} catch (error) {
			runner.report(error, "generator", state.task);
		}
	}
}

const CLOSE: Code = { name: "close", place: () => undefined };

function start(main: (...args: never[]) => unknown, options: RunOptions): Promise<unknown> {
	return new Promise((resolve, reject) => {
		// In here, since what a loop throws is to reject the promise.
		const runner = makeRunner(options.loop ?? hostLoop(), main, options);
		hint(runner, main);
		launch(runner, main, options, EMPTY_CONTEXT, (outcome, failed, leave) => {
			const settle = (): void => {
				leave();
				if (failed) reject(outcome);
				else resolve(outcome);
			};
			if (runner.awaitsHost) afterHost(settle);
			// The last step is still on the stack, and the instruments are to see its end.
			else if (options.instruments !== undefined) queueMicrotask(settle);
			else settle();
		});
	});
}

export function makeRunner(loop: EventLoop, main: (...args: never[]) => unknown, options: RunOptions): Runner {
	const runner = new Runner(loop, {
		bareCalls: options.bareCalls,
		onReport: options.onReport,
		name: (options.name ?? main.name) || "main",
	});
	runner.clock = Math.ceil(runner.now());
	return runner;
}

/** Starts a run. When everything has ended `ended` is told how, and is given what takes the run's listeners away. */
export function launch(
	runner: Runner,
	main: (...args: never[]) => unknown,
	options: RunOptions,
	context: Context,
	ended: (outcome: unknown, failed: boolean, leave: () => void) => void,
): Scope {
	const instruments = options.instruments === undefined ? null : new Instruments(runner, options.instruments);
	instruments?.runStarted();
	runner.instrument = instruments;
	const root = rootScope(options);
	root.exits = [() => invoke(closeGenerators, [runner, root.grace])];
	beginObserving();
	beginContexts();
	liveRunners.add(runner);
	const task = new LiveTask(runner, runner.base, context, MAIN, runner.name);
	const releases: (() => void)[] = [];
	let over = false;
	const end = (outcome: unknown, failed: boolean): void => {
		if (over) return;
		over = true;
		for (const release of releases) release();
		liveRunners.delete(runner);
		runner.closed = true;
		ended(outcome, failed, () => {
			instruments?.runEnded();
			if (endObserving()) endContexts();
			// Nobody inside can ask for them any more.
			if (failed && task.ended)
				for (const other of suppressedErrors(outcome)) runner.report(other, "suppressed", task, outcome);
		});
	};
	let warned = false;
	const standstill = (describe = describeStandstill): void => {
		// A program that waits for Ctrl-C: listeners for signals alone do not keep a process alive.
		if (options.signals === true && runner.forever > 0) {
			const alive = setInterval(() => {}, 2 ** 30);
			releases.push(() => clearInterval(alive));
			return;
		}
		const error = describe(development ? waitsIn(runner.base) : "");
		if (development) trace(error, task, task.top, undefined, false);
		// Cancelling lets cleanup run; what cannot even be cancelled is given up at the second standstill.
		if (warned) end(error, true);
		warned = true;
		root.fail(error);
	};
	const unwatch = runner.loop.watch?.({
		waitsOutside: () => runner.outside > 0,
		waitsForPromise: () => runner.promises > 0,
		deadlock: standstill,
	});
	if (unwatch !== undefined) releases.push(unwatch);
	if (options.signals === true) releases.push(listenToSignals(root, runner));
	task.onEnd(() => end(task.status === DONE ? task.outcome : task.error, task.status !== DONE));
	runner.startNow(task, new Frame(beginRoot, null, root, main, options.args ?? []));
	return root;
}

function describeStandstill(waits: string): Error {
	return new DeadlockError(`Nothing can wake this run any more: no timer, no pending operation of the host.\n${waits}`);
}

const beginRoot: Run = (frame) => {
	const root = frame.a0 as Scope;
	return callInScope(frame, root, state.task as KernelTask, frame.a1 as () => unknown, frame.a2 as unknown[]);
};

export function checkMain(what: string, main: unknown): void {
	if (typeof main === "function") {
		if ((main as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] !== "AsyncGeneratorFunction") return;
		throw new TypeError(
			`${what}() was given ${describe(main)}, an async generator function, which gives values to a for await: pass a coroutine function.`,
		);
	}
	throw new TypeError(
		isCall(main)
			? `${what}() was given ${describe(main)}: pass the function, not its call: ${what}(main), or ${what}(main, { args: […] }).`
			: `${what}() takes a coroutine function, not ${describe(main)}.`,
	);
}

function isLoop(loop: Partial<EventLoop> | null): boolean {
	return [loop?.now, loop?.callSoon, loop?.callAt].every((member) => typeof member === "function");
}

export function checkValues(what: string, options: RunOptions): void {
	const { args, grace, bareCalls, signal } = options;
	if (args !== undefined && !Array.isArray(args))
		throw new TypeError(`${what}: args is ${describe(args)}; pass an array of arguments for main.`);
	if (grace !== undefined && (typeof grace !== "number" || !(grace >= 0)))
		throw new RangeError(`${what}: grace is ${describe(grace)}; it is a number of milliseconds, zero or more.`);
	if (!development) return;
	if (bareCalls !== undefined && bareCalls !== "task" && bareCalls !== "forbid" && typeof bareCalls !== "function")
		throw new TypeError(`${what}: bareCalls is ${describe(bareCalls)}; it may be "task", "forbid" or a function.`);
	const { loop, onReport, name, signals, instruments } = options;
	if (instruments !== undefined) checkInstruments(instruments);
	if (onReport !== undefined && typeof onReport !== "function")
		throw new TypeError(`${what}: onReport is ${describe(onReport)}; pass a function.`);
	if (name !== undefined && typeof name !== "string")
		throw new TypeError(`${what}: name is ${describe(name)}; pass a string.`);
	if (signals !== undefined && typeof signals !== "boolean")
		throw new TypeError(`${what}: signals is ${describe(signals)}; it may be true or false.`);
	if (loop !== undefined && !isLoop(loop))
		throw new TypeError(
			`${what}: loop is ${describe(loop)}; an event loop has now(), callSoon() and callAt() (see "holdfast/loops").`,
		);
	if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== "function")
		throw new TypeError(`${what}: signal is ${describe(signal)}; pass an AbortSignal.`);
}

let hinted = false;

/** Without the compiler half of what is promised does not hold: said once, in one line, with the mend. */
function hint(runner: Runner, main: (...args: never[]) => unknown): void {
	if (hinted) return;
	const native = isNativeAsync(main);
	if (!native && !(development && isLoweredAsync(main))) return;
	hinted = true;
	runner.report(
		native
			? 'run() was given a native async function: its awaits of promises cannot be cancelled. Compile it (node --import @holdfast/compiler/register, holdfast run, or the bundler plugin; "npx holdfast doctor" tells what is missing), or write coroutine(function* …).'
			: 'run() was given an async function that another tool has lowered to a generator: the compiler cannot see it, and its awaits cannot be cancelled. Let that tool target ES2017 or later, or come after the compiler ("npx holdfast doctor" tells more).',
		"hint",
		null,
	);
}
