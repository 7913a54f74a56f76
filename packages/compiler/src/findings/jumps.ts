import { isFunction, type Node } from "../syntax.ts";
import type { Place } from "./place.ts";

type Jump = Node & { type: "ReturnStatement" | "BreakStatement" | "ContinueStatement" | "ThrowStatement" };

const loops = new Set(["ForStatement", "ForInStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement"]);

/** Calls `visit` for every statement in `root` that leaves it; functions and classes inside are others' business. */
export function eachJump(root: Node, place: Place, visit: (jump: Jump) => void): void {
	const labels: string[] = [];
	const search = (node: Node, inLoop: boolean, inSwitch: boolean): void => {
		switch (node.type) {
			case "ReturnStatement":
			case "ThrowStatement":
				visit(node);
				return;
			case "BreakStatement":
			case "ContinueStatement": {
				const staysInside =
					node.label !== null
						? labels.includes(node.label.name)
						: inLoop || (inSwitch && node.type === "BreakStatement");
				if (!staysInside) visit(node);
				return;
			}
			case "LabeledStatement":
				labels.push(node.label.name);
				search(node.body, inLoop, inSwitch);
				labels.pop();
				return;
		}
		if (isFunction(node) || node.type === "ClassDeclaration" || node.type === "ClassExpression") return;
		const isLoop = loops.has(node.type);
		const isSwitch = node.type === "SwitchStatement";
		place.eachChild(node, (child) => search(child, inLoop || isLoop, inSwitch || isSwitch));
	};
	search(root, false, false);
}
