import { eachChild, type FunctionNode, isFunction, type Node } from "./ast.ts";
import type { FunctionKind } from "./function-info.ts";

/** The declaration inside an `export`. */
export function declared(statement: Node): Node {
	if (statement.type === "ExportNamedDeclaration") return statement.declaration ?? statement;
	if (statement.type === "ExportDefaultDeclaration") return statement.declaration;
	return statement;
}

/** True for `using` and `await using` declarations. */
export function isUsing(statement: Node): boolean {
	return statement.type === "VariableDeclaration" && (statement.kind === "using" || statement.kind === "await using");
}

/** What kind of function `node` is, by what stands around it. */
export function kindOf(node: FunctionNode, holder: Node | undefined): FunctionKind {
	if (node.type === "ArrowFunctionExpression") return "arrow";
	if (node.type === "FunctionDeclaration") return "declaration";
	if (holder?.type === "MethodDefinition" && holder.value === node) {
		if (holder.kind !== "method") return "accessor";
		return holder.key.type === "PrivateIdentifier" ? "private-method" : "class-method";
	}
	if (holder?.type === "Property" && holder.value === node) {
		if (holder.method) return "object-method";
		if (holder.kind !== "init") return "accessor";
	}
	return "expression";
}

/** True if `name` is assigned in `node`. */
export function assigns(node: Node, name: string): boolean {
	let found = false;
	const target =
		node.type === "AssignmentExpression" ? node.left : node.type === "UpdateExpression" ? node.argument : undefined;
	if (target !== undefined && holdsName(target, name)) return true;
	eachChild(node, (child) => {
		if (!found) found = assigns(child, name);
	});
	return found;
}

function holdsName(node: Node, name: string): boolean {
	if (node.type === "Identifier") return node.name === name;
	if (isFunction(node)) return false;
	let found = false;
	eachChild(node, (child) => {
		if (!found) found = holdsName(child, name);
	});
	return found;
}
