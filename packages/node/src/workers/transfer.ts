import type { Transferable } from "node:worker_threads";
import { describe } from "../describe.ts";

/** What is to move with a value; all copies of this package in a thread share it. */
const marked = Symbol.for("holdfast.node.transfers");

function marks(): WeakMap<object, readonly Transferable[]> {
	const place = globalThis as { [marked]?: WeakMap<object, readonly Transferable[]> };
	place[marked] ??= new WeakMap();
	return place[marked];
}

/**
 * Marks what a worker's function is going to give: the buffers and ports in `list` move to the caller, without a copy, and can
 * be used in the worker no more. Gives the value itself; where the function is called without a worker nothing happens.
 * (Comlink's `transfer`.)
 *
 * @throws TypeError for a value that is no object, or a list that is none
 * @example
 * export function render(scene: Scene): Uint8Array {
 *   const pixels = draw(scene);
 *   return transfer(pixels, [pixels.buffer]);
 * }
 */
export function transfer<T extends object>(value: T, list: readonly Transferable[]): T {
	if (typeof value !== "object" || value === null)
		throw new TypeError(`transfer: ${describe(value)} has no parts that could move; give the value itself.`);
	checkList("transfer: the list", list);
	marks().set(value, list);
	return value;
}

/** What moves with a value. */
export function transfersOf(value: unknown): readonly Transferable[] {
	return (typeof value === "object" && value !== null && marks().get(value)) || [];
}

export function checkList(what: string, list: unknown): void {
	if (!Array.isArray(list)) throw new TypeError(`${what} is ${describe(list)}; pass an array of buffers and ports.`);
}
