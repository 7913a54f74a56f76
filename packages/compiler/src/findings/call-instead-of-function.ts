import { type Node, unwrap } from "../syntax.ts";
import { callKind } from "./call-kind.ts";
import type { Report, Suggestion } from "./found.ts";
import { bodyArgument } from "./library.ts";
import { memberName, type Place } from "./place.ts";

type Call = Node & { type: "CallExpression" };

/** `run(main())`, `group.spawn(f())`, `race([f()])`: what should call the function is handed a call that has begun already. */
export function callInsteadOfFunction(node: Node, place: Place, report: Report): void {
	if (node.type !== "CallExpression") return;
	const name = place.holdfastName(node.callee);
	if (name === "race" || name === "any") judgeEntries(node, name, place, report);
	else if (name !== undefined) judgeBody(bodyArgument(name, node), name, place, report);
	else {
		const callee = unwrap(node.callee);
		const method = memberName(callee);
		if (callee.type !== "MemberExpression") return;
		if (!place.isGroup(callee.object) && place.source.typeOf?.(node)?.kind !== "task") return;
		const index = method === "spawnWith" ? 1 : 0;
		if (method === "spawn" || method === "start" || method === "spawnWith")
			judgeBody(node.arguments[index] as Node | undefined, place.text(callee), place, report, method === "spawn");
	}
}

function judgeBody(
	argument: Node | undefined,
	taker: string,
	place: Place,
	report: Report,
	takesArguments = false,
): void {
	const call = argument === undefined ? undefined : unwrap(argument);
	if (call?.type !== "CallExpression") return;
	const kind = callKind(call, place);
	if (kind === undefined) return;
	const state = kind === "coroutine" ? "a coroutine" : "a promise: the call has begun already";
	const written = bodyText(call, place, takesArguments);
	report({
		rule: "call-instead-of-function",
		node: call,
		message: `${taker}() wants a function and is given ${state}. Write \`${written.length > 60 ? "() => …" : written}\` in its place.`,
		suggestions: [replacement(call, written, place)],
	});
}

/** Promises and coroutines are legal entries; only what has been started here cannot be cancelled when it loses. */
function judgeEntries(node: Call, name: string, place: Place, report: Report): void {
	const [list] = node.arguments;
	if (list?.type !== "ArrayExpression") return;
	for (const element of list.elements) {
		if (element === null || element.type === "SpreadElement") continue;
		const call = unwrap(element);
		if (call.type !== "CallExpression" || callKind(call, place) !== "task") continue;
		report({
			rule: "call-instead-of-function",
			node: call,
			message: `${name}() does not cancel ${place.text(call)} when another entry is first: it has not started it. Write \`() => ${place.text(call)}\`.`,
			suggestions: [replacement(call, bodyText(call, place, false), place)],
		});
	}
}

function bodyText(call: Call, place: Place, takesArguments: boolean): string {
	const callee = unwrap(call.callee);
	const text = (node: Node): string => place.source.text.slice(place.start(node), place.end(node));
	if (callee.type === "Identifier" && call.arguments.length === 0) return callee.name;
	if (callee.type === "Identifier" && takesArguments)
		return [callee, ...(call.arguments as readonly Node[])].map(text).join(", ");
	// A function that is called on the spot: the function itself is what is wanted.
	if (callee.type === "ArrowFunctionExpression" && call.arguments.length === 0) return text(callee);
	return `() => ${text(call)}`;
}

function replacement(call: Call, text: string, place: Place): Suggestion {
	const edits = [{ start: place.start(call), end: place.end(call), text }];
	return { message: "Hand over the function.", edits };
}
