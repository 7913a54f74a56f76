import { type ArrowFunctionExpression, type Function as FunctionLike, type Node, visitorKeys } from "oxc-parser";

export type { ArrowFunctionExpression, FunctionLike, Node };

/** An `ArrowFunctionExpression`, or any other function with a body. */
export type FunctionNode = ArrowFunctionExpression | FunctionLike;

/** TypeScript nodes that wrap or contain code that runs. Every other `TS…` node is a type and is never visited. */
const runtimeTypeScript: Record<string, readonly string[]> = {
	TSAsExpression: ["expression"],
	TSSatisfiesExpression: ["expression"],
	TSNonNullExpression: ["expression"],
	TSTypeAssertion: ["expression"],
	TSInstantiationExpression: ["expression"],
	TSParameterProperty: ["decorators", "parameter"],
	TSEnumDeclaration: ["body"],
	TSEnumBody: ["members"],
	TSEnumMember: ["initializer"],
	TSModuleDeclaration: ["body"],
	TSModuleBlock: ["body"],
	TSExportAssignment: ["expression"],
	TSImportEqualsDeclaration: ["id"],
};

const typeKeys = new Set([
	"typeAnnotation",
	"typeParameters",
	"typeArguments",
	"returnType",
	"superTypeArguments",
	"implements",
]);

const keysByType = new Map<string, readonly string[]>();
for (const [type, keys] of Object.entries(visitorKeys)) {
	keysByType.set(
		type,
		type.startsWith("TS") ? (runtimeTypeScript[type] ?? []) : keys.filter((key) => !typeKeys.has(key)),
	);
}

const none: readonly string[] = [];

/** The properties of a node that hold code which runs, in the parser's order. */
export function runtimeKeys(node: Node): readonly string[] {
	if ((node as { declare?: boolean }).declare === true) return none;
	return keysByType.get(node.type) ?? none;
}

/** Calls `visit` for every child that holds code which runs. */
export function eachChild(node: Node, visit: (child: Node, key: string) => void): void {
	const fields = node as unknown as Record<string, Node | (Node | null)[] | null | undefined>;
	for (const key of runtimeKeys(node)) {
		const value = fields[key];
		if (Array.isArray(value)) {
			for (const child of value) if (child !== null) visit(child, key);
		} else if (value !== null && value !== undefined) visit(value, key);
	}
}

/** True for `(…)`, `… as T`, `… satisfies T`, `…!`, `<T>…` and `f<T>`: what leaves the value alone. */
export function isWrapper(type: string): boolean {
	return (
		type === "ParenthesizedExpression" ||
		type === "TSAsExpression" ||
		type === "TSSatisfiesExpression" ||
		type === "TSNonNullExpression" ||
		type === "TSTypeAssertion" ||
		type === "TSInstantiationExpression"
	);
}

/** The expression inside parentheses, casts and `!`. */
export function unwrap(node: Node): Node {
	let inner = node;
	while (isWrapper(inner.type)) inner = (inner as unknown as { expression: Node }).expression;
	return inner;
}

/** True for a function node of any kind that has a body. */
export function isFunction(node: Node): node is FunctionNode {
	return (
		node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"
	);
}

/** Searches a tree, functions inside it excluded, for a node that `test` accepts. */
export function contains(node: Node, test: (node: Node) => boolean): boolean {
	if (test(node)) return true;
	let found = false;
	eachChild(node, (child) => {
		if (!found && !isFunction(child)) found = contains(child, test);
	});
	return found;
}
