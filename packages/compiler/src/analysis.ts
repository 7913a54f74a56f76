import type { AccessorProperty, MethodDefinition, Program, PropertyDefinition, StaticBlock } from "oxc-parser";
import { eachChild, type FunctionNode, isFunction, type Node, unwrap } from "./ast.ts";
import { valueCalls } from "./awaited.ts";
import { type Mode, readDirectives } from "./directives.ts";
import { arrowChain, type ClassInfo, type FunctionInfo, type FunctionKind } from "./function-info.ts";
import { inferName } from "./infer-name.ts";
import { type SuperReference, superForm } from "./super-form.ts";

/** An occurrence of `arguments` or `new.target`, and the function in which it stands. */
export interface CapturedReference {
	readonly node: Node;
	readonly info: FunctionInfo;
	readonly what: "arguments" | "new.target";
}

/** What one reading of a file has found. */
export interface Analysis {
	readonly program: FunctionInfo;
	/** Parents before children. */
	readonly functions: readonly FunctionInfo[];
	readonly infoOf: ReadonlyMap<Node, FunctionInfo>;
	readonly classOf: ReadonlyMap<Node, ClassInfo>;
	/** Nodes that hold something which may be emitted differently. Everything else is copied. */
	readonly touched: ReadonlySet<Node>;
	readonly loopsWithAwait: ReadonlySet<Node>;
	/** `return` statements after which a `finally`, a disposal or an iterator's end still runs. */
	readonly guardedReturns: ReadonlySet<Node>;
	readonly superReferences: readonly SuperReference[];
	readonly captures: readonly CapturedReference[];
	/** Names in the file that begin with `$`, and all private names with their `#`. */
	readonly dollarNames: Set<string>;
	/** The file declares or assigns a `Promise` of its own. */
	readonly shadowsPromise: boolean;
}

/** Reads a file once, from top to bottom. */
export function analyze(program: Program, isModule: boolean, defaultMode: Mode): Analysis {
	return new Analyzer(program, isModule, defaultMode).analysis;
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

class Analyzer {
	readonly #functions: FunctionInfo[] = [];
	readonly #infoOf = new Map<Node, FunctionInfo>();
	readonly #classOf = new Map<Node, ClassInfo>();
	readonly #touched = new Set<Node>();
	readonly #loopsWithAwait = new Set<Node>();
	readonly #guardedReturns = new Set<Node>();
	readonly #superReferences: SuperReference[] = [];
	readonly #captures: CapturedReference[] = [];
	readonly #dollarNames = new Set<string>();
	#shadowsPromise = false;

	/** From the program down to the node that is being read. */
	readonly #path: Node[] = [];
	/** Calls that stand directly under an await. */
	readonly #awaited = new Set<Node>();
	readonly #overridden = new Set<Node>();
	#current: FunctionInfo;
	#class: ClassInfo | undefined;
	#loops: Node[] = [];
	#guards = 0;
	#withDepth = 0;
	#inParameters = false;
	#hasHost = true;

	constructor(program: Program, isModule: boolean, defaultMode: Mode) {
		const directives = readDirectives(program.body);
		this.#current = this.#makeInfo(program, "program", {
			strict: isModule || directives.strict,
			mode: directives.mode ?? defaultMode,
		});
		this.#path.push(program);
		this.#findOverridden(program.body);
		if (this.#children(program)) this.#touched.add(program);
		this.#path.pop();
	}

	get analysis(): Analysis {
		return {
			program: this.#current,
			functions: this.#functions,
			infoOf: this.#infoOf,
			classOf: this.#classOf,
			touched: this.#touched,
			loopsWithAwait: this.#loopsWithAwait,
			guardedReturns: this.#guardedReturns,
			superReferences: this.#superReferences,
			captures: this.#captures,
			dollarNames: this.#dollarNames,
			shadowsPromise: this.#shadowsPromise,
		};
	}

	/** Reads a node. True if something in it may be emitted differently. */
	#visit(node: Node): boolean {
		this.#path.push(node);
		const touched = this.#read(node);
		this.#path.pop();
		if (touched) this.#touched.add(node);
		return touched;
	}

	#children(node: Node): boolean {
		let touched = false;
		eachChild(node, (child) => {
			if (this.#visit(child)) touched = true;
		});
		return touched;
	}

	#read(node: Node): boolean {
		switch (node.type) {
			case "Identifier":
				return this.#identifier(node);
			case "PrivateIdentifier":
				this.#dollarNames.add(`#${node.name}`);
				return false;
			case "JSXIdentifier":
				if (node.name.startsWith("$")) this.#dollarNames.add(node.name);
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
				this.#markThis();
				return false;
			case "MetaProperty":
				return node.meta.name === "new" && this.#capture(node, "new.target");
			case "AwaitExpression":
				for (const call of valueCalls(node.argument)) this.#awaited.add(call);
				this.#markAwait();
				this.#children(node);
				return this.#isIn("async");
			case "YieldExpression":
				if (this.#isIn("async") && !node.delegate && node.argument !== null)
					for (const call of valueCalls(node.argument)) this.#awaited.add(call);
				return this.#children(node) || this.#isIn("async");
			case "ReturnStatement":
				return this.#return(node);
			case "CallExpression":
				return this.#call(node);
			case "NewExpression":
			case "TaggedTemplateExpression":
				this.#markCall();
				return this.#children(node);
			case "TryStatement":
				return this.#try(node);
			case "WithStatement":
				this.#markWith();
				this.#withDepth++;
				this.#children(node);
				this.#withDepth--;
				return true;
			case "BlockStatement":
				return this.#statements(node, node.body);
			case "TSModuleBlock":
				return this.#statements(node, node.body);
			case "VariableDeclaration":
				if (node.kind === "await using") this.#markAwait();
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

	#isIn(what: "async"): boolean {
		return what === "async" && this.#current.isAsync;
	}

	#identifier(node: Node & { name: string }): boolean {
		const { name } = node;
		if (name === "arguments") return this.#capture(node, "arguments");
		if (name.charCodeAt(0) === 36) this.#dollarNames.add(name);
		else if (name === "yield") this.#markYieldName();
		else if (name === "Promise") this.#promise(node);
		return false;
	}

	#promise(node: Node): void {
		const parent = this.#path.at(-2);
		if (parent === undefined) return;
		if (bindingParents.has(parent.type)) {
			if (parent.type !== "VariableDeclarator" || parent.id === node) this.#shadowsPromise = true;
		} else if ((parent.type === "AssignmentPattern" || parent.type === "AssignmentExpression") && parent.left === node)
			this.#shadowsPromise = true;
	}

	#member(node: Node & { type: "MemberExpression" }): boolean {
		if (node.object.type === "Super") {
			this.#markThis();
			this.#superReferences.push({ node, info: this.#current, form: superForm(this.#path) });
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
		if (callee.type === "Identifier" && callee.name === "eval" && !node.optional) this.#markEval();
		if (callee.type === "Super") this.#superCall(node);
		if (!this.#awaited.has(node)) this.#markCall();
		const touched = this.#children(node);
		return (
			touched ||
			(callee.type === "MemberExpression" && callee.object.type === "Identifier" && callee.object.name === "Promise")
		);
	}

	/** `super()` gives `this` its value: an arrow function made before cannot be handed `this`. */
	#superCall(node: Node): void {
		const { arrows, home } = arrowChain(this.#current);
		if (arrows.length === 0) home.superCallEnd = Math.min(home.superCallEnd, node.end);
		else for (const arrow of arrows) arrow.reason ??= arrow.isAsync ? "THIS_BEFORE_SUPER" : undefined;
		this.#markThis();
	}

	#return(node: Node & { type: "ReturnStatement" }): boolean {
		const { argument } = node;
		if (argument === null || !this.#current.isAsync) return this.#children(node);
		const calls = valueCalls(argument);
		const isGuarded = this.#guards > 0;
		if (isGuarded) this.#guardedReturns.add(node);
		if (!isGuarded || this.#current.isGenerator) for (const call of calls) this.#awaited.add(call);
		return this.#children(node) || calls.length > 0 || this.#current.isGenerator;
	}

	#try(node: Node & { type: "TryStatement" }): boolean {
		this.#guards++;
		let touched = this.#visit(node.block);
		if (node.finalizer === null) this.#guards--;
		if (node.handler !== null) touched = this.#visit(node.handler) || touched;
		if (node.handler !== null && this.#current.isAsync) {
			this.#touched.add(node.handler);
			touched = true;
		}
		if (node.finalizer !== null) {
			touched = this.#visit(node.finalizer) || touched || this.#current.isAsync;
			this.#guards--;
		}
		return touched;
	}

	#statements(node: Node, statements: readonly Node[]): boolean {
		this.#findOverridden(statements);
		const hasUsing = statements.some(isUsing);
		if (hasUsing) this.#guards++;
		const touched = this.#children(node);
		if (hasUsing) this.#guards--;
		return touched || hasUsing;
	}

	#loop(node: Node): boolean {
		// A `return` inside for…of ends the iterator before the returned promise is awaited.
		const isGuard =
			node.type === "ForOfStatement" || (node.type === "ForStatement" && node.init !== null && isUsing(node.init));
		this.#loops.push(node);
		if (node.type === "ForOfStatement" && node.await) {
			this.#markAwait();
			this.#markCall();
		}
		if (isGuard) this.#guards++;
		const touched = this.#children(node);
		if (isGuard) this.#guards--;
		this.#loops.pop();
		const isAwait = node.type === "ForOfStatement" && node.await && this.#current.isAsync;
		return touched || isAwait;
	}

	#function(node: FunctionNode): boolean {
		const holder = this.#path.at(-2);
		if (node.type !== "ArrowFunctionExpression" && node.id !== null) this.#visit(node.id);
		const body = node.body;
		if (body === null || (node as { declare?: boolean }).declare === true) return false;
		const statements = body.type === "BlockStatement" ? (body.body as readonly Node[]) : [];
		const directives = readDirectives(statements);
		const info = this.#makeInfo(node, kindOf(node, holder), {
			strict: this.#current.strict || directives.strict,
			mode: directives.mode ?? this.#current.mode,
			isAsync: node.async,
			isGenerator: node.generator,
			holder,
			inferredName: node.id !== null ? node.id.name : inferName(this.#path),
		});
		info.touchesWith = this.#withDepth > 0;
		info.overridden = this.#overridden.has(node);
		info.assignsOwnName = node.type === "FunctionExpression" && node.id !== null && assigns(body, node.id.name);
		this.#infoOf.set(node, info);
		if (info.kind === "private-method" && this.#class !== undefined && info.inferredName !== undefined)
			this.#class.privates.set(info.inferredName, info);

		let touched = false;
		this.#within(info, () => {
			this.#inParameters = true;
			this.#hasHost = false;
			for (const parameter of node.params) touched = this.#visit(parameter) || touched;
			this.#inParameters = false;
			this.#hasHost = true;
			if (body.type !== "BlockStatement" && node.async) for (const call of valueCalls(body)) this.#awaited.add(call);
			touched = this.#visit(body) || touched;
		});
		return touched || node.async;
	}

	#classNode(node: Node & { type: "ClassDeclaration" | "ClassExpression" }): boolean {
		let touched = false;
		for (const decorator of node.decorators) touched = this.#visit(decorator) || touched;
		if (node.id !== null) this.#visit(node.id);
		if (node.superClass !== null) touched = this.#visit(node.superClass) || touched;
		const outer = this.#class;
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
		this.#classOf.set(node, info);
		this.#class = info;
		touched = this.#visit(node.body) || touched;
		this.#class = outer;
		return touched;
	}

	/** Fields and static blocks have a `this` of their own; their keys and decorators do not. */
	#classElement(node: ClassElement): boolean {
		let touched = false;
		const strict = true;
		if (node.type === "StaticBlock") {
			const info = this.#makeInfo(node, "static-block", { strict, mode: this.#current.mode });
			this.#infoOf.set(node, info);
			this.#within(info, () => {
				touched = this.#statements(node, node.body);
			});
			return touched;
		}
		for (const decorator of node.decorators) touched = this.#visit(decorator) || touched;
		if (node.computed || node.key.type === "PrivateIdentifier") touched = this.#visit(node.key) || touched;
		const { value } = node;
		if (value === null) return touched;
		const info = this.#makeInfo(node, "field", { strict, mode: this.#current.mode });
		this.#infoOf.set(node, info);
		this.#within(info, () => {
			this.#hasHost = false;
			this.#inParameters = true;
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

	/** Reads the inside of a function with loops, guards and parameters of its own. */
	#within(info: FunctionInfo, read: () => void): void {
		const outer = {
			current: this.#current,
			loops: this.#loops,
			guards: this.#guards,
			inParameters: this.#inParameters,
			hasHost: this.#hasHost,
		};
		this.#current = info;
		this.#loops = [];
		this.#guards = 0;
		this.#inParameters = false;
		this.#hasHost = true;
		read();
		this.#current = outer.current;
		this.#loops = outer.loops;
		this.#guards = outer.guards;
		this.#inParameters = outer.inParameters;
		this.#hasHost = outer.hasHost;
	}

	#makeInfo(
		node: Node,
		kind: FunctionKind,
		known: Partial<FunctionInfo> & { strict: boolean; mode: Mode },
	): FunctionInfo {
		const info: FunctionInfo = {
			node,
			kind,
			parent: this.#current,
			isAsync: false,
			isGenerator: false,
			inParameters: this.#inParameters,
			hasHost: this.#hasHost,
			holder: undefined,
			classInfo: this.#class,
			inferredName: "",
			compiled: false,
			reason: undefined,
			usesThis: false,
			usesArguments: false,
			hasBareCall: false,
			containsEval: false,
			touchesWith: false,
			usesYieldName: false,
			assignsOwnName: false,
			overridden: false,
			capturesArguments: false,
			capturesTarget: false,
			wrapsSuper: false,
			superCallEnd: Number.POSITIVE_INFINITY,
			...known,
		};
		this.#functions.push(info);
		return info;
	}

	#capture(node: Node, what: CapturedReference["what"]): boolean {
		const { arrows, home } = arrowChain(this.#current);
		if (what === "arguments") for (const info of [...arrows, home]) info.usesArguments = true;
		if (!arrows.some((arrow) => arrow.isAsync)) return false;
		this.#captures.push({ node, info: this.#current, what });
		return true;
	}

	#markThis(): void {
		const { arrows, home } = arrowChain(this.#current);
		for (const arrow of arrows) arrow.usesThis = true;
		home.usesThis = true;
	}

	#markAwait(): void {
		for (const loop of this.#loops) this.#loopsWithAwait.add(loop);
	}

	/** Up to the async function that will own what the call starts. */
	#markCall(): void {
		for (let info: FunctionInfo | undefined = this.#current; info !== undefined; info = info.parent) {
			info.hasBareCall = true;
			if (info.isAsync) return;
		}
	}

	#markEval(): void {
		for (let info: FunctionInfo | undefined = this.#current; info !== undefined; info = info.parent)
			info.containsEval = true;
	}

	#markWith(): void {
		for (let info: FunctionInfo | undefined = this.#current; info !== undefined; info = info.parent)
			info.touchesWith = true;
	}

	#markYieldName(): void {
		const { arrows, home } = arrowChain(this.#current);
		for (const info of [...arrows, home]) info.usesYieldName = true;
	}

	/** Of several functions of one name in one list of statements the last one counts. */
	#findOverridden(statements: readonly Node[]): void {
		const last = new Map<string, Node>();
		for (const statement of statements) {
			const node = declared(statement);
			if (node.type !== "FunctionDeclaration" || node.id === null || node.body === null) continue;
			const previous = last.get(node.id.name);
			if (previous !== undefined) this.#overridden.add(previous);
			last.set(node.id.name, node);
		}
	}
}

/** The declaration inside an `export`. */
export function declared(statement: Node): Node {
	if (statement.type === "ExportNamedDeclaration") return statement.declaration ?? statement;
	if (statement.type === "ExportDefaultDeclaration") return statement.declaration;
	return statement;
}

/** True for `using` and `await using` declarations. */
export function isUsing(statement: Node): boolean {
	return statement.type === "VariableDeclaration" && (statement.kind === "using" || statement.kind === "await using");
}

function kindOf(node: FunctionNode, holder: Node | undefined): FunctionKind {
	if (node.type === "ArrowFunctionExpression") return "arrow";
	if (node.type === "FunctionDeclaration") return "declaration";
	if (holder?.type === "MethodDefinition" && holder.value === node) {
		if (holder.kind !== "method") return "accessor";
		return holder.key.type === "PrivateIdentifier" ? "private-method" : "class-method";
	}
	if (holder?.type === "Property" && holder.value === node) {
		if (holder.method) return "object-method";
		if (holder.kind !== "init") return "accessor";
	}
	return "expression";
}

function assigns(node: Node, name: string): boolean {
	let found = false;
	const target =
		node.type === "AssignmentExpression" ? node.left : node.type === "UpdateExpression" ? node.argument : undefined;
	if (target !== undefined && holdsName(target, name)) return true;
	eachChild(node, (child) => {
		if (!found) found = assigns(child, name);
	});
	return found;
}

function holdsName(node: Node, name: string): boolean {
	if (node.type === "Identifier") return node.name === name;
	if (isFunction(node)) return false;
	let found = false;
	eachChild(node, (child) => {
		if (!found) found = holdsName(child, name);
	});
	return found;
}
