// The workspace's packages and the files that their `exports` name.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./nodes.mjs";

/** @returns {{ name: string, directory: string, manifest: Record<string, any> }[]} */
export function workspacePackages() {
	return readdirSync(join(root, "packages")).flatMap((entry) => {
		const directory = join(root, "packages", entry);
		const path = join(directory, "package.json");
		if (!existsSync(path)) return [];
		const manifest = JSON.parse(readFileSync(path, "utf8"));
		return [{ name: manifest.name, directory, manifest }];
	});
}

/** Export entries that have types: `[".", "/…/dist/index.d.ts"]`. */
export function typedEntries({ directory, manifest }) {
	return Object.entries(manifest.exports)
		.filter(([, target]) => target.types !== undefined)
		.map(([entry, target]) => [entry, join(directory, target.types)]);
}
