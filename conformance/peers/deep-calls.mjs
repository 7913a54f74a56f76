import { Effect } from "effect";
import * as effection from "effection";
import { run, sleep } from "holdfast";

const DEPTH = 100_000;

export const guarantee = "100,000 nested calls with a wait at the bottom return";
export const about = "A function awaits itself 100,000 levels deep; the innermost call waits for a timer.";
export const holds = (seen) => seen === DEPTH;
export const notes = {
	effection: "`yield*` resumes through every level of the native stack",
	trio: "Python's recursion limit, which is 1,000 if nothing is said",
};

export async function holdfast() {
	async function nested(depth) {
		if (depth > 0) return (await nested(depth - 1)) + 1;
		await sleep(1);
		return 0;
	}
	return await run(() => nested(DEPTH));
}

export async function inEffection() {
	function* nested(depth) {
		if (depth > 0) return (yield* nested(depth - 1)) + 1;
		yield* effection.sleep(1);
		return 0;
	}
	return await effection.run(() => nested(DEPTH));
}

export async function inEffect() {
	const nested = Effect.fnUntraced(function* (depth) {
		if (depth > 0) return (yield* nested(depth - 1)) + 1;
		yield* Effect.sleep(1);
		return 0;
	});
	return await Effect.runPromise(nested(DEPTH));
}
