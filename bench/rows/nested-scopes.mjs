import { expectCount } from "../harness.mjs";
import { compiled } from "../holdfast.mjs";

const fresh = () => ({ entered: 0, left: 0 });

function times(depth, once) {
	return {
		async run(n) {
			let done = 0;
			let milliseconds = 0;
			while (done < n) {
				const counts = fresh();
				milliseconds += await once(counts);
				expectCount("scopes entered", counts.entered, depth);
				expectCount("scopes left", counts.left, depth);
				done += counts.left;
			}
			return { done, milliseconds };
		},
	};
}

async function holdfast({ nest }, depth) {
	const { checkpoint, coroutine, now, run, sleepForever } = await import("holdfast");
	return {
		enter: times(depth, async (counts) => {
			const began = performance.now();
			await run(nest, { args: [counts, depth, () => {}, checkpoint] });
			return performance.now() - began;
		}),
		outermost: times(depth, async (counts) => {
			let outermost;
			let began = 0;
			const entering = (scope) => {
				outermost ??= scope;
			};
			const bottom = () => {
				setImmediate(() => {
					began = performance.now();
					outermost.cancel();
				});
				return sleepForever();
			};
			await run(nest, { args: [counts, depth, entering, bottom] });
			expectCount("scopes that caught", outermost.cancelledCaught ? 1 : 0, 1);
			return performance.now() - began;
		}),
		middle: times(depth, async (counts) => {
			let middle;
			let began = 0;
			let caught = 0;
			const scopes = [];
			const entering = (scope, level) => {
				scopes.push(scope);
				if (level === Math.ceil(depth / 2)) {
					middle = scope;
				}
			};
			const bottom = coroutine(function* () {
				yield* checkpoint();
				began = performance.now();
				middle.deadline = now();
				yield* sleepForever();
			});
			await run(nest, { args: [counts, depth, entering, bottom] });
			const elapsed = performance.now() - began;
			for (const scope of scopes) {
				caught += scope.cancelledCaught ? 1 : 0;
			}
			expectCount("middle scopes that caught", middle.cancelledCaught ? 1 : 0, 1);
			expectCount("scopes that caught", caught, 1);
			return elapsed;
		}),
	};
}

async function generators() {
	const { coroutine, withCancelScope } = await import("holdfast");
	const nest = coroutine(function* (counts, depth, entering, bottom) {
		return yield* withCancelScope(function* (scope) {
			counts.entered++;
			entering(scope, depth);
			try {
				return depth === 1 ? yield* bottom() : yield* nest(counts, depth - 1, entering, bottom);
			} finally {
				counts.left++;
			}
		});
	});
	return { nest };
}

/** Native calls nest on the native stack until one suspends, and 5,000 with their signals overflow it. */
const breath = 200;

/** Each level has a signal that aborts with the one around it: what the platform has for scopes. */
async function nativeNest(counts, depth, signal, entering, bottom) {
	counts.entered++;
	if (depth % breath === 0) {
		await undefined;
	}
	const controller = new AbortController();
	const own = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
	entering(controller);
	try {
		return depth === 1 ? await bottom(own) : await nativeNest(counts, depth - 1, own, entering, bottom);
	} catch (error) {
		if (error !== own.reason || signal?.aborted) {
			throw error;
		}
	} finally {
		counts.left++;
	}
}
const nativeBottom = (signal) =>
	new Promise((_resolve, reject) => {
		signal.addEventListener("abort", () => reject(signal.reason));
	});
const natives = {
	enter: (depth) =>
		times(depth, async (counts) => {
			const began = performance.now();
			await nativeNest(
				counts,
				depth,
				undefined,
				() => {},
				async () => undefined,
			);
			return performance.now() - began;
		}),
	outermost: (depth) =>
		times(depth, async (counts) => {
			let outermost;
			let began = 0;
			await nativeNest(
				counts,
				depth,
				undefined,
				(controller) => {
					outermost ??= controller;
				},
				(signal) => {
					setImmediate(() => {
						began = performance.now();
						outermost.abort();
					});
					return nativeBottom(signal);
				},
			);
			return performance.now() - began;
		}),
};

const titles = {
	enter: "entered and left",
	outermost: "the outermost is cancelled",
	middle: "a deadline of the one in the middle passes",
};
const chain = "an AbortController at each level, AbortSignal.any with the signal around it";

function row(how, depth) {
	const nativeRow = natives[how];
	// From here on AbortSignal.any, which copies all signals around it at each level, takes seconds.
	const feasible = nativeRow !== undefined && depth <= 1_000;
	return {
		work: `${depth.toLocaleString("en")} nested scopes, ${titles[how]}`,
		unit: how === "middle" ? "scope around the sleeper, half of them end" : "scope",
		native: feasible ? chain : "none: AbortSignal.any copies all signals around it at each level",
		step: depth,
		series: { name: `nested scopes: ${titles[how]}`, size: depth, of: "scopes" },
		contestants: {
			...(feasible ? { native: () => nativeRow(depth) } : {}),
			"holdfast-compiled": async () => (await holdfast(await compiled("nested-scopes"), depth))[how],
			"holdfast-generators": async () => (await holdfast(await generators(), depth))[how],
		},
	};
}

export default ["enter", "outermost", "middle"].flatMap((how) =>
	[10, 100, 1_000, 5_000].map((depth) => row(how, depth)),
);
