import type {
	BlockStatement,
	Class,
	ForStatement,
	Function as FunctionLike,
	IfStatement,
	SwitchStatement,
	VariableDeclaration,
} from "oxc-parser";
import { contains, isFunction, type Node, unwrap } from "./ast.ts";
import type { Binding, Scope } from "./bindings.ts";
import { isUsing } from "./declarations.ts";
import { losesName, namingOf } from "./naming.ts";
import { emitPlainReturn, emitPlainTry, emitPlainUsing } from "./plain-exits.ts";
import { emitBranches, emitFresh, emitFull, emitSite, prepare } from "./plain-expressions.ts";
import { NotPlain, type PlainFunction } from "./plain-function.ts";
import { emitPlainForAwait, emitPlainForOf, emitSlowLoop } from "./plain-loops.ts";

/** What a list of statements stands in. */
export interface PlainList {
	readonly statements: readonly Node[];
	/** Where the list begins and ends. */
	readonly start: number;
	readonly end: number;
	/** The scope in which its names are. */
	readonly scope: Scope | undefined;
	/** Parameters and `var` are kept, too. */
	readonly isRoot?: boolean;
	/** It is the body of the function. */
	readonly isBody?: boolean;
}

/** Emits a list of statements that holds an await: what was done before a suspension is passed over after it. */
export function emitPlainList(fn: PlainFunction, list: PlainList): void {
	const { statements } = list;
	if (statements.some(isUsing)) {
		emitPlainUsing(fn, list);
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

/** Decides which names of a list must be known in all of it, and keeps them. */
export function planList(fn: PlainFunction, list: PlainList): { box: string; moved: FunctionLike[] } {
	const { statements, scope } = list;
	const lastAwaiting = statements.findLastIndex((statement) => fn.isAwaiting(statement));
	const moved: FunctionLike[] = [];
	const boxed: Binding[] = [];
	const hoisted = new Set<Binding>();
	const segments = segmentsOf(fn, statements);
	const bindingOf = (name: string): Binding | undefined => scope?.bindings.get(name);

	const isWithin = (binding: Binding, start: number, end: number): boolean =>
		binding.references.every(({ node }) => node.start >= start && node.end <= end);
	const isInMoved = ({ node }: { node: Node }): boolean =>
		moved.some((statement) => node.start >= statement.start && node.end <= statement.end);
	const functions = statements.filter(
		(statement): statement is FunctionLike =>
			statement.type === "FunctionDeclaration" && statement.body !== null && statement.id !== null,
	);
	// Until nothing is added: what a function uses that is made at the beginning must be made there, too.
	for (let before = -1; before !== moved.length; ) {
		before = moved.length;
		for (const statement of functions) {
			if (fn.moved.has(statement)) continue;
			const binding = bindingOf(statement.id!.name)!;
			const [start, end] = segments.get(statement)!;
			const isAtEnd = statements.indexOf(statement) > lastAwaiting;
			const isCompiled = fn.emitter.analysis.infoOf.get(statement)?.compiled === true;
			if (isAtEnd && !isCompiled && isWithin(binding, start, end) && !binding.references.some(isInMoved)) continue;
			if (!fn.info.strict && list.isBody !== true) throw new NotPlain("a function in a block of sloppy code");
			if (binding.kind !== "function" || binding.redeclared) throw new NotPlain("a function that shares its name");
			moved.push(statement);
			fn.moved.add(statement);
			hoisted.add(binding);
		}
	}

	statements.forEach((statement, index) => {
		const names = declaredBy(statement, scope);
		if (names.length === 0) return;
		const [start, end] = segments.get(statement)!;
		let staysHere: boolean;
		if (index > lastAwaiting || !fn.isAwaiting(statement))
			staysHere = names.every((binding) => isWithin(binding, start, end) && !binding.references.some(isInMoved));
		else
			staysHere =
				index === lastAwaiting &&
				(statement as VariableDeclaration).declarations?.length === 1 &&
				names.every(
					(binding) =>
						!binding.early && isWithin(binding, statement.start, list.end) && !binding.references.some(isInMoved),
				);
		if (staysHere) return;
		for (const binding of names) {
			if (binding.kind === "const" && binding.assigned) throw new NotPlain("an assignment to a constant");
			hoisted.add(binding);
			checkOrder(binding, statement);
		}
		rewrite(fn, statement, () => fn.boxed.get(names[0]!) ?? names[0]!.name);
	});
	if (list.isRoot === true)
		for (const binding of scope!.bindings.values())
			if (binding.kind === "var" || binding.kind === "parameter") hoisted.add(binding);

	for (const binding of hoisted) {
		if ((binding.captured && (binding.assigned || binding.early)) || fn.isHidden(binding)) boxed.push(binding);
		else fn.keep(binding.name, binding.last, binding.kind !== "parameter" && binding.kind !== "var");
	}
	if (boxed.some((binding) => binding.kind === "using")) throw new NotPlain("a resource that is captured");
	const box = boxed.length === 0 ? "" : fn.box(boxed);
	for (const binding of boxed) {
		if (binding.kind === "var") rewriteVars(fn, binding);
	}
	return { box, moved };
}

/** From where to where the statements stand that run without an await between them. */
function segmentsOf(fn: PlainFunction, statements: readonly Node[]): Map<Node, readonly [number, number]> {
	const found = new Map<Node, readonly [number, number]>();
	let run: Node[] = [];
	const close = (): void => {
		const first = run[0];
		if (first === undefined) return;
		const range = [first.start, run.at(-1)!.end] as const;
		for (const statement of run) found.set(statement, range);
		run = [];
	};
	for (const statement of statements) {
		if (fn.isAwaiting(statement)) {
			close();
			found.set(statement, [statement.start, statement.end]);
		} else run.push(statement);
	}
	close();
	return found;
}

/** The names that a statement declares in the scope around it. */
function declaredBy(statement: Node, scope: Scope | undefined): Binding[] {
	const found: Binding[] = [];
	const add = (pattern: Node): void => {
		switch (pattern.type) {
			case "Identifier": {
				const binding = scope?.bindings.get(pattern.name);
				if (binding !== undefined) found.push(binding);
				break;
			}
			case "AssignmentPattern":
				add(pattern.left);
				break;
			case "RestElement":
				add(pattern.argument);
				break;
			case "ArrayPattern":
				for (const element of pattern.elements) if (element !== null) add(element);
				break;
			case "ObjectPattern":
				for (const property of pattern.properties)
					add(property.type === "RestElement" ? property : (property.value as Node));
		}
	};
	if (statement.type === "VariableDeclaration" && statement.kind !== "var")
		for (const { id } of statement.declarations) add(id);
	else if (statement.type === "ClassDeclaration" && statement.id !== null) add(statement.id);
	else if (statement.type === "TSEnumDeclaration" || statement.type === "TSModuleDeclaration")
		throw new NotPlain("an enum or a namespace");
	return found;
}

/** A name that is used before its declaration must fail as in the language. */
function checkOrder(binding: Binding, statement: Node): void {
	if (statement.type === "ClassDeclaration" && (statement as Class).decorators.length > 0)
		throw new NotPlain("a decorated class");
	for (const { node, closure } of binding.references)
		if (closure === undefined && node.start < binding.initialised && node.end < binding.initialised) {
			const isOwn = node.start >= binding.start && isDeclaredName(binding, node, statement);
			if (!isOwn) throw new NotPlain("a variable that is used before its declaration");
		}
}

function isDeclaredName(_binding: Binding, node: Node, statement: Node): boolean {
	if (statement.type !== "VariableDeclaration") return true;
	return statement.declarations.some(({ id }) => node.start >= id.start && node.end <= id.end && isTarget(id, node));
}

/** True if `node` is a name in a pattern, and not part of a default or a key. */
function isTarget(pattern: Node, node: Node): boolean {
	switch (pattern.type) {
		case "Identifier":
			return pattern === node;
		case "AssignmentPattern":
			return isTarget(pattern.left, node);
		case "RestElement":
			return isTarget(pattern.argument, node);
		case "ArrayPattern":
			return pattern.elements.some((element) => element !== null && isTarget(element, node));
		case "ObjectPattern":
			return pattern.properties.some((property) =>
				isTarget(property.type === "RestElement" ? property : (property.value as Node), node),
			);
		default:
			return false;
	}
}

/** Has a declaration written as assignments; that of a class to what `target` says. */
export function rewrite(fn: PlainFunction, statement: Node, target = () => ""): void {
	fn.emitter.rewritten.set(statement, target);
	fn.rewritten.push(statement);
	fn.touch(statement);
}

/** Declarations of a boxed `var` become assignments. */
function rewriteVars(fn: PlainFunction, binding: Binding): void {
	for (const { node } of binding.references) {
		const declaration = declarationAround(fn, node);
		if (declaration !== undefined) rewrite(fn, declaration);
	}
}

function declarationAround(fn: PlainFunction, target: Node): VariableDeclaration | undefined {
	let found: VariableDeclaration | undefined;
	contains((fn.info.node as FunctionLike).body!, (node) => {
		if (
			node.type === "VariableDeclaration" &&
			node.kind === "var" &&
			node.declarations.some(({ id }) => target.start >= id.start && target.end <= id.end)
		)
			found = node;
		return false;
	});
	return found;
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
	for (const scope of fn.bindings.scopeOf.values()) {
		const binding = scope.isOwn ? scope.bindings.get(node.id!.name) : undefined;
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
			const piece = emitter.capture(() => emitPlainStatement(fn, statement));
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

/** The body of a loop, which gives way now and then. */
function emitLoopBody(fn: PlainFunction, loop: Node, body: Node): void {
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
		emitSite(fn, loop.start, () =>
			fn.emitter.write(`${fn.emitter.kernel("budget")}() ? ${fn.emitter.suspended()} : void 0`),
		),
	);
	fn.emitter.push([` if (${fn.name("site")} <= ${fn.lastSite}) {`, piece, " }"]);
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

/** A declared name or pattern as the target of an assignment: without its type. */
export function emitTarget(fn: PlainFunction, pattern: Node): void {
	if (fn.isAwaiting(pattern)) throw new NotPlain("an await in a destructuring pattern");
	const type = (pattern as { typeAnnotation?: Node | null }).typeAnnotation;
	if (pattern.type === "Identifier") {
		const replaced = fn.emitter.replacements.get(pattern);
		if (replaced !== undefined) fn.emitter.push(replaced);
		else fn.emitter.copy(pattern.start, pattern.start + pattern.name.length);
	} else if (type === null || type === undefined) fn.emitter.emit(pattern);
	else fn.emitter.emitWithin(pattern, pattern.start, endBefore(fn, type.start));
}

function endBefore(fn: PlainFunction, offset: number): number {
	let end = offset;
	while (/\s/.test(fn.emitter.code[end - 1]!)) end--;
	return end;
}

/** Keeps the names of a scope that something else than a list declares; gives what makes their box. */
export function bindNames(fn: PlainFunction, scope: Scope | undefined): string {
	const boxed: Binding[] = [];
	for (const binding of scope?.bindings.values() ?? []) {
		if ((binding.captured && binding.assigned) || fn.isHidden(binding)) boxed.push(binding);
		else fn.keep(binding.name, binding.last);
	}
	return boxed.length === 0 ? "" : ` ${fn.box(boxed)}`;
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

function emitFor(fn: PlainFunction, node: ForStatement, labels: string): void {
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
				const names: { name: string; slot: () => string }[] = [];
				if (isDeclared) {
					checkHead(fn, node, scope);
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
						const slot = names.find((item) => item.name === name)!.slot();
						emitter.write(`${name} = ${resume} === 0 ? (`);
						if (declarator.init === null) emitter.write("void 0");
						else emitter.emit(declarator.init);
						emitter.write(`) : ${slot}`);
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
function checkHead(fn: PlainFunction, node: ForStatement, scope: Scope): void {
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
