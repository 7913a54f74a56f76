import { callInScope } from "./call-in-scope.ts";
import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { type Begin, invoke, runningTask } from "./invoke.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { type Code, Frame, link, type Run, suspended } from "./kernel/frame.ts";
import { Scope } from "./kernel/scope.ts";
import { state } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";
import { leaveWhenEnded } from "./scope-frame.ts";
import { checkBody } from "./scopes.ts";

/** What becomes of a supervised call. Each is told whom the call is about, and may give something to wait for. */
export interface Supervisor<S> {
	/** What to call: any function that is accepted elsewhere. */
	readonly call: (...args: never[]) => unknown;
	/** With which arguments. Default: the subject. */
	args?(subject: S): readonly unknown[];
	/** Gets what the call has given, inside its scope. */
	done?(value: unknown, subject: S): unknown;
	/** Gets an error: of the call, of `done`, or of a task that was started in the scope and that nobody observed. */
	failed(error: unknown, subject: S): unknown;
	/** The call was cancelled, by its own scope or from outside, and has cleaned up. What comes from outside passes on. */
	cancelled?(subject: S): void;
}

/**
 * Makes a call in a scope of its own and deals with its end, whatever that is: for servers and workers, whose requests and
 * jobs must not end their group by an error. What the call starts in its scope ends with it, before `failed` is told.
 *
 * One supervisor is for all calls of its kind; it costs little more than the scope. (Kotlin's `supervisorScope` with a
 * `CoroutineExceptionHandler`.)
 *
 * Cancelled: the call is; `cancelled` is told, and `Cancelled` passes on.
 * @example
 * const jobs: Supervisor<Job> = { call: (job) => perform(job), failed: (error, job) => job.retryLater(error) };
 * for await (const job of queue) group.spawn(supervise, jobs, job);
 */
export function supervise<S>(supervisor: Supervisor<S>, subject: S): Coroutine<void> {
	checkBody("supervise: call", supervisor.call);
	return new LazyCoroutine<void>(beginSupervised, SUPERVISE, supervisor, subject);
}

const SUPERVISE: Code = { name: "supervise", place: () => undefined };

const beginSupervised: Begin = (lazy) => {
	const task = runningTask(SUPERVISE.name);
	const supervisor = lazy.a0 as Supervisor<unknown>;
	const subject = lazy.a1;
	const scope = new Scope(SUPERVISE.name);
	const frame = new Frame(onLeft, SUPERVISE, supervisor, subject, scope);
	frame.deliveries = task.deliveries;
	let value: unknown;
	try {
		value = callInScope(new Frame(leaveWhenEnded, SUPERVISE), scope, task, callAll, [supervisor, subject]);
	} catch (error) {
		return ended(supervisor, subject, error);
	}
	if (value === suspended) return link(frame);
	if (scope.cancelledCaught) supervisor.cancelled?.(subject);
	return undefined;
};

const onLeft: Run = ({ a0, a1, a2 }, input, thrown) => {
	const supervisor = a0 as Supervisor<unknown>;
	if (thrown) return ended(supervisor, a1, input);
	if ((a2 as Scope).cancelledCaught) supervisor.cancelled?.(a1);
	return undefined;
};

function ended(supervisor: Supervisor<unknown>, subject: unknown, error: unknown): unknown {
	if (!(error instanceof Cancelled)) return invoke((failure: unknown) => supervisor.failed(failure, subject), [error]);
	supervisor.cancelled?.(subject);
	throw error;
}

/** The call, and what is done with its value. */
function callAll(supervisor: Supervisor<unknown>, subject: unknown): unknown {
	const { deliveries } = state.task as KernelTask;
	const value = invoke(supervisor.call, supervisor.args === undefined ? [subject] : supervisor.args(subject));
	if (supervisor.done === undefined) return value;
	if (value !== suspended) return finish(supervisor, subject, value);
	const frame = new Frame(onValue, SUPERVISE, supervisor, subject);
	frame.deliveries = deliveries;
	return link(frame);
}

const onValue: Run = (frame, input, thrown) => {
	if (thrown) throw input;
	return finish(frame.a0 as Supervisor<unknown>, frame.a1, input);
};

function finish(supervisor: Supervisor<unknown>, subject: unknown, value: unknown): unknown {
	return invoke(supervisor.done as (...args: never[]) => unknown, [value, subject]);
}
