import {
	type Awaitable,
	asCoroutineFunction,
	type Coroutine,
	type CoroutineFunction,
	LazyCoroutine,
} from "./coroutine.ts";
import { CannotBlockError } from "./errors.ts";
import { type Begin, invoke, runningTask, settle } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import { checkBody, checkOptions } from "./scopes.ts";

/** One operation in two colours. */
export interface Faces<Args extends readonly unknown[], T> {
	/** How to do it on a loop that can wait: any function that is accepted elsewhere. */
	async: (...args: Args) => Awaitable<T>;
	/** How to do it in a synchronous run, which blocks. A coroutine that it gives is awaited there. */
	sync?: (...args: Args) => T | Coroutine<T>;
}

/**
 * Makes a coroutine function of an operation that has a synchronous form too, such as reading a file: a synchronous run
 * takes that, every other run the asynchronous one. What has none, but can be named, may be made in a helper thread: see
 * `callByName` of `@holdfast/node`.
 *
 * Cancelled: as the asynchronous form does it; the synchronous one is called only if the scope is not cancelled.
 * @throws CannotBlockError in a synchronous run, if there is no synchronous form
 * @example
 * const readText = operation({
 *   async: (path: string) => fs.promises.readFile(path, "utf8"),
 *   sync: (path: string) => fs.readFileSync(path, "utf8"),
 * });
 */
export function operation<Args extends readonly unknown[], T>(faces: Faces<Args, T>): CoroutineFunction<Args, T> {
	checkOptions("operation", faces, ["async", "sync"]);
	checkBody("operation: async", faces.async);
	if (faces.sync !== undefined) checkBody("operation: sync", faces.sync);
	const code: Code = { name: faces.async.name || "operation", place: () => undefined };
	const call = (...args: Args): Coroutine<T> => new LazyCoroutine<T>(beginOperation, code, faces, args);
	return asCoroutineFunction(call, code.name, faces.async.length) as CoroutineFunction<Args, T>;
}

const beginOperation: Begin = (lazy) => {
	const name = lazy.code?.name ?? "operation";
	const task = runningTask(name);
	const faces = lazy.a0 as Faces<never, unknown>;
	const args = lazy.a1 as readonly unknown[];
	task.checkpoint();
	if (!task.runner.loop.blocks) return invoke(faces.async, args);
	if (faces.sync === undefined)
		throw new CannotBlockError(
			`${name} has no synchronous form, and this run is synchronous: use run() instead, or give operation() a sync function.`,
		);
	return settle((faces.sync as (...args: readonly unknown[]) => unknown)(...args));
};
