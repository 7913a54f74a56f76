import { isFunction, type Node, unwrap } from "../syntax.ts";
import type { Report } from "./found.ts";
import { eachJump } from "./jumps.ts";
import { memberName, type Place } from "./place.ts";

type Loop = Node & { type: "WhileStatement" | "DoWhileStatement" | "ForStatement" };

/** A loop in an async function or coroutine that never waits and that nothing can end: nothing else runs any more. */
export function busyLoop(node: Node, place: Place, report: Report): void {
	const { test, body } = node as Loop;
	if (test !== null && !isEndless(test)) return;
	const around = place.path[place.functionAround()] as Node;
	if (!isFunction(around) || !(around.async || around.generator)) return;
	if (place.find(node, (inner) => inner.type === "AwaitExpression" || isOtherWait(inner)) !== undefined) return;
	let hasExit = false;
	// `continue` with the label of an outer loop leaves this one, its own does not; the label stands above the loop.
	const parent = place.above(1);
	eachJump(node, place, (jump) => {
		const isOwnLabel =
			jump.type === "ContinueStatement" &&
			parent?.type === "LabeledStatement" &&
			jump.label?.name === parent.label.name;
		if (!isOwnLabel) hasExit = true;
	});
	// The search sees `break` of this loop as staying inside it.
	eachJump(body, place, (jump) => {
		if (jump.type === "BreakStatement") hasExit = true;
	});
	if (hasExit || place.find(body, (inner) => endsProcess(inner, place)) !== undefined) return;
	const flag =
		test !== null && unwrap(test).type === "UnaryExpression"
			? ` Nothing can set ${place.text((unwrap(test) as { argument: Node } & Node).argument)} meanwhile.`
			: "";
	report({
		rule: "busy-loop",
		node,
		message: `This loop never waits, so nothing else in the program runs any more: no task, no timer, no cancellation.${flag} Wait in it, at least with \`await checkpoint()\`.`,
	});
}

/** A condition that only something outside of the loop could change, or none at all. */
function isEndless(test: Node): boolean {
	const value = unwrap(test);
	if (value.type === "Literal") return value.value === true || value.value === 1;
	if (value.type !== "UnaryExpression" || value.operator !== "!") return false;
	const flag = memberName(unwrap(value.argument));
	return flag === "aborted" || flag === "cancelCalled";
}

function isOtherWait(node: Node): boolean {
	return (
		node.type === "YieldExpression" ||
		(node.type === "ForOfStatement" && node.await) ||
		(node.type === "VariableDeclaration" && node.kind === "await using")
	);
}

function endsProcess(node: Node, place: Place): boolean {
	if (node.type !== "CallExpression") return false;
	const callee = unwrap(node.callee);
	return (
		callee.type === "MemberExpression" && memberName(callee) === "exit" && place.isGlobal(callee.object, "process")
	);
}
