// biome-ignore-all lint/correctness/useYield: calls that never suspend are what is measured
import { Effect } from "effect";
import * as effection from "effection";
import { compiled, inRun } from "../holdfast.mjs";
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
	work: "compiled await, nothing suspends",
	unit: "await of a call that does not suspend",
	native: "the same source as native async functions",
	step: 3,
	target: { native: 8, effection: 5, effect: 8 },
	contestants: {
		native: () => ({ run: async (n) => 3 * (await native.loop(n)) }),
		"holdfast-compiled": async () => {
			const program = await compiled("calls");
			return { run: async (n) => 3 * (await inRun(program.loop, n)) };
		},
		effection: () => ({ run: async (n) => 3 * (await effection.run(() => loop(n))) }),
		effect: () => ({ run: async (n) => 3 * (await Effect.runPromise(effectLoop(n))) }),
	},
};
