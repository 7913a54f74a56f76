import { compiledPrograms, generatorPrograms, nativePrograms } from "../deep.mjs";
import { inRun } from "../holdfast.mjs";
import { nativePause } from "../pauses.mjs";

async function nativeResumes(depth, n) {
	return await nativePrograms.plain(async () => {
		const start = performance.now();
		for (let i = 0; i < n; i++) {
			await nativePause();
		}
		return performance.now() - start;
	}, depth);
}

function depthRow(depth) {
	return {
		work: `resume in the innermost of ${depth.toLocaleString("en")} frames`,
		unit: "suspension, entering and leaving not counted",
		native: "nested native async calls; the innermost awaits undefined",
		series: { name: "resume", size: depth, of: "frames" },
		target: depth >= 100 ? { native: 1.4 } : undefined,
		contestants: {
			native: () => ({ run: async (n) => ({ done: n, milliseconds: await nativeResumes(depth, n) }) }),
			"holdfast-compiled": async () => {
				const { checkpoint } = await import("holdfast");
				const { resumes } = await compiledPrograms();
				return { run: async (n) => ({ done: n, milliseconds: await inRun(resumes, checkpoint, depth, n) }) };
			},
			"holdfast-generators": async () => {
				const { checkpoint, coroutine } = await import("holdfast");
				const { plain } = await generatorPrograms();
				const bottom = coroutine(function* (n) {
					const start = performance.now();
					for (let i = 0; i < n; i++) {
						yield* checkpoint();
					}
					return performance.now() - start;
				});
				return { run: async (n) => ({ done: n, milliseconds: await inRun(plain, () => bottom(n), depth) }) };
			},
		},
	};
}

export default [1, 10, 100, 1_000, 10_000].map(depthRow);
