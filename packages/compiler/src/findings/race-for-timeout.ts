import { isFunction, type Node, unwrap } from "../syntax.ts";
import { functionValue } from "./bindings.ts";
import type { Report } from "./found.ts";
import { memberName, type Place } from "./place.ts";

/** `Promise.race([work(), timer])`: the timer stays behind, and so does the work. */
export function raceForTimeout(node: Node, place: Place, report: Report): void {
	if (node.type !== "CallExpression") return;
	const callee = unwrap(node.callee);
	const isNative =
		callee.type === "MemberExpression" &&
		memberName(callee) === "race" &&
		place.isGlobal(unwrap(callee.object), "Promise");
	if (!isNative && place.holdfastName(callee) !== "race") return;
	const [list] = node.arguments;
	if (list?.type !== "ArrayExpression") return;
	const entries = list.elements as readonly (Node | null)[];
	const timers = entries.filter((entry) => entry !== null && isTimer(entry, place));
	if (timers.length !== 1 || entries.length < 2) return;
	report({
		rule: "race-for-timeout",
		node,
		message:
			"A race against a timer: when the timer is first, the work goes on behind it. `await withTimeout(milliseconds, body)` cancels it; `moveOnAfter` does the same without an error.",
	});
}

function isTimer(entry: Node, place: Place): boolean {
	const value = unwrap(entry);
	if (isFunction(value))
		return value.body !== null && value.body.type !== "BlockStatement" && isTimer(value.body, place);
	if (value.type === "NewExpression") return makesTimer(value, place);
	if (value.type !== "CallExpression") return false;
	const imported = place.importOf(value.callee);
	if (imported !== undefined) {
		if (/^(?:node:)?timers\/promises$/.test(imported.source)) return imported.name === "setTimeout";
		return place.holdfastName(value.callee) === "sleep" || place.holdfastName(value.callee) === "sleepUntil";
	}
	const callee = unwrap(value.callee);
	if (callee.type !== "Identifier") return false;
	const binding = place.resolve(callee.name);
	const made = functionValue(binding?.kind === "function" ? binding.node : binding?.init);
	return made !== undefined && givesTimer(made, place);
}

/** `new Promise((resolve) => setTimeout(resolve, 10))`, in any spelling. */
function makesTimer(node: Node & { type: "NewExpression" }, place: Place): boolean {
	if (!place.isGlobal(node.callee, "Promise")) return false;
	const { body } = functionValue(node.arguments[0] as Node | undefined) ?? { body: null };
	if (body === null) return false;
	if (body.type !== "BlockStatement") return isSetTimeout(unwrap(body as Node));
	const [statement, ...others] = body.body as readonly Node[];
	if (statement === undefined || others.length > 0) return false;
	if (statement.type === "VariableDeclaration") {
		const { init } = statement.declarations[0] ?? { init: null };
		return init !== null && isSetTimeout(unwrap(init));
	}
	if (statement.type !== "ExpressionStatement") return false;
	const expression = unwrap(statement.expression);
	return isSetTimeout(expression.type === "AssignmentExpression" ? unwrap(expression.right) : expression);
}

function isSetTimeout(node: Node): boolean {
	return node.type === "CallExpression" && node.callee.type === "Identifier" && node.callee.name === "setTimeout";
}

function givesTimer(node: Node & { body: Node | null }, place: Place): boolean {
	const { body } = node;
	if (body === null) return false;
	let value: Node | undefined = body;
	if (body.type === "BlockStatement") {
		const [statement, ...others] = body.body;
		value =
			others.length === 0 && statement?.type === "ReturnStatement" ? (statement.argument ?? undefined) : undefined;
	}
	const made = value === undefined ? undefined : unwrap(value);
	return made?.type === "NewExpression" && makesTimer(made, place);
}
