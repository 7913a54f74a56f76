import { Cause, Effect } from "effect";
import * as effection from "effection";
import { run, sleep, sleepForever, suppressedErrors, withTaskGroup } from "holdfast";
import { messagesOf, pause, saidAloud } from "./harness.mjs";

export const guarantee = "Of two errors of siblings none is lost";
export const about =
	"One task fails. Its sibling is cancelled for that, and its cleanup fails too. Both errors must be found: in what the program throws or gives, or in what is printed.";
export const holds = (seen) => seen.join() === "the first,the second";
export const notes = {
	holdfast: "thrown is the first, with the second in `suppressedErrors(error)` and in its stack",
	effection: "the error of the cleanup takes the place of the one that led to it",
	effect:
		"both are in the `Cause` of `runPromiseExit`; `runPromise` rejects with the first alone, as documented at `Cause.squash`",
	trio: "both are found from what is raised (a group, or `__context__`)",
};

const found = (text) => ["the first", "the second"].filter((it) => text.includes(it));

export async function holdfast() {
	try {
		await run(async () => {
			await withTaskGroup(async (group) => {
				group.spawn(async () => {
					await sleep(1);
					throw new Error("the first");
				});
				group.spawn(async () => {
					try {
						await sleepForever();
					} finally {
						// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
						throw new Error("the second");
					}
				});
			});
		});
	} catch (error) {
		await pause(5);
		return found([error, ...suppressedErrors(error)].flatMap((it) => messagesOf(it)).join());
	}
}

export async function inEffection() {
	try {
		await effection.run(function* () {
			yield* effection.spawn(function* () {
				yield* effection.sleep(1);
				throw new Error("the first");
			});
			yield* effection.spawn(function* () {
				try {
					yield* effection.suspend();
				} finally {
					// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
					throw new Error("the second");
				}
			});
			yield* effection.suspend();
		});
	} catch (error) {
		await pause(5);
		return found([...messagesOf(error), saidAloud()].join());
	}
}

export async function inEffect() {
	const first = Effect.sleep(1).pipe(Effect.andThen(Effect.fail(new Error("the first"))));
	const second = Effect.never.pipe(
		Effect.ensuring(
			Effect.sync(() => {
				throw new Error("the second");
			}),
		),
	);
	const exit = await Effect.runPromiseExit(Effect.all([first, second], { concurrency: "unbounded" }));
	await pause(5);
	return found(
		Cause.prettyErrors(exit.cause)
			.flatMap((it) => messagesOf(it))
			.join(),
	);
}
