import { expectCount } from "../harness.mjs";
import * as sleepers from "../sleepers.mjs";

const n = 20_000;

function heapUsed() {
	globalThis.gc();
	globalThis.gc();
	return process.memoryUsage().heapUsed;
}

function bytesPerTask(program) {
	return async () => {
		const warmUp = { started: 0, woken: 0, finalized: 0 };
		await program(warmUp, 100, async () => {});
		const counts = { started: 0, woken: 0, finalized: 0 };
		const before = heapUsed();
		let bytes = 0;
		await program(counts, n, async () => {
			await new Promise((resolve) => setTimeout(resolve, 20));
			expectCount("tasks asleep", counts.started - counts.woken - counts.finalized, n);
			bytes = (heapUsed() - before) / n;
		});
		expectCount("finalizers run", counts.finalized, n);
		return bytes;
	};
}

function heapRow(work, description, native) {
	return {
		work,
		unit: "task",
		native: description,
		isolated: true,
		valueUnit: "bytes",
		rounds: 3,
		contestants: {
			native: bytesPerTask(native),
			"holdfast-compiled": bytesPerTask(sleepers.holdfastCompiled),
			"holdfast-generators": bytesPerTask(sleepers.holdfastGenerators),
			effection: bytesPerTask(sleepers.inEffection),
			effect: bytesPerTask(sleepers.inEffect),
		},
	};
}

const bare = heapRow(
	"heap per sleeping task (native without cancellation)",
	"a promise with setTimeout that nothing can cancel",
	sleepers.nativeUncancellable,
);

export default [
	{
		...heapRow(
			"heap per sleeping task",
			"one AbortController; each task a promise with setTimeout, clearTimeout in an abort listener",
			sleepers.native,
		),
		target: { native: 2, effection: 30, effect: 2.9 },
	},
	{
		...bare,
		contestants: { native: bare.contestants.native, "holdfast-compiled": bare.contestants["holdfast-compiled"] },
	},
];
