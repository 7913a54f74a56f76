// Which tests of test262 are run, and what the head of each says.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

const folders = ["language", "built-ins", "annexB", "staging"];

/** Words that the compiler looks at, and what stands beside them in the issue: `import()` with await, `Array.fromAsync`. */
const interesting = /\basync\b|\bawait\b|\busing\b|\bPromise\s*\.\s*(?:race|any|all)\b|\bAsync[A-Z]|\bfromAsync\b/;

/** Needs agents, a second thread that waits: nothing of it is compiled. */
const beside = /^(?:built-ins|staging)\/(?:[\w/]*\/)?(?:Atomics|SharedArrayBuffer)\//;

/** Paths below `test/`, sorted, with forward slashes. */
export function selectTests(root, only) {
	const found = [];
	for (const folder of folders) if (existsSync(join(root, "test", folder))) walk(join(root, "test", folder), found);
	return found
		.map((file) => relative(join(root, "test"), file).split(sep).join("/"))
		.filter((path) => !beside.test(path) && (only === undefined || only.test(path)))
		.filter((path) => interesting.test(withoutHead(readFileSync(join(root, "test", path), "utf8"))))
		.sort();
}

function walk(folder, found) {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) walk(path, found);
		else if (entry.name.endsWith(".js") && !entry.name.includes("_FIXTURE")) found.push(path);
	}
}

function withoutHead(source) {
	return source.replace(/\/\*---[\s\S]*?---\*\//, "").replace(/^\s*\/\/.*$/gm, "");
}

/** The metadata of a test; its YAML uses lists and one nested table. */
export function readHead(source) {
	const text = /\/\*---([\s\S]*?)---\*\//.exec(source)?.[1] ?? "";
	const type = /^negative:[\s\S]*?^\s+type:\s*(\w+)/m.exec(text)?.[1];
	const phase = /^negative:[\s\S]*?^\s+phase:\s*(\w+)/m.exec(text)?.[1];
	return {
		flags: new Set(readList(text, "flags")),
		includes: readList(text, "includes"),
		negative: type === undefined ? undefined : { phase, type },
	};
}

function readList(text, key) {
	const inline = new RegExp(`^${key}:\\s*\\[([\\s\\S]*?)\\]`, "m").exec(text);
	if (inline !== null) return split(inline[1], ",");
	const block = new RegExp(`^${key}:\\s*\\n((?:\\s+-\\s.*(?:\\n|$))*)`, "m").exec(text);
	return block === null ? [] : split(block[1], /^\s*-\s/m);
}

function split(text, separator) {
	return text
		.split(separator)
		.map((item) => item.trim())
		.filter((item) => item !== "");
}

/** How a test is run: most as sloppy and as strict code. */
export function scenariosOf({ flags }) {
	if (flags.has("module")) return ["module"];
	if (flags.has("raw") || flags.has("noStrict")) return ["sloppy"];
	return flags.has("onlyStrict") ? ["strict"] : ["sloppy", "strict"];
}
