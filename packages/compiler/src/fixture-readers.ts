import type { Program } from "oxc-parser";
import { eachChild, isFunction, type Node, unwrap } from "./ast.ts";
import type { FunctionInfo } from "./function-info.ts";

/** Test runners that read from the text of a function which fixtures its parameter takes. */
const runners = /^(?:vitest|@playwright\/[\w-]+)$/;
/** What they are called where no import says so. */
const globalNames = new Set([
	"test",
	"it",
	"bench",
	"beforeEach",
	"afterEach",
	"beforeAll",
	"afterAll",
	"aroundEach",
	"aroundAll",
]);
const extenders = new Set(["extend", "override", "scoped"]);

/**
 * Leaves native what Vitest and Playwright read: `test("…", async ({ page }) => …)` and `test.extend({ page: async ({}, use) => … })`.
 * They find the names in `fn.toString()`, and the text of a compiled function is that of its shell.
 */
export function leaveFixtureReaders(program: Program, functions: readonly FunctionInfo[]): void {
	const candidates = functions.filter(
		({ node, isAsync }) => isAsync && isFunction(node) && node.params[0]?.type === "ObjectPattern",
	);
	if (candidates.length === 0) return;
	const importsRunner = program.body.some(
		(statement) => statement.type === "ImportDeclaration" && runners.test(statement.source.value),
	);
	const isRunner = (callee: Node): boolean => importsRunner || globalNames.has(rootName(callee) ?? "");
	let extended: Set<Node> | undefined;
	for (const info of candidates) {
		const { holder } = info;
		if (holder?.type === "CallExpression") {
			if (holder.callee !== info.node && isRunner(holder.callee)) info.reason ??= "FIXTURES";
		} else if (holder?.type === "Property" || holder?.type === "ArrayExpression") {
			extended ??= fixturesOf(program, isRunner);
			if (extended.has(info.node)) info.reason ??= "FIXTURES";
		}
	}
}

/** `test` in `test.skip`, `test.each([…])` and `test.extend({…})`. */
function rootName(callee: Node): string | undefined {
	const node = unwrap(callee);
	if (node.type === "Identifier") return node.name;
	if (node.type === "MemberExpression") return rootName(node.object);
	if (node.type === "CallExpression") return rootName(node.callee);
	if (node.type === "TaggedTemplateExpression") return rootName(node.tag);
	return undefined;
}

/** The functions in the objects that are given to `….extend()`. */
function fixturesOf(program: Node, isRunner: (callee: Node) => boolean): Set<Node> {
	const found = new Set<Node>();
	const visit = (node: Node): void => {
		if (node.type === "CallExpression" && isExtension(node.callee) && isRunner(node.callee))
			for (const argument of node.arguments) if (argument.type === "ObjectExpression") collect(argument, found);
		eachChild(node, visit);
	};
	visit(program);
	return found;
}

function isExtension(callee: Node): boolean {
	return (
		callee.type === "MemberExpression" && callee.property.type === "Identifier" && extenders.has(callee.property.name)
	);
}

/** A fixture is a property's function, or the first of an array with options behind it. */
function collect(fixtures: Node & { type: "ObjectExpression" }, found: Set<Node>): void {
	for (const property of fixtures.properties) {
		if (property.type !== "Property") continue;
		const value = unwrap(property.value as Node);
		const first = value.type === "ArrayExpression" ? value.elements[0] : value;
		if (first !== null && first !== undefined) found.add(unwrap(first));
	}
}
