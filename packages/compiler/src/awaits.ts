import type { AwaitExpression, ReturnStatement, YieldExpression } from "oxc-parser";
import { type Node, unwrap } from "./ast.ts";
import { valueCalls } from "./awaited.ts";
import { type CallStyle, emitCall, emitSuspension } from "./calls.ts";
import { emitChain } from "./chains.ts";
import type { Emitter } from "./emitter.ts";

/** `await x`, with the awaited calls in it called without a task. */
export function emitAwait(emitter: Emitter, node: AwaitExpression): void {
	if (!emitter.current.compiled) emitter.emitWithin(node, node.start, node.end);
	else emitAwaited(emitter, node.argument, emitter.site(node.start));
}

/** The value of `expression` after an await. */
export function emitAwaited(emitter: Emitter, expression: Node, site: number): void {
	const style: CallStyle = emitter.ticks === "native" ? "native" : "default";
	distribute(emitter, expression, style, site, (other) => emitForeignAwait(emitter, other, site));
}

function emitForeignAwait(emitter: Emitter, value: Node | string, site: number): void {
	emitSuspension(emitter, site, () => {
		emitter.write(`${emitter.kernel(emitter.ticks === "native" ? "nativeAwait" : "await")}(`);
		if (typeof value === "string") emitter.write(value);
		else emitter.emit(value);
		emitter.write(")");
	});
}

/** Emits the arms of an expression: calls in `style`, everything else as `emitOther` does. */
function distribute(
	emitter: Emitter,
	expression: Node,
	style: CallStyle,
	site: number,
	emitOther: (node: Node | string) => void,
): void {
	const inner = unwrap(expression);
	const again = (node: Node): void => distribute(emitter, node, style, site, emitOther);
	if (valueCalls(inner).length === 0) {
		emitOther(expression);
		return;
	}
	emitter.mark(inner.start);
	switch (inner.type) {
		case "CallExpression":
			if (!emitCall(emitter, inner, style, site)) emitOther(expression);
			return;
		case "ChainExpression":
			emitChain(emitter, inner, style, site, () => emitOther("void 0"));
			return;
		case "ConditionalExpression":
			emitter.write("(");
			emitter.emit(inner.test);
			emitter.write(" ? ");
			again(inner.consequent);
			emitter.write(" : ");
			again(inner.alternate);
			emitter.write(")");
			return;
		case "LogicalExpression":
			if (style === "tail" || style === "return" || style === "nativeReturn") {
				emitter.write("(");
				emitter.emit(inner.left);
				emitter.write(` ${inner.operator} `);
				again(inner.right);
				emitter.write(")");
				return;
			}
			emitLogical(emitter, inner.operator, inner.left, () => again(inner.right), emitOther);
			return;
		case "SequenceExpression": {
			emitter.write("(");
			for (const part of inner.expressions.slice(0, -1)) {
				emitter.emit(part);
				emitter.write(", ");
			}
			again(inner.expressions.at(-1)!);
			emitter.write(")");
			return;
		}
		default:
			emitOther(expression);
	}
}

/** The left side's value is the result where it decides: then it is what is awaited. */
function emitLogical(
	emitter: Emitter,
	operator: string,
	left: Node,
	emitRight: () => void,
	emitOther: (value: string) => void,
): void {
	const value = emitter.temporary("t");
	emitter.write(`((${value} = `);
	emitter.emit(left);
	emitter.write(operator === "??" ? `) !== null && ${value} !== void 0 ? ` : ") ? ");
	if (operator === "&&") emitRight();
	else emitOther(value);
	emitter.write(" : ");
	if (operator === "&&") emitOther(value);
	else emitRight();
	emitter.write(")");
}

/** `return x`: a call in it is awaited here, or after all that still runs in this function. */
export function emitReturn(emitter: Emitter, node: ReturnStatement): void {
	const { argument } = node;
	if (!emitter.current.compiled || argument === null) {
		emitter.emitWithin(node, node.start, node.end);
		return;
	}
	emitter.copy(node.start, node.start + "return".length);
	emitter.write(" ");
	if (emitter.current.isGenerator) emitAwaited(emitter, argument, emitter.site(node.start));
	else emitTail(emitter, argument, emitter.analysis.guardedReturns.has(node));
	emitter.write(";");
}

/** The value of `expression` as what a function returns. */
export function emitTail(emitter: Emitter, expression: Node, isGuarded: boolean): void {
	if (valueCalls(expression).length === 0) {
		emitOnOneLine(emitter, expression);
		return;
	}
	const style: CallStyle = isGuarded ? "tail" : emitter.ticks === "native" ? "nativeReturn" : "return";
	const site = isGuarded ? 0 : emitter.site(expression.start);
	const emitOther = (node: Node | string): void =>
		typeof node === "string" ? emitter.write(node) : emitOnOneLine(emitter, node);
	distribute(emitter, expression, style, site, emitOther);
}

/** Parentheses that stood there stay: nothing breaks a line after `return`. */
function emitOnOneLine(emitter: Emitter, node: Node): void {
	if (node.type === "SequenceExpression") {
		emitter.write("(");
		emitter.emit(node);
		emitter.write(")");
	} else emitter.emit(node);
}

/** `yield v` and `yield* x` in an async generator. */
export function emitYield(emitter: Emitter, node: YieldExpression): void {
	const { current } = emitter;
	if (!current.compiled || !current.isGenerator) {
		emitter.emitWithin(node, node.start, node.end);
		return;
	}
	emitter.mark(node.start);
	if (node.delegate && node.argument !== null) {
		emitter.write(`(yield* ${emitter.kernel("delegate")}(`);
		emitter.emit(node.argument);
		emitter.write(emitter.ticks === "native" ? ", true))" : "))");
		return;
	}
	emitter.write(`(yield ${emitter.kernel("produce")}(`);
	if (node.argument === null) emitForeignAwait(emitter, "void 0", emitter.site(node.start));
	else emitAwaited(emitter, node.argument, emitter.site(node.start));
	emitter.write("))");
}
