import type { Readable, Writable } from "node:stream";
import { type Coroutine, suspend, withTaskGroup } from "holdfast";
import { LimitExceededError } from "./errors.ts";
import type { ProcessInput } from "./exec-options.ts";
import { feed } from "./feed.ts";
import { OutputCollector } from "./output-collector.ts";
import { commandLine, type ExitStatus } from "./process-errors.ts";
import { endAll, ProcessLifetime, type Stdio } from "./process-lifetime.ts";
import type { Command } from "./process-options.ts";

/** Programs that run at once, the output of each the input of the next one. */
export interface Stages {
	readonly commands: readonly Command[];
	readonly input: ProcessInput | undefined;
	/** Of the first one. */
	readonly stdin: "pipe" | "inherit" | "ignore";
	/** Of the last one. */
	readonly stdout: "pipe" | "inherit" | "ignore";
	/** Of all. */
	readonly stderr: "pipe" | "inherit" | "ignore";
	readonly maxOutput: number;
}

/** What was printed, and how each has ended. */
export interface StagesEnded {
	readonly stdout: Uint8Array;
	readonly statuses: readonly ExitStatus[];
	readonly stderrs: readonly Uint8Array[];
	/** Whether the next one wanted no more of what it printed, and its end therefore says nothing. */
	readonly unwanted: readonly boolean[];
}

/** Runs the programs to the end of all of them. Cancelled: ends all at once. */
export function* runStages(stages: Stages): Generator<never, StagesEnded, unknown> {
	const { commands, input, maxOutput } = stages;
	const lifetimes: ProcessLifetime[] = [];
	const errors: OutputCollector[] = [];
	/** Those that had not ended when the next one did not take more. */
	const unwanted: Set<ProcessLifetime> = new Set();
	let output: OutputCollector | undefined;
	let wake: (() => void) | undefined;
	const changed = (): void => wake?.();
	const until = (isSo: () => boolean): Coroutine<void> =>
		suspend<void>(
			(resume) => {
				wake = () => {
					if (isSo()) resume();
				};
				wake();
				return () => {
					wake = undefined;
				};
			},
			{
				label: `the end of ${commands.map(({ command, args }) => commandLine(command, args)).join(" | ")}`,
				outside: true,
			},
		);
	const isTooMuch = (): boolean => output?.over === true || errors.some(({ over }) => over);
	const ended = (): Coroutine<void> =>
		until(() => lifetimes.every(({ status }) => status !== undefined) || isTooMuch());
	try {
		for (const [index, command] of commands.entries()) {
			const isLast = index === commands.length - 1;
			const stdio: Stdio = [index === 0 ? stages.stdin : "pipe", isLast ? stages.stdout : "pipe", stages.stderr];
			const lifetime = yield* ProcessLifetime.start(command, stdio);
			const before = lifetimes.at(-1);
			lifetimes.push(lifetime);
			errors.push(new OutputCollector(lifetime.child.stderr, maxOutput, changed));
			if (isLast) output = new OutputCollector(lifetime.child.stdout, maxOutput, changed);
			if (before !== undefined) handOn(before, lifetime, unwanted);
			lifetime.child.once("exit", changed);
		}
		const stdin = lifetimes[0]?.child.stdin;
		// A program that has closed its input does not want it.
		stdin?.on("error", () => {});
		if (stdin == null || input === undefined) yield* ended();
		else
			yield* withTaskGroup(function* (group) {
				group.spawn(feed, commands[0]?.what ?? "", stdin, input);
				yield* ended();
				group.cancel("the program has ended");
			});
		// What they have left behind holds the outputs open.
		yield* endAll(lifetimes);
		yield* until(() => (output?.ended === true && errors.every((each) => each.ended)) || isTooMuch());
	} finally {
		try {
			yield* endAll(lifetimes);
		} finally {
			for (const { child } of lifetimes) for (const stream of child.stdio) (stream as Readable | null)?.destroy();
		}
	}
	if (isTooMuch()) throw tooMuch(commands, maxOutput);
	return {
		stdout: output?.bytes() ?? new Uint8Array(),
		statuses: lifetimes.map(({ status }) => status as ExitStatus),
		stderrs: errors.map((each) => each.bytes()),
		unwanted: lifetimes.map((lifetime) => unwanted.has(lifetime)),
	};
}

/**
 * Hands on what a program prints. It goes through this process, for its order tells a failure from what comes of an output
 * that is not wanted: the host's pipes are sockets, which break that off with an error of the program and not with SIGPIPE.
 */
function handOn(from: ProcessLifetime, to: ProcessLifetime, unwanted: Set<ProcessLifetime>): void {
	const output = from.child.stdout as Readable;
	const input = to.child.stdin as Writable;
	input.on("error", () => {});
	input.on("close", () => {
		if (output.readableEnded) return;
		if (from.status === undefined) unwanted.add(from);
		output.destroy();
	});
	output.on("error", () => input.end());
	output.pipe(input);
}

export function tooMuch(commands: readonly Command[], maxOutput: number): LimitExceededError {
	const line = commands.map(({ command, args }) => commandLine(command, args)).join(" | ");
	return new LimitExceededError(
		`${commands[0]?.what}: ${line} printed more than ${maxOutput} bytes on one of its outputs and was ended: raise maxOutput, or read it as a stream with spawnProcess.`,
		maxOutput,
	);
}
