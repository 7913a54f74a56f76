import { isWrapper, type Node } from "./ast.ts";

/**
 * The name that the language gives an anonymous function which stands at the end of `path`.
 * `undefined`: it comes from a computed key.
 */
export function inferName(path: readonly Node[]): string | undefined {
	let index = path.length - 1;
	const node = path[index]!;
	index--;
	while (index >= 0 && isWrapper(path[index]!.type)) index--;
	const parent = path[index];
	if (parent === undefined) return "";
	const child = path[index + 1]!;
	switch (parent.type) {
		case "VariableDeclarator":
			return parent.init === child && parent.id.type === "Identifier" ? parent.id.name : "";
		case "AssignmentExpression":
			return parent.right === child &&
				/^(?:=|&&=|\|\|=|\?\?=)$/.test(parent.operator) &&
				parent.left.type === "Identifier"
				? parent.left.name
				: "";
		case "AssignmentPattern":
			return parent.right === child && parent.left.type === "Identifier" ? parent.left.name : "";
		case "Property":
			if (parent.value !== child || isPrototypeSetter(parent)) return "";
			return keyName(parent.key, parent.computed);
		case "PropertyDefinition":
		case "AccessorProperty":
			if (parent.value !== child) return "";
			// A field's key cannot be held for later instances: it keeps the engine's answer for no name.
			return keyName(parent.key, parent.computed) ?? "";
		case "MethodDefinition":
			return keyName(parent.key, parent.computed);
		case "ExportDefaultDeclaration":
			return node.type === "FunctionDeclaration" && node.id !== null ? node.id.name : "default";
		default:
			return "";
	}
}

/** `__proto__: value` in an object literal sets the prototype. */
function isPrototypeSetter(property: Node): boolean {
	const { key, computed, method, shorthand } = property as unknown as {
		key: Node;
		computed: boolean;
		method: boolean;
		shorthand: boolean;
	};
	return !computed && !method && !shorthand && keyName(key, false) === "__proto__";
}

/** The text of a property key that is known; `undefined` for a computed one that is no literal. */
export function keyName(key: Node, computed: boolean): string | undefined {
	switch (key.type) {
		case "Identifier":
			return computed ? undefined : key.name;
		case "PrivateIdentifier":
			return `#${key.name}`;
		case "Literal": {
			const { value } = key as { value: unknown };
			if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") return String(value);
			return undefined;
		}
		default:
			return undefined;
	}
}
