import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { run, sleep, sleepForever, withTaskGroup } from "holdfast";

export const guarantee = "After a cancelled call no statement outside of cleanup runs";
export const about =
	"A task waits in a call. The task is cancelled. The call's cleanup waits for a timer. Then the statement after the call must not run.";
export const holds = (seen) => seen.join() === "cleanup";
export const notes = {
	effection:
		"halting is `return()`, and a generator that suspends in `finally` during `return()` is resumed as if nothing had happened: [#1190](https://github.com/thefrontside/effection/issues/1190), [#1154](https://github.com/thefrontside/effection/issues/1154). [`ensure()`](https://github.com/thefrontside/effectionx/pull/225) avoids it (below)",
	effect: "with `Effect.ensuring`, as its documentation has it",
	trio: "the cleanup is shielded, as its [documentation](https://trio.readthedocs.io/en/stable/reference-core.html#cancellation-and-timeouts) has it",
};

export async function holdfast() {
	const seen = [];
	async function call() {
		try {
			await sleepForever();
		} finally {
			await sleep(1);
			seen.push("cleanup");
		}
	}
	await run(async () => {
		await withTaskGroup(async (group) => {
			const task = group.spawn(async () => {
				await call();
				seen.push("code after the call");
			});
			await sleep(1);
			task.cancel();
		});
	});
	return seen;
}

export async function inEffection() {
	const seen = [];
	function* call() {
		try {
			yield* effection.suspend();
		} finally {
			yield* effection.sleep(1);
			seen.push("cleanup");
		}
	}
	await effection.run(function* () {
		const task = yield* effection.spawn(function* () {
			yield* call();
			seen.push("code after the call");
		});
		yield* effection.sleep(1);
		yield* task.halt();
	});
	return seen;
}

export async function inEffect() {
	const seen = [];
	const call = Effect.never.pipe(
		Effect.ensuring(Effect.sleep(1).pipe(Effect.andThen(Effect.sync(() => void seen.push("cleanup"))))),
	);
	const program = Effect.gen(function* () {
		const fiber = yield* Effect.forkChild(
			Effect.gen(function* () {
				yield* call;
				seen.push("code after the call");
			}),
		);
		yield* Effect.sleep(1);
		yield* Fiber.interrupt(fiber);
	});
	await Effect.runPromise(program);
	return seen;
}
