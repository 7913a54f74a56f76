// By its file, here and below: under `--conditions=browser` the name alone means WebAssembly.
import { visitorKeys } from "oxc-parser/src-js/index.js";
import { isFunction, type Node, type RuntimeKeys, runtimeKeysOf } from "./syntax.ts";

export {
	type ArrowFunctionExpression,
	type FunctionLike,
	type FunctionNode,
	isFunction,
	isWrapper,
	type Node,
	unwrap,
} from "./syntax.ts";

/** The properties of a node that hold code which runs, in the parser's order. */
export const runtimeKeys: RuntimeKeys = /* @__PURE__ */ runtimeKeysOf(visitorKeys);

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

/** Searches a tree, functions inside it excluded, for a node that `test` accepts. */
export function contains(node: Node, test: (node: Node) => boolean): boolean {
	if (test(node)) return true;
	let found = false;
	eachChild(node, (child) => {
		if (!found && !isFunction(child)) found = contains(child, test);
	});
	return found;
}
