import { type Node, parseSync } from "oxc-parser";

/** What is to stand in a configuration. */
export interface Addition {
	/** `@holdfast/compiler/vite`: imported as `holdfast`, and called first in the list of plugins. */
	readonly plugin?: string;
	/** A file that is to be in the list at this path: `["test", "setupFiles"]`. */
	readonly entry?: { readonly path: readonly string[]; readonly value: string };
}

interface Edit {
	readonly at: number;
	readonly text: string;
}

type ObjectNode = Node & { type: "ObjectExpression" };

/**
 * Adds to the configuration file of a tool, if its default export is an object that is written out, by itself, in a call like
 * `defineConfig({ … })`, or as what a function returns. Comments and layout stay. `undefined`: that is not safe.
 */
export function editConfig(code: string, file: string, { plugin, entry }: Addition): string | undefined {
	let result: string | undefined = code;
	if (plugin !== undefined) result = edit(result, file, ["plugins"], (name) => `${name}()`, plugin);
	if (entry !== undefined && result !== undefined)
		result = edit(result, file, entry.path, () => JSON.stringify(entry.value), undefined);
	return result;
}

/** Adds an element to a list: of a plugin, which is imported, at its beginning; of what else, at its end. */
function edit(
	code: string,
	file: string,
	path: readonly string[],
	element: (name: string) => string,
	plugin: string | undefined,
): string | undefined {
	const { program, errors } = parseSync(file, code);
	if (errors.some(({ severity }) => severity === "Error")) return undefined;
	const exported = exportedValue(program.body);
	const config = exported === undefined ? undefined : objectOf(exported.value, program.body);
	if (exported === undefined || config === undefined) return undefined;
	const name = freeName(code);
	const inserted = insert(code, config, path, element(name), plugin === undefined ? "last" : "first");
	if (inserted === undefined) return undefined;
	const edits = [inserted];
	if (plugin !== undefined) edits.push(importOf(code, program.body, name, plugin, exported.isModule));
	let result = code;
	for (const { at, text } of edits.sort((a, b) => b.at - a.at)) result = result.slice(0, at) + text + result.slice(at);
	return parseSync(file, result).errors.length > errors.length ? undefined : result;
}

/** `holdfast`, unless that means something else. */
function freeName(code: string): string {
	const plain = code.replace(/["'`][^"'`\n]*["'`]/g, "");
	return /\bholdfast\b/.test(plain) ? "holdfastPlugin" : "holdfast";
}

function exportedValue(body: readonly Node[]): { value: Node; isModule: boolean } | undefined {
	for (const statement of body) {
		if (statement.type === "ExportDefaultDeclaration") return { value: statement.declaration as Node, isModule: true };
		if (statement.type !== "ExpressionStatement" || statement.expression.type !== "AssignmentExpression") continue;
		const { left, right } = statement.expression;
		if (left.type !== "MemberExpression" || left.object.type !== "Identifier" || left.object.name !== "module")
			continue;
		return { value: right, isModule: false };
	}
	return undefined;
}

/** The object that an expression gives, if it is written out. */
function objectOf(node: Node, body: readonly Node[], depth = 0): ObjectNode | undefined {
	if (depth > 8) return undefined;
	const follow = (next: Node | null | undefined): ObjectNode | undefined =>
		next === null || next === undefined ? undefined : objectOf(next, body, depth + 1);
	switch (node.type) {
		case "ObjectExpression":
			return node;
		case "ParenthesizedExpression":
		case "TSAsExpression":
		case "TSSatisfiesExpression":
			return follow(node.expression);
		case "CallExpression":
			// `mergeConfig(a, b)` and the like do more than to give back what they get.
			return node.arguments.length === 1 && /define/i.test(nameOf(node.callee)) ? follow(node.arguments[0]) : undefined;
		case "ArrowFunctionExpression":
		case "FunctionExpression":
		case "FunctionDeclaration":
			if (node.body?.type !== "BlockStatement") return follow(node.body);
			return follow(onlyReturn(node.body.body as readonly Node[]));
		case "Identifier":
			for (const statement of body)
				if (statement.type === "VariableDeclaration" && statement.kind === "const")
					for (const { id, init } of statement.declarations)
						if (id.type === "Identifier" && id.name === node.name) return follow(init);
			return undefined;
		default:
			return undefined;
	}
}

function nameOf(node: Node): string {
	return node.type === "Identifier" ? node.name : "";
}

/** What a body returns, if there is one `return` and it stands at the end. */
function onlyReturn(statements: readonly Node[]): Node | null | undefined {
	const last = statements.at(-1);
	if (last?.type !== "ReturnStatement") return undefined;
	const plain = statements
		.slice(0, -1)
		.every(({ type }) => /^(?:Variable|Function)Declaration$|^ExpressionStatement$/.test(type));
	return plain ? last.argument : undefined;
}

/** Puts an element into the list at a path of the object, and makes what is missing on the way. */
function insert(
	code: string,
	object: ObjectNode,
	path: readonly string[],
	element: string,
	where: "first" | "last",
): Edit | undefined {
	const [key = "", ...rest] = path;
	let found: Node | undefined;
	for (const property of object.properties) {
		// What is spread may bring a list of its own, which would replace this one or be replaced by it.
		if (property.type !== "Property") return undefined;
		if (!property.computed && keyOf(property.key) === key) found = property.value;
	}
	if (found === undefined) {
		let value = `[${element}]`;
		for (const name of rest.toReversed()) value = `{ ${name}: ${value} }`;
		return addProperty(code, object, `${key}: ${value}`);
	}
	if (rest.length > 0) return found.type === "ObjectExpression" ? insert(code, found, rest, element, where) : undefined;
	if (found.type === "Literal" && typeof found.value === "string" && where === "last") return undefined;
	if (found.type !== "ArrayExpression") return undefined;
	const { elements } = found;
	const neighbour = where === "first" ? elements[0] : elements.at(-1);
	if (neighbour === undefined || neighbour === null) return { at: found.start + 1, text: element };
	if (where === "last") return { at: neighbour.end, text: `, ${element}` };
	const indent = indentOf(code, neighbour.start);
	return { at: neighbour.start, text: indent === undefined ? `${element}, ` : `${element},\n${indent}` };
}

function keyOf(key: Node): string | undefined {
	if (key.type === "Identifier") return key.name;
	return key.type === "Literal" ? String(key.value) : undefined;
}

function addProperty(code: string, object: ObjectNode, text: string): Edit {
	const first = object.properties[0];
	if (first === undefined) return { at: object.start + 1, text: ` ${text} ` };
	const indent = indentOf(code, first.start);
	return { at: first.start, text: indent === undefined ? `${text}, ` : `${text},\n${indent}` };
}

/** The white space before something that begins its line; `undefined` if it does not. */
function indentOf(code: string, at: number): string | undefined {
	const line = code.slice(code.lastIndexOf("\n", at - 1) + 1, at);
	return /^\s*$/.test(line) && code.slice(0, at).includes("\n") ? line : undefined;
}

function importOf(code: string, body: readonly Node[], name: string, module: string, isModule: boolean): Edit {
	const quote = /from\s+'/.test(code) || /require\('/.test(code) ? "'" : '"';
	const semicolon = /;\s*$/m.test(code) ? ";" : "";
	const text = isModule
		? `import ${name} from ${quote}${module}${quote}${semicolon}`
		: `const ${name} = require(${quote}${module}${quote}).default${semicolon}`;
	const imports = body.filter(({ type }) => type === "ImportDeclaration");
	const last = imports.at(-1);
	if (last !== undefined) return { at: last.end, text: `\n${text}` };
	const first = body.find((statement) => (statement as { directive?: string | null }).directive == null);
	return { at: first?.start ?? 0, text: `${text}\n` };
}
