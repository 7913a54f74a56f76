import type { IfStatement, SwitchStatement, VariableDeclaration } from "oxc-parser";
import type { Node } from "./ast.ts";
import type { Scope } from "./bindings.ts";
import { isUsing } from "./declarations.ts";
import { losesName, namingOf } from "./naming.ts";
import { emitPlainReturn, emitPlainTry } from "./plain-exits.ts";
import { emitBranches, emitFull, prepare } from "./plain-expressions.ts";
import { emitPlainForAwait, emitPlainForOf } from "./plain-for-of.ts";
import { NotPlain, type PlainFunction } from "./plain-function.ts";
import { emitBranch, emitPlainList, emitStatements } from "./plain-lists.ts";
import { emitFor, emitLoopBody, emitSlowLoop } from "./plain-loops.ts";
import { emitTarget } from "./plain-targets.ts";

export function emitPlainStatement(fn: PlainFunction, node: Node, labels = ""): void {
	const { emitter } = fn;
	switch (node.type) {
		case "ExpressionStatement":
			emitFull(fn, node.expression, (value) => {
				// What an await gives is needed by nobody.
				if (value !== fn.name("got")) emitter.push([" ", value, ";"]);
			});
			return;
		case "VariableDeclaration":
			emitDeclaration(fn, node);
			return;
		case "ReturnStatement":
			emitPlainReturn(fn, node.argument!);
			return;
		case "ThrowStatement":
			emitFull(fn, node.argument, (value) => emitter.push([" throw ", value, ";"]));
			return;
		case "BlockStatement":
			emitter.write(`${labels} {`);
			emitBranch(fn, node);
			emitter.write(" }");
			return;
		case "IfStatement":
			emitIf(fn, node);
			return;
		case "LabeledStatement": {
			const label = `${labels} ${node.label.name}:`;
			const { body } = node;
			if (/^(?:Block|For|ForIn|ForOf|While|DoWhile|Switch|Labeled)Statement$/.test(body.type))
				emitPlainStatement(fn, body, label);
			else {
				emitter.write(`${label} {`);
				emitBranch(fn, body);
				emitter.write(" }");
			}
			return;
		}
		case "WhileStatement":
			if (fn.isAwaiting(node.test)) emitSlowLoop(fn, node, labels);
			else {
				emitter.write(`${labels} while (${fn.name("site")} !== 0 || (`);
				emitter.emit(node.test);
				emitter.write(")) {");
				emitLoopBody(fn, node, node.body);
				emitter.write(" }");
			}
			return;
		case "DoWhileStatement":
			if (fn.isAwaiting(node.test)) emitSlowLoop(fn, node, labels);
			else {
				emitter.write(`${labels} do {`);
				emitLoopBody(fn, node, node.body);
				emitter.write(" } while (");
				emitter.emit(node.test);
				emitter.write(");");
			}
			return;
		case "ForStatement":
			emitFor(fn, node, labels);
			return;
		case "ForOfStatement":
			if (node.await) emitPlainForAwait(fn, node, labels);
			else emitPlainForOf(fn, node, labels);
			return;
		case "SwitchStatement":
			emitSwitch(fn, node, labels);
			return;
		case "TryStatement":
			emitPlainTry(fn, node);
			return;
		default:
			throw new NotPlain(`an await inside a ${node.type}`);
	}
}

function emitDeclaration(fn: PlainFunction, node: VariableDeclaration): void {
	const { emitter } = fn;
	const isRewritten = emitter.rewritten.has(node) || node.kind === "var";
	node.declarations.forEach((declarator, index) => {
		const { id, init } = declarator;
		if (fn.isAwaiting(id)) throw new NotPlain("an await in a destructuring pattern");
		if (init === null) return;
		const isGuarded = index < node.declarations.length - 1;
		const before = fn.lastSite;
		const piece = emitter.capture(() =>
			emitFull(
				fn,
				init,
				(value) => {
					emitter.write(isRewritten ? " (" : ` ${isUsing(node) ? "const" : node.kind} `);
					emitTarget(fn, id);
					emitter.write(" = ");
					if (isUsing(node))
						emitter.write(`${emitter.disposerOf.get(node)}.${node.kind === "using" ? "use" : "useAsync"}(`);
					const keepsName = !isUsing(node) && !losesName(emitter, id, init);
					const [before, after] = keepsName ? ["", ""] : namingOf(init, (id as { name: string }).name);
					emitter.push([before, value, after]);
					if (isUsing(node)) emitter.write(")");
					emitter.write(isRewritten ? ");" : ";");
				},
				// The defaults of a pattern are evaluated, and a box is filled, after the await.
				id.type === "Identifier" && !emitter.replacements.has(id) ? undefined : id.start,
			),
		);
		if (!isGuarded) emitter.push(piece);
		else emitter.push([` if (${fn.name("site")} <= ${Math.max(before, fn.lastSite)}) {`, piece, " }"]);
	});
}

function emitIf(fn: PlainFunction, node: IfStatement): void {
	const { emitter } = fn;
	const emitArms = (emitTest: () => void): void =>
		emitBranches(
			fn,
			emitTest,
			() => emitBranch(fn, node.consequent),
			node.alternate === null ? undefined : () => emitBranch(fn, node.alternate!),
		);
	if (!fn.isAwaiting(node.test)) {
		emitArms(() => emitter.emit(node.test));
		return;
	}
	const mark = fn.mark();
	fn.liveFrom = node.test.start;
	const before = fn.lastSite;
	let value: ReturnType<typeof prepare> = "";
	const piece = emitter.capture(() => {
		value = prepare(fn, node.test);
	});
	emitter.push([` if (${fn.name("site")} <= ${fn.lastSite}) {`, piece, " }"]);
	if (before === fn.lastSite) throw new Error("An awaiting test without a site.");
	fn.release(mark);
	emitArms(() => emitter.push(value));
}

function emitSwitch(fn: PlainFunction, node: SwitchStatement, labels: string): void {
	const { emitter } = fn;
	const { cases } = node;
	for (const branch of cases)
		if (branch.test !== null && fn.isAwaiting(branch.test)) throw new NotPlain("an await in the test of a case");
	const scope = fn.bindings.scopeOf.get(node)!;
	for (const binding of scope.bindings.values()) {
		const own = cases.find((branch) => binding.start >= branch.start && binding.start < branch.end);
		if (binding.references.some((reference) => reference.node.start < own!.start || reference.node.end > own!.end))
			throw new NotPlain("a variable that several cases share");
		if (binding.kind === "function") throw new NotPlain("a function declared in a case");
	}
	emitter.write(" {");
	emitter.push(
		fn.region(
			node.start,
			() => undefined,
			() => {
				const choice = fn.own("case");
				let value: ReturnType<typeof prepare> = "";
				const before = fn.lastSite;
				const mark = fn.mark();
				if (fn.isAwaiting(node.discriminant)) {
					fn.liveFrom = node.discriminant.start;
					const piece = emitter.capture(() => {
						value = prepare(fn, node.discriminant);
					});
					emitter.push([` if (${fn.name("site")} <= ${fn.lastSite}) {`, piece, " }"]);
				} else value = emitter.capture(() => emitter.emit(node.discriminant));
				fn.release(mark);
				if (before > fn.lastSite) throw new Error("Sites go down.");
				const subject = emitter.temporary("subject");
				const bodies: { piece: ReturnType<typeof prepare>; last: number; before: number }[] = [];
				for (const branch of cases) {
					const first = fn.lastSite;
					const piece = emitter.capture(() => emitCase(fn, branch.consequent, scope));
					bodies.push({ piece, before: first, last: fn.lastSite });
				}
				const resume = fn.name("site");
				emitter.write(` ${choice} = `);
				bodies.forEach(({ before: first, last }, index) => {
					if (last > first) emitter.write(`${resume} !== 0 && ${resume} <= ${last} ? ${index} : `);
				});
				emitter.push([`(${subject} = `, value, ", "]);
				cases.forEach((branch, index) => {
					if (branch.test === null) return;
					emitter.write(`${subject} === (`);
					emitter.emit(branch.test);
					emitter.write(`) ? ${index} : `);
				});
				emitter.write(`${cases.findIndex((branch) => branch.test === null)});`);
				emitter.write(`${labels} switch (${choice}) {`);
				bodies.forEach(({ piece }, index) => {
					emitter.write(` case ${index}: `);
					emitter.push(piece);
				});
				emitter.write(" }");
			},
		),
	);
	emitter.write(" }");
}

/** A case falls through to the next: its statements stand in a region of their own, without being a function. */
function emitCase(fn: PlainFunction, statements: readonly Node[], scope: Scope): void {
	if (statements.length === 0) return;
	fn.emitter.write("{");
	const list = { statements, start: statements[0]!.start, end: statements.at(-1)!.end, scope };
	if (statements.some((statement) => fn.isAwaiting(statement))) emitPlainList(fn, list);
	else emitStatements(fn, list);
	fn.emitter.write(" }");
}
