import { fileURLToPath } from "node:url";
import { describe } from "./describe.ts";

/** Where a file is: a path, relative to the working directory if it does not begin with `/`, or a `file:` URL. */
export type FilePath = string | URL;

/** @throws TypeError for what is no path */
export function checkPath(what: string, path: FilePath): string {
	if (path instanceof URL) return fileURLToPath(path);
	if (typeof path !== "string" || path === "" || path.includes("\0"))
		throw new TypeError(`${what}: the path is ${describe(path)}; pass a string that is not empty, or a file: URL.`);
	return path;
}
