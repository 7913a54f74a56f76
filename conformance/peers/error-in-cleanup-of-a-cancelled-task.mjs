import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { run, sleep, sleepForever, withTaskGroup } from "holdfast";
import { messagesOf, pause, saidAloud } from "./harness.mjs";

export const guarantee = "An error in the cleanup of a cancelled task is not lost";
export const about =
	"A task is cancelled on purpose, and its cleanup fails. Nobody asks for the task's outcome. The error must be thrown somewhere, or printed.";
export const holds = (seen) => seen;
export const notes = {
	holdfast: "the group fails with it",
	effection: "`task.halt()` throws it",
	effect: "`Fiber.interrupt` gives nothing; the error can be asked for with `Fiber.await` before or after",
	trio: "the nursery raises it",
};

const found = (...texts) => texts.join().includes("the cleanup failed");

export async function holdfast() {
	try {
		await run(async () => {
			await withTaskGroup(async (group) => {
				const task = group.spawn(async () => {
					try {
						await sleepForever();
					} finally {
						// biome-ignore lint/correctness/noUnsafeFinally: the case is about an error of the cleanup.
						throw new Error("the cleanup failed");
					}
				});
				await sleep(1);
				task.cancel();
			});
		});
		return found(saidAloud());
	} catch (error) {
		return found(...messagesOf(error));
	}
}

export async function inEffection() {
	try {
		await effection.run(function* () {
			const task = yield* effection.spawn(function* () {
				yield* effection.ensure(() => {
					throw new Error("the cleanup failed");
				});
				yield* effection.suspend();
			});
			yield* effection.sleep(1);
			yield* task.halt();
		});
		await pause(5);
		return found(saidAloud());
	} catch (error) {
		return found(...messagesOf(error));
	}
}

export async function inEffect() {
	const waiting = Effect.never.pipe(
		Effect.ensuring(
			Effect.sync(() => {
				throw new Error("the cleanup failed");
			}),
		),
	);
	const program = Effect.gen(function* () {
		const fiber = yield* Effect.forkChild(waiting);
		yield* Effect.sleep(1);
		yield* Fiber.interrupt(fiber);
	});
	try {
		await Effect.runPromise(program);
		await pause(5);
		return found(saidAloud());
	} catch (error) {
		return found(...messagesOf(error));
	}
}
