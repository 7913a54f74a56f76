// Rewrites the async functions of a case file as generator coroutines, so that one text is run in both ways.
//
//   async function f(a) { await x }     const f = $coroutine({ *f(a) { yield* $await(x) } }.f)   first in its block
//   const f = async (a) => x            const f = $coroutine({ *f(a) { return yield* $tail(x) } }.f)
//   { async m(a) {} }                   { m: $coroutine({ *m(a) {} }.m) }
//   class { async m(a) {} }             class { get m() { return $coroutine(function* (a) {}.bind(this)); } }
//   for await (const x of y) B          the iterator's own steps, closed in a cleanup region
//
// A method shorthand names the function without binding the name inside, where it must mean the coroutine function.
// What has no such form (async generators, `await using`, `arguments`) is refused: mark the case `compiledOnly`, which
// leaves its body out. An async generator of the file is left out too.
import { parseSync } from "oxc-parser";

const RUNTIME_IMPORT = 'import { $await, $coroutine, $each, $tail } from "../derived.ts";';

/** @param {string} code @param {string} file */
export function deriveGenerators(code, file) {
	const { errors, program } = parseSync(file, code);
	if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0].message}`);
	return new Deriver(code, file, marksOf(program)).block(program);
}

class Deriver {
	loops = 0;

	constructor(code, file, marks) {
		this.code = code;
		this.file = file;
		this.marks = marks;
	}

	refuse(node, what) {
		const line = this.code.slice(0, node.start).split("\n").length;
		throw new SyntaxError(`${this.file}:${line}: ${what} cannot be derived as a generator; mark the case compiledOnly`);
	}

	/** The source of `node` with everything async below it rewritten. */
	text(node, context) {
		switch (node.type) {
			case "BlockStatement":
			case "Program":
				return this.block(node, context);
			case "FunctionDeclaration":
			case "FunctionExpression":
				return this.callable(node);
			case "ArrowFunctionExpression":
				if (node.async && !isNative(node)) return this.coroutine(node, undefined, context);
				return this.children(node, { ...context, async: false });
			case "Property":
				return this.property(node, context);
			case "VariableDeclarator":
				return this.named(node, node.id, node.init, context);
			case "MethodDefinition":
				return this.classMethod(node, context);
			case "AwaitExpression":
				return context.async ? `(yield* $await(${this.text(node.argument, context)}))` : this.children(node, context);
			case "ReturnStatement":
				return context.async && node.argument
					? `return (yield* $tail(${this.text(node.argument, context)}));`
					: this.children(node, context);
			case "ForOfStatement":
				return node.await && context.async ? this.each(node, context) : this.children(node, context);
			case "VariableDeclaration":
				if (node.kind === "await using" && context.async) this.refuse(node, "`await using`");
				return this.children(node, context);
			case "CallExpression":
				return this.call(node, context);
			case "ThisExpression":
				context.usesThis?.();
				return "this";
			case "Identifier":
				if (node.name === "arguments" && context.async) this.refuse(node, "`arguments`");
				return this.children(node, context);
			default:
				return this.children(node, context);
		}
	}

	/** The source of `node`, each child replaced by what `text` makes of it. */
	children(node, context) {
		let result = "";
		let at = node.start;
		for (const child of childrenOf(node)) {
			if (child.start < at) continue;
			result += this.code.slice(at, child.start) + this.text(child, context);
			at = child.end;
		}
		return result + this.code.slice(at, node.end);
	}

	/** A block with its async function declarations moved to the front, where hoisting would put them. */
	block(node, context = { async: false }) {
		const declared = node.body.filter((it) => it.type === "FunctionDeclaration" && it.async && !isNative(it));
		const moved = declared.filter((it) => !it.generator);
		const directives = node.body.filter((it) => typeof it.directive === "string");
		const isProgram = node.type === "Program";
		let at = directives.at(-1)?.end ?? (isProgram ? node.start : node.start + 1);
		let result = this.code.slice(node.start, at);
		if (isProgram) result += `${RUNTIME_IMPORT} `;
		for (const declaration of moved) {
			result += ` const ${declaration.id.name} = ${this.coroutine(declaration, declaration.id.name)};`;
		}
		for (const statement of node.body.slice(directives.length)) {
			result += this.code.slice(at, statement.start);
			if (!declared.includes(statement)) result += this.text(statement, context);
			else if (statement.generator && !isProgram) this.refuse(statement, "an async generator");
			at = statement.end;
		}
		return result + this.code.slice(at, isProgram ? this.code.length : node.end);
	}

	callable(node) {
		if (!node.async || isNative(node)) return this.children(node, { async: false });
		if (node.type === "FunctionDeclaration") this.refuse(node, "an async function declaration outside a block");
		return this.coroutine(node, node.id?.name);
	}

	/** `name: async () => {}` and `name = async () => {}` name the function. */
	named(node, key, value, context) {
		if (key.type !== "Identifier" || !value?.async || isNative(value)) return this.children(node, context);
		return this.code.slice(node.start, value.start) + this.coroutine(value, key.name, context);
	}

	property(node, context) {
		const { key, value } = node;
		if (node.method && value.async && !isNative(value)) {
			const name = this.code.slice(key.start, key.end);
			const label = node.computed ? `[${name}]` : name;
			return `${label}: ${this.coroutine(value, key.type === "Identifier" && !node.computed ? name : undefined)}`;
		}
		return node.computed ? this.children(node, context) : this.named(node, key, value, context);
	}

	classMethod(node, context) {
		const { key, value } = node;
		if (!value.async || isNative(value)) return this.children(node, context);
		const name = this.code.slice(key.start, key.end);
		return `${node.static ? "static " : ""}get ${node.computed ? `[${name}]` : name}() { return ${this.coroutine(value, undefined, "method")}; }`;
	}

	/** `$coroutine(…)` with the parameters and the body of an async function; `around` is where an arrow's `this` comes from. */
	coroutine(node, name, around) {
		if (node.generator) this.refuse(node, "an async generator");
		const isArrow = node.type === "ArrowFunctionExpression";
		let usesThis = false;
		const noteThis = () => {
			usesThis = true;
			if (isArrow) around?.usesThis?.();
		};
		const inside = { async: true, usesThis: noteThis };
		const parameters = node.params.map((it) => this.children(it, { async: false })).join(", ");
		const body =
			node.body.type === "BlockStatement"
				? this.block(node.body, inside)
				: `{ return (yield* $tail(${this.text(node.body, inside)})); }`;
		if (usesThis && (isArrow || around === "method")) return `$coroutine(function* (${parameters}) ${body}.bind(this))`;
		return name
			? `$coroutine({ *${name}(${parameters}) ${body} }.${name})`
			: `$coroutine(function* (${parameters}) ${body})`;
	}

	each(node, context) {
		if (node.left.type !== "VariableDeclaration") this.refuse(node, "`for await` without a declaration");
		const iteration = `$each${++this.loops}`;
		const pattern = this.code.slice(node.left.start, node.left.end);
		const body = this.text(node.body, context);
		return (
			`{ const ${iteration} = $each(${this.text(node.right, context)}); try { for (;;) {` +
			` if (!(yield* ${iteration}.next())) break; ${pattern} = ${iteration}.value; ${body} } }` +
			` catch ($error) { ${iteration}.failed($error); throw $error; } finally { yield* ${iteration}.close(); } }`
		);
	}

	/** A case marked `compiledOnly` keeps its id and title and loses its body. */
	call(node, context) {
		const [, , body, options] = node.arguments;
		const isCase = node.callee.type === "Identifier" && (node.callee.name === "test" || node.callee.name === "outside");
		const isMarked = isMark(options) || this.marks.has(options?.name);
		if (!isCase || !isMarked) return this.children(node, context);
		return `${this.code.slice(node.start, body.start)}undefined${this.code.slice(body.end, node.end)}`;
	}
}

/** Whether `node` is an object literal of options with `compiledOnly` in it. */
function isMark(node) {
	return node?.properties?.some((it) => it.key?.name === "compiledOnly") ?? false;
}

/** The names of a file's constants that are such options. */
function marksOf(program) {
	const declarations = program.body.flatMap((it) => (it.type === "VariableDeclaration" ? it.declarations : []));
	return new Set(declarations.filter((it) => isMark(it.init)).map((it) => it.id.name));
}

function isNative(node) {
	return node.body?.body?.some?.((it) => it.directive === "use native") ?? false;
}

function childrenOf(node) {
	const children = [];
	for (const [key, value] of Object.entries(node)) {
		if (key === "parent") continue;
		for (const child of Array.isArray(value) ? value : [value]) {
			if (child !== null && typeof child === "object" && typeof child.type === "string") children.push(child);
		}
	}
	return children.sort((a, b) => a.start - b.start);
}
