// biome-ignore-all lint/correctness/useYield: calls that never suspend are what is measured
import { Effect } from "effect";
import * as effection from "effection";
import { inRun } from "../holdfast.mjs";
import * as native from "../programs/calls.mjs";

function* leaf(x) {
	return x + 1;
}
function* middle(x) {
	return (yield* leaf(x)) - 1 + (yield* leaf(0));
}
function* loop(n) {
	let total = 0;
	for (let i = 0; i < n; i += 3) {
		total = yield* middle(total);
	}
	return total;
}

const effectLeaf = Effect.fnUntraced(function* (x) {
	return x + 1;
});
const effectMiddle = Effect.fnUntraced(function* (x) {
	return (yield* effectLeaf(x)) - 1 + (yield* effectLeaf(0));
});
const effectLoop = Effect.fnUntraced(function* (n) {
	let total = 0;
	for (let i = 0; i < n; i += 3) {
		total = yield* effectMiddle(total);
	}
	return total;
});

export default {
	work: "generator coroutines, call that does not suspend",
	unit: "call that does not suspend",
	native: "await of a native async function",
	step: 3,
	target: { native: 2, effection: 1.5 },
	contestants: {
		native: () => ({ run: async (n) => 3 * (await native.loop(n)) }),
		"holdfast-generators": async () => {
			const { coroutine } = await import("holdfast");
			const leaf = coroutine(function* (x) {
				return x + 1;
			});
			const middle = coroutine(function* (x) {
				return (yield* leaf(x)) - 1 + (yield* leaf(0));
			});
			const loop = coroutine(function* (n) {
				let total = 0;
				for (let i = 0; i < n; i += 3) {
					total = yield* middle(total);
				}
				return total;
			});
			return { run: async (n) => 3 * (await inRun(loop, n)) };
		},
		effection: () => ({ run: async (n) => 3 * (await effection.run(() => loop(n))) }),
		effect: () => ({ run: async (n) => 3 * (await Effect.runPromise(effectLoop(n))) }),
	},
};
