import { eachChild, isFunction, type Node, unwrap } from "./ast.ts";
import { calleeText } from "./callee-text.ts";
import { kindOf } from "./declarations.ts";
import { type Mode, readDirectives } from "./directives.ts";
import { inferName, keyName } from "./infer-name.ts";
import type { Structure } from "./options.ts";
import { type ModuleFormat, parse } from "./parse.ts";
import { Positions } from "./positions.ts";

/** A place in a file; both are counted from 1. */
export interface SurveyPlace {
	readonly line: number;
	readonly column: number;
}

/** A call in an async function whose promise goes nowhere: it is dropped, or only given handlers. */
export interface DroppedCall extends SurveyPlace {
	/** The callee as it is written; for `list.forEach(async …)` that call. */
	readonly callee: string;
	/** The name of the async function in which it stands; empty if it has none. */
	readonly caller: string;
	/** Where that function begins. */
	readonly callerPlace: SurveyPlace;
	/** Who owns the task that it starts. */
	readonly structure: Structure;
	/**
	 * What is called: an async function of this file, a method of this name of the same object, an import, or an array's method
	 * that was given an async function. What an import or a method is, other files say.
	 */
	readonly target:
		| { readonly kind: "local" | "callback" }
		| { readonly kind: "method"; readonly name: string }
		| { readonly kind: "import"; readonly module: string; readonly name: string };
}

/** An async function that is handed to an import. */
export interface AsyncArgument extends SurveyPlace {
	readonly module: string;
	readonly callee: string;
}

/** What a file holds that a tool may ask for: see {@link survey}. */
export interface Survey {
	/** The directives of the compiler, with the function that has it; empty for the file's own. */
	readonly directives: readonly ({ readonly directive: string; readonly caller: string } & SurveyPlace)[];
	readonly dropped: readonly DroppedCall[];
	readonly asyncArguments: readonly AsyncArgument[];
	/** The async functions among the exports, by the name of the export. */
	readonly asyncExports: readonly string[];
	/** The names of async methods and of methods that are not. */
	readonly asyncMethods: readonly string[];
	readonly otherMethods: readonly string[];
	/** The modules that it imports or requires, wherever that stands. */
	readonly imports: readonly string[];
}

/** What {@link survey} takes beside the code: as for `transform`. */
export interface SurveyOptions {
	readonly filename: string;
	readonly structure?: Structure;
	readonly native?: boolean;
	readonly format?: ModuleFormat;
}

/**
 * Reads a file without changing it: for tools that tell what is in a project. It knows names, not types, so what it says
 * about calls are candidates.
 *
 * @throws {CompileError} if the file cannot be parsed
 */
export function survey(code: string, options: SurveyOptions): Survey {
	const { program } = parse(code, options.filename, options.format);
	return new Surveyor(code, options).read(program);
}

interface Caller {
	readonly name: string;
	readonly isAsync: boolean;
	readonly mode: Mode;
	readonly node: Node;
}

/** Methods of arrays that call what they are given at once, and whose result is of no use where nobody takes it. */
const eager = new Set(["forEach", "map", "flatMap"]);
const handlers = new Set(["then", "catch", "finally"]);

class Surveyor {
	readonly #positions: Positions;
	readonly #path: Node[] = [];
	#caller: Caller;
	readonly #imports: Map<string, { module: string; name: string }> = new Map();
	readonly #localAsync: Set<string> = new Set();
	readonly #candidates: { call: Node; caller: Caller }[] = [];
	readonly #modules: Set<string> = new Set();
	readonly #found: {
		directives: ({ directive: string; caller: string } & SurveyPlace)[];
		asyncArguments: AsyncArgument[];
		asyncMethods: Set<string>;
		otherMethods: Set<string>;
		exports: Map<string, string>;
	} = {
		directives: [],
		asyncArguments: [],
		asyncMethods: new Set(),
		otherMethods: new Set(),
		exports: new Map(),
	};

	constructor(code: string, { structure = "scope", native = false }: SurveyOptions) {
		this.#positions = new Positions(code);
		this.#caller = { name: "", isAsync: false, mode: native ? "native" : structure, node: null as unknown as Node };
	}

	read(program: Node & { type: "Program" }): Survey {
		this.#caller = { ...this.#caller, node: program, mode: this.#directives(program.body, "") ?? this.#caller.mode };
		for (const statement of program.body) this.#imported(statement);
		this.#visit(program);
		const { exports, asyncMethods, otherMethods, ...rest } = this.#found;
		return {
			...rest,
			asyncMethods: [...asyncMethods],
			otherMethods: [...otherMethods],
			asyncExports: [...exports].filter(([, local]) => this.#localAsync.has(local)).map(([name]) => name),
			dropped: this.#candidates.flatMap(({ call, caller }) => this.#describe(call, caller) ?? []),
			imports: [...this.#modules],
		};
	}

	#visit(node: Node): void {
		this.#path.push(node);
		if (isFunction(node)) this.#function(node);
		else {
			this.#look(node);
			eachChild(node, (child) => this.#visit(child));
		}
		this.#path.pop();
	}

	#function(node: Node & { async: boolean; body: Node | null }): void {
		const holder = this.#path.at(-2);
		const own = (node as { id?: { name: string } | null }).id?.name;
		const name = own ?? inferName(this.#path) ?? "";
		const isMethod = /method/.test(kindOf(node as never, holder));
		if (isMethod) this.#found[node.async ? "asyncMethods" : "otherMethods"].add(name);
		else if (node.async && name !== "") this.#localAsync.add(name);
		const begins = isMethod && holder !== undefined ? holder : node;
		const outer = this.#caller;
		const statements = node.body?.type === "BlockStatement" ? (node.body.body as readonly Node[]) : [];
		const mode = this.#directives(statements, name) ?? outer.mode;
		// A plain function inside runs on behalf of the async one around it.
		this.#caller = node.async ? { name, isAsync: true, mode, node: begins } : { ...outer, mode };
		if (node.body !== null && node.body.type !== "BlockStatement" && !node.async) this.#drop(node.body, holder);
		eachChild(node, (child) => this.#visit(child));
		this.#caller = outer;
	}

	#look(node: Node): void {
		if (node.type === "ExpressionStatement") this.#candidate(node.expression);
		else if (node.type === "UnaryExpression" && node.operator === "void") this.#candidate(node.argument);
		else if (node.type === "CallExpression") {
			this.#handedOver(node);
			if (node.callee.type === "Identifier" && node.callee.name === "require")
				this.#module((node.arguments[0] as Node | undefined) ?? null);
		} else if (node.type === "ImportExpression") this.#module(node.source);
		else if (node.type === "ExportNamedDeclaration" || node.type === "ExportDefaultDeclaration") this.#exported(node);
	}

	/** `list.forEach((x) => f(x))`: the value of the arrow function goes nowhere. */
	#drop(body: Node, holder: Node | undefined): void {
		if (holder?.type !== "CallExpression" || memberName(holder.callee) !== "forEach") return;
		this.#candidate(body);
	}

	#candidate(expression: Node): void {
		const call = unwrapChain(expression);
		if (call.type !== "CallExpression" || !this.#caller.isAsync || this.#caller.mode === "native") return;
		this.#candidates.push({ call: rootCall(call), caller: this.#caller });
	}

	#describe(call: Node, caller: Caller): DroppedCall | undefined {
		if (call.type !== "CallExpression" || caller.mode === "native") return undefined;
		const callee = unwrapChain(call.callee);
		const target = this.#target(callee, call.arguments as readonly Node[]);
		if (target === undefined) return undefined;
		return {
			callee: calleeText(callee),
			caller: caller.name,
			callerPlace: this.#at(caller.node),
			structure: caller.mode,
			target,
			...this.#at(call),
		};
	}

	#target(callee: Node, args: readonly Node[]): DroppedCall["target"] | undefined {
		if (isFunction(callee)) return (callee as { async?: boolean }).async === true ? { kind: "local" } : undefined;
		if (callee.type === "Identifier") {
			if (this.#localAsync.has(callee.name)) return { kind: "local" };
			const imported = this.#imports.get(callee.name);
			return imported === undefined ? undefined : { kind: "import", ...imported };
		}
		const name = memberName(callee);
		if (name === undefined || callee.type !== "MemberExpression") return undefined;
		if (eager.has(name) && args[0] !== undefined && isAsyncFunction(args[0])) return { kind: "callback" };
		const object = unwrap(callee.object);
		if (object.type === "ThisExpression") return { kind: "method", name };
		const namespace = object.type === "Identifier" ? this.#imports.get(object.name) : undefined;
		return namespace?.name === "*" ? { kind: "import", module: namespace.module, name } : undefined;
	}

	/** `pMap(items, async …)`, `queue.add(async …)` of an imported class are told by the import that the callee begins with. */
	#handedOver(node: Node & { type: "CallExpression" }): void {
		if (!(node.arguments as readonly Node[]).some(isAsyncFunction)) return;
		let root: Node = unwrapChain(node.callee);
		while (root.type === "MemberExpression" || root.type === "CallExpression")
			root = unwrapChain(root.type === "MemberExpression" ? root.object : root.callee);
		const imported = root.type === "Identifier" ? this.#imports.get(root.name) : undefined;
		if (imported === undefined) return;
		this.#found.asyncArguments.push({
			module: imported.module,
			callee: calleeText(unwrapChain(node.callee)),
			...this.#at(node),
		});
	}

	#imported(statement: Node): void {
		if (statement.type === "ImportDeclaration" || statement.type === "ExportAllDeclaration")
			this.#module(statement.source);
		if (statement.type === "ExportNamedDeclaration" && statement.source !== null) this.#module(statement.source);
		if (statement.type !== "ImportDeclaration") {
			this.#required(statement);
			return;
		}
		for (const specifier of statement.specifiers) {
			const name =
				specifier.type === "ImportSpecifier"
					? specifier.imported.type === "Identifier"
						? specifier.imported.name
						: specifier.imported.value
					: specifier.type === "ImportDefaultSpecifier"
						? "default"
						: "*";
			this.#imports.set(specifier.local.name, { module: statement.source.value, name });
		}
	}

	/** `const { a } = require("b")`, and what is made of an import: `const queue = new PQueue()` stands for it, too. */
	#required(statement: Node): void {
		if (statement.type !== "VariableDeclaration") return;
		for (const { id, init } of statement.declarations) {
			if (init === null) continue;
			const value = unwrap(init);
			let module: string | undefined;
			if (value.type === "CallExpression" && value.callee.type === "Identifier") {
				const [argument] = value.arguments;
				if (value.callee.name !== "require") module = this.#imports.get(value.callee.name)?.module;
				else if (argument?.type === "Literal") module = String(argument.value);
			} else if (value.type === "NewExpression" && value.callee.type === "Identifier")
				module = this.#imports.get(value.callee.name)?.module;
			if (module === undefined) continue;
			if (id.type === "Identifier") this.#imports.set(id.name, { module, name: "*" });
			else if (id.type === "ObjectPattern")
				for (const property of id.properties)
					if (property.type === "Property" && property.value.type === "Identifier")
						this.#imports.set(property.value.name, {
							module,
							name: keyName(property.key as Node, property.computed) ?? "",
						});
		}
	}

	#module(source: Node | null): void {
		if (source?.type === "Literal" && typeof source.value === "string") this.#modules.add(source.value);
	}

	#exported(node: Node & { type: "ExportNamedDeclaration" | "ExportDefaultDeclaration" }): void {
		const { exports } = this.#found;
		if (node.type === "ExportDefaultDeclaration") {
			const value = node.declaration as Node;
			if (value.type === "Identifier") exports.set("default", value.name);
			else if (isAsyncFunction(value)) {
				const name = (value as { id?: { name: string } | null }).id?.name ?? "default";
				this.#localAsync.add(name);
				exports.set("default", name);
			}
			return;
		}
		for (const { local, exported } of node.specifiers)
			if (local.type === "Identifier" && exported.type === "Identifier") exports.set(exported.name, local.name);
		const declaration = node.declaration as Node | null;
		if (declaration?.type === "FunctionDeclaration" && declaration.id !== null)
			exports.set(declaration.id.name, declaration.id.name);
		else if (declaration?.type === "VariableDeclaration")
			for (const { id } of declaration.declarations) if (id.type === "Identifier") exports.set(id.name, id.name);
	}

	#directives(statements: readonly Node[], caller: string): Mode | undefined {
		const { mode, count } = readDirectives(statements);
		for (const statement of statements.slice(0, count)) {
			const { directive = "" } = statement as { directive?: string };
			if (/^use (?:native|structured|scope)$/.test(directive))
				this.#found.directives.push({ directive, caller, ...this.#at(statement) });
		}
		return mode;
	}

	#at(node: Node): SurveyPlace {
		return this.#positions.at(node.start);
	}
}

function isAsyncFunction(node: Node): boolean {
	const inner = unwrap(node);
	return isFunction(inner) && (inner as { async?: boolean }).async === true;
}

function unwrapChain(node: Node): Node {
	const inner = unwrap(node);
	return inner.type === "ChainExpression" ? unwrap(inner.expression as Node) : inner;
}

function memberName(node: Node): string | undefined {
	const inner = unwrapChain(node);
	return inner.type === "MemberExpression" ? keyName(inner.property as Node, inner.computed) : undefined;
}

/** `f(x)` of `f(x).catch(g)`. */
function rootCall(call: Node & { type: "CallExpression" }): Node {
	const callee = unwrapChain(call.callee);
	if (callee.type !== "MemberExpression" || !handlers.has(memberName(callee) ?? "")) return call;
	const object = unwrapChain(callee.object);
	return object.type === "CallExpression" ? rootCall(object) : call;
}
