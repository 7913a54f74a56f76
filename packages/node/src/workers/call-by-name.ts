import { type Coroutine, call, coroutine, operation } from "holdfast";
import { checkOptions } from "../check-options.ts";
import { performInHelper } from "./helper.ts";
import type { PackedTarget } from "./messages.ts";
import type { WorkerModule } from "./target.ts";
import { load } from "./work-in-worker.ts";
import { checkJob } from "./worker-pool.ts";

/** A call of a function that a module exports, described by names and values. */
export interface NamedCall<Args extends readonly unknown[] = readonly unknown[]> extends WorkerModule {
	/** What it is called with (default: nothing): cloneable values, since in a synchronous run they go to another thread. */
	readonly arguments?: Args;
}

type AnyFunction = (...args: never[]) => unknown;

/**
 * Calls a function by the name of its module and its own, in both colours. In a run it is a call on the current task; in a
 * synchronous run a helper thread makes it, where promises, sockets and timers work as ever, while this thread sleeps: so
 * what can be named can be waited for synchronously. It is what the synchronous face of an `operation` is made of for
 * work that the host can do only asynchronously.
 *
 * Of the thread there is one, for all synchronous runs of the caller's. It shares the environment variables, knows the
 * deadline, and the context variables that were given to `shareWithWorkers`; its errors are thrown here, with the stacks of both
 * sides. Several tasks of a synchronous run may have calls there at once. Modules are loaded there a second time: what
 * they keep in variables is not what this thread has. What it prints appears when the synchronous run is over. It does not keep the process
 * alive, and ends 5 seconds after its last call.
 *
 * Cancelled: the call is cancelled where it is made, with the reason, and its cleanup is waited for, within the grace. If
 * it does not end by then the helper thread is ended, and other calls in it throw `WorkerDiedError`.
 * @throws CannotBlockError in a synchronous run on a host that has no threads, or lets this one not sleep
 * @throws WorkerFunctionError if the module has no such export
 * @throws WorkerDataError for arguments or a result that cannot be cloned
 * @throws WorkerDiedError if the helper thread ends in the middle of it
 * @example
 * export async function rates(day: string): Promise<Rates> { … }
 * export const loadRates = operation({
 *   async: rates,
 *   sync: (day: string) => callByName<typeof rates>({ module: import.meta.url, export: "rates", arguments: [day] }),
 * });
 */
export function callByName<F extends AnyFunction = (...args: unknown[]) => unknown>(
	named: NamedCall<Readonly<Parameters<F>>>,
): Coroutine<Awaited<ReturnType<F>>> {
	checkOptions("callByName", named, ["module", "export", "arguments"]);
	const { target, args } = checkJob("callByName", named, named.arguments ?? [], {});
	return performByName(target, args) as Coroutine<Awaited<ReturnType<F>>>;
}

const performByName: (target: PackedTarget, args: readonly unknown[]) => Coroutine<unknown> = /* @__PURE__ */ operation(
	{
		async: coroutine(function* callByName(
			target: PackedTarget,
			args: readonly unknown[],
		): Generator<never, unknown, unknown> {
			const fn = yield* load(target as { module: string; export: string });
			return yield* call(fn, ...args);
		}),
		sync: (target: PackedTarget, args: readonly unknown[]) =>
			performInHelper("callByName", { target, args, transfer: [], grace: Number.POSITIVE_INFINITY }),
	},
);
