import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { run, sleep, sleepForever, withTaskGroup } from "holdfast";

export const guarantee =
	"Who cancels a task a second time also waits for the end of its cleanup, and does not disturb it";
export const about =
	"A task is cancelled; while its cleanup waits, somebody else cancels it again and waits for the end.";
export const holds = (seen) => seen.join() === "cleanup ended,went on";
export const notes = {
	trio: "cancelling does not wait; leaving the nursery does",
};

export async function holdfast() {
	const seen = [];
	await run(async () => {
		await withTaskGroup(async (group) => {
			const task = group.spawn(async () => {
				try {
					await sleepForever();
				} finally {
					await sleep(20);
					seen.push("cleanup ended");
				}
			});
			await sleep(1);
			task.cancel();
			await sleep(5);
			task.cancel();
			try {
				await task;
			} catch {
				seen.push("went on");
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
				yield* effection.sleep(20);
				seen.push("cleanup ended");
			});
			yield* effection.suspend();
		});
		yield* effection.sleep(1);
		yield* effection.spawn(() => task.halt());
		yield* effection.sleep(5);
		yield* task.halt();
		seen.push("went on");
	});
	return seen;
}

export async function inEffect() {
	const seen = [];
	const cleanup = Effect.sleep(20).pipe(Effect.andThen(Effect.sync(() => void seen.push("cleanup ended"))));
	const program = Effect.gen(function* () {
		const fiber = yield* Effect.forkChild(Effect.never.pipe(Effect.ensuring(cleanup)));
		yield* Effect.sleep(1);
		yield* Effect.forkChild(Fiber.interrupt(fiber));
		yield* Effect.sleep(5);
		yield* Fiber.interrupt(fiber);
		seen.push("went on");
	});
	await Effect.runPromise(program);
	return seen;
}
