import type { FunctionNode } from "./ast.ts";
import type { Emitter } from "./emitter.ts";
import { type FunctionInfo, functionOf } from "./function-info.ts";
import type { Ticks } from "./options.ts";

/** The flags of a function's code record (docs/internals/abi.md). */
export function flagsOf(info: FunctionInfo, ticks: Ticks): number {
	let flags = 0;
	if (info.mode === "function" && info.hasBareCall) flags |= 1;
	if (ticks === "native") flags |= 2;
	if (info.isGenerator) flags |= 4;
	if (info.kind === "declaration") flags |= 8;
	return flags;
}

/** The flags of a function whose body is emitted in the form that suits it. */
export function bodyFlags(emitter: Emitter, info: FunctionInfo): number {
	return flagsOf(info, emitter.ticks) | (emitter.plainBody(info) === undefined ? 0 : 16);
}

/** The parameters that exist when the program runs: without TypeScript's `this`. */
function realParameters(node: FunctionNode): FunctionNode["params"] {
	const first = node.params[0];
	return first?.type === "Identifier" && first.name === "this" ? node.params.slice(1) : node.params;
}

/** The function's `length`. */
export function lengthOf(info: FunctionInfo): number {
	const parameters = realParameters(functionOf(info));
	const end = parameters.findIndex(({ type }) => type === "AssignmentPattern" || type === "RestElement");
	return end === -1 ? parameters.length : end;
}

/** The number of parameters, or -1 where arguments must be passed on exactly. */
export function parameterCount(info: FunctionInfo): number {
	const parameters = realParameters(functionOf(info));
	return info.usesArguments || parameters.some(({ type }) => type !== "Identifier") ? -1 : parameters.length;
}
