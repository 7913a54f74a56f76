import { Effect } from "effect";
import * as effection from "effection";
import { alternates } from "../harness.mjs";
import { compiled, inRun } from "../holdfast.mjs";
import { effectionPause, effectPause, nativePause } from "../pauses.mjs";
import * as native from "../programs/suspending.mjs";

function* loop(n) {
	let done = 0;
	for (let i = 0; i < n; i++) {
		yield* effectionPause;
		done++;
	}
	return done;
}
function* marks(n, log, mark) {
	for (let i = 0; i < n; i++) {
		log.push(mark);
		yield* effectionPause;
	}
}

const effectLoop = Effect.fnUntraced(function* (n) {
	let done = 0;
	for (let i = 0; i < n; i++) {
		yield* effectPause;
		done++;
	}
	return done;
});
const effectMarks = Effect.fnUntraced(function* (n, log, mark) {
	for (let i = 0; i < n; i++) {
		log.push(mark);
		yield* effectPause;
	}
});

async function checkTurns(run) {
	const log = [];
	await run(log, 50);
	alternates(log, 50);
}

export default {
	work: "suspends at every await, shallow",
	unit: "await that suspends",
	native: "await of undefined, one microtask each",
	target: { native: 1, effection: 10, effect: 4 },
	contestants: {
		native: () => ({
			check: () =>
				checkTurns((log, n) => Promise.all(["a", "b"].map((mark) => native.marks(nativePause, n, log, mark)))),
			run: (n) => native.loop(nativePause, n),
		}),
		"holdfast-compiled": async () => {
			const { checkpoint, all } = await import("holdfast");
			const program = await compiled("suspending");
			return {
				check: () =>
					checkTurns((log, n) =>
						inRun(() => all(["a", "b"].map((mark) => () => program.marks(checkpoint, n, log, mark)))),
					),
				run: (n) => inRun(program.loop, checkpoint, n),
			};
		},
		"holdfast-generators": async () => {
			const { all, checkpoint, coroutine } = await import("holdfast");
			const loop = coroutine(function* (n) {
				let done = 0;
				for (let i = 0; i < n; i++) {
					yield* checkpoint();
					done++;
				}
				return done;
			});
			const marks = coroutine(function* (n, log, mark) {
				for (let i = 0; i < n; i++) {
					log.push(mark);
					yield* checkpoint();
				}
			});
			return {
				check: () => checkTurns((log, n) => inRun(() => all(["a", "b"].map((mark) => marks(n, log, mark))))),
				run: (n) => inRun(loop, n),
			};
		},
		effection: () => ({
			check: () =>
				checkTurns((log, n) => effection.run(() => effection.all(["a", "b"].map((mark) => marks(n, log, mark))))),
			run: (n) => effection.run(() => loop(n)),
		}),
		effect: () => ({
			check: () =>
				checkTurns((log, n) =>
					Effect.runPromise(
						Effect.all(
							["a", "b"].map((mark) => effectMarks(n, log, mark)),
							{ concurrency: "unbounded" },
						),
					),
				),
			run: (n) => Effect.runPromise(effectLoop(n)),
		}),
	},
};
