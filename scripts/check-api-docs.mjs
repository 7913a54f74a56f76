// Every public export is documented on exactly one page of docs/api. Such a page says what it documents by a heading or by
// the first cell of a table's row: `withTimeout(milliseconds, body)` there documents withTimeout. A heading wins over tables,
// so other pages may list the name. For a type it is enough to be named in code on some page.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Surface } from "./api-surface.mjs";
import { root } from "./nodes.mjs";
import { typedEntries, workspacePackages } from "./packages.mjs";

/** What the output of the compiler, and tools, import is no interface for programs. */
const internal = new Set(["holdfast ./compiled", "holdfast ./inspect"]);
const packages = new Set(["holdfast", "@holdfast/node", "@holdfast/testing"]);
/** Packages whose errors have a row in errors.md. */
const withErrorTable = new Set(["holdfast", "@holdfast/node"]);

/**
 * @param {Map<string, string>} pages their texts by name
 * @returns {string[]} one line per violation
 */
export function checkPages(values, types, pages) {
	const headings = new Map();
	const cells = new Map();
	const mentioned = new Set();
	for (const [page, text] of pages) {
		const prose = text.replaceAll(/^( *)(`{3,}|~{3,}).*?^ *\2[ \t]*$/gms, "");
		for (const [line] of prose.matchAll(/^#{1,6} .*$/gm)) addNames(headings, page, line);
		for (const [, cell] of prose.matchAll(/^\|((?:`[^`\n]*`|[^`|\n])*)\|/gm)) addNames(cells, page, cell);
		for (const [, code] of prose.matchAll(/`([^`\n]+)`/g))
			for (const [word] of code.matchAll(/[\w$]+/g)) mentioned.add(word);
	}
	const violations = [];
	for (const name of values) {
		const documented = [...(headings.get(name) ?? cells.get(name) ?? [])];
		if (documented.length === 0) violations.push(`${name} is documented on no page`);
		if (documented.length > 1) violations.push(`${name} is documented on ${documented.join(" and ")}`);
	}
	for (const name of types) if (!mentioned.has(name)) violations.push(`the type ${name} is named on no page`);
	return violations;
}

/** The first word of each piece of code: `new Lock()`, `await using x = openTaskGroup()` and `lock.with(body)` are not alike. */
function addNames(found, page, text) {
	for (const [, name] of text.matchAll(/`(?:new |type |class )?([\w$]+)(?=[`(<:? ])/g))
		found.set(name, (found.get(name) ?? new Set()).add(page));
}

/** `undefined` for the abstract base. */
function codeOf(ErrorClass) {
	return new ErrorClass("message").code;
}

async function main() {
	const values = new Set();
	const types = new Set();
	const codes = new Map();
	for (const workspacePackage of workspacePackages()) {
		const { name } = workspacePackage;
		if (!packages.has(name)) continue;
		for (const [entry, file] of typedEntries(workspacePackage)) {
			if (internal.has(`${name} ${entry}`)) continue;
			const present = await import(pathToFileURL(file.replace(/\.d\.ts$/, ".js")));
			for (const each of new Surface().exportedNames(file)) {
				(each in present ? values : types).add(each);
				if (withErrorTable.has(name) && /Error$/.test(each) && present[each]?.prototype instanceof Error)
					codes.set(each, codeOf(present[each]));
			}
		}
	}
	const directory = join(root, "docs/api");
	const names = readdirSync(directory).filter((name) => name.endsWith(".md") && name !== "README.md");
	const pages = new Map(names.map((name) => [name, readFileSync(join(directory, name), "utf8")]));
	const violations = checkPages(values, types, pages);
	for (const [name, code] of codes)
		if (code !== undefined && !pages.get("errors.md")?.includes(`\n| \`${name}\` | \`${code}\` |`))
			violations.push(`errors.md has no row for ${name} with its code ${code}`);
	for (const violation of violations) console.log(`docs/api: ${violation}`);
	const total = values.size + types.size + codes.size;
	console.log(`${total - violations.length} passed, ${violations.length} failed`);
	process.exitCode = violations.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
