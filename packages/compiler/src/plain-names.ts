import type { Class, Function as FunctionLike, VariableDeclaration } from "oxc-parser";
import { contains, type Node } from "./ast.ts";
import type { Binding, Scope } from "./bindings.ts";
import { NotPlain, type PlainFunction, type PlainList } from "./plain-function.ts";

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
		else fn.keep(binding.name, binding.last, binding.kind !== "parameter" && binding.kind !== "var", binding);
	}
	if (boxed.some((binding) => binding.kind === "using")) throw new NotPlain("a resource that is captured");
	const box = boxed.length === 0 ? "" : fn.box(boxed);
	if (boxed.some((binding) => binding.kind === "var")) rewriteVars(fn, boxed);
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

/** Declarations of boxed `var` become assignments. */
function rewriteVars(fn: PlainFunction, boxed: readonly Binding[]): void {
	const targets = varTargets(fn);
	for (const { kind, references } of boxed)
		if (kind === "var")
			for (const { node } of references) {
				const declaration = declarationAround(targets, node);
				if (declaration !== undefined) rewrite(fn, declaration);
			}
}

interface VarTarget {
	readonly start: number;
	readonly end: number;
	readonly declaration: VariableDeclaration;
}

/** What the `var` of a function give values to, in the order of the text. */
function varTargets(fn: PlainFunction): VarTarget[] {
	const found: VarTarget[] = [];
	contains((fn.info.node as FunctionLike).body!, (node) => {
		if (node.type === "VariableDeclaration" && node.kind === "var")
			for (const { id } of node.declarations) found.push({ start: id.start, end: id.end, declaration: node });
		return false;
	});
	return found.sort((a, b) => a.start - b.start);
}

function declarationAround(targets: readonly VarTarget[], node: Node): VariableDeclaration | undefined {
	let low = 0;
	let high = targets.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (targets[middle]!.start <= node.start) low = middle + 1;
		else high = middle;
	}
	const last = targets[low - 1];
	return last !== undefined && last.end >= node.end ? last.declaration : undefined;
}

/** Keeps the names of a scope that something else than a list declares; gives what makes their box. */
export function bindNames(fn: PlainFunction, scope: Scope | undefined): string {
	const boxed: Binding[] = [];
	for (const binding of scope?.bindings.values() ?? []) {
		if ((binding.captured && binding.assigned) || fn.isHidden(binding)) boxed.push(binding);
		else fn.keep(binding.name, binding.last, true, binding);
	}
	return boxed.length === 0 ? "" : ` ${fn.box(boxed)}`;
}
