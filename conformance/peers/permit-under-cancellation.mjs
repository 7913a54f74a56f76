import { Effect, Semaphore as EffectSemaphore, Fiber } from "effect";
import { run, Semaphore, sleep, withTaskGroup } from "holdfast";

export const guarantee = "A permit is passed on when the waiter that it was meant for is cancelled";
export const about =
	"Two tasks wait for the one permit of a semaphore. It is released, and the first waiter is cancelled in the same step. The second must get it.";
export const holds = (seen) => seen.join() === "second";
export const missing = { effection: "has no semaphore" };
export const notes = {
	effect:
		"with `withPermits`, which had [a leak of this kind](https://github.com/Effect-TS/effect/pull/6910) in pre-releases of version 4",
};

export async function holdfast() {
	const semaphore = new Semaphore(1);
	const seen = [];
	await run(async () => {
		await withTaskGroup(async (group) => {
			const waiter = (name) =>
				group.spawn(() =>
					semaphore.with(async () => {
						await sleep(1);
						seen.push(name);
					}),
				);
			await semaphore.acquire();
			const first = waiter("first");
			waiter("second");
			await sleep(1);
			semaphore.release();
			first.cancel();
		});
	});
	return seen;
}

export async function inEffect() {
	const seen = [];
	const program = Effect.gen(function* () {
		const semaphore = yield* EffectSemaphore.make(1);
		const waiter = (name) =>
			EffectSemaphore.withPermits(
				semaphore,
				1,
			)(Effect.sleep(1).pipe(Effect.andThen(Effect.sync(() => void seen.push(name)))));
		yield* EffectSemaphore.take(semaphore, 1);
		const first = yield* Effect.forkChild(waiter("first"));
		const second = yield* Effect.forkChild(waiter("second"));
		yield* Effect.sleep(1);
		yield* EffectSemaphore.release(semaphore, 1);
		yield* Fiber.interrupt(first);
		yield* Fiber.join(second);
	});
	await Effect.runPromise(program);
	return seen;
}
