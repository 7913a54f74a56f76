import type { CallExpression, MemberExpression } from "oxc-parser";
import { type Node, unwrap } from "./ast.ts";
import { calleeText } from "./callee-text.ts";
import { type CallParts, emitArguments, emitDirect } from "./direct-calls.ts";
import type { Emitter } from "./emitter.ts";
import { flagsOf } from "./flags.ts";
import type { FunctionInfo } from "./function-info.ts";
import { isPromiseCombinator } from "./promise-combinators.ts";
import { emitSuperGet } from "./supers.ts";

/**
 * How a call is emitted: awaited in default or native ticks, awaited at a `return` in default or native ticks, or as a
 * bare call whose promise is returned.
 */
export type CallStyle = "default" | "native" | "return" | "nativeReturn" | "tail";

/** Whether an awaited call can be emitted as one; else it is made, and what it gives is awaited. */
export function isAwaitable(emitter: Emitter, call: CallExpression): boolean {
	const callee = unwrap(call.callee);
	if (callee.type === "Super" || callee.type === "ChainExpression") return false;
	if (callee.type === "Identifier" && callee.name === "eval") return false;
	return !isPromiseCombinator(emitter, call);
}

/** Writes `(($t = …) === $s ? yield S : $t)` around what `emit` writes, or its form in native ticks. */
export function emitSuspension(emitter: Emitter, site: number, emit: () => void): void {
	if (emitter.ticks === "native") {
		emitter.write("(");
		emit();
		emitter.write(`, yield ${site})`);
	} else emitConditionalSuspension(emitter, site, emit);
}

/** The form that looks at what the kernel gives, in both tick modes. */
export function emitConditionalSuspension(emitter: Emitter, site: number, emit: () => void): void {
	if (emitter.plainOf.has(emitter.current)) {
		// What awaits is a statement of its own, which looks at the value.
		emit();
		return;
	}
	const value = emitter.temporary("t");
	emitter.write(`((${value} = `);
	emit();
	emitter.write(`) === ${emitter.suspended()} ? yield ${site} : ${value})`);
}

/** Emits a call whose value is awaited or returned. False if it must be emitted as any other value. */
export function emitCall(emitter: Emitter, call: CallExpression, style: CallStyle, site: number): boolean {
	const held = emitter.heldCallees.get(call);
	if (held !== undefined) {
		const { text, self } = held;
		const emitThis = self === undefined ? undefined : () => emitter.push(self);
		emitParts(emitter, style, site, {
			text,
			emitCallee: () => emitter.write(held.held),
			emitThis,
			args: call.arguments,
		});
		return true;
	}
	if (!isAwaitable(emitter, call)) return false;
	const callee = unwrap(call.callee);
	const args = call.arguments;
	const text = calleeText(callee);
	if (callee.type !== "MemberExpression") {
		const known = callee.type === "Identifier" ? emitter.knownCallee(callee.name) : undefined;
		const emitCallee = (): void => emitter.emit(call.callee);
		emitParts(emitter, style, site, { text, emitCallee, emitThis: undefined, args, known });
		return true;
	}
	if (callee.object.type === "Super") {
		if (!emitter.decisions.superVia.has(callee)) return emitPlainSuper(emitter, callee, style, site, args);
		emitParts(emitter, style, site, {
			text,
			emitCallee: () => emitSuperGet(emitter, callee),
			emitThis: () => emitter.write("this"),
			args,
		});
		return true;
	}
	const target = receiver(emitter, callee.object);
	emitMethodCall(emitter, callee, target, text, style, site, args);
	return true;
}

/** A private method keeps its own body, where `super` can be written. */
function emitPlainSuper(
	emitter: Emitter,
	callee: MemberExpression,
	style: CallStyle,
	site: number,
	args: readonly Node[],
): boolean {
	emitParts(emitter, style, site, {
		text: calleeText(callee),
		emitCallee: () => emitter.emit(callee),
		emitThis: () => emitter.write("this"),
		args,
	});
	return true;
}

/** An object that is needed twice: written the first time with its evaluation, then by name. */
export interface Receiver {
	emitFirst(): void;
	emitAgain(): void;
	/** Without a temporary. */
	emitOnce(): void;
}

/** A receiver for the value of `object`. */
export function receiver(emitter: Emitter, object: Node, emitObject?: () => void): Receiver {
	const emitOnce = emitObject ?? (() => emitter.emit(object));
	const inner = emitObject === undefined ? unwrap(object) : undefined;
	if (inner?.type === "ThisExpression" || (inner?.type === "Identifier" && !emitter.decisions.captured.has(inner)))
		return { emitFirst: emitOnce, emitAgain: emitOnce, emitOnce };
	return {
		emitFirst() {
			emitter.write(`(${emitter.temporary("o")} = `);
			emitOnce();
			emitter.write(")");
		},
		emitAgain() {
			emitter.write(emitter.temporary("o"));
		},
		emitOnce,
	};
}

/** Emits the call of a member. */
export function emitMethodCall(
	emitter: Emitter,
	callee: MemberExpression,
	target: Receiver,
	text: string,
	style: CallStyle,
	site: number,
	args: readonly Node[],
): void {
	const { property } = callee;
	if (property.type === "PrivateIdentifier") {
		const method = privateMethod(emitter, `#${property.name}`);
		const generator = method === undefined ? undefined : emitter.privateGenerators.get(method);
		if (method !== undefined && generator !== undefined) {
			if (style === "default" || style === "return") emitPrivateCall(emitter, method, generator, target, site, args);
			else emitPrivateParts(emitter, method, generator, target, text, style, site, args);
			return;
		}
	} else if (
		args.every(isSimple) &&
		style !== "tail" &&
		style !== "nativeReturn" &&
		!(style === "default" && emitter.plainOf.has(emitter.current))
	) {
		emitSuspension(emitter, site, () => {
			const isFixed = args.length <= 3 && !args.some((argument) => argument.type === "SpreadElement");
			const name = style === "native" ? "nativeMethod" : isFixed ? `method${args.length}` : "methodN";
			emitter.write(`${emitter.kernel(name)}(${JSON.stringify(text)}, `);
			target.emitOnce();
			emitter.write(", ");
			emitKey(emitter, callee);
			emitArguments(emitter, args, isFixed && style !== "native");
			emitter.write(")");
		});
		return;
	}
	emitParts(emitter, style, site, {
		text,
		emitCallee() {
			target.emitFirst();
			emitProperty(emitter, callee);
		},
		emitThis: () => target.emitAgain(),
		args,
	});
}

/** Emits `.name`, `[key]` or `.#name`. */
export function emitProperty(emitter: Emitter, member: MemberExpression): void {
	emitter.write(member.computed ? "[" : ".");
	emitter.emit(member.property);
	if (member.computed) emitter.write("]");
}

function emitKey(emitter: Emitter, member: MemberExpression): void {
	if (!member.computed) emitter.write(JSON.stringify((member.property as { name: string }).name));
	else {
		const isSequence = member.property.type === "SequenceExpression";
		if (isSequence) emitter.write("(");
		emitter.emit(member.property);
		if (isSequence) emitter.write(")");
	}
}

/** Emits `$k.callPrivate(o, o.#f$g, …)`. */
function emitPrivateCall(
	emitter: Emitter,
	method: FunctionInfo,
	generator: string,
	target: Receiver,
	site: number,
	args: readonly Node[],
): void {
	emitSuspension(emitter, site, () => {
		emitter.write(`${emitter.kernel("callPrivate")}(`);
		target.emitFirst();
		emitter.write(", ");
		target.emitAgain();
		const name = JSON.stringify(method.inferredName);
		emitter.write(`.${generator}, ${emitter.module()}, ${name}, ${flagsOf(method, emitter.ticks)}`);
		for (const argument of args) {
			emitter.write(", ");
			emitter.emit(argument);
		}
		emitter.write(")");
	});
}

/** Emits the call of a private method in the styles that take a function: `$k.privateCallee(o.#f$g, …)` is one. */
function emitPrivateParts(
	emitter: Emitter,
	method: FunctionInfo,
	generator: string,
	target: Receiver,
	text: string,
	style: CallStyle,
	site: number,
	args: readonly Node[],
): void {
	emitParts(emitter, style, site, {
		text,
		emitCallee() {
			emitter.write(`${emitter.kernel("privateCallee")}(`);
			target.emitFirst();
			const name = JSON.stringify(method.inferredName);
			emitter.write(`.${generator}, ${emitter.module()}, ${name}, ${flagsOf(method, emitter.ticks)})`);
		},
		emitThis: () => target.emitAgain(),
		args,
	});
}

/** The compiled method that a private name means here. */
export function privateMethod(emitter: Emitter, name: string): FunctionInfo | undefined {
	for (let index = emitter.classes.length - 1; index >= 0; index--) {
		const { privates } = emitter.classes[index]!;
		if (!privates.has(name)) continue;
		const method = privates.get(name);
		return method?.compiled && !method.isGenerator ? method : undefined;
	}
	return undefined;
}

/** Emits a call from its parts, in the form of its style. */
export function emitParts(emitter: Emitter, style: CallStyle, site: number, parts: CallParts): void {
	const { text, emitCallee, emitThis, args } = parts;
	if (style === "default" && emitter.plainOf.has(emitter.current)) {
		emitDirect(emitter, parts);
		return;
	}
	const name = JSON.stringify(text);
	const emitGeneral = (kernelName: string): void => {
		emitter.write(`${emitter.kernel(kernelName)}(${name}, `);
		emitCallee();
		emitter.write(", ");
		if (emitThis === undefined) emitter.write("void 0");
		else emitThis();
		emitArguments(emitter, args, false);
		emitter.write(")");
	};
	if (style === "tail") emitGeneral("tail");
	else if (style === "nativeReturn") emitConditionalSuspension(emitter, site, () => emitGeneral("nativeTail"));
	else if (style === "native") emitSuspension(emitter, site, () => emitGeneral("nativeCall"));
	else if (emitThis !== undefined) emitSuspension(emitter, site, () => emitGeneral("callWith"));
	else {
		emitSuspension(emitter, site, () => {
			const isFixed = args.length <= 3 && !args.some((argument) => argument.type === "SpreadElement");
			emitter.write(`${emitter.kernel(isFixed ? `call${args.length}` : "callN")}(${name}, `);
			emitCallee();
			emitArguments(emitter, args, isFixed);
			emitter.write(")");
		});
	}
}

/** True if evaluating the argument cannot run other code: then the method may be looked up after it. */
function isSimple(node: Node): boolean {
	const inner = unwrap(node);
	switch (inner.type) {
		case "Identifier":
		case "Literal":
		case "ThisExpression":
		case "FunctionExpression":
		case "ArrowFunctionExpression":
		case "MetaProperty":
			return true;
		case "MemberExpression":
			return inner.object.type !== "Super" && isSimple(inner.object) && (!inner.computed || isSimple(inner.property));
		case "TemplateLiteral":
			return inner.expressions.every(isSimple);
		case "ArrayExpression":
			return inner.elements.every((element) => element === null || isSimple(element));
		case "ObjectExpression":
			return inner.properties.every(
				(property) =>
					property.type === "Property" && (!property.computed || isSimple(property.key)) && isSimple(property.value),
			);
		case "UnaryExpression":
			return inner.operator !== "delete" && isSimple(inner.argument);
		case "BinaryExpression":
		case "LogicalExpression":
			return isSimple(inner.left) && isSimple(inner.right);
		case "ConditionalExpression":
			return isSimple(inner.test) && isSimple(inner.consequent) && isSimple(inner.alternate);
		default:
			return false;
	}
}
