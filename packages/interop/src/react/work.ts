import type { Awaitable } from "holdfast";
import { type DependencyList, useEffect, useInsertionEffect, useMemo, useState } from "react";
import { beginRun, type ComponentRun, type Setting } from "./component-run.ts";
import { useSetting } from "./provider.ts";

/** Where the work of a component stands. `value` and `error` are there only where they mean something. */
export type WorkState<T> =
	| {
			/** It has been started, or will be as soon as the component is on the page. */
			readonly status: "running";
			/** The latest value that there is: of a stream; of the run before, with `keepPrevious`. */
			readonly value: T | undefined;
			readonly error: undefined;
	  }
	| { readonly status: "done"; readonly value: T; readonly error: undefined }
	| { readonly status: "failed"; readonly value: T | undefined; readonly error: unknown }
	| {
			/** `cancel()` was called. */
			readonly status: "cancelled";
			readonly value: T | undefined;
			readonly error: undefined;
	  };

/** What acts on the work of a component. Both are the same functions in every render. */
export interface WorkControls {
	/** Cancels it: it counts as cancelled at once, while its cleanup goes on. Without effect unless it is running. */
	cancel(): void;
	/** Cancels it if it is running, and starts it again. Without effect when the component has left. */
	restart(): void;
}

/** Options of `useTask` and `useStream`. */
export interface WorkOptions {
	/** Whether the value of the run before is given while another one is running (default `false`). */
	readonly keepPrevious?: boolean | undefined;
	/** Whether a run begins only when the cleanup of the one before has ended (default `false`: at once). */
	readonly waitForCleanup?: boolean | undefined;
	/** Whether an error is thrown to the nearest error boundary (default `false`: the status is `"failed"`). */
	readonly throws?: boolean | undefined;
	/** For dumps and paths (default: the name of the function). */
	readonly name?: string | undefined;
}

/** Gives what is called for a component; `publish` shows a value before the end. */
export type Work<T> = (publish: (value: T) => void) => () => Awaitable<T>;

interface Shown<T> {
	readonly dependencies: DependencyList;
	readonly state: WorkState<T>;
}

/** What the last render that was committed has said. */
interface Said<T> {
	readonly work: Work<T>;
	readonly name: string;
	readonly setting: Setting;
	readonly dependencies: DependencyList;
	readonly options: WorkOptions;
	readonly status: WorkState<T>["status"];
}

type Show<T> = (change: (before: Shown<T>) => Shown<T>) => void;

/** The work of one component: at most one run counts, the latest. */
class Worker<T> implements WorkControls {
	#said!: Said<T>;
	readonly #store: Show<T>;
	/** It has shown something of which no commit has come yet. */
	#ahead = false;
	/** Stands for the run that counts; `null` when none is running. */
	#current: { run?: ComponentRun } | null = null;
	#mounted = false;
	/** Fulfilled when the runs that do not count any more have ended. */
	#cleared: Promise<unknown> = Promise.resolve();

	constructor(store: Show<T>) {
		this.#store = store;
	}

	/** A render was committed. */
	say(said: Said<T>): void {
		this.#said = said;
		this.#ahead = false;
	}

	#show(change: (before: Shown<T>) => Shown<T>): void {
		this.#ahead = true;
		this.#store(change);
	}

	mount(): void {
		this.#mounted = true;
		this.#begin(false);
	}

	unmount(): void {
		this.#mounted = false;
		this.#leave("its component has left, or depends on something else now");
	}

	readonly cancel = (): void => {
		if (this.#current === null) return;
		const { dependencies } = this.#said;
		this.#leave("cancel() was called");
		this.#show(({ state: { value } }) => ({ dependencies, state: { status: "cancelled", value, error: undefined } }));
	};

	readonly restart = (): void => {
		if (!this.#mounted) return;
		this.#leave("restart() was called");
		this.#begin(true);
	};

	#begin(again: boolean): void {
		const { work, name, setting, dependencies, options, status } = this.#said;
		const current: { run?: ComponentRun } = {};
		this.#current = current;
		const show = (state: (before: WorkState<T>) => WorkState<T>): void => {
			if (this.#current === current) this.#show((before) => ({ dependencies, state: state(before.state) }));
		};
		const publish = (value: T): void => show(() => ({ status: "running", value, error: undefined }));
		// As a rule the render has said so: not after a restart, or if the component was hidden.
		if (status !== "running" || this.#ahead || again)
			this.#show((shown) => {
				const state = running(shown.state, options);
				const isShown = shown.state.status === "running" && Object.is(shown.state.value, state.value);
				return isShown && isSame(shown.dependencies, dependencies) ? shown : { dependencies, state };
			});
		// In a job of its own: a component that leaves at once, as in React's strict mode, has started nothing; and it is nobody's
		// task, even if one has had the component rendered.
		const start = (): void => {
			if (this.#current !== current) return;
			current.run = beginRun<T>(setting, name, work(publish), [], {
				done: (value) => {
					show(() => ({ status: "done", value, error: undefined }));
					this.#end(current);
				},
				failed: (error) => {
					show(({ value }) => ({ status: "failed", value, error }));
					this.#end(current);
				},
			});
		};
		if (options.waitForCleanup === true) void this.#cleared.then(start);
		else queueMicrotask(start);
	}

	#end(current: object): void {
		if (this.#current === current) this.#current = null;
	}

	#leave(why: string): void {
		const run = this.#current?.run;
		this.#current = null;
		if (run === undefined) return;
		run.cancel(why);
		this.#cleared = Promise.all([this.#cleared, run.ended]);
	}
}

/** The state in which the next run begins. */
function running<T>({ value }: WorkState<T>, { keepPrevious }: WorkOptions): WorkState<T> {
	return { status: "running", value: keepPrevious === true ? value : undefined, error: undefined };
}

function isSame(before: DependencyList, now: DependencyList): boolean {
	return before.length === now.length && now.every((each, index) => Object.is(each, before[index]));
}

/** What `useTask` and `useStream` have in common. */
export function useWork<T>(
	name: string,
	work: Work<T>,
	dependencies: DependencyList,
	options: WorkOptions,
): WorkState<T> & WorkControls {
	const setting = useSetting();
	const [stored, store] = useState<Shown<T>>(() => ({
		dependencies,
		state: { status: "running", value: undefined, error: undefined },
	}));
	const [worker] = useState(() => new Worker<T>(store));
	let shown = stored;
	// In the same render, so that nobody ever sees the value of other dependencies.
	if (!isSame(stored.dependencies, dependencies)) {
		shown = { dependencies, state: running(stored.state, options) };
		store(shown);
	}
	const { dependencies: shownFor, state } = shown;
	// Before every other effect, so that a `restart()` in one takes the latest function.
	useInsertionEffect(() => {
		const { status } = state;
		worker.say({ work, name: options.name ?? name, setting, dependencies: shownFor, options, status });
	});
	useEffect(() => {
		worker.mount();
		return () => worker.unmount();
		// biome-ignore lint/correctness/useExhaustiveDependencies: the caller says what the work depends on
	}, dependencies);
	const view = useMemo(() => ({ ...state, cancel: worker.cancel, restart: worker.restart }), [state, worker]);
	if (options.throws === true && state.status === "failed") throw state.error;
	return view;
}

/** @throws TypeError for arguments that would be an endless loop, or nothing */
export function checkWork(what: string, fn: unknown, dependencies: unknown): void {
	if (typeof fn !== "function")
		throw new TypeError(`${what}: the first argument is no function: write ${what}(() => load(id), [id]).`);
	if (!Array.isArray(dependencies))
		throw new TypeError(
			`${what}: without dependencies it would start again with every render; write ${what}(…, []) for once.`,
		);
}
