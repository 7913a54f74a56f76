import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** What a package.json says, as far as it is well-formed. */
export interface Manifest {
	readonly name: string | undefined;
	readonly scripts: Readonly<Record<string, string>>;
	/** Of all kinds, with their ranges. */
	readonly dependencies: Readonly<Record<string, string>>;
	readonly jest: unknown;
	readonly hasWorkspaces: boolean;
	/** Others install it: it says what of it they get, and is not private. */
	readonly isPublished: boolean;
}

/** A project on disk. Paths are relative to its root, with forward slashes. */
export class Project {
	readonly root: string;
	readonly manifest: Manifest;
	readonly files: readonly string[];
	/** Of the given folder; empty if that is the root. */
	readonly #folder: string;
	readonly #texts: Map<string, string> = new Map();

	/** @param folder the root, or a folder inside */
	constructor(folder: string) {
		this.root = rootOf(folder);
		this.manifest = readManifest(join(this.root, "package.json"));
		this.files = listFiles(this.root);
		this.#folder = folder === this.root ? "" : `${relative(this.root, folder).replaceAll(sep, "/")}/`;
	}

	/** The files at the root whose names match. */
	atRoot(names: RegExp): string[] {
		return this.files.filter((file) => !file.includes("/") && names.test(file));
	}

	/** The files in the given folder that may hold code to compile. */
	get sources(): string[] {
		const own = this.files.filter((file) => file.startsWith(this.#folder));
		return own.filter((file) => /\.(?:[cm]?[jt]s|[jt]sx)$/.test(file) && !/\.d\.[cm]?ts$|\.min\.js$/.test(file));
	}

	/** The folders of the packages of a workspace whose root this is. */
	get packages(): string[] {
		const isWorkspace = this.manifest.hasWorkspaces || this.files.includes("pnpm-workspace.yaml");
		return isWorkspace ? this.files.filter((file) => file.endsWith("/package.json")).map((file) => dirname(file)) : [];
	}

	/** The text of a file; empty if it cannot be read. */
	text(file: string): string {
		let text = this.#texts.get(file);
		if (text === undefined) {
			text = readText(join(this.root, file)) ?? "";
			this.#texts.set(file, text);
		}
		return text;
	}
}

/** The text of a file; `undefined` if it cannot be read. */
export function readText(path: string): string | undefined {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return undefined;
	}
}

/** The value of a JSON file, comments and trailing commas allowed; `undefined` if it cannot be read. */
export function readJson(path: string): unknown {
	const text = readText(path);
	if (text === undefined) return undefined;
	// Strings are matched first, so that what looks like a comment inside of one stays.
	const plain = text.replace(/("(?:[^"\\\n]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, string) => string ?? " ");
	try {
		return JSON.parse(plain.replace(/("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])/g, (_, string) => string ?? ""));
	} catch {
		return undefined;
	}
}

function rootOf(folder: string): string {
	for (let directory = folder; ; directory = dirname(directory)) {
		if (existsSync(join(directory, "package.json"))) return directory;
		if (dirname(directory) === directory) return folder;
	}
}

const published = ["exports", "module", "types", "typings", "files", "bin", "publishConfig"];

function readManifest(path: string): Manifest {
	const value = Object(readJson(path)) as Record<string, unknown>;
	const texts = (name: string): Record<string, string> =>
		Object.fromEntries(
			Object.entries(Object(value[name])).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
		);
	return {
		name: typeof value.name === "string" ? value.name : undefined,
		scripts: texts("scripts"),
		dependencies: {
			...texts("peerDependencies"),
			...texts("optionalDependencies"),
			...texts("devDependencies"),
			...texts("dependencies"),
		},
		jest: value.jest,
		hasWorkspaces: value.workspaces !== undefined,
		// `main` tells nothing: every `npm init` writes one.
		isPublished: value.private !== true && published.some((name) => name in value),
	};
}

/** Folders of other people's code and of output, where Git does not know better. */
const left = new Set(["node_modules", "dist", "build", "out", "coverage", "target", "vendor"]);

/** The files that belong to the project: as Git sees it, else all but those in the usual folders for output. */
function listFiles(root: string): string[] {
	const args = ["-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "-z"];
	const { status, stdout } = spawnSync("git", args, { encoding: "utf8", maxBuffer: 2 ** 28 });
	const files = status === 0 ? stdout.split("\0").filter(isOwn) : [];
	// A project in a folder that Git is told to ignore has files all the same.
	if (files.length > 0) {
		return [...new Set(files)].filter((file) => existsSync(join(root, file))).sort();
	}
	const found: string[] = [];
	const walk = (folder: string): void => {
		for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
			const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
			if (entry.isFile()) found.push(path);
			else if (entry.isDirectory() && !left.has(entry.name) && !entry.name.startsWith(".")) walk(path);
		}
	};
	walk("");
	return found.sort();
}

function isOwn(file: string): boolean {
	return file !== "" && !/(?:^|\/)node_modules\//.test(file);
}
