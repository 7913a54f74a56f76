import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** Endings that TypeScript sources have for the endings that imports name. */
const sourceEndings: Readonly<Record<string, readonly string[]>> = {
	".js": [".ts", ".tsx"],
	".jsx": [".tsx"],
	".mjs": [".mts"],
	".cjs": [".cts"],
};

/** The files that `./x.js` may mean where there is no such file: `./x.ts`, `./x.tsx`. */
export function sourceCandidates(specifier: string): string[] {
	const match = /^(.*?)(\.[cm]?jsx?)([?#].*)?$/.exec(specifier);
	if (match === null || !isPath(specifier)) return [];
	const [, stem = "", ending = "", suffix = ""] = match;
	return (sourceEndings[ending] ?? []).map((source) => `${stem}${source}${suffix}`);
}

/** The files that `require("./x")` may mean beside those that Node tries. */
export function requireCandidates(specifier: string): string[] {
	if (!isPath(specifier) || /\.[cm]?[jt]sx?$/.test(specifier)) return sourceCandidates(specifier);
	const stem = specifier.replace(/\/$/, "");
	return [".ts", ".tsx", ".cts"].flatMap((ending) => [`${stem}${ending}`, `${stem}/index${ending}`]);
}

function isPath(specifier: string): boolean {
	return /^(?:\.{1,2}(?:\/|$)|\/|file:)/.test(specifier);
}

const ownRequire = createRequire(import.meta.url);

/** What compiled code imports is found beside the compiler where the program itself does not have it. */
export function isOwnImport(specifier: string): boolean {
	return /^(?:holdfast|@oxc-project\/runtime|@holdfast\/compiler\/outliving)(?:\/|$)/.test(specifier);
}

/** The file of an import that the compiler has made, seen from the compiler. */
export function resolveOwnImport(specifier: string): string {
	return ownRequire.resolve(specifier);
}

/** The same as a URL. */
export function resolveOwnImportUrl(specifier: string): string {
	return pathToFileURL(resolveOwnImport(specifier)).href;
}

/** True for the errors by which Node says that a file is not there. */
export function isNotFound(error: unknown): boolean {
	const code = (error as { code?: unknown } | null)?.code;
	return (
		code === "ERR_MODULE_NOT_FOUND" ||
		code === "MODULE_NOT_FOUND" ||
		code === "ERR_UNSUPPORTED_DIR_IMPORT" ||
		code === "ERR_UNSUPPORTED_RESOLVE_REQUEST"
	);
}
