import { type Awaitable, type Coroutine, coroutine, LazyCoroutine } from "./coroutine.ts";
import { type ErrorClass, tester } from "./error-kind.ts";
import { TaskGroupError } from "./errors.ts";
import { describe, invoke, runningTask } from "./invoke.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { checkBody } from "./scopes.ts";

/** Gets the errors that match, in order; there is at least one. */
export type ErrorHandler<E = Error> = (errors: readonly E[]) => Awaitable<unknown>;

/** Handlers by the name of a class, or by a `code`. */
export type ErrorHandlers = Readonly<Record<string, ErrorHandler>>;

/** Handlers by class, in order. */
export type ErrorClauses<Errors extends readonly unknown[]> = {
	readonly [Index in keyof Errors]: readonly [kind: ErrorClass<Errors[Index]>, handler: ErrorHandler<Errors[Index]>];
};

/**
 * Handles the errors of a `TaskGroupError` by their kind, wherever they stand in the tree; any other error is treated as
 * a group of one. Handlers are tried in order: each takes the errors that match it out of those that are left, and is called
 * once with all of them, or not at all. What is left in the end is thrown on, in the shape it had; if nothing matched that is
 * the very same object. A handler that throws does not stop the others: its error is thrown when all are done, alone, or in
 * a `TaskGroupError` with the other errors and the rest.
 *
 * Handlers are given by name, or as pairs of a class and its handler. A name matches an error that has it as `name` or
 * `code`, and the instances of classes of that name, subclasses included. `Cancelled` is no error: it is thrown on at once.
 *
 * Cancelled while a handler runs: throws `Cancelled`, and what is left goes to the run's `onReport`.
 * (Python's `except*`, PEP 654.)
 *
 * @throws TypeError for a handler that is no function
 * @example
 * try {
 *   await withTaskGroup(body, { errors: "group" });
 * } catch (error) {
 *   await matchErrors(error, {
 *     TimeoutError: (errors) => log(`${errors.length} were too slow`),
 *     HOLDFAST_BROKEN_RESOURCE: () => reconnect(),
 *   });
 * }
 */
export function matchErrors(error: unknown, handlers: ErrorHandlers): Coroutine<void>;
export function matchErrors<const Errors extends readonly unknown[]>(
	error: unknown,
	clauses: ErrorClauses<Errors>,
): Coroutine<void>;
export function matchErrors(
	error: unknown,
	handlers: ErrorHandlers | ErrorClauses<readonly unknown[]>,
): Coroutine<void> {
	if (typeof handlers !== "object" || handlers === null)
		throw new TypeError(
			`matchErrors: the handlers are ${describe(handlers)}; pass { TypeError: (errors) => … }, or [[TypeError, (errors) => …]].`,
		);
	const isList = Array.isArray(handlers);
	const clauses = (isList ? handlers : Object.entries(handlers)) as readonly (readonly [unknown, ErrorHandler])[];
	for (const [, handler] of clauses) checkBody("matchErrors", handler);
	return matching(
		error,
		clauses.map(([kind, handler]) => [isList ? tester("matchErrors", kind) : named(kind as string), handler]),
	);
}

type Clause = readonly [test: (error: unknown) => boolean, handler: ErrorHandler];

const matching = /* @__PURE__ */ coroutine(function* matchErrors(
	error: unknown,
	clauses: readonly Clause[],
): Generator<never, void, unknown> {
	if (error instanceof Cancelled) throw error;
	let rest: TaskGroupError | undefined = error instanceof TaskGroupError ? error : new TaskGroupError([error]);
	// A group that holds nothing but the error itself stands for it.
	const wrapped = rest === error ? undefined : rest;
	const thrown: unknown[] = [];
	for (const [test, handler] of clauses) {
		if (rest === undefined) break;
		const leaf = (each: unknown): boolean => !(each instanceof TaskGroupError) && test(each);
		const [matched, others]: [TaskGroupError | undefined, TaskGroupError | undefined] = rest.split(leaf);
		if (matched === undefined) continue;
		rest = others;
		try {
			yield* new LazyCoroutine<unknown>(() => invoke(handler, [matched.leaves()]), HANDLER);
		} catch (problem) {
			if (problem instanceof Cancelled) {
				const task = runningTask("matchErrors");
				for (const other of [...thrown, ...(rest?.leaves() ?? [])]) task.runner.report(other, "suppressed", task);
				throw problem;
			}
			thrown.push(problem);
		}
	}
	if (rest !== undefined) thrown.push(rest === wrapped ? error : rest);
	if (thrown.length > 1) throw new TaskGroupError(thrown, "Handling the errors of a group has failed.");
	if (thrown.length > 0) throw thrown[0];
});

const HANDLER = { name: "handler", place: (): undefined => undefined };

function named(name: string): (error: unknown) => boolean {
	return (error) => {
		const { name: own, code } = (error ?? {}) as { name?: unknown; code?: unknown };
		if (own === name || code === name) return true;
		for (let it: unknown = Object(error); it !== null; it = Object.getPrototypeOf(it))
			if (
				Object.hasOwn(it as object, "constructor") &&
				(it as { constructor?: { name?: unknown } }).constructor?.name === name
			)
				return true;
		return false;
	};
}
