import { type Node, parseSync } from "oxc-parser";

/** The options that a configuration gives to the plugin by itself. */
export interface PluginOptions {
	/** `undefined`: they are not written out, so what they are is known only when it runs. */
	readonly value: Readonly<Record<string, unknown>> | undefined;
	/** Counted from 1. */
	readonly line: number;
}

/** The options in `holdfast({ … })`, where `holdfast` is what `module` exports by default; `undefined`: there are none. */
export function pluginOptions(code: string, file: string, module: string): PluginOptions | undefined {
	const { program } = parseSync(file, code);
	const names = new Set<string>();
	const calls: (Node & { type: "CallExpression" })[] = [];
	walk(program, (node) => {
		if (node.type === "ImportDeclaration" && node.source.value === module)
			for (const { local } of node.specifiers) names.add(local.name);
		else if (node.type === "VariableDeclarator" && node.id.type === "Identifier" && requires(node.init, module))
			names.add(node.id.name);
		else if (node.type === "CallExpression") calls.push(node);
	});
	for (const call of calls) {
		const { callee } = call;
		const isOurs = callee.type === "Identifier" ? names.has(callee.name) : requires(callee, module);
		const [argument] = call.arguments;
		if (!isOurs || argument === undefined) continue;
		const line = code.slice(0, call.start).split("\n").length;
		return { value: literal(argument as Node) as PluginOptions["value"], line };
	}
	return undefined;
}

/** `require("…")`, or a member of it. */
function requires(node: Node | null, module: string): boolean {
	if (node?.type === "MemberExpression") return requires(node.object, module);
	if (node?.type !== "CallExpression" || node.callee.type !== "Identifier" || node.callee.name !== "require")
		return false;
	const [argument] = node.arguments;
	return argument?.type === "Literal" && argument.value === module;
}

/** The value of an expression that holds nothing but literals; else `undefined`. */
function literal(node: Node): unknown {
	switch (node.type) {
		case "Literal":
			return node.value;
		case "TSAsExpression":
		case "TSSatisfiesExpression":
		case "ParenthesizedExpression":
			return literal(node.expression);
		case "ArrayExpression": {
			const values = node.elements.map((element) => (element === null ? undefined : literal(element)));
			return values.includes(undefined) ? undefined : values;
		}
		case "ObjectExpression": {
			const entries: [string, unknown][] = [];
			for (const property of node.properties) {
				if (property.type !== "Property" || property.computed) return undefined;
				const { key } = property;
				const value = literal(property.value);
				if (value === undefined) return undefined;
				entries.push([key.type === "Identifier" ? key.name : String((key as { value?: unknown }).value), value]);
			}
			return Object.fromEntries(entries);
		}
		default:
			return undefined;
	}
}

function walk(node: Node, visit: (node: Node) => void): void {
	visit(node);
	for (const value of Object.values(node))
		for (const child of Array.isArray(value) ? value : [value])
			if (typeof child === "object" && child !== null && "type" in child) walk(child as Node, visit);
}
