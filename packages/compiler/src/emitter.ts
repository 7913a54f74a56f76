import type { Analysis } from "./analysis-state.ts";
import { eachChild, type Node } from "./ast.ts";
import type { Decisions } from "./decide.ts";
import type { ClassInfo, FunctionInfo } from "./function-info.ts";
import { Names } from "./names.ts";
import type { Bodies, Ticks } from "./options.ts";
import type { Piece } from "./pieces.ts";
import type { PlainFunction } from "./plain-function.ts";
import { Positions } from "./positions.ts";

/** Emits one kind of node. */
export type Handler = (emitter: Emitter, node: never) => void;

/** A function that was looked up before the arguments of its call are evaluated. */
export interface HeldCallee {
	readonly text: string;
	/** The temporary that holds it. */
	readonly held: string;
	/** `this` of the call, if it has one. */
	readonly self: Piece | undefined;
}

/** How a compiled function declaration is set up, decided when its list of statements is entered. */
export interface Declaration {
	readonly entry: string;
	/** The function that makes the entry. */
	readonly maker: string;
	/** The name of the shell: the function's, or one made for `export default async function ()`. */
	readonly shell: string;
	/** The shell fills the entry itself when it is called before the first statement of its module has run. */
	readonly isEarly: boolean;
	/** Replaced by a `let` at the head of its block. */
	readonly isMoved: boolean;
}

/** Writes the output: copies what is untouched and hands every other node to the handler of its type. */
export class Emitter {
	readonly code: string;
	readonly analysis: Analysis;
	readonly decisions: Decisions;
	readonly ticks: Ticks;
	readonly names: Names;
	/** Line and column of each await, in the order of their numbers. */
	readonly sites: number[] = [];
	readonly declarations: Map<FunctionInfo, Declaration> = new Map();
	/** Temporaries that hold the key of a member whose function is named by it. */
	readonly keyOf: Map<FunctionInfo, string> = new Map();
	/** Decorated methods of classes that are made once, by the temporaries that hold their bodies. */
	readonly heldBodies: Map<FunctionInfo, string> = new Map();
	/** Decorated classes, by the temporaries that hold them. */
	readonly keptClasses: Map<Node, string> = new Map();
	/** The private generators beside private methods. */
	readonly privateGenerators: Map<FunctionInfo, string> = new Map();
	/** `using` declarations whose list has a disposer. */
	readonly loweredUsing: Set<Node> = new Set();
	/** What disposes of them, where it has a name of its own. */
	readonly disposerOf: Map<Node, string> = new Map();
	/** Classes around the current place, innermost last. */
	readonly classes: ClassInfo[] = [];
	/** What is written in the place of a node. */
	readonly replacements: Map<Node, Piece> = new Map();
	/** Declarations that are written as assignments, with the target where the declaration is a class. */
	readonly rewritten: Map<Node, () => string> = new Map();
	/** Calls whose function was looked up before an await in their arguments. */
	readonly heldCallees: Map<Node, HeldCallee> = new Map();
	/** Functions that are emitted as plain ones. */
	readonly plainOf: Map<FunctionInfo, PlainFunction> = new Map();
	/** The same in the order in which that began: a function before those inside it. */
	readonly plainOrder: FunctionInfo[] = [];
	readonly plainPieces: Map<FunctionInfo, Piece> = new Map();
	/** Which forms of body there may be. */
	readonly bodies: Bodies;
	/** The function that is being emitted. */
	current: FunctionInfo;
	/** Temporaries that the function body, or file, around the current place must declare. */
	temporaries: Set<string> = new Set();
	/** Members of the kernel that the file's head must read. */
	readonly constants: Set<"state" | "corocall"> = new Set();
	/** What makes the entries of the functions that a module declares. */
	readonly definitions: string[] = [];
	/** The functions that a file declares and nothing can replace, by their names. */
	readonly #known: Map<string, FunctionInfo> = new Map();
	/** Where the body of such a function is named before it is known which form it has. */
	readonly #later: { readonly info: FunctionInfo; readonly piece: Piece[] }[] = [];
	/** Functions that the file's head must declare. */
	readonly helpers: Set<string> = new Set();
	/** A record of this module is needed: something was compiled. */
	usesModule: boolean = false;
	/** The comparison with `$k.suspended` occurs. */
	usesSuspended: boolean = false;
	/** `$k` occurs. */
	usesKernel: boolean = false;

	readonly #plainBody: (emitter: Emitter, info: FunctionInfo) => Piece | undefined;
	readonly #handlers: Readonly<Record<string, Handler>>;
	readonly #positions: Positions;
	#out: Piece[] = [];

	constructor(
		code: string,
		analysis: Analysis,
		decisions: Decisions,
		ticks: Ticks,
		handlers: Readonly<Record<string, Handler>>,
		plainBody: (emitter: Emitter, info: FunctionInfo) => Piece | undefined,
		bodies: Bodies = "plain",
	) {
		this.#plainBody = plainBody;
		this.bodies = bodies;
		this.code = code;
		this.analysis = analysis;
		this.decisions = decisions;
		this.ticks = ticks;
		this.names = new Names(analysis.dollarNames);
		// The names that stand in every output are the plain ones.
		for (const purpose of ["k", "m", "s", "t"]) this.names.of(purpose);
		this.current = analysis.program;
		this.#handlers = handlers;
		this.#positions = new Positions(code);
	}

	/** Emits a node as it is now meant to be. */
	emit(node: Node): void {
		const replaced = this.replacements.get(node);
		if (replaced !== undefined) this.push(replaced);
		else if (!this.analysis.touched.has(node)) this.copy(node.start, node.end);
		else if (this.analysis.spawned.has(node)) {
			this.write(`${this.kernel("spawning")}(${this.module()}, ${this.site(this.analysis.spawned.get(node)!)}, `);
			this.#handle(node);
			this.write(")");
		} else this.#handle(node);
	}

	#handle(node: Node): void {
		const handler = this.#handlers[node.type];
		if (handler === undefined) this.emitWithin(node, node.start, node.end);
		else handler(this, node as never);
	}

	/** Emits a node as the handler of another name does. */
	dispatch(name: string, node: Node): void {
		this.#handlers[name]!(this, node as never);
	}

	/** Copies the source from `start` to `end`, and emits what is touched of the children of `node` between. */
	emitWithin(node: Node, start: number, end: number): void {
		const children: Node[] = [];
		eachChild(node, (child) => {
			if (child.start >= start && child.end <= end && this.analysis.touched.has(child)) children.push(child);
		});
		this.emitEach(children, start, end);
	}

	/** Copies the source from `start` to `end`, with `children` emitted where they stand. */
	emitEach(children: Node[], start: number, end: number): void {
		children.sort((a, b) => a.start - b.start);
		let cursor = start;
		for (const child of children) {
			this.copy(cursor, child.start);
			this.emit(child);
			cursor = child.end;
		}
		this.copy(cursor, end);
	}

	/** Copies source text. */
	copy(start: number, end: number): void {
		if (start < end) this.#out.push({ start, end });
	}

	/** Ties what follows to a place in the source. */
	mark(offset: number): void {
		this.#out.push({ start: offset, end: offset });
	}

	/** Adds text. */
	write(text: string): void {
		this.#out.push(text);
	}

	/** Adds output that was captured. */
	push(piece: Piece): void {
		this.#out.push(piece);
	}

	/** Runs `emit` and returns what it has written instead of adding it. */
	capture(emit: () => void): Piece {
		const outer = this.#out;
		const own: Piece[] = [];
		this.#out = own;
		try {
			emit();
		} finally {
			this.#out = outer;
		}
		return own;
	}

	/** Runs `emit` inside a function that declares temporaries of its own; gives their names. */
	inHost(info: FunctionInfo, emit: () => void): Set<string> {
		const outer = this.temporaries;
		const own = new Set<string>();
		this.temporaries = own;
		try {
			this.inFunction(info, emit);
		} finally {
			this.temporaries = outer;
		}
		return own;
	}

	/** Runs `emit` with another current function. */
	inFunction(info: FunctionInfo, emit: () => void): void {
		const outer = this.current;
		this.current = info;
		try {
			emit();
		} finally {
			this.current = outer;
		}
	}

	/** Parameters and body of a function as a plain one; `undefined` if it must have a generator. */
	plainBody(info: FunctionInfo): Piece | undefined {
		return this.#plainBody(this, info);
	}

	/** What was emitted of the functions inside a node no longer holds. */
	forget(node: Node): void {
		// The latest first: each gives back what it has found.
		for (let info = this.plainOrder.at(-1); info !== undefined; info = this.plainOrder.at(-1)) {
			if (info.node.start < node.start || info.node.end > node.end) break;
			this.plainOrder.pop();
			this.plainOf.get(info)?.undo();
			this.plainOf.delete(info);
			this.plainPieces.delete(info);
			info.form = undefined;
		}
		for (const info of this.keyOf.keys())
			if (info.node.start >= node.start && info.node.end <= node.end) this.keyOf.delete(info);
	}

	/** A function of the file's own statements is declared. */
	know(name: string, info: FunctionInfo): void {
		const { program, written } = this.analysis;
		if (written.get(name) === 1 && !program.containsEval && !program.touchesWith && this.ticks !== "native")
			this.#known.set(name, info);
	}

	/** The function that a name means wherever it stands in the file. */
	knownCallee(name: string): FunctionInfo | undefined {
		return this.#known.get(name);
	}

	/** The body of a declared function, called with its entry. */
	bodyLater(info: FunctionInfo): Piece {
		const piece: Piece[] = [];
		this.#later.push({ info, piece });
		return piece;
	}

	/** Everything is emitted: it is known which bodies there are. */
	finish(): void {
		for (const { info, piece } of this.#later) {
			const { entry } = this.declarations.get(info)!;
			piece.push(info.form?.form === "plain" ? `${entry}.body` : this.kernel("entered"));
		}
	}

	/** The name of a temporary of the current function. */
	temporary(purpose: string): string {
		const name = this.names.of(purpose);
		this.temporaries.add(name);
		return name;
	}

	/** A temporary that nothing else in the file uses. */
	ownTemporary(purpose: string): string {
		const name = this.names.unique(purpose);
		this.temporaries.add(name);
		return name;
	}

	/** The kernel's name, followed by a member. */
	kernel(member: string): string {
		this.usesKernel = true;
		return `${this.names.of("k")}.${member}`;
	}

	/** The name of a function that the file's head must declare. */
	helper(purpose: "toKey" | "nameOfKey"): string {
		this.helpers.add(purpose);
		return this.names.of(purpose);
	}

	/** The name of the module's record. */
	module(): string {
		this.usesModule = true;
		return this.names.of("m");
	}

	/** The name of `$k.suspended`. */
	suspended(): string {
		this.usesSuspended = true;
		return this.names.of("s");
	}

	/** The name of a member of `$k` that is read once for the whole file. */
	constant(member: "state" | "corocall"): string {
		this.usesKernel = true;
		this.constants.add(member);
		return this.names.of(member);
	}

	/** A new site number, from 1 on, for an await at `offset`. */
	site(offset: number): number {
		const { line, column } = this.#positions.at(offset);
		this.sites.push(line, column);
		return this.sites.length / 2;
	}

	/** Line and column of an offset, counted from 1. */
	at(offset: number): { line: number; column: number } {
		return this.#positions.at(offset);
	}

	/** The offset of the next token at or after `offset`. */
	skipTrivia(offset: number): number {
		const { code } = this;
		let index = offset;
		for (;;) {
			const character = code[index];
			if (character === "/" && code[index + 1] === "/") {
				const end = code.indexOf("\n", index);
				index = end === -1 ? code.length : end;
			} else if (character === "/" && code[index + 1] === "*") index = code.indexOf("*/", index + 2) + 2;
			else if (character !== undefined && /\s/.test(character)) index++;
			else return index;
		}
	}

	/** The info of a function node that was read. */
	infoOf(node: Node): FunctionInfo {
		const info = this.analysis.infoOf.get(node);
		if (info === undefined) throw new Error(`A ${node.type} was emitted that was never analysed.`);
		return info;
	}
}
