import type { Scope } from "./scope.ts";
import { state } from "./state.ts";
import type { Owner } from "./task.ts";

/** What a call gives instead of a value when it has suspended: its frames are linked and its task is parked. */
export interface Suspended {
	readonly suspended: true;
}

export const suspended: Suspended = state.suspended;

/** What is known of a function before it runs; printed in paths and dumps. */
export interface Code {
	readonly name: string;
	/** `file:line:column` of a suspension point, if known. */
	place?(site: number): string | undefined;
	/** In development: false once the places of its calls are not noted any more; see `call-place.ts`. */
	isNoted?: boolean;
}

/** Of functions that were written by hand: no engine tells where a suspended generator stands. */
export function noPlace(): undefined {}

/** Goes on with a frame: `input` is the awaited value, or the error to throw there when `thrown`. */
export type Run = (frame: Frame, input: unknown, thrown: boolean) => unknown;

/**
 * One active call of a coroutine. One class for all bodies, with slots that each kind of body uses as it likes:
 * with a class per kind the step loop would turn megamorphic.
 */
export class Frame {
	run: Run;
	/** The frame that awaits this one; `null` for a task's outermost frame, and while the frame is not suspended. */
	parent: Frame | null = null;
	code: Code | null;
	/** The await at which a compiled body is suspended; 0 when unknown. */
	site = 0;
	/** How often the task had been thrown `Cancelled` when this call began; see `KernelTask.deliveries`. */
	deliveries = 0;
	/** Of an owner: the task's cleanup depth when the call began. */
	cleanup = 0;
	/** The owner outside this call, while the call itself owns; else, for a coroutine not yet started, where it was made. */
	owner: Owner | null = null;
	/** The scope that this call has opened, if it has. */
	scope: Scope | null = null;
	/** Nothing in this call would notice an error at its site: it passes without the frame being run. */
	passes = false;
	a0: unknown;
	a1: unknown;
	a2: unknown;
	// Locals of a plain body, with `a1` before them; made with the frame of such a body only.
	declare b0: unknown;
	declare b1: unknown;
	declare b2: unknown;
	declare more: unknown[] | null;

	constructor(run: Run, code: Code | null, a0?: unknown, a1?: unknown, a2?: unknown) {
		this.run = run;
		this.code = code;
		this.a0 = a0;
		this.a1 = a1;
		this.a2 = a2;
	}
}

/** Whether an owner is the call of a structured function; objects of other copies of the library included. */
export function isFrame(owner: Owner): owner is Frame {
	return (owner as Partial<Frame>).run !== undefined;
}

/** Appends a frame to the chain of the call that is suspending, innermost first. */
export function link(frame: Frame): Suspended {
	if (state.tail === null) state.head = frame;
	else state.tail.parent = frame;
	state.tail = frame;
	return suspended;
}
