import { type Node, unwrap } from "../syntax.ts";
import { uncompiledBody, waitsForCoroutine } from "./coroutine-body.ts";
import type { Report } from "./found.ts";
import { isWait, type Place } from "./place.ts";

const protections = new Set(["cleanup", "shield"]);

/** A wait in the `finally` of a generator or a native function: in a cancelled scope it throws at once. */
export function unprotectedCleanup(node: Node, place: Place, report: Report): void {
	if (node.type !== "TryStatement" || node.finalizer === null) return;
	const body = uncompiledBody(place);
	if (body === undefined) return;
	const wait = place.find(node.finalizer, (inner) => {
		if (body === "generator" ? !(inner.type === "YieldExpression" && isWait(inner)) : !waitsForCoroutine(inner, place))
			return false;
		const { argument } = inner as { argument?: Node | null };
		const value = argument == null ? undefined : unwrap(argument);
		return value?.type !== "CallExpression" || !protections.has(place.holdfastName(value.callee) ?? "");
	});
	if (wait === undefined) return;
	const keyword = body === "generator" ? "yield*" : "await";
	const what = body === "generator" ? "a generator" : "a function that is not compiled";
	report({
		rule: "unprotected-cleanup",
		node: wait,
		message: `In ${what} this wait throws at once if the scope is cancelled, and the rest of the cleanup is skipped. Write \`${keyword} cleanup(() => …)\`.`,
	});
}
