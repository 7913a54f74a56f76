import { currentNativeTask } from "#host";
import type { LazyCoroutine } from "../coroutine.ts";
import { ClosedResourceError } from "../errors.ts";
import { type Context, EMPTY_CONTEXT } from "../kernel/context.ts";
import type { Scope } from "../kernel/scope.ts";
import { state } from "../kernel/state.ts";
import type { KernelTask } from "../kernel/task.ts";
import { scopeAround } from "../nearest-scope.ts";
import { type Runner, startBare, startOutside } from "../runner.ts";
import { isOpen } from "../scope-frame.ts";

/**
 * To which scope something belongs that has to be closed: to the nearest that the task has entered around the code that makes
 * it; for a task without one, to its outermost call. Not to the function, as with `resource`: functions return streams.
 * At the end of that scope it is closed, as cleanup, when its tasks have ended.
 */
export class Belonging {
	/** `null` once it is closed, and where no scope ends: outside of every run. */
	#scope: Scope | null = null;
	/** Made outside of every task, so that the one who uses it first decides. */
	#loose = true;
	context: Context = EMPTY_CONTEXT;
	readonly #exit: () => unknown;

	constructor(close: () => LazyCoroutine<unknown>) {
		this.#exit = () => close().begin();
		const task = state.task ?? currentNativeTask();
		if (task !== null) this.#bind(task);
	}

	/** Where its own work runs: the scope to which it belongs, or, if that is over, the one around the running code. */
	home(task: KernelTask): Scope {
		if (this.#loose || (this.#scope !== null && !isOpen(this.#scope))) this.#bind(task);
		return this.#scope ?? (task.runner as Runner).base;
	}

	/** It is closed: nothing is left to do. */
	release(): void {
		this.#loose = false;
		const exits = this.#scope?.exits;
		const place = exits?.lastIndexOf(this.#exit) ?? -1;
		if (place >= 0) exits?.splice(place, 1);
	}

	/** Makes a call on behalf of foreign code, as a task of the scope. */
	start<T>(what: string, describe: () => LazyCoroutine<T>): Promise<T> {
		const begin = (): unknown => describe().begin();
		const scope = this.#scope;
		if (scope === null) return startOutside(what, begin, this.context).promise as Promise<T>;
		if (isOpen(scope)) return startBare(scope, this.context, what, begin).promise as Promise<T>;
		return Promise.reject(
			new ClosedResourceError(`${what}: the scope in which it was made has ended, and what belongs to it is closed.`),
		);
	}

	#bind(task: KernelTask): void {
		this.#loose = false;
		this.context = task.context;
		const scope = scopeAround(task);
		if (scope === null) return;
		this.#scope = scope;
		scope.exits ??= [];
		scope.exits.push(this.#exit);
	}
}
