import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { run, sleep, withTaskGroup } from "holdfast";

export const guarantee = "A loop that catches every error can be cancelled";
export const about =
	"A task works in an endless loop and goes on after every error. It is cancelled. The cancellation must come back.";
export const holds = (seen) => seen === "cancelled";
export const notes = { trio: "`except Exception`: `Cancelled` is a `BaseException`" };

export async function holdfast() {
	await run(async () => {
		await withTaskGroup(async (group) => {
			const task = group.spawn(async () => {
				for (;;) {
					try {
						await sleep(1);
						throw new Error("work");
					} catch {
						// The next turn may do better.
					}
				}
			});
			await sleep(10);
			task.cancel();
		});
	});
	return "cancelled";
}

export async function inEffection() {
	await effection.run(function* () {
		const task = yield* effection.spawn(function* () {
			for (;;) {
				try {
					yield* effection.sleep(1);
					throw new Error("work");
				} catch {
					// The next turn may do better.
				}
			}
		});
		yield* effection.sleep(10);
		yield* task.halt();
	});
	return "cancelled";
}

export async function inEffect() {
	const work = Effect.sleep(1).pipe(Effect.andThen(Effect.fail(new Error("work"))));
	const program = Effect.gen(function* () {
		const fiber = yield* Effect.forkChild(Effect.forever(Effect.catchCause(work, () => Effect.void)));
		yield* Effect.sleep(10);
		yield* Fiber.interrupt(fiber);
	});
	await Effect.runPromise(program);
	return "cancelled";
}
