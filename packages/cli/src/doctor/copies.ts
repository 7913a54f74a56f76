import { existsSync, readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import type { Finding } from "./diagnosis.ts";
import { readJson } from "./project.ts";

interface Copy {
	readonly name: string;
	readonly version: string;
	/** Relative to the root. */
	readonly path: string;
}

/** The version of a package that code in `root` finds; `undefined`: none. */
export function installedVersion(root: string, name: string): string | undefined {
	for (let folder = root; ; folder = dirname(folder)) {
		const manifest = join(folder, "node_modules", name, "package.json");
		if (existsSync(manifest)) return versionOf(manifest);
		if (dirname(folder) === folder) break;
	}
	try {
		return versionOf(createRequire(join(root, "package.json")).resolve(`${name}/package.json`));
	} catch {
		return undefined;
	}
}

/** Packages of Holdfast that are there more than once, or whose versions do not belong together. */
export function checkCopies(root: string): Finding[] {
	const copies = [...findCopies(root)];
	const findings: Finding[] = [];
	for (const name of new Set(copies.map((copy) => copy.name))) {
		const same = copies.filter((copy) => copy.name === name);
		if (same.length < 2) continue;
		const list = same.map(({ version, path }) => `${version} (${path})`).join(", ");
		const differ = new Set(same.map(({ version }) => version)).size > 1;
		findings.push({
			code: "several-copies",
			level: differ ? "problem" : "note",
			message: `${name} is installed ${same.length} times: ${list}.`,
			mend: differ
				? "Bring all dependents to one version (npm dedupe, or an override in package.json): a compiled function awaited by another version's is a foreign promise to it."
				: "They work together; npm dedupe makes the program smaller.",
		});
	}
	const [library, compiler] = [installedVersion(root, "holdfast"), installedVersion(root, "@holdfast/compiler")];
	if (library !== undefined && compiler !== undefined && series(library) !== series(compiler))
		findings.push({
			code: "versions-differ",
			level: "problem",
			message: `@holdfast/compiler ${compiler} compiles for another version of the runtime than holdfast ${library}.`,
			mend: "Install versions that belong together: npm install holdfast@latest && npm install -D @holdfast/compiler@latest",
		});
	return findings;
}

/** What changes with a version that may break something. */
function series(version: string): string {
	const [major, minor] = version.split(".");
	return major === "0" ? `0.${minor}` : String(major);
}

function* findCopies(root: string): Generator<Copy> {
	const seen = new Set<string>();
	const folders = [join(root, "node_modules")];
	// Links between packages of a workspace may lead round in a circle.
	const walked = new Set<string | undefined>();
	for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
		const place = realPath(folder);
		if (walked.has(place)) continue;
		walked.add(place);
		for (const path of packagesIn(folder)) {
			const name = relative(folder, path).replaceAll("\\", "/");
			const isOurs = name === "holdfast" || name.startsWith("@holdfast/");
			// Links of a workspace, and pnpm's, lead to the same folder.
			const real = isOurs ? realPath(path) : undefined;
			if (real !== undefined && !seen.has(real)) {
				seen.add(real);
				yield { name, version: versionOf(join(real, "package.json")) ?? "?", path: relative(root, path) || path };
			}
			if (existsSync(join(path, "node_modules"))) folders.push(join(path, "node_modules"));
		}
		for (const entry of entriesOf(join(folder, ".pnpm")))
			if (/^(?:holdfast|@holdfast\+)/.test(entry)) folders.push(join(folder, ".pnpm", entry, "node_modules"));
	}
}

function packagesIn(folder: string): string[] {
	return entriesOf(folder).flatMap((entry) =>
		entry.startsWith("@")
			? entriesOf(join(folder, entry)).map((name) => join(folder, entry, name))
			: entry.startsWith(".")
				? []
				: [join(folder, entry)],
	);
}

function entriesOf(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

function realPath(path: string): string | undefined {
	try {
		return realpathSync(path);
	} catch {
		return undefined;
	}
}

function versionOf(manifest: string): string | undefined {
	const { version } = Object(readJson(manifest)) as { version?: unknown };
	return typeof version === "string" ? version : undefined;
}
