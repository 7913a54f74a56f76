import { relative, resolve, sep } from "node:path";
import picomatch from "picomatch";

/** Whether a file matches. */
export type Matcher = (path: string) => boolean;

/** Globs, and the folder that they are relative to. */
export interface Globs {
	readonly patterns: readonly string[];
	readonly root: string;
}

/** Matches files by their path from `root`, or by their whole path. */
export function matcher({ patterns, root }: Globs): Matcher {
	if (patterns.length === 0) return () => false;
	const test = picomatch(patterns.map(normalizeGlob), { dot: true });
	return (path) => {
		const absolute = resolve(root, path);
		return test(toSlashes(relative(root, absolute))) || test(toSlashes(absolute));
	};
}

/** What is compiled: everything outside `node_modules`, less what `include` and `exclude` say. */
export function fileFilter(include: Globs, exclude: Globs): Matcher {
	const isForDependencies = (glob: string): boolean => glob.includes("node_modules");
	const own = include.patterns.filter((glob) => !isForDependencies(glob));
	const matchesOwn = own.length === 0 ? () => true : matcher({ ...include, patterns: own });
	const matchesDependency = matcher({ ...include, patterns: include.patterns.filter(isForDependencies) });
	const matchesExclude = matcher(exclude);
	return (path) => {
		const absolute = resolve(include.root, path);
		if (matchesExclude(absolute)) return false;
		return toSlashes(absolute).includes("/node_modules/") ? matchesDependency(absolute) : matchesOwn(absolute);
	};
}

/** One glob or several, as an array. */
export function globList(globs: string | readonly string[] | undefined): readonly string[] {
	if (globs === undefined) return [];
	return typeof globs === "string" ? [globs] : globs;
}

/** Commas inside `{a,b}` belong to the glob. */
export function splitAtCommas(list: string): string[] {
	return list
		.split(/,(?![^{]*\})/)
		.map((item) => item.trim())
		.filter((item) => item !== "");
}

/** `./src/**` means `src/**`; a bare directory means what is in it. */
function normalizeGlob(glob: string): string {
	const plain = glob.replace(/^\.\//, "");
	return plain.endsWith("/") ? `${plain}**` : plain;
}

/** A path with forward slashes. */
export function toSlashes(path: string): string {
	return sep === "\\" ? path.replaceAll("\\", "/") : path;
}
