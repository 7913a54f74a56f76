import type { BlockStatement, CatchClause, TryStatement } from "oxc-parser";
import { contains, eachChild, isFunction, type Node, unwrap } from "./ast.ts";
import { emitTail } from "./awaits.ts";
import { isAwaitable } from "./calls.ts";
import { leaves, runsCode } from "./control.ts";
import type { Piece } from "./pieces.ts";
import { emitBranches, emitFresh, emitSite, isSettled, prepare, prepareOperands } from "./plain-expressions.ts";
import { NotPlain, type Pending, type PlainFunction, type PlainList } from "./plain-function.ts";
import { emitBranch, emitMoved, emitStatements } from "./plain-lists.ts";
import { bindNames, planList } from "./plain-names.ts";
import { emitTarget } from "./plain-targets.ts";

/** `return x` where `x` awaits. */
export function emitPlainReturn(fn: PlainFunction, argument: Node): void {
	const inner = unwrap(argument);
	const mark = fn.mark();
	if (inner.type === "ConditionalExpression") {
		const test = emitTest(fn, inner.test);
		const emitArm = (arm: Node): void => {
			if (fn.isAwaiting(arm)) emitPlainReturn(fn, arm);
			else {
				fn.emitter.write(" ");
				emitLeave(fn, arm, false);
			}
		};
		emitBranches(
			fn,
			() => fn.emitter.push(test),
			() => emitArm(inner.consequent),
			() => emitArm(inner.alternate),
		);
	} else if (inner.type === "CallExpression" || inner.type === "ChainExpression") {
		fn.liveFrom = argument.start;
		prepareOperands(fn, argument);
		fn.emitter.write(" ");
		emitLeave(fn, argument, false);
	} else {
		fn.liveFrom = inner.type === "AwaitExpression" && !fn.isAwaiting(inner.argument) ? inner.end : argument.start;
		const value = prepare(fn, argument);
		fn.emitter.write(" ");
		emitLeaveWith(fn, value, isSettled(argument), false);
	}
	fn.release(mark);
}

/** Emits the awaits of a test; gives what is tested then. */
export function emitTest(fn: PlainFunction, test: Node): Piece {
	const { emitter } = fn;
	if (!fn.isAwaiting(test)) return emitter.capture(() => emitter.emit(test));
	fn.liveFrom = test.start;
	let value: Piece = "";
	const piece = emitter.capture(() => {
		value = prepare(fn, test);
	});
	emitter.push([` if (${fn.name("site")} <= ${fn.lastSite}) {`, piece, " }"]);
	return value;
}

/** Leaves the function with the value of an expression whose awaits, if any, are done. */
export function emitLeave(fn: PlainFunction, value: Node, isGuarded: boolean): void {
	const { emitter } = fn;
	if (isSettled(value) || fn.pendings.length > 0 || isGuarded || fn.tries > 0) {
		const piece = emitter.capture(() => emitTail(emitter, value, true));
		emitLeaveWith(fn, piece, isSettled(value), isGuarded);
		return;
	}
	const piece = emitter.capture(() => emitTail(emitter, value, false));
	const call = unwrap(value);
	if (call.type === "CallExpression" && isAwaitable(emitter, call)) emitter.push(["return ", piece, ";"]);
	else emitter.push([`return ${emitter.kernel("settle")}(`, piece, ");"]);
}

/** Leaves the function: after every `finally` around, where it is awaited what is returned. */
function emitLeaveWith(fn: PlainFunction, value: Piece, settled: boolean, isGuarded: boolean): void {
	const { emitter } = fn;
	const pending = fn.pendings.at(-1);
	if (pending !== undefined)
		emitter.push([`{ ${pending.what} = `, value, `; ${pending.how} = 2; break ${pending.label}; }`]);
	else if (settled) emitter.push(["return ", value, ";"]);
	else if (isGuarded || fn.tries > 0) {
		fn.usesReturn = true;
		emitter.push([`{ ${fn.name("returned")} = `, value, `; break ${fn.name("return")}; }`]);
	} else emitter.push([`return ${emitter.kernel("settle")}(`, value, ");"]);
}

/** `break` and `continue`: noted where a `finally` that waits stands between. */
export function emitJump(fn: PlainFunction, node: Node): void {
	const pending = fn.pendings.at(-1);
	if (pending?.leaving.has(node)) {
		let index = pending.jumps.indexOf(node);
		if (index === -1) index = pending.jumps.push(node) - 1;
		fn.emitter.write(`{ ${pending.how} = ${index + 3}; break ${pending.label}; }`);
		return;
	}
	const text = fn.jumps.get(node);
	if (text !== undefined) fn.emitter.write(text);
	else {
		fn.emitter.copy(node.start, node.end);
		if (fn.emitter.code[node.end - 1] !== ";") fn.emitter.write(";");
	}
}

/** `return` inside a pending `try`, without an await. */
export function emitPlainReturnStatement(fn: PlainFunction, node: Node & { type: "ReturnStatement" }): void {
	const { emitter } = fn;
	const { argument } = node;
	emitter.mark(node.start);
	if (argument !== null) emitLeave(fn, argument, emitter.analysis.guardedReturns.has(node));
	else if (fn.pendings.length > 0) emitLeaveWith(fn, "void 0", true, false);
	else emitter.write("return;");
}

/** A `try` that awaits somewhere. */
export function emitPlainTry(fn: PlainFunction, node: TryStatement): void {
	const { finalizer } = node;
	fn.emitter.write(" {");
	fn.emitter.push(
		fn.region(
			node.start,
			() => undefined,
			() => {
				if (finalizer === null) emitTryCatch(fn, node);
				else if (fn.isAwaiting(finalizer)) {
					if (leaves(finalizer)) throw new NotPlain("an await in a finally that jumps out");
					emitPending(fn, [node.block, ...(node.handler === null ? [] : [node.handler])], {
						emitTry: () => emitTryCatch(fn, node),
						emitFailure: (error) => error,
						emitCleanup: () => {
							fn.emitter.write(" {");
							emitBranch(fn, finalizer);
							fn.emitter.write(" }");
						},
					});
				} else emitNativeFinally(fn, node, finalizer);
			},
		),
	);
	fn.emitter.write(" }");
}

/** `try` and `catch`; what awaits in the `catch` stands behind both. */
function emitTryCatch(fn: PlainFunction, node: TryStatement): void {
	const { emitter } = fn;
	const { handler } = node;
	if (handler === null) {
		emitBlock(fn, node.block);
		return;
	}
	if (!fn.isAwaiting(handler)) {
		emitter.write(" try {");
		fn.tries++;
		emitBranch(fn, node.block);
		fn.tries--;
		emitter.write(" } ");
		emitter.emit(handler);
		return;
	}
	const caught = fn.own("caught");
	const held = fn.own("held");
	const error = emitter.names.of("error");
	const before = fn.lastSite;
	fn.tries++;
	const body = emitter.capture(() => emitBranch(fn, node.block));
	fn.tries--;
	const resume = fn.name("site");
	emitter.write(fn.lastSite > before ? ` if (${resume} <= ${fn.lastSite}) {` : ` if (${resume} === 0) {`);
	emitter.write(` ${caught} = false; try {`);
	emitter.push(body);
	emitter.write(
		` } catch (${error}) { ${emitter.kernel("caught")}(${error}); ${caught} = true; ${held} = ${error}; } }`,
	);
	const cleanup = emitter.capture(() => emitHandler(fn, handler, held));
	emitter.write(` if (${resume} !== 0 ? ${resume} <= ${fn.lastSite} : ${caught}) {`);
	emitter.push(cleanup);
	emitter.write(" }");
}

function emitHandler(fn: PlainFunction, handler: CatchClause, held: string): void {
	const { param } = handler;
	const scope = fn.bindings.scopeOf.get(handler);
	fn.emitter.push(
		fn.region(
			handler.start,
			() => {
				if (param !== null) fn.emitter.write(bindNames(fn, scope));
			},
			() => {
				if (param !== null)
					emitFresh(fn, () => {
						fn.emitter.write("(");
						emitTarget(fn, param);
						fn.emitter.write(` = ${held}); ${held} = void 0;`);
					});
				emitBlock(fn, handler.body);
			},
		),
	);
}

function emitBlock(fn: PlainFunction, block: BlockStatement): void {
	fn.emitter.write(" {");
	emitBranch(fn, block);
	fn.emitter.write(" }");
}

/** A `finally` that does not await: it must not run when the function suspends. */
function emitNativeFinally(fn: PlainFunction, node: TryStatement, finalizer: BlockStatement): void {
	const { emitter } = fn;
	const error = emitter.names.of("error");
	const out = fn.name("out");
	fn.usesOut = true;
	const jumpsOut = leaves(finalizer);
	const [label, stopped] = [emitter.names.unique("try"), emitter.names.unique("stop")];
	let stops = false;
	const stop = (): string => {
		stops = true;
		return `{ ${stopped} = true; break ${label}; }`;
	};
	const isBarrier = jumpsOut || fn.stops.at(-1) === null;
	const inner = fn.inFinal(isBarrier ? null : stop, () => emitTryCatch(fn, node));
	// Fresh each time: if the cleanup fails, it is that error which goes on.
	const begin = stops ? `let ${stopped}; ${label}: try {` : "try {";
	const isRegion = contains(finalizer, runsCode);
	const emitFinalizer = (): void => {
		if (!isRegion) emitter.emit(finalizer);
		else {
			const depth = emitter.names.of("depth");
			emitter.write(`const ${depth} = ${emitter.kernel("cleanupEnter")}(); try { `);
			emitter.emit(finalizer);
			emitter.write(` } finally { ${emitter.kernel("cleanupLeave")}(${depth}); }`);
		}
	};
	if (jumpsOut) {
		const cancelled = emitter.names.of("cancelled");
		emitter.write(` let ${cancelled}; try {`);
		emitter.push(inner);
		emitter.write(` } catch (${error}) { ${cancelled} = ${emitter.kernel("cancelled")}(${error}); throw ${error}; }`);
		emitter.write(` finally { if (!${out}) { try { `);
		emitFinalizer();
		emitter.write(` } finally { if (${cancelled}) { throw ${cancelled}; } } } }`);
	} else if (isRegion) {
		const led = emitter.names.of("led");
		emitter.write(` let ${led}; ${begin}`);
		emitter.push(inner);
		emitter.write(` } catch (${error}) { ${led} = ${emitter.kernel("led")}(${error}); throw ${error}; }`);
		emitter.write(` finally { if (!${out}) { try { `);
		emitFinalizer();
		emitter.write(` } catch (${error}) { throw ${emitter.kernel("both")}(${led}, ${error}); } } }`);
	} else {
		emitter.write(` ${begin}`);
		emitter.push(inner);
		emitter.write(` } finally { if (!${out}) `);
		emitFinalizer();
		emitter.write(" }");
	}
	if (stops) emitter.write(` if (${stopped}) ${fn.stop()}`);
}

interface PendingTry {
	emitTry(): void;
	/** What becomes of an error; `undefined` for one that the cleanup throws itself. */
	emitFailure(error: string): string | undefined;
	emitCleanup(): void;
	/** Whether there is anything to clean up. */
	readonly condition?: string;
}

/** A `try` whose cleanup waits: how it was left is noted, and done after the cleanup. */
export function emitPending(fn: PlainFunction, parts: readonly Node[], what: PendingTry): void {
	const { emitter } = fn;
	const resume = fn.name("site");
	const error = emitter.names.of("error");
	const pending: Pending = {
		label: emitter.names.unique("try"),
		how: fn.own("how"),
		what: fn.own("what"),
		leaving: new Set(parts.flatMap((part) => jumpsOut(part))),
		jumps: [],
	};
	for (const node of pending.leaving) fn.touch(node);
	const before = fn.lastSite;
	fn.pendings.push(pending);
	fn.tries++;
	fn.stops.push(
		what.emitFailure(error) === error
			? () => `{ ${pending.how} = 1; ${pending.what} = ${fn.name("input")}; break ${pending.label}; }`
			: null,
	);
	const body = emitter.capture(() => what.emitTry());
	fn.stops.pop();
	fn.tries--;
	fn.pendings.pop();
	emitter.write(fn.lastSite > before ? ` if (${resume} <= ${fn.lastSite}) {` : ` if (${resume} === 0) {`);
	emitter.write(` ${pending.how} = 0; ${pending.label}: try {`);
	emitter.push(body);
	const failure = what.emitFailure(error);
	const note = failure?.startsWith("!") ? `${failure.slice(1)};` : `${pending.how} = 1; ${pending.what} = ${failure};`;
	emitter.write(` } catch (${error}) { ${note} } }`);

	const depth = fn.own("depth");
	fn.usesOut = true;
	const cleanup = fn.inFinal(null, () => what.emitCleanup());
	if (what.condition !== undefined) emitter.write(` if (${resume} !== 0 || ${what.condition}) {`);
	emitFresh(fn, () => emitter.write(`${depth} = ${emitter.kernel("cleanupEnter")}();`));
	emitter.write(" try {");
	emitter.push(cleanup);
	emitter.write(` } catch (${error}) { throw ${emitter.kernel("both")}(`);
	emitter.write(`${pending.how} === 1 ? ${emitter.kernel("led")}(${pending.what}) : void 0, ${error}); }`);
	emitter.write(` finally { if (!${fn.name("out")}) ${emitter.kernel("cleanupLeave")}(${depth}); }`);
	if (what.condition !== undefined) emitter.write(" }");
	emitter.write(` if (${pending.how} === 1) throw ${pending.what};`);
	emitter.write(` if (${pending.how} === 2) `);
	emitLeaveWith(fn, pending.what, false, false);
	pending.jumps.forEach((node, index) => {
		emitter.write(` if (${pending.how} === ${index + 3}) `);
		emitJump(fn, node);
	});
}

/** `break` and `continue` in `root` whose target stands outside. */
function jumpsOut(root: Node): Node[] {
	const found: Node[] = [];
	const search = (node: Node, labels: readonly string[], inLoop: boolean, inBreakable: boolean): void => {
		if (node.type === "BreakStatement") {
			if (node.label === null ? !inBreakable : !labels.includes(node.label.name)) found.push(node);
		} else if (node.type === "ContinueStatement") {
			if (node.label === null ? !inLoop : !labels.includes(node.label.name)) found.push(node);
		} else if (!isFunction(node)) {
			const isLoop = /^(?:For|While|DoWhile)/.test(node.type);
			const inner = node.type === "LabeledStatement" ? [...labels, node.label.name] : labels;
			eachChild(node, (child) =>
				search(child, inner, inLoop || isLoop, inBreakable || isLoop || node.type === "SwitchStatement"),
			);
		}
	};
	search(root, [], false, false);
	return found;
}

/** A list with `using`: its disposal stands behind the list. */
export function emitPlainUsing(fn: PlainFunction, list: PlainList): void {
	const { emitter } = fn;
	const usings = list.statements.filter(
		(statement) => statement.type === "VariableDeclaration" && /using$/.test(statement.kind),
	);
	// Lists inside have disposers of their own, which must not hide this one.
	const disposer = emitter.names.unique("disposer");
	for (const using of usings) {
		emitter.loweredUsing.add(using);
		emitter.disposerOf.set(using, disposer);
		fn.disposed.push(using);
	}
	const isAsync = usings.some((using) => (using as { kind: string }).kind === "await using");
	const offset = usings[0]!.start;
	emitter.push(
		fn.region(
			list.start,
			() => {
				fn.keep(disposer);
				const plan = planList(fn, list);
				if (plan.box !== "") emitter.write(` ${plan.box}`);
				emitFresh(fn, () => emitter.write(`${disposer} = ${emitter.kernel("disposer")}();`));
				emitMoved(fn, plan.moved);
			},
			() => {
				if (!isAsync) {
					const error = emitter.names.of("error");
					fn.usesOut = true;
					const body = fn.inFinal(null, () => emitStatements(fn, list));
					emitter.write(" try {");
					emitter.push(body);
					emitter.write(` } catch (${error}) { ${disposer}.failed(${error}); } finally { if (!${fn.name("out")}) { `);
					const depth = emitter.names.of("depth");
					emitter.write(`const ${depth} = ${emitter.kernel("cleanupEnter")}(); try { ${disposer}.disposeSync(); `);
					emitter.write(`} finally { ${emitter.kernel("cleanupLeave")}(${depth}); } } }`);
					return;
				}
				emitPending(fn, list.statements, {
					emitTry: () => emitStatements(fn, list),
					emitFailure: (error) => `!${disposer}.failed(${error})`,
					emitCleanup: () => {
						fn.liveFrom = list.end;
						emitSite(fn, offset, () => emitter.write(`${disposer}.dispose()`));
					},
				});
			},
		),
	);
}
