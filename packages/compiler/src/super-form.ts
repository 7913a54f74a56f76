import { isWrapper, type Node } from "./ast.ts";
import type { FunctionInfo } from "./function-info.ts";

/** How `super.name` is used; `other` cannot be moved. */
export type SuperForm = "get" | "call" | "assign" | "compound" | "other";

/** An occurrence of `super.name` or `super[key]`. */
export interface SuperReference {
	readonly node: Node;
	readonly info: FunctionInfo;
	readonly form: SuperForm;
}

/** Judges the member expression at the end of `path` by what stands around it. */
export function superForm(path: readonly Node[]): SuperForm {
	let index = path.length - 2;
	let child = path[path.length - 1]!;
	let parent = path[index];
	while (parent !== undefined && isWrapper(parent.type)) {
		child = parent;
		parent = path[--index];
	}
	switch (parent?.type) {
		case "CallExpression":
			return parent.callee === child ? "call" : "get";
		case "AssignmentExpression":
			if (parent.left !== child) return "get";
			if (child.type !== "MemberExpression") return "other";
			return parent.operator === "=" ? "assign" : /^(?:&&|\|\||\?\?)=$/.test(parent.operator) ? "other" : "compound";
		case "UpdateExpression":
		case "RestElement":
		case "ArrayPattern":
		case "TaggedTemplateExpression":
			return "other";
		case "UnaryExpression":
			return parent.operator === "delete" ? "other" : "get";
		case "AssignmentPattern":
			return parent.left === child ? "other" : "get";
		case "Property":
			return parent.value === child && path[index - 1]?.type === "ObjectPattern" ? "other" : "get";
		case "ForInStatement":
		case "ForOfStatement":
			return parent.left === child ? "other" : "get";
		case "MemberExpression":
			return "get";
		default:
			return "get";
	}
}
