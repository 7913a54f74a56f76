import type { Node } from "../syntax.ts";
import { cancellableWait, uncompiledBody } from "./coroutine-body.ts";
import type { Report } from "./found.ts";
import { memberName, type Place } from "./place.ts";

/**
 * In generators and native functions a `catch` sees `Cancelled`. One that neither throws on nor asks for it goes on in a
 * cancelled scope, up to the next wait.
 */
export function swallowedCancellation(node: Node, place: Place, report: Report): void {
	if (node.type !== "TryStatement" || node.handler === null) return;
	const body = uncompiledBody(place);
	if (body === undefined) return;
	const wait = cancellableWait(node.block, body, place);
	if (wait === undefined || place.find(node.handler, isConcerned) !== undefined) return;
	const what = body === "generator" ? "a generator" : "a function that is not compiled";
	report({
		rule: "swallowed-cancellation",
		node: node.handler,
		message: `In ${what} this catch also gets the cancellation of what is awaited above it, and stops it. Begin with \`if (error instanceof Cancelled) throw error;\`.`,
	});
}

function isConcerned(node: Node): boolean {
	if (node.type === "ThrowStatement") return true;
	if (node.type === "Identifier") return node.name === "Cancelled" || node.name === "matchErrors";
	return node.type === "MemberExpression" && memberName(node) === "reject";
}
