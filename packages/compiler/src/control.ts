import type { BlockStatement, CatchClause, TryStatement } from "oxc-parser";
import { contains, eachChild, isFunction, type Node } from "./ast.ts";
import type { Emitter } from "./emitter.ts";
import { emitBlock } from "./statements.ts";
import { emitProtected } from "./using.ts";

/** `catch` never sees a cancellation: it is thrown on before the author's code runs. */
export function emitCatch(emitter: Emitter, node: CatchClause): void {
	if (!emitter.current.compiled) {
		emitter.emitWithin(node, node.start, node.end);
		return;
	}
	const { param, body } = node;
	emitter.mark(node.start);
	if (param?.type === "Identifier") {
		emitter.write("catch (");
		emitter.emit(param);
		emitter.write(") ");
		emitBlock(emitter, body, `${emitter.kernel("caught")}(${param.name});`);
		return;
	}
	const error = emitter.names.of("error");
	emitter.write(`catch (${error}) `);
	if (param === null) {
		emitBlock(emitter, body, `${emitter.kernel("caught")}(${error});`);
		return;
	}
	emitter.write(`{ ${emitter.kernel("caught")}(${error}); let `);
	emitter.emit(param);
	emitter.write(` = ${error}; `);
	emitter.emit(body);
	emitter.write(" }");
}

/** `finally` is a cleanup region, and one that jumps out does not stop a cancellation. */
export function emitTry(emitter: Emitter, node: TryStatement): void {
	const { finalizer } = node;
	if (!emitter.current.compiled || finalizer === null) {
		emitter.emitWithin(node, node.start, node.end);
		return;
	}
	const isRegion = contains(finalizer, runsCode);
	if (leaves(finalizer)) {
		emitLeaving(emitter, node, finalizer, isRegion);
		return;
	}
	if (!isRegion) {
		emitter.emitWithin(node, node.start, node.end);
		return;
	}
	emitRegion(emitter, node, finalizer);
}

/** An error of the cleanup and the error that led to it are both kept. */
function emitRegion(emitter: Emitter, node: TryStatement, finalizer: BlockStatement): void {
	const led = emitter.names.of("led");
	const error = emitter.names.of("error");
	emitter.write(`{ let ${led}; try { `);
	emitGuarded(emitter, node);
	emitter.write(
		` } catch (${error}) { ${led} = ${emitter.kernel("led")}(${error}); throw ${error}; } finally { try { `,
	);
	emitProtected(emitter, () => emitter.emit(finalizer));
	emitter.write(` } catch (${error}) { throw ${emitter.kernel("both")}(${led}, ${error}); } } }`);
}

/** What stands before `finally`. */
function emitGuarded(emitter: Emitter, node: TryStatement): void {
	if (node.handler === null) emitter.emit(node.block);
	else emitter.emitWithin(node, node.start, node.handler.end);
}

function emitLeaving(emitter: Emitter, node: TryStatement, finalizer: BlockStatement, isRegion: boolean): void {
	const cancelled = emitter.names.of("cancelled");
	const error = emitter.names.of("error");
	emitter.write(`{ let ${cancelled}; try { `);
	emitGuarded(emitter, node);
	emitter.write(
		` } catch (${error}) { ${cancelled} = ${emitter.kernel("cancelled")}(${error}); throw ${error}; } finally { `,
	);
	emitter.write("try { ");
	if (isRegion) emitProtected(emitter, () => emitter.emit(finalizer));
	else emitter.emit(finalizer);
	emitter.write(` } finally { if (${cancelled}) { throw ${cancelled}; } } } }`);
}

/** True for what may run other code, and so may wait or start tasks. */
export function runsCode(node: Node): boolean {
	switch (node.type) {
		case "CallExpression":
		case "NewExpression":
		case "TaggedTemplateExpression":
		case "AwaitExpression":
		case "YieldExpression":
		case "ForOfStatement":
			return true;
		case "VariableDeclaration":
			return node.kind === "using" || node.kind === "await using";
		default:
			return false;
	}
}

/** True if a `return`, or a `break` or `continue` with a target outside, stands in `root`. */
export function leaves(root: Node): boolean {
	const search = (node: Node, labels: readonly string[], inLoop: boolean, inBreakable: boolean): boolean => {
		switch (node.type) {
			case "ReturnStatement":
				return true;
			case "BreakStatement":
				return node.label === null ? !inBreakable : !labels.includes(node.label.name);
			case "ContinueStatement":
				return node.label === null ? !inLoop : !labels.includes(node.label.name);
			default: {
				if (isFunction(node)) return false;
				const isLoop = /^(?:For|While|DoWhile)/.test(node.type);
				const inner = node.type === "LabeledStatement" ? [...labels, node.label.name] : labels;
				let found = false;
				eachChild(node, (child) => {
					if (!found)
						found = search(child, inner, inLoop || isLoop, inBreakable || isLoop || node.type === "SwitchStatement");
				});
				return found;
			}
		}
	};
	return search(root, [], false, false);
}
