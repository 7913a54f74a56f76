import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { run, sleep, sleepForever, withTaskGroup } from "holdfast";

export const guarantee = "Cleanup that never ends does not hold up a cancellation for ever, without further ado";
export const about =
	"A task's cleanup waits for something that never comes. The task is cancelled. Whoever cancels must get on at some time.";
export const holds = (seen) => seen === "went on";
export const notes = {
	holdfast: "after the grace (5,000 ms if nothing is said, here 20)",
	effection: "waits for the cleanup; a bound is the program's to write",
	effect: "finalizers cannot be interrupted; a bound is the program's to write: `Effect.timeout` inside it",
	trio: "an await in cleanup that is not shielded is cancelled at once; a shielded one waits until its own deadline",
};

export async function holdfast() {
	await run(
		async () => {
			await withTaskGroup(async (group) => {
				const task = group.spawn(async () => {
					try {
						await sleepForever();
					} finally {
						await sleepForever();
					}
				});
				await sleep(1);
				task.cancel();
			});
		},
		{ grace: 20 },
	);
	return "went on";
}

export async function inEffection() {
	await effection.run(function* () {
		const task = yield* effection.spawn(function* () {
			yield* effection.ensure(function* () {
				yield* effection.suspend();
			});
			yield* effection.suspend();
		});
		yield* effection.sleep(1);
		yield* task.halt();
	});
	return "went on";
}

export async function inEffect() {
	const program = Effect.gen(function* () {
		const fiber = yield* Effect.forkChild(Effect.never.pipe(Effect.ensuring(Effect.never)));
		yield* Effect.sleep(1);
		yield* Fiber.interrupt(fiber);
	});
	await Effect.runPromise(program);
	return "went on";
}
