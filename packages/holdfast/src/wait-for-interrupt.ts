import { onInterrupts } from "#host";
import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { type Begin, runningTask } from "./invoke.ts";
import type { Code } from "./kernel/frame.ts";
import type { KernelTask, Operation } from "./kernel/task.ts";
import type { Runner } from "./runner.ts";
import type { InterruptName } from "./signals.ts";

/**
 * Waits for SIGINT (Ctrl-C), SIGTERM or SIGHUP, and gives its name: for programs that decide themselves how to end. While
 * somebody waits here, the signal goes to them: it neither ends the process, nor cancels the run, as `signals: true`
 * otherwise would. The next one, when nobody waits any more, does what it always does. Keeps the process alive.
 *
 * Cancelled: throws `Cancelled`, and the signals are the host's again. Where the host has no signals it waits until then.
 *
 * @example
 * await withTaskGroup(async (group) => {
 *   const server = group.spawn(serve);
 *   console.log(`${await waitForInterrupt()}: closing`);
 *   server.cancel();
 * });
 */
export function waitForInterrupt(): Coroutine<InterruptName> {
	return new LazyCoroutine<InterruptName>(beginWait, WAIT);
}

const WAIT: Code = { name: "waitForInterrupt", place: () => undefined };

const beginWait: Begin = () => {
	const task = runningTask(WAIT.name);
	task.checkpoint();
	return task.park(new Interrupt(task));
};

class Interrupt implements Operation {
	readonly label = WAIT.name;
	readonly #task: KernelTask;
	readonly #alive: ReturnType<typeof setInterval>;
	readonly #release: () => void;

	constructor(task: KernelTask) {
		this.#task = task;
		// What wakes it is the host's: a loop cannot tell that nothing will.
		task.runner.promises++;
		// Listeners for signals alone do not keep a process alive.
		this.#alive = setInterval(() => {}, 2 ** 30);
		const woken = (name: InterruptName): void => {
			this.abort();
			task.resume(name);
		};
		const { interruptible } = task.runner as Runner;
		if (interruptible === null) this.#release = onInterrupts(woken);
		else {
			interruptible.add(woken);
			this.#release = () => interruptible.delete(woken);
		}
	}

	abort(): boolean {
		this.#task.runner.promises--;
		clearInterval(this.#alive);
		this.#release();
		return true;
	}
}
