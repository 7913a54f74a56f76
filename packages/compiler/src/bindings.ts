import type { Class, VariableDeclaration } from "oxc-parser";
import { eachChild, type FunctionNode, isFunction, type Node } from "./ast.ts";

/** A variable of a function: where it is declared, and who uses it. */
export interface Binding {
	readonly name: string;
	readonly kind: "parameter" | "var" | "let" | "const" | "class" | "function" | "catch" | "using";
	readonly scope: Scope;
	/** From where on it has its value; a reference that stands before may come too early. */
	readonly initialised: number;
	/** Where its declaration begins. */
	readonly start: number;
	/** What stands for its name in the declaration; `null` where the declaration gives it no value. */
	readonly target: Node | null;
	references: Reference[];
	/** Where the last reference stands. */
	last: number;
	/** Something other than its declaration gives it a value. */
	assigned: boolean;
	/** It is declared more than once. */
	redeclared: boolean;
	/** A function inside uses it. */
	captured: boolean;
	/** A function inside that uses it may be called before it has its value. */
	early: boolean;
}

/** One occurrence of a variable. */
export interface Reference {
	readonly node: Node & { name: string };
	readonly writes: boolean;
	/** Where the function that stands around it begins to exist, if it is not the one that declares the variable. */
	readonly closure: number | undefined;
	/** `{ x }`: what is written in its place needs its name before it. */
	readonly shorthand: boolean;
	/** It is called: what is written in its place must not become its `this`. */
	readonly called: boolean;
	/** It is, or begins, what `new` constructs: a call that is written in its place needs parentheses. */
	readonly constructed: boolean;
}

/** A region of a function in which names are declared. */
export interface Scope {
	readonly node: Node;
	readonly parent: Scope | undefined;
	readonly bindings: Map<string, Binding>;
	/** Belongs to the function that was asked about, not to one inside it. */
	readonly isOwn: boolean;
	readonly pending: Reference[];
}

/** The variables of one function. */
export interface Bindings {
	/** Parameters, `var` and what the body declares. */
	readonly root: Scope;
	/** By block, loop, `switch` or `catch`. */
	readonly scopeOf: ReadonlyMap<Node, Scope>;
	/** The scopes of the function itself that declare a name, outer ones before those inside them. */
	readonly scopesOf: ReadonlyMap<string, readonly Scope[]>;
	/** Variables of whose name there is another one in a scope inside. */
	readonly hidden: ReadonlySet<Binding>;
	/** Names that the function uses and does not declare. */
	readonly outer: ReadonlySet<string>;
	/** Names of functions that blocks declare: in sloppy code each is a `var` of the function besides. */
	readonly inBlocks: ReadonlySet<string>;
}

/** Reads the variables of a function. */
export function readBindings(node: FunctionNode): Bindings {
	return new Reader(node).result;
}

class Reader {
	readonly result: Bindings;
	readonly #scopes = new Map<Node, Scope>();
	/** Where the text of a callee of `new` begins. */
	readonly #constructed = new Set<Node>();
	readonly #scopesOf = new Map<string, Scope[]>();
	readonly #inBlocks = new Set<string>();
	#scope: Scope;
	/** The function scope that takes `var`. */
	#host: Scope;
	#closure: number | undefined;
	#isOwn = true;
	/** Where the statements around the current place begin: what a hoisted function is made at. */
	#listStart = 0;

	constructor(node: FunctionNode) {
		const root = this.#makeScope(node, undefined);
		this.#scope = this.#host = root;
		this.#listStart = node.body!.start;
		for (const parameter of node.params) this.#declarePattern(parameter, "parameter", node.start, node.start);
		for (const parameter of node.params) this.#pattern(parameter, true);
		const body = node.body!;
		if (body.type === "BlockStatement") this.#list(body.body, body.start);
		else this.#visit(body);
		this.#resolve(root);
		this.result = {
			root,
			scopeOf: this.#scopes,
			scopesOf: this.#scopesOf,
			hidden: this.#hidden(),
			outer: new Set(root.pending.map((reference) => reference.node.name)),
			inBlocks: this.#inBlocks,
		};
	}

	#hidden(): Set<Binding> {
		const hidden = new Set<Binding>();
		for (const [name, scopes] of this.#scopesOf) {
			if (scopes.length === 1) continue;
			for (const scope of scopes) {
				let around = scope.parent;
				while (around !== undefined && !around.bindings.has(name)) around = around.parent;
				if (around !== undefined) hidden.add(around.bindings.get(name)!);
			}
		}
		return hidden;
	}

	#makeScope(node: Node, parent: Scope | undefined): Scope {
		const scope: Scope = { node, parent, bindings: new Map(), isOwn: this.#isOwn, pending: [] };
		this.#scopes.set(node, scope);
		return scope;
	}

	#within(node: Node, read: () => void): void {
		const outer = this.#scope;
		const scope = this.#makeScope(node, outer);
		this.#scope = scope;
		read();
		this.#resolve(scope);
		this.#scope = outer;
	}

	/** Gives every reference its variable; what is not declared here is left to the scope around. */
	#resolve(scope: Scope): void {
		for (const reference of scope.pending) {
			const binding = scope.bindings.get(reference.node.name);
			if (binding === undefined) scope.parent?.pending.push(reference);
			else if (scope.isOwn) note(binding, reference);
		}
		if (scope.parent !== undefined) scope.pending.length = 0;
		else {
			const left = scope.pending.filter((reference) => !scope.bindings.has(reference.node.name));
			scope.pending.length = 0;
			scope.pending.push(...left);
		}
	}

	#declare(
		scope: Scope,
		name: string,
		kind: Binding["kind"],
		start: number,
		initialised: number,
		target: Node | null = null,
	): void {
		if (scope.bindings.has(name)) {
			const known = scope.bindings.get(name)!;
			// A second `var`, a function of the same name, a `var` for a parameter: one variable that is given values.
			known.assigned = known.redeclared = true;
			return;
		}
		if (scope.isOwn) {
			const scopes = this.#scopesOf.get(name);
			if (scopes === undefined) this.#scopesOf.set(name, [scope]);
			else scopes.push(scope);
		}
		scope.bindings.set(name, {
			name,
			kind,
			scope,
			start,
			initialised,
			target,
			references: [],
			last: -1,
			assigned: false,
			redeclared: false,
			captured: false,
			early: false,
		});
	}

	#declarePattern(
		pattern: Node,
		kind: Binding["kind"],
		start: number,
		initialised: number,
		whole: Node | null = pattern,
	): void {
		switch (pattern.type) {
			case "Identifier":
				if (pattern.name !== "this")
					this.#declare(kind === "var" ? this.#host : this.#scope, pattern.name, kind, start, initialised, whole);
				break;
			case "AssignmentPattern":
				this.#declarePattern(pattern.left, kind, start, initialised, whole);
				break;
			case "RestElement":
				this.#declarePattern(pattern.argument, kind, start, initialised, whole);
				break;
			case "ArrayPattern":
				for (const element of pattern.elements)
					if (element !== null) this.#declarePattern(element, kind, start, initialised, whole);
				break;
			case "ObjectPattern":
				for (const property of pattern.properties)
					this.#declarePattern(
						property.type === "RestElement" ? property : (property.value as Node),
						kind,
						start,
						initialised,
						whole,
					);
				break;
			case "TSParameterProperty":
				this.#declarePattern(pattern.parameter, kind, start, initialised, whole);
				break;
		}
	}

	#refer(node: Node & { name: string }, writes: boolean, shorthand = false, called = false): void {
		const constructed = this.#constructed.has(node);
		this.#scope.pending.push({ node, writes, closure: this.#closure, shorthand, called, constructed });
	}

	/** The names of a statement list are known in all of it. */
	#list(statements: readonly Node[], start: number): void {
		const outer = this.#listStart;
		this.#listStart = start;
		for (const statement of statements) this.#hoist(statement);
		for (const statement of statements) this.#visit(statement);
		this.#listStart = outer;
	}

	#hoist(statement: Node): void {
		if (statement.type === "VariableDeclaration") {
			if (statement.kind !== "var") this.#declareAll(statement);
		} else if (statement.type === "FunctionDeclaration") {
			if (statement.id === null) return;
			this.#declare(this.#scope, statement.id.name, "function", statement.start, this.#listStart);
			if (this.#isOwn && this.#scope !== this.#host && !statement.async && !statement.generator)
				this.#inBlocks.add(statement.id.name);
		} else if (statement.type === "ClassDeclaration") {
			if (statement.id !== null) this.#declare(this.#scope, statement.id.name, "class", statement.start, statement.end);
		} else if (statement.type === "TSEnumDeclaration" || statement.type === "TSModuleDeclaration") {
			if (statement.id.type === "Identifier")
				this.#declare(this.#scope, statement.id.name, "class", statement.start, statement.end);
		}
	}

	#declareAll(node: VariableDeclaration): void {
		const kind = node.kind === "await using" ? "using" : node.kind;
		for (const declarator of node.declarations)
			this.#declarePattern(
				declarator.id,
				kind,
				declarator.start,
				kind === "var" ? 0 : declarator.end,
				declarator.init === null ? null : declarator.id,
			);
	}

	#visit(node: Node): void {
		switch (node.type) {
			case "Identifier":
				this.#refer(node, false);
				return;
			case "JSXIdentifier":
				this.#refer(node as never, false);
				return;
			case "JSXAttribute":
				if (node.value !== null) this.#visit(node.value);
				return;
			case "JSXMemberExpression":
				this.#visit(node.object);
				return;
			case "MemberExpression":
				this.#visit(node.object);
				if (node.computed) this.#visit(node.property);
				return;
			case "Property":
				if (node.computed) this.#visit(node.key);
				if (node.shorthand && node.value.type === "Identifier") this.#refer(node.value, false, true);
				else this.#visit(node.value as Node);
				return;
			case "NewExpression": {
				let head: Node = node.callee;
				while (head.type === "MemberExpression" || head.type === "TSNonNullExpression")
					head = head.type === "MemberExpression" ? head.object : head.expression;
				this.#constructed.add(head);
				eachChild(node, (child) => this.#visit(child));
				return;
			}
			case "CallExpression": {
				const { callee } = node;
				if (callee.type === "Identifier") this.#refer(callee, false, false, true);
				else this.#visit(callee);
				for (const argument of node.arguments) this.#visit(argument);
				return;
			}
			case "TaggedTemplateExpression":
				if (node.tag.type === "Identifier") this.#refer(node.tag, false, false, true);
				else this.#visit(node.tag);
				this.#visit(node.quasi);
				return;
			case "AssignmentExpression":
				this.#pattern(node.left);
				if (node.operator !== "=" && node.left.type === "Identifier") this.#refer(node.left, false);
				this.#visit(node.right);
				return;
			case "UpdateExpression":
				this.#pattern(node.argument);
				return;
			case "VariableDeclaration":
				if (node.kind === "var") this.#declareAll(node);
				for (const declarator of node.declarations) {
					if (declarator.init === null && node.kind === "var") continue;
					this.#declared(declarator.id, node.kind === "var" && declarator.init !== null);
					if (declarator.init !== null) this.#visit(declarator.init);
				}
				return;
			case "FunctionDeclaration":
				if (node.body === null) return;
				this.#function(node, this.#listStart);
				return;
			case "FunctionExpression":
			case "ArrowFunctionExpression":
				if (node.body !== null) this.#function(node, node.start);
				return;
			case "ClassDeclaration":
			case "ClassExpression":
				this.#class(node);
				return;
			case "BlockStatement":
				this.#within(node, () => this.#list(node.body, node.start));
				return;
			case "ForStatement":
				this.#within(node, () => {
					if (node.init?.type === "VariableDeclaration" && node.init.kind !== "var") this.#declareAll(node.init);
					for (const part of [node.init, node.test, node.update, node.body]) if (part !== null) this.#visit(part);
				});
				return;
			case "ForOfStatement":
			case "ForInStatement":
				this.#within(node, () => {
					const { left } = node;
					if (left.type === "VariableDeclaration") {
						if (left.kind !== "var")
							for (const { id } of left.declarations)
								this.#declarePattern(id, left.kind === "await using" ? "using" : left.kind, left.start, left.end);
						else this.#declareAll(left);
						for (const { id } of left.declarations) this.#declared(id, left.kind === "var");
					} else this.#pattern(left);
					this.#visit(node.right);
					this.#visit(node.body);
				});
				return;
			case "SwitchStatement":
				this.#visit(node.discriminant);
				this.#within(node, () => {
					const outer = this.#listStart;
					this.#listStart = node.start;
					for (const branch of node.cases) for (const statement of branch.consequent) this.#hoist(statement);
					for (const branch of node.cases) this.#visit(branch);
					this.#listStart = outer;
				});
				return;
			case "CatchClause":
				this.#within(node, () => {
					if (node.param !== null) {
						this.#declarePattern(node.param, "catch", node.start, node.param.end);
						this.#declared(node.param, false);
					}
					this.#visit(node.body);
				});
				return;
			case "LabeledStatement":
				this.#visit(node.body);
				return;
			case "BreakStatement":
			case "ContinueStatement":
			case "MetaProperty":
				return;
			case "TSEnumDeclaration":
			case "TSModuleDeclaration":
				this.#closed(node, node.start, () => eachChild(node, (child) => this.#visit(child)));
				return;
			default:
				eachChild(node, (child) => this.#visit(child));
		}
	}

	/** The names in a pattern that are declared: `writes` where the declaration is like an assignment. */
	#declared(pattern: Node, writes: boolean): void {
		this.#pattern(pattern, !writes);
	}

	/** A target of an assignment, a parameter, or a declared pattern with its defaults. */
	#pattern(pattern: Node, isDeclared = false): void {
		switch (pattern.type) {
			case "Identifier":
				this.#refer(pattern, !isDeclared);
				return;
			case "AssignmentPattern":
				this.#pattern(pattern.left, isDeclared);
				this.#visit(pattern.right);
				return;
			case "RestElement":
				this.#pattern(pattern.argument, isDeclared);
				return;
			case "ArrayPattern":
				for (const element of pattern.elements) if (element !== null) this.#pattern(element, isDeclared);
				return;
			case "ObjectPattern":
				for (const property of pattern.properties) {
					if (property.type === "RestElement") this.#pattern(property, isDeclared);
					else {
						if (property.computed) this.#visit(property.key);
						this.#target(property as Node & { shorthand: boolean; value: Node }, isDeclared);
					}
				}
				return;
			case "TSParameterProperty":
				this.#pattern(pattern.parameter, isDeclared);
				return;
			default:
				this.#visit(pattern);
		}
	}

	#target(property: { shorthand: boolean; value: Node }, isDeclared: boolean): void {
		const { value } = property;
		if (!property.shorthand) this.#pattern(value, isDeclared);
		else if (value.type === "Identifier") this.#refer(value, !isDeclared, true);
		else if (value.type === "AssignmentPattern") {
			this.#refer(value.left as Node & { name: string }, !isDeclared, true);
			this.#visit(value.right);
		}
	}

	#function(node: FunctionNode, made: number): void {
		this.#closed(node, made, () => {
			// A function expression sees its own name.
			if (node.type === "FunctionExpression" && node.id !== null)
				this.#declare(this.#scope, node.id.name, "function", node.start, node.start);
			for (const parameter of node.params) this.#declarePattern(parameter, "parameter", node.start, node.start);
			for (const parameter of node.params) this.#pattern(parameter, true);
			const body = node.body!;
			if (body.type === "BlockStatement") this.#list(body.body, body.start);
			else this.#visit(body);
		});
	}

	/** Reads what runs at another time than the code around it. */
	#closed(node: Node, made: number, read: () => void): void {
		const outer = { isOwn: this.#isOwn, closure: this.#closure, host: this.#host };
		this.#isOwn = false;
		this.#closure ??= made;
		this.#within(node, () => {
			this.#host = this.#scope;
			read();
		});
		this.#isOwn = outer.isOwn;
		this.#closure = outer.closure;
		this.#host = outer.host;
	}

	#class(node: Class): void {
		for (const decorator of node.decorators) this.#visit(decorator);
		const outer = this.#isOwn;
		this.#isOwn = false;
		this.#within(node, () => {
			if (node.id !== null) this.#declare(this.#scope, node.id.name, "class", node.start, node.end);
			if (node.superClass !== null) this.#visit(node.superClass);
			for (const member of node.body.body) {
				const { key, computed, value, decorators } = member as unknown as {
					key?: Node;
					computed?: boolean;
					value?: Node | null;
					decorators?: readonly Node[];
				};
				for (const decorator of decorators ?? []) this.#visit(decorator);
				if (computed === true && key !== undefined) this.#visit(key);
				if (member.type === "StaticBlock")
					this.#closed(member, member.start, () => this.#list(member.body, member.start));
				else if (value !== null && value !== undefined) {
					if (isFunction(value)) this.#visit(value);
					else this.#closed(member, member.start, () => this.#visit(value));
				}
			}
		});
		this.#isOwn = outer;
	}
}

function note(binding: Binding, reference: Reference): void {
	binding.references.push(reference);
	binding.last = Math.max(binding.last, reference.node.start);
	if (reference.writes) binding.assigned = true;
	if (reference.closure === undefined) return;
	binding.captured = true;
	if (reference.closure < binding.initialised) binding.early = true;
}

/** Whether a variable certainly has no value yet at a place of its own function, and gets one before it is read. */
export function isUnset({ kind, initialised, target }: Binding, place: number): boolean {
	if (kind === "parameter" || kind === "var" || kind === "function" || kind === "catch" || target === null)
		return false;
	const isInPattern = target.type !== "Identifier" && place >= target.start && place < target.end;
	return place < initialised && !isInPattern;
}
