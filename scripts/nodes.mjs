// Which Node runs what. Inside an npm script PATH starts with node_modules/.bin, where a pinned Node stands,
// so that a plain `node` is not the one that the user called npm with.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The Node that runs npm: programs and the conformance suite run on it. */
export const hostNode = process.env.npm_node_execpath ?? process.execPath;

/** The Node of the lock file, for tools that need 22.12 or newer. */
export function toolNode() {
	const pinned = `${root}node_modules/.bin/node`;
	if (existsSync(pinned)) return pinned;
	if (isAtLeast(process.versions.node, "22.12")) return process.execPath;
	throw new Error(`The tests need Node 22.12 or newer (this is ${process.version}): no pinned Node for this platform.`);
}

export function isAtLeast(version, minimum) {
	const [major, minor] = version.split(".").map(Number);
	const [minimumMajor, minimumMinor] = minimum.split(".").map(Number);
	return major > minimumMajor || (major === minimumMajor && minor >= minimumMinor);
}
