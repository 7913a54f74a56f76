import type { ForOfStatement } from "oxc-parser";
import { type Node, pathTo } from "./ast.ts";
import { isUsing } from "./declarations.ts";
import { emitPending } from "./plain-exits.ts";
import { emitFresh, emitFull, emitSite, type prepare } from "./plain-expressions.ts";
import { NotPlain, type PlainFunction } from "./plain-function.ts";
import { emitBranch } from "./plain-lists.ts";
import { emitBudget } from "./plain-loops.ts";
import { bindNames } from "./plain-names.ts";
import { emitTarget } from "./plain-targets.ts";

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
				const body = fn.inFinal(null, () =>
					emitTurn(fn, node, (box) => {
						emitter.write(box);
						emitBinding(fn, node, `${walk}.value`);
					}),
				);
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
	const path = pathTo((fn.info.node as { body: Node }).body, node) ?? [];
	return [path.find((around) => around.type === "LabeledStatement" && innermost(around) === node) ?? node];
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
