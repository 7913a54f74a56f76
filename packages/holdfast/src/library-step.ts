import type { Entry } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { share } from "./kernel/state.ts";
import type { KernelTask } from "./kernel/task.ts";

/** Describes a call of compiled code: nothing runs. */
export type DescribeCall = (entry: never, thisArgument: unknown, args: ArrayLike<unknown>) => PromiseLike<unknown>;

/** What the core asks of the library of somebody else whose runner is stepping its code right now; see `stepAs`. */
export interface LibraryStep {
	readonly name: string;
	/** The task on whose stack that runner is, if it is on one. */
	readonly task: KernelTask | null;
	/** A call of compiled code without `await`. */
	bareCall(entry: Entry, code: Code, thisArgument: unknown, args: ArrayLike<unknown>, describe: DescribeCall): unknown;
	/** A wait that only Holdfast's kernel could bring about. */
	refuse(what: string): never;
}

/** Invariant: `current` is not `null` exactly while the `step` of a `stepAs` is on the stack. All copies of the library share it. */
export const stepping: { current: LibraryStep | null } = /* @__PURE__ */ share("holdfast.step/1", { current: null });
