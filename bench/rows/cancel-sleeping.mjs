import { expectCount } from "../harness.mjs";
import * as sleepers from "../sleepers.mjs";

const n = 20_000;

function cancellation(program) {
	return async () => {
		const counts = { started: 0, woken: 0, finalized: 0 };
		let start = 0;
		await program(counts, n, async () => {
			await new Promise((resolve) => setTimeout(resolve, 20));
			expectCount("finalizers before the cancellation", counts.finalized, 0);
			start = performance.now();
		});
		const elapsed = performance.now() - start;
		expectCount("tasks started", counts.started, n);
		expectCount("tasks woken", counts.woken, 0);
		expectCount("finalizers run", counts.finalized, n);
		return (elapsed * 1e6) / n;
	};
}

export default {
	work: "cancel 20,000 sleeping tasks, finalizers counted",
	unit: "task cancelled, cold",
	native: "one AbortController; each task a promise with setTimeout, clearTimeout in an abort listener",
	isolated: true,
	target: { native: 1, effection: 15, effect: 2 },
	contestants: {
		native: cancellation(sleepers.native),
		"holdfast-compiled": cancellation(sleepers.holdfastCompiled),
		"holdfast-generators": cancellation(sleepers.holdfastGenerators),
		effection: cancellation(sleepers.inEffection),
		effect: cancellation(sleepers.inEffect),
	},
};
