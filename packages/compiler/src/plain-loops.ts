import type { DoWhileStatement, ForOfStatement, ForStatement, WhileStatement } from "oxc-parser";
import { eachChild, isFunction, type Node } from "./ast.ts";
import { isUsing } from "./declarations.ts";
import { emitPending, emitTest } from "./plain-exits.ts";
import { emitFresh, emitFull, emitSite, type prepare } from "./plain-expressions.ts";
import { NotPlain, type PlainFunction } from "./plain-function.ts";
import { bindNames, emitBranch, emitBudget, emitPlainStatement, emitTarget, rewrite } from "./plain-statements.ts";

/** `for (x of y)` with an await in it: its iterator is kept, and closed when the loop is left. */
export function emitPlainForOf(fn: PlainFunction, node: ForOfStatement, labels: string): void {
	const { emitter } = fn;
	checkHead(fn, node);
	const resume = fn.name("site");
	const error = emitter.names.of("error");
	emitter.write(" {");
	emitter.push(
		fn.region(
			node.start,
			() => undefined,
			() => {
				const walk = fn.own("walk");
				emitIterated(fn, node, (value) => emitter.push([` ${walk} = ${emitter.kernel("forOf")}(`, value, ");"]));
				fn.usesOut = true;
				fn.tries++;
				fn.finals++;
				const body = emitter.capture(() =>
					emitTurn(fn, node, (box) => {
						emitter.write(box);
						emitBinding(fn, node, `${walk}.value`);
					}),
				);
				fn.tries--;
				fn.finals--;
				emitter.write(` try {${labels} while (${resume} !== 0 || ${emitter.kernel("forMore")}(${walk})) {`);
				emitter.push(body);
				emitter.write(` } } catch (${error}) { throw ${emitter.kernel("forBroken")}(${walk}, ${error}); }`);
				emitter.write(` finally { if (!${fn.name("out")}) ${emitter.kernel("forLeft")}(${walk}); }`);
			},
		),
	);
	emitter.write(" }");
}

/** `for await (x of y)`. */
export function emitPlainForAwait(fn: PlainFunction, node: ForOfStatement, labels: string): void {
	const { emitter } = fn;
	checkHead(fn, node);
	emitter.write(" {");
	emitter.push(
		fn.region(
			node.start,
			() => undefined,
			() => {
				const iterator = fn.own("iterator");
				emitIterated(fn, node, (value) => emitter.push([` ${iterator} = ${emitter.kernel("forAwait")}(`, value, ");"]));
				emitPending(fn, labelled(fn, node), {
					emitTry: () => {
						emitter.write(`${labels} while (true) {`);
						const body = emitter.capture(() =>
							emitTurn(fn, node, (box) => {
								fn.liveFrom = node.body.start;
								const before = emitter.capture(() =>
									emitSite(fn, node.start, () => emitter.write(`${emitter.kernel("forNext")}(${iterator})`)),
								);
								emitter.push([` if (${fn.name("site")} <= ${fn.lastSite}) {`, before]);
								emitter.write(` if (${fn.name("got")}.done) break;`);
								emitter.write(box);
								emitBinding(fn, node, `${fn.name("got")}.value`, false);
								emitter.write(" }");
							}),
						);
						emitter.push(body);
						emitter.write(" }");
					},
					emitFailure: (error) => `${emitter.kernel("forFailed")}(${iterator}, ${error})`,
					condition: `${emitter.kernel("forOpen")}(${iterator})`,
					emitCleanup: () => {
						fn.liveFrom = node.end;
						emitSite(fn, node.start, () => emitter.write(`${emitter.kernel("forClose")}(${iterator})`));
					},
				});
			},
		),
	);
	emitter.write(" }");
}

/** The loop as what jumps may leave: with its labels, so that a jump to itself does not. */
function labelled(fn: PlainFunction, node: Node): Node[] {
	let around: Node = node;
	const visit = (candidate: Node): void => {
		eachChild(candidate, (child) => {
			if (child.start > node.start || child.end < node.end || isFunction(child)) return;
			if (child.type === "LabeledStatement" && innermost(child) === node && around === node) around = child;
			visit(child);
		});
	};
	visit((fn.info.node as { body: Node }).body);
	return [around];
}

function innermost(node: Node): Node {
	let inner = node;
	while (inner.type === "LabeledStatement") inner = inner.body;
	return inner;
}

function checkHead(fn: PlainFunction, node: ForOfStatement): void {
	const { left, right } = node;
	if (left.type !== "VariableDeclaration") {
		if (fn.isAwaiting(left)) throw new NotPlain("an await in the head of a loop");
		return;
	}
	if (isUsing(left)) throw new NotPlain("using in the head of a loop");
	if (fn.isAwaiting(left)) throw new NotPlain("an await in the head of a loop");
	const scope = fn.bindings.scopeOf.get(node);
	for (const binding of scope?.bindings.values() ?? [])
		if (binding.references.some((reference) => reference.node.start >= right.start && reference.node.end <= right.end))
			throw new NotPlain("a variable that is used before its declaration");
}

/** What is iterated is evaluated once. */
function emitIterated(fn: PlainFunction, node: ForOfStatement, use: (value: ReturnType<typeof prepare>) => void): void {
	const { emitter } = fn;
	if (!fn.isAwaiting(node.right)) {
		emitFresh(fn, () => use(emitter.capture(() => emitter.emit(node.right))));
		return;
	}
	const piece = emitter.capture(() => emitFull(fn, node.right, use, node.start));
	emitter.push([` if (${fn.name("site")} <= ${fn.lastSite}) {`, piece, " }"]);
}

/** One turn of a loop, with the variables that live in it. */
function emitTurn(fn: PlainFunction, node: ForOfStatement, emitHead: (box: string) => void): void {
	const { emitter } = fn;
	const scope =
		node.left.type === "VariableDeclaration" && node.left.kind !== "var" ? fn.bindings.scopeOf.get(node) : undefined;
	let box = "";
	fn.loops.push(node.start);
	emitter.push(
		fn.region(
			node.body.start,
			() => {
				box = bindNames(fn, scope);
			},
			() => {
				// The names are new in each turn, from where they get their values.
				emitHead(box);
				emitBudget(fn, node);
				emitter.write(" {");
				emitBranch(fn, node.body);
				emitter.write(" }");
			},
		),
	);
	fn.loops.pop();
}

function emitBinding(fn: PlainFunction, node: ForOfStatement, value: string, isGuarded = true): void {
	const { emitter } = fn;
	const { left } = node;
	const emit = (): void => {
		emitter.mark(left.start);
		emitter.write("(");
		if (left.type === "VariableDeclaration") emitTarget(fn, left.declarations[0]!.id);
		else emitter.emit(left);
		emitter.write(` = ${value});`);
	};
	if (isGuarded) emitFresh(fn, emit);
	else {
		emitter.write(" ");
		emit();
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
					fn.keep(binding.name, binding.last);
				}
				if (init.kind !== "var") rewrite(fn, init);
			},
			() => {
				if (init !== null) {
					const before = fn.lastSite;
					const piece = emitter.capture(() => {
						if (init.type === "VariableDeclaration") emitPlainStatement(fn, init);
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
