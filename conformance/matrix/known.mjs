/**
 * What is left out, because the language decides it: in generator code `yield* f()` calls `f` first and iterates after. A compiled `f` has
 * begun by then, as a task of the owner; if its caller was cancelled before it began, `f` may begin a wait before it is cancelled.
 */
export function differs(frontEnd, initiator) {
	return frontEnd === "generators-over-compiled" && initiator === "task.cancel before it begins";
}
