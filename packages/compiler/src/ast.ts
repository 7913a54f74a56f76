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

/** The nodes from `root` down to `target`, both included; `undefined` if it is not in there. */
export function pathTo(root: Node, target: Node): Node[] | undefined {
	const path: Node[] = [];
	return descend(root, target, path) ? path : undefined;
}

function descend(node: Node, target: Node, path: Node[]): boolean {
	path.push(node);
	if (node === target) return true;
	const fields = node as unknown as Record<string, Node | (Node | null)[] | null | undefined>;
	for (const key of runtimeKeys(node)) {
		const value = fields[key];
		if (Array.isArray(value)) {
			for (let index = firstReaching(value, target.end); index < value.length; index++) {
				const child = value[index]!;
				if (child === null) continue;
				if (child.start > target.start) break;
				if (child.end >= target.end && descend(child, target, path)) return true;
			}
		} else if (value !== null && value !== undefined && value.start <= target.start && value.end >= target.end)
			if (descend(value, target, path)) return true;
	}
	path.pop();
	return false;
}

/** The index of the first of many nodes that ends at `end` or behind it; they stand in the order of the text. */
function firstReaching(nodes: readonly (Node | null)[], end: number): number {
	let low = 0;
	let high = nodes.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		const node = nodes[middle];
		// A hole tells nothing.
		if (node === null || node === undefined) return low;
		if (node.end < end) low = middle + 1;
		else high = middle;
	}
	return low;
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
