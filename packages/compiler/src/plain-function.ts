import { eachChild, isFunction, type Node, pathTo } from "./ast.ts";
import { type Binding, type Bindings, isUnset, type Scope } from "./bindings.ts";
import type { Emitter } from "./emitter.ts";
import { type FunctionInfo, functionOf } from "./function-info.ts";
import { type Piece, type Range, unmapped } from "./pieces.ts";

/** Why a function cannot be a plain one: it gets a generator for its body. */
export class NotPlain extends Error {
	readonly reason: string;

	constructor(reason: string) {
		super(reason);
		this.reason = reason;
	}
}

/** Something that is kept in the frame while the function is suspended. */
interface Kept {
	/** The text that reads and writes it. */
	readonly name: string;
	/** The variable, if it is one of the source. */
	readonly binding: Binding | undefined;
	/** What is kept at the same time somewhere, and must stand elsewhere in the frame. */
	readonly beside: Set<Kept>;
	/** Where it stands in the frame is decided when all sites are known: here it is written then. */
	readonly reads: Piece[];
	/** The last place that needs it; `Infinity`: needed wherever it is in sight. */
	readonly last: number;
	/** It holds a value of an expression: needed only while that is evaluated. */
	readonly isTemporary: boolean;
	/** Where the region begins in which it is in sight. */
	readonly start: number;
	isSaved: boolean;
	/** The head of its region gives it its value again. */
	readonly isRestored: boolean;
}

/** A region of the function with variables of its own. */
export interface Region {
	readonly start: number;
	readonly kept: Kept[];
	/** What else the region must declare. */
	readonly declared: string[];
}

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

/** What is emitted higher up: lists hold statements, and statements hold lists. */
export interface PlainParts {
	statement(fn: PlainFunction, node: Node, labels: string): void;
	using(fn: PlainFunction, list: PlainList): void;
}

/** A `try` whose `finally` waits: what leaves the `try` is noted, and done after the `finally`. */
export interface Pending {
	readonly label: string;
	readonly how: string;
	readonly what: string;
	/** The jumps that leave the `try`, by the number that stands for each. */
	readonly leaving: ReadonlySet<Node>;
	readonly jumps: Node[];
}

/** Of two hundred values that are kept over two hundred awaits the text is long: a generator keeps them by itself. */
const mostSaves = 10_000;
/** So many values each await may keep without being counted. */
const freeSaves = 32;

const inlineSlots = ["a1", "b0", "b1", "b2"];

/**
 * What a cancellation that is delivered inside does next, without being thrown: throwing costs a microsecond and more at each
 * `try`. `null` for what has to see it thrown.
 */
export type Stop = (() => string) | null;

/** A function that is being emitted as a plain one. */
export class PlainFunction {
	readonly emitter: Emitter;
	readonly info: FunctionInfo;
	readonly bindings: Bindings;
	readonly parts: PlainParts;
	/** Regions around the current place, outermost first. */
	readonly regions: Region[] = [];
	/** Where the loops around the current place begin. */
	readonly loops: number[] = [];
	readonly pendings: Pending[] = [];
	/** What each `finally` around the current place makes of a cancellation, outermost first. */
	readonly stops: Stop[] = [];
	/** What stands for a jump where it cannot stand itself. */
	readonly jumps: Map<Node, string> = new Map();
	/** Boxed variables, by what holds their value. */
	readonly boxed: Map<Binding, string> = new Map();
	/** Native `try` statements around the current place: they would notice an error. */
	tries = 0;
	/** Those among them with a `finally`, which must not run when the function suspends. */
	finals = 0;
	/** Emits what stands inside a `try` that has a `finally`. */
	inFinal(stop: Stop, emit: () => void): Piece {
		this.tries++;
		this.finals++;
		this.stops.push(stop);
		const piece = this.emitter.capture(emit);
		this.stops.pop();
		this.tries--;
		this.finals--;
		return piece;
	}

	/** The statement by which a cancellation leaves the current place; `undefined` where it has to be thrown. */
	stop(): string | undefined {
		const stop = this.stops.at(-1);
		if (stop === undefined) return `return ${this.emitter.kernel("stopped")};`;
		return stop?.();
	}

	/** References from here on are needed after the suspension. */
	liveFrom = 0;
	/** The last site so far. */
	lastSite = 0;
	usesOut = false;
	usesReturn = false;
	usesValue = false;
	/** How many assignments save something, beyond those that are free. */
	#saves = 0;

	constructor(emitter: Emitter, info: FunctionInfo, bindings: Bindings, parts: PlainParts) {
		this.emitter = emitter;
		this.info = info;
		this.bindings = bindings;
		this.parts = parts;
	}

	name(purpose: string): string {
		return this.emitter.names.of(purpose);
	}

	isAwaiting(node: Node): boolean {
		return this.emitter.analysis.awaiting.has(node);
	}

	/** Emits what `emit` writes inside a region whose variables are declared and restored at its head. */
	region(start: number, prepare: (region: Region) => void, emit: () => void): Piece {
		const region: Region = { start, kept: [], declared: [] };
		this.regions.push(region);
		const piece = this.emitter.capture(() => {
			prepare(region);
			emit();
		});
		this.regions.pop();
		return [this.#head(region), piece];
	}

	/** Keeps a variable of the innermost region. */
	keep(name: string, last: number = Number.POSITIVE_INFINITY, declares: boolean = true, binding?: Binding): void {
		const region = this.regions.at(-1)!;
		this.#add(region, { name, last, isTemporary: false, start: region.start, isRestored: true, binding });
		if (declares) region.declared.push(name);
	}

	/** Keeps a variable that is declared in the head of a loop; gives the text that reads its value again. */
	keepInHead(binding: Binding): Piece {
		const region = this.regions.at(-1)!;
		const { name, last } = binding;
		const kept = { name, last, isTemporary: false, start: region.start, isRestored: false, binding };
		return [`${this.name("call")}.`, this.#add(region, kept).reads];
	}

	#add(region: Region, known: Omit<Kept, "beside" | "reads" | "isSaved">): Kept {
		const kept: Kept = { ...known, beside: new Set(), reads: [], isSaved: false };
		region.kept.push(kept);
		this.#kept.push(kept);
		return kept;
	}

	/** All that is kept, in the order in which it comes. */
	readonly #kept: Kept[] = [];
	/** What each site keeps, and where its text is written. */
	readonly #sites: { readonly kept: readonly Kept[]; readonly text: Piece[] }[] = [];

	/** All sites are known: gives everything its place in the frame. What is never kept at the same time shares one. */
	place(): void {
		const slots = new Map<Kept, number>();
		for (const kept of this.#kept) {
			if (!kept.isSaved) {
				kept.reads.push("a1");
				continue;
			}
			const taken = new Set<number | undefined>();
			for (const other of kept.beside) taken.add(slots.get(other));
			let slot = 0;
			while (taken.has(slot)) slot++;
			slots.set(kept, slot);
			kept.reads.push(inlineSlots[slot] ?? `more?.[${slot - inlineSlots.length}]`);
		}
		const frame = this.name("call");
		for (const { kept, text } of this.#sites) {
			const more: string[] = [];
			for (const item of kept) {
				const slot = slots.get(item)!;
				if (slot < inlineSlots.length) text.push(` ${frame}.${inlineSlots[slot]} = ${item.name};`);
				else more[slot - inlineSlots.length] = item.name;
			}
			if (more.length > 0) text.push(` ${frame}.more = [${Array.from(more, (name) => name ?? "void 0").join(", ")}];`);
		}
	}

	/** A variable of the innermost region that the compiler needs. */
	own(purpose: string): string {
		const name = this.emitter.names.unique(purpose);
		this.keep(name);
		return name;
	}

	/** A value that is needed until `release` is called with the mark from before. */
	temporary(): string {
		const name = this.name(`t${this.#open.length}`);
		const root = this.regions[0]!;
		let kept = this.#temporaries.get(name);
		if (kept === undefined) {
			kept = this.#add(root, {
				name,
				last: 0,
				isTemporary: true,
				start: root.start,
				isRestored: true,
				binding: undefined,
			});
			this.#temporaries.set(name, kept);
			root.declared.push(name);
		}
		this.#open.push(kept);
		return name;
	}

	readonly #temporaries = new Map<string, Kept>();
	readonly #open: Kept[] = [];

	mark(): number {
		return this.#open.length;
	}

	release(mark: number): void {
		this.#open.splice(mark);
	}

	/** What stands at the beginning of a region. */
	#head(region: Region): Piece {
		const declared = [...new Set(region.declared)];
		const text = declared.length > 0 ? ` let ${declared.join(", ")};` : "";
		const saved = region.kept.filter((kept) => kept.isSaved && kept.isRestored);
		const restored: Piece[] = saved.map((kept) => [` ${kept.name} = ${this.name("call")}.`, kept.reads, ";"]);
		if (text === "" && restored.length === 0) return "";
		const restore: Piece = restored.length > 0 ? [` if (${this.name("site")} !== 0) {`, restored, " }"] : "";
		return [unmapped, text, restore, { start: region.start, end: region.start }];
	}

	/** Suspends at a site, in an await that begins at `place`: `{ … }`. */
	suspension(site: number, place: number): Piece {
		const { emitter } = this;
		const frame = this.name("call");
		const self = this.info.usesThis && this.info.kind !== "arrow" ? ", this" : "";
		const kept = this.regions.flatMap((region) => region.kept.filter((item) => this.#isLive(item, place)));
		for (const item of kept) {
			item.isSaved = true;
			for (const other of kept) if (other !== item) item.beside.add(other);
		}
		this.#saves += Math.max(0, kept.length - freeSaves);
		if (this.#saves > mostSaves) throw new NotPlain("too many values to keep");
		const saves: Piece[] = [];
		this.#sites.push({ kept, text: saves });
		let end = "";
		if (this.finals > 0) {
			this.usesOut = true;
			end = ` ${this.name("out")} = true;`;
		}
		const head = `{ ${frame} = ${emitter.kernel("at")}(${frame}, ${site}, ${this.tries === 0}${self});`;
		return [unmapped, head, saves, `${end} return ${emitter.suspended()}; }`];
	}

	#isLive(kept: Kept, place: number): boolean {
		if (kept.isTemporary) return this.#open.includes(kept);
		if (kept.binding !== undefined && isUnset(kept.binding, place)) return false;
		const loop = this.loops.find((start) => start >= kept.start);
		return kept.last >= (loop ?? this.liveFrom);
	}

	/** Whether a region inside declares the same name: the frame could not reach this variable from there. */
	isHidden(binding: Binding): boolean {
		return this.bindings.hidden.has(binding);
	}

	/** Boxes variables that are declared in the innermost region. */
	box(bindings: readonly Binding[]): string {
		const name = this.emitter.names.unique("b");
		this.keep(name, Math.max(...bindings.map((binding) => binding.last)));
		const fields: string[] = [];
		for (const binding of bindings) {
			const value = binding.early ? this.emitter.kernel("unset") : "void 0";
			fields.push(`${binding.name}: ${value}`);
			this.boxed.set(binding, `${name}.${binding.name}`);
			for (const { node, closure, writes, shorthand, called, constructed } of binding.references) {
				if (node.type !== "Identifier") throw new NotPlain("JSX uses a variable that changes and is captured");
				let value: Piece[] = [`${name}.`, nameOf(this.emitter, node)];
				if (binding.early && closure !== undefined && closure < binding.initialised) {
					if (writes) throw new NotPlain("a function assigns a variable that may not have its first value yet");
					value = [`${this.emitter.kernel("initialised")}(`, ...value, `, ${JSON.stringify(binding.name)})`];
					if (constructed) value = ["(", ...value, ")"];
				}
				if (called) value = ["(0, ", ...value, ")"];
				this.replace(node, shorthand ? [`${binding.name}: `, ...value] : value);
			}
		}
		return `if (${this.name("site")} === 0) { ${name} = { ${fields.join(", ")} }; }`;
	}

	/** What stood for the nodes that were replaced, in order. */
	readonly #replaced: { node: Node; before: Piece | undefined }[] = [];

	/** Has something else written for a node. */
	replace(node: Node, piece: Piece): void {
		this.#replaced.push({ node, before: this.emitter.replacements.get(node) });
		this.emitter.replacements.set(node, piece);
		this.touch(node);
	}

	/** Sees to it that the handler of a node inside this function is asked. */
	touch(node: Node): void {
		const { touched } = this.emitter.analysis;
		for (const around of pathTo(functionOf(this.info), node) ?? []) touched.add(around);
	}

	/** Every `return` of this function may be written otherwise. */
	touchReturns(root: Node): void {
		touchReturns(root, this.emitter.analysis.touched);
	}

	/** Nothing of this attempt may show in the other form. */
	undo(): void {
		for (const { node, before } of this.#replaced.reverse())
			if (before === undefined) this.emitter.replacements.delete(node);
			else this.emitter.replacements.set(node, before);
		for (const node of this.rewritten) this.emitter.rewritten.delete(node);
		for (const node of this.disposed) this.emitter.disposerOf.delete(node);
		for (const node of this.held) this.emitter.heldCallees.delete(node);
	}

	readonly rewritten: Node[] = [];
	readonly held: Node[] = [];
	/** Declarations of resources whose disposer has a name of its own. */
	readonly disposed: Node[] = [];
	/** Function declarations that are made at the beginning of their list. */
	readonly moved: Set<Node> = new Set();
}

/** The name of an identifier as it is written, without a type. */
export function nameOf(emitter: Emitter, { start, end, name }: { start: number; end: number; name: string }): Range {
	if (emitter.code.startsWith(name, start)) return { start, end: start + name.length };
	// It holds an escape.
	const written = /(?:[\p{ID_Continue}$]|\\u[\da-f]{4}|\\u\{[\da-f]+\})+/iuy;
	written.lastIndex = start;
	return { start, end: written.test(emitter.code) ? written.lastIndex : end };
}

function touchReturns(node: Node, touched: Set<Node>): boolean {
	let found = node.type === "ReturnStatement";
	eachChild(node, (child) => {
		if (!isFunction(child) && touchReturns(child, touched)) found = true;
	});
	if (found) touched.add(node);
	return found;
}
