import type { Awaitable } from "holdfast";
import { beginRun, type ComponentRun, callOutside, report, type Setting } from "./component-run.ts";

/**
 * What happens to a call that is started while another one is running, in the words of the field:
 * - `"switch"`: the latest wins, the one before is cancelled (ember-concurrency's restartable, RxJS's `switchMap`);
 * - `"drop"`: the new one is ignored (ember-concurrency's drop, RxJS's `exhaustMap`);
 * - `"queue"`: it waits for its turn (ember-concurrency's enqueue, RxJS's `concatMap`);
 * - `"parallel"`: they run side by side (RxJS's `mergeMap`).
 */
export type ActionPolicy = "switch" | "drop" | "queue" | "parallel";

export const POLICIES: readonly unknown[] = ["switch", "drop", "queue", "parallel"];

/** Where the calls of an action stand. `value` is what the last one has given that was done. */
export type ActionState<T> = (
	| {
			/** Nothing has been started yet. */
			readonly status: "idle";
			readonly value: undefined;
			readonly error: undefined;
	  }
	| {
			/** At least one is running. */
			readonly status: "running";
			readonly value: T | undefined;
			readonly error: undefined;
	  }
	| { readonly status: "done"; readonly value: T; readonly error: undefined }
	| {
			/** Of those that were running together one has failed, the first one with this error; the errors of others are reported. */
			readonly status: "failed";
			readonly value: T | undefined;
			readonly error: unknown;
	  }
	| {
			/** `cancel()` was called. */
			readonly status: "cancelled";
			readonly value: T | undefined;
			readonly error: undefined;
	  }
) & {
	/** How many are running. */
	readonly running: number;
	/** How many wait for their turn. */
	readonly waiting: number;
};

export const IDLE: ActionState<never> = { status: "idle", value: undefined, error: undefined, running: 0, waiting: 0 };

/** One call. */
export interface Job<T> {
	readonly fn: (...args: never[]) => Awaitable<T>;
	readonly args: readonly unknown[];
	readonly name: string;
}

/** What the last render that was committed has said. */
export interface ActionSaid {
	readonly policy: ActionPolicy;
	readonly setting: Setting;
	/** Throws an error in the component, which will not be there afterwards. */
	readonly boundary?: ((error: unknown) => void) | undefined;
	/** Gets each error. Without either of them the state shows it. */
	readonly onError?: ((error: unknown) => void) | undefined;
}

/** The calls that event handlers of one component have started; none outlives the component. */
export class Actions<T> {
	said!: ActionSaid;
	readonly #show: (state: ActionState<T>) => void;
	#mounted = false;
	/** How often it has been mounted. */
	#mounts = 0;
	readonly #running = new Set<ComponentRun>();
	#waiting: Job<T>[] = [];
	#value: T | undefined;
	/** How the calls that were running together have ended so far. */
	#ending: "done" | "cancelled" | { readonly error: unknown; readonly name: string } = "done";

	constructor(show: (state: ActionState<T>) => void) {
		this.#show = show;
	}

	mount(): void {
		this.#mounted = true;
		// Hidden, or mounted twice by the strict mode: what was running then has been cancelled.
		if (this.#mounts++ > 0 && this.#ending === "cancelled") this.#tell();
	}

	unmount(): void {
		this.#mounted = false;
		this.#cancelAll("its component has left");
	}

	readonly cancel = (): void => {
		if (this.#running.size === 0) return;
		this.#cancelAll("cancel() was called");
		this.#tell();
	};

	/** Starts a call, up to its first wait, so that an event is still being dispatched. */
	start(job: Job<T>): void {
		if (this.#mounted) {
			callOutside(() => this.#take(job));
			return;
		}
		// A layout effect of a child runs before its parent is mounted.
		const mounts = this.#mounts + 1;
		queueMicrotask(() => {
			if (this.#mounted && this.#mounts === mounts) this.start(job);
		});
	}

	#take(job: Job<T>): void {
		const { policy } = this.said;
		if (this.#running.size > 0) {
			if (policy === "drop") return;
			if (policy === "queue") {
				this.#waiting.push(job);
				this.#tell();
				return;
			}
			if (policy === "switch") this.#cancelAll("a later call has taken its place");
		}
		this.#begin(job);
		this.#tell();
	}

	#begin({ fn, args, name }: Job<T>): void {
		if (this.#running.size === 0) this.#ending = "done";
		const { setting } = this.said;
		const run = beginRun<T>(setting, name, fn, args, {
			done: (value) => {
				this.#value = value;
				this.#end(run);
			},
			failed: (error) => {
				const { boundary, onError } = this.said;
				if (boundary !== undefined) {
					this.#cancelAll("another call has failed");
					boundary(error);
					return;
				}
				if (onError !== undefined)
					try {
						onError(error);
					} catch (second) {
						report(second, setting, name);
					}
				else if (typeof this.#ending === "object") report(error, setting, name);
				else this.#ending = { error, name };
				this.#end(run);
			},
		});
		this.#running.add(run);
	}

	#end(run: ComponentRun): void {
		const next = this.#waiting.shift();
		if (next !== undefined) this.#begin(next);
		this.#running.delete(run);
		this.#tell();
	}

	#cancelAll(why: string): void {
		if (this.#running.size === 0) return;
		const runs = [...this.#running];
		this.#running.clear();
		this.#waiting = [];
		const ending = this.#ending;
		this.#ending = "cancelled";
		for (const run of runs) run.cancel(why);
		// It would have been shown when all of them had ended.
		if (typeof ending === "object") report(ending.error, this.said.setting, ending.name);
	}

	#tell(): void {
		const { size } = this.#running;
		const counts = { running: size, waiting: this.#waiting.length };
		const value = this.#value;
		const ending = this.#ending;
		if (size > 0) this.#show({ status: "running", value, error: undefined, ...counts });
		else if (typeof ending === "object") this.#show({ status: "failed", value, error: ending.error, ...counts });
		else if (ending === "cancelled") this.#show({ status: "cancelled", value, error: undefined, ...counts });
		else this.#show({ status: "done", value: value as T, error: undefined, ...counts });
	}
}
