import { type Cancelled, type CancelReason, makeCancelled } from "./cancelled.ts";
import { development } from "./development.ts";
import type { Code, Frame } from "./frame.ts";
import { printAs } from "./printed.ts";
import type { KernelRunner } from "./runner.ts";
import { keep } from "./suppressed.ts";
import type { KernelTask, Owner } from "./task.ts";
import { Timer } from "./timers.ts";

/**
 * A region of code that can be cancelled, and the owner of tasks that do not outlive it.
 *
 * ```
 *            enter                cancel, deadline, failure           grace has run out
 *   created ───────▶ open ──────────────────────────▶ cancelled ──────────────────────▶ cut
 *                     │                                   │                              │
 *                     ╰───────────── body ends ───────────┴──────────────────────────────╯
 *                                        ▼
 *                              closing: waits for its tasks ──▶ closed
 * ```
 * Scopes form a tree. What a suspension has to know is kept in two pointers of each scope, recalculated top down when
 * something changes: `soft` (a scope around this one is cancelled) and `hard` (and its grace has run out).
 * The tree is walked by its links, never by recursion: 5,000 nested scopes are fine.
 */
export class Scope {
	static {
		if (development) printAs(Scope, "Scope");
	}

	/** What it was called; see `name`. */
	protected given: string;
	runner: KernelRunner | null = null;
	/** The native depth at which the host calls the body of this scope: a value returned there leaves it. */
	bodyDepth = -1;
	/** The task whose code opened this scope; `null` before it is entered. */
	host: KernelTask | null = null;
	parent: Scope | null = null;
	/** Opened inside a cleanup region: of what is around it only an expired grace gets through. */
	insideCleanup = false;
	/** The outermost cancelled scope that can be seen from here; its `Cancelled` is what suspensions throw. */
	soft: Scope | null = null;
	/** The same for scopes whose grace has run out; inside cleanup regions only this one counts. */
	hard: Scope | null = null;
	reason: CancelReason | null = null;
	closed = false;
	cancelledCaught = false;

	/** Of the host, as they were outside this scope; put back when the scope is left. */
	cleanupOutside = 0;
	ownerOutside: Owner | null = null;
	/** For a scope that was opened without a body: the frame that stands for it. */
	opener: Frame | null = null;

	/** The tasks that this scope owns, in order of their start. */
	firstOwned: KernelTask | null = null;
	lastOwned: KernelTask | null = null;
	ownedCount = 0;
	/** Failed tasks of which it is not yet known whether anybody observes them. */
	undecided = 0;
	/** The host stands at the end and waits for the tasks. */
	closing = false;
	/** An owned task has ended because it was cancelled from outside this scope. */
	stopped = false;
	/** What is left to do, in reverse order, when the tasks have ended: each call gives a value, or `suspended`. */
	exits: (() => unknown)[] | null = null;
	/** Calls that were described inside and have not been started; kept for the report, except in production. */
	unstarted: Set<{ readonly code: Code }> | null = null;
	/** The first failure, if there is one. */
	failure: Failure | null = null;

	firstChild: Scope | null = null;
	private previousSibling: Scope | null = null;
	nextSibling: Scope | null = null;

	/** Milliseconds from the entry on; the deadline, if that is earlier, holds as well. */
	timeout: number | undefined;
	private shielded = false;
	private ownDeadline = Number.POSITIVE_INFINITY;
	private ownGrace: number | undefined;
	private cut = false;
	private cancelledAt = 0;
	private cancelledError: Cancelled | null = null;
	private deadlineTimer: Timer | null = null;
	private graceTimer: Timer | null = null;
	/** Made when somebody asks for a signal: aborted with `soft`, and with `hard`. */
	private softController: AbortController | null = null;
	private hardController: AbortController | null = null;

	constructor(name = "") {
		this.given = name;
	}

	get name(): string {
		return this.given;
	}

	set name(name: string) {
		this.given = name;
	}

	/**
	 * Cancels everything inside. Idempotent: the first reason is kept, and a second call can only shorten the grace.
	 */
	cancel(text?: string, options?: { grace?: number }): void {
		if (text !== undefined && typeof text !== "string")
			throw new TypeError(
				"cancel(reason): the reason is a text that says why; an error is thrown, not given as a reason.",
			);
		this.cancelFor(
			text === undefined ? { kind: "explicit", scope: this } : { kind: "explicit", text, scope: this },
			options?.grace,
		);
	}

	cancelFor(reason: CancelReason, grace?: number): void {
		if (grace !== undefined) this.setGrace(grace);
		if (this.reason !== null || this.closed) return;
		this.reason = reason;
		if (this.runner === null) return;
		this.cancelledAt = this.runner.now();
		this.disarmDeadline();
		this.armGrace();
		this.recalculate();
	}

	/** For foreign APIs: aborted when something inside would be cancelled. */
	get signal(): AbortSignal {
		this.softController ??= makeController();
		if (this.soft !== null) abort(this.softController);
		return this.softController.signal;
	}

	/** The same for cleanup: aborted when the grace has run out. */
	get cleanupSignal(): AbortSignal {
		this.hardController ??= makeController();
		if (this.hard !== null) abort(this.hardController);
		return this.hardController.signal;
	}

	/** An owned task has failed: the first failure cancels the scope, later ones are kept with it. */
	fail(error: unknown, task?: KernelTask): void {
		if (this.failure === null) {
			this.failure = { error };
			this.cancelFor(
				task === undefined ? { kind: "sibling", error, scope: this } : { kind: "sibling", task, error, scope: this },
			);
		} else keep(this.failure.error, error, task ?? this.host);
	}

	get cancelCalled(): boolean {
		if (
			this.reason === null &&
			!this.closed &&
			this.ownDeadline !== Number.POSITIVE_INFINITY &&
			this.runner !== null &&
			this.ownDeadline <= this.runner.now()
		)
			this.cancelFor({ kind: "deadline", scope: this });
		return this.reason !== null;
	}

	get deadline(): number {
		return this.ownDeadline;
	}

	/** @throws RangeError for NaN */
	set deadline(at: number) {
		if (typeof at !== "number" || Number.isNaN(at))
			throw new RangeError("deadline must be a time on the run's clock or Infinity, not NaN.");
		this.ownDeadline = at;
		if (this.runner !== null && this.reason === null && !this.closed) this.armDeadline();
	}

	/** How long cleanup may go on after a cancellation, in milliseconds: its own, else that of the scope around it. */
	get grace(): number {
		for (let scope: Scope | null = this; scope !== null; scope = scope.parent)
			if (scope.ownGrace !== undefined) return scope.ownGrace;
		return DEFAULT_GRACE;
	}

	/** @throws RangeError for NaN and negative values */
	set grace(milliseconds: number) {
		this.setGrace(milliseconds);
	}

	get shield(): boolean {
		return this.shielded;
	}

	set shield(on: boolean) {
		if (this.shielded === on) return;
		this.shielded = on;
		if (this.runner !== null && !this.closed) this.recalculate();
	}

	/** Becomes a child of `parent`. Everything detached is attached before anything is aborted. */
	attach(parent: Scope | null, host: KernelTask): void {
		this.host = host;
		this.runner = host.runner;
		this.linkTo(parent);
		const { reason } = this;
		if (reason !== null) {
			this.cancelledAt = this.runner.now();
			this.armGrace();
		} else if (this.timeout !== undefined) this.armTimeout(this.timeout);
		else if (this.ownDeadline !== Number.POSITIVE_INFINITY) this.armDeadline();
		this.look();
		this.runner.instrument?.scopeEntered(this);
	}

	/** The tasks whose innermost scope is this one: its host, unless that stands further in, and those who began here. */
	*tasksHere(): Generator<KernelTask, void, undefined> {
		const { host } = this;
		if (host?.scope === this) yield host;
		for (let task = this.firstOwned; task !== null; task = task.nextOwned) if (task.scope === this) yield task;
	}

	/** What a log or a debugger is to see of it: not the kernel. */
	toJSON(): object {
		const { name, reason, closed } = this;
		return { name, cancelled: reason !== null, closed };
	}

	/** Moves to another parent, with everything inside. */
	reparent(parent: Scope): void {
		this.unlink();
		this.linkTo(parent);
		this.recalculate();
	}

	/** Leaves the tree for good. Nothing may be inside any more. `error` is what its body has ended with, for instruments. */
	close(error?: unknown): void {
		if (development && this.runner?.described) this.runner.describe(null, this);
		this.closed = true;
		if (development && this.unstarted !== null)
			for (const call of this.unstarted) this.runner?.neverAwaited(call, this.host);
		this.closing = false;
		this.disarmDeadline();
		if (this.graceTimer !== null) this.runner?.disarm(this.graceTimer);
		this.unlink();
		this.runner?.instrument?.scopeLeft(this, this.failure === null ? error : this.failure.error);
	}

	/** Whether a cancellation from outside this scope can be seen by the code around it. */
	get interruptedOutside(): boolean {
		const { parent } = this;
		return parent !== null && (this.cleanupOutside > 0 ? parent.hard : parent.soft) !== null;
	}

	/** The one `Cancelled` of this cancelled scope. */
	get cancelled(): Cancelled {
		return (this.cancelledError ??= makeCancelled(this.reason as CancelReason));
	}

	/** What a cancellation of this scope becomes for the code around it: a value, or an error that is thrown. */
	caught(): unknown {
		return undefined;
	}

	/** The scope ends with an error in any case of failure of its own making: the body's error is one of them. */
	get collects(): boolean {
		return false;
	}

	/** What is thrown when an owned task, or a body with tasks, has failed. */
	failureError(failure: Failure): unknown {
		return failure.error;
	}

	/** The error of this scope's own deadline, for scopes that have one. */
	deadlineError(): Error | undefined {
		return undefined;
	}

	own(task: KernelTask): void {
		task.home = this;
		task.previousOwned = this.lastOwned;
		if (this.lastOwned === null) this.firstOwned = task;
		else this.lastOwned.nextOwned = task;
		this.lastOwned = task;
		this.ownedCount++;
	}

	disown(task: KernelTask): void {
		if (task.previousOwned === null) this.firstOwned = task.nextOwned;
		else task.previousOwned.nextOwned = task.nextOwned;
		if (task.nextOwned === null) this.lastOwned = task.previousOwned;
		else task.nextOwned.previousOwned = task.previousOwned;
		task.previousOwned = task.nextOwned = null;
		this.ownedCount--;
	}

	/** Wakes the host if it waits at the end and there is nothing left to wait for. */
	settle(): void {
		if (this.closing && this.ownedCount === 0 && this.undecided === 0) (this.host as KernelTask).resume(undefined);
	}

	/** Cancels the tasks that lost a race, now that nobody will ask for them; in a cancelled scope those that are part of a cleanup. */
	cancelLosers(): void {
		for (let task = this.firstOwned; task !== null; ) {
			const next: KernelTask | null = task.nextOwned;
			if (task.loser && task.interruption === null) task.cancel("it lost a race");
			task = next;
		}
	}

	private setGrace(milliseconds: number): void {
		if (typeof milliseconds !== "number" || !(milliseconds >= 0))
			throw new RangeError(`grace must be a number of milliseconds, zero or more, not ${milliseconds}.`);
		if (this.reason !== null && milliseconds >= this.grace) return;
		this.ownGrace = milliseconds;
		if (this.reason !== null && this.runner !== null && !this.closed) {
			this.armGrace();
			this.recalculate();
		}
	}

	/** Counts from now. One look at the clock for a scope that is entered often and seldom ends by its deadline. */
	private armTimeout(timeout: number): void {
		const runner = this.runner as KernelRunner;
		const now = runner.now();
		if (now + timeout < this.ownDeadline) this.ownDeadline = now + timeout;
		if (this.ownDeadline === Number.POSITIVE_INFINITY) return;
		if (this.ownDeadline <= now) this.cancelFor({ kind: "deadline", scope: this });
		else runner.arm((this.deadlineTimer = new Deadline(this)), this.ownDeadline);
	}

	private armDeadline(): void {
		const runner = this.runner as KernelRunner;
		if (this.deadlineTimer !== null) runner.disarm(this.deadlineTimer);
		if (this.ownDeadline === Number.POSITIVE_INFINITY) return;
		this.deadlineTimer ??= new Deadline(this);
		if (this.ownDeadline <= runner.now()) this.cancelFor({ kind: "deadline", scope: this });
		else runner.arm(this.deadlineTimer, this.ownDeadline);
	}

	private armGrace(): void {
		const runner = this.runner as KernelRunner;
		if (this.graceTimer !== null) runner.disarm(this.graceTimer);
		const { grace } = this;
		if (grace === Number.POSITIVE_INFINITY) return;
		const end = this.cancelledAt + grace;
		if (end <= runner.now()) this.cut = true;
		else runner.arm((this.graceTimer ??= new GraceEnd(this)), end);
	}

	/** Called by the timer: what still cleans up is interrupted too. */
	cutGrace(): void {
		this.cut = true;
		this.recalculate();
	}

	private disarmDeadline(): void {
		if (this.deadlineTimer !== null) this.runner?.disarm(this.deadlineTimer);
	}

	private linkTo(parent: Scope | null): void {
		this.parent = parent;
		if (parent === null) return;
		this.nextSibling = parent.firstChild;
		if (parent.firstChild !== null) parent.firstChild.previousSibling = this;
		parent.firstChild = this;
	}

	private unlink(): void {
		const { parent } = this;
		if (parent !== null) {
			if (this.previousSibling === null) parent.firstChild = this.nextSibling;
			else this.previousSibling.nextSibling = this.nextSibling;
			if (this.nextSibling !== null) this.nextSibling.previousSibling = this.previousSibling;
		}
		this.previousSibling = this.nextSibling = null;
	}

	/** Sets `soft` and `hard` from the parent and from itself; tells whether they changed. */
	private look(): boolean {
		const { parent } = this;
		let soft: Scope | null = null;
		let hard: Scope | null = null;
		if (parent !== null && !this.shielded) {
			hard = parent.hard;
			soft = this.insideCleanup ? hard : parent.soft;
		}
		if (this.reason !== null) {
			soft ??= this;
			if (this.cut) hard ??= this;
		}
		const changed = soft !== this.soft || hard !== this.hard;
		this.soft = soft;
		this.hard = hard;
		return changed;
	}

	private recalculate(): void {
		const interrupted: KernelTask[] = [];
		const aborted: AbortController[] = [];
		let scope: Scope = this;
		for (;;) {
			let deeper: Scope | null = null;
			if (scope.look()) {
				if (scope.soft !== null)
					for (const task of scope.tasksHere()) if (task.interruption !== null) interrupted.push(task);
				if (scope.soft !== null && scope.softController !== null) aborted.push(scope.softController);
				if (scope.hard !== null && scope.hardController !== null) aborted.push(scope.hardController);
				deeper = scope.firstChild;
			}
			if (deeper === null) {
				while (scope !== this && scope.nextSibling === null) scope = scope.parent as Scope;
				if (scope === this) break;
				scope = scope.nextSibling as Scope;
			} else scope = deeper;
		}
		// Only now: what is aborted may run the user's code, which may change the tree.
		for (const controller of aborted) abort(controller);
		for (const task of interrupted) task.interrupt();
	}
}

/** The default of `grace`, in milliseconds. */
export const DEFAULT_GRACE = 5_000;

/** Boxed, because a task may fail with `undefined`. */
export interface Failure {
	readonly error: unknown;
}

/** All tasks of a scope may listen to its one signal: Node would warn of a leak at eleven. */
function makeController(): AbortController {
	const controller = new AbortController();
	const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
	const events = process?.getBuiltinModule?.("node:events") as
		| { setMaxListeners?: (count: number, target: object) => void }
		| undefined;
	events?.setMaxListeners?.(0, controller.signal);
	return controller;
}

const abortReasons: WeakSet<object> = /* @__PURE__ */ new WeakSet();

/** Whether a value is what the signal of a cancelled scope was aborted with. */
export function isAbortReason(value: unknown): boolean {
	return typeof value === "object" && value !== null && abortReasons.has(value);
}

/** A plain `AbortError`, never the `Cancelled` that compiled code cannot catch. */
function abort(controller: AbortController): void {
	if (controller.signal.aborted) return;
	const reason = new DOMException("The operation was cancelled.", "AbortError");
	abortReasons.add(reason);
	controller.abort(reason);
}

class Deadline extends Timer {
	readonly #scope: Scope;

	constructor(scope: Scope) {
		super();
		this.#scope = scope;
	}

	override fire(): void {
		this.#scope.cancelFor({ kind: "deadline", scope: this.#scope });
	}
}

class GraceEnd extends Timer {
	readonly #scope: Scope;

	constructor(scope: Scope) {
		super();
		this.#scope = scope;
	}

	override fire(): void {
		this.#scope.cutGrace();
	}
}

/** The scopes directly inside, latest first; apart, since only those who look on ask for them. */
export function scopesInside(scope: Scope): Scope[] {
	const found: Scope[] = [];
	for (let child = scope.firstChild; child !== null; child = child.nextSibling) found.push(child);
	return found;
}

/** The earliest deadline that holds in a scope. */
export function effectiveDeadline(inner: Scope): number {
	let earliest = Number.POSITIVE_INFINITY;
	for (let scope: Scope | null = inner; scope !== null; scope = scope.parent) {
		if (scope.reason !== null) return Number.NEGATIVE_INFINITY;
		if (scope.deadline < earliest) earliest = scope.deadline;
		if (scope.shield) break;
		if (scope.insideCleanup) return scope.parent?.hard ? Number.NEGATIVE_INFINITY : earliest;
	}
	return earliest;
}
