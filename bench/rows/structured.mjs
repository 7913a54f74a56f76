import { expectCount } from "../harness.mjs";
import { compiled, inRun } from "../holdfast.mjs";
import { nativePause } from "../pauses.mjs";
import * as native from "../programs/bare-calls.mjs";

function counted(serve, pause) {
	return {
		async run(n) {
			const counts = { started: 0, finished: 0, sum: 0 };
			const handled = await serve(counts, pause, n);
			expectCount("calls started", counts.started, 4 * n);
			expectCount("calls finished", counts.finished, 4 * n);
			expectCount("sum of answers", counts.sum, (n / 8) * 28);
			return handled;
		},
	};
}

async function inMode(structure) {
	const { checkpoint } = await import("holdfast");
	const program = await compiled("bare-calls", { structure });
	return counted((...args) => inRun(program.serve, ...args), checkpoint);
}

export default {
	work: "structured against scope mode, same program",
	unit: "handler with two awaited and two bare calls, a quarter of them suspend",
	native: "the same source as native async functions",
	step: 8,
	// At most 5 % slower.
	target: { "holdfast-compiled, scope": 0.95 },
	contestants: {
		native: () => counted(native.serve, nativePause),
		"holdfast-compiled": () => inMode("function"),
		"holdfast-compiled, scope": () => inMode("scope"),
	},
	remark(figures) {
		const structured = figures["holdfast-compiled"];
		const scope = figures["holdfast-compiled, scope"];
		if (structured !== undefined && scope !== undefined) {
			return `structured takes ${((structured / scope - 1) * 100).toFixed(1)} % more time than scope mode`;
		}
	},
};
