import type { Spawnable } from "holdfast";
import { useCallback, useMemo } from "react";
import { type ActionPolicy, type ActionState, type Job, POLICIES } from "./actions.ts";
import { useActions, useLatest } from "./use-actions.ts";

/** What starts and cancels the calls of an action. Both are the same functions in every render. */
export interface ActionControls<Args extends readonly unknown[]> {
	/**
	 * Starts a call, at once and up to its first wait, so that `preventDefault()` and `currentTarget` are still of use there. It is
	 * the component's, also if code of a task calls this. Without effect when the component has left.
	 */
	start(...args: Args): void;
	/** Cancels all of them, and those that wait for their turn. They count as cancelled at once, while their cleanup goes on. */
	cancel(): void;
}

/** What `useAction` gives: errors go to the error boundary. */
export type Action<Args extends readonly unknown[], T> = Exclude<ActionState<T>, { status: "failed" }> &
	ActionControls<Args>;

/** What `useAction` gives with `throws: false`. */
export type FallibleAction<Args extends readonly unknown[], T> = ActionState<T> & ActionControls<Args>;

/** Options of `useAction`. */
export interface ActionOptions {
	/** What happens to a call that is started while another one is running. There is no default: each is wrong somewhere. */
	readonly policy: ActionPolicy;
	/** Whether an error is thrown to the nearest error boundary (default `true`); else the status is `"failed"`. */
	readonly throws?: boolean | undefined;
	/** For dumps and paths (default: the name of the function). */
	readonly name?: string | undefined;
}

/**
 * A function for event handlers, whose calls are runs that end with the component; `policy` says what happens to a call while
 * another one is running. When the component leaves they are cancelled, and what they would have shown is dropped; an error of
 * cleanup after that is reported.
 *
 * The function may be another one in every render: a call takes that of the last one. (ember-concurrency's tasks.)
 * @throws TypeError without a policy
 * @example
 * const save = useAction((draft: Draft) => store(draft), { policy: "drop" });
 * <button disabled={save.status === "running"} onClick={() => save.start(draft)}>Save</button>
 */
export function useAction<Args extends readonly unknown[], T>(
	fn: Spawnable<Args, T>,
	options: ActionOptions & { readonly throws: false },
): FallibleAction<Args, T>;
export function useAction<Args extends readonly unknown[], T>(
	fn: Spawnable<Args, T>,
	options: ActionOptions & { readonly throws?: true | undefined },
): Action<Args, T>;
export function useAction<Args extends readonly unknown[], T>(
	fn: Spawnable<Args, T>,
	options: ActionOptions,
): FallibleAction<Args, T> {
	if (typeof fn !== "function")
		throw new TypeError("useAction: the first argument is no function: write useAction((id) => save(id), { policy }).");
	const { policy, throws = true, name = fn.name || "useAction" } = options ?? {};
	if (!POLICIES.includes(policy))
		throw new TypeError(
			`useAction: policy is ${JSON.stringify(policy)}; say what a call does while another is running: ${POLICIES.join(", ")}.`,
		);
	const [actions, state] = useActions<T>(policy, throws ? "boundary" : "state");
	const latest = useLatest({ fn, name });
	const start = useCallback(
		(...args: Args) => actions.start({ ...latest.current, args } as unknown as Job<T>),
		[actions, latest],
	);
	return useMemo(() => ({ ...state, start, cancel: actions.cancel }), [state, start, actions]);
}
