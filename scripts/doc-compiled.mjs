// What the documentation says of the compiler, held against the compiler.
//
// `js compile` is a source; the `js` block after it is what the compiler makes of it, laid out by the formatter and
// compared without regard to white space. Words after `compile` choose: `structure=function`, `ticks=native`,
// `bodies=generators`, `show=NAME,…` (only these functions of the output) or `show=all` (else without the record of the module).
//
// `ts differs` is a program that prints one thing natively and another compiled: the two `text` blocks after it, in this
// order. With `agrees=ticks` it prints the first one, too, when it is compiled with `ticks: "native"`; `format=cts` makes it
// CommonJS, which is not type-checked.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { blocksOf, withBlocks } from "./doc-blocks.mjs";
import { root, toolNode } from "./nodes.mjs";

const longestRun = 30_000;
/** With `--conditions=@holdfast/source` the sources are asked instead of what was built. */
const flags = process.execArgv.filter((flag) => flag.startsWith("--conditions"));

/** The words of a block's first line: `compile show=f` gives `{ show: "f" }`. */
function wordsOf(info) {
	return Object.fromEntries([...info.matchAll(/\b(\w+)=(\S+)/g)].map(([, key, value]) => [key, value]));
}

/**
 * @typedef {{ place: string, code: string, words: Record<string, string>, shown: readonly (string | undefined)[], index: number }} Compared
 * @returns {{ compiled: Compared[], differing: Compared[], problems: string[] }}
 */
export function extractCompared(file, text) {
	const blocks = blocksOf(text);
	const found = { compiled: [], differing: [], problems: [] };
	blocks.forEach(({ info, code, line }, index) => {
		const [language, role] = info.split(/\s+/);
		const place = `${file}:${line}`;
		const follows = (count, wanted) =>
			blocks.slice(index + 1, index + 1 + count).filter((next) => next.info === wanted);
		if (role === "compile") {
			const shown = follows(1, language).map((next) => next.code);
			if (shown.length < 1) found.problems.push(`${place} needs a block after it, for what it is compiled to`);
			found.compiled.push({ place, code, words: wordsOf(info), shown, index });
		} else if (role === "differs") {
			const shown = follows(2, "text").map((next) => next.code);
			if (shown.length < 2) found.problems.push(`${place} needs two blocks after it: native, compiled`);
			else if (shown[0] === shown[1]) found.problems.push(`${place} does not differ`);
			found.differing.push({ place, code, words: wordsOf(info), shown, index });
		}
	});
	return found;
}

/** The statements of the output that make the record of the module: the same in every file. */
const record = /^(?:import \{ kernel as \$k \}|var \$s\b|const \$s\b|const \$m\b|function \$load\b)/;

/** What the compiler makes of a source. */
async function compile({ code, words }) {
	const { parseSync } = await import("oxc-parser");
	const { transform } = await import("@holdfast/compiler");
	const { structure = "function", ticks = "default", bodies = "plain", show } = words;
	const result = transform(code, { filename: "app.js", structure, ticks, bodies, sourcemap: false });
	if (show === "all") return result.code;
	const { program } = parseSync("app.js", result.code);
	const texts = program.body
		.map((node) => result.code.slice(node.start, node.end))
		.filter((text) => !record.test(text));
	if (show === undefined) return texts.join("\n\n");
	return show
		.split(",")
		.map((name) => functionNamed(program, name, result.code))
		.join("\n\n");
}

function functionNamed(node, name, code) {
	if (node === null || typeof node !== "object") return undefined;
	if (node.type === "FunctionDeclaration" && node.id?.name === name) return code.slice(node.start, node.end);
	for (const child of Object.values(node)) {
		const found = functionNamed(child, name, code);
		if (found !== undefined) return found;
	}
	return undefined;
}

/** The texts as the formatter lays them out. */
function layOut(texts, directory) {
	const folder = join(directory, "emitted");
	mkdirSync(folder, { recursive: true });
	const files = texts.map((text, index) => {
		const file = join(folder, `${index}.js`);
		writeFileSync(file, text);
		return file;
	});
	const settings = { root: true, formatter: { indentStyle: "tab", lineWidth: 110 } };
	writeFileSync(join(folder, "biome.json"), JSON.stringify(settings));
	const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
	const { status, stderr } = spawnSync(process.execPath, [biome, "format", "--write", "--vcs-enabled=false", "."], {
		cwd: folder,
		encoding: "utf8",
	});
	if (status !== 0) throw new Error(`The formatter refuses what is emitted: ${stderr}`);
	return files.map((file) => readFileSync(file, "utf8"));
}

const dense = (text) => text.replaceAll(/\s+/g, "");

/** @returns {Promise<{ printed: string, errors: string }>} what a program prints, and how it ends if not well */
function print(node, file, environment, imported) {
	return new Promise((resolve) => {
		const loader = imported ? ["--import", import.meta.resolve("@holdfast/compiler/register")] : [];
		const child = spawn(node, [...flags, "--disable-warning=ExperimentalWarning", ...loader, file], {
			env: { ...process.env, HOLDFAST_STRUCTURE: "scope", NODE_OPTIONS: "", ...environment },
			stdio: ["ignore", "pipe", "pipe"],
			timeout: longestRun,
		});
		let printed = "";
		let errors = "";
		child.stdout.on("data", (chunk) => (printed += chunk));
		child.stderr.on("data", (chunk) => (errors += chunk));
		child.on("close", (code, signal) => {
			resolve({ printed: code === 0 ? printed : `${printed}(exit code ${code ?? signal})\n`, errors });
		});
	});
}

/**
 * Reads pages, and writes their programs that differ into `directory`, where they are type-checked, too.
 *
 * @param {readonly (readonly [file: string, text: string])[]} pages
 */
export function readCompared(pages, directory) {
	let count = 0;
	return pages.map(([file, text]) => {
		const found = extractCompared(file, text);
		const programs = found.differing.map((program) => {
			const name = `differs-${count++}.${program.words.format ?? "ts"}`;
			writeFileSync(join(directory, name), program.code);
			return { ...program, name };
		});
		return { file, text, ...found, differing: programs };
	});
}

/**
 * Holds pages against the compiler. With `rewrites` what differs is written into the page.
 *
 * @param types type errors by file name
 * @returns {Promise<{ passed: number, failures: string[] }>}
 */
export async function checkCompiled(pages, directory, types, rewrites) {
	const failures = pages.flatMap(({ problems }) => problems);
	let passed = 0;
	const node = toolNode();
	for (const { file, text, compiled, differing } of pages) {
		/** New contents of blocks, by their number. */
		const changes = new Map();
		const compare = (place, number, shown, actual, isSame, errors = "") => {
			if (isSame(shown ?? "", actual)) passed += 1;
			else if (rewrites) changes.set(number, actual);
			else failures.push(`${place} gives\n${actual}${errors}\ninstead of\n${shown}`);
		};
		if (compiled.length > 0) {
			const emitted = layOut(await Promise.all(compiled.map(compile)), directory);
			compiled.forEach(({ place, shown, index }, number) => {
				compare(place, index + 1, shown[0], emitted[number], (a, b) => dense(a) === dense(b));
			});
		}
		const same = (a, b) => a.trimEnd() === b.trimEnd();
		for (const { place, name, words, shown, index } of differing) {
			if (types.has(name)) failures.push(`${place} ${types.get(name)}`);
			const program = join(directory, name);
			const structure = { HOLDFAST_STRUCTURE: words.structure ?? "scope" };
			const native = await print(node, program, {}, false);
			compare(`${place} (native)`, index + 1, shown[0], native.printed, same, native.errors);
			const compiledOne = await print(node, program, structure, true);
			compare(`${place} (compiled)`, index + 2, shown[1], compiledOne.printed, same, compiledOne.errors);
			if (words.agrees !== "ticks") continue;
			const ordered = await print(node, program, { ...structure, HOLDFAST_TICKS: "native" }, true);
			if (same(native.printed, ordered.printed)) passed += 1;
			else
				failures.push(
					`${place} prints with native ticks\n${ordered.printed}${ordered.errors}\ninstead of\n${native.printed}`,
				);
		}
		if (changes.size > 0) writeFileSync(join(root, file), withBlocks(text, changes));
	}
	return { passed, failures };
}
