import { isFunction, type Node } from "../syntax.ts";
import { isCoroutineBody } from "./coroutine-body.ts";
import type { Report } from "./found.ts";
import { eachJump } from "./jumps.ts";
import type { Place } from "./place.ts";

/** `return`, `break` or `continue` out of the `finally` of a function that waits: the error on its way is gone. */
export function unsafeFinally(node: Node, place: Place, report: Report): void {
	if (node.type !== "TryStatement" || node.finalizer === null) return;
	const depth = place.functionAround();
	const around = place.path[depth] as Node;
	if (!isFunction(around) || !(around.async || (around.generator && isCoroutineBody(depth, place)))) return;
	eachJump(node.finalizer, place, (jump) => {
		if (jump.type === "ThrowStatement") return;
		const word = jump.type === "ReturnStatement" ? "return" : jump.type === "BreakStatement" ? "break" : "continue";
		const cancelled = around.async ? "A cancellation goes on all the same." : "A cancellation may be lost with it.";
		report({
			rule: "unsafe-finally",
			node: jump,
			message: `This \`${word}\` throws away the error that led here, if there is one. ${cancelled} Move it behind the \`try\` statement.`,
		});
	});
}
