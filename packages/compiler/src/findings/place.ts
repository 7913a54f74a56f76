import { type Mode, readDirectives } from "../directives.ts";
import { type FunctionNode, isFunction, type Node, type RuntimeKeys, unwrap } from "../syntax.ts";
import { asyncNamesIn } from "./async-names.ts";
import { type Binding, Bindings } from "./bindings.ts";
import { bodyArgument, combinators, isHoldfast } from "./library.ts";

/** A comment of the file. */
export interface SourceComment {
	readonly value: string;
	readonly start: number;
	readonly end: number;
}

/** What a type checker says of a call, where there is one. */
export interface CallType {
	/** A coroutine of Holdfast, a task of a group, another promise, or none of these. */
	readonly kind: "coroutine" | "task" | "promise" | "other";
	/** Of promises: whether an `async` function of the project makes it, so that the compiler sees its call. */
	readonly isOwn?: boolean;
}

/** What is known of a file before it is read. */
export interface Source {
	readonly program: Node & { type: "Program" };
	readonly text: string;
	comments(): readonly SourceComment[];
	readonly keys: RuntimeKeys;
	/** How functions are compiled where no directive says otherwise. */
	readonly mode: Mode;
	/** Asks a type checker, if there is one. */
	readonly typeOf?: (call: Node) => CallType | undefined;
}

/** Called with an arrow function or function expression as an argument: at once, or when nothing is on the stack. */
export type Passed = "at once" | "late" | "somehow";

const callsAtOnce = new Set(["forEach", "map", "filter", "some", "every", "find", "findIndex", "flatMap", "reduce"]);
/** What calls a function that it is given when no other is running. */
export const lateFunctions: ReadonlySet<string> = /* @__PURE__ */ new Set([
	"nextTick",
	"setTimeout",
	"setInterval",
	"setImmediate",
	"queueMicrotask",
	"requestAnimationFrame",
	"requestIdleCallback",
]);
const lateMethods = new Set(["addEventListener", "addListener", "nextTick", "on", "once", "prependListener"]);

/** Where the reading of a file stands: the nodes from the program down to the one that is read, and what they say. */
export class Place {
	readonly source: Source;
	/** From the program down to the node that is being read. Changes while the file is read. */
	readonly path: readonly Node[];
	/** Whether the text names Holdfast, so that its functions may be called there. */
	readonly isHoldfastFile: boolean;
	readonly #bindings: Bindings;
	#mayImport: boolean | undefined;
	#asyncNames: Set<string> | undefined;
	readonly #modes: Map<Node, Mode | undefined> = new Map();

	constructor(source: Source, path: readonly Node[]) {
		this.source = source;
		this.path = path;
		this.isHoldfastFile = source.text.includes("holdfast");
		this.#bindings = new Bindings(source.text);
	}

	/** The node `level` levels above the one that is being read. */
	above(level: number): Node | undefined {
		return this.path.at(-1 - level);
	}

	/** Where on the path the innermost function stands that surrounds the node at `depth`; 0, the program, if none does. */
	functionAround(depth: number = this.path.length - 1): number {
		let index = depth - 1;
		while (index > 0 && !isFunction(this.path[index] as Node) && this.path[index]?.type !== "StaticBlock") index--;
		return Math.max(index, 0);
	}

	/** What a name means here, or at a node of the path further up. `undefined` for globals. */
	resolve(name: string, depth?: number): Binding | undefined {
		return this.#bindings.resolve(name, this.path, depth);
	}

	/** Whether the expression is a global of this name. */
	isGlobal(node: Node, name: string, depth?: number): boolean {
		return node.type === "Identifier" && node.name === name && this.resolve(name, depth) === undefined;
	}

	/** Most files import nothing that any rule knows, and names are not cheap to look up. */
	#importsKnown(): boolean {
		this.#mayImport ??= this.isHoldfastFile || this.source.text.includes("promises");
		return this.#mayImport;
	}

	/** Whether what is called by this name may start something, as far as the text alone tells; see {@link asyncNamesIn}. */
	mayStart(name: string): boolean {
		this.#asyncNames ??= asyncNamesIn(this.source.text);
		return this.#asyncNames.has(name) || name === "fetch" || combinators.has(name) || this.#importsKnown();
	}

	/** The export that an expression names: `sleep`, or `holdfast.sleep` of a whole module. */
	importOf(node: Node, depth?: number): { readonly source: string; readonly name: string } | undefined {
		if (!this.#importsKnown()) return undefined;
		const value = unwrap(node);
		if (value.type === "Identifier") {
			const { source, name } = this.resolve(value.name, depth) ?? {};
			return source === undefined || name === undefined ? undefined : { source, name };
		}
		const name = memberName(value);
		if (name === undefined || value.type !== "MemberExpression" || value.object.type !== "Identifier") return undefined;
		const binding = this.resolve(value.object.name, depth);
		if (binding?.source === undefined || (binding.name !== "*" && binding.name !== "default")) return undefined;
		return { source: binding.source, name };
	}

	/** The name of Holdfast's export that an expression names. */
	holdfastName(node: Node, depth?: number): string | undefined {
		if (!this.isHoldfastFile) return undefined;
		const found = this.importOf(node, depth);
		return found !== undefined && isHoldfast(found.source) ? found.name : undefined;
	}

	/** How the function, or the program, at `depth` of the path is compiled. */
	mode(depth: number): Mode {
		for (let index = depth; index >= 0; index--) {
			const node = this.path[index] as Node;
			if (index > 0 && !isFunction(node)) continue;
			const mode = this.#ownMode(node);
			if (mode !== undefined) return mode;
		}
		return this.source.mode;
	}

	#ownMode(node: Node): Mode | undefined {
		if (!this.#modes.has(node)) this.#modes.set(node, directivesOf(node));
		return this.#modes.get(node);
	}

	/** The call that the function at `depth` of the path is handed to, and how it calls it. */
	passed(depth: number): { readonly call: Node & { type: "CallExpression" }; readonly how: Passed } | undefined {
		const node = this.path[depth] as Node;
		const call = this.path[depth - 1];
		if (call?.type !== "CallExpression" || call.callee === node) return undefined;
		return { call, how: this.calls(call, depth - 1) };
	}

	/** When a function that is handed to this call is called. */
	calls(call: Node & { type: "CallExpression" }, depth?: number): Passed {
		const callee = unwrap(call.callee);
		const method = memberName(callee);
		if (method !== undefined) return callsAtOnce.has(method) ? "at once" : lateMethods.has(method) ? "late" : "somehow";
		const isLate = callee.type === "Identifier" && lateFunctions.has(callee.name);
		return isLate && this.isGlobal(callee, callee.name, depth) ? "late" : "somehow";
	}

	/** The function of Holdfast, or the method of a task group, that runs the function at `depth` of the path. */
	runner(depth: number): string | undefined {
		const node = this.path[depth] as Node;
		const call = this.path[depth - 1];
		if (call?.type !== "CallExpression" || call.callee === node) return undefined;
		const name = this.holdfastName(call.callee, depth - 1);
		if (name !== undefined) return bodyArgument(name, call) === node ? name : undefined;
		const callee = unwrap(call.callee);
		if (callee.type !== "MemberExpression" || !this.isGroup(callee.object, depth - 1)) return undefined;
		const method = memberName(callee);
		return method === "spawn" || method === "start" || method === "spawnWith" ? method : undefined;
	}

	/** Whether an expression is a task group: what `withTaskGroup` hands to its body, or `openTaskGroup()`. */
	isGroup(node: Node, depth?: number): boolean {
		if (!this.isHoldfastFile) return false;
		const value = unwrap(node);
		if (value.type !== "Identifier") return false;
		const binding = this.resolve(value.name, depth);
		if (binding?.kind === "parameter" && binding.index === 0 && binding.depth > 0) {
			const runner = this.runner(binding.depth);
			return runner === "withTaskGroup" || runner === "serviceGroup";
		}
		const init = binding?.init === undefined ? undefined : unwrap(binding.init);
		return init?.type === "CallExpression" && this.holdfastName(init.callee, binding?.depth) === "openTaskGroup";
	}

	/** Calls `visit` for every child that holds code which runs. */
	eachChild(node: Node, visit: (child: Node) => void): void {
		const fields = node as unknown as Record<string, Node | (Node | null)[] | null | undefined>;
		for (const key of this.source.keys(node)) {
			const value = fields[key];
			if (Array.isArray(value)) {
				for (const child of value) if (child !== null) visit(child);
			} else if (value !== null && value !== undefined) visit(value);
		}
	}

	/** The first node in a tree that `test` accepts, functions and classes inside it excluded. */
	find(node: Node, test: (node: Node) => boolean): Node | undefined {
		if (test(node)) return node;
		let found: Node | undefined;
		this.eachChild(node, (child) => {
			if (found === undefined && !isFunction(child) && !isClass(child)) found = this.find(child, test);
		});
		return found;
	}

	/** The first place in a tree where the function may have to wait: an await or a `yield*`. */
	findWait(node: Node): Node | undefined {
		return this.find(node, isWait);
	}

	/** Where a node begins in the text. */
	start(node: Node): number {
		return spanOf(node)[0];
	}

	/** Where a node ends in the text. */
	end(node: Node): number {
		return spanOf(node)[1];
	}

	/** The text of a node, shortened to what fits into a message. */
	text(node: Node, longest = 40): string {
		const text = this.source.text.slice(...spanOf(node)).replace(/\s+/g, " ");
		return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
	}

	/** Whether a comment stands inside a node. */
	hasComment(node: Node): boolean {
		const [start, end] = spanOf(node);
		return this.source.comments().some((comment) => comment.start >= start && comment.end <= end);
	}
}

/** ESLint's parsers give a `range`, Oxc gives `start` and `end`. */
export function spanOf(node: Node): readonly [number, number] {
	const { range } = node as { range?: readonly [number, number] };
	return range ?? [node.start, node.end];
}

/** What the directives at the head of a function or file say. */
export function directivesOf(node: Node): Mode | undefined {
	if (node.type === "Program") return readDirectives(node.body).mode;
	const { body } = node as FunctionNode;
	return body?.type === "BlockStatement" ? readDirectives(body.body as readonly Node[]).mode : undefined;
}

/** The name of a member that is written out: `a.name` or `a["name"]`. */
export function memberName(node: Node): string | undefined {
	if (node.type !== "MemberExpression") return undefined;
	const { property } = node;
	if (!node.computed)
		return property.type === "PrivateIdentifier" ? `#${property.name}` : (property as { name: string }).name;
	return property.type === "Literal" && typeof property.value === "string" ? property.value : undefined;
}

/** The name by which a call calls: the last one of `a.b.name()`. */
export function calledName(callee: Node): string | undefined {
	if (callee.type === "Identifier") return callee.name;
	const value = unwrap(callee);
	return value.type === "Identifier" ? value.name : memberName(value);
}

/** Whether a node is an await, of whatever form, or a `yield*`. */
export function isWait(node: Node): boolean {
	switch (node.type) {
		case "AwaitExpression":
			return true;
		case "YieldExpression":
			return node.delegate;
		case "ForOfStatement":
			return node.await;
		case "VariableDeclaration":
			return node.kind === "await using";
	}
	return false;
}

function isClass(node: Node): boolean {
	return node.type === "ClassDeclaration" || node.type === "ClassExpression";
}
