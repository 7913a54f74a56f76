import { onInterrupts } from "#host";
import { type Coroutine, LazyCoroutine } from "./coroutine.ts";
import { actingTask, type Begin, runningTask } from "./invoke.ts";
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

/**
 * Hears these signals in place of the run that listens to them (`signals: true`), and of the host, until the result is
 * called: for libraries, whose listener tells whether it has taken the signal. One that nobody takes does what it always does to
 * a run that listens. Does not keep the process alive. Where the host has no signals it hears none.
 *
 * @throws ScopeMisuseError outside of a task
 * @example
 * const release = takeInterrupts(["SIGHUP"], () => {
 *   reloads.trySend(undefined);
 *   return true;
 * });
 * onExit(release);
 */
export function takeInterrupts(
	names: readonly InterruptName[],
	listener: (name: InterruptName) => boolean,
): () => void {
	return take(actingTask("takeInterrupts()"), listener, names);
}

function take(
	{ runner }: KernelTask,
	listener: (name: InterruptName) => boolean,
	names?: readonly InterruptName[],
): () => void {
	const { interruptible } = runner as Runner;
	if (interruptible === null) return onInterrupts(listener, names);
	const taker = (name: InterruptName): boolean => (names === undefined || names.includes(name)) && listener(name);
	interruptible.add(taker);
	return () => interruptible.delete(taker);
}

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
		this.#release = take(task, (name) => {
			this.abort();
			task.resume(name);
			return true;
		});
	}

	abort(): boolean {
		this.#task.runner.promises--;
		clearInterval(this.#alive);
		this.#release();
		return true;
	}
}
