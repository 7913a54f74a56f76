import type { AccessorProperty, MethodDefinition, Program, PropertyDefinition, StaticBlock } from "oxc-parser";
import { type Analysis, AnalysisState } from "./analysis-state.ts";
import { type FunctionNode, type Node, runtimeKeys, unwrap } from "./ast.ts";
import { valueCalls } from "./awaited.ts";
import { assigns, isUsing, kindOf } from "./declarations.ts";
import { type Mode, readDirectives } from "./directives.ts";
import { arrowChain, type ClassInfo, type FunctionInfo } from "./function-info.ts";
import { inferName } from "./infer-name.ts";
import { superForm } from "./super-form.ts";

/** Looks at each node while the file is read. */
export interface Watcher {
	enter(node: Node): void;
}

/**
 * Reads a file once, from top to bottom.
 *
 * @param races whether `Promise.race`, `any` or `all` stands in it
 * @param watch makes somebody who looks on; is given the path from the program down to the node that is being read
 */
export function analyze(
	program: Program,
	isModule: boolean,
	defaultMode: Mode,
	races: boolean,
	watch?: (path: readonly Node[]) => Watcher,
): Analysis {
	return new Analyzer(program, isModule, defaultMode, races, watch).analysis;
}

type ClassElement = AccessorProperty | PropertyDefinition | StaticBlock;
type Keyed = Extract<Node, { type: "Property" }> | MethodDefinition;

const bindingParents = new Set([
	"VariableDeclarator",
	"FunctionDeclaration",
	"FunctionExpression",
	"ArrowFunctionExpression",
	"ClassDeclaration",
	"ClassExpression",
	"ImportSpecifier",
	"ImportDefaultSpecifier",
	"ImportNamespaceSpecifier",
	"TSImportEqualsDeclaration",
	"CatchClause",
	"RestElement",
	"ArrayPattern",
	"Property",
]);

class Analyzer extends AnalysisState {
	readonly #races: boolean;
	readonly #watcher: Watcher | undefined;

	constructor(
		program: Program,
		isModule: boolean,
		defaultMode: Mode,
		races: boolean,
		watch?: (path: readonly Node[]) => Watcher,
	) {
		const directives = readDirectives(program.body);
		super(program, isModule || directives.strict, directives.mode ?? defaultMode);
		this.#races = races;
		this.#watcher = watch?.(this.path);
		this.path.push(program);
		this.findOverridden(program.body);
		if (this.#children(program)) this.touched.add(program);
		this.path.pop();
	}

	/** Reads a node. True if something in it may be emitted differently. */
	#visit(node: Node): boolean {
		this.path.push(node);
		this.#watcher?.enter(node);
		const touched = this.#read(node);
		this.path.pop();
		if (touched) this.touched.add(node);
		return touched;
	}

	#children(node: Node): boolean {
		let touched = false;
		const fields = node as unknown as Record<string, Node | (Node | null)[] | null | undefined>;
		// As eachChild, without a closure: this runs for every node.
		for (const key of runtimeKeys(node)) {
			const value = fields[key];
			if (value === null || value === undefined) continue;
			if (!Array.isArray(value)) {
				if (this.#visit(value)) touched = true;
			} else for (const child of value) if (child !== null && this.#visit(child)) touched = true;
		}
		return touched;
	}

	#read(node: Node): boolean {
		switch (node.type) {
			case "Identifier":
				return this.#identifier(node);
			case "PrivateIdentifier":
				this.dollarNames.add(`#${node.name}`);
				return false;
			case "JSXIdentifier":
				if (node.name.startsWith("$")) this.dollarNames.add(node.name);
				return false;
			case "MemberExpression":
				return this.#member(node);
			case "FunctionDeclaration":
			case "FunctionExpression":
			case "ArrowFunctionExpression":
				return this.#function(node);
			case "ClassDeclaration":
			case "ClassExpression":
				return this.#classNode(node);
			case "PropertyDefinition":
			case "AccessorProperty":
			case "StaticBlock":
				return this.#classElement(node as ClassElement);
			case "MethodDefinition":
			case "Property":
				return this.#keyed(node as Keyed);
			case "ThisExpression":
				this.markThis();
				return false;
			case "MetaProperty":
				return node.meta.name === "new" && this.capture(node, "new.target");
			case "AwaitExpression":
				for (const call of valueCalls(node.argument)) this.awaited.add(call);
				this.markAwait();
				return this.#children(node) || this.current.isAsync;
			case "YieldExpression":
				if (this.current.isAsync && !node.delegate && node.argument !== null)
					for (const call of valueCalls(node.argument)) this.awaited.add(call);
				return this.#children(node) || this.current.isAsync;
			case "ReturnStatement":
				return this.#return(node);
			case "CallExpression":
				return this.#call(node);
			case "NewExpression":
			case "TaggedTemplateExpression":
				this.markCall();
				return this.#children(node);
			case "TryStatement":
				return this.#try(node);
			case "WithStatement":
				this.markWith();
				this.withDepth++;
				this.#children(node);
				this.withDepth--;
				return true;
			case "BlockStatement":
				return this.#statements(node, node.body);
			case "TSModuleBlock":
				return this.#statements(node, node.body);
			case "VariableDeclaration":
				if (node.kind === "await using") this.markAwait();
				return this.#children(node) || node.kind === "using" || node.kind === "await using";
			case "ForStatement":
			case "ForInStatement":
			case "ForOfStatement":
			case "WhileStatement":
			case "DoWhileStatement":
				return this.#loop(node);
			case "LabeledStatement":
				return this.#visit(node.body);
			case "BreakStatement":
			case "ContinueStatement":
				return false;
			default:
				return this.#children(node);
		}
	}

	#identifier(node: Node & { name: string }): boolean {
		const { name } = node;
		if (name === "arguments") return this.capture(node, "arguments");
		if (name.charCodeAt(0) === 36) this.dollarNames.add(name);
		else if (name === "yield") this.markYieldName();
		else if (name === "Promise") this.#promise(node);
		if (!this.#isRead(node)) this.written.set(name, (this.written.get(name) ?? 0) + 1);
		return false;
	}

	/** Whether a name is certainly not declared or assigned here. */
	#isRead(node: Node): boolean {
		const parent = this.path.at(-2) as Node;
		switch (parent.type) {
			case "CallExpression":
			case "NewExpression":
			case "MemberExpression":
			case "AwaitExpression":
			case "ReturnStatement":
			case "BinaryExpression":
			case "LogicalExpression":
			case "ConditionalExpression":
			case "UnaryExpression":
			case "SpreadElement":
			case "TemplateLiteral":
			case "ExpressionStatement":
			case "IfStatement":
			case "ExportSpecifier":
			case "ExportDefaultDeclaration":
				return true;
			case "AssignmentExpression":
				return parent.right === node;
			case "VariableDeclarator":
				return parent.init === node;
			case "ArrowFunctionExpression":
				return parent.body === node;
			case "ArrayExpression":
			case "Property":
				return this.#isInExpression();
			default:
				return false;
		}
	}

	/** Whether the literal around the current place is one: a pattern looks like it. */
	#isInExpression(): boolean {
		for (let index = this.path.length - 2; ; index--) {
			const { type } = this.path[index] as Node;
			if (type !== "Property") return type === "ObjectExpression" || type === "ArrayExpression";
		}
	}

	#promise(node: Node): void {
		const parent = this.path.at(-2);
		if (parent === undefined) return;
		if (bindingParents.has(parent.type)) {
			if (parent.type !== "VariableDeclarator" || parent.id === node) this.shadowsPromise = true;
		} else if ((parent.type === "AssignmentPattern" || parent.type === "AssignmentExpression") && parent.left === node)
			this.shadowsPromise = true;
	}

	#member(node: Node & { type: "MemberExpression" }): boolean {
		if (node.object.type === "Super") {
			this.markThis();
			this.superReferences.push({ node, info: this.current, form: superForm(this.path) });
			if (node.computed) this.#visit(node.property);
			return true;
		}
		const touched = this.#visit(node.object);
		if (node.computed) return this.#visit(node.property) || touched;
		if (node.property.type === "PrivateIdentifier") this.#visit(node.property);
		return touched;
	}

	#call(node: Node & { type: "CallExpression" }): boolean {
		const callee = unwrap(node.callee);
		if (callee.type === "Identifier" && callee.name === "eval" && !node.optional) this.markEval();
		if (callee.type === "Super") this.#superCall(node);
		if (!this.awaited.has(node)) this.markCall();
		const touched = this.#children(node);
		return (
			this.#spawn(node, callee) ||
			(this.#races && this.#chain(node, callee)) ||
			touched ||
			(callee.type === "MemberExpression" && callee.object.type === "Identifier" && callee.object.name === "Promise")
		);
	}

	/** `group.spawn(f)` tells the runtime where it stands. */
	#spawn(node: Node & { type: "CallExpression" }, callee: Node): boolean {
		if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") return false;
		const { name } = callee.property;
		const index = name === "spawn" || name === "start" ? 0 : name === "spawnWith" ? 1 : -1;
		const fn = node.arguments[index];
		if (fn === undefined || !isFunctionLike(fn) || (index === 1 && node.arguments[0]?.type === "SpreadElement"))
			return false;
		if (this.withDepth > 0 || this.current.mode === "native" || !isInAsync(this.current)) return false;
		this.spawned.set(fn, callee.property.start);
		this.touched.add(fn);
		return true;
	}

	/** What `f().catch(g)` gives stands for the task of `f()`, should it lose a race. */
	#chain(node: Node & { type: "CallExpression" }, callee: Node): boolean {
		if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") return false;
		if (!/^(?:then|catch|finally)$/.test(callee.property.name) || callee.object.type === "Super") return false;
		if (this.awaited.has(node) || isOptional(node)) return false;
		if (this.withDepth > 0 || this.current.mode === "native") return false;
		this.chained.add(node);
		return true;
	}

	/** `super()` gives `this` its value: an arrow function made before cannot be handed `this`. */
	#superCall(node: Node): void {
		const { arrows, home } = arrowChain(this.current);
		if (arrows.length === 0) home.superCallEnd = Math.min(home.superCallEnd, node.end);
		else for (const arrow of arrows) arrow.reason ??= arrow.isAsync ? "THIS_BEFORE_SUPER" : undefined;
		this.markThis();
	}

	#return(node: Node & { type: "ReturnStatement" }): boolean {
		const { argument } = node;
		if (argument === null || !this.current.isAsync) return this.#children(node);
		const calls = valueCalls(argument);
		const isGuarded = this.guards > 0;
		if (isGuarded) this.guardedReturns.add(node);
		if (!isGuarded || this.current.isGenerator) for (const call of calls) this.awaited.add(call);
		return this.#children(node) || calls.length > 0 || this.current.isGenerator;
	}

	#try(node: Node & { type: "TryStatement" }): boolean {
		this.guards++;
		let touched = this.#visit(node.block);
		if (node.finalizer === null) this.guards--;
		if (node.handler !== null) touched = this.#visit(node.handler) || touched;
		if (node.handler !== null && this.current.isAsync) {
			this.touched.add(node.handler);
			touched = true;
		}
		if (node.finalizer !== null) {
			touched = this.#visit(node.finalizer) || touched || this.current.isAsync;
			this.guards--;
		}
		return touched;
	}

	#statements(node: Node, statements: readonly Node[]): boolean {
		this.findOverridden(statements);
		const hasUsing = statements.some(isUsing);
		if (hasUsing) this.guards++;
		const touched = this.#children(node);
		if (hasUsing) this.guards--;
		return touched || hasUsing;
	}

	#loop(node: Node): boolean {
		// A `return` inside for…of ends the iterator before the returned promise is awaited.
		const isGuard =
			node.type === "ForOfStatement" || (node.type === "ForStatement" && node.init !== null && isUsing(node.init));
		this.loops.push(node);
		if (node.type === "ForOfStatement" && node.await) {
			this.markAwait();
			this.markCall();
		}
		if (isGuard) this.guards++;
		const touched = this.#children(node);
		if (isGuard) this.guards--;
		this.loops.pop();
		const isAwait = node.type === "ForOfStatement" && node.await && this.current.isAsync;
		return touched || isAwait;
	}

	#function(node: FunctionNode): boolean {
		const holder = this.path.at(-2);
		if (node.type !== "ArrowFunctionExpression" && node.id !== null) this.#visit(node.id);
		const body = node.body;
		if (body === null || (node as { declare?: boolean }).declare === true) return false;
		const statements = body.type === "BlockStatement" ? (body.body as readonly Node[]) : [];
		const directives = readDirectives(statements);
		const info = this.makeInfo(node, kindOf(node, holder), {
			strict: this.current.strict || directives.strict,
			mode: directives.mode ?? this.current.mode,
			isAsync: node.async,
			isGenerator: node.generator,
			holder,
			inferredName: node.id !== null ? node.id.name : inferName(this.path),
		});
		info.touchesWith = this.withDepth > 0;
		info.overridden = this.overridden.has(node);
		info.assignsOwnName = node.type === "FunctionExpression" && node.id !== null && assigns(body, node.id.name);
		this.infoOf.set(node, info);
		if (info.kind === "private-method" && this.class !== undefined && info.inferredName !== undefined)
			this.class.privates.set(info.inferredName, info);

		let touched = false;
		this.within(info, () => {
			this.inParameters = true;
			this.hasHost = false;
			for (const parameter of node.params) touched = this.#visit(parameter) || touched;
			this.inParameters = false;
			this.hasHost = true;
			if (body.type !== "BlockStatement" && node.async) for (const call of valueCalls(body)) this.awaited.add(call);
			touched = this.#visit(body) || touched;
		});
		return touched || node.async;
	}

	#classNode(node: Node & { type: "ClassDeclaration" | "ClassExpression" }): boolean {
		let touched = false;
		for (const decorator of node.decorators) touched = this.#visit(decorator) || touched;
		if (node.id !== null) this.#visit(node.id);
		if (node.superClass !== null) touched = this.#visit(node.superClass) || touched;
		const outer = this.class;
		const info: ClassInfo = {
			node,
			name: node.id?.name,
			isDerived: node.superClass !== null,
			privates: new Map(),
		};
		for (const member of node.body.body) {
			const { key } = member as { key?: Node };
			if (key?.type === "PrivateIdentifier") info.privates.set(`#${key.name}`, undefined);
		}
		this.classOf.set(node, info);
		this.class = info;
		touched = this.#visit(node.body) || touched;
		this.class = outer;
		return touched;
	}

	/** Fields and static blocks have a `this` of their own; their keys and decorators do not. */
	#classElement(node: ClassElement): boolean {
		let touched = false;
		const strict = true;
		if (node.type === "StaticBlock") {
			const info = this.makeInfo(node, "static-block", { strict, mode: this.current.mode });
			this.infoOf.set(node, info);
			this.within(info, () => {
				touched = this.#statements(node, node.body);
			});
			return touched;
		}
		for (const decorator of node.decorators) touched = this.#visit(decorator) || touched;
		if (node.computed || node.key.type === "PrivateIdentifier") touched = this.#visit(node.key) || touched;
		const { value } = node;
		if (value === null) return touched;
		const info = this.makeInfo(node, "field", { strict, mode: this.current.mode });
		this.infoOf.set(node, info);
		this.within(info, () => {
			this.hasHost = false;
			this.inParameters = true;
			touched = this.#visit(value) || touched;
		});
		return touched;
	}

	#keyed(node: Keyed): boolean {
		let touched = false;
		if (node.type === "MethodDefinition")
			for (const decorator of node.decorators) touched = this.#visit(decorator) || touched;
		if (node.computed || node.key.type === "PrivateIdentifier") touched = this.#visit(node.key) || touched;
		return this.#visit(node.value as Node) || touched;
	}
}

function isFunctionLike({ type }: Node): boolean {
	return (
		type === "Identifier" ||
		type === "MemberExpression" ||
		type === "ArrowFunctionExpression" ||
		type === "FunctionExpression"
	);
}

function isInAsync(info: FunctionInfo): boolean {
	for (let around: FunctionInfo | undefined = info; around !== undefined; around = around.parent)
		if (around.isAsync) return true;
	return false;
}

/** Whether a `?.` in it may skip the whole call. */
function isOptional(call: Node): boolean {
	for (let node = call; ; ) {
		if (node.type === "CallExpression") {
			if (node.optional) return true;
			node = node.callee;
		} else if (node.type === "MemberExpression") {
			if (node.optional) return true;
			node = node.object;
		} else return false;
	}
}
