import { Effect } from "effect";
import * as effection from "effection";
import { compiled, inRun } from "../holdfast.mjs";
import { effectionPause, effectPause, nativePause } from "../pauses.mjs";
import * as native from "../programs/failing.mjs";

const DEPTH = 10;

/** The generator form of programs/failing.mjs. */
function generatorProgram(wrap, pause) {
	const descend = wrap(function* (level) {
		if (level === 1) {
			yield* pause();
			throw new Error("no");
		}
		return (yield* descend(level - 1)) + 1;
	});
	return descend;
}

function throwRow(reads, work) {
	return {
		work,
		unit: `error thrown after a suspension, caught ${DEPTH} awaits above${reads ? ", its stack read" : ""}`,
		native: "the same source as native async functions",
		contestants: {
			native: () => ({ run: (n) => native.failures(nativePause, DEPTH, n, reads) }),
			"holdfast-compiled": async () => {
				const { checkpoint } = await import("holdfast");
				const program = await compiled("failing");
				return { run: (n) => inRun(program.failures, checkpoint, DEPTH, n, reads) };
			},
			"holdfast-generators": async () => {
				const { checkpoint, coroutine } = await import("holdfast");
				const descend = generatorProgram(coroutine, checkpoint);
				const main = coroutine(function* (n) {
					let caught = 0;
					for (let i = 0; i < n; i++) {
						try {
							yield* descend(DEPTH);
						} catch (error) {
							if (!reads || error.stack.length > 0) caught++;
						}
					}
					return caught;
				});
				return { run: (n) => inRun(main, n) };
			},
			effection: () => {
				const descend = generatorProgram(
					(body) => body,
					() => effectionPause,
				);
				return {
					run: (n) =>
						effection.run(function* () {
							let caught = 0;
							for (let i = 0; i < n; i++) {
								try {
									yield* descend(DEPTH);
								} catch (error) {
									if (!reads || error.stack.length > 0) caught++;
								}
							}
							return caught;
						}),
				};
			},
			effect: () => {
				const descend = (level) =>
					Effect.gen(function* () {
						if (level === 1) {
							yield* effectPause;
							return yield* Effect.fail(new Error("no"));
						}
						return (yield* descend(level - 1)) + 1;
					});
				const main = (n) =>
					Effect.gen(function* () {
						let caught = 0;
						for (let i = 0; i < n; i++) {
							caught += yield* Effect.match(descend(DEPTH), {
								onFailure: (error) => (!reads || error.stack.length > 0 ? 1 : 0),
								onSuccess: () => 0,
							});
						}
						return caught;
					});
				return { run: (n) => Effect.runPromise(main(n)) };
			},
		},
	};
}

export default [
	throwRow(false, "error thrown, nobody reads its stack"),
	throwRow(true, "error thrown, its stack read"),
];
