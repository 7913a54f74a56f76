import { describe } from "./invoke.ts";
import type { KernelInstrument, KernelRunner } from "./kernel/runner.ts";
import type { Scope } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import { DONE, type KernelTask } from "./kernel/task.ts";
import type { CancelScope } from "./scopes.ts";
import type { LiveTask, Task } from "./task.ts";

/** What an instrument is told about the run. */
export interface InstrumentedRun {
	readonly name: string;
	/** The time on the run's clock, in milliseconds. */
	now(): number;
}

/**
 * Watches a run from inside: for tracing, profiling, debuggers, test tools. Every method is optional and synchronous. An
 * instrument changes nothing: it runs outside of every task. One that throws is taken out, and its error goes to `onReport`.
 * Without instruments they cost nothing that could be measured. (Trio's `Instrument`.)
 *
 * @example
 * const steps = new Map<string, number>();
 * await run(main, { instruments: [{ beforeStep: (task) => steps.set(task.name, (steps.get(task.name) ?? 0) + 1) }] });
 */
export interface Instrument {
	/** Before anything runs. */
	runStarted?(run: InstrumentedRun): void;
	/** When everything has ended; the last call. */
	runEnded?(run: InstrumentedRun): void;
	/** A task was made; `parent` is the task whose code made it. Called in the host's async context of that code. */
	taskStarted?(task: Task, parent: Task | undefined): void;
	/** A task will be stepped with one of the next batches. */
	taskReady?(task: Task): void;
	/** A task goes on. Steps nest: a bare call starts its task at once. Called in the host's async context of the task. */
	beforeStep?(task: Task): void;
	/** It has suspended, or ended. */
	afterStep?(task: Task): void;
	/** Done, failed or cancelled: `task.state` tells. `error` is what it has failed with, or the `Cancelled` that stopped it. */
	taskEnded?(task: Task, error: unknown): void;
	/** `task` has entered a scope: a cancel scope, a timeout, a group (which has `spawn`), the call of a structured function. */
	scopeEntered?(scope: CancelScope, task: Task): void;
	/** The scope has ended, and everything inside. `error` is its first failure, or the `Cancelled` that stopped its body. */
	scopeLeft?(scope: CancelScope, task: Task, error: unknown): void;
}

const METHODS: readonly (keyof Instrument)[] = [
	"runStarted",
	"runEnded",
	"taskStarted",
	"taskReady",
	"beforeStep",
	"afterStep",
	"taskEnded",
	"scopeEntered",
	"scopeLeft",
];

/** The instruments of one run, as the kernel calls them. */
export class Instruments implements KernelInstrument {
	readonly #runner: KernelRunner & InstrumentedRun;
	#instruments: readonly Instrument[];

	constructor(runner: KernelRunner & InstrumentedRun, instruments: readonly Instrument[]) {
		this.#runner = runner;
		this.#instruments = [...instruments];
	}

	runStarted(): void {
		this.#tell(null, (instrument) => instrument.runStarted?.(this.#runner));
	}

	runEnded(): void {
		this.#tell(null, (instrument) => instrument.runEnded?.(this.#runner));
	}

	taskStarted(task: KernelTask): void {
		const parent = (task.parent ?? undefined) as LiveTask | undefined;
		this.#tell(task, (instrument, subject) => instrument.taskStarted?.(subject, parent));
	}

	taskReady(task: KernelTask): void {
		this.#tell(task, (instrument, subject) => instrument.taskReady?.(subject));
	}

	beforeStep(task: KernelTask): void {
		this.#tell(task, (instrument, subject) => instrument.beforeStep?.(subject));
	}

	afterStep(task: KernelTask): void {
		this.#tell(task, (instrument, subject) => instrument.afterStep?.(subject));
	}

	taskEnded(task: KernelTask): void {
		const error = task.status === DONE ? undefined : task.outcome;
		this.#tell(task, (instrument, subject) => instrument.taskEnded?.(subject, error));
	}

	scopeEntered(scope: Scope): void {
		this.#tell(scope.host, (instrument, subject) => instrument.scopeEntered?.(scope, subject));
	}

	scopeLeft(scope: Scope, error: unknown): void {
		this.#tell(scope.host, (instrument, subject) => instrument.scopeLeft?.(scope, subject, error));
	}

	/** Outside of every task, so that a call of coroutine code in an instrument is no part of what it watches. */
	#tell(task: KernelTask | null, tell: (instrument: Instrument, subject: LiveTask) => void): void {
		const running = state.task;
		state.task = null;
		for (const instrument of this.#instruments)
			try {
				// Every task above the kernel is a `LiveTask`.
				tell(instrument, task as LiveTask);
			} catch (error) {
				this.#instruments = this.#instruments.filter((other) => other !== instrument);
				this.#runner.report(error, "instrument", task);
			}
		state.task = running;
	}
}

/**
 * Calls `fn` on behalf of a task, for instruments, which run outside of every task: the context variables that it reads and sets
 * are that task's. `fn` is synchronous, and must neither start a call nor wait. Gives what `fn` gives, and throws what it throws.
 *
 * @throws TypeError for what is no task
 * @example
 * const watch: Instrument = { taskStarted: (task) => console.log(task.name, withContextOf(task, () => requestId.get())) };
 */
export function withContextOf<T>(task: Task, fn: () => T): T {
	// That of another copy of the library in the process is one too.
	if (typeof (task as Partial<KernelTask> | null | undefined)?.runner !== "object")
		throw new TypeError(`withContextOf: ${describe(task)} is no task; pass the one that the instrument was given.`);
	const running = state.task;
	state.task = task as LiveTask;
	try {
		return fn();
	} finally {
		state.task = running;
	}
}

/** @throws TypeError that names what is no instrument */
export function checkInstruments(instruments: unknown): void {
	if (!Array.isArray(instruments))
		throw new TypeError(`run: instruments is ${describe(instruments)}; pass an array of objects.`);
	for (const instrument of instruments) {
		if (typeof instrument !== "object" || instrument === null)
			throw new TypeError(
				`run: an instrument is ${describe(instrument)}; pass an object with some of ${METHODS.join(", ")}.`,
			);
		if (!METHODS.some((name) => (instrument as Instrument)[name] !== undefined))
			throw new TypeError(`run: an instrument has none of the methods ${METHODS.join(", ")}.`);
	}
}
