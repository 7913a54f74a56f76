import type { BlockStatement, Function as FunctionLike } from "oxc-parser";
import type { Node } from "./ast.ts";
import type { Binding } from "./bindings.ts";
import { isUsing } from "./declarations.ts";
import { emitFresh } from "./plain-expressions.ts";
import type { PlainFunction, PlainList } from "./plain-function.ts";
import { planList } from "./plain-names.ts";

/** Emits a list of statements that holds an await: what was done before a suspension is passed over after it. */
export function emitPlainList(fn: PlainFunction, list: PlainList): void {
	const { statements } = list;
	if (statements.some(isUsing)) {
		fn.parts.using(fn, list);
		return;
	}
	fn.emitter.push(
		fn.region(
			list.start,
			() => {
				const plan = planList(fn, list);
				if (plan.box !== "") fn.emitter.write(` ${plan.box}`);
				emitMoved(fn, plan.moved);
			},
			() => emitStatements(fn, list),
		),
	);
}

/** Function declarations that must exist in the whole list are made at its beginning. */
export function emitMoved(fn: PlainFunction, moved: readonly FunctionLike[]): void {
	if (moved.length === 0) return;
	const { emitter } = fn;
	emitFresh(fn, () => {
		for (const node of moved) {
			const name = fn.boxed.get(fnBinding(fn, node)!) ?? node.id!.name;
			emitter.write(`${name} = `);
			const info = emitter.analysis.infoOf.get(node);
			if (info?.compiled === true) emitter.dispatch("MovedDeclaration", node);
			else emitter.emit(node);
			emitter.write("; ");
		}
	});
}

function fnBinding(fn: PlainFunction, node: FunctionLike): Binding | undefined {
	for (const scope of fn.bindings.scopesOf.get(node.id!.name) ?? []) {
		const binding = scope.bindings.get(node.id!.name);
		if (binding?.kind === "function" && binding.start === node.start) return binding;
	}
	return undefined;
}

/** Emits statements; those without an await are passed over when the function goes on behind them. */
export function emitStatements(fn: PlainFunction, list: PlainList): void {
	const { emitter } = fn;
	const { statements } = list;
	const lastAwaiting = statements.findLastIndex((statement) => fn.isAwaiting(statement));
	let index = 0;
	let cursor = list.start;
	while (index < statements.length) {
		const statement = statements[index]!;
		if (fn.isAwaiting(statement)) {
			emitter.copy(cursor, statement.start);
			const before = fn.lastSite;
			const isLast = index === lastAwaiting;
			const piece = emitter.capture(() => fn.parts.statement(fn, statement, ""));
			if (isLast) emitter.push(piece);
			else {
				emitter.write(` if (${fn.name("site")} ${fn.lastSite > before ? `<= ${fn.lastSite}` : "=== 0"}) {`);
				emitter.push(piece);
				emitter.write(" }");
			}
			cursor = statement.end;
			index++;
			continue;
		}
		const isGuarded = index < lastAwaiting;
		if (isGuarded) emitter.write(` if (${fn.name("site")} === 0) {`);
		for (; index < statements.length && !fn.isAwaiting(statements[index]!); index++) {
			const next = statements[index]!;
			emitter.copy(cursor, next.start);
			cursor = next.end;
			if (fn.moved.has(next)) continue;
			emitOrdinary(fn, next);
		}
		if (isGuarded) emitter.write(" }");
	}
	emitter.copy(cursor, list.end);
}

const blockLike = /^(?:Block|If|For|ForIn|ForOf|While|Try|Switch|Labeled)Statement$|^FunctionDeclaration$|^TS/;

/** A statement without an await of this function. */
function emitOrdinary(fn: PlainFunction, statement: Node): void {
	const { emitter } = fn;
	emitter.emit(statement);
	if (emitter.code[statement.end - 1] !== ";" && !blockLike.test(statement.type)) emitter.write(";");
	else if (emitter.rewritten.has(statement)) emitter.write(";");
}

/** A statement as the branch of an `if` or the body of a loop: always a block. */
export function emitBranch(fn: PlainFunction, statement: Node, head?: () => void): void {
	const isBlock = statement.type === "BlockStatement";
	const statements = isBlock ? (statement as BlockStatement).body : [statement];
	head?.();
	emitPlainList(fn, {
		statements,
		start: isBlock ? statement.start + 1 : statement.start,
		end: isBlock ? statement.end - 1 : statement.end,
		scope: isBlock ? fn.bindings.scopeOf.get(statement) : undefined,
	});
}
