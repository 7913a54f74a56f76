import type { Spawnable } from "holdfast";
import { useCallback, useMemo } from "react";
import type { Job } from "./actions.ts";
import { useActions } from "./use-actions.ts";

/** Where event handlers start what ends with the component. */
export interface ComponentScope {
	/**
	 * Starts a call, at once and up to its first wait. It is the component's, also if code of a task calls this. Without effect
	 * when the component has left. The same function in every render.
	 */
	start<Args extends readonly unknown[]>(fn: Spawnable<Args, unknown>, ...args: Args): void;
	/** Cancels all that is running. The same function in every render. */
	cancel(): void;
	/** How many are running. */
	readonly running: number;
}

/** Options of `useScope`. */
export interface ComponentScopeOptions {
	/** Gets the errors (default: they are thrown to the nearest error boundary). What it throws is reported. */
	readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * A scope for what event handlers start: any functions, side by side. Nothing of it outlives the component. For one function with
 * a state, or with a rule for calls that meet, there is `useAction`. (Compose's `rememberCoroutineScope`.)
 *
 * @example
 * const scope = useScope();
 * <button onClick={() => scope.start(async () => setAnswer(await ask(question)))}>Ask</button>
 */
export function useScope({ onError }: ComponentScopeOptions = {}): ComponentScope {
	const [actions, { running }] = useActions<unknown>("parallel", onError ?? "boundary");
	const start = useCallback(
		<Args extends readonly unknown[]>(fn: Spawnable<Args, unknown>, ...args: Args): void => {
			if (typeof fn !== "function")
				throw new TypeError(
					"scope.start takes a function: write scope.start(() => save(id)), not scope.start(save(id)).",
				);
			actions.start({ fn: fn as Job<unknown>["fn"], args, name: fn.name || "useScope" });
		},
		[actions],
	);
	return useMemo(() => ({ start, cancel: actions.cancel, running }), [start, actions, running]);
}
