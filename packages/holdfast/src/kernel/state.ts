import type { Frame, Suspended } from "./frame.ts";
import type { KernelTask } from "./task.ts";

/**
 * What is running right now in this process. Shared by every copy of the library that speaks the same ABI,
 * so that a coroutine of one copy finds the task that another copy is running.
 */
export interface KernelState {
	/** The task whose code is on the native stack; `null` outside every run. */
	task: KernelTask | null;
	/** Innermost frame of the chain that is being built while the running call suspends; `null` outside of that. */
	head: Frame | null;
	/** Outermost frame of that chain; `null` exactly when `head` is. */
	tail: Frame | null;
	/** Nested starts on the native stack since the kernel's last step. Errors may leave it too high; each step resets it. */
	depth: number;
	/** A call that was begun by `yield*` has suspended, and the `yield*` has not asked yet. */
	telling: boolean;
	/**
	 * The depth from which on a call site leaves its call to the kernel: `DEPTH_LIMIT`; 0 while a call without `await` runs on
	 * the caller's stack: its first await gives control back, whatever it finds.
	 */
	limit: number;
	/** How often loops may still go round before they look at their time budget. */
	spare: number;
	/** Whether the plain body that goes on is to throw its input. */
	thrown: boolean;
	/** What a call gives instead of a value when it has suspended. */
	readonly suspended: Suspended;
	/** What a frame gives when the cancellation that it was to throw gets through it: without being thrown, which costs a microsecond. */
	readonly stopped: object;
	/** The first argument of an entry that starts a fresh call. */
	readonly fresh: object;
	/** Task numbers are unique in the process. */
	lastTaskId: number;
	/** The errors whose `stack` shows their path. */
	traced?: WeakSet<object>;
}

export const state: KernelState = /* @__PURE__ */ share("holdfast.kernel/1", {
	task: null,
	head: null,
	tail: null,
	depth: 0,
	telling: false,
	limit: 400,
	spare: 0,
	thrown: false,
	suspended: Object.freeze({ suspended: true }),
	stopped: Object.freeze({ stopped: true }),
	fresh: Object.freeze({ fresh: true }),
	lastTaskId: 0,
});

/** Past this native depth a call starts on a fresh stack instead: 100,000 nested awaits do not overflow. */
export const DEPTH_LIMIT = 400;

/** What all copies of the library have in common. In a program that has frozen its globals each copy is alone. */
export function share<T>(name: string, own: T): T {
	try {
		return ((globalThis as Record<symbol, T | undefined>)[Symbol.for(name)] ??= own);
	} catch {
		return own;
	}
}
