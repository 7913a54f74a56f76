import type { Node } from "./ast.ts";
import { declared } from "./declarations.ts";
import type { Mode } from "./directives.ts";
import { arrowChain, type ClassInfo, type FunctionInfo, type FunctionKind } from "./function-info.ts";
import type { SuperReference } from "./super-form.ts";

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
	readonly touched: Set<Node>;
	/** Nodes of an async function that hold an await of that function. */
	readonly awaiting: ReadonlySet<Node>;
	readonly loopsWithAwait: ReadonlySet<Node>;
	/** `return` statements after which a `finally`, a disposal or an iterator's end still runs. */
	readonly guardedReturns: ReadonlySet<Node>;
	/** What is handed to a method `spawn`, `spawnWith` or `start`, as the function that is to be a task; where that method stands. */
	readonly spawned: ReadonlyMap<Node, number>;
	/** In a file that races promises: calls of `then`, `catch` and `finally` that are not awaited. */
	readonly chained: ReadonlySet<Node>;
	readonly superReferences: readonly SuperReference[];
	readonly captures: readonly CapturedReference[];
	/** Names in the file that begin with `$`, and all private names with their `#`. */
	readonly dollarNames: Set<string>;
	/** The file declares or assigns a `Promise` of its own. */
	readonly shadowsPromise: boolean;
	/** How often each name may have been declared or assigned, wherever that stands. */
	readonly written: ReadonlyMap<string, number>;
}

/** What an analysis has gathered so far, and where it stands. */
export class AnalysisState {
	protected readonly functions: FunctionInfo[] = [];
	protected readonly infoOf: Map<Node, FunctionInfo> = new Map();
	protected readonly classOf: Map<Node, ClassInfo> = new Map();
	protected readonly touched: Set<Node> = new Set();
	protected readonly awaiting: Set<Node> = new Set();
	protected readonly loopsWithAwait: Set<Node> = new Set();
	protected readonly guardedReturns: Set<Node> = new Set();
	protected readonly spawned: Map<Node, number> = new Map();
	protected readonly chained: Set<Node> = new Set();
	protected readonly superReferences: SuperReference[] = [];
	protected readonly captures: CapturedReference[] = [];
	protected readonly dollarNames: Set<string> = new Set();
	protected shadowsPromise: boolean = false;
	protected readonly written: Map<string, number> = new Map();

	/** From the program down to the node that is being read. */
	protected readonly path: Node[] = [];
	/** Calls that stand directly under an await. */
	protected readonly awaited: Set<Node> = new Set();
	protected readonly overridden: Set<Node> = new Set();
	protected current: FunctionInfo;
	protected class: ClassInfo | undefined;
	protected loops: Node[] = [];
	protected guards: number = 0;
	protected withDepth: number = 0;
	protected inParameters: boolean = false;
	protected hasHost: boolean = true;

	constructor(program: Node, strict: boolean, mode: Mode) {
		this.current = this.makeInfo(program, "program", { strict, mode });
	}

	/** What has been found; complete once the whole file has been read. */
	get analysis(): Analysis {
		return {
			program: this.current,
			functions: this.functions,
			infoOf: this.infoOf,
			classOf: this.classOf,
			touched: this.touched,
			awaiting: this.awaiting,
			loopsWithAwait: this.loopsWithAwait,
			guardedReturns: this.guardedReturns,
			spawned: this.spawned,
			chained: this.chained,
			superReferences: this.superReferences,
			captures: this.captures,
			dollarNames: this.dollarNames,
			shadowsPromise: this.shadowsPromise,
			written: this.written,
		};
	}

	/** Reads the inside of a function with loops, guards and parameters of its own. */
	protected within(info: FunctionInfo, read: () => void): void {
		const outer = {
			current: this.current,
			loops: this.loops,
			guards: this.guards,
			inParameters: this.inParameters,
			hasHost: this.hasHost,
		};
		this.current = info;
		this.loops = [];
		this.guards = 0;
		this.inParameters = false;
		this.hasHost = true;
		read();
		this.current = outer.current;
		this.loops = outer.loops;
		this.guards = outer.guards;
		this.inParameters = outer.inParameters;
		this.hasHost = outer.hasHost;
	}

	protected makeInfo(
		node: Node,
		kind: FunctionKind,
		known: Partial<FunctionInfo> & { strict: boolean; mode: Mode },
	): FunctionInfo {
		const info: FunctionInfo = {
			node,
			kind,
			parent: this.current,
			isAsync: false,
			isGenerator: false,
			inParameters: this.inParameters,
			hasHost: this.hasHost,
			holder: undefined,
			classInfo: this.class,
			inferredName: "",
			compiled: false,
			reason: undefined,
			usesThis: false,
			usesArguments: false,
			hasBareCall: false,
			hasAwait: false,
			form: undefined,
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
		this.functions.push(info);
		return info;
	}

	protected capture(node: Node, what: CapturedReference["what"]): boolean {
		const { arrows, home } = arrowChain(this.current);
		if (what === "arguments") for (const info of [...arrows, home]) info.usesArguments = true;
		if (!arrows.some((arrow) => arrow.isAsync)) return false;
		this.captures.push({ node, info: this.current, what });
		return true;
	}

	protected markThis(): void {
		const { arrows, home } = arrowChain(this.current);
		for (const arrow of arrows) arrow.usesThis = true;
		home.usesThis = true;
	}

	protected markAwait(): void {
		this.current.hasAwait = true;
		for (let index = this.path.length - 1; this.path[index] !== this.current.node; index--) {
			const node = this.path[index]!;
			if (this.awaiting.has(node)) break;
			this.awaiting.add(node);
		}
		for (const loop of this.loops) this.loopsWithAwait.add(loop);
	}

	/** Up to the async function that will own what the call starts. */
	protected markCall(): void {
		for (let info: FunctionInfo | undefined = this.current; info !== undefined; info = info.parent) {
			info.hasBareCall = true;
			if (info.isAsync) return;
		}
	}

	protected markEval(): void {
		for (let info: FunctionInfo | undefined = this.current; info !== undefined; info = info.parent)
			info.containsEval = true;
	}

	protected markWith(): void {
		for (let info: FunctionInfo | undefined = this.current; info !== undefined; info = info.parent)
			info.touchesWith = true;
	}

	protected markYieldName(): void {
		const { arrows, home } = arrowChain(this.current);
		for (const info of [...arrows, home]) info.usesYieldName = true;
	}

	/** Of several functions of one name in one list of statements the last one counts. */
	protected findOverridden(statements: readonly Node[]): void {
		const last = new Map<string, Node>();
		for (const statement of statements) {
			const node = declared(statement);
			if (node.type !== "FunctionDeclaration" || node.id === null || node.body === null) continue;
			const previous = last.get(node.id.name);
			if (previous !== undefined) this.overridden.add(previous);
			last.set(node.id.name, node);
		}
	}
}
