// Reads a module's imports and identifiers from its syntax tree, never from its text.
import { readFileSync } from "node:fs";
import { parseSync, Visitor } from "oxc-parser";

/**
 * @typedef {{ specifier: string, typeOnly: boolean, line: number }} Import
 * @typedef {{ imports: Import[], visit(visitor: object): void, lineOf(offset: number): number }} Module
 */

/** @returns {Module} */
export function readModule(path) {
	const text = readFileSync(path, "utf8");
	const { program, errors } = parseSync(path, text, { sourceType: /\.c[jt]s$/.test(path) ? "script" : "module" });
	if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
	const lineOf = (offset) => text.slice(0, offset).split("\n").length;
	const visit = (visitor) => new Visitor(visitor).visit(program);

	// `import { type A } from "x"` is no type-only import: under `verbatimModuleSyntax` it still runs x.
	const imports = [];
	const add = (specifier, typeOnly, start) => imports.push({ specifier, typeOnly, line: lineOf(start) });
	visit({
		ImportDeclaration(node) {
			add(node.source.value, node.importKind === "type", node.start);
		},
		ExportNamedDeclaration(node) {
			if (node.source !== null) add(node.source.value, node.exportKind === "type", node.start);
		},
		ExportAllDeclaration(node) {
			add(node.source.value, node.exportKind === "type", node.start);
		},
		ImportExpression(node) {
			if (node.source.type === "Literal") add(node.source.value, false, node.start);
		},
		TSImportType(node) {
			add(node.source.value, true, node.start);
		},
	});
	return { imports, visit, lineOf };
}
