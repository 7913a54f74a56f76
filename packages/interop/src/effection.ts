import { type Context, createContext, type Effect, type Operation, run, type Scope } from "effection";
import {
	ContextVar,
	type Coroutine,
	call,
	coroutine,
	type EntryResult,
	fromCallback,
	HoldfastError,
	openPortal,
	type Portal,
} from "holdfast";
import { checkPeer } from "./peer-error.ts";

/** An operation was halted, but not by the code that awaits it: an ordinary error, so that nobody is cancelled at a distance. */
export class OperationHaltedError extends HoldfastError {
	override readonly name: string = "OperationHaltedError";
	readonly code: string = "HOLDFAST_OPERATION_HALTED";
}

/** What an operation knows of the task that has started it. */
let portalContext: Context<Portal> | undefined;

/** What a task knows of the operation that has started it. */
const scopeOf: ContextVar<Scope | undefined> = /* @__PURE__ */ new ContextVar("scope of Effection", {
	default: undefined,
});

function portals(): Context<Portal> {
	if (portalContext === undefined) {
		checkPeer("effection", "effection@^4.0.0", [createContext, run]);
		portalContext = createContext<Portal>("@holdfast/interop/portal");
	}
	return portalContext;
}

type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error };

/**
 * A call, or anything that can be awaited, as an operation. Each time that it is evaluated the call is made anew. An error is
 * thrown, the same object.
 *
 * Halting the operation cancels the call and waits for its cleanup; what that throws is thrown. A call that its own scope cancels
 * throws `TaskCancelledError`.
 *
 * Evaluated by `fromOperation`, the call is a task of the code that awaits there, and sees its context variables; else one of
 * the scope in which `toOperation` was called (see `openPortal`). Operations that it awaits by `fromOperation` belong to the
 * scope of Effection around it, and see its contexts.
 *
 * @throws PeerError if the installed Effection is not version 4
 * @example
 * const page = yield* toOperation(() => load(url));
 */
export function toOperation<Op>(op: Op): Operation<EntryResult<Op>> {
	const context = portals();
	const own = openPortal();
	const crossing: Effect<EntryResult<Op>> = {
		description: "toOperation",
		enter(settle, routine) {
			const { scope } = routine;
			const body = (): unknown => {
				scopeOf.set(scope);
				return typeof op === "function" ? call(op as unknown as () => never) : op;
			};
			let isOver = false;
			let discard: ((result: Result<void>) => void) | undefined;
			const failed = (error: unknown): void => {
				isOver = true;
				const result = { ok: false, error: error as Error } as const;
				if (discard === undefined) settle(result);
				else discard(result);
			};
			const task = (scope.get(context) ?? own).start(
				body as () => EntryResult<Op>,
				{
					done(value) {
						isOver = true;
						if (discard === undefined) settle({ ok: true, value } as never);
						else discard(OK);
					},
					failed,
					cancelled(error) {
						isOver = true;
						if (discard === undefined) failed(error);
						else discard(OK);
					},
				},
				{ name: typeof op === "function" ? op.name : "" },
			);
			// Called in any case, when it was settled too.
			return (discarded) => {
				if (isOver) {
					discarded(OK);
					return;
				}
				discard = discarded;
				task?.cancel("its operation was halted");
			};
		},
	};
	return {
		*[Symbol.iterator]() {
			return (yield crossing) as EntryResult<Op>;
		},
	};
}

const OK: Result<void> = { ok: true, value: undefined };

/**
 * Evaluates an operation and waits for it, as a call of the running task: what it calls by `toOperation` sees the task's context
 * variables; it stands in the scope of Effection in which the task runs, if that was started by `toOperation`, else in
 * Effection's global one.
 *
 * An error is thrown, the same object. Cancelled: the operation is halted, and its `finally` blocks are waited for, within the
 * grace; what they throw is thrown. An operation that somebody else halts is an error.
 *
 * @throws OperationHaltedError if it was halted, but not by this task's cancellation
 * @throws PeerError if the installed Effection is not version 4
 * @throws CannotBlockError in a synchronous run, if it waits
 * @example
 * const winner = await fromOperation(race([fetchFromA(), fetchFromB()]));
 */
export function fromOperation<T>(operation: Operation<T>): Coroutine<T> {
	if (typeof (operation as Partial<Operation<T>> | null | undefined)?.[Symbol.iterator] !== "function")
		throw new TypeError(
			`fromOperation takes an operation, not ${operation === null ? "null" : `a value of type ${typeof operation}`}: call the generator function, fromOperation(work()).`,
		);
	portals();
	return awaitOperation(operation) as Coroutine<T>;
}

const awaitOperation = /* @__PURE__ */ coroutine(function* fromOperation(
	operation: Operation<unknown>,
): Generator<never, unknown, unknown> {
	const result = yield* fromCallback<Result<unknown>>((done) => {
		const portal = openPortal();
		const scope = scopeOf.get();
		let failure: Result<unknown> | undefined;
		// Errors go to whoever awaits, and not to the scope of Effection, which they would end.
		const body = function* (): Generator<Effect<unknown>, Result<unknown>, unknown> {
			yield* portals().set(portal);
			let result: Result<unknown>;
			try {
				result = { ok: true, value: yield* operation };
			} catch (error) {
				// Of its cleanup, if it is being halted: Effection drops what a halted operation returns.
				result = failure = { ok: false, error: error as Error };
			}
			return result;
		};
		const task = scope === undefined ? run(body) : scope.run(body);
		task.then(
			(ended) => done(null, ended),
			(error: Error) => done(null, failure ?? { ok: false, error: error.message === "halted" ? halted(error) : error }),
		);
		return () =>
			fromCallback<void>((stopped) => {
				task.halt().then(() => stopped(failure?.ok === false ? failure.error : null), stopped);
			});
	});
	if (result.ok) return result.value;
	throw result.error;
});

function halted(cause: Error): OperationHaltedError {
	return new OperationHaltedError("The operation was halted, and not by the code that awaits it.", { cause });
}
