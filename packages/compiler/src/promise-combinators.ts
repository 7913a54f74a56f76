import type { CallExpression, MemberExpression } from "oxc-parser";
import { unwrap } from "./ast.ts";
import type { Emitter } from "./emitter.ts";

/** True for `Promise.race(x)`, `Promise.any(x)` and `Promise.all(x)` of the global `Promise`. */
export function isPromiseCombinator(emitter: Emitter, call: CallExpression): boolean {
	const { callee } = call;
	if (emitter.analysis.shadowsPromise || call.optional || call.arguments.length !== 1) return false;
	return (
		call.arguments[0]!.type !== "SpreadElement" &&
		callee.type === "MemberExpression" &&
		!callee.computed &&
		!callee.optional &&
		callee.object.type === "Identifier" &&
		callee.object.name === "Promise" &&
		callee.property.type === "Identifier" &&
		/^(?:race|any|all)$/.test(callee.property.name)
	);
}

/** `f().catch(g)` becomes `$k.chain(f(), "catch", g)`, so that the promise that it gives is known to come from a task. */
export function emitChain(emitter: Emitter, call: CallExpression): void {
	const callee = unwrap(call.callee) as MemberExpression;
	emitter.write(`${emitter.kernel("chain")}(`);
	emitter.emit(callee.object);
	emitter.write(`, "${(callee.property as { name: string }).name}"`);
	for (const argument of call.arguments) {
		emitter.write(", ");
		emitter.emit(argument);
	}
	emitter.write(")");
}

/** `Promise.race(x)` becomes `$k.combine(Promise, "race", x)`, so that losers are known. */
export function emitPromiseCombinator(emitter: Emitter, call: CallExpression): void {
	const name = (call.callee as { property: { name: string } }).property.name;
	emitter.mark(call.start);
	emitter.write(`${emitter.kernel("combine")}(Promise, "${name}", `);
	emitter.emit(call.arguments[0]!);
	emitter.write(")");
}
