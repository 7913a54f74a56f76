import type { Node } from "./ast.ts";
import { NotPlain, nameOf, type PlainFunction } from "./plain-function.ts";

/** A declared name or pattern as the target of an assignment: without its type. */
export function emitTarget(fn: PlainFunction, pattern: Node): void {
	if (fn.isAwaiting(pattern)) throw new NotPlain("an await in a destructuring pattern");
	const type = (pattern as { typeAnnotation?: Node | null }).typeAnnotation;
	if (pattern.type === "Identifier") {
		const replaced = fn.emitter.replacements.get(pattern);
		if (replaced !== undefined) fn.emitter.push(replaced);
		else fn.emitter.push(nameOf(fn.emitter, pattern));
	} else if (type === null || type === undefined) fn.emitter.emit(pattern);
	else fn.emitter.emitWithin(pattern, pattern.start, endBefore(fn, type.start));
}

function endBefore(fn: PlainFunction, offset: number): number {
	let end = offset;
	while (/\s/.test(fn.emitter.code[end - 1]!)) end--;
	return end;
}
