// What can be said of a syntax tree without the parser: ESLint and Oxlint bring trees of their own.
import type { ArrowFunctionExpression, Function as FunctionLike, Node } from "oxc-parser";

export type { ArrowFunctionExpression, FunctionLike, Node };

/** An `ArrowFunctionExpression`, or any other function with a body. */
export type FunctionNode = ArrowFunctionExpression | FunctionLike;

/** Names the properties of a node that hold code which runs, in the parser's order. */
export type RuntimeKeys = (node: Node) => readonly string[];

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

const none: readonly string[] = [];

/** {@link RuntimeKeys} from a parser's table of all keys: types are left out. */
export function runtimeKeysOf(visitorKeys: Readonly<Record<string, readonly string[]>>): RuntimeKeys {
	const keysByType = new Map<string, readonly string[]>();
	for (const [type, keys] of Object.entries(visitorKeys)) {
		keysByType.set(
			type,
			type.startsWith("TS") ? (runtimeTypeScript[type] ?? []) : keys.filter((key) => !typeKeys.has(key)),
		);
	}
	return (node) => ((node as { declare?: boolean }).declare === true ? none : (keysByType.get(node.type) ?? none));
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
