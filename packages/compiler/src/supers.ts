import type { AssignmentExpression, MemberExpression } from "oxc-parser";
import type { Node } from "./ast.ts";
import { calleeText } from "./callee-text.ts";
import type { Emitter } from "./emitter.ts";
import { arrowChain } from "./function-info.ts";

/** `super.x` where the body has moved out of its method: by the home object, or by a function handed in. */
export function emitSuperGet(emitter: Emitter, member: MemberExpression): void {
	const via = emitter.decisions.superVia.get(member);
	if (via === undefined) {
		emitter.emitWithin(member, member.start, member.end);
		return;
	}
	emitter.mark(member.start);
	emitAccess(emitter, via, "get", () => emitKey(emitter, member), undefined);
}

/** `super.m(…)` that is not awaited. */
export function emitSuperCall(emitter: Emitter, callee: MemberExpression, args: readonly Node[]): void {
	emitter.write(`${emitter.kernel("superCall")}(${JSON.stringify(calleeText(callee))}, `);
	emitter.emit(callee);
	emitter.write(", this, [");
	for (const argument of args) {
		emitter.emit(argument);
		emitter.write(", ");
	}
	emitter.write("])");
}

/** `super.x = v` and `super.x += v`. */
export function emitSuperAssignment(emitter: Emitter, node: AssignmentExpression): void {
	const member = node.left as MemberExpression;
	const via = emitter.decisions.superVia.get(member)!;
	const operator = node.operator.slice(0, -1);
	emitter.mark(node.start);
	if (operator === "") {
		emitAccess(
			emitter,
			via,
			"set",
			() => emitKey(emitter, member),
			() => emitter.emit(node.right),
		);
		return;
	}
	const key = member.computed ? emitter.ownTemporary("key") : undefined;
	const emitFirstKey = (): void => {
		if (key !== undefined) emitter.write(`${key} = `);
		emitKey(emitter, member);
	};
	const emitValue = (): void => {
		emitAccess(
			emitter,
			via,
			"get",
			() => (key === undefined ? emitKey(emitter, member) : emitter.write(key)),
			undefined,
		);
		emitter.write(` ${operator} (`);
		emitter.emit(node.right);
		emitter.write(")");
	};
	emitAccess(emitter, via, "set", emitFirstKey, emitValue);
}

function emitAccess(
	emitter: Emitter,
	via: "home" | "closure",
	access: "get" | "set",
	emitKeyText: () => void,
	emitValue: (() => void) | undefined,
): void {
	if (via === "closure") emitter.write(`${superAccessor(emitter, access)}(`);
	else emitter.write(`${emitter.kernel(access === "get" ? "superGet" : "superSet")}(${currentHome(emitter)}, `);
	emitKeyText();
	if (emitValue !== undefined) {
		emitter.write(", ");
		emitValue();
	}
	emitter.write(via === "closure" ? ")" : ", this)");
}

/** The constant of the class's static block in which `super` starts to look. */
export function homeName(emitter: Emitter, isStatic: boolean): string {
	return emitter.names.of(isStatic ? "homeStatic" : "home");
}

function currentHome(emitter: Emitter): string {
	const { holder } = arrowChain(emitter.current).home;
	return homeName(emitter, holder?.type === "MethodDefinition" && holder.static);
}

/** The name of the function that reaches `super` from inside a compiled arrow function. */
export function superAccessor(emitter: Emitter, access: "get" | "set"): string {
	return emitter.names.of(access === "get" ? "superGet" : "superSet");
}

function emitKey(emitter: Emitter, member: MemberExpression): void {
	if (member.computed) {
		emitter.write("(");
		emitter.emit(member.property);
		emitter.write(")");
	} else emitter.write(JSON.stringify((member.property as { name: string }).name));
}
