import { isFunction, type Node } from "../syntax.ts";
import type { Report } from "./found.ts";
import { eachJump } from "./jumps.ts";
import type { Place } from "./place.ts";

/** `return`, `break` or `continue` out of the `finally` of a function that waits: the error on its way is gone. */
export function unsafeFinally(node: Node, place: Place, report: Report): void {
	if (node.type !== "TryStatement" || node.finalizer === null) return;
	const around = place.path[place.functionAround()] as Node;
	if (!isFunction(around) || !(around.async || around.generator)) return;
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
