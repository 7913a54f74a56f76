/**
 * Sleeping tasks with a finalizer, for the rows that count their bytes and time their cancellation.
 * Each program starts `n` of them, awaits `asleep()` once all have begun, cancels all and returns when all have ended.
 */
import { Effect, Fiber } from "effect";
import * as effection from "effection";
import { compiled, inRun } from "./holdfast.mjs";

const forever = 1_000_000;

function nativeSleep(milliseconds, signal) {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(resolve, milliseconds);
		signal.addEventListener(
			"abort",
			() => {
				clearTimeout(timer);
				reject(signal.reason);
			},
			{ once: true },
		);
	});
}
async function nativeSleeper(counts, signal) {
	counts.started++;
	try {
		await nativeSleep(forever, signal);
		counts.woken++;
	} finally {
		counts.finalized++;
	}
}
export async function native(counts, n, asleep) {
	const { setMaxListeners } = await import("node:events");
	const controller = new AbortController();
	setMaxListeners(0, controller.signal);
	const tasks = [];
	for (let i = 0; i < n; i++) {
		tasks.push(nativeSleeper(counts, controller.signal));
	}
	await asleep();
	controller.abort();
	await Promise.allSettled(tasks);
}

async function uncancellableSleeper(counts, timers) {
	counts.started++;
	try {
		await new Promise((resolve) => {
			timers.push(setTimeout(resolve, forever));
		});
		counts.woken++;
	} finally {
		counts.finalized++;
	}
}
/** No signal: the least that a sleeping native task can hold. The array of timers counts as part of it. */
export async function nativeUncancellable(counts, n, asleep) {
	const timers = [];
	for (let i = 0; i < n; i++) {
		void uncancellableSleeper(counts, timers);
	}
	await asleep();
	for (const timer of timers) {
		clearTimeout(timer);
	}
	counts.finalized = counts.started;
}

function* effectionSleeper(counts) {
	counts.started++;
	try {
		yield* effection.sleep(forever);
		counts.woken++;
	} finally {
		counts.finalized++;
	}
}
export async function inEffection(counts, n, asleep) {
	await effection.run(function* () {
		const parent = yield* effection.spawn(function* () {
			for (let i = 0; i < n; i++) {
				yield* effection.spawn(() => effectionSleeper(counts));
			}
			yield* effection.suspend();
		});
		while (counts.started < n) {
			yield* effection.sleep(1);
		}
		yield* effection.until(asleep());
		yield* parent.halt();
	});
}

const effectSleeper = Effect.fnUntraced(function* (counts) {
	counts.started++;
	yield* Effect.sleep(forever);
	counts.woken++;
});
const effectFinalized = (counts) =>
	Effect.ensuring(
		effectSleeper(counts),
		Effect.sync(() => {
			counts.finalized++;
		}),
	);
const effectParent = Effect.fnUntraced(function* (counts, n) {
	for (let i = 0; i < n; i++) {
		yield* Effect.forkChild(effectFinalized(counts));
	}
	yield* Effect.never;
});
const effectProgram = Effect.fnUntraced(function* (counts, n, asleep) {
	const parent = yield* Effect.forkChild(effectParent(counts, n));
	while (counts.started < n) {
		yield* Effect.sleep(1);
	}
	yield* Effect.promise(asleep);
	yield* Fiber.interrupt(parent);
});
export const inEffect = (counts, n, asleep) => Effect.runPromise(effectProgram(counts, n, asleep));

export async function holdfastCompiled(counts, n, asleep) {
	const program = await compiled("sleepers");
	await inRun(program.sleepers, counts, n, asleep);
}

export async function holdfastGenerators(counts, n, asleep) {
	const { checkpoint, coroutine, sleep, until, withTaskGroup } = await import("holdfast");
	const sleeper = coroutine(function* (counts) {
		counts.started++;
		try {
			yield* sleep(forever);
			counts.woken++;
		} finally {
			counts.finalized++;
		}
	});
	const sleepers = coroutine(function* () {
		yield* withTaskGroup(function* (group) {
			for (let i = 0; i < n; i++) {
				group.spawn(sleeper, counts);
			}
			while (counts.started < n) {
				yield* checkpoint();
			}
			yield* until(asleep());
			group.cancel();
		});
	});
	await inRun(sleepers);
}
