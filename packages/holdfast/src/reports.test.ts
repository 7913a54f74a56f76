import { expect, test, vi } from "vitest";
import { compile } from "../test/compile.ts";
import { rejectionOf, virtually } from "../test/virtually.ts";
import { openTaskGroup, withTaskGroup } from "./group.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import type { Report } from "./runner.ts";
import { cleanup, onExit, withCancelScope } from "./scopes.ts";
import { sleep, sleepForever } from "./sleep.ts";
import { until } from "./suspend.ts";

// No error is ever lost: each has a recipient, or is kept with one that has, or is reported.

/** What a main throws, what is kept with it, and what is reported. */
async function ending(main: () => unknown): Promise<{ thrown: unknown; kept: unknown[]; reports: Report[] }> {
	const reports: Report[] = [];
	const thrown = await rejectionOf(virtually(main as () => undefined, { onReport: (report) => reports.push(report) }));
	return { thrown, kept: [...suppressedErrors(thrown)], reports };
}

function* failsInCleanup(error: unknown): Generator<never, void, never> {
	try {
		yield* sleepForever();
	} finally {
		yield* cleanup(() => sleep(1));
		// biome-ignore lint/correctness/noUnsafeFinally: this is the case
		throw error;
	}
}

test("what an error suppresses is reported when it leaves run, each with the error that was thrown", async () => {
	const [first, second, third] = [new Error("first"), new Error("second"), new Error("third")];
	const { thrown, kept, reports } = await ending(() =>
		withTaskGroup((group) => {
			group.spawn(() => failsInCleanup(second));
			group.spawn(() => failsInCleanup(third));
			group.spawn(() => {
				throw first;
			});
		}),
	);
	expect(thrown).toBe(first);
	expect(kept).toEqual([second, third]);
	expect(reports.map(({ error, kind, primary }) => [error, kind, primary])).toEqual([
		[second, "suppressed", first],
		[third, "suppressed", first],
	]);
});

test("what an error suppresses is nobody else's business when the error was caught inside", async () => {
	const reports: Report[] = [];
	await virtually(
		function* () {
			try {
				yield* withTaskGroup((group) => {
					group.spawn(() => failsInCleanup(new Error("second")));
					group.spawn(() => {
						throw new Error("first");
					});
				});
			} catch (error) {
				expect(suppressedErrors(error)).toHaveLength(1);
			}
		},
		{ onReport: (report) => reports.push(report) },
	);
	expect(reports).toEqual([]);
});

test("a primitive has no room: what it would suppress is reported at once", async () => {
	const second = new Error("second");
	const { thrown, reports } = await ending(() =>
		withTaskGroup((group) => {
			group.spawn(() => failsInCleanup(second));
			group.spawn(() => {
				throw "text";
			});
		}),
	);
	expect(thrown).toBe("text");
	expect(reports.map(({ error, kind, primary }) => [error, kind, primary])).toEqual([[second, "suppressed", "text"]]);
});

test("so it is with what was left to onExit, and with an iterator's return", async () => {
	const exit = await ending(() =>
		withCancelScope(() => {
			onExit(() => {
				throw new Error("exit");
			});
			throw 1;
		}),
	);
	expect([exit.thrown, exit.reports.map(({ error }) => String(error))]).toEqual([1, ["Error: exit"]]);
	const closing = await ending(
		compile(`async function main() {
			const iterator = { next: () => ({ value: 1, done: false }), return() { throw new Error("closing"); } };
			for await (const value of { [Symbol.asyncIterator]: () => iterator }) throw 2;
		}`),
	);
	expect(closing.thrown).toBe(2);
	// The language loses an error of `return` beside one of the body.
	expect(closing.reports.map(({ error }) => String(error))).toEqual(["Error: closing"]);
});

test("what fails in a group that was left open is kept with the error that says so", async () => {
	const failure = new Error("in cleanup");
	const { thrown, kept } = await ending(function* () {
		const group = openTaskGroup({ name: "forgotten" });
		group.spawn(() => failsInCleanup(failure));
		yield* sleep(1);
	});
	expect(String(thrown)).toContain('The scope "forgotten" was left open');
	expect(kept).toEqual([failure]);
});

test("a frozen error keeps what it suppresses", async () => {
	const first = Object.freeze(new Error("first"));
	const second = new Error("second");
	const { thrown, kept, reports } = await ending(() =>
		withTaskGroup((group) => {
			group.spawn(() => failsInCleanup(second));
			group.spawn(() => {
				throw first;
			});
		}),
	);
	expect(thrown).toBe(first);
	expect(kept).toEqual([second]);
	expect(reports.map(({ error }) => error)).toEqual([second]);
});

test("a promise that rejects after its wait was cancelled is reported", async () => {
	const late = new Error("late");
	const reports: Report[] = [];
	await virtually(
		function* () {
			let reject: (error: unknown) => void = () => {};
			yield* withCancelScope(function* (scope) {
				scope.cancel();
				yield* until(
					new Promise((_resolve, no) => {
						reject = no;
					}),
				);
			});
			reject(late);
			yield* sleep(1);
		},
		{ onReport: (report) => reports.push(report) },
	);
	expect(reports.map(({ error, kind }) => [error, kind])).toEqual([[late, "late-rejection"]]);
});

test("without onReport a suppressed error is printed, with its path", async () => {
	const print = vi.spyOn(console, "error").mockImplementation(() => {});
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup((group) => {
				group.spawn(() => failsInCleanup(new Error("second")));
				group.spawn(() => {
					throw new Error("first");
				});
			}),
		),
	);
	expect(String(error)).toBe("Error: first");
	expect(print.mock.calls.map((call) => call.map(String))).toEqual([
		["holdfast: a further error in main:", "Error: second"],
	]);
	print.mockRestore();
});
