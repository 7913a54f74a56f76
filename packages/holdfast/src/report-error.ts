import { currentNativeTask } from "#host";
import { state } from "./kernel/state.ts";
import { hostLoop } from "./loops/host.ts";
import { Runner } from "./runner.ts";

/**
 * Gives an error that nobody else will see to the `onReport` of the run, which prints it if there is none: for code that
 * stands at the end of the line, such as a server that has answered 500. Outside of every run it is printed. Never throws.
 * (The `reportError` of the web platform.)
 *
 * @example
 * try { await handle(job); } catch (error) { reportError(error); }
 */
export function reportError(error: unknown): void {
	const task = state.task ?? currentNativeTask();
	const runner = task === null ? new Runner(hostLoop(), { name: "outside", implicit: true }) : task.runner;
	runner.report(error, "unobserved", task);
}
