/** The only module that opens files: finds the documents below a folder, and never leaves that folder. */
import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve, sep } from "node:path";
import picomatch from "picomatch";
import { UsageError } from "./arguments.ts";
import { errorCode } from "./verdict.ts";

/** Paths below the folder are relative, with forward slashes; "" is the folder itself. */
export interface Document {
	readonly path: string;
	/** The nearest folder at or above the document that holds a `package.json` or a `.git`, else "". */
	readonly project: string;
}

export interface Filter {
	readonly include: readonly string[];
	readonly exclude: readonly string[];
}

const kinds: Readonly<Record<string, "markdown" | "html">> = {
	".md": "markdown",
	".markdown": "markdown",
	".html": "html",
	".htm": "html",
};

/** What a file is, by its name; `undefined` for everything that is no document. */
export function documentKind(path: string): "markdown" | "html" | undefined {
	return kinds[extname(path).toLowerCase()];
}

/**
 * The real path of the folder to check.
 *
 * @throws {UsageError} if there is none, or if it cannot be read.
 */
export async function openFolder(given: string | undefined): Promise<string> {
	if (given === undefined) return openFolder(await nearestModules(process.cwd()));
	try {
		const folder = await realpath(given);
		await readdir(folder);
		return folder;
	} catch (error) {
		throw new UsageError(`cannot read the folder ${given}: ${explain(error)}`, { cause: error });
	}
}

async function nearestModules(start: string): Promise<string> {
	for (let folder = start; ; folder = dirname(folder)) {
		const modules = join(folder, "node_modules");
		const found = await stat(modules).catch(() => undefined);
		if (found?.isDirectory()) return modules;
		if (dirname(folder) === folder) throw new UsageError("no folder given, and no node_modules here or above");
	}
}

/** What a system error means, for people. */
export function explain(error: unknown): string {
	const code = errorCode(error);
	const known: Readonly<Record<string, string>> = {
		EACCES: "permission denied",
		EPERM: "permission denied",
		ENOENT: "it does not exist",
		ENOTDIR: "it is not a folder",
		ELOOP: "its symbolic links go in circles",
	};
	return known[code] ?? (error instanceof Error ? error.message : String(error));
}

/**
 * Every document below the folder. Symbolic links are not followed: what they lead to is either below
 * the folder too, and found there, or outside. Folders named `.git` are left out, and so is `node_modules`
 * unless the folder to check lies in one itself.
 *
 * @param onUnreadable told of each subfolder that cannot be read; the walk goes on without it.
 */
export async function* findDocuments(
	folder: string,
	filter: Filter,
	onUnreadable: (path: string, why: string) => void,
): AsyncGenerator<Document> {
	const included = filter.include.length === 0 ? () => true : picomatch([...filter.include], { dot: true });
	const excluded = picomatch([...filter.exclude], { dot: true });
	const insideModules = folder.split(sep).includes("node_modules");
	const pending = [{ path: "", project: "" }];
	for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
		const { path } = next;
		const entries = await entriesOf(join(folder, path), (why) => onUnreadable(path, why));
		const isProject = entries.some(({ name }) => name === "package.json" || name === ".git");
		const project = isProject ? path : next.project;
		for (const entry of entries) {
			const entryPath = path === "" ? entry.name : `${path}/${entry.name}`;
			if (excluded(entryPath)) continue;
			if (entry.isFile() && documentKind(entry.name) && included(entryPath)) yield { path: entryPath, project };
			if (!entry.isDirectory() || entry.name === ".git") continue;
			if (insideModules || entry.name !== "node_modules") pending.push({ path: entryPath, project });
		}
	}
}

async function entriesOf(folder: string, onUnreadable: (why: string) => void): Promise<Dirent[]> {
	try {
		const entries = await readdir(folder, { withFileTypes: true });
		return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
	} catch (error) {
		onUnreadable(explain(error));
		return [];
	}
}

export type Located =
	| { readonly kind: "file"; readonly path: string; readonly size: number }
	| { readonly kind: "folder"; readonly path: string }
	| { readonly kind: "missing"; readonly hint: string | undefined }
	| { readonly kind: "outside" }
	| { readonly kind: "unreadable"; readonly why: string };

/** Finds what `path` names below `folder`, symbolic links followed as long as they stay inside. */
export async function locate(folder: string, path: string): Promise<Located> {
	if (path.split("/").includes("..")) return { kind: "outside" };
	if (path.includes("\0")) return { kind: "missing", hint: undefined };
	const wanted = join(folder, path);
	const real = await settled(realpath(wanted));
	if ("error" in real) return unlocated(folder, wanted, real.error);
	if (!isInside(folder, real.value)) return { kind: "outside" };
	const found = await settled(stat(real.value));
	if ("error" in found) return unlocated(folder, wanted, found.error);
	if (found.value.isDirectory()) return { kind: "folder", path: real.value };
	// Pipes and devices are never opened.
	if (!found.value.isFile()) return { kind: "missing", hint: undefined };
	return { kind: "file", path: real.value, size: found.value.size };
}

/**
 * The outcome of a promise whose failure is an answer like any other. A promise that cannot reject cannot do so after
 * Ctrl-C either, when nobody waits for it any more and the failure would be reported.
 */
function settled<T>(promise: Promise<T>): Promise<{ value: T } | { error: unknown }> {
	return promise.then(
		(value) => ({ value }),
		(error: unknown) => ({ error }),
	);
}

async function unlocated(folder: string, wanted: string, error: unknown): Promise<Located> {
	const missing = ["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"].includes(errorCode(error));
	return missing ? { kind: "missing", hint: await alike(folder, wanted) } : { kind: "unreadable", why: explain(error) };
}

function isInside(folder: string, real: string): boolean {
	return real === folder || real.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The name of a neighbour that differs from what was wanted in its case, or in being no folder. */
async function alike(folder: string, wanted: string): Promise<string | undefined> {
	const name = basename(wanted);
	const parent = await settled(realpath(dirname(resolve(wanted))));
	if ("error" in parent || !isInside(folder, parent.value)) return undefined;
	const names = await settled(readdir(parent.value));
	if ("error" in names) return undefined;
	return names.value.find(
		(neighbour) => neighbour.toLowerCase() === name.toLowerCase() && (neighbour !== name || wanted.endsWith(sep)),
	);
}
