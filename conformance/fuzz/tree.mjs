/**
 * Programs as trees, so that a failing one can be cut down: a node is text with nodes in between.
 * Lists hold statements, which can be deleted; expressions can be replaced by what stands inside them.
 */

/** @typedef {{ kind: "statement" | "expression" | "awaitable" | "iterable" | "list" | "either", parts: unknown[] }} Node */

function weave(kind, strings, holes) {
	const parts = [];
	for (let i = 0; i < strings.length; i++) {
		parts.push(strings[i]);
		if (i < holes.length) {
			parts.push(holes[i]);
		}
	}
	return { kind, parts };
}
export const statement = (strings, ...holes) => weave("statement", strings, holes);
/** What stands after `await`: never left standing without it, for then nobody would look at its failure. */
export const awaitable = (strings, ...holes) => weave("awaitable", strings, holes);
/** What is iterated: kept, because engines differ in their words about what is not iterable. */
export const iterable = (strings, ...holes) => weave("iterable", strings, holes);
export const expression = (strings, ...holes) => weave("expression", strings, holes);
export const list = (statements) => ({ kind: "list", parts: statements });
/** Text that differs between the compiled program and the native reference for cancellation. */
export const either = (compiled, reference) => ({ kind: "either", mode: "cancelled", parts: [compiled, reference] });
/** Text that differs between the compiled program and a native one in an engine without `using`. */
export const lowered = (compiled, reference) => ({ kind: "either", mode: "lowered", parts: [compiled, reference] });

/** `modes`: what the native reference must do by itself. */
export function print(node, modes = {}) {
	if (typeof node === "string" || typeof node === "number") {
		return String(node);
	}
	if (node.kind === "either") {
		return print(node.parts[modes[node.mode] === true ? 1 : 0], modes);
	}
	return node.parts.map((part) => print(part, modes)).join(node.kind === "list" ? "\n" : "");
}

/** Every way to make the tree smaller by one step, biggest first: `apply` changes the tree and returns the undo. */
export function reductions(root) {
	const found = [];
	const visit = (node, parent, index) => {
		if (typeof node !== "object") {
			return;
		}
		if (node.kind === "list") {
			for (let size = node.parts.length; size >= 1; size = size >> 1) {
				for (let start = 0; start < node.parts.length; start += size) {
					const piece = node.parts.slice(start, start + size);
					found.push(replacement(node.parts, start, piece.length, []));
				}
			}
		}
		if (node.kind === "statement" && parent?.kind === "list") {
			for (const inner of innerLists(node)) {
				found.push(replacement(parent.parts, index, 1, inner.parts));
			}
		}
		if (node.kind === "expression") {
			for (const inner of node.parts.filter((part) => part?.kind === "expression")) {
				found.push(replacement(parent.parts, index, 1, [inner]));
			}
			if (node.parts.length > 1) {
				found.push(replacement(parent.parts, index, 1, [{ kind: "expression", parts: ["0"] }]));
			}
		}
		if (node.kind === "awaitable") {
			for (const inner of node.parts.filter((part) => part?.kind === "awaitable")) {
				found.push(replacement(parent.parts, index, 1, [inner]));
			}
			if (node.parts.length > 1) {
				found.push(replacement(parent.parts, index, 1, [{ kind: "awaitable", parts: ["null"] }]));
			}
		}
		node.parts.forEach((part, i) => {
			visit(part, node, i);
		});
	};
	visit(root, undefined, 0);
	return found;
}

function innerLists(node) {
	const found = [];
	const visit = (part) => {
		if (part?.kind === "list") {
			found.push(part);
		} else if (typeof part === "object") {
			part.parts.forEach(visit);
		}
	};
	node.parts.forEach(visit);
	return found;
}

function replacement(parts, start, count, replacing) {
	const removed = parts.slice(start, start + count);
	const size = removed.reduce((sum, node) => sum + print(node).length, 0);
	return {
		size: size - replacing.reduce((sum, node) => sum + print(node).length, 0),
		/** False if an earlier step has already changed this place. */
		applies: () => removed.every((node, i) => parts[start + i] === node),
		apply() {
			parts.splice(start, count, ...replacing);
			return () => parts.splice(start, replacing.length, ...removed);
		},
	};
}
