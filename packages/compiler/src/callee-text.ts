import { type Node, unwrap } from "./ast.ts";

/** A callee as the engine words it in `… is not a function`. */
export function calleeText(node: Node): string {
	const inner = unwrap(node);
	switch (inner.type) {
		case "Identifier":
			return inner.name;
		case "ThisExpression":
			return "this";
		case "Literal":
			return inner.raw ?? "(intermediate value)";
		case "Super":
			return "(intermediate value)";
		case "MemberExpression": {
			const object = calleeText(inner.object);
			if (!inner.computed)
				return `${object}.${inner.property.type === "PrivateIdentifier" ? "#" : ""}${(inner.property as { name: string }).name}`;
			const key = unwrap(inner.property);
			if (key.type === "Literal" && typeof key.value === "string") return `${object}.${key.value}`;
			if (key.type === "Literal") return `${object}[${key.raw}]`;
			return `${object}[${calleeText(key)}]`;
		}
		case "CallExpression":
			return `${calleeText(inner.callee)}(...)`;
		case "ChainExpression":
			return calleeText(inner.expression);
		default:
			return "(intermediate value)";
	}
}
