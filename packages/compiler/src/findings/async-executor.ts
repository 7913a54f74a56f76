import { type Node, unwrap } from "../syntax.ts";
import { functionValue } from "./bindings.ts";
import { calleeKind } from "./call-kind.ts";
import type { Report } from "./found.ts";
import type { Place } from "./place.ts";

/** `new Promise(async …)`: what the executor throws reaches nobody, and nobody waits for what it awaits. */
export function asyncExecutor(node: Node, place: Place, report: Report): void {
	if (node.type !== "NewExpression" || !place.isGlobal(node.callee, "Promise")) return;
	const [argument] = node.arguments;
	if (argument === undefined || argument.type === "SpreadElement") return;
	const executor = unwrap(argument);
	const isAsync =
		functionValue(executor)?.async ??
		(executor.type === "Identifier" && ["task", "promise"].includes(calleeKind(executor, place) ?? ""));
	if (isAsync)
		report({
			rule: "async-executor",
			node: argument,
			message:
				"The executor of this Promise is async: an error that it throws does not reject the promise, which then never settles. Call an async function instead of making a Promise, or use suspend(…) for callbacks.",
		});
}
