import type { Awaitable } from "../src/coroutine.ts";
import { VirtualLoop } from "../src/loops/virtual.ts";
import { type RunOptions, run } from "../src/run.ts";

/** `run` on virtual time. */
export function virtually<T>(main: () => Awaitable<T>, options: RunOptions = {}): Promise<T> {
	return run(main, { loop: new VirtualLoop(), ...options });
}

/** For tests of misuse that leave coroutines behind which nobody awaits. */
export const quietly: RunOptions = { onReport: () => {} };

/** The error that a promise is rejected with. */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<unknown> {
	try {
		await promise;
	} catch (error) {
		return error;
	}
	throw new Error("The promise was not rejected.");
}

/** The error that a call throws. */
export function thrownBy(call: () => unknown): unknown {
	try {
		call();
	} catch (error) {
		return error;
	}
	throw new Error("Nothing was thrown.");
}

/** Lets microtasks, and what they set off, come to rest. */
export function hostTurn(): Promise<void> {
	return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
