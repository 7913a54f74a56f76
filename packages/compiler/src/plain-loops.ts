import type { DoWhileStatement, ForStatement, WhileStatement } from "oxc-parser";
import { eachChild, isFunction, type Node, unwrap } from "./ast.ts";
import type { Scope } from "./bindings.ts";
import { isUsing } from "./declarations.ts";
import { overBudget } from "./loops.ts";
import type { Piece } from "./pieces.ts";
import { emitTest } from "./plain-exits.ts";
import { emitFresh, emitFull, emitSite } from "./plain-expressions.ts";
import { NotPlain, type PlainFunction } from "./plain-function.ts";
import { emitBranch } from "./plain-lists.ts";
import { rewrite } from "./plain-names.ts";

/** The body of a loop, which gives way now and then. */
export function emitLoopBody(fn: PlainFunction, loop: Node, body: Node): void {
	fn.loops.push(loop.start);
	emitBudget(fn, loop);
	fn.emitter.write(" {");
	emitBranch(fn, body);
	fn.emitter.write(" }");
	fn.loops.pop();
}

/** A loop whose awaits never suspend gives way all the same. */
export function emitBudget(fn: PlainFunction, loop: Node): void {
	fn.liveFrom = loop.start;
	const piece = fn.emitter.capture(() =>
		emitSite(fn, loop.start, () => fn.emitter.write(`${overBudget(fn.emitter)} ? ${fn.emitter.suspended()} : void 0`)),
	);
	fn.emitter.push([` if (${fn.name("site")} <= ${fn.lastSite}) {`, piece, " }"]);
}

export function emitFor(fn: PlainFunction, node: ForStatement, labels: string): void {
	const { emitter } = fn;
	const { init, test, update, body } = node;
	const isDeclared = init?.type === "VariableDeclaration" && init.kind !== "var";
	if (isUsing(init ?? node)) throw new NotPlain("using in the head of a loop");
	if ([init, test, update].some((part) => part !== null && fn.isAwaiting(part))) {
		emitSlowLoop(fn, node, labels);
		return;
	}
	const scope = fn.bindings.scopeOf.get(node)!;
	const resume = fn.name("site");
	emitter.write(" {");
	emitter.push(
		fn.region(
			node.start,
			() => {
				if (init === null || isDeclared) return;
				emitFresh(fn, () => {
					emitter.emit(init);
					emitter.write(";");
				});
			},
			() => {
				const names: { name: string; slot: Piece }[] = [];
				if (isDeclared) {
					checkForHead(fn, node, scope);
					for (const binding of scope.bindings.values())
						names.push({ name: binding.name, slot: fn.keepInHead(binding) });
				}
				const bodyPiece = emitter.capture(() => emitLoopBody(fn, node, body));
				emitter.write(`${labels} for (`);
				if (isDeclared) {
					emitter.write(`${init.kind === "const" ? "const" : "let"} `);
					init.declarations.forEach((declarator, index) => {
						if (declarator.id.type !== "Identifier") throw new NotPlain("a pattern in the head of a for loop");
						if (declarator.init !== null && isAnonymous(declarator.init))
							throw new NotPlain("a function in the head of a for loop");
						if (index > 0) emitter.write(", ");
						const { name } = declarator.id;
						const { slot } = names.find((item) => item.name === name)!;
						emitter.write(`${name} = ${resume} === 0 ? (`);
						if (declarator.init === null) emitter.write("void 0");
						else emitter.emit(declarator.init);
						emitter.push([") : ", slot]);
					});
				}
				emitter.write(`; ${resume} !== 0`);
				if (test === null) emitter.write(" || true");
				else {
					emitter.write(" || (");
					emitter.emit(test);
					emitter.write(")");
				}
				emitter.write("; ");
				if (update !== null) emitter.emit(update);
				emitter.write(") {");
				emitter.push(bodyPiece);
				emitter.write(" }");
			},
		),
	);
	emitter.write(" }");
}

function isAnonymous(node: Node): boolean {
	const inner = unwrap(node);
	return isFunction(inner) || inner.type === "ClassExpression";
}

/** A variable of a loop's head lives anew in each turn: a function that holds it must never see another's changes. */
function checkForHead(fn: PlainFunction, node: ForStatement, scope: Scope): void {
	for (const binding of scope.bindings.values()) {
		if (fn.isHidden(binding)) throw new NotPlain("a loop variable whose name is used again inside");
		if (!binding.captured) continue;
		for (const { writes, closure, node: place } of binding.references) {
			const isInBody = place.start >= node.body.start;
			if (writes && (isInBody || closure !== undefined))
				throw new NotPlain("a captured loop variable that the body changes");
			if (closure !== undefined && !isInBody) throw new NotPlain("a function in the head of a for loop");
		}
	}
}

/** A loop that awaits in its head: its parts become statements of the body. */
export function emitSlowLoop(
	fn: PlainFunction,
	node: WhileStatement | DoWhileStatement | ForStatement,
	labels: string,
): void {
	const { emitter } = fn;
	const resume = fn.name("site");
	const init = node.type === "ForStatement" ? node.init : null;
	const update = node.type === "ForStatement" ? node.update : null;
	emitter.write(" {");
	emitter.push(
		fn.region(
			node.start,
			() => {
				if (init?.type !== "VariableDeclaration") return;
				const scope = fn.bindings.scopeOf.get(node);
				for (const binding of scope?.bindings.values() ?? []) {
					if (binding.captured || fn.isHidden(binding))
						throw new NotPlain("a captured variable of a loop that awaits in its head");
					fn.keep(binding.name, binding.last, true, binding);
				}
				if (init.kind !== "var") rewrite(fn, init);
			},
			() => {
				if (init !== null) {
					const before = fn.lastSite;
					const piece = emitter.capture(() => {
						if (init.type === "VariableDeclaration") fn.parts.statement(fn, init, "");
						else emitFull(fn, init, (value) => emitter.push([" ", value, ";"]));
					});
					const test = fn.lastSite > before ? `${resume} <= ${fn.lastSite}` : `${resume} === 0`;
					emitter.push([` if (${test}) {`, piece, " }"]);
				}
				const isLast = node.type === "DoWhileStatement";
				const after = emitter.names.unique("continue");
				const used = redirect(fn, node, labels, `break ${after};`);
				fn.loops.push(node.start);
				const turn = emitter.capture(() => {
					emitBudget(fn, node);
					if (!isLast && node.test !== null) emitExit(fn, node.test);
					const before = fn.lastSite;
					const body = emitter.capture(() => emitBranch(fn, node.body));
					const test = fn.lastSite > before ? `${resume} <= ${fn.lastSite}` : `${resume} === 0`;
					emitter.push([` if (${test})${used ? ` ${after}:` : ""} {`, body, " }"]);
					if (isLast) emitExit(fn, (node as DoWhileStatement).test);
					if (update !== null) emitFull(fn, update, (value) => emitter.push([" ", value, ";"]));
				});
				fn.loops.pop();
				emitter.write(`${labels} while (true) {`);
				emitter.push(turn);
				emitter.write(" }");
			},
		),
	);
	emitter.write(" }");
}

/** Leaves the loop when its test says so. */
function emitExit(fn: PlainFunction, test: Node): void {
	const { emitter } = fn;
	const before = fn.lastSite;
	const mark = fn.mark();
	const piece = emitter.capture(() => {
		const value = emitTest(fn, test);
		emitter.push([" if (!(", value, ")) break;"]);
	});
	fn.release(mark);
	const guard = fn.lastSite > before ? `${fn.name("site")} <= ${fn.lastSite}` : `${fn.name("site")} === 0`;
	emitter.push([` if (${guard}) {`, piece, " }"]);
}

/** `continue` of this loop leaves the body only: what follows in the turn is still to be done. */
function redirect(fn: PlainFunction, loop: Node & { body: Node }, labels: string, text: string): boolean {
	const own = labels.split(":").map((label) => label.trim());
	let found = false;
	const search = (node: Node, inLoop: boolean): void => {
		if (node.type === "ContinueStatement") {
			if (node.label === null ? inLoop : !own.includes(node.label.name)) return;
			found = true;
			fn.jumps.set(node, text);
			fn.touch(node);
		} else if (!isFunction(node)) {
			const isLoop = /^(?:For|While|DoWhile)/.test(node.type);
			eachChild(node, (child) => search(child, inLoop || isLoop));
		}
	};
	search(loop.body, false);
	return found;
}
