import { type FunctionNode, isFunction, type Node, unwrap } from "../syntax.ts";

/** What a name stands for. */
export interface Binding {
	readonly kind: "import" | "function" | "class" | "constant" | "variable" | "parameter";
	/** The function, the class, the declarator, the specifier, or the function whose parameter it is. */
	readonly node: Node;
	/** The value a constant or variable begins with, and the path of names into it: `["a"]` for `{ a: x } = init`. */
	readonly init?: Node | undefined;
	readonly key?: string | undefined;
	/** Of imports: the module, and the name there; `"*"` for the module itself. */
	readonly source?: string;
	readonly name?: string;
	/** Of parameters: which one. -1 inside of a pattern. */
	readonly index?: number;
	/** How deep in the path of nodes the scope stands that declares it. */
	readonly depth: number;
}

type Names = Map<string, Binding>;

/** Finds what names mean, by the scopes around a place; each scope is read when it is first asked. */
export class Bindings {
	readonly #scopes: WeakMap<Node, Names> = new WeakMap();
	readonly #hasVars: boolean;

	constructor(text: string) {
		// `var` has to be searched for in every corner of a function.
		this.#hasVars = text.includes("var");
	}

	/** What `name` means at the end of `path`, or at one of the nodes on it. `undefined` for globals. */
	resolve(name: string, path: readonly Node[], from: number = path.length - 1): Binding | undefined {
		for (let depth = from; depth >= 0; depth--) {
			const node = path[depth] as Node;
			if (!isScope(node)) continue;
			let names = this.#scopes.get(node);
			if (names === undefined) this.#scopes.set(node, (names = readScope(node, depth, this.#hasVars)));
			const binding = names.get(name);
			if (binding !== undefined) return binding;
		}
		return undefined;
	}
}

function isScope(node: Node): boolean {
	switch (node.type) {
		case "Program":
		case "FunctionDeclaration":
		case "FunctionExpression":
		case "ArrowFunctionExpression":
		case "BlockStatement":
		case "StaticBlock":
		case "TSModuleBlock":
		case "ForStatement":
		case "ForInStatement":
		case "ForOfStatement":
		case "SwitchStatement":
		case "CatchClause":
		case "ClassDeclaration":
		case "ClassExpression":
			return true;
	}
	return false;
}

function readScope(node: Node, depth: number, hasVars: boolean): Names {
	const names: Names = new Map();
	switch (node.type) {
		case "Program":
		case "BlockStatement":
		case "StaticBlock":
		case "TSModuleBlock":
			for (const statement of node.body as readonly Node[]) readStatement(statement, names, depth);
			if (hasVars && node.type !== "BlockStatement") readVars(node.body as readonly Node[], names, depth);
			break;
		case "FunctionDeclaration":
		case "FunctionExpression":
		case "ArrowFunctionExpression":
			if (hasVars && node.body?.type === "BlockStatement") readVars(node.body.body as readonly Node[], names, depth);
			readFunction(node, names, depth);
			break;
		case "ForStatement":
			if (node.init?.type === "VariableDeclaration") readDeclaration(node.init, names, depth);
			break;
		case "ForInStatement":
		case "ForOfStatement":
			if (node.left.type === "VariableDeclaration") readDeclaration(node.left, names, depth);
			break;
		case "SwitchStatement":
			for (const { consequent } of node.cases)
				for (const statement of consequent) readStatement(statement, names, depth);
			break;
		case "CatchClause":
			if (node.param !== null) addPattern(node.param, { kind: "parameter", node, depth }, names);
			break;
		case "ClassDeclaration":
		case "ClassExpression":
			if (node.id !== null) names.set(node.id.name, { kind: "class", node, depth });
			break;
	}
	return names;
}

function readFunction(node: FunctionNode, names: Names, depth: number): void {
	for (const [index, parameter] of node.params.entries()) {
		const target = parameter.type === "TSParameterProperty" ? parameter.parameter : (parameter as Node);
		const plain = target.type === "AssignmentPattern" ? target.left : target;
		addPattern(target, { kind: "parameter", node, index: plain.type === "Identifier" ? index : -1, depth }, names);
	}
	if (node.type === "FunctionExpression" && node.id !== null && !names.has(node.id.name))
		names.set(node.id.name, { kind: "function", node, depth });
}

function readStatement(statement: Node, names: Names, depth: number): void {
	switch (statement.type) {
		case "ImportDeclaration":
			for (const specifier of statement.specifiers) {
				const source = statement.source.value;
				const name = importedName(specifier);
				names.set(specifier.local.name, { kind: "import", node: specifier, source, name, depth });
			}
			break;
		case "ExportNamedDeclaration":
		case "ExportDefaultDeclaration": {
			const { declaration } = statement;
			if (declaration !== null) readStatement(declaration as Node, names, depth);
			break;
		}
		case "FunctionDeclaration":
			if (statement.id !== null && statement.body !== null)
				names.set(statement.id.name, { kind: "function", node: statement, depth });
			break;
		case "ClassDeclaration":
			if (statement.id !== null) names.set(statement.id.name, { kind: "class", node: statement, depth });
			break;
		case "VariableDeclaration":
			if (statement.kind !== "var") readDeclaration(statement, names, depth);
			break;
		case "TSImportEqualsDeclaration": {
			const reference = statement.moduleReference;
			if (reference.type !== "TSExternalModuleReference") break;
			const source = reference.expression.value;
			names.set(statement.id.name, { kind: "import", node: statement, source, name: "*", depth });
		}
	}
}

function importedName(specifier: Node): string {
	if (specifier.type !== "ImportSpecifier") return specifier.type === "ImportDefaultSpecifier" ? "default" : "*";
	const { imported } = specifier;
	return imported.type === "Literal" ? imported.value : imported.name;
}

function readDeclaration(declaration: Node & { type: "VariableDeclaration" }, names: Names, depth: number): void {
	const kind = declaration.kind === "let" || declaration.kind === "var" ? "variable" : "constant";
	for (const declarator of declaration.declarations) {
		const init = declarator.init === null ? undefined : declarator.init;
		const source = init === undefined ? undefined : requiredModule(init);
		if (source === undefined) addPattern(declarator.id, { kind, node: declarator, init, depth }, names);
		else addRequired(declarator.id, declarator, source, names, depth);
	}
}

/** The module of `require("module")`, which is as good as an import. */
function requiredModule(init: Node): string | undefined {
	const call = unwrap(init);
	if (call.type !== "CallExpression" || call.callee.type !== "Identifier" || call.callee.name !== "require")
		return undefined;
	const [argument] = call.arguments;
	return argument?.type === "Literal" && typeof argument.value === "string" ? argument.value : undefined;
}

function addRequired(target: Node, node: Node, source: string, names: Names, depth: number): void {
	if (target.type === "Identifier") names.set(target.name, { kind: "import", node, source, name: "*", depth });
	if (target.type !== "ObjectPattern") return;
	for (const property of target.properties) {
		if (property.type !== "Property" || property.value.type !== "Identifier") continue;
		const name = keyOf(property);
		if (name !== undefined) names.set(property.value.name, { kind: "import", node, source, name, depth });
	}
}

function addPattern(target: Node, binding: Binding, names: Names): void {
	switch (target.type) {
		case "Identifier":
			names.set(target.name, binding);
			break;
		case "AssignmentPattern":
			addPattern(target.left as Node, binding, names);
			break;
		case "RestElement":
			addPattern(target.argument as Node, withoutValue(binding), names);
			break;
		case "ArrayPattern":
			for (const element of target.elements)
				if (element !== null) addPattern(element as Node, withoutValue(binding), names);
			break;
		case "ObjectPattern":
			for (const property of target.properties) {
				if (property.type === "RestElement") addPattern(property, binding, names);
				else if (property.value.type === "Identifier" && binding.key === undefined)
					addPattern(property.value, { ...binding, key: keyOf(property) ?? "" }, names);
				else addPattern(property.value as Node, withoutValue(binding), names);
			}
	}
}

function withoutValue({ kind, node, depth }: Binding): Binding {
	return { kind, node, index: -1, depth };
}

/** The name of a property or method, if it is written out. Private names have their `#`. */
export function keyOf(member: { readonly computed: boolean; readonly key: unknown }): string | undefined {
	const key = member.key as Node;
	if (key.type === "PrivateIdentifier") return `#${key.name}`;
	if (key.type === "Literal") return String(key.value);
	return !member.computed && key.type === "Identifier" ? key.name : undefined;
}

/** `var` declarations belong to the function, however deep they stand. */
function readVars(statements: readonly (Node | null)[], names: Names, depth: number): void {
	for (const statement of statements) if (statement !== null) readVar(statement, names, depth);
}

function readVar(node: Node, names: Names, depth: number): void {
	switch (node.type) {
		case "VariableDeclaration":
			if (node.kind === "var") readDeclaration(node, names, depth);
			break;
		case "ExportNamedDeclaration":
			if (node.declaration !== null) readVar(node.declaration as Node, names, depth);
			break;
		case "BlockStatement":
			readVars(node.body as readonly Node[], names, depth);
			break;
		case "IfStatement":
			readVars([node.consequent, node.alternate], names, depth);
			break;
		case "ForStatement":
			readVars([node.init, node.body], names, depth);
			break;
		case "ForInStatement":
		case "ForOfStatement":
			readVars([node.left as Node, node.body], names, depth);
			break;
		case "WhileStatement":
		case "DoWhileStatement":
		case "LabeledStatement":
		case "WithStatement":
			readVar(node.body, names, depth);
			break;
		case "SwitchStatement":
			for (const { consequent } of node.cases) readVars(consequent, names, depth);
			break;
		case "TryStatement":
			readVars([node.block, node.handler?.body ?? null, node.finalizer], names, depth);
	}
}

/** The function that a binding or an initial value is, if it is one. */
export function functionValue(node: Node | undefined): FunctionNode | undefined {
	const value = node === undefined ? undefined : unwrap(node);
	return value !== undefined && isFunction(value) ? value : undefined;
}
