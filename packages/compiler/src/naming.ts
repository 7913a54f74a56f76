import { isFunction, type Node, unwrap } from "./ast.ts";
import type { Emitter } from "./emitter.ts";

/** An anonymous function keeps the name that a variable gives it, where something stands for the variable. */
export function emitNamed(emitter: Emitter, target: Node, value: Node): void {
	if (losesName(emitter, target, value)) emitUnderName(emitter, value, (target as { name: string }).name);
	else emitter.emit(value);
}

/** Whether what is written for a variable would give an anonymous function no name. A compiled one has its own. */
export function losesName(emitter: Emitter, target: Node, value: Node): boolean {
	const isReplaced = target.type === "Identifier" && emitter.replacements.has(target);
	return isReplaced && emitter.analysis.infoOf.get(unwrap(value))?.compiled !== true;
}

/** Emits a value; an anonymous function or class gets the name. */
export function emitUnderName(emitter: Emitter, value: Node, name: string): void {
	const [before, after] = namingOf(value, name);
	emitter.write(before);
	emitter.emit(value);
	emitter.write(after);
}

/** What stands around an anonymous function or class so that it keeps the name that its declaration gives it. */
export function namingOf(value: Node, name: string): readonly [before: string, after: string] {
	const inner = unwrap(value);
	const isAnonymous = (isFunction(inner) || inner.type === "ClassExpression") && inner.id === null;
	return isAnonymous ? [`({ ${name}: `, ` }).${name}`] : ["", ""];
}
