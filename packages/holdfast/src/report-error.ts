import { currentNativeTask } from "#host";
import { state } from "./kernel/state.ts";
import { hostLoop } from "./loops/host.ts";
import { Runner } from "./runner.ts";
import { LiveTask, type Task } from "./task.ts";

/**
 * Gives an error that nobody else will see to the `onReport` of the run, which prints it if there is none: for code that
 * stands at the end of the line, such as a server that has answered 500. A callback of foreign code says by `task` on whose
 * behalf it speaks. Outside of every run it is printed. Never throws. (The `reportError` of the web platform.)
 *
 * @example
 * try { await handle(job); } catch (error) { reportError(error); }
 */
export function reportError(error: unknown, task?: Task): void {
	const concerned = task instanceof LiveTask ? task : (state.task ?? currentNativeTask());
	const runner = concerned === null ? new Runner(hostLoop(), { name: "outside", implicit: true }) : concerned.runner;
	runner.report(error, "unobserved", concerned);
}
