import { Deferred, Effect } from "effect";
import * as effection from "effection";
import { Event, run } from "holdfast";

export const guarantee = "A program that nothing can wake any more says so";
export const about =
	"The main function waits for an event that nobody will set. There is no timer and no pending operation.";
export const holds = (seen) => /Deadlock/.test(seen);
export const notes = {
	effection: "left to the host, which ends the process with code 0, or 13 under a top-level await",
	effect: "left to the host by `Effect.runPromise`, as there",
	trio: "waits on; `trio.run` cannot know what threads and signals may bring",
};

export function holdfast() {
	return run(() => new Event().wait());
}

export async function inEffection() {
	await effection.run(function* () {
		const { operation } = effection.withResolvers();
		yield* operation;
	});
	return "ended";
}

export async function inEffect() {
	await Effect.runPromise(Effect.flatMap(Deferred.make(), Deferred.await));
	return "ended";
}
