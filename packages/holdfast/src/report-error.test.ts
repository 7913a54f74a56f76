import { expect, test, vi } from "vitest";
import { withTaskGroup } from "./group.ts";
import { reportError } from "./report-error.ts";
import { run } from "./run.ts";
import type { Report } from "./runner.ts";
import { sleep } from "./sleep.ts";
import { currentTask } from "./task.ts";

test("an error goes to the run's onReport, with the path of the task", async () => {
	const reports: Report[] = [];
	const error = new Error("here");
	await run(
		function* main() {
			yield* withTaskGroup(function* (group) {
				group.spawnWith({ name: "worker" }, () => reportError(error));
			});
		},
		{ onReport: (report) => reports.push(report) },
	);
	expect(reports).toHaveLength(1);
	expect(reports[0]).toMatchObject({ error, kind: "unobserved", path: "main › worker" });
});

test("native code that has awaited still knows its run", async () => {
	const reports: unknown[] = [];
	await run(
		async () => {
			await new Promise((resolve) => setTimeout(resolve, 1));
			reportError("late");
		},
		{ onReport: ({ error, kind }) => kind === "hint" || reports.push(error) },
	);
	expect(reports).toEqual(["late"]);
});

test("a callback of the host says by a task on whose behalf it speaks", async () => {
	const reports: Report[] = [];
	await run(
		function* main() {
			const task = currentTask();
			setTimeout(() => reportError("late", task), 1);
			yield* sleep(5);
		},
		{ onReport: (report) => reports.push(report) },
	);
	expect(reports).toMatchObject([{ error: "late", path: "main" }]);
});

test("outside of every run it is printed", () => {
	const print = vi.spyOn(console, "error").mockImplementation(() => {});
	try {
		reportError(new Error("nobody"));
		expect(print).toHaveBeenCalledOnce();
	} finally {
		print.mockRestore();
	}
});
