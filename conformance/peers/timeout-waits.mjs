import { Effect } from "effect";
import * as effection from "effection";
import { run, sleep, sleepForever, withTimeout } from "holdfast";

export const guarantee = "A timeout is over when what it stopped has been cleaned up";
export const about = "A call with cleanup that takes time is stopped by a timeout.";
export const holds = (seen) => seen.join() === "cleanup ended,went on";
export const notes = { effection: "`race` against `sleep`", effect: "`Effect.timeout`", trio: "`move_on_after`" };

export async function holdfast() {
	const seen = [];
	await run(async () => {
		try {
			await withTimeout(1, async () => {
				try {
					await sleepForever();
				} finally {
					await sleep(20);
					seen.push("cleanup ended");
				}
			});
		} catch {
			seen.push("went on");
		}
	});
	return seen;
}

export async function inEffection() {
	const seen = [];
	await effection.run(function* () {
		yield* effection.race([
			effection.sleep(1),
			effection.scoped(function* () {
				yield* effection.ensure(function* () {
					yield* effection.sleep(20);
					seen.push("cleanup ended");
				});
				yield* effection.suspend();
			}),
		]);
		seen.push("went on");
	});
	return seen;
}

export async function inEffect() {
	const seen = [];
	const cleanup = Effect.sleep(20).pipe(Effect.andThen(Effect.sync(() => void seen.push("cleanup ended"))));
	const program = Effect.never.pipe(Effect.ensuring(cleanup), Effect.timeout(1));
	await Effect.runPromiseExit(program);
	seen.push("went on");
	return seen;
}
