import MagicString from "magic-string";
import { contains, eachChild, type FunctionNode, isFunction, type Node, unwrap } from "../ast.ts";
import { valueCalls } from "../awaited.ts";
import { calleeText } from "../callee-text.ts";
import { type Mode, readDirectives } from "../directives.ts";
import { toSlashes } from "../globs.ts";
import { inferName } from "../infer-name.ts";
import { parse } from "../parse.ts";
import { Positions } from "../positions.ts";
import type { SourceMap } from "../source-map.ts";
import type { TransformOptions } from "../transform.ts";

/**
 * Writes into a source what tells an {@link OutlivingRecorder} when functions are entered and left, and which calls are not
 * awaited. Line breaks stay where they are. `undefined`: there is no async function.
 */
export function markOutliving(code: string, options: TransformOptions): { code: string; map: SourceMap } | undefined {
	const { filename, structure = "scope", native = false, format } = options;
	const parsed = parse(code, filename, format);
	const marker = new Marker(code, options);
	marker.read(parsed.program, native ? "native" : structure);
	if (!marker.hasMarked) return undefined;
	const { body } = parsed.program;
	const first = body[readDirectives(body).count];
	const module = '"@holdfast/compiler/outliving"';
	const head =
		parsed.format === "module"
			? `import { outliving as ${marker.recorder} } from ${module}; `
			: `const { outliving: ${marker.recorder} } = require(${module}); `;
	marker.output.appendLeft(first?.start ?? code.length, head);
	const map = marker.output.generateMap({ source: toSlashes(filename), includeContent: true, hires: true });
	return { code: marker.output.toString(), map: map as unknown as SourceMap };
}

/** What surrounds the code that is being read. */
interface Surroundings {
	readonly mode: Mode;
	/** In the body of a function that does not own its tasks: calls without `await` are noted. */
	readonly notes: boolean;
	/** In the body of an async function whose end is noted, and outside of its own `try` statements. */
	readonly mayAwaitReturn: boolean;
}

class Marker {
	readonly output: MagicString;
	readonly recorder: string;
	hasMarked = false;
	readonly #activation: string;
	readonly #code: string;
	readonly #file: string;
	readonly #positions: Positions;
	readonly #path: Node[] = [];
	/** Calls that are awaited, or belong to an optional chain that is wrapped as a whole. */
	readonly #left: Set<Node> = new Set();

	constructor(code: string, { filename, root = "" }: TransformOptions) {
		this.output = new MagicString(code);
		this.#code = code;
		this.#positions = new Positions(code);
		const base = `${toSlashes(root).replace(/\/$/, "")}/`;
		const path = toSlashes(filename);
		this.#file = root !== "" && path.startsWith(base) ? path.slice(base.length) : path;
		const free = (name: string): string => (code.includes(name) ? free(`${name}_`) : name);
		this.recorder = free("$outliving");
		this.#activation = free("$activation");
	}

	read(program: Node & { type: "Program" }, mode: Mode): void {
		const own = readDirectives(program.body).mode ?? mode;
		this.#visit(program, { mode: own, notes: false, mayAwaitReturn: false });
	}

	#visit(node: Node, around: Surroundings): void {
		this.#path.push(node);
		if (isFunction(node)) this.#function(node, around);
		else this.#read(node, around);
		this.#path.pop();
	}

	#children(node: Node, around: Surroundings): void {
		eachChild(node, (child) => this.#visit(child, around));
	}

	#function(node: FunctionNode, around: Surroundings): void {
		const { body } = node;
		if (body === null) return;
		const outside = { ...around, notes: false, mayAwaitReturn: false };
		const directives = readDirectives(body.type === "BlockStatement" ? (body.body as readonly Node[]) : []);
		const mode = directives.mode ?? around.mode;
		for (const parameter of node.params) this.#visit(parameter as Node, { ...outside, mode });
		if (!node.async || node.generator || mode === "native") {
			this.#visit(body, { ...outside, mode });
			return;
		}
		this.hasMarked = true;
		const own = (node as { id?: { name: string } | null }).id?.name;
		const name = JSON.stringify(own ?? inferName(this.#path) ?? "");
		const holder = this.#path.at(-2);
		const begins = holder?.type === "MethodDefinition" || holder?.type === "Property" ? holder : node;
		const enter = `const ${this.#activation} = ${this.recorder}.enter(${name}, ${this.#place(begins)}); try { `;
		const leave = ` } finally { ${this.recorder}.leave(${this.#activation}); }`;
		if (body.type === "BlockStatement") {
			const last = body.body[directives.count - 1];
			this.output.appendLeft(last?.end ?? body.start + 1, ` ${enter}`);
			this.output.prependRight(body.end - 1, leave);
		} else {
			for (const call of valueCalls(body)) this.#left.add(call);
			// With parentheses around it, which belong to the expression: `() => ({})`.
			this.output.appendLeft(body.start, `{ ${enter}return await (`);
			this.output.prependRight(body.end, `);${leave} }`);
		}
		// Functions of function structure do wait for what they have started.
		this.#visit(body, { mode, notes: mode === "scope", mayAwaitReturn: true });
	}

	#read(node: Node, around: Surroundings): void {
		switch (node.type) {
			case "ClassBody":
				// Fields and static blocks are no part of the function around.
				this.#children(node, { ...around, notes: false, mayAwaitReturn: false });
				return;
			case "AwaitExpression":
				for (const call of valueCalls(node.argument)) this.#left.add(call);
				break;
			case "TryStatement":
				this.#children(node, { ...around, mayAwaitReturn: false });
				return;
			case "ReturnStatement":
				this.#return(node, around);
				break;
			case "ChainExpression":
				this.#chain(node, around);
				return;
			case "CallExpression":
				if (isPlainCall(node) && !this.#left.has(node)) this.#wrap(node, node, around);
				break;
			case "NewExpression":
			case "TaggedTemplateExpression":
				this.#wrap(node, node, around);
				break;
		}
		this.#children(node, around);
	}

	/** Outside of `try`, `return f()` is `return await f()`: the end of this function is the end of `f`. */
	#return({ argument }: Node & { type: "ReturnStatement" }, { mayAwaitReturn }: Surroundings): void {
		if (argument === null) return;
		for (const call of valueCalls(argument)) this.#left.add(call);
		if (!mayAwaitReturn) return;
		this.output.appendLeft(argument.start, "await (");
		this.output.prependRight(argument.end, ")");
	}

	/** `a?.b().c()` is one piece: what stands in it cannot be taken out. */
	#chain(node: Node & { type: "ChainExpression" }, around: Surroundings): void {
		const calls: Node[] = [];
		for (let link = node.expression as Node; ; ) {
			const inner = unwrap(link);
			if (inner.type === "CallExpression") {
				calls.push(inner);
				link = inner.callee;
			} else if (inner.type === "MemberExpression") link = inner.object;
			else break;
		}
		const isAwaited = calls.some((call) => this.#left.has(call));
		for (const call of calls) this.#left.add(call);
		if (!isAwaited && calls[0] !== undefined) this.#wrap(node, calls[0], around);
		this.#children(node, around);
	}

	/** Wraps an expression so that the recorder knows what is started while it is evaluated. */
	#wrap(node: Node, call: Node, { notes }: Surroundings): void {
		if (!notes) return;
		const { callee = (call as { tag?: Node }).tag } = call as { callee?: Node };
		const text = JSON.stringify(`${call.type === "NewExpression" ? "new " : ""}${this.#text(callee as Node)}`);
		const begin = `${this.recorder}.call(${this.#activation}, ${text}, ${this.#place(call)}, () => `;
		if (!contains(node, suspends)) {
			// What stands further out comes first on the left and last on the right.
			this.output.appendLeft(node.start, begin);
			this.output.prependRight(node.end, ")");
		} else if (node.type === "CallExpression" && isSimple(node.callee)) this.#wrapLater(node, begin);
	}

	/** `f(await x)`: the arguments are evaluated first, in the function itself. */
	#wrapLater(node: Node & { type: "CallExpression" }, begin: string): void {
		const { callee } = node;
		const first = node.arguments[0] as Node;
		const name = this.#code.slice(callee.start, callee.end);
		this.output.overwrite(node.start, first.start, `(($a) => ${begin}${name}(...$a)))([`);
		this.output.overwrite(node.end - 1, node.end, "])");
	}

	/** As it is written, unless that is long. */
	#text(callee: Node): string {
		const text = this.#code.slice(callee.start, callee.end);
		return text.length > 40 || text.includes("\n") ? calleeText(callee) : text;
	}

	/** As a literal. */
	#place(node: Node): string {
		const { line, column } = this.#positions.at(node.start);
		return JSON.stringify(`${this.#file}:${line}:${column}`);
	}
}

/** No `super()`, and no `eval`, which sees what stands around it. */
function isPlainCall({ callee }: Node & { type: "CallExpression" }): boolean {
	return (
		callee.type !== "Super" && !(callee.type === "Identifier" && (callee.name === "eval" || callee.name === "require"))
	);
}

function suspends({ type }: Node): boolean {
	return type === "AwaitExpression" || type === "YieldExpression";
}

/** A name, or names of members of one: evaluating it later makes no difference. */
function isSimple(node: Node): boolean {
	if (node.type === "Identifier" || node.type === "ThisExpression") return true;
	return node.type === "MemberExpression" && !node.computed && isSimple(node.object);
}
