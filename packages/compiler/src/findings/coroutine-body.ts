import { isFunction, type Node, unwrap } from "../syntax.ts";
import { callKind } from "./call-kind.ts";
import { isWait, type Place } from "./place.ts";

type Waiting = Node & { type: "AwaitExpression" | "YieldExpression" };

/** The call that an `await` or a `yield*` waits for, if it is a coroutine of Holdfast or of this file. */
export function waitsForCoroutine(node: Node, place: Place): boolean {
	if (node.type !== "AwaitExpression" && !(node.type === "YieldExpression" && node.delegate)) return false;
	const { argument } = node as Waiting;
	const value = argument === null ? undefined : unwrap(argument);
	return value?.type === "CallExpression" && callKind(value, place) === "coroutine";
}

/**
 * Where the function around a place is not compiled and waits for coroutines, so that it sees cancellations as they are: a
 * generator that is a coroutine, or a native async function. `undefined` elsewhere.
 */
export function uncompiledBody(place: Place): "generator" | "native" | undefined {
	const index = place.functionAround();
	const node = place.path[index] as Node;
	if (!isFunction(node)) return undefined;
	if (node.async) return place.mode(index) === "native" ? "native" : undefined;
	return node.generator && isCoroutineBody(index, place) ? "generator" : undefined;
}

/** Whether the generator at `depth` is handed to Holdfast, or waits for one of its coroutines. */
export function isCoroutineBody(depth: number, place: Place): boolean {
	if (!place.isHoldfastFile && place.source.typeOf === undefined) return false;
	const node = place.path[depth] as Node & { body: Node | null };
	if (place.runner(depth) !== undefined) return true;
	return node.body !== null && place.find(node.body, (inner) => waitsForCoroutine(inner, place)) !== undefined;
}

/** The first wait in a block that may throw a cancellation into the uncompiled function around it. */
export function cancellableWait(block: Node, kind: "generator" | "native", place: Place): Node | undefined {
	return place.find(block, (node) =>
		kind === "generator" ? node.type === "YieldExpression" && isWait(node) : waitsForCoroutine(node, place),
	);
}
