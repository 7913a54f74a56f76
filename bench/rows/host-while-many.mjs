import { frontEnds, Gap } from "../scale.mjs";

/** How long the host has to wait while many tasks wake, or are cancelled, at one instant. */
function gapRow(n, phase, what) {
	const contestant = (name) => async () => {
		const phases = await frontEnds[name]();
		for (let done = 0; done < 50_000; done += 10_000) {
			await phases[phase](10_000);
		}
		const gap = new Gap();
		const { [phase]: span } = await phases[phase](n, gap);
		return { value: gap.stop(), details: { whole_ms: span[1] - span[0] } };
	};
	return {
		work: `${n.toLocaleString("en")} sleeping tasks, ${what}: longest time without the host`,
		unit: "longest time between two firings of a 1 ms timer",
		native: "a promise with setTimeout, a set of functions that cancel it",
		isolated: true,
		rounds: 3,
		valueUnit: "ms",
		series: { name: `longest time without the host: ${what}`, size: n, of: "tasks" },
		contestants: Object.fromEntries(Object.keys(frontEnds).map((name) => [name, contestant(name)])),
	};
}

const sizes = [1_000, 10_000, 100_000];
export default [
	...sizes.map((n) => gapRow(n, "wake", "they wake at one instant")),
	...sizes.map((n) => gapRow(n, "cancel", "they are cancelled")),
];
