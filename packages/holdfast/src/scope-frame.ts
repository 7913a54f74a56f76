import { ScopeMisuseError } from "./errors.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { type Frame, isFrame, link, type Run, suspended } from "./kernel/frame.ts";
import { Scope } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import { keep } from "./kernel/suppressed.ts";
import type { KernelTask, Operation } from "./kernel/task.ts";
import { pass } from "./waiting-list.ts";

/** At the end of a scope: the tasks inside are cancelled through the tree, the wait itself goes on. */
const CLOSING: Operation = { abort: () => false, label: "the end of its tasks" };

/** Enters a scope on behalf of the frame that will leave it. */
export function openScope(frame: Frame, scope: Scope, task: KernelTask): void {
	frame.scope = scope;
	frame.owner = task.owner;
	frame.deliveries = task.deliveries;
	scope.insideCleanup = task.cleanup > 0;
	scope.cleanupOutside = task.cleanup;
	scope.ownerOutside = task.owner;
	scope.attach(task.scope, task);
	task.scope = scope;
	task.cleanup = 0;
	task.owner = scope;
}

export const leaveWhenEnded: Run = (frame, input, thrown) => closeScope(frame, state.task as KernelTask, input, thrown);

/**
 * The end of an owner: an abrupt one cancels its tasks, a normal one only those that lost a race, and both wait for
 * all of them. Then the scope is left, and what it ends with is given or thrown.
 */
export function closeScope(frame: Frame, task: KernelTask, outcome: unknown, thrown: boolean): unknown {
	const scope = frame.scope as Scope;
	if (task.scope !== scope) {
		const error = leftOpen(task.scope);
		const failed = thrown && !(outcome instanceof Cancelled);
		if (failed) keep(outcome, error, task);
		return closeOpener(frame, task, error, () => closeScope(frame, task, failed ? outcome : error, true));
	}
	const waits = scope.ownedCount > 0 || scope.undecided > 0;
	if (thrown) {
		if (outcome instanceof Cancelled) {
			if (waits && scope.soft === null) scope.cancelFor({ kind: "shutdown", scope });
		} else if (waits || scope.exits !== null || scope.failure !== null || scope.collects) failOnce(frame, outcome);
	}
	if (waits) scope.cancelLosers();
	if (scope.undecided > 0) scope.runner?.blocking?.decide(scope);
	if (scope.ownedCount > 0 || scope.undecided > 0) {
		frame.run = leaveWhenEmpty;
		frame.a1 = outcome;
		frame.a2 = thrown;
		scope.closing = true;
		task.park(CLOSING);
		return link(frame);
	}
	return scope.exits === null
		? leaveScope(frame, scope, task, outcome, thrown)
		: runExits(frame, scope, task, outcome, thrown);
}

/** The body's error cancels its scope: tasks, and what is left to `onExit`, know that they end abruptly. */
function failOnce(frame: Frame, error: unknown): void {
	// What `onExit` has left to do comes back to the end of the scope.
	if (frame.a2 !== true || frame.a1 !== error) (frame.scope as Scope).fail(error);
	frame.a1 = error;
	frame.a2 = true;
}

const leaveWhenEmpty: Run = (frame) => {
	const scope = frame.scope as Scope;
	return (scope.exits === null ? leaveScope : runExits)(
		frame,
		scope,
		state.task as KernelTask,
		frame.a1,
		frame.a2 as boolean,
	);
};

/** What was left to `onExit`, latest first, each in a cleanup region. Then the end begins anew: tasks may have been started. */
function runExits(frame: Frame, scope: Scope, task: KernelTask, outcome: unknown, thrown: boolean): unknown {
	const ended = (input: unknown, failed: boolean): void => {
		task.cleanup--;
		if (!failed) return;
		// An error of cleanup wins over a bare cancellation, and never hides another error.
		if (thrown && !(outcome instanceof Cancelled)) keep(outcome, input, task);
		else outcome = input;
		thrown = true;
		if (!(outcome instanceof Cancelled)) failOnce(frame, outcome);
	};
	frame.run = (_frame, input, failed) => {
		ended(input, failed);
		return runExits(frame, scope, task, outcome, thrown);
	};
	// A loop: there may be many, and most do not wait.
	for (let exit = scope.exits?.pop(); exit !== undefined; exit = scope.exits?.pop()) {
		task.cleanup++;
		let value: unknown;
		try {
			value = exit();
		} catch (error) {
			ended(error, true);
			continue;
		}
		if (value === suspended) return link(frame);
		ended(value, false);
	}
	scope.exits = null;
	return closeScope(frame, task, outcome, thrown);
}

function leaveScope(frame: Frame, scope: Scope, task: KernelTask, outcome: unknown, thrown: boolean): unknown {
	task.scope = scope.parent as Scope;
	task.cleanup = scope.cleanupOutside;
	task.owner = scope.ownerOutside ?? scope;
	scope.close(thrown ? outcome : scope.stopped ? task.interruption?.cancelled : undefined);
	frame.scope = frame.a1 = frame.a2 = null;
	const stopped = task.deliveries > frame.deliveries;
	const { failure } = scope;
	if (failure !== null || (thrown && !(outcome instanceof Cancelled))) {
		const error = failure === null ? outcome : scope.failureError(failure);
		if (stopped && scope.reason?.kind === "deadline") {
			const late = scope.deadlineError();
			if (late !== undefined) keep(error, late, task);
		}
		throw error;
	}
	if (thrown) {
		// Between nested cancelled scopes the outermost one catches.
		if (scope.soft !== scope) throw outcome;
		task.deliveries = frame.deliveries;
		scope.cancelledCaught = true;
		// Code whose waits are all cut at once would keep the host waiting.
		return pass(task, scope.caught());
	}
	if (scope.stopped) {
		const blame = task.interruption;
		if (blame !== null) {
			task.deliveries++;
			throw blame.cancelled;
		}
	}
	return outcome;
}

/**
 * Ends a scope that was opened without a body and not left: its tasks are cancelled and waited for; what fails meanwhile is
 * kept with `error`, which names the scope. Then `next` goes on.
 */
function closeOpener(frame: Frame, task: KernelTask, error: ScopeMisuseError, next: () => unknown): unknown {
	const inner = task.scope;
	const { opener } = inner;
	if (opener === null) {
		task.scope = inner.parent as Scope;
		inner.close();
		return next();
	}
	inner.cancelFor({ kind: "shutdown", scope: inner });
	frame.run = (_frame, input, thrown) => {
		if (thrown && !(input instanceof Cancelled)) keep(error, input, task);
		return next();
	};
	let value: unknown;
	try {
		value = closeScope(opener, task, inner.cancelled, true);
	} catch (failure) {
		return frame.run(frame, failure, true);
	}
	return value === suspended ? link(frame) : next();
}

function leftOpen(scope: Scope): ScopeMisuseError {
	return new ScopeMisuseError(
		`The scope ${scope.name === "" ? "opened last" : `"${scope.name}"`} was left open: dispose of it (await using), or join it, before its function ends.`,
	);
}

/** Whether the running code stands in a scope without a body that was opened since `outside` was current. */
export function isLeftOpen(task: KernelTask, outside: Scope): boolean {
	return task.scope !== outside && task.scope.opener !== null && !outside.closed;
}

/** A function has returned but left a scope open: it fails with an error that names the scope. */
export function failLeftOpen(frame: Frame, task: KernelTask, outside: Scope): unknown {
	const error = leftOpen(task.scope);
	const next = (): unknown => {
		if (isLeftOpen(task, outside)) return closeOpener(frame, task, error, next);
		throw error;
	};
	return closeOpener(frame, task, error, next);
}

/** Enters the call of a structured function: it owns the tasks that bare calls inside it start. */
export function openOwner(frame: Frame, task: KernelTask): void {
	frame.owner = task.owner;
	frame.deliveries = task.deliveries;
	frame.cleanup = task.cleanup;
	frame.a1 = task.scope;
	frame.a2 = task;
	task.owner = frame;
}

/** Ends the call of a structured function. */
export function closeOwner(frame: Frame, task: KernelTask, outcome: unknown, thrown: boolean): unknown {
	const outside = frame.a1 as Scope;
	frame.a1 = frame.a2 = null;
	if (frame.scope !== null) return closeScope(frame, task, outcome, thrown);
	task.owner = frame.owner as Scope;
	if (thrown) throw outcome;
	return isLeftOpen(task, outside) ? failLeftOpen(frame, task, outside) : outcome;
}

/** The same as the step of a frame, when the value that the function has returned was awaited. */
export const endOwner: Run = (frame, input, thrown) => closeOwner(frame, state.task as KernelTask, input, thrown);

/** Whether the call of a structured function still runs. */
export function isOpen(owner: Scope | Frame): boolean {
	const around = isFrame(owner) ? ((owner.a2 as KernelTask | null) ?? owner.scope) : owner.closed ? null : owner;
	return around !== null && around.runner?.closed === false;
}

/**
 * The scope of a structured function's call, made when its first task starts: it stands between the scope that was
 * current when the call began and what was entered since.
 */
export function scopeOf(owner: Scope | Frame): Scope {
	if (!isFrame(owner)) return owner;
	if (owner.scope !== null) return owner.scope;
	const task = owner.a2 as KernelTask;
	const outside = owner.a1 as Scope;
	const scope = new Scope(owner.code?.name);
	owner.scope = scope;
	scope.insideCleanup = owner.cleanup > 0;
	scope.cleanupOutside = owner.cleanup;
	scope.ownerOutside = owner.owner;
	scope.attach(outside, task);
	if (task.scope === outside) {
		task.scope = scope;
		task.cleanup -= owner.cleanup;
	} else {
		let entered = task.scope;
		while (entered.parent !== outside) entered = entered.parent as Scope;
		entered.cleanupOutside -= owner.cleanup;
		entered.insideCleanup = entered.cleanupOutside > 0;
		entered.reparent(scope);
	}
	// Calls of structured functions inside this one that began in the same scope now stand in the new one.
	for (let inner: Scope | Frame | null = task.owner; inner !== null && inner !== owner; ) {
		if (isFrame(inner)) {
			if (inner.a1 === outside && inner.scope === null) {
				inner.a1 = scope;
				inner.cleanup -= owner.cleanup;
			}
			inner = inner.owner;
		} else inner = inner.ownerOutside;
	}
	return scope;
}
