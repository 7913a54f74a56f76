import { checkCount } from "./check-count.ts";
import { type Awaitable, type Coroutine, coroutine, LazyCoroutine } from "./coroutine.ts";
import { type Begin, describe, invoke, runningTask } from "./invoke.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import type { Code } from "./kernel/frame.ts";
import { keep } from "./kernel/suppressed.ts";
import { checkBody, checkDuration, checkOptions, withTimeout } from "./scopes.ts";
import { sleep } from "./sleep.ts";

/** How `retry` tries again. Times are in milliseconds. */
export interface RetryPolicy {
	/** How often to try, the first time included: a whole number from 1, or Infinity. Default 3. */
	attempts?: number;
	/** The pause after the first failure. Default 100. */
	delay?: number;
	/** Each pause is this many times the one before. Default 2. */
	factor?: number;
	/** No pause is longer. Default 30,000. */
	maxDelay?: number;
	/** Which part of each pause is left to chance, from 0 (default) to 1, so that many clients do not come back at once. */
	jitter?: number;
	/** A limit for each attempt; `TimeoutError` is a failure like others. Default: none. */
	timeout?: number;
	/** Whether to try again after this error of attempt number `attempt`. Default: always. */
	retryIf?: (error: unknown, attempt: number) => boolean;
}

const POLICY = ["attempts", "delay", "factor", "maxDelay", "jitter", "timeout", "retryIf"];

/** Of the errors before the last one this many are kept, so that trying for ever does not fill the memory. */
const KEPT = 10;

/**
 * Calls `fn` until it succeeds, with growing pauses between the attempts. `fn` is told the number of the attempt, from 1.
 * Throws the error of the last attempt; those before (the latest ten) are its `suppressedErrors`.
 *
 * Cancelled: throws `Cancelled` at once. A cancellation is never tried again; a `TimeoutError` or the `AbortError` of
 * another library is a failure like others. Makes no task.
 *
 * @throws RangeError for a policy that makes no sense
 * @example
 * const page = await retry(() => download(url), { attempts: 5, timeout: 2_000 });
 */
export function retry<T>(fn: (attempt: number) => Awaitable<T>, policy: RetryPolicy = {}): Coroutine<T> {
	checkBody("retry", fn);
	checkOptions("retry", policy, POLICY);
	const { attempts = 3, delay = 100, factor = 2, maxDelay = 30_000, jitter = 0, timeout, retryIf } = policy;
	checkCount("retry: attempts", attempts, 1);
	for (const [name, duration] of Object.entries({ delay, maxDelay, timeout }))
		if (duration !== undefined) checkDuration(`retry: ${name}`, duration);
	if (typeof factor !== "number" || !(factor >= 1))
		throw new RangeError(`retry: factor must be a number from 1, not ${describe(factor)}.`);
	if (typeof jitter !== "number" || !(jitter >= 0 && jitter <= 1))
		throw new RangeError(`retry: jitter must be a number from 0 to 1, not ${describe(jitter)}.`);
	if (retryIf !== undefined) checkBody("retry: retryIf", retryIf);
	return retrying(fn, { ...policy, attempts, delay, factor, maxDelay, jitter }) as Coroutine<T>;
}

type FullPolicy = RetryPolicy & Required<Omit<RetryPolicy, "timeout" | "retryIf">>;

const retrying = coroutine(function* retry(fn: (attempt: number) => unknown, policy: FullPolicy) {
	const { timeout, retryIf } = policy;
	const earlier: unknown[] = [];
	let pause = policy.delay;
	for (let attempt = 1; ; attempt++) {
		try {
			const call = new LazyCoroutine<unknown>(beginAttempt, ATTEMPT, fn, attempt);
			return timeout === undefined ? yield* call : yield* withTimeout(timeout, () => call);
		} catch (error) {
			if (error instanceof Cancelled) throw error;
			if (attempt >= policy.attempts || retryIf?.(error, attempt) === false) {
				const task = runningTask("retry");
				for (const other of earlier) keep(error, other, task);
				throw error;
			}
			earlier.push(error);
			if (earlier.length > KEPT) earlier.shift();
		}
		yield* sleep(Math.min(pause, policy.maxDelay) * (1 - policy.jitter * Math.random()));
		pause *= policy.factor;
	}
});

const ATTEMPT: Code = { name: "attempt", place: () => undefined };
const beginAttempt: Begin = (lazy) => invoke(lazy.a0 as (attempt: number) => unknown, [lazy.a1]);
