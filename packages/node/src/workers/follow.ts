import {
	type Awaitable,
	Cancelled,
	type Coroutine,
	cleanup,
	currentDeadline,
	moveOnAfter,
	now,
	shield,
	sleep,
	sleepUntil,
} from "holdfast";
import type { Answer } from "./messages.ts";
import { unpackError } from "./packed-error.ts";

/** How work in another thread has ended. */
export type Outcome = Exclude<Answer, { kind: "report" }> | { readonly kind: "died"; readonly error: Error };

/** Work that has been sent to another thread. */
export interface Followed {
	/** For the stacks of its errors. */
	readonly where: string;
	/** For how many milliseconds it may go on after a cancellation, besides the grace of the scope. */
	readonly grace: number;
	/** Until the deadline, when it was sent. */
	readonly remaining: number;
	outcome(): Outcome | undefined;
	/** Waits until there is an outcome. */
	answer(): Coroutine<void>;
	cancel(text: string): void;
	/** Whether what it runs in was asked to end. */
	isEnding(): boolean;
	/** It has not ended in time: ends what it runs in. */
	abandon(): Awaitable<void>;
}

/** Waits for the outcome, and gives or throws it here. Cancelled: cancels the work, and waits for its cleanup. */
export function* follow(work: Followed): Generator<never, unknown, unknown> {
	const { where, remaining } = work;
	try {
		if (work.outcome() === undefined) yield* work.answer();
	} catch (error) {
		// Nobody else throws here.
		work.cancel((error as Error).message);
		try {
			yield* cleanup(() => moveOnAfter(work.grace, () => work.answer()));
		} catch (late) {
			if (!(late instanceof Cancelled)) throw late;
		} finally {
			if (work.outcome() === undefined) yield* shield(() => work.abandon());
		}
		// An error of its cleanup wins over the cancellation.
		const outcome = work.outcome();
		if (outcome?.kind === "failed") throw unpackError(outcome.error, where);
		if (outcome?.kind === "died" && !work.isEnding()) throw outcome.error;
		throw error;
	}
	const outcome = work.outcome();
	switch (outcome?.kind) {
		case "done":
			return outcome.value;
		case "failed":
			throw unpackError(outcome.error, where);
		case "died":
			throw outcome.error;
		default:
			// Its clock was a little ahead: the deadline here is the same.
			if (remaining !== Number.POSITIVE_INFINITY) {
				yield* sleepUntil(Math.max(currentDeadline(), now()));
				// It may have passed without having been noticed: later instants come after it.
				yield* sleep(1);
			}
			return undefined;
	}
}
