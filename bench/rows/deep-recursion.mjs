import { compiledPrograms, generatorPrograms, nativePrograms } from "../deep.mjs";
import { expectCount } from "../harness.mjs";

const value = 42;
const fault = new Error("thrown at the bottom");

/** Enters `depth` frames as often as makes `n` frames, and counts that each was entered and left. */
function times(depth, once) {
	return async (n) => {
		let done = 0;
		let milliseconds = 0;
		while (done < n) {
			const counts = { entered: 0, left: 0 };
			milliseconds += await once(counts);
			expectCount("frames entered", counts.entered, depth);
			expectCount("finally blocks run", counts.left, depth);
			done += counts.left;
		}
		return { done, milliseconds };
	};
}

/** Down, one suspension at the bottom, and back with a value. */
function returning(depth, programs, pause, start) {
	return times(depth, async (counts) => {
		const began = performance.now();
		const result = await start(() =>
			programs.enter(
				counts,
				async () => {
					await pause();
					return value;
				},
				depth,
			),
		);
		expectCount("value", result, value);
		return performance.now() - began;
	});
}

/** The time from the throw to the catch; the error comes after a suspension, so that nothing unwinds natively. */
function throwing(depth, programs, pause, start) {
	return times(depth, async (counts) => {
		let began = 0;
		let caught;
		try {
			await start(() =>
				programs.enter(
					counts,
					async () => {
						await pause();
						began = performance.now();
						throw fault;
					},
					depth,
				),
			);
		} catch (error) {
			caught = error;
		}
		expectCount("errors caught", caught === fault ? 1 : 0, 1);
		return performance.now() - began;
	});
}

/** The same three for Holdfast, whose bottoms are generators: what is measured is the frames above. */
async function holdfast(programs, depth) {
	const { checkpoint, coroutine, run, sleepForever, withCancelScope } = await import("holdfast");
	const { enter } = await programs();
	const returnBottom = coroutine(function* () {
		yield* checkpoint();
		return value;
	});
	return {
		return: times(depth, async (counts) => {
			const began = performance.now();
			expectCount("value", await run(enter, { args: [counts, returnBottom, depth] }), value);
			return performance.now() - began;
		}),
		throw: times(depth, async (counts) => {
			let began = 0;
			let caught;
			const throwBottom = coroutine(function* () {
				yield* checkpoint();
				began = performance.now();
				throw fault;
			});
			await run(enter, { args: [counts, throwBottom, depth] }).catch((error) => {
				caught = error;
			});
			expectCount("errors caught", caught === fault ? 1 : 0, 1);
			return performance.now() - began;
		}),
		cancel: times(depth, async (counts) => {
			let began = 0;
			await run(function* () {
				yield* withCancelScope(function* (scope) {
					// The bottom is reached a suspension before the cancellation.
					const bottom = coroutine(function* () {
						setImmediate(() => {
							began = performance.now();
							scope.cancel();
						});
						yield* sleepForever();
					});
					yield* enter(counts, bottom, depth);
				});
			});
			return performance.now() - began;
		}),
	};
}

/** What cancels a native program is an error that an abort listener throws at its bottom. */
function nativeCancel(depth) {
	return times(depth, async (counts) => {
		const controller = new AbortController();
		let began = 0;
		const bottom = () =>
			new Promise((_resolve, reject) => {
				controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
				setImmediate(() => {
					began = performance.now();
					controller.abort();
				});
			});
		await nativePrograms.enter(counts, bottom, depth).catch(() => {});
		return performance.now() - began;
	});
}

const pause = () => undefined;
const direct = (fn) => fn();
const natives = {
	return: (depth) => returning(depth, nativePrograms, pause, direct),
	throw: (depth) => throwing(depth, nativePrograms, pause, direct),
	cancel: nativeCancel,
};
const titles = {
	return: "entered, suspended at the bottom, left",
	throw: "unwound by a throw from the bottom",
	cancel: "unwound by a cancellation at the bottom",
};
const descriptions = {
	return: "nested native async calls; one in 500 awaits undefined first, since they would overflow the stack",
	throw: "the same, the innermost throws",
	cancel: "the same, the innermost waits for a promise that an abort listener rejects",
};

function row(how, depth) {
	return {
		work: `${depth.toLocaleString("en")} frames, ${titles[how]}`,
		unit: "frame with a finally",
		native: descriptions[how],
		step: depth,
		series: {
			name: `frames ${how === "return" ? "entered and left" : `unwound by ${how}`}`,
			size: depth,
			of: "frames",
		},
		contestants: {
			native: () => ({ run: natives[how](depth) }),
			"holdfast-compiled": async () => ({ run: (await holdfast(compiledPrograms, depth))[how] }),
			"holdfast-generators": async () => ({ run: (await holdfast(generatorPrograms, depth))[how] }),
		},
	};
}

export default ["return", "throw", "cancel"].flatMap((how) =>
	[100, 1_000, 10_000, 100_000].map((depth) => row(how, depth)),
);
