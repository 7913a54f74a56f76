import type { ForOfStatement, ForStatement, LabeledStatement, VariableDeclaration } from "oxc-parser";
import type { Node } from "./ast.ts";
import { emitConditionalSuspension } from "./calls.ts";
import { isUsing } from "./declarations.ts";
import type { Emitter } from "./emitter.ts";
import { emitBlock } from "./statements.ts";
import { emitDisposal, emitProtected } from "./using.ts";

/** Every loop: one that awaits looks at its time budget, so that it cannot starve the rest. */
export function emitLoop(emitter: Emitter, node: Node & { body: Node }): void {
	if (!emitWithLabels(emitter, node, "")) {
		const { body } = node;
		emitter.emitWithin(node, node.start, body.start);
		const check = budgetCheck(emitter, node);
		if (check === "") emitter.emit(body);
		else emitLoopBody(emitter, body, check);
		emitter.emitWithin(node, body.end, node.end);
	}
}

/** Labels move to the loop that a `for await` or a `using` in the head becomes. */
export function emitLabeled(emitter: Emitter, node: LabeledStatement): void {
	let target: Node = node;
	let labels = "";
	while (target.type === "LabeledStatement") {
		labels += `${target.label.name}: `;
		target = target.body;
	}
	if (!emitWithLabels(emitter, target, labels)) emitter.emitWithin(node, node.start, node.end);
}

/** Emits the loops whose shape changes. False for all others. */
function emitWithLabels(emitter: Emitter, node: Node, labels: string): boolean {
	const { current } = emitter;
	if (node.type === "ForOfStatement") {
		if (node.await) {
			if (!current.compiled) return false;
			emitForAwait(emitter, node, labels);
			return true;
		}
		if (!headDeclares(node.left) || !mayLower(emitter, node.left)) return false;
		emitForUsingOf(emitter, node, labels);
		return true;
	}
	if (node.type === "ForStatement" && node.init !== null && headDeclares(node.init) && mayLower(emitter, node.init)) {
		emitForUsing(emitter, node, labels);
		return true;
	}
	return false;
}

function headDeclares(head: Node): boolean {
	return isUsing(head);
}

function mayLower(emitter: Emitter, head: Node): boolean {
	if (emitter.current.compiled) return true;
	return !emitter.current.isAsync && (head as { kind?: string }).kind === "using";
}

/** Whether it is time to give way: mostly told by a number. */
export function overBudget(emitter: Emitter): string {
	return `${emitter.constant("state")}.spare-- <= 0 && ${emitter.kernel("budget")}()`;
}

/** `if ($state.spare-- <= 0 && $k.budget()) yield S;` for a loop that awaits, else nothing. */
function budgetCheck(emitter: Emitter, loop: Node): string {
	if (!emitter.current.compiled || emitter.ticks === "native" || !emitter.analysis.loopsWithAwait.has(loop)) return "";
	return `if (${overBudget(emitter)}) yield ${emitter.site(loop.start)};`;
}

function emitLoopBody(emitter: Emitter, body: Node, head: string): void {
	if (body.type === "BlockStatement") emitBlock(emitter, body, head);
	else {
		emitter.write(`{ ${head} `);
		emitter.emit(body);
		emitter.write(" }");
	}
}

function emitForAwait(emitter: Emitter, node: ForOfStatement, labels: string): void {
	const iterator = emitter.names.of("iterator");
	const result = emitter.names.of("result");
	const error = emitter.names.of("error");
	const site = emitter.site(node.start);
	emitter.mark(node.start);
	emitter.write(`{ const ${iterator} = ${emitter.kernel("forAwait")}(`);
	emitter.emit(node.right);
	emitter.write(emitter.ticks === "native" ? ", true" : "");
	emitter.write(`); try { ${labels}while (true) { ${budgetCheck(emitter, node)} const ${result} = `);
	emitter.mark(node.start);
	emitConditionalSuspension(emitter, site, () => emitter.write(`${emitter.kernel("forNext")}(${iterator})`));
	emitter.write(`; if (${result}.done) break; `);
	emitBinding(emitter, node, `${result}.value`);
	emitter.write(` } } catch (${error}) { throw ${emitter.kernel("forFailed")}(${iterator}, ${error}); } finally { `);
	emitter.write(`if (${emitter.kernel("forOpen")}(${iterator})) { `);
	emitProtected(emitter, () => {
		emitConditionalSuspension(emitter, site, () => emitter.write(`${emitter.kernel("forClose")}(${iterator})`));
		emitter.write(";");
	});
	emitter.write(" } } }");
}

function emitForUsingOf(emitter: Emitter, node: ForOfStatement, labels: string): void {
	const left = node.left as VariableDeclaration;
	const { name } = left.declarations[0]!.id as { name: string };
	const isAsync = left.kind === "await using";
	emitter.mark(node.start);
	// The name stays in the head: what stands on the right may not read it yet.
	emitter.write(`${labels}for (const `);
	emitter.emit(left.declarations[0]!.id);
	emitter.write(" of ");
	emitter.emit(node.right);
	emitter.write(`) { ${budgetCheck(emitter, node)} `);
	emitDisposal(emitter, isAsync, left.start, () => {
		emitter.write(` ${emitter.names.of("disposer")}.${isAsync ? "useAsync" : "use"}(${name}); `);
		emitter.emit(node.body);
	});
	emitter.write(" }");
}

function emitForUsing(emitter: Emitter, node: ForStatement, labels: string): void {
	const init = node.init as Node & { kind: string };
	emitter.loweredUsing.add(init);
	emitter.write("{");
	emitDisposal(emitter, init.kind === "await using", init.start, () => {
		emitter.write(" ");
		emitter.emit(init);
		emitter.write(` ${labels}for (`);
		emitter.emitWithin(node, emitter.skipTrivia(init.end), node.body.start);
		emitLoopBody(emitter, node.body, budgetCheck(emitter, node));
	});
	emitter.write(" }");
}

/** Binds the loop's variable to `value` and emits the body. */
function emitBinding(emitter: Emitter, node: ForOfStatement, value: string): void {
	const { left, body } = node;
	emitter.mark(left.start);
	if (left.type !== "VariableDeclaration") {
		emitter.write("(");
		emitter.emit(left);
		emitter.write(` = ${value}); `);
		emitter.emit(body);
		return;
	}
	const { id } = left.declarations[0]!;
	if (isUsing(left)) {
		const isAsync = left.kind === "await using";
		emitDisposal(emitter, isAsync, left.start, () => {
			emitter.write(" const ");
			emitter.emit(id);
			emitter.write(` = ${emitter.names.of("disposer")}.${isAsync ? "useAsync" : "use"}(${value}); `);
			emitter.emit(body);
		});
		return;
	}
	emitter.write(`${left.kind} `);
	emitter.emit(id);
	emitter.write(` = ${value}; `);
	emitter.emit(body);
}
