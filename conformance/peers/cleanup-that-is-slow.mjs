import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { run, sleep, sleepForever, withTaskGroup } from "holdfast";

export const guarantee = "Cleanup is never cut short, however long it takes, without further ado";
export const about = "The other side of the line above: cleanup that takes time, but ends. It must not be interrupted.";
export const holds = (seen) => seen.join() === "cleanup ended";
/** Holdfast promises the opposite: a bound. */
export const otherwise = true;
export const notes = {
	holdfast:
		"it is cut when the grace is over (5,000 ms if nothing is said, here 20; `Infinity` promises what is asked here)",
	trio: "when it is shielded, as its documentation has it",
};

export async function holdfast() {
	const seen = [];
	await run(
		async () => {
			await withTaskGroup(async (group) => {
				const task = group.spawn(async () => {
					try {
						await sleepForever();
					} finally {
						await sleep(60);
						seen.push("cleanup ended");
					}
				});
				await sleep(1);
				task.cancel();
			});
		},
		{ grace: 20 },
	);
	return seen;
}

export async function inEffection() {
	const seen = [];
	await effection.run(function* () {
		const task = yield* effection.spawn(function* () {
			yield* effection.ensure(function* () {
				yield* effection.sleep(60);
				seen.push("cleanup ended");
			});
			yield* effection.suspend();
		});
		yield* effection.sleep(1);
		yield* task.halt();
	});
	return seen;
}

export async function inEffect() {
	const seen = [];
	const cleanup = Effect.sleep(60).pipe(Effect.andThen(Effect.sync(() => void seen.push("cleanup ended"))));
	const program = Effect.gen(function* () {
		const fiber = yield* Effect.forkChild(Effect.never.pipe(Effect.ensuring(cleanup)));
		yield* Effect.sleep(1);
		yield* Fiber.interrupt(fiber);
	});
	await Effect.runPromise(program);
	return seen;
}
