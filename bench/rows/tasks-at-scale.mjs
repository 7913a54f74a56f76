import { PerformanceObserver } from "node:perf_hooks";
import { median } from "../harness.mjs";
import { frontEnds } from "../scale.mjs";

/** As many tasks as make the optimising compiler's work done, whatever the size that is measured. */
const warmUpTasks = 60_000;

/** One process, one contestant, one size: warm, then medians of as many rounds as the size allows. */
function atSize(name, n) {
	return async () => {
		const phases = await frontEnds[name]();
		const size = Math.min(n, 10_000);
		for (let done = 0; done < warmUpTasks; done += size) {
			await phases.wake(size);
			await phases.cancel(size);
			await phases.join(size);
		}
		const samples = { spawn: [], wake: [], cancel: [], join: [] };
		const collector = watchCollector();
		const rounds = Math.min(31, Math.max(1, Math.floor(200_000 / n)));
		for (let round = 0; round < rounds; round++) {
			for (const phase of ["wake", "cancel", "join"]) {
				globalThis.gc({ type: "minor" });
				const spans = await phases[phase](n);
				const pauses = await collector.pauses();
				for (const [name, [from, to]] of Object.entries(spans)) {
					samples[name].push({ time: to - from, collecting: pauses(from, to) });
				}
			}
		}
		const figures = { heap: (await phases.bytes(n)) / n };
		for (const [phase, taken] of Object.entries(samples)) {
			const perTask = (key) => (median(taken.map((sample) => sample[key])) * 1e6) / n;
			figures[phase] = { value: perTask("time"), details: { gc_ns: perTask("collecting") } };
		}
		return figures;
	};
}

/** How long the garbage collector has stopped the program between two instants. */
function watchCollector() {
	let entries = [];
	new PerformanceObserver((list) => {
		entries.push(...list.getEntries());
	}).observe({ entryTypes: ["gc"] });
	return {
		async pauses() {
			// Node hands the entries over in a later turn.
			await new Promise((resolve) => setTimeout(resolve, 10));
			const seen = entries;
			entries = [];
			return (from, to) =>
				seen
					.filter(({ startTime }) => startTime >= from && startTime <= to)
					.reduce((sum, { duration }) => sum + duration, 0);
		},
	};
}

const timers = "a promise with setTimeout, and a set of functions that cancel it";

function parts(n) {
	const size = n.toLocaleString("en");
	const series = (name) => ({ name, size: n, of: "tasks" });
	return {
		spawn: { work: `${size} tasks fall asleep`, native: timers, series: series("spawn until asleep") },
		wake: { work: `${size} sleeping tasks wake and end`, native: timers, series: series("wake and end") },
		cancel: {
			work: `${size} sleeping tasks are cancelled`,
			native: timers,
			series: series("cancel"),
			target: n === 10_000 ? { native: 1 } : undefined,
		},
		join: {
			work: `${size} tasks, spawned, suspended once, joined`,
			native: "native async calls that await undefined, Promise.all",
			series: series("spawn and join"),
			target: n === 10_000 ? { native: 1.3 } : undefined,
		},
		heap: {
			work: `${size} sleeping tasks, heap of each`,
			native: timers,
			series: series("heap"),
			valueUnit: "bytes",
			target: n === 10_000 ? { native: 2 } : undefined,
		},
	};
}

export default ({ quick }) =>
	[1_000, 10_000, 100_000, ...(quick ? [] : [1_000_000])].map((n) => ({
		work: `${n.toLocaleString("en")} tasks at once`,
		unit: "task",
		isolated: true,
		rounds: 3,
		parts: parts(n),
		contestants: Object.fromEntries(Object.keys(frontEnds).map((name) => [name, atSize(name, n)])),
	}));
