import { Effect } from "effect";
import * as effection from "effection";
import { run, sleep, sleepForever, withTaskGroup } from "holdfast";

export const guarantee = "The program ends after everything that it started, cleanup included";
export const about = "The main function fails while a task runs whose cleanup takes time.";
export const holds = (seen) => seen.join() === "cleanup ended,program ended";
export const notes = { effect: "a child fiber, by `Effect.forkChild`" };

export async function holdfast() {
	const seen = [];
	const main = async () => {
		await withTaskGroup(async (group) => {
			group.spawn(async () => {
				try {
					await sleepForever();
				} finally {
					await sleep(20);
					seen.push("cleanup ended");
				}
			});
			await sleep(1);
			throw new Error("main");
		});
	};
	await run(main).catch(() => {});
	seen.push("program ended");
	return seen;
}

export async function inEffection() {
	const seen = [];
	const main = effection.run(function* () {
		yield* effection.spawn(function* () {
			yield* effection.ensure(function* () {
				yield* effection.sleep(20);
				seen.push("cleanup ended");
			});
			yield* effection.suspend();
		});
		yield* effection.sleep(1);
		throw new Error("main");
	});
	await main.catch(() => {});
	seen.push("program ended");
	return seen;
}

export async function inEffect() {
	const seen = [];
	const cleanup = Effect.sleep(20).pipe(Effect.andThen(Effect.sync(() => void seen.push("cleanup ended"))));
	const main = Effect.gen(function* () {
		yield* Effect.forkChild(Effect.never.pipe(Effect.ensuring(cleanup)));
		yield* Effect.sleep(1);
		yield* Effect.fail(new Error("main"));
	});
	await Effect.runPromiseExit(main);
	seen.push("program ended");
	return seen;
}
