import { DEPTH_LIMIT, state } from "../kernel/state.ts";

/**
 * Calls what steps tasks of other runs, from wherever it is called: code of a running task finds itself as it was when
 * that is over.
 */
export function apart(call: () => void): void {
	const { task, head, tail, depth, limit } = state;
	state.task = state.head = state.tail = null;
	state.limit = DEPTH_LIMIT;
	try {
		call();
	} finally {
		state.task = task;
		state.head = head;
		state.tail = tail;
		state.depth = depth;
		state.limit = limit;
	}
}
