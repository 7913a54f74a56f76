import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { run, sleep, sleepForever, withTaskGroup } from "holdfast";

export const guarantee = "The language's own `finally` runs when a task is cancelled";
export const about = "A task waits inside `try { … } finally { … }` and is cancelled.";
export const holds = (seen) => seen.join() === "finally";
export const notes = {
	effect:
		"an interrupted fiber drops its generator; the [documentation](https://effect.website/docs/resource-management/introduction/) names `Effect.ensuring`, `Effect.onExit` and `Effect.acquireRelease` instead (below)",
};

export async function holdfast() {
	const seen = [];
	await run(async () => {
		await withTaskGroup(async (group) => {
			const task = group.spawn(async () => {
				try {
					await sleepForever();
				} finally {
					seen.push("finally");
				}
			});
			await sleep(1);
			task.cancel();
		});
	});
	return seen;
}

export async function inEffection() {
	const seen = [];
	await effection.run(function* () {
		const task = yield* effection.spawn(function* () {
			try {
				yield* effection.suspend();
			} finally {
				seen.push("finally");
			}
		});
		yield* effection.sleep(1);
		yield* task.halt();
	});
	return seen;
}

export async function inEffect() {
	const seen = [];
	const waiting = Effect.gen(function* () {
		try {
			yield* Effect.never;
		} finally {
			seen.push("finally");
		}
	});
	const program = Effect.gen(function* () {
		const fiber = yield* Effect.forkChild(waiting);
		yield* Effect.sleep(1);
		yield* Fiber.interrupt(fiber);
	});
	await Effect.runPromise(program);
	return seen;
}
