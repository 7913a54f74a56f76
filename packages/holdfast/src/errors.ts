import { type ErrorClass, tester } from "./error-kind.ts";
import { addSuppressed, suppressedErrors } from "./kernel/suppressed.ts";

/**
 * Every error of Holdfast: a stable `name` and `code`, and a message that names the culprit and the mend.
 */
export abstract class HoldfastError extends Error {
	abstract readonly code: string;
}

/** A coroutine function was called without `await` in a run that forbids it (`bareCalls: "forbid"`). */
export class BareCallError extends HoldfastError {
	override readonly name: string = "BareCallError";
	readonly code: string = "HOLDFAST_BARE_CALL";
}

/** The other side is gone, or has left behind something unusable: not your fault. */
export class BrokenResourceError extends HoldfastError {
	override readonly name: string = "BrokenResourceError";
	readonly code: string = "HOLDFAST_BROKEN_RESOURCE";
}

/** Two tasks did at once what only one may do at a time. */
export class BusyResourceError extends HoldfastError {
	override readonly name: string = "BusyResourceError";
	readonly code: string = "HOLDFAST_BUSY_RESOURCE";
}

/** A synchronous run met an await that has no synchronous form. */
export class CannotBlockError extends HoldfastError {
	override readonly name: string = "CannotBlockError";
	readonly code: string = "HOLDFAST_CANNOT_BLOCK";
}

/** Your own side was closed before or during the call. */
export class ClosedResourceError extends HoldfastError {
	override readonly name: string = "ClosedResourceError";
	readonly code: string = "HOLDFAST_CLOSED_RESOURCE";
}

/** A context variable without a value, or a token used in the wrong place or twice. */
export class ContextVarError extends HoldfastError {
	override readonly name: string = "ContextVarError";
	readonly code: string = "HOLDFAST_CONTEXT_VAR";
}

/** A coroutine, which is one call, was used for a second one. */
export class CoroutineReusedError extends HoldfastError {
	override readonly name: string = "CoroutineReusedError";
	readonly code: string = "HOLDFAST_COROUTINE_REUSED";
}

/** No failure: a function was called in a way that will go away; reported once per call site. See `migrating`. */
export class DeprecationWarning extends HoldfastError {
	override readonly name: string = "DeprecationWarning";
	readonly code: string = "HOLDFAST_DEPRECATED";
	/** The version since which this is deprecated. */
	readonly since: string;
	/** Where the call stands, in the words of the engine's stack, if it is known. */
	readonly place: string | undefined;

	constructor(message: string, since: string, place: string | undefined) {
		super(message);
		this.since = since;
		this.place = place;
	}
}

/** Nothing can ever wake the run again, and its main function has not ended. */
export class DeadlockError extends HoldfastError {
	override readonly name: string = "DeadlockError";
	readonly code: string = "HOLDFAST_DEADLOCK";
}

/** All senders are closed and everything was received: the normal end of a channel. */
export class EndOfChannelError extends HoldfastError {
	override readonly name: string = "EndOfChannelError";
	readonly code: string = "HOLDFAST_END_OF_CHANNEL";
}

/** A call has thrown `null`, `undefined` or the like, which a callback would take for success. */
export class FalsyRejectionError extends HoldfastError {
	override readonly name: string = "FalsyRejectionError";
	readonly code: string = "HOLDFAST_FALSY_REJECTION";
	/** What was thrown. */
	readonly reason: unknown;

	constructor(reason: unknown) {
		super(`The call has thrown ${String(reason)}, which a callback would take for success: throw an Error.`);
		this.reason = reason;
	}
}

/** Something of another runner was used that cannot be bridged. */
export class ForeignRunnerError extends HoldfastError {
	override readonly name: string = "ForeignRunnerError";
	readonly code: string = "HOLDFAST_FOREIGN_RUNNER";
}

/** A task was started in a group that has ended. */
export class GroupClosedError extends HoldfastError {
	override readonly name: string = "GroupClosedError";
	readonly code: string = "HOLDFAST_GROUP_CLOSED";
}

/** A signal of the operating system ended the run. */
export class InterruptedError extends HoldfastError {
	override readonly name: string = "InterruptedError";
	readonly code: string = "HOLDFAST_INTERRUPTED";
	/** `"SIGINT"` or `"SIGTERM"`. */
	readonly signal: string;

	constructor(signal: string) {
		super(`The run was interrupted by ${signal}.`);
		this.signal = signal;
	}
}

/** A subscriber was too slow for its broadcast, and asked to be told (`overflow: "error"`). */
export class LaggedError extends HoldfastError {
	override readonly name: string = "LaggedError";
	readonly code: string = "HOLDFAST_LAGGED";
}

/** Something was used against its rules, such as a lock that is released by a task that does not hold it. */
export class MisuseError extends HoldfastError {
	override readonly name: string = "MisuseError";
	readonly code: string = "HOLDFAST_MISUSE";
}

/** `task.start` and `started()` were used against their order: called twice, or never. */
export class StartedError extends HoldfastError {
	override readonly name: string = "StartedError";
	readonly code: string = "HOLDFAST_STARTED";
}

/** A coroutine was made and never awaited; reported when the scope around it ends, except in production. */
export class NeverAwaitedError extends HoldfastError {
	override readonly name: string = "NeverAwaitedError";
	readonly code: string = "HOLDFAST_NEVER_AWAITED";
}

/** A scope was cancelled by code outside of its body, and the body cannot say what it gives then. */
export class ScopeCancelledError extends HoldfastError {
	override readonly name: string = "ScopeCancelledError";
	readonly code: string = "HOLDFAST_SCOPE_CANCELLED";
}

/** A scope, or something that needs a running task, was used where it cannot work. */
export class ScopeMisuseError extends HoldfastError {
	override readonly name: string = "ScopeMisuseError";
	readonly code: string = "HOLDFAST_SCOPE_MISUSE";
}

/** What awaiting a cancelled task throws: an ordinary error, so that nobody is cancelled at a distance. */
export class TaskCancelledError extends HoldfastError {
	override readonly name: string = "TaskCancelledError";
	readonly code: string = "HOLDFAST_TASK_CANCELLED";
}

/** A deadline has passed: thrown by `withTimeout` and `withDeadline`, for their own deadline only. */
export class TimeoutError extends HoldfastError {
	override readonly name: string = "TimeoutError";
	readonly code: string = "HOLDFAST_TIMEOUT";
}

/**
 * All failures of a task group that was opened with `{ errors: "group" }`. Groups that stand in one another give a tree:
 * `errors` may hold further `TaskGroupError`s. (Python's `ExceptionGroup`, PEP 654.)
 */
export class TaskGroupError extends AggregateError {
	override readonly name: string = "TaskGroupError";
	readonly code: string = "HOLDFAST_TASK_GROUP";

	/** The errors of the tree that are no groups themselves, in order. */
	leaves(): unknown[] {
		return this.errors.flatMap((error) => (error instanceof TaskGroupError ? error.leaves() : [error]));
	}

	/**
	 * Splits the tree in two: the errors that match, and the rest; `undefined` for an empty half. Both keep the shape of the
	 * tree, the messages and the causes; a group that matches is taken whole, and one of which nothing was taken is the same
	 * object. `kind` is a class, several classes, or a function that is asked for each group and each error.
	 *
	 * @example
	 * const [timeouts, rest] = error.split(TimeoutError);
	 */
	split(
		kind: ErrorClass<unknown> | readonly ErrorClass<unknown>[] | ((error: unknown) => boolean),
	): [matching: TaskGroupError | undefined, rest: TaskGroupError | undefined] {
		return splitBy(this, tester("split", kind));
	}
}

function splitBy(
	group: TaskGroupError,
	test: (error: unknown) => boolean,
): [TaskGroupError | undefined, TaskGroupError | undefined] {
	if (test(group)) return [group, undefined];
	const matching: unknown[] = [];
	const rest: unknown[] = [];
	for (const error of group.errors) {
		if (error instanceof TaskGroupError) {
			const [inside, outside] = splitBy(error, test);
			if (inside !== undefined) matching.push(inside);
			if (outside !== undefined) rest.push(outside);
		} else (test(error) ? matching : rest).push(error);
	}
	if (matching.length === 0) return [undefined, group];
	return rest.length === 0 ? [group, undefined] : [partOf(group, matching), partOf(group, rest)];
}

function partOf(whole: TaskGroupError, errors: readonly unknown[]): TaskGroupError {
	const part = new TaskGroupError(errors, whole.message, "cause" in whole ? { cause: whole.cause } : undefined);
	for (const other of suppressedErrors(whole)) addSuppressed(part, other);
	Object.defineProperty(part, "stack", { value: whole.stack, configurable: true, writable: true });
	return part;
}
