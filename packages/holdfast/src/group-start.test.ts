import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { rejectionOf, virtually } from "../test/virtually.ts";
import { ForeignRunnerError, StartedError } from "./errors.ts";
import { type Started, withTaskGroup } from "./group.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { run } from "./run.ts";
import type { Report } from "./runner.ts";
import { onExit } from "./scopes.ts";
import { checkpoint, sleep } from "./sleep.ts";
import { currentTask } from "./task.ts";

// What a starting task has taken along from its caller's scope when it moves to the group.

test("what a starting task leaves to onExit is done at the end of the group, not when start returns", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			onExit(() => void log.push("the group's own"));
			yield* group.start(function* (started: Started<void>) {
				onExit(() => void log.push("first"));
				onExit(() => void log.push("second"));
				started();
				yield* sleep(5);
				log.push("child ends");
			});
			log.push("started");
		});
	});
	expect(log).toEqual(["started", "child ends", "second", "first", "the group's own"]);
});

test("in compiled code it is done at the end of the started function", async () => {
	const log: string[] = [];
	const main = compile(
		`
		async function serve(started) { onExit(() => log("closed")); started(); await sleep(5); log("child ends"); }
		async function main() {
			await withTaskGroup(async (group) => { await group.start(serve); log("started"); await sleep(10); log("body ends"); });
		}`,
		{ log: (text: string) => log.push(text) },
	);
	await virtually(main);
	expect(log).toEqual(["started", "child ends", "closed", "body ends"]);
});

test("a coroutine made before started() may be awaited after it; one that never is, is reported when the group ends", async () => {
	const log: string[] = [];
	const onReport = ({ kind }: Report): void => void log.push(kind);
	await virtually(
		() =>
			withTaskGroup(function* (group) {
				yield* group.start(function* (started: Started<void>) {
					const made = [sleep(1), sleep(2), checkpoint()];
					sleep(3);
					started();
					yield* checkpoint();
					for (const each of made) yield* each;
					log.push("all awaited");
				});
				log.push("started");
			}),
		{ onReport },
	);
	expect(log).toEqual(["started", "all awaited", "never-awaited"]);
});

test("a task that cancels itself before it has called started() is a named error", async () => {
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup((group) =>
				group.start(function* gone() {
					currentTask().cancel();
					yield* checkpoint();
				}),
			),
		),
	);
	expect(error).toBeInstanceOf(StartedError);
	expect((error as Error).message).toContain("gone was cancelled without calling started()");
});

test("start into a group that has ended says what to do", async () => {
	await virtually(function* () {
		const ended = yield* withTaskGroup((group) => group);
		const error = yield* (function* () {
			try {
				return yield* ended.start(function serve() {});
			} catch (error) {
				return error;
			}
		})();
		expect(error).toMatchObject({ code: "HOLDFAST_GROUP_CLOSED" });
		expect((error as Error).message).toMatch(/^start\(serve\).*still open/);
	});
});

test("an error of the body is collected once, although onExit has something to do", async () => {
	const reported: unknown[] = [];
	const second = new Error("second");
	const fails = (first: unknown): Promise<unknown> =>
		rejectionOf(
			virtually(
				() =>
					withTaskGroup(function* (group) {
						onExit(() => {});
						group.spawn(() => {
							throw first;
						});
						try {
							yield* sleep(1);
						} finally {
							// biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
							throw second;
						}
					}),
				{ onReport: ({ error }) => reported.push(error) },
			),
		);
	// A primitive has no room for further errors: they are reported at once.
	expect([await fails("first"), reported]).toEqual(["first", [second]]);
	const first = new Error("first");
	expect(await fails(first)).toBe(first);
	expect(suppressedErrors(first)).toEqual([second]);
});

test("a group of another run takes no task over: that is refused at once", async () => {
	const error = await rejectionOf(
		virtually(() =>
			withTaskGroup((group) => run(() => group.start<void, [], void>((started) => started()), { onReport: () => {} })),
		),
	);
	expect(error).toBeInstanceOf(ForeignRunnerError);
	expect(String(error)).toMatch(/belongs to another run/);
});
