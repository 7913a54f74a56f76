/** Where the runtime does not yet do what DESIGN.md says. */
import { initiators } from "./initiators.mjs";

const differences = [
	// `yield*` of a compiled call in a scope that is cancelled already does not wait for the call's cleanup.
	(frontEnd, initiator) => frontEnd === "generators-over-compiled" && initiators[initiator].atOnce,
	// … and the call has the grace of the innermost scope around, instead of that of the cancelled one.
	(frontEnd, initiator) => frontEnd === "generators-over-compiled" && initiator === "grace of a scope between",
	// Disposal in a task that was cancelled by itself is not protected where the task's owner is cancelled too.
	(frontEnd, initiator, _point, shape) =>
		shape.startsWith("await using") &&
		(frontEnd === "generators-over-compiled" || (frontEnd === "compiled-scope" && initiator === "1,000 scopes around")),
	// A native body's time limit is not kept beside an error of its cleanup.
	(frontEnd, initiator, _point, shape) =>
		(frontEnd === "native" || frontEnd === "generators-over-compiled") &&
		/throws|throws another/.test(shape) &&
		initiators[initiator].kind === "deadline" &&
		initiators[initiator].throws !== undefined,
];

/** Whether a combination is left out for it. */
export function differs(...combination) {
	return differences.some((applies) => applies(...combination));
}
