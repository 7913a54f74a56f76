import { expect, test } from "vitest";
import { virtually } from "../test/virtually.ts";
import { coroutine } from "./coroutine.ts";
import { TimeoutError } from "./errors.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { retry } from "./retry.ts";
import { moveOnAfter, withTimeout } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";

const thrown = coroutine(function* (call: () => unknown) {
	try {
		yield* call() as Generator<never, unknown, unknown>;
	} catch (error) {
		return error;
	}
	return expect.unreachable();
});

test("tries again, with doubling pauses, until it succeeds; tells the number of the attempt", async () => {
	await virtually(function* () {
		const seen: [number, number][] = [];
		const result = yield* retry(
			function* (attempt) {
				seen.push([attempt, now()]);
				yield* sleep(1);
				if (attempt < 4) throw new Error(`attempt ${attempt}`);
				return "done";
			},
			{ attempts: 5 },
		);
		expect(result).toBe("done");
		expect(seen).toEqual([
			[1, 0],
			[2, 101],
			[3, 302],
			[4, 703],
		]);
	});
});

test("throws the last error, with the earlier ones in order", async () => {
	await virtually(function* () {
		const error = yield* thrown(() =>
			retry((attempt) => {
				throw new Error(`attempt ${attempt}`);
			}),
		);
		expect(error).toMatchObject({ message: "attempt 3" });
		expect(suppressedErrors(error)).toMatchObject([{ message: "attempt 1" }, { message: "attempt 2" }]);
	});
});

test("no pause is longer than maxDelay; jitter only shortens it", async () => {
	await virtually(function* () {
		const at: number[] = [];
		yield* thrown(() =>
			retry(
				() => {
					at.push(now());
					throw new Error("no");
				},
				{ attempts: 5, delay: 10, factor: 10, maxDelay: 50 },
			),
		);
		expect(at).toEqual([0, 10, 60, 110, 160]);
		const begun = now();
		yield* thrown(() => retry(() => Promise.reject("no"), { attempts: 3, delay: 100, factor: 1, jitter: 1 }));
		expect(now() - begun).toBeLessThanOrEqual(200);
	});
});

test("retryIf decides; refusing throws the error at once", async () => {
	await virtually(function* () {
		let calls = 0;
		const fatal = new Error("fatal");
		const asked: number[] = [];
		const error = yield* thrown(() =>
			retry(
				() => {
					calls++;
					throw calls < 3 ? new Error("passing") : fatal;
				},
				{
					attempts: 10,
					retryIf: (it, attempt) => {
						asked.push(attempt);
						return it !== fatal;
					},
				},
			),
		);
		expect([error, calls, asked]).toEqual([fatal, 3, [1, 2, 3]]);
	});
});

test("the timeout counts for each attempt, and is a failure like others", async () => {
	await virtually(function* () {
		const error = yield* thrown(() => retry(sleepForever, { attempts: 2, delay: 5, timeout: 10 }));
		expect(error).toBeInstanceOf(TimeoutError);
		expect(suppressedErrors(error)[0]).toBeInstanceOf(TimeoutError);
		expect(now()).toBe(25);
	});
});

test("a cancellation is never tried again, neither during an attempt nor during a pause", async () => {
	await virtually(function* () {
		let calls = 0;
		const attempt = function* () {
			calls++;
			yield* sleep(10);
			throw new Error("no");
		};
		const retryIf = (error: unknown) => {
			expect(error).not.toBeInstanceOf(Cancelled);
			return true;
		};
		expect(yield* moveOnAfter(5, () => retry(attempt, { retryIf }))).toBeUndefined();
		expect([calls, now()]).toEqual([1, 5]);
		expect(yield* thrown(() => withTimeout(20, () => retry(attempt)))).toBeInstanceOf(TimeoutError);
		expect([calls, now()]).toEqual([2, 25]);
	});
});

test("of very many errors only the latest are kept", async () => {
	await virtually(function* () {
		const error = yield* thrown(() =>
			retry(
				(attempt) => {
					throw new Error(`${attempt}`);
				},
				{ attempts: 50, delay: 0 },
			),
		);
		expect(suppressedErrors(error).length).toBe(10);
		expect(suppressedErrors(error)[0]).toMatchObject({ message: "40" });
	});
});

test("policies that make no sense are refused at the call", () => {
	const wrong = [
		{ attempts: 0 },
		{ attempts: 1.5 },
		{ delay: -1 },
		{ delay: Number.NaN },
		{ factor: 0.5 },
		{ jitter: 2 },
		{ timeout: -1 },
		{ maxDelay: Number.NaN },
	];
	for (const policy of wrong) expect(() => retry(() => 1, policy)).toThrow(RangeError);
	expect(() => retry(() => 1, { retries: 3 } as never)).toThrow(/unknown option "retries"/);
	expect(() => retry(sleep(1) as never)).toThrow(TypeError);
});
