import type { Awaitable } from "holdfast";
import type { DependencyList } from "react";
import { checkWork, useWork, type WorkControls, type WorkOptions, type WorkState } from "./work.ts";

/** What `useTask` gives. */
export type TaskView<T> = WorkState<T> & WorkControls;

/** What it gives when errors go to the error boundary. */
export type ThrowingTaskView<T> = Exclude<WorkState<T>, { status: "failed" }> & WorkControls;

/**
 * Runs `body` while the component is on the page. When the component leaves, or `dependencies` change, the run is cancelled with
 * everything that it has started: requests are aborted, `finally` blocks run, and what it would have shown is dropped.
 *
 * It begins in a job of its own after the component has been committed, as one run each (`run`), and belongs to nobody else.
 * React's strict mode, which mounts twice, starts it once. On the server nothing is started: the status is `"running"`.
 * What the next run depends on is given by `dependencies`, as with `useEffect`; the latest run counts, whatever order they end in.
 * An error of cleanup after a cancellation has no component left, and is reported.
 *
 * `restart()` starts it again, `cancel()` stops it. (Effects of React; vueuse's `useAsyncState`; ember-concurrency's restartable task.)
 * @throws TypeError without dependencies
 * @example
 * const user = useTask(() => loadUser(id), [id]);
 * if (user.status === "running") return <Spinner />;
 */
export function useTask<T>(
	body: () => Awaitable<T>,
	dependencies: DependencyList,
	options: WorkOptions & { readonly throws: true },
): ThrowingTaskView<T>;
export function useTask<T>(body: () => Awaitable<T>, dependencies: DependencyList, options?: WorkOptions): TaskView<T>;
export function useTask<T>(
	body: () => Awaitable<T>,
	dependencies: DependencyList,
	options: WorkOptions = {},
): TaskView<T> {
	checkWork("useTask", body, dependencies);
	return useWork<T>(body.name || "useTask", () => body, dependencies, options);
}
