import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import type { Spawnable } from "./group.ts";
import { type Begin, invoke, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { checkBody } from "./scopes.ts";

/**
 * Calls a function of any accepted kind on the running task, and awaits what it gives: no task, no scope. For code that is
 * given functions and cannot know what they are: servers, adapters, test tools. In compiled code, for a function that is
 * known, it is `await fn(...args)`.
 *
 * Cancelled: the function is. (Effection's `call`.)
 * @example
 * const answer = yield* call(handler, request); // compiled, coroutine(), generator, native async or plain
 */
export function call<Args extends readonly unknown[], T>(fn: Spawnable<Args, T>, ...args: Args): Coroutine<T> {
	checkBody("call", fn);
	return new LazyCoroutine<T>(beginCall, CALL, fn, args);
}

const CALL: Code = { name: "call", place: () => undefined };

const beginCall: Begin = (lazy) => {
	runningTask(CALL.name);
	return invoke(lazy.a0 as (...args: never[]) => unknown, lazy.a1 as readonly unknown[]);
};
