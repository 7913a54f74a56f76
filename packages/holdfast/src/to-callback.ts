import { asCoroutineFunction } from "./coroutine.ts";
import { FalsyRejectionError } from "./errors.ts";
import type { Spawnable } from "./group.ts";
import { describe } from "./invoke.ts";
import { openPortal } from "./portal.ts";
import { checkBody } from "./scopes.ts";

/** What Node's callback APIs take: `(error)`, or `(null, value)`. */
export type NodeCallback<T> = (error: unknown, value?: T) => void;

/**
 * A coroutine function for code that knows callbacks only: it takes one more argument, `(error, value) => …`, which is called
 * once, when the call and its cleanup are over. Gives a function that cancels the call; the callback is told then, too, by
 * `TaskCancelledError`.
 *
 * Calls are tasks of the scope in which `toCallback` was called (see `openPortal`), with its context. What the callback throws
 * is reported. (Node's `util.callbackify`, with an end.)
 *
 * @throws TypeError if the last argument of a call is no function
 * @example
 * const loadWithCallback = toCallback(load);
 * const cancel = loadWithCallback(url, (error, page) => (error ? fail(error) : show(page)));
 */
export function toCallback<Args extends readonly unknown[], T>(
	fn: Spawnable<Args, T>,
): (...args: [...args: Args, callback: NodeCallback<T>]) => () => void {
	checkBody("toCallback", fn);
	const portal = openPortal();
	const call = (...given: readonly unknown[]): (() => void) => {
		const args = given.slice(0, -1);
		const callback = given.at(-1) as NodeCallback<T>;
		if (typeof callback !== "function")
			throw new TypeError(
				`${fn.name || "A function"} made by toCallback takes a callback as its last argument, not ${describe(callback)}.`,
			);
		const outcome = {
			done: (value: unknown) => callback(null, value as T),
			failed: (error: unknown) => callback(truthy(error)),
		};
		const task = portal.start(fn as () => unknown, outcome, { args });
		return () => task?.cancel("its caller has cancelled it");
	};
	return asCoroutineFunction(call as never, fn.name, fn.length + 1);
}

/** A callback takes `null` and its like for success, but anything can be thrown. */
function truthy(error: unknown): unknown {
	return error || new FalsyRejectionError(error);
}
