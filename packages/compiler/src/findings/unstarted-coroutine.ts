import { valueCalls } from "../awaited.ts";
import { isFunction, type Node } from "../syntax.ts";
import { callKind } from "./call-kind.ts";
import type { Report, Suggestion } from "./found.ts";
import type { Place } from "./place.ts";

/** `sleep(10);`: the call describes a coroutine, and nothing starts it. `void` does not either. */
export function unstartedCoroutine(node: Node, place: Place, report: Report): void {
	if (node.type !== "ExpressionStatement") return;
	const { expression } = node;
	const dropped =
		expression.type === "UnaryExpression" && expression.operator === "void" ? expression.argument : expression;
	for (const call of valueCalls(dropped)) {
		if (call.type !== "CallExpression" || callKind(call, place) !== "coroutine") continue;
		const around = place.path[place.functionAround()] as Node;
		const isGenerator = isFunction(around) && around.generator && !around.async;
		const start = isGenerator ? "yield*" : "await";
		const isSync = isFunction(around) && !around.async && !around.generator;
		const mend = isSync
			? "The function around it cannot wait: make it `async`, or hand the work to `group.spawn(…)`."
			: `Write \`${start}\` before it, or \`group.spawn(…)\`.`;
		const message = `${place.text(call)} starts nothing: its call only describes what is to be done. ${mend}`;
		const at = place.start(dropped === expression ? call : expression);
		const edit = { start: at, end: place.start(call), text: `${start} ` };
		const suggestions: Suggestion[] = isSync ? [] : [{ message: `Write \`${start}\` before it.`, edits: [edit] }];
		report({ rule: "unstarted-coroutine", node: call, message, suggestions });
	}
}
