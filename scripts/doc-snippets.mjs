// Runs the documentation. A block marked `ts run` is a whole program; when the next block is a `text` block, that is
// what the program prints to standard output. `ts run exit=1` expects that exit code. All are type-checked as well.
// Examples of other libraries and ours stand side by side in docs/coming-from (see doc-pairs.mjs); what the compiler makes
// of a source is held against the compiler (see doc-compiled.mjs).
// `node scripts/doc-snippets.mjs docs/coming-from/rxjs.md` runs those of one page. With `--write` it writes into the pages
// what the compiler emits now, and what programs print that differ natively.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { blocksOf, exitOf } from "./doc-blocks.mjs";
import { checkCompiled, readCompared } from "./doc-compiled.mjs";
import { extractPairs } from "./doc-pairs.mjs";
import { hostNode, root } from "./nodes.mjs";

// Inside the checkout, so that `holdfast` resolves, and outside node_modules, which is not compiled.
const directory = join(root, ".snippets", String(process.pid));
const longestRun = 30_000;

/**
 * @typedef {{ place: string, code: string, exit: number, output: string | undefined }} Snippet
 * @returns {Snippet[]}
 */
export function extractSnippets(file, text) {
	const blocks = blocksOf(text);
	return blocks.flatMap(({ info, code, line }, index) => {
		if (!/^ts run\b/.test(info)) return [];
		const next = blocks[index + 1];
		const output = next?.info === "text" ? next.code : undefined;
		return [{ place: `${file}:${line}`, code, output, exit: exitOf(info) }];
	});
}

function documents() {
	const pages = existsSync(join(root, "docs")) ? readdirSync(join(root, "docs"), { recursive: true }) : [];
	const files = ["README.md", ...pages.map((page) => `docs/${page}`)];
	return files.filter((file) => file.endsWith(".md") && !file.includes("node_modules") && existsSync(join(root, file)));
}

/** @returns {Map<string, string>} type errors by file name */
function typeErrors() {
	const options = {
		extends: "../../tsconfig.check.json",
		compilerOptions: { noUnusedLocals: false },
		include: ["*.ts"],
		exclude: [],
	};
	writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(options));
	const tsc = join(root, "node_modules/typescript/bin/tsc");
	const { stdout } = spawnSync(hostNode, [tsc, "-p", "tsconfig.json", "--pretty", "false"], {
		cwd: directory,
		encoding: "utf8",
	});
	const errors = new Map();
	for (const line of stdout.split("\n")) {
		const file = /^([^(]+)\(/.exec(line)?.[1];
		if (file !== undefined) errors.set(file, `${errors.get(file) ?? ""}${line}\n`);
	}
	return errors;
}

/** @returns {Promise<string | undefined>} what is wrong */
function runSnippet(file, { exit, output }) {
	const command = file.endsWith(".py") ? ["python3"] : [hostNode, join(root, "packages/cli/dist/bin.js"), "run"];
	return new Promise((resolve) => {
		const child = spawn(command[0], [...command.slice(1), file], {
			cwd: directory,
			env: { ...process.env, HOLDFAST_STRUCTURE: "function" },
			stdio: ["ignore", "pipe", "pipe"],
			timeout: longestRun,
		});
		let printed = "";
		let errors = "";
		child.stdout.on("data", (chunk) => (printed += chunk));
		child.stderr.on("data", (chunk) => (errors += chunk));
		child.on("error", (error) => resolve(error.message));
		child.on("close", (code, signal) => {
			if (code !== exit) resolve(`ended with ${code ?? signal} instead of ${exit}\n${printed}${errors}`);
			else if (output !== undefined && printed.trimEnd() !== output.trimEnd()) {
				resolve(`printed\n${printed}\ninstead of\n${output}`);
			} else resolve(undefined);
		});
	});
}

/** Which languages this machine cannot run, and why. */
function missingLanguages() {
	const imports = (module) => spawnSync("python3", ["-c", `import ${module}`]).status === 0;
	const missing = new Map([["kotlin", "Kotlin is never run here"]]);
	// TaskGroup and timeout() of asyncio came with Python 3.11.
	if (!imports("asyncio.taskgroups")) missing.set("asyncio", "no python3 from 3.11 on");
	if (!imports("trio")) missing.set("trio", "no python3 with trio");
	return missing;
}

/** File name and text of an example: foreign TypeScript is not compiled by Holdfast. */
function fileOf({ language, role, code }, number) {
	if (language === "python") return [`example_${number}.py`, code];
	return [`example-${number}.ts`, role === "ours" ? code : `"use native"; ${code}`];
}

async function main(only) {
	rmSync(directory, { recursive: true, force: true });
	mkdirSync(directory, { recursive: true });
	try {
		const rewrites = only.includes("--write");
		const pages = only.filter((word) => word !== "--write");
		await check(pages.length > 0 ? pages : documents(), rewrites);
	} finally {
		rmSync(directory, { recursive: true });
	}
}

async function check(files, rewrites) {
	const named = [];
	const notRun = new Map();
	let passed = 0;
	let failed = 0;
	const fail = (message) => {
		failed += 1;
		console.log(message);
	};
	for (const file of files) {
		const text = readFileSync(join(root, file), "utf8");
		for (const snippet of extractSnippets(file, text))
			named.push([`snippet-${named.length}.ts`, snippet, snippet.code]);
		const { examples, problems } = extractPairs(file, text);
		problems.forEach(fail);
		const missing = examples.length === 0 ? new Map() : missingLanguages();
		for (const example of examples) {
			const why = missing.get(example.name) ?? missing.get(example.language);
			if (why !== undefined) notRun.set(why, (notRun.get(why) ?? 0) + 1);
			else {
				const [name, code] = fileOf(example, named.length);
				named.push([name, example, code]);
			}
		}
	}
	for (const [file, , code] of named) writeFileSync(join(directory, file), code);
	const pages = readCompared(
		files.map((file) => [file, readFileSync(join(root, file), "utf8")]),
		directory,
	);
	const programs = named.length + pages.reduce((sum, { differing }) => sum + differing.length, 0);
	const types = programs === 0 ? new Map() : typeErrors();
	const queue = [...named];
	const worker = async () => {
		for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
			const [file, snippet] = next;
			const problem = types.get(file) ?? (await runSnippet(file, snippet));
			if (problem === undefined) passed += 1;
			else fail(`${snippet.place} ${problem}`);
		}
	};
	await Promise.all(Array.from({ length: availableParallelism() }, worker));
	const compared = await checkCompiled(pages, directory, types, rewrites);
	passed += compared.passed;
	compared.failures.forEach(fail);
	for (const [why, count] of notRun) console.log(`${why}: ${count} examples were not run`);
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(process.argv.slice(2));
