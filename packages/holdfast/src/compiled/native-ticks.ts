import { markObserved, reportLate, type Then, thenOf } from "../foreign.ts";
import { type Entry, fresh, Lazy, settle } from "../invoke.ts";
import { Cancelled } from "../kernel/cancelled.ts";
import { type Frame, link, type Run, suspended } from "../kernel/frame.ts";
import { passOn } from "../kernel/runner.ts";
import { state } from "../kernel/state.ts";
import { KernelTask, type Operation } from "../kernel/task.ts";
import { beginCall } from "../runner.ts";
import { endOwner } from "../scope-frame.ts";
import { calleeEntry } from "./calls.ts";
import { isObject, linkWith } from "./iteration.ts";

// Native ticks: a task goes on in exactly the reaction job in which the engine would, not in a batch of the runner.

type Method = (...args: unknown[]) => unknown;

const promiseThen = Promise.prototype.then;
/** For jobs. It inherits nothing, so that a program which counts reads of `promise.constructor` counts none of ours. */
const RESOLVED = Object.setPrototypeOf(Promise.resolve(), null) as Promise<void>;

/** A wait for a promise: a cancelled task leaves it at once. */
const PROMISE: Operation = {
	label: "a promise",
	abort(task) {
		task.runner.promises--;
		return true;
	},
};

/** The outcome of a call is on its way: it is not lost to a cancellation that comes meanwhile. */
const TICK: Operation = { label: "a tick", abort: () => false };

export function nativeCall(text: string, f: unknown, receiver: unknown, args: readonly unknown[]): void {
	const entry = calleeEntry(f, text);
	// What a foreign callee throws is thrown at once; what a compiled body throws is a rejection.
	if (entry === null) nativeAwait(Reflect.apply(f as Method, receiver, args));
	else awaitCall(() => callEntry(entry, receiver, args));
}

export function nativeMethod(text: string, o: never, key: PropertyKey, args: readonly unknown[]): void {
	nativeCall(text, o[key as never], o, args);
}

export function nativeAwait(value: unknown): void {
	if (isOwn(value)) awaitCall(() => settle(value));
	else park(value, value);
}

/** Whether a value is awaited without a promise: a coroutine, a task, and in a synchronous run, where no job runs, anything. */
export function isOwn(value: unknown): boolean {
	return value instanceof Lazy || value instanceof KernelTask || isSynchronous();
}

function isSynchronous(): boolean {
	return (state.task as KernelTask).runner.blocking !== null;
}

/** An awaited call of a method that was read before. */
export function awaitMethod(method: unknown, receiver: unknown, args: readonly unknown[]): void {
	nativeCall(typeof method === "function" ? "" : String(method), method, receiver, args);
}

/**
 * `return f(x)` outside every `try`: a call on this task. In the engine its promise resolves that of the function
 * around it, which takes one job to ask it and one to hear from it.
 */
export function nativeTail(text: string, f: unknown, receiver: unknown, args: readonly unknown[]): unknown {
	const entry = calleeEntry(f, text);
	if (entry === null) return Reflect.apply(f as Method, receiver, args);
	const task = state.task as KernelTask;
	const { deliveries } = task;
	let value: unknown;
	let thrown = false;
	try {
		value = callEntry(entry, receiver, args);
	} catch (error) {
		if (isAtOnce(task, deliveries, error)) throw error;
		value = error;
		thrown = true;
	}
	const question = new Question();
	if (value === suspended) return linkWith(runTail, question);
	answer(task, question, value, thrown);
	return suspended;
}

/** The job in which the engine asks a returned promise. */
class Question {
	asked = false;
	hear: (() => void) | null = null;

	constructor() {
		if (isSynchronous()) this.asked = true;
		else
			promiseThen.call(RESOLVED, () => {
				this.asked = true;
				this.hear?.();
			});
	}
}

const runTail: Run = (frame, input, thrown) => {
	const task = state.task as KernelTask;
	if (thrown && isAtOnce(task, frame.deliveries, input)) throw input;
	answer(task, frame.a0 as Question, input, thrown);
	return link(passing(frame));
};

/** Hands an outcome on one job after the question and the outcome are both there. */
function answer(task: KernelTask, question: Question, outcome: unknown, thrown: boolean): void {
	task.park(TICK);
	task.runner.promises++;
	const tell = (): void => wakeIn(task, outcome, thrown);
	if (question.asked) tell();
	else question.hear = tell;
}

/** What a body has returned, at the tail of the body: gives a value that is no thenable, or `suspended`. */
export function nativeReturn(value: unknown): unknown {
	if (!isObject(value)) return value;
	if (value instanceof Lazy) return value.begin();
	if (isSynchronous()) return settle(value);
	const then = thenOf(value);
	if (then === undefined) return value;
	const task = state.task as KernelTask;
	const interrupted = task.interruption !== null;
	if (!interrupted) {
		task.park(PROMISE);
		task.runner.promises++;
	}
	const { wait } = task;
	markObserved(value);
	adopt(value, then, (outcome, thrown) => {
		if (interrupted || !isWaiting(task, wait, PROMISE)) {
			if (thrown) reportLate(task, outcome);
			return;
		}
		task.runner.promises--;
		if (isHeardInJobs(task.top)) wake(task, outcome, thrown);
		else if (thrown) task.resumeThrow(outcome);
		else task.resume(outcome);
	});
	if (interrupted) task.checkpoint();
	return suspended;
}

/** What a promise does that is resolved with a thenable: `then` is called in a job of its own, and so on. */
function adopt(value: unknown, then: Then, settled: (outcome: unknown, thrown: boolean) => void): void {
	promiseThen.call(RESOLVED, () => {
		let answered = false;
		const fulfil = (result: unknown): void => {
			if (answered) return;
			answered = true;
			let next: Then | undefined;
			try {
				next = thenOf(result);
			} catch (error) {
				settled(error, true);
				return;
			}
			if (next === undefined) settled(result, false);
			else adopt(result, next, settled);
		};
		const reject = (reason: unknown): void => {
			if (answered) return;
			answered = true;
			settled(reason, true);
		};
		try {
			Reflect.apply(then, value, [fulfil, reject]);
		} catch (error) {
			reject(error);
		}
	});
}

/** Whether what hears of the end of a call next is a promise or a native await: then no code of the user runs at once. */
function isHeardInJobs(top: Frame | null): boolean {
	for (let frame = top; frame !== null; frame = frame.parent) {
		if (frame.run === runCall || frame.run === runTail || frame.run === beginCall || frame.run === passOn) return true;
		if (frame.run !== endOwner) return false;
	}
	return true;
}

/**
 * Makes a call on the task; in the engine it would give a promise. What comes of it, now or when the task resumes, is
 * handed on in the job in which that promise would be heard.
 */
export function awaitCall(call: () => unknown): void {
	const task = state.task as KernelTask;
	const { deliveries } = task;
	const interrupted = task.interruption !== null;
	let value: unknown;
	try {
		value = call();
	} catch (error) {
		if (isAtOnce(task, deliveries, error)) throw error;
		pass(task, error, true);
		return;
	}
	if (value === suspended) linkWith(runCall, undefined);
	else {
		// A loop of calls that never suspend ends here.
		if (interrupted) task.checkpoint();
		pass(task, value, false);
	}
}

const runCall: Run = (frame, input, thrown) => {
	const task = state.task as KernelTask;
	if (thrown && isAtOnce(task, frame.deliveries, input)) throw input;
	pass(task, input, thrown);
	return link(passing(frame));
};

function passing(frame: Frame): Frame {
	frame.run = runPassed;
	frame.a0 = null;
	return frame;
}

const runPassed: Run = (_frame, input, thrown) => {
	if (thrown) throw input;
	return input;
};

/** A cancellation, and what cleanup throws on its way, meets nothing that could hear it in a job. */
function isAtOnce(task: KernelTask, deliveries: number, error: unknown): boolean {
	return error instanceof Cancelled || task.deliveries > deliveries;
}

function callEntry(entry: Entry, receiver: unknown, args: readonly unknown[]): unknown {
	return entry.call(receiver, fresh, undefined, ...args);
}

/** Hands an outcome to the running task in the next job. */
export function pass(task: KernelTask, outcome: unknown, thrown: boolean): void {
	task.park(TICK);
	task.runner.promises++;
	wakeIn(task, outcome, thrown);
}

function wakeIn(task: KernelTask, outcome: unknown, thrown: boolean): void {
	const { wait } = task;
	if (task.runner.blocking !== null) {
		// No job runs before the thread is let go: the next batch takes its place.
		task.runner.promises--;
		if (thrown) task.resumeThrow(outcome);
		else task.resume(outcome);
		return;
	}
	promiseThen.call(RESOLVED, () => {
		task.runner.promises--;
		if (isWaiting(task, wait, TICK)) wake(task, outcome, thrown);
	});
}

/**
 * Parks the running task until what is given would have been awaited; `value` is what it was made of. Throws what the
 * engine throws at the `await` itself.
 */
export function park(given: unknown, value: unknown): void {
	const task = state.task as KernelTask;
	// User code may run here: a getter of `constructor` or `then`.
	const hearing = new Hearing();
	void hear(given, hearing);
	if (hearing.settled) throw hearing.outcome;
	const interrupted = task.interruption !== null;
	if (!interrupted) {
		task.park(PROMISE);
		task.runner.promises++;
	}
	const { wait } = task;
	markObserved(value);
	hearing.tell = (outcome, thrown) => {
		if (interrupted || !isWaiting(task, wait, PROMISE)) {
			if (thrown) reportLate(task, outcome);
			return;
		}
		task.runner.promises--;
		wake(task, outcome, thrown);
	};
	if (interrupted) task.checkpoint();
}

/** Who hears of an awaited value. */
class Hearing {
	settled = false;
	outcome: unknown = undefined;
	tell: ((outcome: unknown, thrown: boolean) => void) | null = null;
}

/** Only an `await` looks at `constructor` once: `then` would read it again, for the species. */
async function hear(given: unknown, hearing: Hearing): Promise<void> {
	let outcome: unknown;
	let thrown = false;
	try {
		outcome = await given;
	} catch (reason) {
		outcome = reason;
		thrown = true;
	}
	if (hearing.tell === null) {
		hearing.settled = true;
		hearing.outcome = outcome;
	} else hearing.tell(outcome, thrown);
}

function isWaiting(task: KernelTask, wait: number, operation: Operation): boolean {
	return task.wait === wait && task.operation === operation;
}

/** The tasks whose turn comes when the step that is running is over; `null` when none is. */
let turns: KernelTask[] | null = null;

/** Steps a task in this very job, and after it those to which it gave their turn. */
function wake(task: KernelTask, input: unknown, thrown: boolean): void {
	const outside = turns;
	const { depth } = state;
	const own: KernelTask[] = [];
	turns = own;
	try {
		task.runner.stepNow(task, input, thrown);
		for (let next = own.shift(); next !== undefined; next = own.shift()) next.runner.stepNow(next, undefined, false);
	} finally {
		turns = outside;
		state.depth = depth;
		for (const left of own) left.runner.ready(left);
	}
}

/** Wakes a parked task in this job, when the running task has been stepped to its next wait. */
export function giveTurn(task: KernelTask): void {
	if (turns === null) task.resume(undefined);
	else {
		task.operation = null;
		turns.push(task);
	}
}
