// Runs the documentation. A block marked `ts run` is a whole program; when the next block is a `text` block, that is
// what the program prints to standard output. `ts run exit=1` expects that exit code. All are type-checked as well.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { hostNode, root } from "./nodes.mjs";

// Inside the checkout, so that `holdfast` resolves, and outside node_modules, which is not compiled.
const directory = join(root, ".snippets");
const longestRun = 30_000;

/**
 * @typedef {{ place: string, code: string, exit: number, output: string | undefined }} Snippet
 * @returns {Snippet[]}
 */
export function extractSnippets(file, text) {
	const fence = /^( *)(`{3,}|~{3,})([^\n]*)\n(.*?)^ *\2[ \t]*$/gms;
	const blocks = [...text.matchAll(fence)].map(({ 1: indent, 3: info, 4: body, index }) => ({
		info: info.trim(),
		code: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
		line: text.slice(0, index).split("\n").length,
	}));
	return blocks.flatMap(({ info, code, line }, index) => {
		if (!/^ts run\b/.test(info)) return [];
		const next = blocks[index + 1];
		const output = next?.info === "text" ? next.code : undefined;
		return [{ place: `${file}:${line}`, code, output, exit: Number(/\bexit=(\d+)/.exec(info)?.[1] ?? 0) }];
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
		extends: "../tsconfig.check.json",
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
	return new Promise((resolve) => {
		const child = spawn(hostNode, [join(root, "packages/cli/dist/bin.js"), "run", file], {
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

async function main() {
	rmSync(directory, { recursive: true, force: true });
	mkdirSync(directory);
	const snippets = documents().flatMap((file) => extractSnippets(file, readFileSync(join(root, file), "utf8")));
	const named = snippets.map((snippet, index) => [`snippet-${index + 1}.ts`, snippet]);
	for (const [file, { code }] of named) writeFileSync(join(directory, file), code);
	const types = named.length === 0 ? new Map() : typeErrors();
	const queue = [...named];
	let failed = 0;
	const worker = async () => {
		for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
			const [file, snippet] = next;
			const problem = types.get(file) ?? (await runSnippet(file, snippet));
			if (problem === undefined) continue;
			failed += 1;
			console.log(`${snippet.place} ${problem}`);
		}
	};
	await Promise.all(Array.from({ length: availableParallelism() }, worker));
	console.log(`${named.length - failed} passed, ${failed} failed`);
	process.exitCode = failed === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
