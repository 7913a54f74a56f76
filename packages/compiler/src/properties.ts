import type {
	AssignmentExpression,
	CallExpression,
	IdentifierReference,
	MemberExpression,
	MetaProperty,
} from "oxc-parser";
import { type Node, unwrap } from "./ast.ts";
import { keyTemporary } from "./classes.ts";
import type { Emitter } from "./emitter.ts";
import type { FunctionInfo } from "./function-info.ts";
import { emitFunctionValue, emitUncompiled } from "./functions.ts";
import { keyName } from "./infer-name.ts";
import { emitNamed } from "./naming.ts";
import { emitChain, emitPromiseCombinator, isPromiseCombinator } from "./promise-combinators.ts";
import { emitSuperAssignment, emitSuperCall, emitSuperGet } from "./supers.ts";

type Property = Extract<Node, { type: "Property" }>;

/** A property of an object literal or pattern. */
export function emitProperty(emitter: Emitter, node: Property): void {
	const value = node.value as Node;
	const info = emitter.analysis.infoOf.get(unwrap(value));
	if (node.shorthand && value.type === "Identifier" && emitter.decisions.captured.has(value)) {
		emitter.write(`${value.name}: `);
		emitter.emit(value);
	} else if (info?.kind === "object-method" && info.compiled) {
		emitObjectMethod(emitter, node, info);
	} else if (info !== undefined && (info.kind === "object-method" || info.kind === "accessor")) {
		emitter.emitWithin(node, node.start, value.start);
		emitUncompiled(emitter, info);
	} else if (info?.compiled === true && info.inferredName === undefined) {
		emitComputedKey(emitter, node, info);
		emitter.emit(value);
	} else emitter.emitWithin(node, node.start, node.end);
}

function emitObjectMethod(emitter: Emitter, node: Property, info: FunctionInfo): void {
	emitter.mark(node.start);
	if (node.computed && info.inferredName === undefined) emitComputedKey(emitter, node, info);
	else if (!node.computed && keyName(node.key, false) === "__proto__") emitter.write(`["__proto__"]: `);
	else {
		if (node.computed) emitter.write("[");
		emitter.emit(node.key);
		emitter.write(node.computed ? "]: " : ": ");
	}
	emitFunctionValue(emitter, info);
}

function emitComputedKey(emitter: Emitter, node: Property, info: FunctionInfo): void {
	emitter.write(`[${keyTemporary(emitter, info)} = ${emitter.helper("toKey")}(`);
	emitter.emit(node.key);
	emitter.write(")]: ");
}

/** A call that is not awaited. */
export function emitPlainCall(emitter: Emitter, node: CallExpression): void {
	const callee = unwrap(node.callee);
	const held = emitter.heldCallees.get(node);
	if (held !== undefined) {
		emitter.write(`${emitter.kernel("superCall")}(${JSON.stringify(held.text)}, ${held.held}, `);
		emitter.push(held.self ?? "void 0");
		emitter.write(", [");
		for (const argument of node.arguments) {
			emitter.emit(argument);
			emitter.write(", ");
		}
		emitter.write("])");
	} else if (isPromiseCombinator(emitter, node)) emitPromiseCombinator(emitter, node);
	else if (emitter.analysis.chained.has(node) && !emitter.analysis.shadowsPromise) emitChain(emitter, node);
	else if (callee.type === "MemberExpression" && emitter.decisions.superVia.has(callee) && !node.optional)
		emitSuperCall(emitter, callee, node.arguments);
	else emitter.emitWithin(node, node.start, node.end);
}

/** A member that is no callee of an awaited call. */
export function emitMember(emitter: Emitter, node: MemberExpression): void {
	if (node.object.type === "Super") emitSuperGet(emitter, node);
	else emitter.emitWithin(node, node.start, node.end);
}

/** An assignment; to a `super` member that has moved, a call. */
export function emitAssignment(emitter: Emitter, node: AssignmentExpression): void {
	if (node.left.type === "MemberExpression" && emitter.decisions.superVia.has(node.left))
		emitSuperAssignment(emitter, node);
	else if (node.operator === "=" && node.left.type === "Identifier" && emitter.replacements.has(node.left)) {
		emitter.emit(node.left);
		emitter.write(" = ");
		emitNamed(emitter, node.left, node.right);
	} else emitter.emitWithin(node, node.start, node.end);
}

/** `arguments` and `new.target` inside a compiled arrow function. */
export function emitCaptured(emitter: Emitter, node: IdentifierReference | MetaProperty): void {
	const what = emitter.decisions.captured.get(node);
	if (what === undefined) emitter.copy(node.start, node.end);
	else emitter.write(emitter.names.of(what === "arguments" ? "arguments" : "target"));
}
