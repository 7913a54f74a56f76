import { isFunction, type Node, unwrap } from "../syntax.ts";
import { callKind } from "./call-kind.ts";
import type { Report } from "./found.ts";
import type { Place } from "./place.ts";

/** `yield sleep(10)`: the kernel is handed something that it does not know, and throws. */
export function yieldWithoutStar(node: Node, place: Place, report: Report): void {
	if (node.type !== "YieldExpression" || node.delegate || node.argument === null) return;
	const depth = place.functionAround();
	const around = place.path[depth] as Node;
	if (!isFunction(around) || around.async) return;
	const value = unwrap(node.argument);
	const isCoroutine = value.type === "CallExpression" && callKind(value, place) === "coroutine";
	if (!isCoroutine && place.runner(depth) === undefined) return;
	const end = place.start(node) + "yield".length;
	const mend = isCoroutine ? "Write `yield*`." : "Write `yield*`, and `until(…)` around a promise.";
	report({
		rule: "yield-without-star",
		node,
		message: `\`yield\` hands ${place.text(node.argument)} to the kernel, which does not know it and throws a TypeError. ${mend}`,
		suggestions: [{ message: "Write `yield*`.", edits: [{ start: end, end, text: "*" }] }],
	});
}
