import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { run, sleep, until, withTaskGroup } from "holdfast";
import { pause, saidAloud } from "./harness.mjs";

export const guarantee = "A promise that rejects after its wait was cancelled is not lost";
export const about =
	"A task waits for a promise of foreign code and is cancelled. Then the promise rejects. Somebody must be told.";
export const holds = (seen) => seen;
export const missing = { trio: "has no promises" };
export const notes = {
	holdfast: "it goes to `onReport`, which prints by default",
	effection: "`until` has handled the promise and drops what comes late",
	effect:
		"`tryPromise` has handled the promise and drops what comes late; it offers an `AbortSignal` to stop the work itself",
};

function later() {
	let reject;
	const promise = new Promise((_, it) => {
		reject = it;
	});
	return { promise, reject: () => reject(new Error("too late")) };
}

async function told(foreign) {
	foreign.reject();
	await pause(10);
	return saidAloud().includes("too late");
}

export async function holdfast() {
	const foreign = later();
	let seen;
	await run(async () => {
		await withTaskGroup(async (group) => {
			const task = group.spawn(() => until(foreign.promise));
			await sleep(1);
			task.cancel();
		});
		seen = await told(foreign);
	});
	return seen;
}

export async function inEffection() {
	const foreign = later();
	await effection.run(function* () {
		const task = yield* effection.spawn(() => effection.until(foreign.promise));
		yield* effection.sleep(1);
		yield* task.halt();
	});
	return await told(foreign);
}

export async function inEffect() {
	const foreign = later();
	const waiting = Effect.tryPromise({ try: () => foreign.promise, catch: (error) => error });
	const program = Effect.gen(function* () {
		const fiber = yield* Effect.forkChild(waiting);
		yield* Effect.sleep(1);
		yield* Fiber.interrupt(fiber);
	});
	await Effect.runPromise(program);
	return await told(foreign);
}
