import { type Coroutine, coroutine, operation } from "holdfast";
import { checkOptions } from "./check-options.ts";
import { describe } from "./describe.ts";
import { sendable } from "./exec.ts";
import { checkExec, EXEC_OPTIONS, type ExecOptions } from "./exec-options.ts";
import { type ExitStatus, exitError } from "./process-errors.ts";
import { runStages } from "./run-stages.ts";
import { decode, decodeLeniently } from "./text.ts";
import { helped } from "./workers/helper.ts";

/** Options of `execPipeline`: those of `exec`, without a shell. They hold for all programs. */
export type ExecPipelineOptions = Omit<ExecOptions, "shell">;

/** One program of a pipeline: its name and its arguments. */
export type PipelineStage = readonly [command: string, ...args: string[]];

/** How one program of a pipeline has ended. */
export interface PipelineStageResult<Output extends string | Uint8Array = string> extends ExitStatus {
	readonly command: string;
	readonly args: readonly string[];
	/** Empty if it was not collected. */
	readonly stderr: Output;
}

/** What a pipeline has printed, and how its programs have ended. */
export interface ExecPipelineResult<Output extends string | Uint8Array = string> {
	/** What the last program has printed; empty if it was not collected. */
	readonly stdout: Output;
	readonly stages: readonly PipelineStageResult<Output>[];
}

/** `execPipeline` with both of its results. */
export interface ExecPipeline {
	(
		stages: readonly PipelineStage[],
		options: ExecPipelineOptions & { readonly encoding: "buffer" },
	): Coroutine<ExecPipelineResult<Uint8Array>>;
	(stages: readonly PipelineStage[], options?: ExecPipelineOptions): Coroutine<ExecPipelineResult>;
}

/**
 * Runs programs at once, the output of each the input of the next one, as `|` in a shell, without one. `input` goes to the
 * first; what the last prints is given.
 *
 * It fails if any of them fails, with the first that has: a shell's `pipefail`. How a program ends after the next one has
 * closed its input (as `yes` in `yes | head`) is no failure.
 *
 * Cancelled: all of them are ended at once, as by `exec`. In a synchronous run the helper thread runs them (see `callByName`).
 * @throws ProcessStartError if one could not be started; the others are ended
 * @throws ProcessExitError of the first one that has failed, unless `check` is false
 * @throws LimitExceededError if more than `maxOutput` bytes are printed
 * @example
 * const { stdout } = await execPipeline([["git", "log", "--format=%an"], ["sort"], ["uniq", "-c"]]);
 */
export const execPipeline: ExecPipeline = /* @__PURE__ */ operation({
	async: coroutine(execStages),
	sync: (stages: readonly PipelineStage[], options?: ExecPipelineOptions) =>
		helped("execPipeline", "execPipeline", [stages, sendable(options)]),
}) as unknown as ExecPipeline;

function* execStages(
	stages: readonly PipelineStage[],
	options: ExecPipelineOptions = {},
): Generator<never, ExecPipelineResult<string | Uint8Array>, unknown> {
	const what = "execPipeline";
	if (!Array.isArray(stages) || stages.length === 0)
		throw new TypeError(`${what}: the programs are ${describe(stages)}; pass a list: [["cat", "file"], ["sort"]].`);
	checkOptions(what, options, PIPELINE_OPTIONS);
	const specifications = stages.map((stage: unknown) => {
		if (!Array.isArray(stage))
			throw new TypeError(`${what}: one of the programs is ${describe(stage)}; pass its words: ["sort", "-u"].`);
		const [command, ...args] = stage as [string, ...string[]];
		return checkExec(what, command, args, options);
	});
	const { encoding, check } = specifications[0] as (typeof specifications)[0];
	const commands = specifications.map(({ command }) => command);
	const { stdout, statuses, stderrs, unwanted } = yield* runStages({
		...(specifications[0] as (typeof specifications)[0]),
		commands,
	});
	const results = commands.map(({ command, args }, index) => ({
		command,
		args,
		...(statuses[index] as ExitStatus),
		stderr: decodeLeniently(stderrs[index] as Uint8Array, encoding),
	}));
	const failed = results.find(({ exitCode }, index) => exitCode !== 0 && !unwanted[index]);
	if (check && failed !== undefined) {
		const printed = failed === results.at(-1) ? stdout : new Uint8Array();
		throw exitError({ ...failed, stdout: decodeLeniently(printed, encoding) });
	}
	return { stdout: decode("execPipeline: the output", stdout, encoding), stages: results };
}

const PIPELINE_OPTIONS: readonly string[] = /* @__PURE__ */ EXEC_OPTIONS.filter((name) => name !== "shell");
