import { type Entry, startLater } from "../invoke.ts";
import { Frame, link, type Run, type Suspended } from "../kernel/frame.ts";
import { DEPTH_LIMIT, state } from "../kernel/state.ts";
import type { KernelTask } from "../kernel/task.ts";
import { closeOwner, endOwner, openOwner } from "../scope-frame.ts";
import type { CompiledCode } from "./code.ts";
import { cancelled } from "./control.ts";

/**
 * A body that runs as a plain function until its first real suspension. It is called with its entry, or with its frame
 * when it goes on; then `input` is what the await gives, and the parameters come from the frame.
 */
export type PlainBody = (this: unknown, call: PlainCall | Frame, input: unknown, ...args: unknown[]) => unknown;

/** What a fresh call of a plain body is told of itself. */
export interface PlainCall {
	readonly body: PlainBody;
	/** Where a fresh call goes on: at its beginning. */
	readonly site: 0;
	readonly code: CompiledCode;
}

export type PlainEntry = PlainCall & Entry & { readonly body: PlainBody };

const runPlain: Run = (frame, input, thrown) => {
	state.thrown = thrown;
	return (frame.a0 as PlainBody).call(frame.a2, frame, input);
};

/** A call suspends at a site: gives its frame, into which it puts what it still needs. */
export function at(call: PlainCall | Frame, site: number, passes: boolean, self?: unknown): Frame {
	let frame: Frame;
	if (call.site === 0) {
		frame = new Frame(runPlain, call.code, (call as PlainCall).body, undefined, self);
		frame.deliveries = (state.task as KernelTask).deliveries;
		// Always in this order: one shape for all.
		frame.b0 = frame.b1 = frame.b2 = undefined;
		frame.more = null;
	} else {
		frame = call as Frame;
		// What was needed at the site before must not be kept alive.
		frame.a1 = frame.b0 = frame.b1 = frame.b2 = undefined;
		frame.more = null;
	}
	frame.site = site;
	frame.passes = passes;
	link(frame);
	return frame;
}

/** What the await at which a frame goes on gives, or throws. */
export function input(value: unknown): unknown {
	if (state.thrown) throw value;
	return value;
}

/** Whether it is a cancellation that nothing may stop: it need not be thrown to get through this call. Other errors are thrown. */
export function stops(value: unknown): boolean {
	if (!state.thrown) return false;
	if (cancelled(value) === null) throw value;
	return true;
}

/** Calls a plain body on the running task: gives its value, or `suspended`. */
export function enterPlain(entry: PlainEntry, receiver: unknown, args: readonly unknown[]): unknown {
	const { depth } = state;
	if (depth >= DEPTH_LIMIT) return enterLater(entry, receiver, args);
	state.depth = depth + 1;
	const value = entry.body.call(receiver, entry, undefined, ...args);
	state.depth = depth;
	return value;
}

/** The native stack is deep: the call begins on a fresh one. */
export function enterLater(entry: PlainEntry, receiver: unknown, args: readonly unknown[]): Suspended {
	return startLater(state.task as KernelTask, new Frame(runLater, entry.code, entry, args, receiver));
}

const runLater: Run = (frame) => enterPlain(frame.a0 as PlainEntry, frame.a2, frame.a1 as readonly unknown[]);

/**
 * The body of a function that owns the tasks of its bare calls: it does not end before they have. With a fixed number of
 * parameters, arguments are passed on without an array.
 */
export function owning(body: PlainBody, inner: PlainCall, params: number): PlainBody {
	switch (params) {
		case 0:
			return function (this: unknown): unknown {
				const frame = openCall(inner);
				let value: unknown;
				try {
					value = body.call(this, inner, undefined);
				} catch (error) {
					return failCall(frame, error);
				}
				return endCall(frame, value);
			};
		case 1:
			return function (this: unknown, _call: unknown, _input: unknown, a: unknown): unknown {
				const frame = openCall(inner);
				let value: unknown;
				try {
					value = body.call(this, inner, undefined, a);
				} catch (error) {
					return failCall(frame, error);
				}
				return endCall(frame, value);
			};
		case 2:
			return function (this: unknown, _call: unknown, _input: unknown, a: unknown, b: unknown): unknown {
				const frame = openCall(inner);
				let value: unknown;
				try {
					value = body.call(this, inner, undefined, a, b);
				} catch (error) {
					return failCall(frame, error);
				}
				return endCall(frame, value);
			};
		default:
			return function (this: unknown, _call: unknown, _input: unknown, ...args: unknown[]): unknown {
				const frame = openCall(inner);
				let value: unknown;
				try {
					value = body.call(this, inner, undefined, ...args);
				} catch (error) {
					return failCall(frame, error);
				}
				return endCall(frame, value);
			};
	}
}

function openCall({ code }: PlainCall): Frame {
	const frame = new Frame(endOwner, code);
	openOwner(frame, state.task as KernelTask);
	return frame;
}

function failCall(frame: Frame, error: unknown): unknown {
	return closeOwner(frame, state.task as KernelTask, error, true);
}

function endCall(frame: Frame, value: unknown): unknown {
	return value === state.suspended ? link(frame) : closeOwner(frame, state.task as KernelTask, value, false);
}

/** What a variable holds that closures can see before its declaration has run. */
export const unset: object = /* @__PURE__ */ Object.freeze({ unset: true });

/** The value of such a variable, read by a closure. */
export function initialised(value: unknown, name: string): unknown {
	if (value === unset) throw new ReferenceError(`Cannot access '${name}' before initialization`);
	return value;
}
