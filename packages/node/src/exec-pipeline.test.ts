import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CannotBlockError, run, runSync, sleep, withCancelScope, withTaskGroup } from "holdfast";
import { afterAll, describe, expect, test } from "vitest";
import { checked, isListed, rejectionOf } from "../test/processes.ts";
import { LimitExceededError } from "./errors.ts";
import { execPipeline } from "./exec-pipeline.ts";
import { ProcessExitError } from "./process-errors.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-pipeline-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a pipeline", () => {
	test("hands the output of each program to the next one, and gives that of the last", async () => {
		const input = "b\na\nb\n";
		const result = await checked(() => execPipeline([["cat"], ["sort"], ["uniq", "-c"]], { input }));
		expect(result.stdout.replaceAll(" ", "")).toBe("1a\n2b\n");
		expect(result.stages.map(({ command, exitCode }) => [command, exitCode])).toEqual([
			["cat", 0],
			["sort", 0],
			["uniq", 0],
		]);
	});

	test("loses nothing of much data", async () => {
		const input = Buffer.alloc(8_000_000, "0123456789\n");
		const { stdout } = await checked(() => execPipeline([["cat"], ["cat"], ["cat"], ["wc", "-c"]], { input }));
		expect(Number(stdout)).toBe(input.length);
	});

	test("of one program is one program, and may give bytes", async () => {
		const { stdout } = await checked(() => execPipeline([["echo", "x"]], { encoding: "buffer" }));
		expect(stdout).toEqual(Uint8Array.from([120, 10]));
	});

	test("collects the standard error of each", async () => {
		const { stages } = await checked(() =>
			execPipeline([
				["sh", "-c", "echo one >&2; echo x"],
				["sh", "-c", "echo two >&2; cat"],
			]),
		);
		expect(stages.map(({ stderr }) => stderr)).toEqual(["one\n", "two\n"]);
	});

	test("ends a program whose output nobody wants any more; that is no failure", async () => {
		const { stdout, stages } = await checked(() => execPipeline([["yes"], ["head", "-2"]]));
		expect(stdout).toBe("y\ny\n");
		expect(stages[0]?.exitCode).not.toBe(0);
	});

	test("that fails by itself has failed, also if the next one ends at the same time", async () => {
		for (let round = 0; round < 20; round++) {
			const error = await rejectionOf<ProcessExitError>(
				checked(() => execPipeline([["sh", "-c", "echo x; exit 3"], ["cat"]])),
			);
			expect(error).toMatchObject({ name: "ProcessExitError", exitCode: 3 });
		}
	});

	test("fails with the first program that has failed, which is named", async () => {
		const stages = [["sh", "-c", "echo broken >&2; exit 3"], ["cat"], ["sh", "-c", "exit 4"]] as const;
		const error = await rejectionOf<ProcessExitError>(checked(() => execPipeline(stages)));
		expect(error).toMatchObject({ name: "ProcessExitError", command: "sh", exitCode: 3, stderr: "broken\n" });
		expect(error.message).toContain("\n  broken");
		const { stages: results } = await checked(() => execPipeline(stages, { check: false }));
		expect(results.map(({ exitCode }) => exitCode)).toEqual([3, 0, 4]);
	});

	test("ends the others if one cannot be started", async () => {
		const path = join(folder, "first");
		const first = ["sh", "-c", `echo $$ > ${path}; sleep 60`] as const;
		const error = await rejectionOf(checked(() => execPipeline([first, ["no-such-program"], ["cat"]])));
		expect(error).toMatchObject({ name: "ProcessStartError", code: "ENOENT", command: "no-such-program" });
		if (existsSync(path)) expect(isListed(Number(readFileSync(path, "utf8")))).toBe(false);
	});

	test("is limited", async () => {
		const error = await rejectionOf(checked(() => execPipeline([["yes"], ["cat"]], { maxOutput: 100 })));
		expect(error).toBeInstanceOf(LimitExceededError);
	});

	test("is ended as a whole when it is cancelled, also where no grace is left", async () => {
		for (const grace of [200, 0]) {
			const paths = [0, 1].map((index) => join(folder, `${grace}-${index}`));
			const script = (path: string | undefined): string =>
				`trap "" TERM; echo $$ > ${path}; while :; do sleep 0.05; done`;
			await checked(() =>
				withCancelScope({ grace }, function* (scope) {
					yield* withTaskGroup(function* (group) {
						group.spawn(function* () {
							yield* execPipeline([
								["sh", "-c", script(paths[0])],
								["sh", "-c", script(paths[1])],
							]);
						});
						while (!paths.every((path) => existsSync(path) && readFileSync(path, "utf8") !== "")) yield* sleep(5);
						scope.cancel();
					});
				}),
			);
			for (const path of paths) expect(isListed(Number(readFileSync(path, "utf8")))).toBe(false);
		}
	});

	test.each<[stages: unknown, options: object, message: string]>([
		[[], {}, "pass a list"],
		["cat | sort", {}, "pass a list"],
		[["cat", "sort"], {}, 'one of the programs is "cat"'],
		[[["cat"], []], {}, "the command is undefined"],
		[[["cat"]], { shell: true }, 'unknown option "shell"'],
	])("%j is refused", async (stages, options, message) => {
		const error = await rejectionOf(run(() => execPipeline(stages as never, options)));
		expect(error.message).toContain(message);
	});

	test("runs in a synchronous run, in the helper thread, and fails with the same", () => {
		const { stdout, stages } = runSync(() =>
			execPipeline([["cat"], ["sort", "-r"]], { input: ["a\n", Buffer.from("b\n")] }),
		);
		expect(stdout).toBe("b\na\n");
		expect(stages.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
		expect(() => runSync(() => execPipeline([["false"], ["cat"]]))).toThrow(ProcessExitError);
		expect(() => runSync(() => execPipeline([["cat"]], { input: (async function* () {})() }))).toThrow(
			CannotBlockError,
		);
	});
});
