// Which tests pass natively and fail compiled, and how much was compiled.
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { transform } from "../../packages/compiler/dist/index.js";
import { packageScope } from "../../packages/compiler/dist/package-scope.js";

/**
 * A test that passes in every native run has to pass compiled. What passes in some runs only, in whichever way, is flaky;
 * what the compiled suite reports as failed and the native one does not know (a crash, an unhandled rejection) is `added`.
 *
 * @param {import("./run-suite.mjs").Project} project
 * @param {import("./run-suite.mjs").Run[]} native
 * @param {import("./run-suite.mjs").Run[]} compiled
 */
export function compare(project, native, compiled) {
	const verdict = { native: 0, passed: 0, lost: [], added: [], listed: [], stale: [], nativeFailures: [], flaky: [] };
	const differs = Object.entries(project.differs ?? {});
	const used = new Set();
	for (const name of new Set(native.flatMap(({ outcomes }) => [...outcomes.keys()]))) {
		const statuses = native.map(({ outcomes }) => outcomes.get(name)?.status);
		if (!statuses.every((status) => status === "pass")) {
			if (statuses.includes("pass")) verdict.flaky.push({ name });
			else if (statuses.includes("fail")) verdict.nativeFailures.push({ name });
			continue;
		}
		verdict.native += 1;
		const here = compiled.map(({ outcomes }) => outcomes.get(name));
		if (here.some((outcome) => outcome?.status === "pass")) {
			verdict.passed += 1;
			if (!here.every((outcome) => outcome?.status === "pass")) verdict.flaky.push({ name });
			continue;
		}
		const error = here.find((outcome) => outcome?.error !== undefined)?.error ?? "did not run";
		const known = differs.find(([beginning]) => name.startsWith(beginning));
		if (known === undefined) verdict.lost.push({ name, error });
		else {
			used.add(known);
			verdict.listed.push({ name, reason: known[1] });
		}
	}
	const [first, ...others] = compiled;
	for (const [name, { status, error }] of first.outcomes) {
		if (status !== "fail" || native.some(({ outcomes }) => outcomes.has(name))) continue;
		if (others.every(({ outcomes }) => outcomes.get(name)?.status === "fail")) verdict.added.push({ name, error });
		else verdict.flaky.push({ name });
	}
	verdict.stale = differs.filter((entry) => !used.has(entry)).map(([name]) => ({ name }));
	return verdict;
}

/** Counted from the list that the loader has made while the suite ran. */
export function countFunctions(files, directory, structure) {
	const count = { files: 0, compiled: 0, plain: 0, generator: 0, native: 0, reasons: {} };
	for (const path of files) {
		// Some tests write modules, load them and remove them.
		if (!existsSync(path)) continue;
		const options = { filename: path, root: directory, structure, sourcemap: false };
		const format = packageScope(path).type ?? "commonjs";
		const { changed, functions } = transform(readFileSync(path, "utf8"), { ...options, format });
		if (!changed) throw new Error(`${relative(directory, path)} is on the list of compiled files and is not compiled`);
		count.files += 1;
		for (const { form, reason } of functions) {
			count[form] += 1;
			if (form !== "native") count.compiled += 1;
			if (reason !== undefined) count.reasons[reason] = (count.reasons[reason] ?? 0) + 1;
		}
	}
	return count;
}

/** The rows of docs/internals/real-projects.md. */
export function tableOf(rows, node) {
	const number = (value) => value.toLocaleString("en");
	const head = `On Node ${node.slice(1)}. "Differ" are those that the last column names.\n
| project | version | pass natively | pass compiled | differ | fail natively too | flaky | files compiled | functions compiled | left native |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |`;
	const lines = rows.map(({ name, repository, version, commit, verdict, functions }) => {
		const cells = [
			`[${name}](https://github.com/${repository})`,
			`${version} (\`${commit.slice(0, 8)}\`)`,
			verdict.native,
			verdict.passed,
			verdict.lost.length + verdict.added.length + verdict.listed.length,
			verdict.nativeFailures.length,
			verdict.flaky.length,
			functions.files,
			functions.compiled,
			functions.native,
		];
		return `| ${cells.map((cell) => (typeof cell === "number" ? number(cell) : cell)).join(" | ")} |`;
	});
	return `${head}\n${lines.join("\n")}\n`;
}
