import { expect, test } from "vitest";
import { alternates, expectCount, measure, percentile, seeded } from "../bench/harness.mjs";
import { growthTables, targetTable } from "../bench/report.mjs";
import { frontEnds } from "../bench/scale.mjs";

const entry = (contestant, median_ns, native) => ({ contestant, median_ns, ratio_vs_native: native / median_ns });
const row = (size, target) => ({ work: `${size} tasks`, target, series: { name: "spawn", size, of: "tasks" } });
const measured = (row, ...entries) => ({ row, byRuntime: new Map([["node", entries]]) });

test("a contestant that did another number of units than it was asked for fails the row", async () => {
	const contestants = { native: () => ({ run: (n) => n - 1 }) };
	await expect(measure({ contestants }, { quick: true })).rejects.toThrow("0 counted where 1 were to be done");
	expect(() => alternates(["a", "a", "b", "b"], 2)).toThrow("the loop does not suspend");
	expect(() => expectCount("tasks", 2, 2)).not.toThrow();
});

test("a missed target is marked, a row of natives and peers alone is not judged", () => {
	const table = targetTable(
		[
			measured(row(10, { native: 2 }), entry("native", 100, 100), entry("holdfast-compiled", 40, 100)),
			measured(row(20, { native: 2 }), entry("native", 100, 100), entry("holdfast-compiled", 80, 100)),
			measured(row(30, undefined), entry("native", 100, 100), entry("holdfast-compiled", 80, 100)),
		],
		["node"],
	);
	expect(table).toMatchObject({ reached: 1, missed: 1 });
	expect(table.text.split("\n").slice(2)).toEqual([
		"| 10 tasks | compiled | x2 | 40.0 ns, x2.5 |",
		"| 20 tasks | compiled | x2 | 80.0 ns, x1.3 **missed** |",
	]);
});

test("growth is the ratio to the smallest size that was measured", () => {
	const [table] = growthTables(
		[
			measured(row(1_000), entry("holdfast-compiled", 100, 100)),
			measured(row(10_000), entry("holdfast-compiled", 150, 100)),
		],
		["node"],
	);
	expect(table.split("\n").at(0)).toBe("| tasks | by | runtime | 1,000 | 10,000 |");
	expect(table.split("\n").at(-1)).toBe("| spawn | compiled | node | 100 ns | 150 ns (1.5) |");
});

test("seeds give the same numbers, percentiles are samples", () => {
	const [first, second] = [seeded(7), seeded(7)];
	for (let i = 0; i < 100; i++) expect(first()).toBe(second());
	expect(percentile([3, 1, 2], 0.5)).toBe(2);
	expect(percentile([3, 1, 2], 0.99)).toBe(3);
});

// The phases count what they did themselves: each throws if a task was not started, woken, cancelled or joined.
for (const name of ["native", "holdfast-generators"])
	test(`many tasks at once do all their work: ${name}`, async () => {
		const phases = await frontEnds[name]();
		expect(Object.keys(await phases.wake(2_000))).toEqual(["spawn", "wake"]);
		expect(Object.keys(await phases.cancel(2_000))).toEqual(["cancel"]);
		expect(Object.keys(await phases.join(2_000))).toEqual(["join"]);
	});
