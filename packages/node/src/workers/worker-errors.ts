import { HoldfastError } from "holdfast";

/**
 * A worker thread has ended in the middle of its work: by an error that nothing in it has caught (the `cause`), by
 * `process.exit()`, or because it ran out of memory. Other threads are not concerned, and the next call gets a new one.
 */
export class WorkerDiedError extends HoldfastError {
	override readonly name: string = "WorkerDiedError";
	readonly code: string = "HOLDFAST_WORKER_DIED";
	/** With what the thread has ended. */
	readonly exitCode: number;

	constructor(message: string, exitCode: number, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		this.exitCode = exitCode;
	}
}

/** A function cannot run in another thread: it is not self-contained, or the module does not export it. */
export class WorkerFunctionError extends HoldfastError {
	override readonly name: string = "WorkerFunctionError";
	readonly code: string = "HOLDFAST_WORKER_FUNCTION";
}

/** A value cannot be brought into another thread: functions, promises, and what else the structured clone algorithm refuses. */
export class WorkerDataError extends HoldfastError {
	override readonly name: string = "WorkerDataError";
	readonly code: string = "HOLDFAST_WORKER_DATA";
}
