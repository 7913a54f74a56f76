import type { Coroutine } from "holdfast";
import { describe, expectTypeOf, test } from "vitest";
import {
	type ExecPipelineResult,
	type ExecResult,
	exec,
	execPipeline,
	type HostEvents,
	signals,
	spawnProcess,
} from "./index.ts";
import type { Process } from "./process.ts";

describe("exec", () => {
	test("gives text, and bytes where they are asked for", () => {
		expectTypeOf(exec("ls")).toEqualTypeOf<Coroutine<ExecResult>>();
		expectTypeOf(exec("ls", ["-l"], { cwd: "/" })).toEqualTypeOf<Coroutine<ExecResult>>();
		expectTypeOf(exec("ls", [], { encoding: "buffer" })).toEqualTypeOf<Coroutine<ExecResult<Uint8Array>>>();
		expectTypeOf(exec.sync("ls").stdout).toEqualTypeOf<string>();
		expectTypeOf(exec.sync("ls", [], { encoding: "buffer" }).stdout).toEqualTypeOf<Uint8Array>();
		expectTypeOf(execPipeline([["ls"], ["wc", "-l"]])).toEqualTypeOf<Coroutine<ExecPipelineResult>>();
		expectTypeOf(execPipeline([["ls"]], { encoding: "buffer" })).toEqualTypeOf<
			Coroutine<ExecPipelineResult<Uint8Array>>
		>();
	});

	test("refuses what cannot be meant", () => {
		// @ts-expect-error a command line is no list of arguments
		exec("git", "log -1");
		// @ts-expect-error there is no time limit: withTimeout
		exec("git", [], { timeout: 5 });
		// @ts-expect-error no such signal
		exec("git", [], { stopSignal: "TERM" });
		// @ts-expect-error a shell reads one command
		execPipeline([["cat"]], { shell: true });
		// @ts-expect-error a stage has at least its program
		execPipeline([[]]);
		// @ts-expect-error what is written to it is written to a process
		spawnProcess("cat", [], { input: "text" });
	});

	test("a process is a resource", () => {
		expectTypeOf(spawnProcess("cat").with((cat) => cat.wait())).resolves.toHaveProperty("exitCode");
		expectTypeOf<Awaited<ReturnType<typeof spawnProcess>>>().toEqualTypeOf<Process>();
	});
});

test("signals gives the names that were asked for", () => {
	expectTypeOf(signals("SIGHUP", "SIGUSR2")).toEqualTypeOf<HostEvents<"SIGHUP" | "SIGUSR2">>();
	// @ts-expect-error at least one
	signals();
	// @ts-expect-error no such signal
	signals("HUP");
});
