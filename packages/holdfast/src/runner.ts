import { beginContexts, currentNativeTask } from "#host";
import { placeOfCall, showPlace } from "./call-place.ts";
import { BareCallError, NeverAwaitedError } from "./errors.ts";
import { type Entry, enter, invoke, standing } from "./invoke.ts";
import { type Context, EMPTY_CONTEXT } from "./kernel/context.ts";
import { development } from "./kernel/development.ts";
import { type Code, Frame, isFrame, link, type Run, suspended } from "./kernel/frame.ts";
import { KernelRunner, type ReportKind, traceHere } from "./kernel/runner.ts";
import { Scope } from "./kernel/scope.ts";
import { DEPTH_LIMIT, state } from "./kernel/state.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import type { KernelTask, Owner } from "./kernel/task.ts";
import { type DescribeCall, stepping } from "./library-step.ts";
import { hostLoop } from "./loops/host.ts";
import type { EventLoop } from "./loops/loop.ts";
import { isOpen, scopeOf } from "./scope-frame.ts";
import type { InterruptName } from "./signals.ts";
import { BARE, LiveTask, type Task } from "./task.ts";
import { taskPath } from "./task-path.ts";

/** What the hook of a run is told of a call without `await`. */
export interface BareCall {
	/** The name of the called function. */
	readonly name: string;
	/** The call, described; nothing runs until it is awaited. The same at each look, and like all coroutines a single call. */
	readonly coroutine: PromiseLike<unknown>;
	/** The name of the scope or function that would own the task. */
	readonly owner: string;
	/** Describes the call anew: for what may be begun several times, such as an Observable that is subscribed to twice. */
	again(): PromiseLike<unknown>;
}

/** An error that has no other recipient. */
export interface Report {
	readonly error: unknown;
	readonly kind: ReportKind;
	readonly task: Task | undefined;
	/** Of a suppressed error: the one that was thrown in its place. */
	readonly primary?: unknown;
	/** The names from the run down to the task. */
	readonly path: string;
}

/** What happens to bare calls: a task, an error, or what a function makes of them. */
export type BareCalls = "task" | "forbid" | ((call: BareCall) => unknown);

function isProduction(): boolean {
	return (
		(globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.["NODE_ENV"] ===
		"production"
	);
}

/** One `run()`: a kernel and its policy. */
export class Runner extends KernelRunner {
	readonly name: string;
	/** Made for a call outside of every run: it behaves as the language does. */
	readonly implicit: boolean;
	readonly bareCalls: BareCalls;
	readonly #onReport: ((report: Report) => void) | undefined;
	/** The host may yet report promises that were derived from those of cancelled tasks. */
	awaitsHost = false;
	/** Those who hear a signal that asks for the end first, and tell whether they have taken it; `null` in a run that does not listen to any. */
	interruptible: Set<(name: InterruptName) => boolean> | null = null;
	/** What the main task and its frames stand in; nothing outlives it. */
	readonly base: Scope = new Scope();
	/** Async generators that wait at a `yield`, oldest first: closed when the run ends. */
	readonly generators: Set<{ close(): unknown }> = new Set();

	constructor(
		loop: EventLoop,
		options: {
			name: string;
			implicit?: boolean;
			bareCalls?: BareCalls | undefined;
			onReport?: ((report: Report) => void) | undefined;
		},
	) {
		super(loop);
		this.name = options.name;
		this.implicit = options.implicit ?? false;
		this.bareCalls = options.bareCalls ?? "task";
		this.#onReport = options.onReport;
		this.base.runner = this;
		this.watchful = development && !this.implicit && !isProduction();
	}

	override neverAwaited(call: { readonly code: Code }, task: KernelTask | null): void {
		if (!development) return;
		const { name } = call.code;
		const what = name === "" ? "A coroutine function without a name" : `${name}()`;
		const f = name || "f";
		const place = placeOfCall(call);
		const unknown = place === undefined ? " Where is not known; if it happens again, it will be." : "";
		const error = new NeverAwaitedError(
			`${what} was called and its coroutine never awaited, so nothing ran: write await ${f}(…), yield* ${f}(…), or group.spawn(${f}, …).${unknown}`,
		);
		if (place === undefined) traceHere(error);
		else showPlace(error, place);
		this.report(error, "never-awaited", task);
	}

	override report(error: unknown, kind: ReportKind, task: KernelTask | null, ...primary: [unknown?]): void {
		const path = task === null ? this.name : taskPath(task);
		if (this.#onReport === undefined) {
			printReport(error, kind, path);
			return;
		}
		try {
			this.#onReport({
				error,
				kind,
				task: (task ?? undefined) as LiveTask | undefined,
				path,
				...(primary.length > 0 && { primary: primary[0] }),
			});
		} catch (second) {
			printReport(error, kind, path);
			printReport(second, "hook", path);
		}
	}
}

function printReport(error: unknown, kind: ReportKind, path: string): void {
	if (!development)
		console[kind === "deprecation" ? "warn" : "error"]("holdfast:", kind, path, error, ...suppressedErrors(error));
	else if (kind === "hint") console.warn(`holdfast: ${String(error)}`);
	else if (kind === "deprecation") console.warn(`holdfast: ${(error as Error).message}`);
	else {
		console.error(`holdfast: ${WHAT[kind]} in ${path}:`, error);
		for (const other of suppressedErrors(error)) console.error("holdfast: and, suppressed:", other);
	}
}

const WHAT: Record<ReportKind, string> = {
	unobserved: "an error that nobody observed",
	suppressed: "a further error",
	"late-rejection": "a promise rejected after its wait was cancelled",
	"never-awaited": "a coroutine that was never awaited",
	generator: "an error while closing a generator",
	hook: "an error thrown by onReport",
	instrument: "an error thrown by an instrument, which is taken out",
	deprecation: "",
	hint: "",
};

/** The first frame of a task: it makes the call that the task is for. */
export const beginCall: Run = (frame, input, thrown) => {
	if (frame.a0 === null) {
		if (thrown) throw input;
		return input;
	}
	const call = frame.a0 as (frame: Frame) => unknown;
	frame.a0 = null;
	const value = call(frame);
	return value === suspended ? link(frame) : value;
};

const callSpawned: Run = (frame, args) => {
	const task = state.task as KernelTask;
	const { outcome } = task;
	task.outcome = undefined;
	return frame === SPAWNED_ENTRY
		? enter(outcome as Entry, undefined, args as readonly unknown[])
		: invoke(outcome as (...args: never[]) => unknown, args as readonly unknown[]);
};

/** Of all tasks that have not begun: once the call is made there is nothing left to do here, so one is enough. */
const SPAWNED_CALL: Frame = /* @__PURE__ */ new Frame(callSpawned, null);
/** The same for compiled functions. */
const SPAWNED_ENTRY: Frame = /* @__PURE__ */ new Frame(callSpawned, null);

/** Makes a task call a function of any accepted kind, by its entry if it has one, with the next batch. */
export function startCall(
	task: KernelTask,
	fn: (...args: never[]) => unknown,
	entry: Entry | null,
	args: readonly unknown[],
): void {
	task.outcome = entry ?? fn;
	task.input = args;
	task.top = entry === null ? SPAWNED_CALL : SPAWNED_ENTRY;
	task.runner.ready(task);
}

/** A call of compiled code without `await`: the runner's hook decides what it becomes. */
export function bareCall(
	entry: Entry,
	code: Code,
	home: Owner | null,
	thisArgument: unknown,
	args: ArrayLike<unknown>,
	describe: DescribeCall,
): unknown {
	const caller = state.task;
	let owner: Owner;
	if (caller !== null) owner = caller.owner;
	else if (stepping.current !== null) return stepping.current.bareCall(entry, code, thisArgument, args, describe);
	else if (home !== null && isOpen(home)) owner = home;
	else {
		// Called by a native function of a run: that awaits a promise, whatever the run's own functions get.
		const native = currentNativeTask();
		const around = native !== null && isOpen(native.owner) ? native.owner : null;
		return bareTask(entry, code, around, native?.context ?? null, thisArgument, args);
	}
	const scope = isFrame(owner) && caller === null ? scopeOf(owner) : null;
	const runner = (caller?.runner ?? (scope ?? (owner as Scope)).runner) as Runner;
	const policy = runner.bareCalls;
	if (policy === "forbid") {
		const error = new BareCallError(
			`${code.name || "An async function"}() was called without await in a run that forbids it (bareCalls: "forbid"): write await ${code.name || "f"}(…), or group.spawn(${code.name || "f"}, …).`,
		);
		const { current } = standing;
		if (current === null || current.task !== caller) throw error;
		const call = describe(entry as never, thisArgument, args);
		current.calls.push([call, error]);
		return call;
	}
	const context = caller === null ? null : caller.context;
	if (policy !== "task") {
		const name = isFrame(owner) ? (owner.code?.name ?? "") : owner.name;
		return policy(describedCall(entry, code, owner, name, context, thisArgument, args, describe));
	}
	return bareTask(entry, code, owner, context, thisArgument, args);
}

/** What a hook is told. The owner is where the promises of what it describes belong, whenever they are asked for. */
export function describedCall(
	entry: Entry,
	{ name }: Code,
	owner: Owner | null,
	ownerName: string,
	context: Context | null,
	thisArgument: unknown,
	args: ArrayLike<unknown>,
	describe: DescribeCall,
): BareCall {
	const again = (): PromiseLike<unknown> => {
		const call = describe(entry as never, thisArgument, args) as { owner?: Owner | null; context?: Context | null };
		call.owner ??= owner;
		call.context ??= context;
		return call as PromiseLike<unknown>;
	};
	let coroutine: PromiseLike<unknown> | undefined;
	return {
		name,
		owner: ownerName,
		again,
		// Not before somebody wants it: one that nobody awaits would be reported.
		get coroutine() {
			coroutine ??= again();
			return coroutine;
		},
	};
}

/** The task of a call without `await`, under its owner, or without any under a root of its own; gives its promise. */
export function bareTask(
	entry: Entry,
	{ name }: Code,
	owner: Owner | null,
	context: Context | null,
	thisArgument: unknown,
	args: ArrayLike<unknown>,
): Promise<unknown> {
	const frame = new Frame(beginBare, null, entry, args, thisArgument);
	if (owner === null) return startOutside(name, frame).promise;
	const task = startBare(owner, context, name, frame);
	task.isCall = true;
	return task.promise;
}

/** Makes a call on the stack of a caller who goes on at its first await; see `compiled/first-await.ts`. */
export function eagerly(call: () => unknown): unknown {
	const { limit } = state;
	state.limit = 0;
	try {
		return call();
	} finally {
		state.limit = limit;
	}
}

/** The first frame of a bare call. Once the call is made there is nothing left to do here. */
const beginBare: Run = ({ a0: entry, a1: args, a2: receiver }) => {
	const { limit } = state;
	state.limit = 0;
	try {
		return enter(entry as Entry, receiver, args as ArrayLike<unknown>);
	} finally {
		state.limit = limit;
	}
};

function firstFrame(begin: Frame | ((frame: Frame) => unknown)): Frame {
	return typeof begin === "function" ? new Frame(beginCall, null, begin) : begin;
}

/** Starts a child task of `owner`, up to its first suspension, with a copy of a context. */
export function startBare(
	owner: Owner,
	given: Context | null,
	name: string,
	begin: Frame | ((frame: Frame) => unknown),
	observed = false,
): LiveTask {
	const scope = scopeOf(owner);
	const runner = scope.runner as Runner;
	const task = new LiveTask(runner, scope, given ?? scope.host?.context ?? EMPTY_CONTEXT, BARE, name || undefined);
	if (observed) task.observed = true;
	// What is started inside a cleanup region is part of the cleanup.
	const caller = state.task;
	if (caller !== null && caller.cleanup > 0 && (caller.scope === scope || caller.scope === caller.own)) task.protect();
	const first = firstFrame(begin);
	if (state.depth < DEPTH_LIMIT) runner.startNow(task, first);
	else {
		// Too deep on the native stack: it starts with the next batch.
		task.top = first;
		runner.ready(task);
	}
	return task;
}

/** `return f(x)` inside a `try`: started as by a bare call, and awaited when all `finally` blocks have run. */
export function runTail(entry: Entry, thisArgument: unknown, args: ArrayLike<unknown>): PromiseLike<unknown> {
	const caller = state.task as KernelTask;
	const { code } = entry as Entry & { code: Code };
	// It may fail at once, and is observed already then.
	return startBare(
		caller.owner,
		caller.context,
		code.name,
		new Frame(beginBare, null, entry, args, thisArgument),
		true,
	);
}

/** What the language does with a call outside of every run: it runs under a root of its own. */
export function startOutside(
	name: string,
	begin: Frame | ((frame: Frame) => unknown),
	context: Context = EMPTY_CONTEXT,
): LiveTask {
	beginContexts();
	const runner = new Runner(hostLoop(), { name: name || "outside", implicit: true });
	const task = new LiveTask(runner, runner.base, context, BARE, name || undefined);
	runner.startNow(task, firstFrame(begin));
	return task;
}
