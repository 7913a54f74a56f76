import { Deferred, Effect, Fiber } from "effect";
import * as effection from "effection";
import { Event, run, sleep, withTaskGroup } from "holdfast";

export const guarantee = "A task that is cancelled while its cleanup runs finishes the cleanup";
export const about =
	"A task has done its work and is in the first of two steps of cleanup, each of which waits. It is cancelled. The second step must run too.";
export const holds = (seen) => seen.join() === "first step,second step";
export const notes = {
	effection:
		"written with `finally`: [#1154](https://github.com/thefrontside/effection/issues/1154); its authors' packages use [`ensure`](https://github.com/thefrontside/effectionx/pull/225)",
	effect: "with `Effect.ensuring`",
	trio: "the cleanup is shielded, as its documentation has it",
};

export async function holdfast() {
	const seen = [];
	const cleaning = new Event();
	await run(async () => {
		await withTaskGroup(async (group) => {
			const task = group.spawn(async () => {
				try {
					await sleep(1);
				} finally {
					cleaning.set();
					await sleep(20);
					seen.push("first step");
					await sleep(20);
					seen.push("second step");
				}
			});
			await cleaning.wait();
			task.cancel();
		});
	});
	return seen;
}

export async function inEffection() {
	const seen = [];
	const cleaning = effection.withResolvers();
	await effection.run(function* () {
		const task = yield* effection.spawn(function* () {
			try {
				yield* effection.sleep(1);
			} finally {
				cleaning.resolve();
				yield* effection.sleep(20);
				seen.push("first step");
				yield* effection.sleep(20);
				seen.push("second step");
			}
		});
		yield* cleaning.operation;
		yield* task.halt();
	});
	return seen;
}

export async function inEffect() {
	const seen = [];
	const cleaning = Deferred.makeUnsafe();
	const cleanup = Effect.gen(function* () {
		yield* Deferred.succeed(cleaning, undefined);
		yield* Effect.sleep(20);
		seen.push("first step");
		yield* Effect.sleep(20);
		seen.push("second step");
	});
	const program = Effect.gen(function* () {
		const fiber = yield* Effect.forkChild(Effect.sleep(1).pipe(Effect.ensuring(cleanup)));
		yield* Deferred.await(cleaning);
		yield* Fiber.interrupt(fiber);
	});
	await Effect.runPromise(program);
	return seen;
}
