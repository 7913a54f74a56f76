import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export type Library = typeof import("holdfast") & Pick<typeof import("holdfast/inspect"), "interruptedBy">;

export interface LoadedLibrary {
	readonly library: Library;
	/** Directories whose files are no code of the program. */
	readonly directories: readonly string[];
}

const own = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Imports the copy of the library that the file would import, else the one of this command. What compiled code imports
 * comes with it: on Node 20 every import after the compiler's registration takes a detour through another thread.
 */
export async function loadLibrary(path: string): Promise<LoadedLibrary> {
	const find = resolverOf(path) ?? (resolverOf(join(own, "package.json")) as Resolver);
	const entry = find("holdfast");
	const load = (name: string): Promise<unknown> => import(pathToFileURL(find(name)).href);
	const [core, { interruptedBy }] = (await Promise.all([
		load("holdfast"),
		load("holdfast/inspect"),
		load("holdfast/compiled"),
	])) as [Library, Library, unknown];
	return {
		library: { ...core, interruptedBy },
		directories: [dirname(dirname(entry)), own].map((directory) => join(directory, "/")),
	};
}

type Resolver = (name: string) => string;

/** `undefined` where the library is not to be found. */
function resolverOf(place: string): Resolver | undefined {
	const { resolve } = createRequire(place);
	try {
		resolve("holdfast/compiled");
		return resolve;
	} catch {
		return undefined;
	}
}
