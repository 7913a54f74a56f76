import { Cancelled, type Coroutine, cleanup, coroutine, moveOnAfter, operation, type Resume, suspend } from "holdfast";
import { fileError } from "./file-errors.ts";

/** One call of the host's file system, in both colours. */
export interface HostCall<T> {
	/** The public function that makes it, for messages and dumps. */
	readonly operation: string;
	readonly path?: string | undefined;
	/** Makes the call; `done` is called once. */
	start(done: (error: unknown, value?: T) => void): void;
	/** The same, for synchronous runs. */
	sync(): T;
	/** It changes something outside of this process: what has begun is waited for, within the grace. */
	readonly changes?: boolean;
	/** Gets a value that nobody waits for any more: to close what it has opened. */
	late?(value: T): void;
	/** What ends the waits for this call early, if another task closes what it is about. */
	readonly waiting?: Set<(error: unknown) => void>;
}

/** For how many milliseconds a cancelled read is waited for, so that mostly nothing is left under way. */
export const PATIENCE = 100;

/**
 * Makes one call of the host, which cannot be taken back once it has begun (it stands in the queue of a thread pool).
 * Cancelled: what changes something is waited for as cleanup, and its error is thrown; anything else is waited for a moment
 * and then left alone. A value that comes after that is given to `late`.
 */
export const hostCall: <T>(call: HostCall<T>) => Coroutine<T> = /* @__PURE__ */ operation({
	async: coroutine(callHost),
	sync: (call: HostCall<unknown>) => {
		try {
			return call.sync();
		} catch (error) {
			throw fileError(error, call.operation, call.path);
		}
	},
}) as <T>(call: HostCall<T>) => Coroutine<T>;

function* callHost(call: HostCall<unknown>): Generator<never, unknown, unknown> {
	const { waiting } = call;
	let settled: { readonly error: unknown; readonly value: unknown } | undefined;
	let abandoned = false;
	let wake: Resume<void> | undefined;
	call.start((error, value) => {
		if (abandoned) {
			if (!error) call.late?.(value);
			return;
		}
		settled = { error, value };
		wake?.();
	});
	const answer = (): Coroutine<void> =>
		suspend<void>(
			(resume) => {
				if (settled !== undefined) resume();
				wake = resume;
				waiting?.add(resume.throw);
				return () => {
					waiting?.delete(resume.throw);
				};
			},
			{ label: call.operation, outside: true },
		);
	try {
		if (settled === undefined) yield* answer();
	} catch (error) {
		if (error instanceof Cancelled && settled === undefined) {
			const wait = call.changes ? answer : () => moveOnAfter(PATIENCE, answer);
			try {
				yield* cleanup(wait);
			} catch (late) {
				// The grace is over, or another task has closed it.
				if (!(late instanceof Cancelled)) throw late;
			} finally {
				abandoned = true;
			}
			const ended = settled as { readonly error: unknown; readonly value: unknown } | undefined;
			if (ended !== undefined) {
				if (!ended.error) call.late?.(ended.value);
				else if (call.changes) throw fileError(ended.error, call.operation, call.path);
			}
		}
		abandoned = true;
		throw error;
	} finally {
		if (wake !== undefined) waiting?.delete(wake.throw);
	}
	const { error, value } = settled as unknown as { readonly error: unknown; readonly value: unknown };
	if (error) throw fileError(error, call.operation, call.path);
	return value;
}
