import { claimRejection, onNodeRejection } from "holdfast/inspect";

/** What is needed of Node's `process`. */
export interface Emitting {
	emit(event: string, ...values: unknown[]): boolean;
	on(event: string, listener: typeof onNodeRejection): unknown;
	off(event: string, listener: typeof onNodeRejection): unknown;
	listeners(event: string): unknown[];
}

const EVENT = "unhandledRejection";

/**
 * Node tells every listener of `unhandledRejection` about every rejection, Holdfast's and the test runner's. From now on a
 * rejection goes to one of them: to Holdfast alone, if it is the failure of a call that its owner takes, or a
 * cancellation; otherwise to the others, as if Holdfast did not listen. Gives a function that takes this back.
 */
export function keepApart(process: Emitting): () => void {
	const { emit } = process;
	process.emit = (event, ...values) => {
		if (event !== EVENT) return emit.call(process, event, ...values);
		if (claimRejection(values[0], values[1] as object)) return true;
		// Some count the listeners, and leave the rejection to the other if they are not alone.
		const listens = process.listeners(EVENT).includes(onNodeRejection);
		if (listens) process.off(EVENT, onNodeRejection);
		try {
			return emit.call(process, event, ...values);
		} finally {
			if (listens) process.on(EVENT, onNodeRejection);
		}
	};
	const ours = process.emit;
	return () => {
		if (process.emit === ours) process.emit = emit;
	};
}
