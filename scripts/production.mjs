// Makes packages/holdfast/dist/production from dist: the same modules, one by one, without what only helps during development.
// Every module keeps its place and its exports, so that bundles shake it like dist, and its entries share their modules.
// The kernel's property names stay: several copies of the library share its objects. See docs/internals/size.md.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { parseSync, Visitor } from "oxc-parser";
import { root } from "./nodes.mjs";

const dist = join(root, "packages/holdfast/dist");
const production = join(dist, "production");

/** Calls that check spelling, or tell how to write something better. What they check is harmless, or fails soon. */
const developmentCalls = new Set(["checkOptions", "checkName", "checkInstruments", "hint"]);
/** The constant of `kernel/development.ts`. */
const switchName = "development";

/** Builds all modules; tells how many there are. */
export async function buildProduction() {
	const files = readdirSync(dist, { recursive: true })
		.filter((file) => file.endsWith(".js") && !file.startsWith(`production${sep}`))
		.sort();
	const modules = await Promise.all(files.map(async (file) => [file, await strip(join(dist, file))]));
	mkdirSync(production, { recursive: true });
	// Somebody may be reading: what is right already stays as it is.
	const old = new Set(readdirSync(production, { recursive: true }).filter((file) => file.endsWith(".js")));
	for (const [file, code] of modules) {
		const path = join(production, file);
		if (old.delete(file) && readFileSync(path, "utf8") === code) continue;
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, code);
	}
	for (const file of old) rmSync(join(production, file));
	return modules.length;
}

async function strip(path) {
	const text = readFileSync(path, "utf8");
	const { program, errors } = parseSync(path, text);
	if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
	const edits = editsOf(program, text, relative(dist, path));
	// Read as TypeScript, imports that are not used any more are taken out.
	const { code } = await transform(apply(text, edits), {
		loader: "ts",
		format: "esm",
		target: "es2022",
		minifySyntax: true,
		legalComments: "none",
		tsconfigRaw: { compilerOptions: { useDefineForClassFields: true } },
	});
	// An import of a module that has no effect by itself.
	return code.replaceAll(/^import ".*";\n/gm, "");
}

/** Edits that do not overlap, in any order: an inner one of an outer one that replaces it is left out. */
function apply(text, edits) {
	edits.sort((a, b) => a.start - b.start || b.end - a.end);
	let result = "";
	let position = 0;
	for (const { start, end, by } of edits) {
		if (start < position) continue;
		result += text.slice(position, start) + by;
		position = end;
	}
	return result + text.slice(position);
}

function editsOf(program, text, file) {
	const edits = [];
	const put = ({ start, end }, by) => edits.push({ start, end, by });
	const source = ({ start, end }) => text.slice(start, end);
	/** Shortens a message; tells what is left, or `undefined` if it was none. */
	const message = (expression) => {
		const words = wordsOf(expression, source);
		if (words === undefined) return undefined;
		messages.push(expression);
		return words;
	};
	let isErrorClass = false;
	const helpers = new Set();
	const messages = [];
	const prose = [];
	const references = [];
	new Visitor({
		NewExpression({ callee, arguments: list, end }) {
			if (callee.type !== "Identifier" || !/Error$|^DOMException$/.test(callee.name)) return;
			const argument = list[callee.name === "TaskGroupError" || callee.name === "AggregateError" ? 1 : 0];
			if (argument === undefined) return;
			const short = message(argument);
			if (short === undefined) return;
			// The last argument goes with its comma.
			if (short === '""' && argument === list.at(-1)) {
				const before = list.at(-2)?.end ?? argument.start;
				edits.push({ start: before, end: end - 1, by: "" });
			} else put(argument, short);
		},
		CallExpression({ callee, arguments: list }) {
			// The stack tells who has asked outside of a task.
			if (/^(running|acting)Task$/.test(callee.name) && list.length === 1) put(list[0], "");
			// A reason in words.
			if (callee.property?.name === "cancel" && list.length === 1 && isProse(list[0])) put(list[0], "");
			if (callee.type !== "Super" || list.length === 0 || !isErrorClass) return;
			const short = message(list[0]);
			if (short !== undefined) put(list[0], short);
		},
		ClassDeclaration(node) {
			isErrorClass = /Error$|^Cancelled$/.test(source(node.superClass ?? { start: 0, end: 0 }));
		},
		"ClassDeclaration:exit"() {
			isErrorClass = false;
		},
		ExpressionStatement(node) {
			const { expression } = node;
			if (expression.type === "CallExpression" && developmentCalls.has(expression.callee.name)) put(node, ";");
		},
		ExportNamedDeclaration(node) {
			if (node.source?.value === "#host") put(node.source, '"#production/host"');
			const name = namedError(node.declaration, source);
			if (name === undefined) return;
			helpers.add(errorClass);
			put(node, `export const ${name} = /* @__PURE__ */ errorClass("${name}");`);
		},
		Property(node) {
			// Positions that are not known need no function that says so; labels are for dumps.
			const { key, value } = node;
			if (key.name === "place" && value.type === "ArrowFunctionExpression" && source(value.body) === "undefined")
				edits.push({ start: node.start, end: after(text, node.end), by: "" });
			else if ((key.name === "label" && value.type !== "Identifier") || (key.name === "text" && isProse(value)))
				edits.push({ start: node.start, end: after(text, node.end), by: "" });
		},
		AssignmentExpression(node) {
			if (source(node.left) === "this.label" && /^["`]|^[A-Z_]+\.name$/.test(source(node.right))) put(node, "void 0");
		},
		MemberExpression(node) {
			const name = source(node);
			if (name === "Number.POSITIVE_INFINITY") put(node, "Infinity");
			else if (name === "Number.NEGATIVE_INFINITY") put(node, "-Infinity");
		},
		VariableDeclaration(node) {
			const [{ id, init }] = node.declarations;
			if (node.declarations.length === 1 && isProse(init)) prose.push({ node, name: id.name, init });
		},
		Identifier(node) {
			references.push(node);
			if (node.name === switchName) put(node, "false");
		},
		ImportDeclaration({ source: from }) {
			if (from.value === "#host") put(from, '"#production/host"');
		},
		ImportSpecifier(node) {
			if (node.local.name === switchName) put(node, `${switchName} as unused`);
		},
	}).visit(program);
	for (const { node, name, init } of prose) {
		const isInside = (inner, outer) => inner.start >= outer.start && inner.end <= outer.end;
		const uses = references.filter((it) => it.name === name && !isInside(it, node));
		if (uses.every((use) => messages.some((it) => isInside(use, it)))) put(node, ";");
		else if (init.type === "Literal") put(init, '""');
	}
	if (file === "kernel/development.js")
		return [{ start: 0, end: text.length, by: "export const development = false;" }];
	if (helpers.size > 0) edits.push({ start: text.length, end: text.length, by: [...helpers].join("\n") });
	return edits;
}

/** The end of a property with its comma. */
function after(text, end) {
	return end + (/^\s*,/.exec(text.slice(end))?.[0].length ?? 0);
}

/** The class is an error with nothing but a name, and a code that follows from it. */
const errorClass = `
function errorClass(name) {
	const code = "HOLDFAST_" + name.slice(0, -5).replace(/\\B[A-Z]/g, "_$&").toUpperCase();
	return class extends HoldfastError {
		constructor(...args) { super(...args); this.name = name; this.code = code; }
	};
}`;

function namedError(node, source) {
	if (node?.type !== "ClassDeclaration" || node.superClass?.name !== "HoldfastError") return undefined;
	const { name } = node.id;
	const code = `HOLDFAST_${name
		.slice(0, -5)
		.replace(/\B[A-Z]/g, "_$&")
		.toUpperCase()}`;
	const body = source(node.body)
		.replace(/\/\*.*?\*\//gs, "")
		.replace(/\s/g, "");
	const plain = `{constructor(){super(...arguments);this.name="${name}";this.code="${code}";}}`;
	return body === plain ? name : undefined;
}

/** What is left of a message: the names and numbers in it, if they stand there as they are. `undefined` for what is no message. */
function wordsOf(expression, source) {
	switch (expression.type) {
		case "Literal":
			return typeof expression.value === "string" ? JSON.stringify(culpritOf(expression.value)) : undefined;
		case "TemplateLiteral": {
			const culprit = culpritOf(expression.quasis[0].value.cooked);
			const names = [...new Set(expression.expressions.map(nameIn).filter(isPlain).map(source))];
			if (names.length === 0) return JSON.stringify(culprit);
			if (names.length === 1 && culprit === "") return names[0];
			return `\`${[...(culprit === "" ? [] : [culprit]), ...names.map((name) => `\${${name}}`)].join(" ")}\``;
		}
		case "ConditionalExpression": {
			const [yes, no] = [wordsOf(expression.consequent, source), wordsOf(expression.alternate, source)];
			if (yes === undefined || no === undefined) return undefined;
			return yes === no ? yes : `${source(expression.test)} ? ${yes} : ${no}`;
		}
		default:
			return undefined;
	}
}

/** The function that a message begins with: `retry: …`, `Lock.release: …`, `pump() …`. */
function culpritOf(text) {
	return /^([\w.]+)(?=:|\()/.exec(text)?.[0] ?? "";
}

/** The name in `name || "…"`. */
function nameIn(node) {
	return node.type === "LogicalExpression" && node.operator === "||" ? nameIn(node.left) : node;
}

/** Text in words, as in `const mend = isCall ? "pass the function, not its call" : "pass a function"`. */
function isProse(node) {
	if (node?.type === "ConditionalExpression") return isProse(node.consequent) && isProse(node.alternate);
	if (node?.type === "TemplateLiteral") return / /.test(node.quasis.map(({ value }) => value.raw).join(""));
	return node?.type === "Literal" && typeof node.value === "string" && (/ /.test(node.value) || node.value === "");
}

/** A name that says who is to blame; words that were put together elsewhere are not. */
function isPlain(node) {
	if (node.type === "Identifier")
		return !["around", "call", "cut", "how", "mend", "waits", "where", "who"].includes(node.name);
	if (node.type === "ThisExpression") return true;
	if (node.type === "ChainExpression") return isPlain(node.expression);
	return node.type === "MemberExpression" && !node.computed && isPlain(node.object);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await buildProduction();
