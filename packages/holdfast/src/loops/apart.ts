import { state } from "../kernel/state.ts";

/**
 * Calls what steps tasks of other runs, from wherever it is called: code of a running task finds itself as it was when
 * that is over.
 */
export function apart(call: () => void): void {
	const { task, head, tail, depth } = state;
	state.task = state.head = state.tail = null;
	try {
		call();
	} finally {
		state.task = task;
		state.head = head;
		state.tail = tail;
		state.depth = depth;
	}
}
