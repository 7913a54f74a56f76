import { Cancelled, makeCancelled } from "./cancelled.ts";
import type { Context } from "./context.ts";
import { development } from "./development.ts";
import { type Frame, isFrame, suspended } from "./frame.ts";
import type { HostContext } from "./host-context.ts";
import { printAs } from "./printed.ts";
import type { KernelRunner } from "./runner.ts";
import { Scope } from "./scope.ts";
import { state } from "./state.ts";

/** Who owns the tasks of bare calls: a scope, or the call of a structured function, whose scope is made when it is needed. */
export type Owner = Scope | Frame;

/**
 * What a task waits for. `abort` takes the task out of whatever holds it and tells whether that was possible;
 * after `false` the task stays until it is resumed. It is asked at most once per wait.
 */
export interface Operation {
	abort(task: KernelTask, cancelled: Cancelled): boolean;
	/** Shown by `dumpTasks()`. */
	readonly label?: string;
}

/** Waits that nothing can interrupt. */
export const UNINTERRUPTIBLE: Operation = { abort: () => false };

const ASKED = 1;
const LOSER = 2;
const OBSERVED = 4;
const CALL = 8;
const PROTECTED = 16;

export const PENDING = 0;
export const RUNNING = 1;
export const DONE = 2;
export const FAILED = 3;
export const CANCELLED = 4;

/**
 * A stack of frames that the kernel schedules on its own.
 *
 * ```
 *             first step            returns
 *   pending ────────────▶ running ──────────────▶ done
 *                          │   ╰──── throws ─────▶ failed
 *                   cancelled ("cancelling": the same, seen from outside)
 *                          ╰──── cleanup ends ───▶ cancelled
 * ```
 * While running it is in exactly one of three places: on the native stack (`state.task`), in the ready queue
 * (`operation` is `null`), or parked (`operation` is what it waits for).
 */
export class KernelTask {
	static {
		if (development) printAs(KernelTask, "Task");
	}

	readonly id: number;
	readonly runner: KernelRunner;
	/** A name, or what has one. */
	readonly namedAfter: string | { readonly name: string } | undefined;
	status: number = PENDING;
	/** The value or the error, once the task has ended. */
	outcome: unknown = undefined;

	/** Innermost suspended frame; `null` while the task is on the native stack and after its end. */
	top: Frame | null = null;
	/** What the task is parked on; `null` while it is ready, running or ended. */
	operation: Operation | null = null;
	/** Counts waits: a late wake-up of an earlier wait is told by its number. */
	wait = 0;
	/** What the next step delivers, and whether as an error. */
	input: unknown = undefined;
	thrown = false;

	/** The scope that owns this task, and in which it began. */
	home: Scope | null = null;
	previousOwned: KernelTask | null = null;
	nextOwned: KernelTask | null = null;
	/** The innermost scope around the running frame: `home`, or one that this task has opened and hosts. */
	scope: Scope;
	/** The scope made by `cancel()`: around everything of this task, inside `home`. */
	own: Scope | null = null;
	/** Cleanup regions around the running frame since `scope` was entered. */
	cleanup = 0;
	/** How often `Cancelled` was thrown into this task, less those that a scope has caught. A call during which it grew was stopped. */
	deliveries = 0;

	/** Whose tasks bare calls become. */
	owner: Owner;
	context: Context;
	/** The async context of the host in which it goes on; `null` while that is not known to matter. */
	hostContext: HostContext | null = null;
	/** What is true or not, in one number: a million tasks are a million times every word. */
	private marks = 0;
	/** The frame of whoever started this task, for paths. */
	readonly parent: KernelTask | null;
	/** Since when it waits, on the coarse clock of the runner. */
	since = 0;
	private watchers: ((task: KernelTask) => void)[] | null = null;

	constructor(runner: KernelRunner, home: Scope, context: Context, namedAfter?: string | { readonly name: string }) {
		this.id = ++state.lastTaskId;
		this.runner = runner;
		this.namedAfter = namedAfter;
		this.parent = state.task;
		this.context = context;
		this.scope = home;
		this.owner = home;
		home.own(this);
	}

	/** What a log or a debugger is to see of it: not the kernel. */
	toJSON(): object {
		const { id, name } = this;
		return { id, name };
	}

	get name(): string {
		const { namedAfter } = this;
		return (typeof namedAfter === "string" ? namedAfter : namedAfter?.name) || `task-${this.id}`;
	}

	/** The current wait was aborted or has refused to be. */
	get asked(): boolean {
		return (this.marks & ASKED) !== 0;
	}

	set asked(on: boolean) {
		this.marks = on ? this.marks | ASKED : this.marks & ~ASKED;
	}

	/** Given to a native race that has been decided, and still running. */
	get loser(): boolean {
		return (this.marks & LOSER) !== 0;
	}

	set loser(on: boolean) {
		this.marks = on ? this.marks | LOSER : this.marks & ~LOSER;
	}

	/** Somebody looks at the outcome. */
	get observed(): boolean {
		return (this.marks & OBSERVED) !== 0;
	}

	set observed(on: boolean) {
		this.marks = on ? this.marks | OBSERVED : this.marks & ~OBSERVED;
	}

	/** Started by a bare call of compiled code. */
	get isCall(): boolean {
		return (this.marks & CALL) !== 0;
	}

	set isCall(on: boolean) {
		this.marks = on ? this.marks | CALL : this.marks & ~CALL;
	}

	/** Makes it part of the cleanup region in which it is started: what is around that cannot stop it, its own `cancel()` can. */
	protect(): void {
		this.marks |= PROTECTED;
		this.cleanup = 1;
	}

	get ended(): boolean {
		return this.status >= DONE;
	}

	/** The cancelled scope that stops this task at its next suspension; `null` if it may go on. */
	get interruption(): Scope | null {
		return this.cleanup > 0 ? this.scope.hard : this.scope.soft;
	}

	/** Throws if the task may not go on. Every wait begins with this. */
	checkpoint(): void {
		const blame = this.interruption;
		if (blame !== null) {
			this.deliveries++;
			throw blame.cancelled;
		}
	}

	/** Parks the running task on an operation. The caller hands `suspended` on. */
	park(operation: Operation): typeof suspended {
		if (this.operation !== null) throw this.parkedTwice();
		this.operation = operation;
		this.asked = false;
		this.since = this.runner.clock;
		this.wait++;
		return suspended;
	}

	/** Puts the running task behind everything that is ready. The caller hands `suspended` on. */
	giveWay(): typeof suspended {
		if (this.operation !== null) throw this.parkedTwice();
		this.wait++;
		this.runner.ready(this);
		return suspended;
	}

	/** Wakes a parked task with a value; nothing happens if it is not parked. */
	resume(value: unknown, thrown = false): void {
		if (this.operation === null) return;
		this.operation = null;
		this.input = value;
		this.thrown = thrown;
		this.runner.ready(this);
	}

	resumeThrow(error: unknown): void {
		this.resume(error, true);
	}

	/** Asks what the task waits for to let go of it, if it has to stop and was not asked yet. */
	interrupt(): void {
		const { operation } = this;
		if (operation === null || this.asked) return;
		const blame = this.interruption;
		if (blame === null) return;
		this.asked = true;
		const { cancelled } = blame;
		if (operation.abort(this, cancelled) && this.operation === operation) this.resumeThrow(cancelled);
	}

	/** Stops this task alone. Its owner goes on; whoever waits for it is told. */
	cancel(text?: string): void {
		if (this.ended) return;
		if (this.own === null) {
			const own = new Scope(this.name);
			// The region in which it was started is around the new scope, not inside.
			const outside = (this.marks & PROTECTED) === 0 ? 0 : 1;
			own.insideCleanup = outside > 0;
			own.attach(this.home, this);
			if (this.scope === this.home) {
				this.scope = own;
				this.cleanup -= outside;
			} else {
				let outermost = this.scope;
				while (outermost.parent !== this.home) outermost = outermost.parent as Scope;
				outermost.cleanupOutside -= outside;
				outermost.insideCleanup = outermost.cleanupOutside > 0;
				outermost.reparent(own);
			}
			this.own = own;
			// Calls of structured functions that began directly in `home` now stand inside.
			for (let owner: Owner | null = this.owner; owner !== null && owner !== this.home; )
				if (!isFrame(owner)) owner = owner.ownerOutside;
				else {
					if (owner.a1 === this.home) {
						owner.a1 = own;
						owner.cleanup -= outside;
					}
					owner = owner.owner;
				}
		}
		this.own.cancel(text);
	}

	/** Calls back once the task has ended, at once if it has. */
	onEnd(watcher: (task: KernelTask) => void): void {
		if (this.ended) watcher(this);
		else if (this.watchers === null) this.watchers = [watcher];
		else this.watchers.push(watcher);
	}

	/** Forgets a callback that was given to `onEnd`. */
	offEnd(watcher: (task: KernelTask) => void): void {
		const index = this.watchers?.indexOf(watcher) ?? -1;
		if (index >= 0) this.watchers?.splice(index, 1);
	}

	/** Ends the task. Only the kernel's step calls this. */
	finish(outcome: unknown, thrown: boolean): void {
		this.outcome = outcome;
		this.status = thrown ? (outcome instanceof Cancelled ? CANCELLED : FAILED) : DONE;
		this.own?.close();
		this.runner.instrument?.taskEnded(this);
		const watchers = this.watchers;
		this.watchers = null;
		const home = this.home as Scope;
		home.disown(this);
		if (this.status === CANCELLED && home.soft !== null) home.stopped = true;
		this.ending(home);
		if (watchers !== null) for (const watcher of watchers) watcher(this);
		home.settle();
	}

	/** Waits for this task on the running one: gives its value, or `suspended`. */
	awaited(): unknown {
		return this.outcome;
	}

	/** The same for a task that was started on behalf of a call: it shares the caller's context and is cancelled with it. */
	awaitedAsCall(): unknown {
		return this.awaited();
	}

	/** Code that has parked the task and did not suspend waits a second time. */
	parkedTwice(): Error {
		const { operation } = this;
		this.operation = null;
		operation?.abort(this, makeCancelled({ kind: "explicit", scope: this.scope }));
		return this.misuse(null);
	}

	/** The error of a call that iterated a coroutine by anything but `yield*`. */
	misuse(_frame: Frame | null): Error {
		return new Error(this.name);
	}

	/** What the end of a task of this kind means to its owner. */
	ending(_home: Scope): void {}
}
