import { returned, settle, startLater } from "../invoke.ts";
import { Frame, link, type Run, suspended } from "../kernel/frame.ts";
import type { Scope } from "../kernel/scope.ts";
import { DEPTH_LIMIT, state } from "../kernel/state.ts";
import type { KernelTask } from "../kernel/task.ts";
import { closeOwner, endOwner, failLeftOpen, isLeftOpen, openOwner } from "../scope-frame.ts";
import { type CompiledCode, NATIVE_TICKS, OWNER } from "./code.ts";
import { nativeReturn } from "./native-ticks.ts";

/** Calls that have their frame from the start. */
const FRAMED = OWNER | NATIVE_TICKS;

/** Calls a body on the running task: gives its value, or `suspended`. */
export function beginBody(generator: Generator<number>, code: CompiledCode): unknown {
	const task = state.task as KernelTask;
	const { deliveries, scope } = task;
	if ((code.flags & FRAMED) !== 0 || state.depth >= DEPTH_LIMIT) return beginFrame(generator, code, task);
	state.depth++;
	const result = generator.next();
	state.depth--;
	if (result.done) {
		const value = isLeftOpen(task, scope) ? failLeftOpen(new Frame(runBody, code), task, scope) : settle(result.value);
		return task.deliveries > deliveries && value !== suspended ? returned(task, deliveries, value) : value;
	}
	const frame = new Frame(runBody, code, generator);
	frame.site = result.value;
	frame.deliveries = deliveries;
	frame.a1 = scope;
	return link(frame);
}

function ended(frame: Frame, outside: Scope, value: unknown): unknown {
	const task = state.task as KernelTask;
	return isLeftOpen(task, outside) ? failLeftOpen(frame, task, outside) : settle(value);
}

/** The same with a frame made up front: for owners, native ticks, and calls that begin on a fresh stack. */
function beginFrame(generator: Generator<number>, code: CompiledCode, task: KernelTask): unknown {
	const owns = (code.flags & OWNER) !== 0;
	const run = owns ? runOwner : (code.flags & NATIVE_TICKS) !== 0 ? runNative : runBody;
	const frame = new Frame(run, code, generator);
	frame.deliveries = task.deliveries;
	frame.a1 = task.scope;
	if (owns) openOwner(frame, task);
	if (state.depth >= DEPTH_LIMIT) return startLater(task, frame);
	state.depth++;
	const value = frame.run(frame, undefined, false);
	state.depth--;
	return task.deliveries > frame.deliveries && value !== suspended ? returned(task, frame.deliveries, value) : value;
}

const runBody: Run = (frame, input, thrown) => {
	const generator = frame.a0 as Generator<number>;
	const result = thrown ? generator.throw(input) : generator.next(input as never);
	if (result.done) return ended(frame, frame.a1 as Scope, result.value);
	frame.site = result.value;
	return link(frame);
};

const runNative: Run = (frame, input, thrown) => {
	const generator = frame.a0 as Generator<number>;
	const result = thrown ? generator.throw(input) : generator.next(input as never);
	if (result.done) {
		const task = state.task as KernelTask;
		const outside = frame.a1 as Scope;
		return isLeftOpen(task, outside) ? failLeftOpen(frame, task, outside) : nativeReturn(result.value);
	}
	frame.site = result.value;
	return link(frame);
};

/** The body of a function that owns the tasks of its bare calls: it does not end before they have. */
const runOwner: Run = (frame, input, thrown) => {
	const generator = frame.a0 as Generator<number>;
	let value: unknown;
	try {
		const result = thrown ? generator.throw(input) : generator.next(input as never);
		if (!result.done) {
			frame.site = result.value;
			return link(frame);
		}
		const isNative = ((frame.code as CompiledCode).flags & NATIVE_TICKS) !== 0;
		value = isNative ? nativeReturn(result.value) : settle(result.value);
	} catch (error) {
		return closeOwner(frame, state.task as KernelTask, error, true);
	}
	if (value !== suspended) return closeOwner(frame, state.task as KernelTask, value, false);
	frame.run = endOwner;
	return link(frame);
};
