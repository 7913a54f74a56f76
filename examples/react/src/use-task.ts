import { run } from "holdfast";
import { type DependencyList, useCallback, useEffect, useRef, useState } from "react";

/** Where a task stands. */
export type TaskState<T> =
	| { readonly status: "running" }
	| { readonly status: "done"; readonly value: T }
	| { readonly status: "failed"; readonly error: unknown };

/**
 * Runs `body` while the component is on the page. When the component leaves, or `dependencies` change, everything that
 * `body` has started is cancelled: its requests are aborted, its `finally` blocks run, and what it would have shown is dropped.
 */
export function useTask<T>(body: () => Promise<T>, dependencies: DependencyList): TaskState<T> {
	const [state, setState] = useState<TaskState<T>>({ status: "running" });
	useEffect(() => {
		setState({ status: "running" });
		return begin(body, setState);
		// biome-ignore lint/correctness/useExhaustiveDependencies: the caller says what the body depends on
	}, dependencies);
	return state;
}

/** Runs functions from event handlers, as tasks that end with the component. */
export interface ComponentScope {
	/** Starts a task; failures go to the nearest error boundary. */
	start(body: () => Promise<void>): void;
	/** How many tasks are running. */
	readonly running: number;
}

/** A scope for what event handlers start: nothing of it outlives the component. */
export function useScope(): ComponentScope {
	const controller = useRef<AbortController>(undefined);
	const [running, setRunning] = useState(0);
	const [failure, setFailure] = useState<{ error: unknown }>();
	useEffect(() => {
		const own = new AbortController();
		controller.current = own;
		return () => own.abort();
	}, []);
	const start = useCallback((body: () => Promise<void>): void => {
		const signal = controller.current?.signal;
		if (signal === undefined || signal.aborted) return;
		setRunning((count) => count + 1);
		const ended = (): void => {
			if (!signal.aborted) setRunning((count) => count - 1);
		};
		run(body, { signal }).then(ended, (error) => {
			ended();
			if (!signal.aborted) setFailure({ error });
		});
	}, []);
	if (failure !== undefined) throw failure.error;
	return { start, running };
}

/** Starts a run, and gives the function that cancels it. */
function begin<T>(body: () => Promise<T>, show: (state: TaskState<T>) => void): () => void {
	const controller = new AbortController();
	const { signal } = controller;
	run(body, { signal }).then(
		(value) => {
			if (!signal.aborted) show({ status: "done", value });
		},
		(error) => {
			// Cancelled by us: nobody is there to be told.
			if (!signal.aborted) show({ status: "failed", error });
		},
	);
	return () => controller.abort();
}
