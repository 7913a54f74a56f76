// api/<package>.api.d.ts: the names that each entry of a package exports, and every declaration behind them as emitted,
// without comments. `--write` rewrites the reports; without it a difference is an error and is shown.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { Surface } from "./api-surface.mjs";
import { root } from "./nodes.mjs";
import { typedEntries, workspacePackages } from "./packages.mjs";

/** @param {[string, string][]} entries export name and the `.d.ts` behind it */
export function apiReport(name, directory, entries) {
	const surface = new Surface();
	const heads = entries.toSorted().map(([entry, file]) => {
		if (!existsSync(file)) throw new Error(`${relative(root, file)} is missing; build first`);
		surface.reachExport(file, "*");
		return `// ${join(name, entry)}\n${surface
			.exportedNames(file)
			.map((each) => `//   ${each}\n`)
			.join("")}\n`;
	});
	const bodies = [...surface.kept.keys()]
		.sort()
		.map((file) => `// ${relative(directory, file)}\n${surface.textOf(file)}`);
	return [...heads, bodies.join("\n")].join("");
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	try {
		main();
	} catch (error) {
		console.log(`api: ${error.message}`);
		process.exitCode = 1;
	}
}
