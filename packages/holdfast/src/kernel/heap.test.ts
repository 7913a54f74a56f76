import { describe, expect, test } from "vitest";
import { runChild } from "../../test/child.ts";

const programs: Record<string, { compiled: boolean; task: string }> = {
	"generator coroutines": {
		compiled: false,
		task: "const task = coroutine(function* () { begun++; try { yield* sleep(3_600_000); } finally { ended++; } });",
	},
	"compiled functions": {
		compiled: true,
		task: "async function task() { begun++; try { await sleep(3_600_000); } finally { ended++; } }",
	},
	"compiled functions whose cleanup waits": {
		compiled: true,
		task: "async function task() { begun++; try { await sleep(3_600_000); } finally { await checkpoint(); ended++; } }",
	},
};

/** Two rounds warm up; the third one may not leave anything behind. */
const measure = (task: string) => `
	import { run, sleep, checkpoint, coroutine, withTaskGroup } from "holdfast";
	const count = 100_000;
	let [begun, ended] = [0, 0];
	${task}
	const round = () => run(function* () {
		begun = ended = 0;
		yield* withTaskGroup(function* (group) {
			for (let index = 0; index < count; index++) group.spawn(task);
			while (begun < count) yield* checkpoint();
			group.cancel();
		});
		if (ended !== count) throw new Error("only " + ended + " finalizers ran before the scope ended");
	});
	const heap = async () => {
		for (let time = 0; time < 4; time++) { await new Promise((resolve) => setImmediate(resolve)); gc(); }
		return process.memoryUsage().heapUsed;
	};
	await round();
	await round();
	const before = await heap();
	await round();
	console.log(JSON.stringify({ begun, ended, grown: (await heap()) - before }));`;

describe("100,000 tasks sleep and are cancelled: all finalizers have run when the scope ends, and the heap is as before", () => {
	for (const [name, { compiled, task }] of Object.entries(programs))
		test(name, { timeout: 30_000 }, async () => {
			const { stdout, stderr } = await runChild(measure(task), { compiled, execArgv: ["--expose-gc"] });
			expect(stderr).toBe("");
			const { begun, ended, grown } = JSON.parse(stdout) as { begun: number; ended: number; grown: number };
			expect([begun, ended]).toEqual([100_000, 100_000]);
			// Noise is some ten thousand bytes; one object left per task would be millions.
			expect(grown).toBeLessThan(1_000_000);
		});

	test("waits that are cancelled one by one leave nothing in their scope", { timeout: 30_000 }, async () => {
		const { stdout } = await runChild(
			`
			import { run, sleep, withTaskGroup } from "holdfast";
			const round = () => run(function* () {
				yield* withTaskGroup(function* (group) {
					for (let turn = 0; turn < 20_000; turn++) {
						const task = group.spawn(() => sleep(3_600_000));
						yield* sleep(0);
						task.cancel();
						if (turn % 10 === 0) yield* sleep(0);
					}
				});
			});
			await round();
			for (let time = 0; time < 4; time++) { await new Promise((resolve) => setImmediate(resolve)); gc(); }
			const before = process.memoryUsage().heapUsed;
			await round();
			for (let time = 0; time < 4; time++) { await new Promise((resolve) => setImmediate(resolve)); gc(); }
			console.log(process.memoryUsage().heapUsed - before);`,
			{ execArgv: ["--expose-gc"] },
		);
		expect(Number(stdout)).toBeLessThan(500_000);
	});
});
