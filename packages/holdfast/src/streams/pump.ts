import { callInScope } from "../call-in-scope.ts";
import { type Coroutine, LazyCoroutine } from "../coroutine.ts";
import { WATCHED } from "../entries.ts";
import { type Begin, runningTask } from "../invoke.ts";
import { type Code, Frame, type Run, type suspended } from "../kernel/frame.ts";
import { Scope } from "../kernel/scope.ts";
import { FAILED, type KernelTask, type Operation } from "../kernel/task.ts";
import type { Runner } from "../runner.ts";
import { LiveTask } from "../task.ts";
import type { OwnedStream } from "./stream.ts";

/**
 * Work in the background of a stream. It belongs to no scope of those who read: their deadlines do not reach it. Whoever
 * closes the stream stops it and waits for its end, and every stream is closed with the scope in which it was made; so it
 * outlives neither that nor the run.
 */
export class Pump {
	readonly #task: LiveTask;
	readonly #scope: PumpScope;

	/** Starts `work` on behalf of a stream, with a copy of the context in which that was made. */
	constructor(caller: KernelTask, stream: OwnedStream<unknown>, name: string, work: () => unknown, ended: () => void) {
		const runner = caller.runner as Runner;
		const scope = new PumpScope(name);
		scope.grace = stream.belonging.home(caller).grace;
		const task = new LiveTask(runner, runner.base, stream.belonging.context, WATCHED, name);
		const begin: Run = (frame) => callInScope(frame, scope, task, work as () => unknown, []);
		task.top = new Frame(begin, { name, place: () => undefined });
		this.#task = task;
		this.#scope = scope;
		task.onEnd(ended);
		runner.ready(task);
	}

	/** Throws the error that it has ended with, if it has. */
	rethrow(): void {
		if (this.#task.status === FAILED) throw this.#task.outcome;
	}

	/** Stops it, and waits for its end; throws what its cleanup throws. */
	stop(): Coroutine<void> {
		return new LazyCoroutine<void>(Pump.#stop, STOP, this);
	}

	static readonly #stop: Begin = (lazy) => {
		const pump = lazy.a0 as Pump;
		const task = runningTask(STOP.name);
		if (pump.#task.ended) return undefined;
		// What it has failed with before was for whoever reads, and nobody does.
		pump.#scope.cancelFor({ kind: "explicit", text: "its stream was closed", scope: pump.#scope });
		return new Stopping(pump.#task, pump.#scope).wait(task);
	};
}

const STOP: Code = { name: "Stream.close", place: () => undefined };

class PumpScope extends Scope {
	override caught(): never {
		throw this.cancelled;
	}
}

/** Waits for the end of a pump; the end of the waiter's grace is the end of the pump's. */
class Stopping implements Operation {
	readonly label: string;
	readonly #task: LiveTask;
	readonly #scope: Scope;

	constructor(task: LiveTask, scope: Scope) {
		this.label = `the end of ${task.name}`;
		this.#task = task;
		this.#scope = scope;
	}

	wait(waiter: KernelTask): typeof suspended {
		const parked = waiter.park(this);
		this.#task.onEnd((task) => {
			if (waiter.operation !== this) return;
			if (task.status === FAILED) waiter.resumeThrow(task.outcome);
			else waiter.resume(undefined);
		});
		return parked;
	}

	abort(): boolean {
		this.#scope.cancel(undefined, { grace: 0 });
		return false;
	}
}
