import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the nearest package.json says of a file. */
export interface PackageScope {
	readonly name: string | undefined;
	readonly type: "module" | "commonjs" | undefined;
}

const none: PackageScope = { name: undefined, type: undefined };
const scopes = new Map<string, PackageScope>();

/** The package that a file belongs to. Read once per directory. */
export function packageScope(path: string): PackageScope {
	return scopeOfDirectory(dirname(path));
}

function scopeOfDirectory(directory: string): PackageScope {
	let scope = scopes.get(directory);
	if (scope === undefined) {
		const parent = dirname(directory);
		scope = read(join(directory, "package.json")) ?? (parent === directory ? none : scopeOfDirectory(parent));
		scopes.set(directory, scope);
	}
	return scope;
}

function read(path: string): PackageScope | undefined {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch {
		return undefined;
	}
	const { name, type } = JSON.parse(text) as { name?: unknown; type?: unknown };
	return {
		name: typeof name === "string" ? name : undefined,
		type: type === "module" || type === "commonjs" ? type : undefined,
	};
}

/** Holdfast's own packages stand below compiled code and are never compiled. */
export function isOwnPackage(path: string): boolean {
	const { name } = packageScope(path);
	return name === "holdfast" || name?.startsWith("@holdfast/") === true;
}
