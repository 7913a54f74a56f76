import { isFunction, type Node, unwrap } from "../syntax.ts";
import { functionValue } from "./bindings.ts";
import type { Report } from "./found.ts";
import { isWait, memberName, type Place } from "./place.ts";

/** `catch {}` around an await, `.catch(() => {})`: every error is dropped, those that nobody expects too. */
export function swallowedError(node: Node, place: Place, report: Report): void {
	if (node.type === "TryStatement") judgeTry(node, place, report);
	else if (node.type === "CallExpression") judgeCall(node, place, report);
}

function judgeTry(node: Node & { type: "TryStatement" }, place: Place, report: Report): void {
	const { handler } = node;
	if (handler === null || handler.body.body.length > 0 || place.hasComment(handler.body)) return;
	const around = place.path[place.functionAround()] as Node;
	// In a synchronous generator `yield*` may well be no wait.
	const isAsync = !isFunction(around) || around.async;
	const wait = place.find(node.block, (inner) => isWait(inner) && (isAsync || inner.type !== "YieldExpression"));
	if (wait !== undefined)
		report({
			rule: "swallowed-error",
			node: handler,
			message:
				"This catch drops every error of what is awaited above it. Handle the error that you expect and throw the others on, or say in a comment inside the braces why none matters.",
		});
}

function judgeCall(node: Node & { type: "CallExpression" }, place: Place, report: Report): void {
	const callee = unwrap(node.callee);
	if (callee.type !== "MemberExpression") return;
	const method = memberName(callee);
	if (method === "on" || method === "once") {
		judgeProcess(node, callee.object, place, report);
		return;
	}
	const handler = method === "catch" ? node.arguments[0] : method === "then" ? node.arguments[1] : undefined;
	if (handler === undefined || !isEmpty(handler as Node, place)) return;
	// `promise.catch(() => {})` marks a promise that is awaited elsewhere; a call's promise is in nobody else's hands.
	if (unwrap(callee.object).type !== "CallExpression" || !isDropped(place)) return;
	report({
		rule: "swallowed-error",
		node: handler as Node,
		message:
			"This handler drops every error. Handle the error that you expect and throw the others on, or say in a comment inside the braces why none matters.",
	});
}

/** Whether the value of the call is used by nobody, so that the handler does not stand for a default value. */
function isDropped(place: Place): boolean {
	for (let level = 1; ; level++) {
		const node = place.above(level);
		if (node?.type === "ExpressionStatement") return true;
		if (node?.type === "UnaryExpression") return node.operator === "void";
		if (
			node?.type !== "AwaitExpression" &&
			node?.type !== "ParenthesizedExpression" &&
			node?.type !== "ChainExpression"
		)
			return false;
	}
}

function isEmpty(handler: Node, place: Place): boolean {
	const { body } = functionValue(handler) ?? { body: null };
	if (body === null) return false;
	if (body.type === "BlockStatement") return body.body.length === 0 && !place.hasComment(body as Node);
	const value = unwrap(body as Node);
	return (
		(value.type === "Identifier" && value.name === "undefined") ||
		(value.type === "UnaryExpression" && value.operator === "void")
	);
}

const processErrors = new Set(["uncaughtException", "unhandledRejection"]);

function judgeProcess(node: Node & { type: "CallExpression" }, object: Node, place: Place, report: Report): void {
	if (!place.isGlobal(object, "process")) return;
	const [event, handler] = node.arguments as readonly Node[];
	if (event?.type !== "Literal" || !processErrors.has(String(event.value))) return;
	if (handler === undefined || !isEmpty(handler, place)) return;
	report({
		rule: "swallowed-error",
		node: handler,
		message: `This handler drops every error of the process that nobody else has handled. Remove it, or report the error there.`,
	});
}
