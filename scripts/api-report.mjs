// api/<package>.api.d.ts: every declaration that a package's entries reach, as emitted, without comments.
// `--write` rewrites the reports; without it a difference is an error and is shown.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseSync } from "oxc-parser";
import { readModule } from "./import-graph.mjs";
import { root } from "./nodes.mjs";
import { typedEntries, workspacePackages } from "./packages.mjs";

/** @param {[string, string][]} entries export name and the `.d.ts` behind it */
export function apiReport(name, directory, entries) {
	const files = new Set();
	const reach = (file) => {
		if (files.has(file)) return;
		if (!existsSync(file)) throw new Error(`${relative(root, file)} is missing`);
		files.add(file);
		for (const { specifier } of readModule(file).imports) {
			if (specifier.startsWith("."))
				reach(resolve(dirname(file), specifier.replace(/(\.d)?\.([cm]?)[jt]s$/, ".d.$2ts")));
		}
	};
	for (const [, file] of entries) reach(file);
	const place = (file) => relative(directory, file);
	const head = entries.map(([entry, file]) => `// ${join(name, entry)} is ${place(file)}\n`).sort();
	const body = [...files].sort().map((file) => `\n// ---- ${place(file)} ----\n\n${withoutComments(file)}`);
	return [...head, ...body].join("");
}

function withoutComments(file) {
	const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
	let rest = "";
	let from = 0;
	for (const { start, end } of parseSync(file, text).comments) {
		rest += text.slice(from, start);
		from = end;
	}
	const lines = (rest + text.slice(from)).split("\n").map((line) => line.trimEnd());
	return `${lines.filter((line) => line !== "").join("\n")}\n`;
}

function main() {
	const write = process.argv.includes("--write");
	const directory = join(root, "api");
	mkdirSync(directory, { recursive: true });
	const orphans = new Set(readdirSync(directory).filter((file) => file.endsWith(".api.d.ts")));
	const differing = [];
	for (const workspacePackage of workspacePackages()) {
		const { name } = workspacePackage;
		const file = `${name.replace("@", "").replace("/", "-")}.api.d.ts`;
		orphans.delete(file);
		const report = apiReport(name, workspacePackage.directory, typedEntries(workspacePackage));
		const path = join(directory, file);
		if (existsSync(path) && readFileSync(path, "utf8") === report) continue;
		differing.push(`api/${file}`);
		if (write) writeFileSync(path, report);
		else showDifference(path, report);
	}
	for (const file of orphans) {
		differing.push(`api/${file}`);
		if (write) rmSync(join(directory, file));
		else console.log(`api/${file} belongs to no package`);
	}
	if (differing.length === 0) console.log("api: reports match the build");
	else if (write) console.log(`api: rewrote ${differing.join(", ")}`);
	else {
		console.log(`api: ${differing.join(", ")} differ; run npm run api and commit the result`);
		process.exitCode = 1;
	}
}

function showDifference(path, report) {
	const labels = ["--label", "committed", "--label", "built"];
	spawnSync("diff", ["-uN", ...labels, path, "-"], { input: report, stdio: ["pipe", "inherit", "inherit"] });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
