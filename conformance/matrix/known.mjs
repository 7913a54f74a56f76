/** Where the runtime does not yet do what DESIGN.md says: generator code that calls compiled code with `yield*`. */
import { initiators } from "./initiators.mjs";

const differences = [
	// The call is a task of its own, whose cleanup has the grace of the innermost scope around, not that of the cancelled one.
	(initiator) => initiator === "grace of a scope between",
	// Cancelled before it began, the caller makes a call that begins a wait before it is cancelled.
	(initiator) => initiator === "task.cancel before it begins",
	// An error of the call's cleanup does not have the time limit's error beside it.
	(initiator, throws) =>
		throws && initiators[initiator].kind === "deadline" && initiators[initiator].throws !== undefined,
	// The host tells its listeners of an error of the call's cleanup, if the scope was cancelled before the call.
	(initiator, throws) => throws && initiators[initiator].atOnce,
];

/** Whether a combination is left out for it. */
export function differs(frontEnd, initiator, _point, shape) {
	if (frontEnd !== "generators-over-compiled") return false;
	return differences.some((applies) => applies(initiator, shape.includes("throws")));
}
