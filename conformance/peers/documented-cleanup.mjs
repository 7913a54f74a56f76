import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { onExit, run, sleep, sleepForever, withTaskGroup } from "holdfast";

export const guarantee = "Cleanup as each documentation recommends it runs to its end before the cancellation is over";
export const about =
	"A task registers cleanup that waits, then waits itself, and is cancelled. Whoever cancels waits for the end.";
export const holds = (seen) => seen.join() === "cleanup began,cleanup ended,cancelled";
export const notes = {
	holdfast: "`onExit`",
	effection: "`ensure`",
	effect: "`Effect.acquireRelease`",
	trio: "`finally` with a shielded scope",
};

export async function holdfast() {
	const seen = [];
	await run(async () => {
		await withTaskGroup(async (group) => {
			const task = group.spawn(async () => {
				await withTaskGroup(async () => {
					onExit(async () => {
						seen.push("cleanup began");
						await sleep(1);
						seen.push("cleanup ended");
					});
					await sleepForever();
				});
			});
			await sleep(1);
			task.cancel();
			try {
				await task;
			} catch {
				seen.push("cancelled");
			}
		});
	});
	return seen;
}

export async function inEffection() {
	const seen = [];
	await effection.run(function* () {
		const task = yield* effection.spawn(function* () {
			yield* effection.ensure(function* () {
				seen.push("cleanup began");
				yield* effection.sleep(1);
				seen.push("cleanup ended");
			});
			yield* effection.suspend();
		});
		yield* effection.sleep(1);
		yield* task.halt();
		seen.push("cancelled");
	});
	return seen;
}

export async function inEffect() {
	const seen = [];
	const release = Effect.gen(function* () {
		seen.push("cleanup began");
		yield* Effect.sleep(1);
		seen.push("cleanup ended");
	});
	const waiting = Effect.gen(function* () {
		yield* Effect.acquireRelease(Effect.void, () => release);
		yield* Effect.never;
	});
	const program = Effect.gen(function* () {
		const fiber = yield* Effect.forkChild(Effect.scoped(waiting));
		yield* Effect.sleep(1);
		yield* Fiber.interrupt(fiber);
		seen.push("cancelled");
	});
	await Effect.runPromise(program);
	return seen;
}
