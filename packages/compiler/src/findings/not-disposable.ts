import { type Node, unwrap } from "../syntax.ts";
import { callKind } from "./call-kind.ts";
import type { Report, Suggestion } from "./found.ts";
import type { Place } from "./place.ts";

const never = new Set([
	"ArrayExpression",
	"ArrowFunctionExpression",
	"ClassExpression",
	"FunctionExpression",
	"TemplateLiteral",
]);

/** `using guard = lock.acquire()`: a coroutine or promise, or a value like `[]`, has nothing that `using` could call. */
export function notDisposable(node: Node, place: Place, report: Report): void {
	if (node.type !== "VariableDeclaration" || (node.kind !== "using" && node.kind !== "await using")) return;
	for (const { init } of node.declarations) {
		if (init === null) continue;
		const value = unwrap(init);
		const suggestions: Suggestion[] = [];
		let what: string | undefined;
		if (value.type === "CallExpression") {
			const kind = callKind(value, place);
			if (kind === "coroutine") what = `${place.text(value)} is a coroutine`;
			else if (kind === "task" || kind === "promise") what = `${place.text(value)} is a promise`;
			const start = place.start(init);
			const edits = [{ start, end: start, text: "await " }];
			if (what !== undefined) suggestions.push({ message: "Write `await` before it.", edits });
		} else if (never.has(value.type) || (value.type === "Literal" && value.value !== null) || isPlainObject(value))
			what = `${place.text(value)} is a value without an end`;
		if (what === undefined) continue;
		const mend =
			suggestions.length > 0
				? `Write \`${node.kind} … = await ${place.text(value)}\`.`
				: "Give it a value with Symbol.dispose or Symbol.asyncDispose.";
		const message = `${what}, which \`${node.kind}\` cannot dispose of: it throws a TypeError. ${mend}`;
		report({ rule: "not-disposable", node: init, message, suggestions });
	}
}

function isPlainObject(node: Node): boolean {
	return (
		node.type === "ObjectExpression" &&
		node.properties.every(
			(property) => property.type === "Property" && !property.computed && !isPrototype(property.key as Node),
		)
	);
}

function isPrototype(key: Node): boolean {
	return key.type === "Identifier" ? key.name === "__proto__" : key.type === "Literal" && key.value === "__proto__";
}
