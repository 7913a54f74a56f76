import { Effect } from "effect";
import * as effection from "effection";
import { compiled, inRun } from "../holdfast.mjs";
import { effectionPause, effectPause, nativePause } from "../pauses.mjs";
import * as native from "../programs/suspending.mjs";

/** The generator form of `deep` in programs/suspending.mjs. */
function generatorProgram(wrap, pause) {
	const descend = wrap(function* (level, depth) {
		if (level < depth) {
			return yield* descend(level + 1, depth);
		}
		let done = 0;
		for (let i = 0; i < depth; i++) {
			yield* pause();
			done++;
		}
		return done;
	});
	return wrap(function* (depth, n) {
		let done = 0;
		while (done < n) {
			done += yield* descend(1, depth);
		}
		return done;
	});
}

function deepRow(depth, work) {
	return {
		work,
		unit: `suspension with ${depth} frames on the stack, and a share of entering and leaving them`,
		native: `${depth} nested native async calls; the innermost awaits undefined ${depth} times`,
		step: depth,
		target: { native: 1.4, effection: 15, effect: 8 },
		contestants: {
			native: () => ({ run: (n) => native.deep(nativePause, depth, n) }),
			"holdfast-compiled": async () => {
				const { checkpoint } = await import("holdfast");
				const program = await compiled("suspending");
				return { run: (n) => inRun(program.deep, checkpoint, depth, n) };
			},
			"holdfast-generators": async () => {
				const { checkpoint, coroutine } = await import("holdfast");
				const deep = generatorProgram(coroutine, checkpoint);
				return { run: (n) => inRun(deep, depth, n) };
			},
			effection: () => {
				const deep = generatorProgram(
					(body) => body,
					() => effectionPause,
				);
				return { run: (n) => effection.run(() => deep(depth, n)) };
			},
			effect: () => {
				const deep = generatorProgram(Effect.fnUntraced, () => effectPause);
				return { run: (n) => Effect.runPromise(deep(depth, n)) };
			},
		},
	};
}

export default [deepRow(100, "resume at depth 100 and more"), deepRow(1000, "resume at depth 100 and more (1,000)")];
